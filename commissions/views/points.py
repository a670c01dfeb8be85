"""Points: balances and ledgers, rules, the catalogue."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_points as filters
from commissions import forms_points as forms
from commissions import tables_points as tables
from commissions.models import PointsItem, PointsRule
from commissions.queries import points
from commissions.services import points as service
from commissions.views.common import AREA
from core import clock
from core.tables import Table
from core.views import Action, Crumb, PortalFormView, PortalListView, one_or_404

CATALOGUE = Action(_("Catalogue"), reverse_lazy("commissions:points_items"), Permission.VIEW_POINTS, icon="gift")
REDEMPTIONS = Action(_("Redemptions"), reverse_lazy("commissions:redemptions"), Permission.VIEW_POINTS, icon="list")
RULES = Action(_("Points rules"), reverse_lazy("commissions:points_rules"), Permission.EDIT_POINTS, icon="settings")


def points_crumb() -> Crumb:
    return Crumb(_("Points"), reverse("commissions:points"))


class Points(PortalListView):
    """Staff see the points of their dealers; a dealer is taken to his own."""

    permission = Permission.VIEW_POINTS
    area = AREA
    title = _("Points")
    table = tables.ACCOUNTS
    filterset_class = filters.PointsAccountFilter
    empty_text = _("No dealer of this unit has points yet. Rules earn them each month once it is over.")

    def get_rows(self, user: Any) -> Any:
        return points.accounts(user)

    def get_actions(self) -> list[Action]:
        return [CATALOGUE, REDEMPTIONS, RULES]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        dealer = points.own_dealer(request.user)
        if dealer is not None:
            return self.go(reverse("commissions:dealer_points", args=[dealer.code]))
        return super().get(request, *args, **kwargs)


class PointsLedger(PortalListView):
    """What a dealer earned, spent and lost, newest first."""

    permission = Permission.VIEW_POINTS
    area = AREA
    table = tables.ENTRIES
    template_name = "commissions/points_ledger.html"
    filterset_class = filters.PointsEntryFilter
    follows_unit = False
    empty_text = _("No points yet. They are entered at night once a month is over.")

    @cached_property
    def dealer(self) -> Any:
        return one_or_404(points.dealers(self.request.user), code=self.kwargs["code"])

    def get_title(self) -> str:
        return gettext("Points of %(dealer)s") % {"dealer": self.dealer.name}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [] if self.request.user.is_dealer else [points_crumb()]

    def get_primary_action(self) -> Action:
        return Action(_("Redeem"), reverse("commissions:redeem"), Permission.REDEEM_POINTS, icon="gift")

    def get_actions(self) -> list[Action]:
        return [CATALOGUE, REDEMPTIONS]

    def get_rows(self, user: Any) -> Any:
        return points.entries(user).filter(dealer=self.dealer)

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(dealer=self.dealer, balance=points.balance(self.dealer.pk), **context)


class PointsRules(PortalListView):
    """What earns and costs points."""

    permission = Permission.EDIT_POINTS
    area = AREA
    title = _("Points rules")
    table = tables.RULES
    filterset_class = filters.PointsRuleFilter
    empty_text = _("No rules yet: nothing earns points.")
    primary_action = Action(
        _("New rule"), reverse_lazy("commissions:points_rule_new"), Permission.EDIT_POINTS, icon="plus"
    )

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb()]

    def get_rows(self, user: Any) -> Any:
        return points.rules(user)


def _rules_crumbs() -> list[Crumb]:
    return [points_crumb(), Crumb(_("Points rules"), reverse("commissions:points_rules"))]


class NewPointsRule(PortalFormView):
    """Enter a rule."""

    permission = Permission.EDIT_POINTS
    area = AREA
    title = _("New rule")
    form_class = forms.PointsRuleForm
    intro = _("A rule of a county comes before the city's, one for a business before one for all.")
    success_message = _("The rule is saved.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return _rules_crumbs()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: Any) -> str:
        service.add_rule(by=self.request.user, **form.cleaned_data)
        return reverse("commissions:points_rules")


class EndPointsRule(PortalFormView):
    """Set the last day of a rule; what was credited stays."""

    permission = Permission.EDIT_POINTS
    area = AREA
    form_class = forms.EndRuleForm
    intro = _("What was credited stays. A rule is never changed otherwise: end it and enter a new one.")
    success_message = _("The rule is saved.")

    @cached_property
    def rule(self) -> PointsRule:
        return one_or_404(points.rules(self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return gettext("End of %(rule)s") % {"rule": self.rule}

    def get_breadcrumbs(self) -> list[Crumb]:
        return _rules_crumbs()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"on": self.rule.valid_to or clock.today()}}

    def perform(self, form: Any) -> str:
        service.end_rule(rule=self.rule, on=form.cleaned_data["on"], by=self.request.user)
        return reverse("commissions:points_rules")


class PointsItems(PortalListView):
    """The catalogue: what points are given for."""

    permission = Permission.VIEW_POINTS
    area = AREA
    title = _("Catalogue")
    empty_text = _("Nothing is offered at present.")
    primary_action = Action(
        _("New reward"), reverse_lazy("commissions:points_item_new"), Permission.EDIT_POINTS, icon="plus"
    )
    follows_unit = False

    def get_table(self) -> Table:
        return tables.ITEMS if self.request.user.can(Permission.EDIT_POINTS) else self._to_read()

    def _to_read(self) -> Table:
        return tables.OFFERS if self.request.user.is_dealer else tables.ITEMS_TO_READ

    @property
    def filterset_class(self) -> Any:  # type: ignore[override]
        return filters.OfferFilter if self.request.user.is_dealer else filters.PointsItemFilter

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb()]

    def get_rows(self, user: Any) -> Any:
        return points.items(user)


class _ItemForm(PortalFormView):
    permission = Permission.EDIT_POINTS
    area = AREA
    form_class = forms.PointsItemForm
    success_message = _("The reward is saved.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [points_crumb(), Crumb(_("Catalogue"), reverse("commissions:points_items"))]

    def perform(self, form: Any) -> str:
        service.save_item(item=form.instance, by=self.request.user)
        return reverse("commissions:points_items")


class NewPointsItem(_ItemForm):
    """Enter a reward."""

    title = _("New reward")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


class EditPointsItem(_ItemForm):
    """Change a reward; what is requested already keeps its price."""

    @cached_property
    def item(self) -> PointsItem:
        return one_or_404(points.items(self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return gettext("Change %(budget)s") % {"budget": self.item}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user, "instance": self.item}

"""What competitors pay: list, record, take back."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_budgets, forms_budgets, tables_budgets
from commissions.queries import competitor
from commissions.services import competitor as service
from commissions.views.common import AREA
from core import clock
from core.views import Action, Crumb, PortalActionView, PortalFormView, PortalListView


def levels_crumb() -> Crumb:
    return Crumb(_("Competitor levels"), reverse("commissions:competitor_levels"))


class CompetitorLevels(PortalListView):
    """What competitors pay for a business, by unit and month."""

    permission = Permission.VIEW_POLICIES
    area = AREA
    title = _("Competitor levels")
    table = tables_budgets.COMPETITOR_LEVELS
    filterset_class = filters_budgets.CompetitorFilter
    empty_text = _("Nothing recorded yet. What competitors pay is compared with a policy before it is published.")
    primary_action = Action(
        _("Record a level"),
        reverse_lazy("commissions:competitor_level_new"),
        permission=Permission.EDIT_POLICIES,
        icon="plus",
    )

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Policies"), reverse("commissions:policies"))]

    def get_rows(self, user: Any) -> Any:
        return competitor.visible(user)


class NewCompetitorLevel(PortalFormView):
    """Record what a competitor pays."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    title = _("Record a level")
    form_class = forms_budgets.CompetitorForm
    intro = _("A level that is recorded already for the same unit, month, competitor and business gets the new value.")
    success_message = _("The level is recorded.")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [levels_crumb()]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: Any) -> str:
        service.record(by=self.request.user, at=clock.now(), **form.cleaned_data)
        return reverse("commissions:competitor_levels")


class RemoveCompetitorLevel(PortalActionView):
    """Take back a level that was recorded by mistake."""

    permission = Permission.EDIT_POLICIES
    area = AREA
    title = _("Take the level back")
    destructive = True
    success_message = _("The level is taken back.")

    def get_rows(self, user: Any) -> Any:
        return competitor.visible(user)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [levels_crumb()]

    def get_effects(self) -> Sequence[Any]:
        return [gettext("%(level)s is no longer compared with policies.") % {"level": self.object}]

    def perform(self, *, form: Any) -> str:
        service.remove(level=self.object, by=self.request.user)
        return reverse("commissions:competitor_levels")

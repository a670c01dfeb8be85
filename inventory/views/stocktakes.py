"""Stocktakes: the list, a count with what it found, and each of its steps."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core import clock
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
)
from inventory import forms_stocktakes as forms
from inventory import tables_stocktakes as tables
from inventory.filters_stocktakes import DifferenceFilter, StocktakeFilter
from inventory.models import Stocktake
from inventory.queries import stocktakes
from inventory.services import stocktake as service
from inventory.views.of_document import OfDocument

AREA = "stock"


class Stocktakes(PortalListView):
    """The stocktakes of the unit's nodes."""

    permission = Permission.VIEW_STOCKTAKES
    area = AREA
    title = _("Stocktakes")
    table = tables.STOCKTAKES
    filterset_class = StocktakeFilter
    empty_text = _("Nothing has been counted in this unit yet. “Plan a stocktake” begins.")

    def get_rows(self, user: Any) -> Any:
        return stocktakes.visible(user)

    def get_actions(self) -> Iterable[Action]:
        url = reverse("inventory:stocktake-new")
        return [Action(_("Plan a stocktake"), url, Permission.COUNT_STOCK, "plus", style="primary")]


class NewStocktake(PortalFormView):
    permission = Permission.COUNT_STOCK
    area = AREA
    title = _("Plan a stocktake")
    form_class = forms.PlanForm
    submit_label = pgettext_lazy("stocktake", "Plan")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_stocktakes_crumb(),)

    def get_form_kwargs(self) -> dict[str, Any]:
        given = self.request.GET
        node = stocktakes.nodes(self.request.user).filter(code=given.get("node", "")).first()
        return {"user": self.request.user, "initial": {"node": node, "sample": given.get("sample"), "blind": True}}

    def perform(self, form: Any) -> str:
        return tables.stocktake_url(service.plan(**form.cleaned_data, by=self.request.user, at=clock.now()))


def _stocktakes_crumb() -> Crumb:
    return Crumb(_("Stocktakes"), reverse("inventory:stocktakes"))


class _OfStocktake(OfDocument):
    """The stocktake of the address, within the scope."""

    list_crumb = staticmethod(_stocktakes_crumb)
    url_of = staticmethod(tables.stocktake_url)

    def documents(self, user: Any) -> Any:
        return stocktakes.visible(user)


class StocktakePage(PortalDetailView):
    """How far it is, what was found, and what the reader can do."""

    permission = Permission.VIEW_STOCKTAKES
    area = AREA
    lookup = "number"
    template_name = "inventory/stocktake.html"

    def get_rows(self, user: Any) -> Any:
        return stocktakes.visible(user)

    def get_title(self) -> str:
        return gettext("Stocktake %(number)s") % {"number": self.object.number}

    def get_subtitle(self) -> str:
        return str(self.object.node)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (_stocktakes_crumb(),)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        found = [Figure(_("Cards drawn"), row.sample, "number")] if row.sample else []
        if row.differing is not None:
            found += [
                Figure(_("In the books"), row.expected, "number"),
                Figure(_("Counted"), row.counted, "number", hint=gettext("cards, first count")),
                Figure(_("Differences"), row.differing, "number"),
            ]
        return found

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.object
        return super().get_context(
            stocktake=row,
            products=[product.name for product in row.products.all()],
            differences=stocktakes.differences(row)[: stocktakes.SHOWN] if stocktakes.shown(row) else [],
            found=stocktakes.by_kind(row) if stocktakes.shown(row) else [],
            so_far=stocktakes.so_far(row) if row.state in stocktakes.OPEN else [],
            adjustments=list(row.adjustments.select_related("origin", "destination").order_by("pk")),
            offers=offers(row, self.request.user),
            **context,
        )


def offers(row: Stocktake, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    found: list[tuple[str, Any, str]] = []
    counts, verifies = user.can(Permission.COUNT_STOCK), user.can(Permission.VERIFY_STOCKTAKES)
    if counts and row.state in ("planned", *stocktakes.OPEN):
        found.append(("inventory:stocktake-cancel", _("Cancel the stocktake"), "btn"))
    if counts and row.state == "planned":
        found.append(("inventory:stocktake-start", _("Begin to count"), "btn btn-primary"))
    if counts and row.state in stocktakes.OPEN:
        found.append(("inventory:stocktake-finish", _("Finish the count"), "btn"))
        found.append(("inventory:stocktake-count", _("Count"), "btn btn-primary"))
    if verifies and row.state == "counted":
        if stocktakes.differences(row).exists():
            found.append(("inventory:stocktake-recount", _("Have it counted again"), "btn"))
        found.append(("inventory:stocktake-verify", pgettext_lazy("stocktake", "Verify"), "btn btn-primary"))
    return found


class Differences(_OfStocktake, PortalListView):
    """Everything in which count and books differ."""

    permission = Permission.VIEW_STOCKTAKES
    title = _("Stocktake differences")
    table = tables.DIFFERENCES
    filterset_class = DifferenceFilter
    empty_text = _("Count and books agree.")

    def get_rows(self, user: Any) -> Any:
        rows = stocktakes.differences(self.object)
        return rows if stocktakes.shown(self.object) else rows.none()


class Count(_OfStocktake, PortalFormView):
    """Scan, tick, paste or load what is there; the page comes back for the next."""

    permission = Permission.COUNT_STOCK
    title = _("Count")
    form_class = forms.CountForm
    template_name = "inventory/stocktake_count.html"
    submit_label = pgettext_lazy("stocktake", "Note")

    def get_subtitle(self) -> str:
        return str(self.object.node)

    def get_form_kwargs(self) -> dict[str, Any]:
        row = self.object
        listed = row.sample or (row.turn > 1 and not row.blind)
        return {"to_find": stocktakes.to_find(row) if listed else []}

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.object
        return super().get_context(
            stocktake=row, so_far=stocktakes.so_far(row), latest=stocktakes.latest(row), **context
        )

    def perform(self, form: Any) -> str:
        done = service.count_serials(
            stocktake=self.object, text=form.cleaned_data["text"], by=self.request.user, at=clock.now()
        )
        if done.added:
            messages.success(self.request, gettext("%(count)d cards noted.") % {"count": done.added})
        if done.twice:
            messages.info(self.request, gettext("%(count)d cards were noted before.") % {"count": done.twice})
        if done.unknown:
            text = gettext("Not known, noted as such; look whether they were misread: %(serials)s")
            messages.warning(self.request, text % {"serials": ", ".join(done.unknown)})
        if done.unreadable:
            text = gettext("Not a serial: %(text)s")
            messages.warning(self.request, text % {"text": ", ".join(done.unreadable)})
        return reverse("inventory:stocktake-count", args=[self.object.number])


class CountQuantity(_OfStocktake, PortalFormView):
    permission = Permission.COUNT_STOCK
    title = _("Count a material")
    form_class = forms.CountQuantityForm
    submit_label = pgettext_lazy("stocktake", "Note")
    success_message = _("Noted.")

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.object  # noqa: B018 - 404 before anything is shown
        return super().get(request, *args, **kwargs)

    def perform(self, form: Any) -> str:
        service.count_quantity(stocktake=self.object, **form.cleaned_data, by=self.request.user, at=clock.now())
        return reverse("inventory:stocktake-count", args=[self.object.number])


class _Step(_OfStocktake, PortalActionView):
    """Base: one step of a stocktake."""

    permission: Any = Permission.COUNT_STOCK

    def given(self) -> dict[str, Any]:
        return {"stocktake": self.object, "by": self.request.user, "at": clock.now()}


class Start(_Step):
    title = _("Begin to count")
    submit_label = _("Begin to count")

    def get_effects(self) -> Sequence[Any]:
        if self.object.sample:
            return [gettext("%(count)d cards are drawn by chance.") % {"count": self.object.sample}]
        return [_("Movements from and to the node wait until the count is finished; sales go on.")]

    def perform(self, *, form: Any) -> str:
        service.start(**self.given())
        return reverse("inventory:stocktake-count", args=[self.object.number])


class Forget(_Step):
    title = _("Take back")
    submit_label = _("Take back")

    def perform(self, *, form: Any) -> str:
        service.forget(stocktake=self.object, line=self.kwargs["pk"], by=self.request.user)
        return reverse("inventory:stocktake-count", args=[self.object.number])


class Finish(_Step):
    title = _("Finish the count")
    submit_label = _("Finish the count")
    form_class = forms.FinishForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"turn": self.object.turn}}

    def get_effects(self) -> Sequence[Any]:
        if self.object.state == "recounting":
            return [_("What is counted now holds; it goes to the auditor.")]
        return [_("It is compared with the books. What differs is counted a second time.")]

    def perform(self, *, form: Any) -> None:
        row = service.finish(**self.given(), turn=form.cleaned_data["turn"])
        if row.state == "recounting":
            text = gettext("%(count)d differences: count these once more.") % {"count": row.differing}
            messages.warning(self.request, text)
        else:
            messages.success(self.request, gettext("The stocktake waits for its verification."))


class Recount(_Step):
    permission = Permission.VERIFY_STOCKTAKES
    title = _("Have it counted again")
    submit_label = _("Have it counted again")
    needs_reason = True

    def perform(self, *, form: Any) -> None:
        service.recount(**self.given(), reason=form.cleaned_data["reason"])


class Verify(_Step):
    permission = Permission.VERIFY_STOCKTAKES
    title = pgettext_lazy("stocktake", "Verify")
    submit_label = pgettext_lazy("stocktake", "Verify")
    form_class = forms.VerifyForm

    def get_effects(self) -> Sequence[Any]:
        if not self.object.differing:
            return [_("Count and books agree; the stocktake is closed.")]
        text = gettext("%(count)d differences become adjustments that another person approves.")
        return [text % {"count": self.object.differing}]

    def perform(self, *, form: Any) -> None:
        service.verify(**self.given(), finding=form.cleaned_data["finding"])


class CancelStocktake(_Step):
    title = _("Cancel the stocktake")
    submit_label = _("Cancel the stocktake")
    needs_reason = True
    destructive = True

    def perform(self, *, form: Any) -> None:
        service.cancel(**self.given(), reason=form.cleaned_data["reason"])

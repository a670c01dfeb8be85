"""Inspections: ordered and drawn by the city, carried out by inspectors, who see nothing but their own."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import forms_inspections as forms
from audits import tables_inspections as tables
from audits.filters_inspections import InspectionFilter, InspectionRoundFilter
from audits.forms import CheckInForm
from audits.models import Inspection
from audits.queries import inspections as queries
from audits.services import inspection as service
from audits.views.common import INSPECTIONS
from audits.views.visit import Start
from core import clock
from core.periods import Quarter
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    one_or_404,
)
from dealers.rules.rating import RatingPeriod

AREA = "audits"
SEES = (Permission.VIEW_INSPECTIONS, Permission.INSPECT)


def rounds_crumb() -> Crumb:
    return Crumb(_("Rounds of inspections"), reverse("audits:inspection-rounds"))


class Inspections(PortalListView):
    """The inspections of the unit; an inspector has his own."""

    permission = SEES
    area = AREA
    title = _("Inspections")
    table = tables.INSPECTIONS
    filterset_class = InspectionFilter
    empty_text = _("No inspections. The city orders them for a quarter, or draws stores for spot checks.")

    def get_rows(self, user: Any) -> Any:
        return queries.inspections(user)


class InspectionPage(PortalDetailView):
    """One inspection: where to go and until when, and what came of it."""

    permission = SEES
    area = AREA
    breadcrumbs = (INSPECTIONS,)
    template_name = "audits/inspection.html"

    def get_rows(self, user: Any) -> Any:
        return queries.inspections(user)

    def get_title(self) -> str:
        return str(self.object.dealer.name)

    def get_subtitle(self) -> str:
        return f"{self.object.get_kind_display()} · {self.object.round.number}"

    def get_primary_action(self) -> Action | None:
        row = self.object
        if row.state != "assigned" or row.inspector_id != self.request.user.pk:
            return None
        if row.visit_id:
            return Action(
                _("Go on with the visit"), reverse("audits:visit-go-on", args=[row.visit_id]), Permission.INSPECT
            )
        return Action(
            _("Check in"), reverse("audits:inspection-start", args=[row.pk]), Permission.INSPECT, icon="map-pin"
        )

    def get_actions(self) -> Iterable[Action]:
        row = self.object
        if row.visit_id and (row.state == "done" or row.inspector_id == self.request.user.pk):
            yield Action(_("Visit"), reverse("audits:visit", args=[row.visit_id]), SEES)
        yield Action(_("Dealer"), reverse("dealers:detail", args=[row.dealer_id]), Permission.VIEW_DEALERS)
        yield Action(
            str(pgettext_lazy("inspections", "Round")), tables.round_url(row.round), Permission.VIEW_INSPECTIONS
        )
        if row.state == "assigned" and not row.visit_id:
            for name, label in (("assign", _("Give to somebody else")), ("cancel", _("Cancel the inspection"))):
                address = reverse(f"audits:inspection-{name}", args=[row.pk])
                yield Action(label, address, Permission.ORDER_INSPECTIONS)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        late = (clock.today() - row.due_on).days
        hint = gettext("overdue by %(days)s days") % {"days": late} if row.state == "assigned" and late > 0 else ""
        return (
            Figure(pgettext_lazy("inspection", "Due on"), row.due_on, "date", hint=hint),
            Figure(_("Inspector"), str(row.inspector)),
            Figure(_("Inspected at"), row.visit.checked_in_at if row.visit else None, "datetime"),
            Figure(_("Score"), row.visit.score if row.visit else None, "number"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(inspection=self.object, dealer=self.object.dealer, **context)


class StartInspection(Start):
    """Check in at a store that one is to inspect."""

    permission = Permission.INSPECT

    @cached_property
    def inspection(self) -> Inspection:
        found: Inspection = one_or_404(queries.waiting(self.request.user), pk=self.kwargs["pk"])
        return found

    @property
    def dealer(self) -> Any:  # type: ignore[override]
        return self.inspection.dealer

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (INSPECTIONS, Crumb(str(self.dealer.name), tables.inspection_url(self.inspection)))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"kinds": [(self.inspection.kind, self.inspection.get_kind_display())]}

    def kind(self, form: CheckInForm) -> str:
        return self.inspection.kind


class Rounds(PortalListView):
    """What was ordered, the newest first, and how far it is."""

    permission = Permission.VIEW_INSPECTIONS
    area = AREA
    title = _("Rounds of inspections")
    table = tables.ROUNDS
    filterset_class = InspectionRoundFilter
    empty_text = _("Nothing is ordered yet.")
    primary_action = Action(
        _("Draw spot checks"), reverse_lazy("audits:inspection-draw"), permission=Permission.ORDER_INSPECTIONS
    )

    def get_rows(self, user: Any) -> Any:
        return queries.rounds(user)

    def get_actions(self) -> Iterable[Action]:
        yield Action(_("Order mystery inspections"), reverse("audits:inspection-mystery"), Permission.ORDER_INSPECTIONS)
        yield Action(_("Mystery coverage"), reverse("audits:inspection-coverage"), Permission.VIEW_INSPECTIONS)


class RoundPage(PortalListView):
    """A round: what was drawn from what, that the seed draws the same again, and each inspection."""

    permission = Permission.VIEW_INSPECTIONS
    area = AREA
    table = tables.INSPECTIONS
    filterset_class = InspectionFilter
    template_name = "audits/inspection_round.html"
    name = "inspections"
    follows_unit = False

    @cached_property
    def round(self) -> Any:
        return one_or_404(queries.rounds(self.request.user), number=self.kwargs["number"])

    def get_title(self) -> str:
        return str(self.round.number)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (rounds_crumb(),)

    def get_rows(self, user: Any) -> Any:
        return queries.results(user, self.round)

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.round
        return super().get_context(
            round=row,
            figures=[
                Figure(_("Stores"), row.size, "number", hint=str(row.get_kind_display())),
                Figure(pgettext_lazy("inspections", "Done"), row.done, "number"),
                Figure(pgettext_lazy("inspections", "To be done"), row.assigned, "number"),
                Figure(pgettext_lazy("inspection", "Due on"), row.due_on, "date", hint=str(row.ordered_by)),
            ],
            draw=queries.drawn(row) if row.seed else None,
            **context,
        )


class _Order(PortalFormView):
    permission = Permission.ORDER_INSPECTIONS
    area = AREA
    success_message = _("The inspections are ordered; the inspectors are told.")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (rounds_crumb(),)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}


class OrderMystery(_Order):
    """Mystery inspections of a quarter for every store that has none yet."""

    title = _("Order mystery inspections")
    submit_label = _("Order")
    form_class = forms.MysteryForm
    intro = _("Every exclusive store and mall is inspected once a quarter; covered ones are left out.")

    def perform(self, form: Any) -> str:
        found = service.order_mystery(**form.cleaned_data, by=self.request.user, at=clock.now())
        return tables.round_url(found)


class DrawSpotChecks(_Order):
    """Spot checks by lot."""

    title = _("Draw spot checks")
    submit_label = _("Draw")
    form_class = forms.DrawForm
    intro = _("The portal makes the seed of the draw, so nobody can choose it, and keeps what it drew from.")

    def perform(self, form: Any) -> str:
        found = service.order_spot_checks(**form.cleaned_data, by=self.request.user, at=clock.now())
        return tables.round_url(found)


class Coverage(PortalListView):
    """Mystery inspections of the quarter, county by county: `?period=2026Q4`."""

    permission = Permission.VIEW_INSPECTIONS
    area = AREA
    title = _("Mystery coverage")
    table = tables.COVERED
    template_name = "audits/inspection_coverage.html"
    follows_unit = False  # asks for the unit itself

    @cached_property
    def period(self) -> Quarter:
        now = Quarter.of(clock.today())
        return next((one for one in (now + 1, now + -1, now + -2) if str(one) == self.request.GET.get("period")), now)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (rounds_crumb(),)

    def get_rows(self, user: Any) -> Any:
        return queries.covered(user, self.request.unit, RatingPeriod(self.period.year, self.period.quarter))

    def get_context(self, **context: Any) -> dict[str, Any]:
        now = Quarter.of(clock.today())
        return super().get_context(period=self.period, periods=[now + back for back in (-2, -1, 0, 1)], **context)


class _Step(PortalActionView):
    permission = Permission.ORDER_INSPECTIONS
    area = AREA

    def get_rows(self, user: Any) -> Any:
        return queries.inspections(user)

    def get_back_url(self) -> str:
        return tables.inspection_url(self.object)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (INSPECTIONS, Crumb(str(self.object.dealer.name), self.get_back_url()))


class AssignInspection(_Step):
    title = _("Give to somebody else")
    submit_label = _("Give to somebody else")
    form_class = forms.AssignForm
    success_message = _("The inspection is given to the inspector.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"inspection": self.object}

    def perform(self, *, form: Any) -> None:
        service.assign(inspection=self.object, **form.cleaned_data, by=self.request.user, at=clock.now())


class CancelInspection(_Step):
    title = _("Cancel the inspection")
    submit_label = _("Cancel the inspection")
    needs_reason = True
    destructive = True
    success_message = _("The inspection is cancelled; the inspector is told.")

    def perform(self, *, form: Any) -> None:
        service.cancel(inspection=self.object, text=form.cleaned_data["reason"], by=self.request.user, at=clock.now())

"""Cross-region cases: from the flags to the county's report, the dealer's answer and the city's decision."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import forms_cases as forms
from audits import tables_cases as tables
from audits.filters_cases import CaseFilter
from audits.queries import cases
from audits.services import cross_region as service
from core import clock, maps
from core.views import (
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalListView,
    one_or_404,
)

AREA = "audits"
FEW = 8  # cells whose labels do not hide each other


def cases_crumb() -> Crumb:
    return Crumb(_("Cross-region cases"), reverse("audits:cases"))


class Cases(PortalListView):
    """The cases of the unit; a dealer has his own."""

    permission = Permission.VIEW_CASES
    area = AREA
    title = _("Cross-region cases")
    table = tables.CASES
    filterset_class = CaseFilter
    empty_text = _("No cases. The activations of a month are searched on the 2nd of the next.")

    def get_rows(self, user: Any) -> Any:
        return cases.visible(user)


class CaseRecords(PortalListView):
    """The activations that a case is about."""

    permission = Permission.VIEW_CASES
    area = AREA
    name = "records"
    table = tables.RECORDS
    empty_text = _("No activation is flagged any more.")

    @property
    def case(self) -> Any:
        if not hasattr(self, "_case"):
            self._case = one_or_404(cases.visible(self.request.user), number=self.kwargs["number"])
        return self._case

    def get_title(self) -> str:
        return gettext("Activations of case %(number)s") % {"number": self.case.number}

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (cases_crumb(), Crumb(self.case.number, tables.case_url(self.case)))

    def get_rows(self, user: Any) -> Any:
        return cases.records(self.case, user)


class CasePage(PortalDetailView):
    """Where the activations took place, what dealer and county say, what was decided."""

    permission = Permission.VIEW_CASES
    area = AREA
    lookup = "number"
    template_name = "audits/case.html"

    def get_rows(self, user: Any) -> Any:
        return cases.visible(user)

    def get_title(self) -> str:
        return str(self.object.dealer.name)

    def get_subtitle(self) -> str:
        return f"{self.object.number} · {self.object.dealer.org_unit.name}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (cases_crumb(),)

    def get_figures(self) -> Sequence[Figure]:
        row = self.object
        return (
            Figure(_("Month"), f"{row.month:%Y-%m}"),
            Figure(_("In other counties"), row.flagged, "number"),
            Figure(
                _("Share"),
                tables.share(row),
                "percent",
                hint=gettext("of %(count)s activations") % {"count": row.activations},
            ),
            Figure(_("Answer due on"), row.answer_due_on, "date"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        row = self.object
        places = cases.places(row)
        on_map = [place for place in places if place.latitude is not None]
        home = row.dealer.org_unit.county or row.dealer.org_unit
        return super().get_context(
            case=row,
            places=places,
            on_map=on_map,
            map_data=_on_map(row.dealer, home.name, on_map),
            offers=offers(row, self.request.user),
            **context,
        )


def _on_map(dealer: Any, county: str, cells: Sequence[Any]) -> dict[str, Any]:
    """The store and the cells, larger with more records, with a line to each."""
    store = maps.place(dealer)
    dots = [
        maps.Dot(
            (cell.latitude, cell.longitude),
            f"{cell.county} · {cell.name or cell.cell_id}: {cell.records}",
            "red",
            radius=min(6 + 2 * cell.records**0.5, 24),
            always=len(cells) < FEW,
        )
        for cell in cells
    ]
    lines = []
    if store:
        lines = [maps.Line([store, dot.at], dashed=True) for dot in dots]
        dots.append(maps.Dot(store, f"{dealer.name} · {county}", radius=8, always=True))
    return maps.map_data(dots, lines)


def offers(row: Any, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    if user.is_dealer:
        asked = row.state in ("open", "reported") and not row.answer
        return [("audits:case-answer", _("Explain"), "btn btn-primary")] if asked else []
    if row.state == "open" and user.can(Permission.REPORT_CASES):
        return [
            ("audits:case-dismiss", _("Dismiss"), "btn"),
            ("audits:case-report", _("Report to the city"), "btn btn-primary"),
        ]
    if row.state == "reported" and user.can(Permission.CONFIRM_VIOLATIONS):
        return [
            ("audits:case-dismiss", _("Dismiss"), "btn"),
            ("audits:case-confirm", _("Confirm the violation"), "btn btn-primary"),
        ]
    return []


class _Step(PortalActionView):
    """Base: one step of a case."""

    area = AREA
    lookup = "number"
    form_class = forms.SayForm
    label: Any = _("Reason")

    def get_rows(self, user: Any) -> Any:
        return cases.visible(user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (cases_crumb(), Crumb(self.object.number, tables.case_url(self.object)))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": self.label} if self.form_class is forms.SayForm else {}

    def given(self, form: Any) -> dict[str, Any]:
        text = form.cleaned_data["text"]
        return {"case": self.object, "text": text, "by": self.request.user, "at": clock.now()}


class AnswerCase(_Step):
    permission = Permission.ANSWER_CASES
    title = _("Explain")
    label = _("Why did these activations take place in other counties?")
    submit_label = _("Send the explanation")
    success_message = _("Your answer has been sent.")

    def get_effects(self) -> Sequence[Any]:
        return [_("You answer once; county and city read it before they decide.")]

    def perform(self, *, form: Any) -> None:
        service.answer(**self.given(form))


class ReportCase(_Step):
    permission = Permission.REPORT_CASES
    title = _("Report to the city")
    label = _("What you found")
    submit_label = _("Report to the city")
    success_message = _("The case is with the city, which decides it.")

    def get_effects(self) -> Sequence[Any]:
        return [_("The activations of the case stand still from now on; the city confirms or dismisses it.")]

    def perform(self, *, form: Any) -> None:
        service.report(**self.given(form))


class DismissCase(_Step):
    permission = (Permission.REPORT_CASES, Permission.CONFIRM_VIOLATIONS)
    title = _("Dismiss")
    submit_label = _("Dismiss")
    success_message = _("The case is dismissed.")

    def get_effects(self) -> Sequence[Any]:
        return [_("There is no violation; the dealer is told.")]

    def perform(self, *, form: Any) -> None:
        service.dismiss(**self.given(form))


class ConfirmCase(_Step):
    permission = Permission.CONFIRM_VIOLATIONS
    title = _("Confirm the violation")
    form_class = forms.ConfirmForm
    submit_label = _("Confirm the violation")
    destructive = True
    success_message = _("The violation is confirmed; the dealer is told.")

    def get_effects(self) -> Sequence[Any]:
        count = {"count": self.object.flagged, "number": self.object.number}
        return [
            gettext("Violation %(number)s is entered for the dealer, for %(count)s activations.") % count,
            gettext("The dealer says: %(answer)s") % {"answer": self.object.answer or "–"},
            gettext("The county says: %(report)s") % {"report": self.object.report or "–"},
        ]

    def perform(self, *, form: Any) -> None:
        service.confirm(**self.given(form), claw_back=form.cleaned_data["claw_back"])

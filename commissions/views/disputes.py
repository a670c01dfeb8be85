"""Disputes: from a line on the dealer's phone to the county's answer and the city's decision."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters_corrections as filters
from commissions import forms_corrections as forms
from commissions import tables
from commissions import tables_corrections as corrections
from commissions.models import Adjustment, CommissionLine, Dispute
from commissions.queries import disputes, lines, sources
from commissions.queries.explain import explain_line
from commissions.services import dispute as service
from commissions.views.adjustments import paper_response
from commissions.views.common import AREA
from commissions.views.statements import OfStatement
from core import clock
from core.views import (
    Crumb,
    Figure,
    PortalActionView,
    PortalDetailView,
    PortalFormView,
    PortalListView,
    PortalMixin,
    one_or_404,
)


def disputes_crumb() -> Crumb:
    return Crumb(_("Disputes"), reverse("commissions:disputes"))


class Disputes(PortalListView):
    """What is disputed, the nearest deadline first; a dealer has his own."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    title = _("Disputes")

    @property
    def own(self) -> bool:
        return bool(self.request.user.is_dealer)

    def get_table(self) -> Any:
        return corrections.OWN_DISPUTES if self.own else corrections.DISPUTES

    @property
    def filterset_class(self) -> Any:  # type: ignore[override]
        return None if self.own else filters.DisputeFilter

    @property
    def empty_text(self) -> Any:  # type: ignore[override]
        if self.own:
            return _("You have disputed nothing. Beside each line of a statement stands a link for it.")
        return _("Nothing is disputed.")

    def get_rows(self, user: Any) -> Any:
        return disputes.visible(user)


class OpenDispute(OfStatement, PortalFormView):
    """The dealer says what is wrong with a line, or with the statement as a whole (no `line` in the address)."""

    permission = Permission.DISPUTE_STATEMENTS
    title = _("Dispute")
    form_class = forms.SayForm
    submit_label = _("Send to the county")
    template_name = "commissions/dispute_open.html"

    @cached_property
    def line(self) -> CommissionLine | None:
        asked = self.request.GET.get("line", "")
        if not asked:
            return None
        found = (
            lines.one_visible(int(asked), self.request.user)
            if asked.isascii() and asked.isdecimal() and len(asked) < 19
            else None
        )
        if found is None or (found.batch_id, found.dealer_id) != (self.statement.batch_id, self.statement.dealer_id):
            raise Http404
        return found

    def get_title(self) -> str:
        if self.line is not None:
            return gettext("Dispute: %(what)s") % {"what": tables.line_title(self.line)}
        return gettext("Dispute the statement of %(period)s") % {"period": self.statement.batch.period}

    def get_breadcrumbs(self) -> list[Crumb]:
        own = Crumb(
            gettext("Statement of %(period)s") % {"period": self.statement.batch.period},
            tables.statement_url(self.statement),
        )
        return [*super().get_breadcrumbs(), own]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": _("What is wrong, and how should it be?")}

    def perform(self, form: Any) -> str:
        row = service.open_dispute(
            statement=self.statement,
            line=self.line.pk if self.line else None,
            text=form.cleaned_data["text"],
            files=form.cleaned_data["papers"],
            by=self.request.user,
            at=clock.now(),
        )
        return corrections.dispute_url(row)

    def get_success_message(self) -> str:
        return gettext("Your dispute has gone to the county; you are told when it is answered.")

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            line=sources.name_sources([self.line])[0] if self.line else None,
            statement=self.statement,
            last_day=disputes.last_day(self.statement),
            **context,
        )


class DisputeDetail(PortalDetailView):
    """What is disputed and why, what was answered and decided, what follows from it."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    lookup = "number"
    template_name = "commissions/dispute.html"

    def get_rows(self, user: Any) -> Any:
        # A dealer is shown his own dispute's adjustments from the beginning, as steps of it.
        found = Prefetch("adjustments", Adjustment.objects.select_related("approved_by").order_by("pk"))
        return disputes.visible(user).prefetch_related(found)

    def get_title(self) -> str:
        return gettext("Dispute %(number)s") % {"number": self.object.number}

    def get_subtitle(self) -> str:
        return f"{self.object.dealer.name} · {self.object.statement.batch.period}"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [disputes_crumb()]

    @cached_property
    def line(self) -> CommissionLine | None:
        return disputes.line_of(self.object)

    def get_figures(self) -> Sequence[Figure]:
        row, statement = self.object, self.object.statement
        figures = [
            Figure(_("Statement"), statement.batch.period, url=tables.statement_url(statement)),
            Figure(_("Amount of the line"), self.line.amount, "money", url=tables.line_url(self.line))
            if self.line
            else Figure(_("Paid out"), statement.paid, "money"),
            Figure(_("Disputed on"), row.opened_at, "datetime"),
        ]
        if row.due_on:
            over = row.due_on < clock.today()
            figures.append(Figure(_("Due on"), row.due_on, "date", hint=_("The deadline is over.") if over else ""))
        return figures

    def get_context(self, **context: Any) -> dict[str, Any]:
        row, user = self.object, self.request.user
        steps: dict[str, list[Any]] = {}
        for paper in row.papers.order_by("pk"):
            steps.setdefault(paper.step, []).append(paper)
        return super().get_context(
            dispute=row,
            line=self.line,
            explanation=explain_line(self.line) if self.line else None,
            papers_of=steps,
            adjustments=[(one, Adjustment.machine.state(one.state)) for one in row.adjustments.all()],
            offers=offers(row, user),
            **context,
        )


def offers(row: Dispute, user: Any) -> list[tuple[str, Any, str]]:
    """What the user may do with it now: (address name, label, style), the usual step last."""
    if row.state == "open" and user.can(Permission.ANSWER_DISPUTES):
        return [
            ("commissions:dispute_grant", _("Grant"), "btn"),
            ("commissions:dispute_answer", _("Answer"), "btn btn-primary"),
        ]
    if row.state == "answered" and user.can(Permission.DISPUTE_STATEMENTS):
        return [
            ("commissions:dispute_escalate", _("Go on to the city"), "btn"),
            ("commissions:dispute_accept", _("Accept the answer"), "btn btn-primary"),
        ]
    if row.state == "escalated" and user.can(Permission.DECIDE_DISPUTES):
        return [
            ("commissions:dispute_refuse", _("Refuse"), "btn btn-outline-danger"),
            ("commissions:dispute_grant", _("Grant"), "btn btn-primary"),
        ]
    return []


class _Step(PortalActionView):
    """Base: one step of a dispute."""

    area = AREA
    lookup = "number"
    form_class = forms.SayForm
    label: Any = ""

    def get_rows(self, user: Any) -> Any:
        return disputes.visible(user)

    def get_title(self) -> str:
        return gettext("%(action)s: %(what)s") % {"action": self.title, "what": self.object.number}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [disputes_crumb(), Crumb(self.object.number, corrections.dispute_url(self.object))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"label": self.label} if self.form_class is forms.SayForm else {}

    def given(self, form: Any) -> dict[str, Any]:
        return {
            "dispute": self.object,
            "text": form.cleaned_data["text"],
            "files": form.cleaned_data["papers"],
            "by": self.request.user,
            "at": clock.now(),
        }


class AnswerDispute(_Step):
    permission = Permission.ANSWER_DISPUTES
    title = _("Answer")
    label = _("Answer to the dealer")
    submit_label = _("Send the answer")
    success_message = _("The dealer is told of the answer.")

    def get_effects(self) -> Sequence[Any]:
        return [
            self.object.text,
            _("The dealer accepts the answer or goes on to the city; without a word from him it counts as accepted."),
        ]

    def perform(self, *, form: Any) -> None:
        service.answer(**self.given(form))


class EscalateDispute(_Step):
    permission = Permission.DISPUTE_STATEMENTS
    title = _("Go on to the city")
    label = _("Why do you not accept the answer?")
    submit_label = _("Send to the city")
    success_message = _("Your dispute has gone to the city, which decides it.")

    def get_effects(self) -> Sequence[Any]:
        return [gettext("The county answered: %(answer)s") % {"answer": self.object.answer or "–"}]

    def perform(self, *, form: Any) -> None:
        service.escalate(**self.given(form))


class AcceptDispute(_Step):
    permission = Permission.DISPUTE_STATEMENTS
    title = _("Accept the answer")
    form_class = None
    submit_label = _("Accept the answer")
    success_message = _("The dispute is settled.")

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("The county answered: %(answer)s") % {"answer": self.object.answer or "–"},
            _("The dispute is settled with it; the statement can then be confirmed."),
        ]

    def perform(self, *, form: Any) -> None:
        service.accept(dispute=self.object, by=self.request.user, at=clock.now())


class RefuseDispute(_Step):
    permission = Permission.DECIDE_DISPUTES
    title = _("Refuse")
    form_class = forms.RefuseForm
    submit_label = _("Refuse")
    destructive = True
    success_message = _("The dispute is refused; the dealer is told the reason.")

    def get_effects(self) -> Sequence[Any]:
        return [self.object.text, _("The statement stays as it is; the dealer reads your reason.")]

    def perform(self, *, form: Any) -> None:
        text = form.cleaned_data["text"]
        service.refuse(dispute=self.object, text=text, by=self.request.user, at=clock.now())


class GrantDispute(_Step):
    permission = (Permission.ANSWER_DISPUTES, Permission.DECIDE_DISPUTES)
    title = _("Grant")
    form_class = forms.GrantForm
    submit_label = _("Grant and enter the adjustment")
    success_message = _("The dispute is granted; the adjustment waits for another person's approval.")

    def get_form_kwargs(self) -> dict[str, Any]:
        names = gettext("Decision on dispute %(number)s") % {"number": self.object.number}
        return {
            "initial": {"type": "other_back_pay", "document_no": self.object.number, "document_name": names},
        }

    def get_effects(self) -> Sequence[Any]:
        return [
            self.object.text,
            _("An adjustment is entered for the dealer; another person approves it before it enters a batch."),
        ]

    def perform(self, *, form: Any) -> None:
        given = form.cleaned_data
        service.grant(
            dispute=self.object,
            text=given["reason"],
            type=given["type"],
            amount=form.signed,
            document_no=given["document_no"],
            document_name=given["document_name"],
            files=given["papers"],
            by=self.request.user,
            at=clock.now(),
        )


class DisputePaper(PortalMixin):
    """A file of a dispute, for whoever sees the dispute."""

    permission = Permission.VIEW_STATEMENTS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        row = one_or_404(disputes.visible(request.user), number=kwargs["number"])
        return paper_response(one_or_404(row.papers.all(), pk=kwargs["pk"]))

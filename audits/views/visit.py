"""Check-in, the page of a visit, and notes."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from audits import states, tables
from audits.forms import CheckInForm, NoteForm
from audits.queries import due
from audits.queries import visits as queries
from audits.rules import checklist
from audits.services import guard
from audits.services import visit as visits
from audits.services.visit import AlreadyInside
from audits.views.common import LIST, SEES_VISITS, list_of
from core.clock import now, today
from core.errors import Refused
from core.views import Action, Crumb, Figure, PortalDetailView, PortalFormView, Section, one_or_404
from dealers.queries import archive
from inventory.queries import stocktakes

# Cards that a visit's sample count draws unless the visitor says otherwise.
SAMPLE = 10


class Start(PortalFormView):
    """Check in at a store: kind of visit and, if the phone gives it, the position."""

    permission = Permission.LOG_VISITS
    area = "audits"
    template_name = "audits/check_in.html"
    form_class = CheckInForm
    submit_label = gettext_lazy("Check in")

    @cached_property
    def dealer(self) -> Any:
        return one_or_404(archive.dealers(user=self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return self.dealer.name

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(self.dealer.name, reverse("dealers:detail", args=[self.dealer.pk])))

    def get_form_kwargs(self) -> dict[str, Any]:
        usual = "lead_in" if self.dealer.stage == "lead_in" else "routine"
        asked = self.request.GET.get("kind")
        return {"initial": {"kind": asked if asked in dict(states.OWN_KINDS) else usual}}

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            dealer=self.dealer, progress=due.progress(dealer=self.dealer, day=today()), **context
        )

    def kind(self, form: CheckInForm) -> str:
        return str(form.cleaned_data["kind"])

    def perform(self, form: CheckInForm) -> str:
        data = form.cleaned_data
        try:
            visit = visits.start(
                dealer=self.dealer,
                manager=self.request.user,
                kind=self.kind(form),
                at=now(),
                client_id=data["client_id"],
                phone_at=data["phone_at"],
                fix=form.fix(),
            )
        except AlreadyInside as refusal:
            messages.info(self.request, str(refusal.message))
            return reverse("audits:visit-go-on", args=[refusal.params["visit"]])
        return reverse("audits:visit-go-on", args=[visit.pk])


class VisitPage(PortalDetailView):
    """One visit: what was asked, answered, found and photographed."""

    permission = SEES_VISITS
    area = "audits"
    template_name = "audits/visit.html"

    def get_rows(self, user: Any) -> Any:
        return queries.visit_pages(user=user)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (list_of(self.request.user),)

    def get_title(self) -> str:
        return self.object.dealer.name

    def get_subtitle(self) -> str:
        visit = self.object
        return f"{visit.get_kind_display()} · {visit.manager} · {visit.dealer.org_unit.name}"

    def get_state(self) -> Any:
        return tables.state(self.object)

    @property
    def mine(self) -> bool:
        """Whether the reader may still change it."""
        try:
            guard.editable_now(self.object, by=self.request.user, at=now())
        except Refused:
            return False
        return True

    def get_primary_action(self) -> Action | None:
        if not self.mine:
            return None
        words = _("Go on with the visit") if self.object.state == "open" else _("Edit")
        return Action(words, reverse("audits:visit-go-on", args=[self.object.pk]), guard.MAKES_VISITS, icon="pencil")

    def get_actions(self) -> Iterable[Action]:
        yield Action(
            _("Dealer"),
            reverse("dealers:detail", args=[self.object.dealer_id]),
            Permission.VIEW_DEALERS,
            icon="building-store",
        )
        yield Action(
            _("Add a note"), reverse("audits:visit-note", args=[self.object.pk]), Permission.LOG_VISITS, icon="message"
        )
        code = stocktakes.node_of(self.object.dealer) if self.object.state == "open" else None
        if code:
            plan = f"{reverse('inventory:stocktake-new')}?node={code}&sample={SAMPLE}"
            yield Action(_("Sample count"), plan, Permission.COUNT_STOCK, icon="packages")

    def get_figures(self) -> Sequence[Figure]:
        visit = self.object
        minutes = tables.minutes(visit)
        distance = _("no position") if visit.latitude is None else _("the store's position is unknown")
        return (
            Figure(_("Score"), visit.score, "number"),
            Figure(_("Minutes in the store"), minutes, "number", visit.length_reason),
            Figure(
                _("Distance (m)"),
                visit.distance_m,
                "number",
                visit.distance_reason or (distance if visit.distance_m is None else ""),
            ),
            Figure(_("Findings"), len(self.findings), "number"),
        )

    @property
    def findings(self) -> list[Any]:
        if not hasattr(self, "_findings"):
            rows = queries.findings(user=self.request.user).filter(visit=self.object).exclude(state="withdrawn")
            self._findings = list(rows.prefetch_related("photos").order_by("pk"))
        return self._findings

    def get_sections(self) -> Sequence[Section]:
        return (
            Section(_("Findings"), "audits/visit_findings.html", anchor="findings"),
            Section(_("Checklist"), "audits/visit_answers.html", anchor="checklist"),
            Section(_("Photos"), "audits/visit_photos.html", anchor="photos"),
            Section(_("Times and place"), "audits/visit_times.html", anchor="times"),
            Section(_("Notes"), "audits/visit_notes.html", anchor="notes"),
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        visit = self.object
        answers = {answer.question: answer for answer in visit.answers.all()}
        photos = list(visit.photos.all())
        return super().get_context(
            visit=visit,
            findings=self.findings,
            photos=photos,
            notes=visit.notes.select_related("by"),
            sections_answered=[(section, _answered(section, answers, photos)) for section in visit.sections],
            remarks=tables.remarks(visit),
            **context,
        )


def _answered(section: checklist.Section, answers: dict[int, Any], photos: list[Any]) -> list[tuple[str, Any, str]]:
    """(question, answer in words, note) of a section."""
    rows = []
    for question in section.questions:
        answer = answers.get(question.id)
        value: Any = answer.value if answer else ""
        if question.kind == "yes_no" and value:
            value = _("yes") if value == "yes" else _("no")
        elif question.kind == "score" and value:
            value = f"{value} / {question.max_score}"
        elif question.kind == "photo":
            value = sum(photo.question == question.id for photo in photos) or ""
        rows.append((question.text, value, answer.note if answer else ""))
    return rows


class AddNote(PortalFormView):
    """A note on a visit, also long after it."""

    permission = Permission.LOG_VISITS
    title = gettext_lazy("Add a note")
    area = "audits"
    form_class = NoteForm
    submit_label = gettext_lazy("Add")
    success_message = gettext_lazy("The note is added.")

    @property
    def visit(self) -> Any:
        return one_or_404(queries.visit_pages(user=self.request.user), pk=self.kwargs["pk"])

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        visit = self.visit
        return (LIST, Crumb(visit.dealer.name, reverse("audits:visit", args=[visit.pk])))

    def perform(self, form: NoteForm) -> str:
        visit = self.visit
        visits.note(visit=visit, text=form.cleaned_data["text"], by=self.request.user, at=now())
        return reverse("audits:visit", args=[visit.pk]) + "#notes"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.visit  # noqa: B018 - 404 before anything is done
        return super().post(*args, **kwargs)

"""The checklist of a visit, section by section, and its end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.forms import PHOTO_ACCEPT, CheckOutForm
from audits.models import VisitAnswer
from audits.services import visit as visits
from audits.views.common import OfVisit
from core.clock import now
from core.errors import Refused
from core.photos import LARGEST_BYTES


class GoOn(OfVisit):
    """Where the visit was left: the first section that lacks an answer, else the check-out."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        for number, section in enumerate(self.sections, start=1):
            if self.missing_in(section):
                return self.go(self.section_url(number))
        if self.visit.state == "done":
            return self.go(self.section_url(1))
        return self.go(reverse("audits:visit-check-out", args=[self.visit.pk]))


class ChecklistStep(OfVisit):
    """One section: every answer is sent as it is given; "next" sends the whole section again."""

    template_name = "audits/section.html"

    @property
    def step(self) -> str:  # type: ignore[override]
        return str(self.kwargs["number"])

    @property
    def section(self) -> Any:
        number = self.kwargs["number"]
        if not 1 <= number <= len(self.sections):
            raise Http404
        return self.sections[number - 1]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_editable()
        return self.render(questions=self.questions({}))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        problems: dict[int, str] = {}
        for question in self.section.questions:
            try:
                self.take(question)
            except Refused as refusal:
                if refusal.code in ("visit_locked", "forbidden"):
                    raise
                problems[question.id] = str(refusal.message)
        if problems:
            for stale in ("answers", "photos"):
                self.__dict__.pop(stale, None)
            return self.render(questions=self.questions(problems), status=422)
        return self.go(self.section_url(self.kwargs["number"] + 1))

    def take(self, question: Any) -> None:
        """Store what was sent for one question."""
        by, at = self.request.user, now()
        if question.kind == "photo":
            file = self.request.FILES.get(f"photo-{question.id}")
            if file:
                data = file.read(LARGEST_BYTES + 1)
                visits.add_photo(visit=self.visit, data=data, by=by, at=at, question_id=question.id)
            return
        sent, note = self.request.POST.get(f"q-{question.id}"), self.request.POST.get(f"note-{question.id}", "")
        if sent is None and not note:
            return
        unchanged = sent == self.answers.get(question.id, "") and note == self.notes.get(question.id, "")
        if not unchanged:
            visits.answer(visit=self.visit, question_id=question.id, value=sent or "", by=by, at=at, note=note)

    @property
    def notes(self) -> dict[int, str]:
        return dict(VisitAnswer.objects.filter(visit=self.visit).values_list("question", "note"))

    def questions(self, problems: dict[int, str]) -> list[dict[str, Any]]:
        """The section's questions with what was answered, or what was sent and is wrong."""
        notes = self.notes
        return [
            {
                "question": question,
                "value": self.request.POST.get(f"q-{question.id}", self.answers.get(question.id, "")),
                "note": self.request.POST.get(f"note-{question.id}", notes.get(question.id, "")),
                "problem": problems.get(question.id, ""),
                "scores": range(question.max_score + 1),
                "photos": [photo for photo in self.photos if photo.question == question.id],
            }
            for question in self.section.questions
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        number = self.kwargs["number"]
        return super().get_context(
            section=self.section,
            number=number,
            accept=PHOTO_ACCEPT,
            answer_url=reverse("audits:visit-answer", args=[self.visit.pk]),
            previous_url=self.section_url(number - 1) if number > 1 else "",
            **context,
        )


class Answer(OfVisit):
    """One answer, sent by the script as it is given: JSON with what was stored, or why not."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit, asked = self.visit, request.POST.get("question", "")
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
            return JsonResponse({"message": _("This visit was not asked that question. Reload the page.")}, status=400)
        try:
            stored = visits.answer(
                visit=visit,
                question_id=int(asked),
                value=request.POST.get("value", ""),
                note=request.POST.get("note", ""),
                by=request.user,
                at=now(),
            )
        except Refused as refusal:
            return JsonResponse({"message": str(refusal.message), "code": refusal.code}, status=409)
        found = visit.findings.filter(question=int(asked), state="open").first()
        words = _("Saved.") if found is None else _("Saved. A finding was opened.")
        if found and found.needs_photo and not found.photos.exists():
            words = _("Saved. A finding was opened; it needs a photo.")
        return JsonResponse({"stored": stored, "message": words})


class CheckOut(OfVisit):
    """The end: what is missing, what is unusual and why, and a summary."""

    template_name = "audits/check_out.html"
    step = "check-out"
    submit_label = gettext_lazy("Check out")

    def form(self, data: Any = None) -> CheckOutForm:
        marks = visits.marks_at(self.visit, now())
        return CheckOutForm(data, too_far=marks.too_far, unusual_length=marks.length)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.visit.state == "done":
            return self.go(self.visit_url)
        return self.render(form=self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.form(request.POST)
        if form.is_valid():
            try:
                done = visits.check_out(visit=self.visit, by=request.user, at=now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("Checked out of %(dealer)s.") % {"dealer": done.dealer.name})
                return self.go(self.visit_url)
        return self.render(form=form, status=422)

    def get_context(self, **context: Any) -> dict[str, Any]:
        at = now()
        marks = visits.marks_at(self.visit, at)
        missing = [
            (question, self.section_url(number))
            for number, section in enumerate(self.sections, start=1)
            for question in self.missing_in(section)
        ]
        return super().get_context(
            missing=missing,
            bare=[finding for finding in self.findings if finding.needs_photo and not finding.has_photo],
            findings=self.findings,
            marks=marks,
            minutes=int((at - self.visit.checked_in_at).total_seconds() // 60),
            **context,
        )

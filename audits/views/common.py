"""What the screens of a visit share."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.models import Visit
from audits.queries import visits
from audits.rules import checklist
from audits.services import guard
from core.clock import now
from core.views import Crumb, PortalMixin, may, one_or_404

LIST = Crumb(_("Visits"), "/audits/visits/")
INSPECTIONS = Crumb(_("Inspections"), "/audits/inspections/")
SEES_LIST = (Permission.VIEW_VISITS, Permission.LOG_VISITS)
SEES_VISITS = (*SEES_LIST, Permission.INSPECT)


def list_of(user: Any) -> Crumb:
    """The list from which the user comes to a visit: an inspector has no other than his inspections."""
    return LIST if may(user, SEES_LIST) else INSPECTIONS


@dataclass(frozen=True)
class Stage:
    """One step of the visit, as the bar at the top shows it."""

    label: str | Promise
    url: str
    done: bool
    current: bool = False


class OfVisit(PortalMixin):
    """A step of a visit: only its own manager may take it, and only while it can be edited."""

    permission = guard.MAKES_VISITS
    area = "audits"
    step = ""

    @cached_property
    def visit(self) -> Visit:
        visit = one_or_404(visits.visit_pages(user=self.request.user), pk=self.kwargs["pk"])
        if visit.manager_id != self.request.user.pk:
            raise PermissionDenied
        return visit

    @cached_property
    def sections(self) -> tuple[checklist.Section, ...]:
        return self.visit.sections

    @cached_property
    def answers(self) -> dict[int, str]:
        return guard.answers_of(self.visit)

    @cached_property
    def photos(self) -> list[Any]:
        return list(self.visit.photos.all())

    @cached_property
    def findings(self) -> list[Any]:
        return list(visits.findings(user=self.request.user).filter(visit=self.visit, state="open").order_by("pk"))

    def check_editable(self) -> None:
        """Raises Refused once the time for edits is over."""
        guard.editable_now(self.visit, by=self.request.user, at=now())

    def get_title(self) -> str:
        return self.visit.dealer.name

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (list_of(self.request.user), Crumb(str(self.visit.dealer.name), self.visit_url))

    @property
    def visit_url(self) -> str:
        return reverse("audits:visit", args=[self.visit.pk])

    def get_back_url(self) -> str:
        return self.visit_url

    def section_url(self, number: int) -> str:
        """The address of section `number`, counted from 1; after the last one the photos'."""
        if number > len(self.sections):
            return reverse("audits:visit-photos", args=[self.visit.pk])
        return reverse("audits:visit-section", args=[self.visit.pk, number])

    def missing_in(self, section: checklist.Section) -> list[checklist.Question]:
        shown = [photo.question for photo in self.photos if photo.question is not None]
        return checklist.missing(section.questions, self.answers, shown)

    def stages(self) -> list[Stage]:
        """All steps of the visit, with what is done."""
        pk = self.visit.pk
        sections = [
            Stage(section.title, self.section_url(number), not self.missing_in(section), self.step == str(number))
            for number, section in enumerate(self.sections, start=1)
        ]
        return [
            *sections,
            Stage(_("Photos"), reverse("audits:visit-photos", args=[pk]), bool(self.photos), self.step == "photos"),
            Stage(
                _("Findings"), reverse("audits:visit-findings", args=[pk]), bool(self.findings), self.step == "findings"
            ),
            Stage(
                _("Check out"),
                reverse("audits:visit-check-out", args=[pk]),
                self.visit.state == "done",
                self.step == "check-out",
            ),
        ]

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(visit=self.visit, stages=self.stages(), **context)

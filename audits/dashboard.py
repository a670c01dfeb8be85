"""What waits for channel managers and supervisors. Registered by the app's `ready()`."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission, Role
from audits.queries import cases, inspections, notices, rectifications, visits
from core import clock, dashboard
from core.dashboard import Waiting


def open_visits(request: Any) -> Iterator[Waiting]:
    """Visits that were begun and not ended: at the end of the day there should be none."""
    rows = list(visits.own_open(user=request.user).values_list("pk", flat=True)[:100])
    url = reverse("audits:visit-go-on", args=[rows[0]]) if len(rows) == 1 else reverse("audits:today")
    yield Waiting(_("Visits to check out of"), len(rows), url, colour="blue")


def cases_of_county(request: Any) -> Iterator[Waiting]:
    count = cases.visible(request.user).filter(state="open").count()
    yield Waiting(_("Cross-region cases to decide"), count, f"{reverse('audits:cases')}?state=open")


def decisions_of_city(request: Any) -> Iterator[Waiting]:
    """Reported cases and appeals, counted in one query."""
    reported = _by_state(cases.visible(request.user).filter(state="reported"))
    counts = dict(reported.union(_by_state(notices.notices(request.user).filter(state="appealed")), all=True))
    yield Waiting(
        _("Cross-region cases to decide"), counts.get("reported", 0), f"{reverse('audits:cases')}?state=reported"
    )
    yield Waiting(_("Appeals to decide"), counts.get("appealed", 0), f"{reverse('audits:notices')}?state=appealed")


def _by_state(rows: Any) -> Any:
    return (
        rows.select_related(None).order_by().values("state").annotate(count=Count("pk")).values_list("state", "count")
    )


def cases_to_answer(request: Any) -> Iterator[Waiting]:
    """A dealer's own cases that he has not answered, with the nearest deadline."""
    rows = cases.visible(request.user).filter(state__in=["open", "reported"], answer="")
    due = list(rows.order_by("answer_due_on").values_list("answer_due_on", flat=True)[:100])
    yield Waiting(_("Cross-region cases to answer"), len(due), reverse("audits:cases"), due=due[0] if due else None)


def findings_to_decide(request: Any) -> Iterator[Waiting]:
    yield Waiting(
        _("Findings to decide"),
        notices.to_decide(request.user).count(),
        f"{reverse('audits:findings')}?state=open",
    )


def own_notices(request: Any) -> Iterator[Waiting]:
    """A dealer's notices that he can still appeal against."""
    rows = notices.notices(request.user).filter(state="issued", appeal_until__gte=clock.today())
    due = list(rows.order_by("appeal_until").values_list("appeal_until", flat=True)[:100])
    url = f"{reverse('audits:notices')}?state=issued"
    yield Waiting(_("Notices of violation"), len(due), url, due=due[0] if due else None, colour="red")


def rectifications_of_staff(request: Any) -> Iterator[Waiting]:
    """What is to be verified and what is overdue: a channel manager's own dealers', else the unit's; one query."""
    user = request.user
    if user.is_dealer:
        return
    rows = rectifications.rectifications(user).select_related(None)
    if user.role == Role.CHANNEL_MANAGER:
        rows = rows.filter(dealer__manager=user)
    counts = rows.aggregate(
        verify=Count("pk", filter=Q(state="done") & ~Q(done_by=user)),
        late=Count("pk", filter=Q(state="open", due_on__lt=clock.today())),
    )
    address = reverse("audits:rectifications")
    yield Waiting(_("Rectifications to verify"), counts["verify"], f"{address}?state=done", colour="blue")
    yield Waiting(_("Overdue rectifications"), counts["late"], f"{address}?overdue=true", colour="red")


def own_rectifications(request: Any) -> Iterator[Waiting]:
    """What a dealer has to put right, with the nearest deadline."""
    if not request.user.is_dealer:
        return
    rows = rectifications.rectifications(request.user).filter(state="open")
    due = list(rows.order_by("due_on").values_list("due_on", flat=True)[:100])
    url = f"{reverse('audits:rectifications')}?state=open"
    yield Waiting(_("To be put right"), len(due), url, due=due[0] if due else None)


def own_inspections(request: Any) -> Iterator[Waiting]:
    """What an inspector has to do, with the nearest day."""
    if not request.user.is_inspector:
        return
    due = list(inspections.waiting(request.user).values_list("due_on", flat=True)[:100])
    url = f"{reverse('audits:inspections')}?state=assigned"
    yield Waiting(_("Inspections to do"), len(due), url, due=due[0] if due else None)


def register() -> None:
    dashboard.waits(Permission.MANAGE_RECTIFICATIONS, rectifications_of_staff)
    dashboard.waits(Permission.REPORT_RECTIFICATIONS, own_rectifications)
    dashboard.waits(Permission.REPORT_CASES, cases_of_county)
    dashboard.waits(Permission.CONFIRM_VIOLATIONS, decisions_of_city)
    dashboard.waits(Permission.ANSWER_CASES, cases_to_answer)
    dashboard.waits(Permission.DECIDE_FINDINGS, findings_to_decide)
    dashboard.waits(Permission.APPEAL_NOTICES, own_notices)
    dashboard.waits(Permission.LOG_VISITS, open_visits)
    dashboard.waits(Permission.INSPECT, own_inspections)
    dashboard.panel(Permission.LOG_VISITS, "audits:today-panel", title=_("Visits today"), order=10)
    dashboard.panel(Permission.ASSIGN_MANAGERS, "audits:coverage", title=_("Visits this month"), order=20)

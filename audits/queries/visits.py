"""What the pages about visits, findings and violations show."""

from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from audits.models import Finding, Violation, Visit, VisitPhoto
from audits.queries import due, inspections


def visits(*, user: Any) -> Any:
    """The visits within `user`'s scope, with dealer, unit, manager and open findings (`finding_count`)."""
    return (
        inspections.visits_of(user)
        .select_related("dealer__org_unit", "manager")
        .defer("checklist")
        .annotate(finding_count=Count("findings", filter=Q(findings__state="open")))
    )


def visit_pages(*, user: Any) -> QuerySet[Visit]:
    """The same with all that one page needs."""
    return inspections.visits_of(user).select_related("dealer__org_unit", "manager")


def of_dealer(*, user: Any, dealer: Any) -> QuerySet[Visit]:
    """A dealer's visits, the newest first."""
    return visits(user=user).filter(dealer=dealer).order_by("-checked_in_at")


def own_open(*, user: Any) -> QuerySet[Visit]:
    """The visits that `user` has not checked out of."""
    return Visit.objects.visible_to(user).filter(manager=user, state="open").select_related("dealer")


def own_on(*, user: Any, day: date) -> QuerySet[Visit]:
    """The visits that `user` checked in to on `day`, the newest first."""
    rows = due.visits_between(day, day).filter(manager=user) & Visit.objects.visible_to(user)
    return rows.select_related("dealer").defer("checklist").order_by("-checked_in_at")


def findings(*, user: Any) -> Any:
    """The findings within `user`'s scope, with their visit; `has_photo`."""
    return (
        Finding.objects.visible_to(user)
        .exclude(inspections.hidden(user, "visit__"))
        .select_related("visit", "dealer")
        .annotate(has_photo=Exists(VisitPhoto.objects.filter(finding=OuterRef("pk"))))
    )


def photos(*, user: Any) -> QuerySet[VisitPhoto]:
    """The photos within `user`'s scope."""
    rows = VisitPhoto.objects.visible_to(user).exclude(inspections.hidden(user, "visit__"))
    return rows.select_related("visit__dealer", "visit__manager")


def violations(*, user: Any) -> QuerySet[Violation]:
    """The confirmed violations within `user`'s scope."""
    return Violation.objects.visible_to(user).select_related("dealer__org_unit", "type")

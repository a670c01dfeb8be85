"""What the pages about findings and notices of violation show."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audits.models import Finding, ViolationNotice, VisitPhoto
from audits.queries import inspections

# A finding of the same category at the same dealer within this time before is a repeat.
REPEATED_WITHIN = timedelta(days=180)


def findings(user: Any) -> Any:
    """The findings within the user's scope, with visit, dealer and notice; `has_photo`, `earlier`: how many like it."""
    same = Finding.objects.filter(
        ~Q(state__in=["withdrawn", "dismissed"]),
        dealer=OuterRef("dealer"),
        category=OuterRef("category"),
        found_at__lt=OuterRef("found_at"),
        found_at__gte=OuterRef("found_at") - REPEATED_WITHIN,
    )
    return (
        Finding.objects.visible_to(user)
        .exclude(inspections.hidden(user, "visit__"))
        .select_related("visit__manager", "dealer__org_unit__county", "notice")
        .annotate(
            has_photo=Exists(VisitPhoto.objects.filter(finding=OuterRef("pk"))),
            earlier=Coalesce(Subquery(same.order_by().values("dealer").annotate(total=Count("pk")).values("total")), 0),
        )
    )


def to_decide(user: Any) -> Any:
    """Findings of visits that are over, which nobody has decided yet, but those of his own visits."""
    return findings(user).filter(state="open", visit__state="done").exclude(visit__manager=user)


def notices(user: Any) -> QuerySet[ViolationNotice]:
    """The notices within the user's scope, with dealer, unit, type, finding and people."""
    return ViolationNotice.objects.visible_to(user).select_related(
        "dealer__org_unit__county", "type", "finding__visit", "reported_by", "issued_by", "decided_by", "violation"
    )


def standing_before(notice: ViolationNotice) -> int:
    """How many violations of the same type the dealer has from before, this one not counted."""
    rows = notice.dealer.violations.filter(type=notice.type_id, occurred_on__lte=notice.occurred_on)
    return rows.exclude(reference=notice.number).count()

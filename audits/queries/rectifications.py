"""What the pages about rectifications show."""

from datetime import date
from typing import Any

from audits.models import Rectification, RectificationPhoto


def rectifications(user: Any) -> Any:
    """The rectifications within the user's scope with dealer, unit, finding and people."""
    return Rectification.objects.visible_to(user).select_related(
        "dealer__org_unit__county", "dealer__manager", "finding__visit", "ordered_by", "done_by", "verified_by"
    )


def photos(user: Any) -> Any:
    """The photos that show what was put right, within the user's scope."""
    return RectificationPhoto.objects.visible_to(user).select_related("rectification", "by")


def under_way(user: Any, *, dealer: Any) -> Any:
    """What a dealer still has to put right or to have verified, the most urgent first."""
    return rectifications(user).filter(dealer=dealer, state__in=["open", "done"]).order_by("due_on", "pk")


def of_finding(user: Any, finding: Any) -> Any:
    """The rectification of a finding that is not cancelled; None without."""
    return rectifications(user).filter(finding=finding).exclude(state="cancelled").first()


def to_verify(user: Any) -> Any:
    """What is reported as done, but not by the user himself."""
    return rectifications(user).filter(state="done").exclude(done_by=user)


def overdue(user: Any, *, day: date) -> Any:
    return rectifications(user).filter(state="open", due_on__lt=day)

"""Who is told what about cross-region cases."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import User
from accounts.roles import Permission
from audits.models import CrossRegionCase
from core import notices

OPENED = gettext_noop("%(count)s cross-region cases of %(month)s wait for you.")
ASKED = gettext_noop(
    "%(flagged)s of your activations of %(month)s took place in other counties. Please explain by %(day)s."
)
ANSWERED = gettext_noop("%(dealer)s has answered in case %(number)s.")
REPORTED = gettext_noop("Cross-region case %(number)s of %(dealer)s waits for your decision.")
CONFIRMED = gettext_noop("Cross-region sales are confirmed as a violation: %(number)s.")
DISMISSED = gettext_noop("Case %(number)s is dismissed.")


def opened(rows: Iterable[CrossRegionCase], *, by: Any) -> None:
    """Tell each county how many there are, and each dealer of his own."""
    counties: dict[Any, list[CrossRegionCase]] = defaultdict(list)
    for row in rows:
        counties[row.dealer.org_unit.county or row.dealer.org_unit].append(row)
        _send(row, ASKED, _dealers(row), day=row.answer_due_on.isoformat(), flagged=row.flagged)
    for county, found in counties.items():
        month = f"{found[0].month:%Y-%m}"
        notices.send(_county(county), OPENED, url=reverse("audits:cases"), but=by, count=len(found), month=month)


def answered(row: CrossRegionCase) -> None:
    _send(row, ANSWERED, _county(row.dealer.org_unit.county or row.dealer.org_unit))


def reported(row: CrossRegionCase, *, by: Any) -> None:
    _send(row, REPORTED, queries.people(Permission.CONFIRM_VIOLATIONS, unit=row.dealer.org_unit), but=by)


def decided(row: CrossRegionCase, *, by: Any) -> None:
    people = [*_dealers(row), *([row.reported_by] if row.reported_by else [])]
    _send(row, CONFIRMED if row.state == "confirmed" else DISMISSED, people, but=by)


def _county(county: Any) -> Any:
    return queries.people(Permission.REPORT_CASES, unit=county).filter(org_unit=county)


def _dealers(row: CrossRegionCase) -> Any:
    return User.objects.filter(dealer_link__dealer_id=row.dealer_id, is_active=True)


def _send(row: CrossRegionCase, text: str, people: Any, *, but: Any = None, **more: Any) -> None:
    notices.send(
        people,
        text,
        url=reverse("audits:case", args=[row.number]),
        but=but,
        number=row.number,
        dealer=row.dealer.name,
        month=f"{row.month:%Y-%m}",
        **more,
    )

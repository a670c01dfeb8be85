"""Who is told what about findings and notices of violation."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import User
from accounts.roles import Permission
from audits.models import Finding, ViolationNotice
from core import notices

ISSUED = gettext_noop("Notice of violation %(number)s. You can appeal until %(day)s.")
DISMISSED = gettext_noop("Your finding at %(dealer)s is dismissed: %(reason)s")
APPEALED = gettext_noop("%(dealer)s appeals against notice %(number)s.")
STANDS = gettext_noop("Notice of violation %(number)s of %(dealer)s stands.")
ANNULLED = gettext_noop("Notice of violation %(number)s of %(dealer)s is annulled.")


def issued(notice: ViolationNotice, *, by: Any) -> None:
    _send(notice, ISSUED, _dealers(notice), but=by, day=notice.appeal_until.isoformat())


def dismissed(finding: Finding, *, reason: str, by: Any) -> None:
    notices.send(
        [finding.visit.manager],
        DISMISSED,
        url=reverse("audits:finding", args=[finding.pk]),
        but=by,
        dealer=finding.dealer.name,
        reason=reason[:200],
    )


def appealed(notice: ViolationNotice) -> None:
    _send(notice, APPEALED, queries.people(Permission.CONFIRM_VIOLATIONS, unit=notice.dealer.org_unit))


def decided(notice: ViolationNotice, *, by: Any) -> None:
    people = [*_dealers(notice), notice.issued_by, notice.reported_by]
    _send(notice, STANDS if notice.state == "standing" else ANNULLED, people, but=by)


def _dealers(notice: ViolationNotice) -> Any:
    return User.objects.filter(dealer_link__dealer_id=notice.dealer_id, is_active=True)


def _send(notice: ViolationNotice, text: str, people: Any, *, but: Any = None, **more: Any) -> None:
    notices.send(
        people,
        text,
        url=reverse("audits:notice", args=[notice.number]),
        but=but,
        number=notice.number,
        dealer=notice.dealer.name,
        **more,
    )

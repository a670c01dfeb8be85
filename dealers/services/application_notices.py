"""Who is told what about applications of new stores."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.roles import Permission
from core import notices
from dealers.models import Dealer, SiteCheck

APPLIED = gettext_noop("%(dealer)s has applied: documents and site are to be checked.")
PASSED = gettext_noop("%(dealer)s: a check is passed.")
FAILED = gettext_noop("%(dealer)s: a check is not passed: %(note)s")
REJECTED = gettext_noop("The application of %(dealer)s is rejected: %(note)s")


def applied(dealer: Dealer, *, by: Any) -> None:
    _send(dealer, APPLIED, queries.people(Permission.ASSIGN_MANAGERS, unit=dealer.org_unit), but=by)


def checked(dealer: Dealer, check: SiteCheck, *, by: Any) -> None:
    _send(dealer, PASSED if check.passed else FAILED, _proposer(dealer), but=by, note=check.note[:200])


def rejected(dealer: Dealer, *, text: str, by: Any) -> None:
    _send(dealer, REJECTED, _proposer(dealer), but=by, note=text[:200])


def _proposer(dealer: Dealer) -> list[Any]:
    return [dealer.application.proposed_by] if hasattr(dealer, "application") else []


def _send(dealer: Dealer, text: str, people: Any, *, but: Any, **more: Any) -> None:
    notices.send(people, text, url=reverse("dealers:detail", args=[dealer.pk]), but=but, dealer=dealer.name, **more)

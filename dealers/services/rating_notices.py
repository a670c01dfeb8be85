"""Who is told what about ratings."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.roles import Permission
from core import notices
from dealers.models import RatingProposal, RatingRound
from dealers.queries import ratings

RATED = gettext_noop("%(period)s is rated: %(count)s proposals wait for your decision.")
CHANGED = {
    "partner": gettext_noop("From %(day)s on %(dealer)s is a partner store."),
    "exclusive": gettext_noop("From %(day)s on %(dealer)s is an exclusive store."),
    "mall": gettext_noop("From %(day)s on %(dealer)s is a mobile mall."),
    "": gettext_noop("The cooperation with %(dealer)s ends: from %(day)s on."),
}


def rated(found: RatingRound, *, by: Any) -> None:
    """The people of the city who decide, if something waits."""
    waiting = found.proposals.filter(state="proposed").count()
    if waiting:
        people = queries.people(Permission.APPROVE_RATINGS, unit=found.city)
        address = f"{ratings.address(found.period)}&state=proposed"
        notices.send(people, RATED, url=address, but=by, period=found.period, count=waiting)


def approved(rows: Iterable[RatingProposal], *, by: Any) -> None:
    """The dealers' own users and their channel managers, in one statement.

    The caller has fetched each row with its dealer's manager and users.
    """
    drafts = []
    for row in rows:
        text, said = CHANGED[row.proposed], {"day": row.round.effective_on.isoformat(), "dealer": row.dealer.name}
        own = [link.user for link in row.dealer.users.all() if link.user.is_active]
        drafts += notices.drafts(own, text, url=reverse("dealers:own"), but=by, **said)
        if row.dealer.manager:
            address = reverse("dealers:detail", args=[row.dealer_id])
            drafts += notices.drafts([row.dealer.manager], text, url=address, but=by, **said)
    notices.send_all(drafts)

"""Who is told what about agreements and endings: the channel manager and the dealer's own users."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from core import notices
from dealers.models import Agreement, Dealer, DealerEnding

SIGNED = gettext_noop("Agreement %(number)s of %(dealer)s is signed: %(first)s to %(last)s.")
ENDS_SOON = gettext_noop("Agreement %(number)s of %(dealer)s ends on %(last)s. Without a new one the cooperation ends.")
ENDED = gettext_noop("The cooperation with %(dealer)s ends: from %(first)s on.")


def signed(agreement: Agreement, *, by: Any) -> None:
    _send(agreement.dealer, SIGNED, but=by, **_term(agreement))


def ends_soon(agreement: Agreement) -> None:
    _send(agreement.dealer, ENDS_SOON, but=None, **_term(agreement))


def ended(ending: DealerEnding, *, by: Any) -> None:
    _send(ending.dealer, ENDED, but=by, first=ending.ended_on.isoformat())


def _term(agreement: Agreement) -> dict[str, str]:
    return {
        "number": agreement.number,
        "first": agreement.starts_on.isoformat(),
        "last": agreement.ends_on.isoformat(),
    }


def _send(dealer: Dealer, text: str, *, but: Any, **params: str) -> None:
    owners = User.objects.filter(dealer_link__dealer=dealer, is_active=True)
    notices.send(owners, text, url=reverse("dealers:own"), but=but, dealer=dealer.name, **params)
    if dealer.manager is not None:
        address = reverse("dealers:detail", args=[dealer.pk])
        notices.send([dealer.manager], text, url=address, but=but, dealer=dealer.name, **params)

"""What the pages about one dealer share."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core.views import Crumb, one_or_404
from dealers.models import Dealer
from dealers.queries import archive

LIST = Crumb(_("Dealers"), "/dealers/")


class OfDealer:
    """A page below a dealer's: the dealer comes from the address, within the user's scope."""

    area = "dealers"

    @cached_property
    def dealer(self) -> Dealer:
        return one_or_404(archive.dealers(user=self.request.user), pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (LIST, Crumb(self.dealer.name, self.dealer_url))

    @property
    def dealer_url(self) -> str:
        return reverse("dealers:detail", args=[self.dealer.pk])


def address(url_name: str, *args: Any) -> str:
    """The address of a page of a floor above; '' where this installation has none."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.periods import InvalidPeriod, Month
from dealers.models import DealerMonth
from dealers.queries import archive
from inventory.queries import ranking

STANDING = [("idle", _("Holds stock, sold nothing")), ("falling", _("Sells less than the month before"))]


class RankingFilter(django_filters.FilterSet):
    """One month at a time; the newest to begin with."""

    month = django_filters.CharFilter(label=_("Month"), method="by_month")
    text = django_filters.CharFilter(label=_("Dealer"), method="by_text")
    standing = django_filters.ChoiceFilter(label=_("Standing"), choices=STANDING, method="by_standing")

    class Meta:
        model = DealerMonth
        fields = ()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy()
        if not data.get("month") and (newest := ranking.latest(kwargs["request"].user)):
            data["month"] = f"{newest:%Y-%m}"
        super().__init__(data, *args, **kwargs)

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        try:
            return rows.filter(month=Month.parse(value).first)
        except InvalidPeriod:
            return rows.none()

    def by_text(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(dealer__in=archive.matching(archive.dealers(user=self.request.user), value))

    def by_standing(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(stock__gt=0, activations=0) if value == "idle" else rows.filter(change__lt=0)

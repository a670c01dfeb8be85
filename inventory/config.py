"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "ACTIVE_CALL_MINUTES": (
        Decimal("10.00"),
        _("A subscriber is active with at least this many call minutes in the month, or the data below."),
        Decimal,
    ),
    "ACTIVE_DATA_MB": (Decimal("30.00"), _("Data in MB that make a subscriber active in the month."), Decimal),
    "STOCK_LOW_DAYS": (7, _("Stock that lasts fewer days than this is low."), int),
    "STOCK_SLOW_DAYS": (60, _("Stock that has been held this many days without a sale is slow."), int),
    "STOCK_EXCESS_DAYS": (180, _("Stock that lasts more days than this is excess."), int),
    "STOCK_TARGET_DAYS": (30, _("Balancing fills a node up to what it sells in this many days."), int),
    "STOCK_EXPIRING_DAYS": (30, _("Cards are expiring that expire within this many days."), int),
}

"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "EFFECTIVENESS_REVENUE": (
        Decimal("0.30"),
        _("Weight of the revenue per 100 yuan of commission; the five weights of the score sum to 1."),
        "rate",
    ),
    "EFFECTIVENESS_DEVELOPED": (Decimal("0.25"), _("Weight of the users developed."), "rate"),
    "EFFECTIVENESS_CHURN": (Decimal("0.05"), _("Weight of 1 − churn rate."), "rate"),
    "EFFECTIVENESS_ACTIVE": (Decimal("0.20"), _("Weight of the active rate."), "rate"),
    "EFFECTIVENESS_ARPU": (Decimal("0.20"), _("Weight of the ARPU."), "rate"),
}

"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "LEAD_IN_DAYS": (7, _("Days that a lead-in lasts at least."), int),
    "AGREEMENT_REMINDER_DAYS": (
        "60 30 7",
        _("Days before the end of an agreement on which channel manager and dealer are told."),
        str,
    ),
    "ATTENTION_AGREEMENT_DAYS": (60, _("Days before its end from which an agreement needs attention."), int),
}

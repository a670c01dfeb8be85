"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "ATTENTION_AGREEMENT_DAYS": (60, _("Days before its end from which an agreement needs attention."), int),
}

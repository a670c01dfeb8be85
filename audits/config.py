"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "VISIT_MAX_DISTANCE_M": (300, _("A visit further than this from the store, in metres, asks for a reason."), int),
    "VISIT_EDIT_HOURS": (24, _("Hours after check-out in which a visit can still be edited."), int),
}

"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

CONSTANCE: dict[str, tuple[object, ...]] = {}

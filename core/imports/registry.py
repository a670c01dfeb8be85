"""The kinds of file that the portal takes, in the order in which they are usually loaded."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from core.imports.spec import Kind

ORDER = (
    "org_units", "users", "products", "cells", "dealers", "dealer_tiers", "dealer_units", "dealer_endings",
    "dealer_suspensions", "agreements", "accounts", "stock_nodes", "cards", "sales", "subscribers",
    "assessment_scores", "subsidies", "violations", "false_sales", "adjustments", "budgets", "commission_policy",
)  # fmt: skip

_kinds: dict[str, Kind] = {}
_loaded = False


def register(kind: Kind) -> Kind:
    """Add a kind; two kinds of one name are a mistake."""
    if kind.name in _kinds:
        raise ValueError(f"Import kind {kind.name!r} is registered twice.")
    _kinds[kind.name] = kind
    return kind


def load() -> None:
    """Import every installed app's `imports` module once."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    for config in apps.get_app_configs():
        if config.name != "core" and find_spec(f"{config.name}.imports"):
            import_module(f"{config.name}.imports")


def get(name: str) -> Kind:
    """The kind of that name; KeyError if there is none."""
    load()
    return _kinds[name]


def names() -> list[str]:
    load()
    known = [name for name in ORDER if name in _kinds]
    return known + sorted(set(_kinds) - set(known))


def kinds() -> list[Kind]:
    return [_kinds[name] for name in names()]

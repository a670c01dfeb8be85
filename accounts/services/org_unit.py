"""The tree of org units: create and rename nodes, keep their paths."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from core.errors import Refused
from core.pinyin import pinyin_key

PARENT_LEVEL = {"province": None, "city": "province", "county": "city", "grid": "county"}


class UnitRefused(Refused):
    """The unit does not fit into the tree."""

    code = "unit_refused"


def place(unit: OrgUnit) -> OrgUnit:
    """Fill `path`, `depth` and the ancestors by level of `unit` from its parent, unsaved.

    Raises UnitRefused if the parent's level does not fit, or if the unit would move.
    """
    expected = PARENT_LEVEL[unit.level]
    if (unit.parent.level if unit.parent else None) != expected:
        raise UnitRefused(
            _("%(name)s: the parent of this level must be %(expected)s.")
            % {"name": unit.name, "expected": OrgUnit.Level(expected).label if expected else _("empty")}
        )
    path = f"{unit.parent.path if unit.parent else '/'}{unit.code}/"
    if unit.pk and unit.path and unit.path != path:
        raise UnitRefused(_("%(name)s stands in the tree already and cannot be moved.") % {"name": unit.name})
    unit.path, unit.depth = path, path.count("/") - 2
    unit.pinyin = pinyin_key(unit.name)
    for level in ("county", "city", "province"):
        setattr(unit, level, getattr(unit.parent, level) if unit.parent else None)
    return unit


@transaction.atomic
def save(unit: OrgUnit) -> OrgUnit:
    """Create or update one unit with its place in the tree. Raises UnitRefused."""
    place(unit)
    unit.save()
    if unit.level != "grid":
        setattr(unit, unit.level, unit)
        unit.save(update_fields=[unit.level])
    return unit

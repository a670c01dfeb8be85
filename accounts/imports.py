"""Files about the organisation: org units."""

from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from accounts.services import org_unit
from accounts.services import user as users
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import add_reason
from core.imports.registry import register

LEVELS = {"province": "省", "city": "市", "county": "县", "grid": "网格"}
UNIT = spec.Lookup(lambda: OrgUnit)
COUNTY = spec.Lookup(lambda: OrgUnit, where={"level": "county"})
DEALER_UNIT = spec.Lookup(lambda: OrgUnit, where={"level__in": ["county", "grid"]})

add_reason(
    "parent", _("The parent does not fit: a city belongs to a province, a county to a city, a grid to a county.")
)
add_reason("moved", _("Stands in the tree already; its level and parent cannot be changed."))


def merge_units(ctx: Context, good: pl.DataFrame) -> None:
    """Save the units from the top of the tree down, so that a parent may stand anywhere in the file."""
    visible = OrgUnit.objects.all() if ctx.user is None else OrgUnit.objects.visible_to(ctx.user)
    known = {unit.code: unit for unit in OrgUnit.objects.select_related("parent")}
    allowed = set(visible.values_list("code", flat=True))
    rows = sorted(good.iter_rows(named=True), key=lambda row: (list(LEVELS).index(row["level"]), row["__row"]))
    bit = ctx.bit("parent_code") if ctx.has("parent_code") else 0
    for row in rows:
        problem = _save(ctx, row, bool(row["__clear"] & bit), known, allowed)
        if problem:
            ctx.reject([(row["__row"], problem[0], None, problem[1])])


def _save(
    ctx: Context, row: dict[str, Any], cleared: bool, known: dict[str, OrgUnit], allowed: set[str]
) -> tuple[str, str] | None:
    """Create or update one unit; the column and reason if it is refused.

    The very first unit becomes that of the administrator who loads it, so that he sees the tree.
    """
    unit = known.get(row["code"])
    parent_code = row.get("parent_code")
    if unit is not None and unit.code not in allowed:
        return "code", "out_of_scope"
    if parent_code and parent_code not in (known if ctx.user is None else allowed):
        return "parent_code", "unknown"
    parent = known[parent_code] if parent_code else None
    if unit is not None:
        if unit.level != row["level"] or cleared or (parent_code and unit.parent_id != known[parent_code].pk):
            return ("level" if unit.level != row["level"] else "parent_code"), "moved"
        if unit.name == row["name"]:
            ctx.unchanged += 1
            return None
        unit.name = row["name"]
        org_unit.save(unit)
        ctx.updated += 1
        return None
    founder = ctx.user is not None and ctx.user.org_unit_id is None and not known
    if ctx.user is not None and parent is None and not founder:
        return "parent_code", "parent"
    unit = OrgUnit(code=row["code"], name=row["name"], level=row["level"], parent=parent)
    try:
        known[unit.code] = org_unit.save(unit)
    except org_unit.UnitRefused:
        return "parent_code", "parent"
    allowed.add(unit.code)
    ctx.inserted += 1
    if founder and ctx.user is not None:
        users.belong_to(user=ctx.user, unit=unit)
    return None


register(
    spec.Kind(
        name="org_units",
        label=_("Org units"),
        permission=Permission.IMPORT_ORGANISATION,
        group=_("Organisation"),
        key=("code",),
        updates=True,
        whole=True,
        merge=merge_units,
        notes=_("The tree from the province down; rows may stand in any order. A unit cannot be moved."),
        columns=(
            spec.code("code", "组织编码", length=20, required=True),
            spec.text("name", "组织名称", required=True),
            spec.choice("level", "层级", LEVELS, required=True),
            spec.code("parent_code", "上级组织编码", length=20),
        ),
    )
)

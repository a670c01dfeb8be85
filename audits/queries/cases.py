"""What the pages about cross-region cases show."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from audits.models import CaseRecord, CrossRegionCase
from inventory.models import Cell


@dataclass(frozen=True)
class Place:
    """A cell with the number of the case's activations on it; degrees in WGS-84 or None."""

    cell_id: str
    name: str
    county: str
    records: int
    latitude: float | None
    longitude: float | None


def visible(user: Any) -> QuerySet[CrossRegionCase]:
    """The cases within the user's scope, with dealer, unit and people."""
    return CrossRegionCase.objects.visible_to(user).select_related(
        "dealer__org_unit__county", "reported_by", "decided_by", "violation"
    )


def records(case: CrossRegionCase, user: Any) -> QuerySet[CaseRecord]:
    """The activations of a case, with product and county."""
    return CaseRecord.objects.visible_to(user).filter(case=case).select_related("record__product", "county")


def places(case: CrossRegionCase) -> list[Place]:
    """The cells of a case, those with most activations first."""
    rows = (
        CaseRecord.objects.filter(case=case)
        .values("record__cell_id", "county__name")
        .annotate(n=Count("pk"))
        .order_by("-n", "record__cell_id")
    )
    found = list(rows)
    cells = Cell.objects.in_bulk([row["record__cell_id"] for row in found], field_name="cell_id")
    return [
        Place(
            cell_id=row["record__cell_id"],
            name=cell.name if cell else "",
            county=row["county__name"],
            records=row["n"],
            latitude=_degrees(cell and cell.latitude),
            longitude=_degrees(cell and cell.longitude),
        )
        for row in found
        for cell in [cells.get(row["record__cell_id"])]
    ]


def _degrees(value: Any) -> float | None:
    return None if value is None else float(value)

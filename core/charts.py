"""Charts: what they say, as data. `static/portal/charts.js` draws it, `{% chart %}` puts a table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.utils.functional import Promise

from core import formats

Text = str | Promise
Kind = Literal["bar", "hbar", "stacked", "line", "pie"]
PIE_PARTS = 5


@dataclass(frozen=True)
class Series:
    """One row of figures, as long as the chart's categories; None where there is none."""

    name: Text
    values: Sequence[Any]


@dataclass(frozen=True)
class Chart:
    """`key` is unique on the page. `unit` stands at the axis; `value_kind` as in core.formats.

    bar and stacked: columns; hbar: ranking; line: over time; pie: one series of at most
    five parts (the rest are added up by the caller).
    """

    key: str
    title: Text
    kind: Kind
    categories: Sequence[Text]
    series: Sequence[Series]
    unit: Text = ""
    value_kind: str = "number"
    category_label: Text = ""
    height: Literal["low", "middle", "high"] = "middle"

    def __post_init__(self) -> None:
        if any(len(one.values) != len(self.categories) for one in self.series):
            raise ValueError(f"Chart {self.key}: a series is not as long as the categories.")
        if self.kind == "pie" and len(self.categories) > PIE_PARTS:
            raise ValueError(f"Chart {self.key}: a pie has at most {PIE_PARTS} parts.")

    @property
    def empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    def data(self) -> dict[str, Any]:
        """What the script reads."""
        return {
            "kind": self.kind,
            "title": str(self.title),
            "unit": str(self.unit),
            "valueKind": self.value_kind,
            "categories": [str(category) for category in self.categories],
            "series": [
                {"name": str(one.name), "values": [_number(value) for value in one.values]} for one in self.series
            ],
        }

    def table(self) -> list[tuple[Text, list[str]]]:
        """The same figures as rows: (category, one cell per series)."""
        return [
            (category, [formats.show(self.value_kind, one.values[index]) for one in self.series])
            for index, category in enumerate(self.categories)
        ]


def _number(value: Any) -> int | float | None:
    """JSON has no decimals; a drawing needs none."""
    if value is None or isinstance(value, int):
        return value
    return float(value) if isinstance(value, Decimal | float) else float(Decimal(str(value)))

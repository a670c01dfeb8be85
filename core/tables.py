"""Tables: what a list shows, said once for the screen, the phone and the files.

    DEALERS = Table(
        Column("code", _("Code"), sort=True, link=lambda row: row.get_absolute_url()),
        Column("name", _("Name"), sort="name_key", card="title"),
        Column("stage", _("Stage"), kind="badge", states=STAGES, card="state"),
        Column("net", _("Net"), kind="money", total=True, card="fact"),
        sort="-net",
    )

Rows are model instances, dictionaries or dataclasses. See docs/screens.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, OrderBy, QuerySet
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import formats

Text = str | Promise
CARD_ROLES = ("title", "fact", "state", "")


@dataclass(frozen=True)
class Column:
    """One column.

    `name`: attribute path of the row (`dealer.code` or `dealer__code`) unless `value` computes it.
    `kind`: a key of `core.formats.SHOW`; percentages are fractions, money is yuan.
    `sort`: True to sort by `name`, or the field path to sort by.
    `link`: the address behind the cell; `link_permission`: what its page asks for, if that is more than the list's.
    `hidden`: only shown when chosen. `card`: its place on a phone: title, fact, state or ''.
    `states`: a Machine, or a mapping name -> State, for badges; without it the choice's label.
    `total`: sum of all filtered rows in the foot.
    `wrap`: long text that may break over lines.
    """

    name: str
    label: Text
    kind: str = "text"
    sort: bool | str = False
    hidden: bool = False
    card: str = ""
    link: Callable[[Any], str | None] | None = None
    link_permission: Any = None
    value: Callable[[Any], Any] | None = None
    states: Any = None
    unit: Text = ""
    total: bool = False
    wrap: bool = False
    export: bool = True
    width: int = 0

    def __post_init__(self) -> None:
        if self.kind not in formats.SHOW:
            raise ValueError(f"Column {self.name}: unknown kind {self.kind}.")
        if self.card not in CARD_ROLES:
            raise ValueError(f"Column {self.name}: unknown card role {self.card}.")

    @property
    def sort_path(self) -> str:
        """The field to order by, '' if the column cannot be sorted."""
        if self.sort is True:
            return self.name.replace(".", "__")
        return self.sort or ""

    @property
    def numeric(self) -> bool:
        return self.kind in formats.NUMERIC

    @property
    def css(self) -> str:
        parts = [f"cell-{self.kind}"]
        if self.numeric:
            parts.append("text-end")
        if self.card:
            parts.append(f"as-{self.card}")
        if self.wrap:
            parts.append("cell-wrap")
        return " ".join(parts)

    def heading(self) -> str:
        """Label with the unit, as in 'Net (yuan)'."""
        return f"{self.label} ({self.unit})" if self.unit else str(self.label)

    def of(self, row: Any) -> Any:
        """The value in `row`; None if something on the path is missing."""
        if self.value is not None:
            value = self.value(row)
        else:
            value = lookup(row, self.name)
        if self.kind == "badge" and isinstance(value, str | int) and not hasattr(value, "colour"):
            return self._state(row, value)
        return value

    def _state(self, row: Any, value: Any) -> Any:
        if self.states is not None:
            by_name = self.states.states if hasattr(self.states, "states") else self.states
            if not isinstance(by_name, Mapping):
                by_name = {state.name: state for state in by_name}
            return by_name.get(value, value)
        display = getattr(row, f"get_{self.name}_display", None)
        return display() if display else value

    def html(self, row: Any) -> SafeString:
        """What a screen shows."""
        shown = formats.show(self.kind, self.of(row))
        url = self.link(row) if self.link else None
        return format_html('<a href="{}">{}</a>', url, shown) if url else shown

    def plain(self, row: Any) -> Any:
        """What a file holds."""
        return formats.plain(self.kind, self.of(row))


def lookup(row: Any, path: str) -> Any:
    """Follow `a.b` or `a__b` through attributes or keys; None where it breaks off."""
    if isinstance(row, Mapping):
        if path in row:
            return row[path]
    elif "." not in path and hasattr(row, path):
        value = getattr(row, path)
        return value() if callable(value) and not isinstance(value, type) else value
    for part in path.replace("__", ".").split("."):
        if row is None:
            return None
        row = row.get(part) if isinstance(row, Mapping) else getattr(row, part, None)
    return row() if callable(row) and not isinstance(row, type) else row


def with_card_roles(columns: Sequence[Column]) -> list[Column]:
    """Columns that name no place on a phone, with one: the first is the title, a badge the state, three are facts."""
    state = next((column for column in columns[1:] if column.kind == "badge"), None)
    facts = [column for column in columns[1:] if column is not state][:3]
    roles = {columns[0].name: "title"} | {column.name: "fact" for column in facts}
    if state is not None:
        roles[state.name] = "state"
    return [replace(column, card=roles.get(column.name, "")) for column in columns]


@dataclass(frozen=True)
class Row:
    """One rendered row: its key for bulk actions, its cells as (column, html) and all of them as `<td>`."""

    key: Any
    cells: Sequence[tuple[Column, SafeString]]
    html: SafeString
    source: Any = field(repr=False, default=None)


class Table:
    """Columns with the order in which rows come when nothing else is asked.

    `sort`: a column name, with `-` for descending. `key`: the path of the row's key.
    `tie`: the field that makes the order unique, so that pages never overlap.
    """

    def __init__(self, *columns: Column, sort: str = "", key: str = "pk", tie: str = "pk") -> None:
        self.columns = columns
        self.by_name = {column.name: column for column in columns}
        if len(self.by_name) != len(columns):
            raise ValueError("Two columns have the same name.")
        self.sort, self.key, self.tie = sort, key, tie
        if sort and sort.lstrip("-") not in self.by_name:
            raise ValueError(f"{sort} is not a column to sort by.")

    def chosen(self, names: Iterable[str]) -> list[Column]:
        """The columns that `names` pick, in the table's order; without any, those not hidden."""
        wanted = set(names) & set(self.by_name)
        shown = [column for column in self.columns if (column.name in wanted if wanted else not column.hidden)]
        return shown if any(column.card for column in shown) else with_card_roles(shown)

    def ordering(self, asked: str) -> str:
        """`asked` if it names a sortable column, else the table's own order."""
        column = self.by_name.get(asked.lstrip("-"))
        return asked if column and column.sort_path and asked.count("-") <= 1 else self.sort

    def ordered(self, rows: Any, ordering: str) -> Any:
        """Rows in that order, absent values last: a queryset in the database, a sequence in memory."""
        column = self.by_name.get(ordering.lstrip("-"))
        if column is None:
            return rows
        down = ordering.startswith("-")
        if isinstance(rows, QuerySet):
            path = F(column.sort_path or column.name.replace(".", "__"))
            first: OrderBy = path.desc(nulls_last=True) if down else path.asc(nulls_last=True)
            return rows.order_by(first, self.tie) if self.tie else rows.order_by(first)
        values = [(lookup(row, column.sort_path or column.name), row) for row in rows]
        known = sorted(
            ((v, i, r) for i, (v, r) in enumerate(values) if v is not None), key=lambda t: t[0], reverse=down
        )
        return [r for _, _, r in known] + [r for v, r in values if v is None]

    def render(self, rows: Iterable[Any], columns: Sequence[Column]) -> list[Row]:
        """Rows ready for the template; written here because templates are slow at many small cells."""
        openings = [
            format_html('<td role="cell" class="{}" data-label="{}">', column.css, column.label) for column in columns
        ]
        rendered = []
        for row in rows:
            cells = [(column, column.html(row)) for column in columns]
            html = SafeString(
                "".join(f"{opening}{cell}</td>" for opening, (_, cell) in zip(openings, cells, strict=True))
            )
            rendered.append(Row(key=lookup(row, self.key), cells=cells, html=html, source=row))
        return rendered

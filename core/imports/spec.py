"""What a kind of file looks like: its columns, its key and where its rows go.

Apps declare their kinds in `<app>/imports.py` with the small constructors below and
`registry.register`. Field names and Chinese labels are a contract with other systems
(docs/data-contracts.md): they may be added to, never renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.db import models
from django.utils import translation
from django.utils.functional import Promise

if TYPE_CHECKING:
    import polars as pl

    from core.imports.context import Context

Type = Literal[
    "text", "code", "serial", "date", "datetime", "month", "period", "bool", "decimal", "integer", "choice", "lookup"
]
Text = str | Promise


@dataclass(frozen=True)
class Lookup:
    """The rows that a code may name: `code` is looked up, `value` is what is stored.

    Rows outside the importing user's scope are as good as absent. `where` narrows
    further, for example to counties.
    """

    model: Callable[[], type[models.Model]]
    code: str = "code"
    value: str = "pk"
    where: dict[str, Any] = field(default_factory=dict)

    def queryset(self, user: Any) -> models.QuerySet[Any]:
        rows: Any = self.model()._default_manager
        return (rows.all() if user is None else rows.visible_to(user)).filter(**self.where)


@dataclass(frozen=True)
class Column:
    """One column of a file and the rules for its cells.

    `to` is the model field that it fills (a lookup fills the field's id). `places` and
    `digits` (before the point), `minimum`, `maximum` bound figures, `length` text.
    """

    name: str
    zh: str
    type: Type = "text"
    required: bool = False
    to: str = ""
    length: int = 80
    places: int = 2
    digits: int = 10
    minimum: int | None = None
    maximum: int | None = None
    choices: dict[str, str] = field(default_factory=dict)
    lookup: Lookup | None = None
    default: str | None = None
    free: bool = False
    help: Text = ""

    @property
    def target(self) -> str:
        return self.to or self.name

    @property
    def label(self) -> str:
        """The label on screens and templates in the reader's language."""
        if (translation.get_language() or "zh").startswith("zh"):
            return self.zh
        return self.name.replace("_", " ").capitalize()

    def values(self) -> dict[str, str]:
        """Accepted spellings of a choice: the value and its Chinese label."""
        return {**{value: value for value in self.choices}, **{zh: value for value, zh in self.choices.items() if zh}}


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    `key` names the columns that identify a row, `updates` whether a known key is updated
    (otherwise a contradicting row is a conflict). `repeat` says what a second row with the
    same key in one file is: compared with the first, or always a `duplicate`. `whole` kinds are
    merged in one go (trees, histories), the others chunk by chunk. `track` keeps the ids that
    were inserted or updated in the temporary table `import_touched` for `after`. `keep` names
    columns that an update leaves alone; `guard` is the SQL of an existing row's org unit id
    (`t` is the table), so that nobody updates what lies outside his units. Rows that hold for
    `everybody` are loaded by users of a city or province only.
    """

    name: str
    label: Text
    permission: str
    columns: Sequence[Column] = ()
    key: tuple[str, ...] = ()
    model: Callable[[], type[models.Model]] | None = None
    updates: bool = False
    repeat: Literal["compare", "duplicate"] = "compare"
    whole: bool = False
    track: bool = False
    keep: tuple[str, ...] = ()
    guard: str = ""
    everybody: bool = False
    json: bool = False
    prepare: Callable[[pl.DataFrame, Context], pl.DataFrame] | None = None
    check: Callable[[pl.DataFrame], list[tuple[pl.Expr, str, str]]] | None = None
    merge: Callable[[Context, pl.DataFrame], None] | None = None
    after: Callable[[Context], None] | None = None
    load: Callable[..., dict[str, Any]] | None = None
    notes: Text = ""
    group: Text = ""

    @property
    def table(self) -> type[models.Model]:
        """The model that the rows go to; TypeError for a kind without one."""
        if self.model is None:
            raise TypeError(f"Files of kind {self.name} have no table of their own.")
        return self.model()

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    @property
    def required(self) -> list[Column]:
        return [column for column in self.columns if column.required]


def text(name: str, zh: str, *, length: int = 80, free: bool = False, **rules: Any) -> Column:
    """Words for people; `free` text may begin with any character."""
    return Column(name, zh, "text", length=length, free=free, **rules)


def code(name: str, zh: str, *, length: int = 40, **rules: Any) -> Column:
    """An identifier: letters, digits and `. _ - / : #`, leading zeros kept."""
    return Column(name, zh, "code", length=length, **rules)


def serial(name: str, zh: str, *, length: int = 32, **rules: Any) -> Column:
    """An identifier of many digits; a number cell of 15 digits or more is refused."""
    return Column(name, zh, "serial", length=length, **rules)


def date(name: str, zh: str, **rules: Any) -> Column:
    return Column(name, zh, "date", **rules)


def datetime(name: str, zh: str, **rules: Any) -> Column:
    return Column(name, zh, "datetime", **rules)


def month(name: str, zh: str, **rules: Any) -> Column:
    """A month `2026-09`, stored as its first day."""
    return Column(name, zh, "month", **rules)


def boolean(name: str, zh: str, **rules: Any) -> Column:
    return Column(name, zh, "bool", **rules)


def decimal(name: str, zh: str, *, places: int = 2, digits: int = 10, **rules: Any) -> Column:
    return Column(name, zh, "decimal", places=places, digits=digits, **rules)


def integer(name: str, zh: str, *, digits: int = 9, **rules: Any) -> Column:
    return Column(name, zh, "integer", places=0, digits=digits, **rules)


def choice(name: str, zh: str, choices: dict[str, str], **rules: Any) -> Column:
    return Column(name, zh, "choice", choices=choices, **rules)


def lookup(name: str, zh: str, to: Lookup, *, field: str, **rules: Any) -> Column:
    """A code of another table; `field` is the id column that it fills."""
    return Column(name, zh, "lookup", lookup=to, to=field, length=60, **rules)

"""Text cells to values, a column at a time.

Each parser takes a column's cells (stripped, blank = null) and returns the values, null
where a cell is no such thing. `why` then names the reasons for the few that failed.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from core.imports.spec import Column

LOST = "\ue000"  # put by the XLSX reader before a number cell that has lost digits
CODE = r"^[0-9A-Za-z][0-9A-Za-z_.:/#\-]*$"
FULL_WIDTH = r"[\uff01-\uff5e\u3000\u3002]"
CONTROL = r"[\x00-\x1f\x7f\u0085\u200b-\u200f\u2028\u2029\ufeff\ufffd]"
EXPONENT = r"^[+-]?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+$"
BOOLEANS = {
    **dict.fromkeys(["1", "true", "True", "TRUE", "是"], True),
    **dict.fromkeys(["0", "false", "False", "FALSE", "否"], False),
}
TIMES = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
)
ZONE = "Asia/Shanghai"
FIRST, LAST = 1990, 2099

Parser = Callable[[pl.Series, Column], pl.Series]


def text(cells: pl.Series, column: Column) -> pl.Series:
    good = (cells.str.len_chars() <= column.length) & ~cells.str.contains(CONTROL)
    if not column.free:
        good &= ~cells.str.starts_with("=")
    return _keep(cells, good)


def code(cells: pl.Series, column: Column) -> pl.Series:
    return _keep(cells, (cells.str.len_bytes() <= column.length) & cells.str.contains(CODE))


def decimal(cells: pl.Series, column: Column) -> pl.Series:
    """The text itself, which the database reads exactly."""
    sign = "" if column.minimum is not None and column.minimum >= 0 else "-?"
    places = rf"(\.[0-9]{{1,{column.places}}})?" if column.places else ""
    good = cells.str.contains(rf"^{sign}[0-9]{{1,{column.digits}}}{places}$")
    if column.minimum or column.maximum is not None:
        figures = _keep(cells, good).cast(pl.Float64)
        if column.minimum:
            good &= figures >= column.minimum
        if column.maximum is not None:
            good &= figures <= column.maximum
    return _keep(cells, good)


def date(cells: pl.Series, column: Column) -> pl.Series:
    days = cells.str.to_date("%Y-%m-%d", strict=False)
    return _in_range(_others(cells, days, lambda rest: rest.str.to_date("%Y/%m/%d", strict=False)))


def datetime(cells: pl.Series, column: Column) -> pl.Series:
    """Local times; one with an offset is converted."""
    times = cells.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return _in_range(_others(cells, times, _unusual_times))


def _others(cells: pl.Series, found: pl.Series, parse: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`found`, with the few cells that it lacks parsed in other ways."""
    if found.null_count() == cells.null_count():
        return found
    places = (found.is_null() & cells.is_not_null()).arg_true()
    return found.scatter(places, parse(cells.gather(places)))


def _unusual_times(cells: pl.Series) -> pl.Series:
    times = pl.Series(cells.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(cells))
    for form in TIMES:
        times = times.fill_null(cells.str.to_datetime(form, strict=False, time_unit="us"))
    iso = cells.str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) ", "${1}T").str.replace(r"Z$", "+00:00")
    for form in ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z"):
        zoned = iso.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
        times = times.fill_null(zoned.dt.convert_time_zone(ZONE).dt.replace_time_zone(None))
    return times


def month(cells: pl.Series, column: Column) -> pl.Series:
    """The month's first day; a whole date counts if it is one."""
    short = cells.str.replace(r"^([0-9]{4}[-/][0-9]{1,2})$", "${1}-01").str.replace_all("/", "-", literal=True)
    days = short.str.to_date("%Y-%m-%d", strict=False)
    return _in_range(_keep(days, days.dt.day() == 1))


def period(cells: pl.Series, column: Column) -> pl.Series:
    """`2026-09` or `2026`, as text."""
    return _keep(cells, cells.str.contains(r"^(19|20)[0-9]{2}(-(0[1-9]|1[0-2]))?$"))


def boolean(cells: pl.Series, column: Column) -> pl.Series:
    return cells.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)


def choice(cells: pl.Series, column: Column) -> pl.Series:
    return cells.replace_strict(column.values(), default=None, return_dtype=pl.String)


PARSERS: dict[str, Parser] = {
    "text": text,
    "code": code,
    "serial": code,
    "decimal": decimal,
    "integer": decimal,
    "date": date,
    "datetime": datetime,
    "month": month,
    "period": period,
    "bool": boolean,
    "choice": choice,
}


def _keep(values: pl.Series, good: pl.Series) -> pl.Series:
    """The values where `good`, null elsewhere; untouched when all are good."""
    if good.all():
        return values
    return pl.select(pl.when(good).then(values)).to_series()


def _in_range(days: pl.Series) -> pl.Series:
    years = days.dt.year()
    if days.len() == days.null_count() or (years.min() >= FIRST and years.max() <= LAST):  # type: ignore[operator]
        return days
    return _keep(days, years.is_between(FIRST, LAST))


def why(column: Column) -> pl.Expr:
    """The reason code of a failed cell `value`: the first test that fits."""
    value = pl.col("value")
    tests: list[tuple[pl.Expr, str]] = [
        (value.str.starts_with(LOST), "digits_lost"),
        (value.str.contains(CONTROL), "control"),
    ]
    if not column.free:
        tests.append((value.str.starts_with("="), "formula"))
    if column.type != "text":
        tests.append((value.str.contains(FULL_WIDTH), "full_width"))
    tests += _TESTS.get(column.type, lambda value, column: [])(value, column)
    chain: Any = pl.when(tests[0][0]).then(pl.lit(tests[0][1]))
    for test, name in tests[1:]:
        chain = chain.when(test).then(pl.lit(name))
    return chain.otherwise(pl.lit(_OTHERWISE[column.type]))


def _code_tests(value: pl.Expr, column: Column) -> list[tuple[pl.Expr, str]]:
    return [
        (value.str.contains(EXPONENT), "exponent"),
        (value.str.len_bytes() > column.length, "too_long"),
    ]


def _number_tests(value: pl.Expr, column: Column) -> list[tuple[pl.Expr, str]]:
    tests = [
        (value.str.contains(r"(?i)^[+-]?(nan|inf(inity)?|∞)$"), "infinite"),
        (value.str.contains(EXPONENT), "exponent"),
        (
            value.str.contains(r"^[-+]?[¥$]?\s?[0-9][0-9,， ]*(\.[0-9]+)?\s?[元%]?$")
            & value.str.contains(r"[^0-9.+-]"),
            "thousands",
        ),
    ]
    if column.minimum is not None and column.minimum >= 0:
        tests.append((value.str.contains(r"^-[0-9]+(\.[0-9]+)?$"), "negative"))
    tests += [
        (value.str.contains(rf"^-?[0-9]+\.[0-9]{{{column.places + 1},}}$"), "places" if column.places else "whole"),
        (value.str.contains(rf"^-?[0-9]{{{column.digits + 1},}}(\.[0-9]+)?$"), "digits"),
    ]
    figure = value.cast(pl.Float64, strict=False)
    if column.minimum is not None:
        tests.append((figure < column.minimum, "minimum"))
    if column.maximum is not None:
        tests.append((figure > column.maximum, "maximum"))
    return tests


def _date_tests(value: pl.Expr, column: Column) -> list[tuple[pl.Expr, str]]:
    shaped = value.str.contains(r"^[0-9]{4}([-/])[0-9]{1,2}[-/][0-9]{1,2}([T ].*)?$")
    year = value.str.slice(0, 4).cast(pl.Int32, strict=False)
    tests = [
        (value.str.contains(r"^[34][0-9]{4}(\.[0-9]+)?$"), "excel_date"),
        (shaped & ~year.is_between(FIRST, LAST), "date_range"),
    ]
    if column.type == "date":
        tests.append((value.str.contains(r"^[0-9]{4}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}$"), "no_such_day"))
    if column.type == "datetime":
        day = value.str.replace_all("/", "-", literal=True).str.extract(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})", 1)
        tests.append((shaped & day.str.to_date("%Y-%m-%d", strict=False).is_null(), "no_such_day"))
        tests.append((value.str.contains(r"^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}$"), "no_time"))
    return tests


_TESTS: dict[str, Callable[[pl.Expr, Column], list[tuple[pl.Expr, str]]]] = {
    "text": lambda value, column: [(value.str.len_chars() > column.length, "too_long")],
    "code": _code_tests,
    "serial": _code_tests,
    "decimal": _number_tests,
    "integer": _number_tests,
    "date": _date_tests,
    "datetime": _date_tests,
    "month": lambda value, column: [(value.str.contains(r"^[34][0-9]{4}$"), "excel_date")],
    "lookup": lambda value, column: [(value.str.contains(EXPONENT), "exponent")],
}
_OTHERWISE = {
    "text": "control",
    "code": "code",
    "serial": "code",
    "decimal": "number",
    "integer": "number",
    "date": "date",
    "datetime": "datetime",
    "month": "month",
    "period": "period",
    "bool": "bool",
    "choice": "choice",
    "lookup": "unknown",
}

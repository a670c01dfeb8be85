"""One JSON value at a time: what is read, what is refused, and what the refusal says."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commissions.rules.fields import LIST_LIMIT, Reader, exact_decimal
from commissions.rules.problems import Problem
from commissions.rules.values import Tier

Ask = Callable[[Reader], Any]


def asked(raw: object, ask: Ask) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    return ask(Reader({"x": raw}, "at", problems)), problems


def text(reader: Reader) -> Any:
    return reader.text("x")


def short(reader: Reader) -> Any:
    return reader.text("x", limit=3)


def tier(reader: Reader) -> Any:
    return reader.choice("x", Tier)


def day(reader: Reader) -> Any:
    return reader.day("x")


def whole(reader: Reader) -> Any:
    return reader.whole("x", least=2, most=12)


def any_whole(reader: Reader) -> Any:
    return reader.whole("x", least=0, most=10**12)


def rate(reader: Reader) -> Any:
    return reader.rate("x")


def share(reader: Reader) -> Any:
    return reader.rate("x", most=Decimal(1))


def yuan(reader: Reader) -> Any:
    return reader.yuan("x")


@pytest.mark.parametrize(
    ("ask", "raw", "value"),
    [
        (text, "a", "a"),
        (text, " a b ", "a b"),
        (text, "x" * 64, "x" * 64),
        (short, "abc", "abc"),
        (tier, "mall", Tier.MALL),
        (day, "2026-09-30", date(2026, 9, 30)),
        (day, "2000-01-01", date(2000, 1, 1)),
        (whole, 2, 2),
        (whole, 12, 12),
        (whole, "7", 7),
        (any_whole, 0, 0),
        (any_whole, "999999999", 999999999),
        (rate, "100", Decimal(100)),
        (rate, 0, Decimal(0)),
        (rate, "0.1234", Decimal("0.1234")),
        (share, 1, Decimal(1)),
        (yuan, "1000000.00", Decimal(1000000)),
        (yuan, 0.25, Decimal("0.25")),
    ],
)
def test_what_is_read(ask: Ask, raw: object, value: object) -> None:
    assert asked(raw, ask) == (value, [])


@pytest.mark.parametrize(
    ("ask", "raw", "code", "params"),
    [
        (text, None, "required", {}),
        (tier, None, "required", {}),
        (day, None, "required", {}),
        (whole, None, "required", {}),
        (rate, None, "required", {}),
        (yuan, None, "required", {}),
        (text, 5, "not_text", {"limit": 64}),
        (text, "", "not_text", {"limit": 64}),
        (text, "x" * 65, "not_text", {"limit": 64}),
        (text, "a\nb", "not_text", {"limit": 64}),
        (short, "abcd", "not_text", {"limit": 3}),
        (tier, "mal", "not_a_choice", {"value": "mal", "choices": ", ".join(Tier)}),
        (tier, 5, "not_a_choice", {"value": "5", "choices": ", ".join(Tier)}),
        (tier, "y" * 65, "not_a_choice", {"value": "y" * 64, "choices": ", ".join(Tier)}),
        (day, "2026-02-30", "not_a_day", {"value": "2026-02-30"}),
        (day, "1999-12-31", "not_a_day", {"value": "1999-12-31"}),
        (day, "20260930", "not_a_day", {"value": "20260930"}),
        (day, 20260930, "not_a_day", {"value": "20260930"}),
        (whole, 1, "not_whole", {"least": 2, "most": 12}),
        (whole, 13, "not_whole", {"least": 2, "most": 12}),
        (whole, 3.0, "not_whole", {"least": 2, "most": 12}),
        (whole, "3.0", "not_whole", {"least": 2, "most": 12}),
        (any_whole, True, "not_whole", {"least": 0, "most": 10**12}),
        (any_whole, "1000000000", "not_whole", {"least": 0, "most": 10**12}),
        (rate, "x", "not_a_number", {"value": "x"}),
        (rate, True, "not_a_number", {"value": "True"}),
        (rate, 10**15, "not_a_number", {"value": "…"}),
        (rate, -(10**15), "not_a_number", {"value": "…"}),
        (rate, "0.12345", "too_many_places", {"value": "0.12345", "places": 4}),
        (rate, "100.0001", "out_of_range", {"value": "100.0001", "least": 0, "most": Decimal(100)}),
        (share, "1.0001", "out_of_range", {"value": "1.0001", "least": 0, "most": Decimal(1)}),
        (share, "-0.0001", "out_of_range", {"value": "-0.0001", "least": 0, "most": Decimal(1)}),
        (yuan, "0.125", "too_many_places", {"value": "0.125", "places": 2}),
        (yuan, "1000000.01", "out_of_range", {"value": "1000000.01", "least": 0, "most": Decimal(1000000)}),
    ],
)
def test_what_is_refused(ask: Ask, raw: object, code: str, params: dict[str, Any]) -> None:
    assert asked(raw, ask) == (None, [Problem("at.x", code, params)])


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.text("x", required=False),
        lambda reader: reader.choice("x", Tier, required=False),
        lambda reader: reader.day("x", required=False),
        lambda reader: reader.rate("x", required=False),
        lambda reader: reader.yuan("x", required=False),
        lambda reader: reader.objects("x", required=False),
        lambda reader: reader.object("x"),
    ],
)
def test_what_may_be_missing(ask: Ask) -> None:
    assert asked(None, ask) == (None, [])


def test_each_key_that_is_not_known_is_noted_at_the_object() -> None:
    problems: list[Problem] = []
    Reader({"a": 1, "b": 2, "y" * 65: 3}, "at", problems).only(["a", "c"])
    assert problems == [Problem("at", "unknown_key", {"key": key, "known": "a, c"}) for key in ("b", "y" * 64)]


def objects(reader: Reader) -> Any:
    found = reader.objects("x")
    return found and [(item.path, item.data) for item in found]


def objects_if_any(reader: Reader) -> Any:
    return reader.objects("x", required=False)


def one_object(reader: Reader) -> Any:
    found = reader.object("x")
    return found and (found.path, found.data)


@pytest.mark.parametrize(
    ("ask", "raw", "value", "problems"),
    [
        (objects, None, None, [Problem("at.x", "required")]),
        (objects, [], None, [Problem("at.x", "empty_list")]),
        (objects_if_any, [], [], []),
        (objects, {}, None, [Problem("at.x", "not_a_list")]),
        (objects, [{"a": 1}], [("at.x[0]", {"a": 1})], []),
        (objects, [{}, 5, {}], [("at.x[0]", {}), ("at.x[2]", {})], [Problem("at.x[1]", "not_an_object")]),
        (objects, [{}] * LIST_LIMIT, [(f"at.x[{index}]", {}) for index in range(LIST_LIMIT)], []),
        (objects, [{}] * (LIST_LIMIT + 1), None, [Problem("at.x", "too_many", {"limit": LIST_LIMIT})]),
        (one_object, {"a": 1}, ("at.x", {"a": 1}), []),
        (one_object, [], None, [Problem("at.x", "not_an_object")]),
    ],
)
def test_lists_and_objects(ask: Ask, raw: object, value: object, problems: list[Problem]) -> None:
    assert asked(raw, ask) == (value, problems)


def test_what_is_wrong_within_is_noted_in_the_same_list() -> None:
    problems: list[Problem] = []
    one, several = (Reader({"x": raw}, "", problems) for raw in ({"y": 5}, [{"y": 5}]))
    for inner in (one.object("x"), *(several.objects("x") or ())):
        assert inner
        inner.text("y")
    assert [problem.path for problem in problems] == ["x.y", "x[0].y"]


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (True, None),
        (None, None),
        ("1e3", None),
        (" 1", None),
        ("１", None),
        (1e30, None),
        (10**15 - 1, "999999999999999"),
        (10**15, None),
        (1 - 10**15, "-999999999999999"),
        (-(10**15), None),
        (Decimal("0.50"), "0.50"),
        (0.1, "0.1"),
        ("-12.5", "-12.5"),
    ],
)
def test_exact_decimals(raw: object, number: str | None) -> None:
    found = exact_decimal(raw)
    assert (found if found is None else str(found)) == number


def test_what_is_too_long_to_be_written_is_no_decimal() -> None:
    assert exact_decimal(10**5000) is None
    assert exact_decimal([10**5000]) is None

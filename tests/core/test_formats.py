"""How values look on screens and in files."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from core import formats
from core.states import State


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), '<span class="money">1,234.50</span>'),
        (Decimal("-0.10"), '<span class="money negative">−0.10</span>'),
        (Decimal("-0.001"), '<span class="money">0.00</span>'),
        (Decimal(0), '<span class="money">0.00</span>'),
        (None, '<span class="absent">–</span>'),
    ],
)
def test_money(value: Decimal | None, shown: str) -> None:
    assert formats.money(value) == shown


def test_money_outside_tables_has_its_unit_after_the_minus_sign() -> None:
    assert "−¥1,000.00" in formats.money(Decimal(-1000), sign="¥")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("number", 1234567, "1,234,567"),
        ("number", Decimal("1234.5000"), "1,234.5"),
        ("number", -3, "−3"),
        ("percent", Decimal("0.153"), "15.3%"),
        ("date", date(2026, 9, 1), "2026-09-01"),
        ("month", date(2026, 9, 1), "2026-09"),
        ("datetime", datetime(2026, 9, 1, 5, 5, tzinfo=UTC), "2026-09-01 13:05"),
        ("text", "<b>", "&lt;b&gt;"),
        ("masked", "13887651234", "138****1234"),
        ("badge", State("open", "Open", "amber"), '<span class="state state-amber">Open</span>'),
        ("badge", "someone's <text>", "state-grey"),
    ],
)
def test_kinds(kind: str, value: object, shown: str) -> None:
    assert shown in formats.show(kind, value)


@pytest.mark.parametrize("kind", sorted(formats.SHOW))
def test_absent_is_a_dash_on_screens_and_empty_in_files(kind: str) -> None:
    assert "–" in formats.show(kind, None)
    assert formats.plain(kind, None) is None


def test_relative_time_has_the_exact_one_on_hover() -> None:
    then = timezone.now() - timedelta(hours=3, minutes=5)
    with translation.override("zh-hans"):
        shown = formats.ago(then)
    assert "3\xa0小时前" in shown
    assert f'title="{timezone.localtime(then):%Y-%m-%d %H:%M:%S}"' in shown
    assert formats.ago(timezone.now() + timedelta(days=1)).count("title") == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13887651234", "138****1234"),
        ("532621199001011234", "5326**********1234"),
        ("张三", "张*"),
        ("欧阳小红", "欧***"),
        ("6222021", "6****21"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask(text: str | None, shown: str) -> None:
    assert formats.mask(text) == shown


def test_files_get_plain_values() -> None:
    moment = datetime(2026, 9, 1, 5, 5, tzinfo=UTC)
    assert formats.plain("money", Decimal("1.50")) == Decimal("1.50")
    assert formats.plain("datetime", moment) == datetime(2026, 9, 1, 13, 5)
    assert formats.plain("date", moment) == date(2026, 9, 1)
    assert formats.plain("month", date(2026, 9, 1)) == "2026-09"
    assert formats.plain("badge", State("open", "Open", "amber")) == "Open"
    assert formats.plain("masked", "13887651234") == "138****1234"
    with translation.override("en"):
        assert formats.plain("bool", True) == "yes"
        assert formats.plain("text", False) == "no"

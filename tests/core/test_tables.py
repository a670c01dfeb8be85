"""Tables: values, order, columns."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.states import Machine, State
from core.tables import Column, Table, lookup

MACHINE = Machine(states=(State("open", "Open", "amber"),), moves={}, initial="open")


@dataclass
class Shop:
    code: str
    state: str = "open"
    net: Decimal | None = None

    def label(self) -> str:
        return f"shop {self.code}"


TABLE = Table(
    Column("code", "Code", sort=True, link=lambda row: f"/{row.code}/"),
    Column("state", "State", kind="badge", states=MACHINE),
    Column("net", "Net", kind="money", unit="yuan", sort=True),
    Column("label", "Label", hidden=True),
    sort="code",
    key="code",
    tie="",
)


def test_lookup_follows_attributes_keys_and_methods_and_stops_where_a_path_breaks_off() -> None:
    shop = Shop("A")
    assert lookup(shop, "label") == "shop A"
    assert lookup({"shop": shop}, "shop.code") == "A"
    assert lookup({"shop": shop}, "shop__code") == "A"
    assert lookup({"a__b": 1}, "a__b") == 1
    assert lookup({"shop": None}, "shop.code") is None
    assert lookup(shop, "nothing.here") is None


def test_cells() -> None:
    row = TABLE.render([Shop("A&B", net=Decimal(-1))], TABLE.chosen([]))[0]
    assert row.key == "A&B"
    assert [html for _, html in row.cells] == [
        '<a href="/A&amp;B/">A&amp;B</a>',
        '<span class="state state-amber">Open</span>',
        '<span class="money negative">−1.00</span>',
    ]


def test_columns_are_chosen_in_the_tables_order_and_unknown_ones_ignored() -> None:
    assert [column.name for column in TABLE.chosen(["label", "code", "pg_sleep"])] == ["code", "label"]
    assert [column.name for column in TABLE.chosen(["pg_sleep"])] == ["code", "state", "net"]
    assert TABLE.by_name["net"].heading() == "Net (yuan)"


@pytest.mark.parametrize(
    ("asked", "ordering"), [("-net", "-net"), ("state", "code"), ("--net", "code"), ("password", "code"), ("", "code")]
)
def test_only_sortable_columns_order(asked: str, ordering: str) -> None:
    assert TABLE.ordering(asked) == ordering


def test_rows_in_memory_are_ordered_with_absent_values_last() -> None:
    shops = [Shop("A"), Shop("B", net=Decimal(1)), Shop("C", net=Decimal(3))]
    assert [shop.code for shop in TABLE.ordered(shops, "-net")] == ["C", "B", "A"]
    assert [shop.code for shop in TABLE.ordered(shops, "net")] == ["B", "C", "A"]


def test_mistakes_in_a_table_are_found_at_once() -> None:
    with pytest.raises(ValueError, match="kind"):
        Column("a", "A", kind="currency")
    with pytest.raises(ValueError, match="card role"):
        Column("a", "A", card="head")
    with pytest.raises(ValueError, match="same name"):
        Table(Column("a", "A"), Column("a", "B"))
    with pytest.raises(ValueError, match="sort"):
        Table(Column("a", "A"), sort="-b")


def test_columns_without_a_place_on_a_phone_get_one() -> None:
    table = Table(
        Column("a", "A"),
        Column("b", "B"),
        Column("c", "C", kind="badge"),
        Column("d", "D"),
        Column("e", "E"),
        Column("f", "F"),
    )
    assert [column.card for column in table.chosen([])] == ["title", "fact", "state", "fact", "fact", ""]
    assert [column.card for column in table.chosen(["f"])] == ["title"]

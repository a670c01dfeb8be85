"""Writes the sales, cards and subscriber months: Polars makes the columns, COPY takes them in."""

import io
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from accounts.models import OrgUnit
from channels_portal.demo import numbers, products
from channels_portal.demo.loading import cell_id, copy, ids
from channels_portal.demo.sales import CELLS_PER_GRID, NO_AMOUNT, TYPES, Book, Sales
from channels_portal.demo.subscribers import Figures
from core import sql
from dealers.models import Dealer
from inventory.models import Card, Product, SalesRecord, StockNode

SALES_COLUMNS = [
    "event_no",
    "business_type",
    "occurred_at",
    "product_id",
    "dealer_id",
    "seller_id",
    "subscriber_no",
    "msisdn",
    "serial",
    "amount",
    "cell_id",
    "segment",
]
SEGMENTS = ("城镇客户", "农村客户", "校园客户", "银龄客户", "集团客户")

FLAGS = """
INSERT INTO inventory_salesflag (record_id, flag)
SELECT sale.id, 'holder_mismatch'
  FROM inventory_salesrecord sale
  JOIN inventory_card card ON card.serial = sale.serial
  JOIN inventory_stocknode node ON node.id = card.node_id
 WHERE sale.serial <> '' AND sale.dealer_id <> node.dealer_id
ON CONFLICT DO NOTHING
"""


class Writer:
    """Knows the ids behind the places in a Book's lists."""

    def __init__(self, book: Book) -> None:
        self.book = book
        dealer_ids, product_ids, unit_ids = ids(Dealer), ids(Product), ids(OrgUnit)
        self.dealers = np.array([dealer_ids[store.code] for store in book.stores])
        self.products = np.array([product_ids[item.code] for item in products.PRODUCTS])
        self.counties = np.array([unit_ids[county.code] for county in book.counties])
        self.cells = pl.Series(
            [cell_id(grid, sector) for grid in book.grids for sector in range(CELLS_PER_GRID)]
            + ["460-00-9990001-1", ""]
        )
        families = [item.family for item in products.PRODUCTS]
        self.campus = np.array([family == "CAMPUS" for family in families])
        self.senior = np.array([family == "SENIOR" for family in families])
        self.iot = np.array([family == "IOT" for family in families])

    def sales(self, sales: Sales) -> pl.DataFrame:
        """The rows of the month's sales, with the numbers that BOSS gives them in the order of time."""
        seller = np.where(sales.named, sales.store, sales.holder)
        nobody = ~sales.named & (sales.serial == 0)
        unknown = len(self.cells) - 2
        return pl.DataFrame(
            {
                "event_no": np.arange(1, len(sales) + 1),
                "business_type": pl.Series(np.array(TYPES)[sales.type]),
                "occurred_at": sales.second,
                "product_id": self.products[sales.product],
                "dealer_id": _nullable(self.dealers[sales.store], sales.named),
                "seller_id": _nullable(self.dealers[seller], ~nobody),
                "subscriber_no": subscriber_numbers(sales.subscriber),
                "msisdn": _texts(numbers.msisdn(sales.subscriber), sales.subscriber > 0),
                "serial": _texts(sales.serial, sales.serial > 0),
                "amount": _nullable(sales.amount / 100, sales.amount != NO_AMOUNT),
                "cell_id": self.cells[
                    np.where(sales.cell >= 0, sales.cell, np.where(sales.cell == -2, unknown, unknown + 1))
                ],
                "segment": pl.Series(np.array(SEGMENTS)[self._segment(sales)]),
            }
        ).with_columns(
            (pl.lit(f"B{sales.month.first:%y%m}") + pl.col("event_no").cast(pl.String).str.zfill(8)).alias("event_no"),
            (pl.lit(_midnight(sales)) + pl.duration(seconds=pl.col("occurred_at")))
            .dt.strftime("%Y-%m-%d %H:%M:%S+08")
            .alias("occurred_at"),
        )

    def _segment(self, sales: Sales) -> np.ndarray:
        product = sales.product
        return np.select(
            [self.campus[product], self.senior[product], self.iot[product], self.book.town[sales.store]],
            [2, 3, 4, 0],
            default=1,
        )

    def write_sales(self, rows: pl.DataFrame) -> int:
        return copy_frame(SalesRecord._meta.db_table, SALES_COLUMNS, rows)

    def write_late(self, rows: pl.DataFrame) -> int:
        """Those that are not there yet, so that it can be done again."""
        there = sql.fetch_all(
            "SELECT event_no FROM inventory_salesrecord WHERE event_no = ANY(%s)", [rows["event_no"].to_list()]
        )
        fresh = rows.filter(~pl.col("event_no").is_in([row["event_no"] for row in there]))
        return self.write_sales(fresh)

    def write_cards(self, sales: Sales, nodes: np.ndarray, sim: np.ndarray) -> int:
        """The cards that the month's activations took, at the dealers that held them."""
        here = sales.of(np.flatnonzero((sales.serial > 0) & np.isin(sales.type, (0, 1))))
        rows = pl.DataFrame(
            {
                "serial": _texts(here.serial, here.serial > 0),
                "product_id": sim[here.product],
                "node_id": nodes[here.holder],
                "state": pl.Series(["activated"]).extend_constant("activated", len(here) - 1) if len(here) else [],
                "msisdn": _texts(numbers.msisdn(here.subscriber), here.subscriber > 0),
            }
        )
        return copy_frame(Card._meta.db_table, rows.columns, rows) if len(here) else 0

    def write_figures(self, figures: Figures) -> int:
        """Subscriber months, straight into the month's partition."""
        first = figures.month.first
        sql.execute("SELECT inventory_ensure_month(%s)", [first])
        rows = pl.DataFrame(
            {
                "month": pl.Series([first]).extend_constant(first, len(figures.number) - 1),
                "subscriber_no": subscriber_numbers(figures.number),
                "county_id": self.counties[figures.county],
                "in_network": figures.in_network,
                "call_minutes": figures.minutes / 100,
                "data_mb": figures.data / 100,
                "billed_amount": figures.billed / 100,
                "arrears": figures.arrears / 100,
                "imei": pl.Series(figures.imei).cast(pl.String),
            }
        )
        return copy_frame(f"inventory_subscribermonth_{first:%Y%m}", rows.columns, rows)


def nodes(book: Book) -> np.ndarray:
    """Warehouses, halls and the dealers' own nodes where they are missing; the dealers' node ids by place."""
    units, dealer_ids, known = ids(OrgUnit), ids(Dealer), ids(StockNode)
    cities = {county.parent for county in book.counties}
    rows: list[tuple[Any, ...]] = [
        (f"CK{city}", "市公司仓库", "city", units[str(city)], None, None) for city in sorted(map(str, cities))
    ]
    _missing_nodes(rows, known)
    known = ids(StockNode)
    rows = [
        (f"{prefix}{county.code}", county.name + name, kind, units[county.code], known[f"CK{county.parent}"], None)
        for county in book.counties
        for prefix, name, kind in (
            ("CK", "仓库", "county"),
            ("TT", "自有营业厅", "hall"),
            ("LD", "流动服务车", "mobile"),
        )
    ]
    _missing_nodes(rows, known)
    for level in (1, 2):
        known = ids(StockNode)
        rows = [
            (
                store.code,
                store.name,
                f"agent{level}",
                units[store.grid],
                known[store.parent_code or f"CK{store.county}"],
                dealer_ids[store.code],
            )
            for store in book.stores
            if store.agent_level == level
        ]
        _missing_nodes(rows, known)
    known = ids(StockNode)
    return np.array([known[store.code] for store in book.stores])


def _missing_nodes(rows: list[tuple[Any, ...]], known: dict[str, int]) -> None:
    columns = ("code", "name", "kind", "org_unit_id", "parent_id", "dealer_id")
    copy(StockNode, columns, [row for row in rows if row[0] not in known])


def stock(book: Book, at_nodes: np.ndarray, first_serial: int) -> int:
    """Cards that wait to be sold: at dealers by their pace, and in the warehouses."""
    chance = book.plan.chance("stock")
    known, product_ids = ids(StockNode), ids(Product)
    monthly = book.counts[len(book.plan.months) - 1][:, 0]
    amount = 3 + np.minimum(chance.poisson(monthly * chance.uniform(0.2, 2.2, len(monthly))), 120)
    house = [known[f"CK{county.code}"] for county in book.counties]
    node = np.concatenate([np.repeat(at_nodes, amount), np.repeat(house, 150), np.repeat(known["CK5326"], 400)])
    sims = np.array([product_ids["SIM-4G"], product_ids["SIM-5G"]])
    recharge = np.repeat(at_nodes, 2 + amount // 8)
    running = first_serial + np.arange(len(node) + len(recharge))
    product = np.concatenate(
        [chance.choice(sims, len(node)), chance.choice([product_ids["RC-050"], product_ids["RC-100"]], len(recharge))]
    )
    expires = book.plan.today.replace(year=book.plan.today.year + 2, day=1)
    is_sim = np.arange(len(running)) < len(node)
    rows = pl.DataFrame(
        {
            "serial": pl.Series(np.where(is_sim, numbers.iccid(running), 10**16 * 2 + running)).cast(pl.String),
            "product_id": product,
            "node_id": np.concatenate([node, recharge]),
            "expires_on": _nullable(np.full(len(running), np.datetime64(expires, "D")), ~is_sim),
        }
    )
    return copy_frame(Card._meta.db_table, rows.columns, rows)


def copy_frame(table: str, columns: list[str], rows: pl.DataFrame) -> int:
    """COPY a frame; figures have two places, an absent value is NULL, an empty text stays empty."""
    data = io.BytesIO()
    rows.select(columns).write_csv(data, include_header=False, float_precision=2)
    data.seek(0)
    return sql.copy_in(table, columns, data)


def subscriber_numbers(number: np.ndarray) -> pl.Series:
    """`KH0000000042`; empty for 0."""
    text = pl.Series(number).cast(pl.String).str.zfill(10)
    return pl.select(pl.when(pl.Series(number > 0)).then(pl.lit("KH") + text).otherwise(pl.lit(""))).to_series()


def _texts(values: np.ndarray, there: np.ndarray) -> pl.Series:
    text = pl.Series(values).cast(pl.String)
    return pl.select(pl.when(pl.Series(there)).then(text).otherwise(pl.lit(""))).to_series()


def _nullable(values: np.ndarray, there: np.ndarray) -> pl.Series:
    return pl.select(pl.when(pl.Series(there)).then(pl.Series(values)).otherwise(None)).to_series()


def _midnight(sales: Sales) -> datetime:
    return datetime.combine(sales.month.first, datetime.min.time())

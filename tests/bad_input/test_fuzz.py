"""Rows of nasty cells into every kind: each row is loaded or rejected, and the database never has to object."""

import csv
import io
import random

import pytest

from core.imports import registry
from tests.core.imports import conftest as imports

pytestmark = pytest.mark.django_db

load, media, world = imports.load, imports.media, imports.world

NASTY = [
    "", " ", "-", "0", "1", "-1", "+1", "0.01", "1.005", "1e5", "1E+20", "NaN", "inf", "9" * 9, "9" * 12, "9" * 40, "00012.50",
    "1,5", ".5", "5.", "0x1F", "=1+1", "@x", "'x", "\\", "\\N", "\\.", "a\tb", "x" * 300, "长" * 130, "Ａ１", "é", "😀", "\u200b",
    "2026-09-01", "2026/9/1", "2026-02-30", "1999-12-31", "2026-09", "2026-13", "2026", "46266", "2026-09-01 10:00:00",
    "2026-09-01T10:00:00+08:00", "2026-09-01T10:00Z", "2026-09-01 24:00:00", "true", "是", "否", "FALSE", "532601", "5326",
    "53", "D1", "D2", "P4G", "T1", "W1", "E1", "partner", "合作店", "activation", "放号", "county", "agent1", "sim", "terminal",
    "mature", "closed", "service", "dealer", "channel_manager", "wgs84", "bd09", "23.4", "104.2", "base", "cancelled",
    "490154203237518", "91350100M000100Y43", "DROP TABLE x;--", "%s", "%(x)s", "{}", "$1", '"', "NULL", "null", "\u3000",
]  # fmt: skip
# What makes it likely that a whole row is good
FITTING = {
    "code": ["N1", "N2", "D1", "532699"], "name": ["名", "x"], "date": ["2026-01-01", "2026-12-31", "2024-01-01"],
    "datetime": ["2026-09-01 10:00:00", "2026/9/1 9:05"], "month": ["2026-09", "2026-08"], "period": ["2026", "2026-09"],
    "bool": ["1", "否"], "decimal": ["1", "0.5", "50"], "integer": ["3"], "text": ["名", "x y"], "serial": ["S1", "8986001"],
}  # fmt: skip
LOOKUPS = {"org_unit": ["532601", "53260101"], "county": ["532601"], "dealer": ["D1", "D2"], "product": ["P4G", "T1"],
           "node": ["W1", "D1"], "record": ["E1"], "manager": [""],
           "user": ["k1"]}  # fmt: skip


@pytest.fixture
def stocked(world):
    world("stock_nodes", "code,name,kind,org_unit_code\nW1,县仓,county,532601\n")
    world("users", "username,name,role,org_unit_code\nk1,张三,keeper,532601\n")
    head = "event_no,business_type,occurred_at,product_code,dealer_code\n"
    world("sales", head + "E1,service,2026-09-01 10:00:00,P4G,D1\n")
    return world


def cell(rng, column, nasty):
    if rng.random() < nasty:
        return rng.choice(NASTY)
    if column.choices:
        return rng.choice([*column.choices, *filter(None, column.choices.values())])
    if column.type == "lookup":
        return rng.choice(LOOKUPS[column.target])
    return rng.choice(FITTING[column.type])


def file_of(kind, rng, *, rows, nasty):
    columns = [column for column in kind.columns if column.required or rng.random() < 0.7]
    rng.shuffle(columns)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([rng.choice([column.name, column.zh]) for column in columns])
    for _row in range(rows):
        writer.writerow([cell(rng, column, nasty) for column in columns])
    return out.getvalue()


@pytest.mark.parametrize("nasty", [0.02, 0.1, 0.6])
@pytest.mark.parametrize("name", [kind.name for kind in registry.kinds() if not kind.json])
def test_every_row_is_loaded_or_rejected(stocked, name, nasty):
    rng = random.Random(f"{name}{nasty}")
    for _file in range(4):
        text = file_of(registry.get(name), rng, rows=60, nasty=nasty)
        outcome = stocked(name, text, partial=True, dry_run=True)
        assert outcome.inserted + outcome.updated + outcome.unchanged + outcome.rejected == outcome.rows <= 60

"""Import: CSV of sales against a bare COPY, XLSX against openpyxl. `python -m benchmarks.imports`.

CSV: a file with 1 % bad rows, every check, `--partial`, into `inventory_salesrecord`; the floor is
COPY of the very same good rows into that table with its keys and indexes. XLSX: 100,000 × 10,
against openpyxl's read-only mode and COPY. Each result is compared before anything is printed.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import random
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import _common as common

DEALERS, PRODUCTS, CELLS = 3_000, 60, 2_000
HEADER = (
    "event_no,business_type,occurred_at,product_code,dealer_code,subscriber_no,msisdn,serial,amount,cell_id,segment"
)
TYPES = ["activation"] * 12 + ["port_in"] * 2 + ["broadband"] * 2 + ["terminal", "plan_upgrade", "recharge", "service"]
BAD = (
    lambda row: {**row, "amount": "12.345"},
    lambda row: {**row, "occurred_at": "2026-02-30 10:00:00"},
    lambda row: {**row, "dealer_code": "D-unknown"},
    lambda row: {**row, "business_type": "放号码"},
    lambda row: {**row, "serial": "8.98601E+18"},
    lambda row: {**row, "product_code": ""},
)


def world() -> None:
    """Units, products, cells and dealers, set-based."""
    from core import sql

    sql.execute(
        "INSERT INTO accounts_orgunit (code, name, level, path, depth, pinyin)"
        " SELECT '5326' || n, 'county ' || n, 'county', '/53/5326/5326' || n || '/', 2, '' FROM generate_series(1, 8) n"
    )
    sql.execute(
        "INSERT INTO inventory_product (code, name, family, item_kind, monthly_fee)"
        " SELECT 'P' || n, 'plan ' || n, '4G', 'sim', 58 FROM generate_series(1, %s) n",
        [PRODUCTS],
    )
    sql.execute(
        "INSERT INTO dealers_dealer (code, name, legal_name, credit_code, org_unit_id, tier, stage, cooperation_start,"
        " agent_level, visit_regime, chain_type, payout_rhythm, location_kind, address, main_business, boss_connected,"
        " accepts_assessment, exclusive_agreement, special_evaluation, contact_name, contact_phone, pinyin)"
        " SELECT 'WS' || lpad(n::text, 5, '0'), 'store ' || n, '', '',"
        " (SELECT id FROM accounts_orgunit WHERE code = '5326' || (mod(n, 8) + 1)), 'partner', 'mature',"
        " '2024-01-01', 1,"
        " 'authorised', 'independent', 'half_year', '', '', '', false, false, false, false, '', '', ''"
        " FROM generate_series(1, %s) n",
        [DEALERS],
    )
    sql.execute("ANALYZE")


def write_sales(path: Path, rows: int) -> int:
    """A file of `rows` sales, 1 % of them bad; how many are good."""
    rng = random.Random(7)
    start = dt.datetime(2026, 9, 1)  # noqa: DTZ001 - files hold local times
    good = 0
    names = HEADER.split(",")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for number in range(rows):
            type_ = rng.choice(TYPES)
            row = {
                "event_no": f"E2609{number:010d}",
                "business_type": type_,
                "occurred_at": str(start + dt.timedelta(seconds=rng.randrange(30 * 86400))),
                "product_code": f"P{rng.randrange(PRODUCTS) + 1}",
                "dealer_code": f"WS{rng.randrange(DEALERS) + 1:05d}",
                "subscriber_no": f"S{number % 4_000_000:09d}",
                "msisdn": f"13{rng.randrange(10**9):09d}",
                "serial": f"898600{number:014d}" if type_ == "activation" else "",
                "amount": f"{rng.randrange(20_000) / 100:.2f}" if rng.random() < 0.7 else "",
                "cell_id": f"460-00-{rng.randrange(CELLS):05d}",
                "segment": "",
            }
            if number % 100 == 50:
                row = rng.choice(BAD)(row)
            else:
                good += 1
            writer.writerow(row)
    return good


CHILD = """
import sys
from pathlib import Path
from core.imports import engine, registry, runs
at, today = runs.now()
outcome = engine.load(kind=registry.get("sales"), path=Path(sys.argv[1]), user=None, at=at, today=today, partial=True)
result = {"accepted": outcome.accepted}
"""


def bench_csv(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    from django.db import connection

    from core import sql
    from core.imports import engine, registry, runs

    path = folder / "sales.csv"
    common.say(f"writing {rows} rows")
    good = write_sales(path, rows)
    kind = registry.get("sales")
    floor = io.BytesIO()
    columns = (
        "event_no, business_type, occurred_at, product_id, dealer_id, seller_id, subscriber_no, msisdn, serial,"
        " amount, cell_id, segment"
    )

    def empty() -> None:
        sql.execute("TRUNCATE inventory_salesrecord RESTART IDENTITY CASCADE")
        sql.execute("CHECKPOINT")

    def load() -> None:
        at, today = runs.now()
        outcome = engine.load(
            kind=kind, path=path, user=None, at=at, today=today, partial=True, spool=folder / "rejected"
        )
        assert (outcome.rows, outcome.accepted, outcome.rejected) == (rows, good, rows - good), outcome

    def copy() -> None:
        floor.seek(0)
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(f"COPY inventory_salesrecord ({columns}) FROM STDIN", floor, size=1 << 18)

    def fingerprint() -> Any:
        return sql.fetch_one(
            f"SELECT count(*), sum(hashtextextended(({columns})::text, 0)::numeric) AS hash FROM inventory_salesrecord"
        )

    empty()
    load()
    loaded = fingerprint()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY inventory_salesrecord ({columns}) TO STDOUT", floor)
    empty()
    copy()
    assert fingerprint() == loaded, "the floor does not write the same rows"
    times = common.side_by_side({"floor": (empty, copy), "import": (empty, load)}, rounds=rounds)
    memory = {}
    for part in (rows // 4, rows):
        short = folder / "part.csv"
        with path.open("rb") as source, short.open("wb") as target:
            target.writelines(islice(source, part + 1))
        empty()
        memory[f"{part} rows"] = round(common.in_child(CHILD, str(short))["peak_mb"], 1)
    return {
        "rows": rows,
        "good": good,
        "file_mb": round(path.stat().st_size / 2**20, 1),
        "seconds": times,
        "ratio": round(times["import"]["median"] / times["floor"]["median"], 3),
        "peak_memory_mb": memory,
    }


def bench_xlsx(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    import openpyxl
    from django.db import connection

    from core import sql
    from core.imports import engine, registry, runs

    csv_path, path = folder / "small.csv", folder / "sales.xlsx"
    write_sales(csv_path, rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    kind = registry.get("sales")
    names = HEADER.split(",")[:10]
    good = 0
    with csv_path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            if number % 100 != 51:
                good += 1
                sheet.append(row[:10])
    book.save(path)
    good -= 1

    def empty() -> None:
        sql.execute("TRUNCATE inventory_salesrecord RESTART IDENTITY CASCADE")

    def load() -> None:
        at, today = runs.now()
        outcome = engine.load(kind=kind, path=path, user=None, at=at, today=today)
        assert (outcome.rows, outcome.accepted) == (good, good), outcome

    def naive() -> None:
        """openpyxl read-only, one COPY, no checks but the codes."""
        products = {row["code"]: row["id"] for row in sql.fetch_all("SELECT code, id FROM inventory_product")}
        dealers = {row["code"]: row["id"] for row in sql.fetch_all("SELECT code, id FROM dealers_dealer")}
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        cells = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(min_row=2, values_only=True)
        for row in cells:
            dealer = dealers[row[4]]
            writer.writerow(
                [*row[:3], products[row[3]], dealer, dealer, *("" if cell is None else cell for cell in row[5:])]
            )
        buffer.seek(0)
        with connection.cursor() as cursor:
            cursor.execute("SET timezone TO 'Asia/Shanghai'")
            cursor.cursor.copy_expert(
                "COPY inventory_salesrecord (event_no, business_type, occurred_at, product_id, dealer_id, seller_id,"
                " subscriber_no, msisdn, serial, amount, cell_id) FROM STDIN (FORMAT csv,"
                " FORCE_NOT_NULL (subscriber_no, msisdn, serial, cell_id))",
                buffer,
            )
            cursor.execute("SET timezone TO 'UTC'")

    def fingerprint() -> Any:
        return sql.fetch_one(
            "SELECT count(*), "
            " sum(hashtextextended((event_no, occurred_at, dealer_id, serial, amount)::text, 0)::numeric)"
            " AS hash FROM inventory_salesrecord"
        )

    marks = []
    for work in (load, naive):
        empty()
        work()
        marks.append(fingerprint())
    assert marks[0] == marks[1], marks
    times = common.side_by_side({"openpyxl": (empty, naive), "import": (empty, load)}, rounds=rounds, warm_up=0)
    return {
        "rows": good,
        "columns": len(names),
        "file_mb": round(path.stat().st_size / 2**20, 1),
        "seconds": times,
        "faster": round(times["openpyxl"]["median"] / times["import"]["median"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=int, default=1_000_000, help="rows of the CSV file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["csv", "xlsx"])
    options = parser.parse_args()
    common.setup_django()
    with tempfile.TemporaryDirectory() as folder, common.scratch_database("imports"):
        world()
        result: dict[str, Any] = {"benchmark": "imports", "machine": common.machine()}
        if options.only != "xlsx":
            result["csv"] = bench_csv(Path(folder), options.scale, options.rounds)
        if options.only != "csv":
            result["xlsx"] = bench_xlsx(Path(folder), min(options.scale, 100_000), options.rounds)
        result["versions"] = common.versions("django", "polars", "psycopg2-binary", "python-calamine", "openpyxl")
        common.publish(result)


if __name__ == "__main__":
    main()

"""Settle a month of N records' history. `python -m benchmarks.settlement --scale 1000000 [--workers 2]`.

Floors, in the same database and run: F writes exactly the same lines from a staging table into an
empty table with the same columns, checks and live indexes; F′ builds the indexes afterwards. The
result is compared, line by line or sum by sum, before anything is printed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from functools import partial
from typing import Any

from benchmarks import _common as common
from benchmarks import _settlement_outside as outside
from benchmarks import _settlement_world as world
from benchmarks._settlement_django import by_bulk_create, by_save, scratch_batch
from benchmarks._settlement_pandas import by_pandas
from benchmarks._settlement_polars import by_polars

EACH_LINE = 20_000  # lines that Django's own ways write


def forget_last_month() -> None:
    """As if the last month had never been settled."""
    from commissions.models import SettlementBatch
    from core import sql

    for batch in SettlementBatch.objects.filter(month=world.LAST.first).values_list("pk", flat=True):
        sql.execute(f"DROP TABLE IF EXISTS commissions_line_b{batch}")
        sql.execute(
            """DELETE FROM commissions_carry WHERE target_id IN
                   (SELECT id FROM commissions_statement WHERE batch_id = %s)""",
            [batch],
        )
        for table in (
            "commissions_statement",
            "commissions_batchkind",
            "commissions_unpricedrecord",
            "commissions_entitlement",
        ):
            sql.execute(f"DELETE FROM {table} WHERE batch_id = %s", [batch])
        sql.execute("DELETE FROM commissions_settlementbatch WHERE id = %s", [batch])
    for table in ("commissions_entitlement", "commissions_statement"):
        sql.execute(f"VACUUM ANALYZE {table}")
    sql.execute("CHECKPOINT")


def stage_lines() -> int:
    """Keep the lines of the last month in a table without indexes; how many there are."""
    from core import sql

    sql.execute("DROP TABLE IF EXISTS bench_staging")
    sql.execute(
        """CREATE TABLE bench_staging AS SELECT line.* FROM commissions_commissionline line
            WHERE line.batch_id IN
                  (SELECT id FROM commissions_settlementbatch WHERE month = %s AND state = 'calculated')""",
        [world.LAST.first],
    )
    sql.execute("VACUUM ANALYZE bench_staging")
    return int(sql.fetch_value("SELECT count(*) FROM bench_staging"))


def fill(table: str, *, index_after: bool) -> None:
    from django.db import transaction

    from core import sql

    with transaction.atomic():
        sql.execute(f"INSERT INTO {table} SELECT * FROM bench_staging")
        if index_after:
            outside.index(table)


def correct_figures() -> None:
    """Another figure for one subscriber of a hundred, as in a correction: the lines are the same, reasons change."""
    from core import sql

    sql.execute(
        """UPDATE inventory_subscribermonth SET in_network = NOT in_network
            WHERE month = %s AND hashtext(subscriber_no) %% 100 = 0""",
        [world.LAST.first],
    )


def change_facts() -> None:
    """As if false sales had been confirmed: every record line has to be made anew."""
    from inventory.models import FactChange

    FactChange.objects.create(table_name="inventory_falsesale")


def change_scores() -> None:
    """Half a point more or less for every dealer, as in a correction: the record lines stay, statements change."""
    from core import sql

    sql.execute(
        """UPDATE dealers_assessmentscore
              SET score = CASE WHEN score = trunc(score) THEN score + 0.5 ELSE score - 0.5 END WHERE month = %s""",
        [world.LAST.first],
    )


def refill(table: str) -> None:
    """What a recalculation without partitions would do: delete and insert the same lines."""
    from django.db import transaction

    from core import sql

    with transaction.atomic():
        sql.execute(f"DELETE FROM {table}")
        sql.execute(f"INSERT INTO {table} SELECT * FROM bench_staging")


def checked(staged: int) -> dict[str, Any]:
    """What must be true of the settled month; raises AssertionError."""
    from core import sql

    first = {"first": world.LAST.first}
    lines = sql.fetch_one(
        """SELECT count(*) AS lines, count(*) FILTER (WHERE line_type = 'record') AS record_lines,
                  count(*) FILTER (WHERE amount <> pool_amount + payable) AS torn,
                  count(DISTINCT (record_id, kind, instalment)) FILTER (WHERE line_type = 'record') AS different
             FROM commissions_commissionline WHERE batch_id IN
                  (SELECT id FROM commissions_settlementbatch WHERE month = %(first)s AND state = 'calculated')""",
        first,
    )
    assert lines is not None
    assert lines["lines"] == staged
    assert lines["torn"] == 0
    assert lines["record_lines"] == lines["different"]
    outside.keep_history()
    reading = partial(by_pandas, own_reader=True)
    for settle, table in ((by_pandas, "bench_pandas"), (reading, "bench_pandas"), (by_polars, "bench_polars")):
        settle()
        outside.check(table)
        outside.forget_last_month()
    return {
        "record_lines": lines["record_lines"],
        "against": "pandas and Polars: every line, price and statement",
    }


def simulate(policy: Any) -> None:
    """Try a policy that pays the same on the settled month; fails if it gives other sums."""
    from commissions.services import simulation

    found = simulation.simulate(policy=policy, month=world.LAST, by=None, at=world.AT).result
    assert found["totals"]["before"] == found["totals"]["after"], found["totals"]


# Two workers


def _child(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    common.setup_django()


def _settle_codes(codes: list[str]) -> float:
    from accounts.models import OrgUnit

    memory: dict[str, float] = {}
    with common.peak_memory(memory):
        world.settle(world.LAST, counties=list(OrgUnit.objects.filter(code__in=codes).order_by("code")))
    return memory["peak"]


def prepare(records: int, workers: int) -> None:
    """The world with every month but the last settled; what stands already (a kept database) is left as it is."""
    from accounts.models import OrgUnit
    from core import sql

    if not OrgUnit.objects.exists():
        world.build(records)
    found = sql.fetch_value("SELECT count(*) FROM inventory_salesrecord")
    assert found == records, f"the database holds {found} records"
    codes = world.county_codes()
    if workers == 1:
        world.settle_history(codes)
    else:
        with multiprocessing.get_context("spawn").Pool(workers, _child, (common.database_url(),)) as pool:
            pool.map(world.settle_history, [codes[start::workers] for start in range(workers)], chunksize=1)


def show_steps() -> None:
    """Settle the last month and settle it again in this process, and say what each statement took."""
    for name, prepare in (
        ("settlement", forget_last_month),
        ("recalculation after other facts", change_facts),
        ("recalculation after other figures", correct_figures),
        ("recalculation after other scores", change_scores),
    ):
        prepare()
        times: dict[str, list[float]] = {}
        with common.statement_times(times):
            taken = common.seconds(lambda: world.settle(world.LAST))
        common.say(f"{name}: {taken:.2f} s")
        common.say_times(times)


def measure(records: int, workers: int, rounds: int, *, rivals_too: bool) -> dict[str, Any]:
    prepare(records, workers)
    codes = world.county_codes()
    forget_last_month()
    world.settle(world.LAST)
    lines = stage_lines()
    correct = checked(lines)
    draft = world.draft_of_the_same()
    with multiprocessing.get_context("spawn").Pool(workers, _child, (common.database_url(),)) as pool:
        pool.map(len, [[]] * workers)
        memory: list[float] = []

        def settle() -> None:
            parts = [codes[start::workers] for start in range(workers)]
            memory.extend(pool.map(_settle_codes, parts, chunksize=1))

        def with_lines(indexed: bool) -> Any:
            return lambda: outside.lines_table("bench_floor", indexed=indexed)

        def full() -> None:
            outside.lines_table("bench_floor", indexed=True)
            fill("bench_floor", index_after=False)

        works: dict[str, Any] = {
            "settlement": (forget_last_month, settle),
            "recalculation": (change_scores, settle),
            "recalculation_judged": (correct_figures, settle),
            "recalculation_anew": (change_facts, settle),
            "floor": (with_lines(True), lambda: fill("bench_floor", index_after=False)),
            "floor_indexed_after": (with_lines(False), lambda: fill("bench_floor", index_after=True)),
            "delete_insert": (full, lambda: refill("bench_floor")),
            "simulation": (lambda: None, lambda: simulate(draft)),
        }
        if rivals_too:
            works["pandas"] = (outside.forget_last_month, by_pandas)
            works["pandas_reading"] = (outside.forget_last_month, partial(by_pandas, own_reader=True))
            works["polars"] = (outside.forget_last_month, by_polars)
        times = common.side_by_side(works, rounds=rounds)
        assert stage_lines() == lines, "a later settlement wrote other lines"
    result = {
        "records": records,
        "lines": lines,
        "workers": workers,
        "correct": correct,
        "seconds": times,
        "ratios": _ratios(times),
        "worker_memory_mb": round(max(memory), 1),
        "microseconds_per_line": round(times["settlement"]["median"] / lines * 1e6, 2),
    }
    if rivals_too:
        result["per_line"] = per_line(times["settlement"]["median"] / lines, rounds)
    return result


def _ratios(times: dict[str, Any]) -> dict[str, float]:
    def ratio(one: str, other: str) -> float:
        return round(times[one]["median"] / times[other]["median"], 3)

    found = {
        "settlement / F": ratio("settlement", "floor"),
        "settlement / F′": ratio("settlement", "floor_indexed_after"),
        "recalculation after other scores / (delete + insert)": ratio("recalculation", "delete_insert"),
        "recalculation after other figures / (delete + insert)": ratio("recalculation_judged", "delete_insert"),
        "recalculation after other facts / (delete + insert)": ratio("recalculation_anew", "delete_insert"),
        "simulation / settlement": ratio("simulation", "settlement"),
    }
    for name, rival in (("pandas", "pandas"), ("pandas reading by itself", "pandas_reading"), ("Polars", "polars")):
        if rival in times:
            found[f"{name} / settlement"] = ratio(rival, "settlement")
    return found


def per_line(ours: float, rounds: int) -> dict[str, Any]:
    """Django's own ways, in microseconds per line, and how many times slower they are."""
    from accounts.models import OrgUnit

    county = OrgUnit.objects.filter(level="county").order_by("code")[0]
    found: dict[str, Any] = {}
    for name, work in (("bulk_create", by_bulk_create), ("save", by_save)):
        taken = []
        for _ in range(rounds):
            batch, wrote = scratch_batch(county), [0]
            seconds = common.seconds(
                lambda batch=batch, wrote=wrote, work=work: wrote.append(work(batch, lines=EACH_LINE))
            )
            taken.append(seconds / wrote[-1])
            common.say(f"{name}: {taken[-1] * 1e6:.0f} µs a line")
        median = sorted(taken)[len(taken) // 2]
        found[name] = {"microseconds": round(median * 1e6, 1), "times": round(median / ours, 1)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scale", type=int, default=1_000_000, help="sales records over twelve months")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-rivals", action="store_true", help="without pandas, bulk_create and save()")
    parser.add_argument("--keep", metavar="DATABASE", default="", help="make or use this database, and leave it")
    parser.add_argument("--prepare", action="store_true", help="only make the data")
    parser.add_argument("--steps", action="store_true", help="only say what each statement takes")
    options = parser.parse_args()
    common.setup_django()
    with common.scratch_database(keep=options.keep):
        if options.prepare or options.steps:
            prepare(options.scale, options.workers)
            if options.steps:
                show_steps()
            return
        result = measure(options.scale, options.workers, options.rounds, rivals_too=not options.no_rivals)
        result |= {
            "versions": common.versions("Django", "psycopg2-binary", "pandas", "polars"),
            "machine": common.machine(),
        }
    common.publish(result)


if __name__ == "__main__":
    main()

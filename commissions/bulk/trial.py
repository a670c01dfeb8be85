"""Price a settled month's records by other rules, in temporary tables only.

The settlement's own steps do the work. They name their tables without a schema, and
PostgreSQL looks for a temporary table of that name first: the trial's tables stand in
front of the real ones, which are only read, by their full names. Whoever calls this
rolls the transaction back. See docs/commissions.md, "Simulation".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from commissions.bulk import lines, pricing
from commissions.bulk.context import Context
from core import sql
from core.periods import Month

LINES = "t_trial_line"

# The records that the batches priced or listed as unpriced; what they had found out is forgotten.
TABLES = """
CREATE TEMP TABLE t_trial_sale ON COMMIT DROP AS
SELECT sale.* FROM public.inventory_salesrecord sale
 WHERE sale.id IN (SELECT record_id FROM public.commissions_entitlement WHERE batch_id = ANY(%(batches)s::bigint[])
                   UNION
                   SELECT record_id FROM public.commissions_unpricedrecord WHERE batch_id = ANY(%(batches)s::bigint[]));
CREATE TEMP TABLE t_trial_record ON COMMIT DROP AS SELECT id FROM t_trial_sale;
ANALYZE t_trial_record;
CREATE TEMP TABLE commissions_entitlement (LIKE public.commissions_entitlement) ON COMMIT DROP;
CREATE TEMP TABLE commissions_unpricedrecord (LIKE public.commissions_unpricedrecord) ON COMMIT DROP;
CREATE TEMP TABLE t_trial_line (LIKE public.commissions_commissionline INCLUDING DEFAULTS) ON COMMIT DROP;
"""

# What other batches have priced stays priced: it counts towards brackets and gives no lines (no county).
COLUMNS = "record_id, kind, batch_id, 0, dealer_id, rule_id, event_month, subscriber_no, value, count, fee, total"
MONTHS = "ARRAY(SELECT DISTINCT date_trunc('month', event_date)::date FROM t_trial_sale)"
PRICED_ELSEWHERE = f"""
INSERT INTO pg_temp.commissions_entitlement
    (record_id, kind, batch_id, county_id, dealer_id, rule_id, event_month, subscriber_no, value, count, fee, total)
SELECT {COLUMNS} FROM public.commissions_entitlement known
 WHERE known.batch_id = ANY(ARRAY(SELECT id FROM public.commissions_settlementbatch
                                   WHERE id <> ALL(%(batches)s::bigint[])))
   AND known.event_month = ANY({MONTHS}) AND known.record_id IN (SELECT id FROM t_trial_record);
"""  # noqa: S608 - constants
COUNTED_ELSEWHERE = f"""
INSERT INTO pg_temp.commissions_entitlement
    (record_id, kind, batch_id, county_id, dealer_id, rule_id, event_month, subscriber_no, value, count, fee, total)
SELECT {COLUMNS} FROM public.commissions_entitlement known
  JOIN (SELECT DISTINCT seller_id AS dealer_id, date_trunc('month', event_date)::date AS event_month
          FROM t_trial_sale) wanted USING (dealer_id, event_month)
 WHERE known.batch_id = ANY(ARRAY(SELECT id FROM public.commissions_settlementbatch
                                   WHERE month <= %(month)s AND state <> 'void' AND id <> ALL(%(batches)s::bigint[])))
   AND known.event_month = ANY({MONTHS})
   AND known.record_id NOT IN (SELECT id FROM t_trial_record);
INSERT INTO t_trial_sale
SELECT sale.* FROM public.inventory_salesrecord sale
 WHERE sale.id IN (SELECT record_id FROM pg_temp.commissions_entitlement
                    WHERE record_id NOT IN (SELECT id FROM t_trial_record));
-- They are only counted, also in a kind in which they were not priced: for want of a fee, or they would have been.
"""  # noqa: S608 - constants

# A sale counts as false if its settled lines say so; one without lines if it is false today.
FALSE_SALES = """
CREATE TEMP TABLE inventory_falsesale ON COMMIT DROP AS
SELECT false_sale.* FROM public.inventory_falsesale false_sale
 WHERE false_sale.record_id NOT IN (SELECT record_id FROM public.commissions_entitlement
                                     WHERE batch_id = ANY(%(batches)s::bigint[]))
    OR false_sale.record_id IN (SELECT record_id FROM public.commissions_commissionline
                                 WHERE batch_id = ANY(%(batches)s::bigint[]) AND reason = 'clawed_back');
ANALYZE inventory_falsesale;
"""

# The settlement looks the records up dealer by dealer.
BY_SELLER = "CREATE INDEX ON t_trial_sale (seller_id, event_date); ANALYZE t_trial_sale"
SALES = "CREATE OR REPLACE TEMP VIEW inventory_salesrecord AS SELECT * FROM t_trial_sale"
WEEK = " WHERE id IN (SELECT record_id FROM public.commissions_entitlement WHERE batch_id = {batch})"

PRICED = """
SELECT {batch} AS batch_id, dealer_id, {kind} AS kind, count(*) AS lines, sum(amount) AS gross,
       sum(withheld) AS withheld, sum(pool_amount) AS pool
"""
SETTLED_LINES = (
    PRICED.format(batch="line.batch_id", kind="line.kind").replace("dealer_id,", "line.dealer_id,")
    + """
  FROM public.commissions_commissionline line
  JOIN public.commissions_entitlement known ON known.record_id = line.record_id AND known.kind = line.kind
       AND known.batch_id = ANY(%(batches)s::bigint[])
 WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.line_type = 'record'
 GROUP BY 1, 2, 3"""
)
TRIED_LINES = (
    PRICED.format(batch="batch_id", kind="kind")
    + """
  FROM t_trial_line WHERE batch_id = ANY(%(batches)s::bigint[])
 GROUP BY 1, 2, 3"""
)
TOTALS = """
SELECT dealer_id, count(DISTINCT record_id) AS records, sum(total) AS total
  FROM {table} WHERE batch_id = ANY(%(batches)s::bigint[]) GROUP BY dealer_id
"""


@dataclass
class Trial(Context):
    """A batch tried again: `previous` is None, since only what the batches priced is in the tables."""

    @property
    def lines_table(self) -> str:
        """The lines of all tried batches, told apart by batch."""
        return LINES


def open_tables(*, batches: list[int], month: Month, brackets: bool) -> None:
    """Put the trial's tables in front of the real ones until the transaction ends.

    `batches` are those that are tried; `brackets` says whether any rule counts records.
    """
    params = {"batches": batches, "month": month.first}
    for step in (TABLES, PRICED_ELSEWHERE, *([COUNTED_ELSEWHERE] if brackets else []), BY_SELLER, FALSE_SALES):
        sql.execute(step, params)


def try_batch(trial: Trial) -> list[Month]:
    """Price the batch's records and write its lines; the months whose data are missing, if any."""
    sql.execute(SALES + (WEEK.format(batch=int(trial.batch.pk)) if trial.weekly else ""))
    pricing.place_dealers(trial)
    pricing.price_records(trial)
    params = lines.prepare(trial)
    missing = lines.missing_months(trial, params)
    if not missing:
        lines.write_record_lines(trial, params)
    return missing


def settled_lines(batches: Iterable[int]) -> list[dict[str, Any]]:
    """The lines that the trial replaces: sums by batch, dealer and kind, as they were settled."""
    with sql.hash_joins_only():
        return sql.fetch_all(SETTLED_LINES, {"batches": list(batches)})


def tried_lines(batches: Iterable[int]) -> list[dict[str, Any]]:
    """The lines in their place: sums by batch, dealer and kind."""
    return sql.fetch_all(TRIED_LINES, {"batches": list(batches)})


def earned(batches: Iterable[int], *, tried: bool) -> dict[int, dict[str, Any]]:
    """What the month's records earn in all, over all their instalments: by dealer."""
    table = "pg_temp.commissions_entitlement" if tried else "public.commissions_entitlement"
    rows = sql.fetch_all(TOTALS.format(table=table), {"batches": list(batches)})
    return {row["dealer_id"]: row for row in rows}


def unpriced(batches: Iterable[int], *, tried: bool) -> int:
    """How many records nothing prices."""
    table = "pg_temp.commissions_unpricedrecord" if tried else "public.commissions_unpricedrecord"
    statement = f"SELECT count(DISTINCT record_id) FROM {table} WHERE batch_id = ANY(%s::bigint[])"  # noqa: S608
    return int(sql.fetch_value(statement, [list(batches)]))

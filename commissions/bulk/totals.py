"""Settlement, third part: what a monthly batch has per dealer, and the statements.

Everything here can be done again without the record lines being touched: another
county's calculation may change the gross of a dealer that moved.
See docs/commissions.md, "Whose batch" to "Statement".
"""

from datetime import datetime
from typing import Any

from commissions.bulk.clawbacks import CLAWBACK_SUMS, write_clawbacks
from commissions.bulk.context import Context
from commissions.bulk.entries import Entry
from core import sql

FORGET = """
DELETE FROM commissions_carry WHERE target_id IN (SELECT id FROM commissions_statement WHERE batch_id = %(batch)s);
DELETE FROM commissions_statement WHERE batch_id = %(batch)s;
"""
FORGET_LINES = "DELETE FROM {table} WHERE line_type <> 'record'"

HOME = """
CREATE TEMP TABLE t_home ON COMMIT DROP AS
SELECT span.dealer_id
  FROM (SELECT DISTINCT ON (dealer_id) dealer_id, org_unit_id FROM dealers_dealerunit
         WHERE valid_from <= %(month_last)s ORDER BY dealer_id, valid_from DESC) span
  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id
 WHERE unit.county_id = %(county)s;
CREATE TEMP TABLE t_kind_sum ON COMMIT DROP AS
SELECT dealer_id, kind, count(*) AS lines, sum(amount) AS gross, sum(withheld) AS withheld, sum(pool_amount) AS pool
  FROM {table} GROUP BY dealer_id, kind;
CREATE TEMP TABLE t_record_sum ON COMMIT DROP AS
SELECT dealer_id, sum(lines) AS lines, sum(gross) AS gross, sum(withheld) AS withheld, sum(pool) AS pool
  FROM t_kind_sum GROUP BY dealer_id;
CREATE TEMP TABLE t_month_gross ON COMMIT DROP AS
SELECT dealer_id, sum(gross) AS gross
  FROM (SELECT dealer_id, gross FROM t_record_sum
        UNION ALL
        SELECT statement.dealer_id, statement.gross
          FROM commissions_statement statement
          JOIN commissions_settlementbatch other ON other.id = statement.batch_id
         WHERE other.month = %(month)s AND other.state <> 'void' AND other.id <> %(batch)s) part
 WHERE dealer_id IN (SELECT dealer_id FROM t_home)
 GROUP BY dealer_id;
ANALYZE t_home; ANALYZE t_record_sum; ANALYZE t_month_gross;
CREATE TEMP TABLE t_extra (dealer_id bigint, line_type varchar(10), amount numeric(12, 2), reason varchar(60))
    ON COMMIT DROP;
"""

# What budgets of one kind are held against.
KINDS = """
DELETE FROM commissions_batchkind WHERE batch_id = %(batch)s;
INSERT INTO commissions_batchkind (batch_id, kind, gross)
SELECT %(batch)s, kind, sum(gross) FROM t_kind_sum GROUP BY kind ORDER BY kind
"""

SUBSIDIES = """
INSERT INTO t_extra
SELECT dealer_id, 'subsidy', round(monthly_amount * days / %(month_days)s, 2), to_char(valid_from, 'YYYY-MM-DD')
  FROM (SELECT subsidy.dealer_id, subsidy.monthly_amount, subsidy.valid_from,
               (SELECT coalesce(sum(upper(span) - lower(span)), 0)
                  FROM unnest(datemultirange(daterange(greatest(subsidy.valid_from, %(month)s),
                                                       least(subsidy.valid_to, %(month_last)s), '[]'))
                              - coalesce(closed.spans, '{{}}'::datemultirange)) span) AS days
          FROM commissions_subsidy subsidy
          JOIN t_home USING (dealer_id)
          LEFT JOIN dealers_assessmentscore score ON score.dealer_id = subsidy.dealer_id AND score.month = %(month)s
          LEFT JOIN (SELECT dealer_id, range_agg(daterange(from_date, until_date)) AS spans
                       FROM dealers_closed_span GROUP BY dealer_id) closed ON closed.dealer_id = subsidy.dealer_id
         WHERE subsidy.valid_from <= %(month_last)s
           AND (subsidy.valid_to IS NULL OR subsidy.valid_to >= %(month)s)
           AND (subsidy.min_score IS NULL OR score.score IS NULL OR score.score >= subsidy.min_score)) due;
"""

DEDUCTIONS = """
INSERT INTO t_extra
SELECT gross.dealer_id, 'deduction', -round((1 - band.coefficient) * greatest(gross.gross, 0), 2),
       trim_scale(score.score)::text
  FROM t_month_gross gross
  JOIN dealers_assessmentscore score ON score.dealer_id = gross.dealer_id AND score.month = %(month)s
  JOIN LATERAL (SELECT coefficient FROM unnest(%(band_from)s::numeric[], %(band_keeps)s::numeric[])
                                        AS band (least, coefficient)
                 WHERE score.score >= band.least ORDER BY band.least DESC LIMIT 1) band ON true;
"""

PENALTIES = """
INSERT INTO t_extra
SELECT wanted.dealer_id, 'penalty',
       -round(wanted.multiplier
              * greatest(CASE WHEN wanted.month = %(month)s THEN here.gross ELSE before.gross END, 0), 2),
       wanted.reference
  FROM unnest(%(penalty_dealers)s::bigint[], %(penalty_months)s::date[], %(penalty_multipliers)s::numeric[],
              %(penalty_references)s::text[]) AS wanted (dealer_id, month, multiplier, reference)
  LEFT JOIN t_month_gross here ON here.dealer_id = wanted.dealer_id
  LEFT JOIN LATERAL (
       SELECT sum(statement.gross) AS gross FROM commissions_statement statement
         JOIN commissions_settlementbatch other ON other.id = statement.batch_id
        WHERE statement.dealer_id = wanted.dealer_id AND other.month = wanted.month
          AND other.state <> 'void' AND other.id <> %(batch)s) before ON true;
"""

ADJUSTMENTS = """
INSERT INTO t_extra
SELECT dealer_id, 'adjustment', amount, reference
  FROM unnest(%(adjustment_dealers)s::bigint[], %(adjustment_amounts)s::numeric[],
              %(adjustment_references)s::text[]) AS wanted (dealer_id, amount, reference);
"""

EXTRA_LINES = """
INSERT INTO {table} (id, batch_id, dealer_id, line_type, due_month, amount, payable, reason)
SELECT (%(batch)s::bigint << 32) + (SELECT coalesce(sum(lines), 0)::bigint FROM t_record_sum)
           + row_number() OVER (ORDER BY dealer_id, line_type, reason),
       %(batch)s, dealer_id, line_type, %(month)s, amount, amount, reason
  FROM t_extra WHERE amount <> 0
"""

# Earlier statements' negative rests that no live statement has carried in yet.
CARRIES = """
CREATE TEMP TABLE t_carry ON COMMIT DROP AS
SELECT statement.id AS source_id, statement.dealer_id, statement.carried_out
  FROM commissions_statement statement
  JOIN commissions_settlementbatch other ON other.id = statement.batch_id
  JOIN t_home USING (dealer_id)
 WHERE statement.carried_out < 0 AND other.state <> 'void' AND other.id <> %(batch)s
   AND (other.month < %(month)s OR other.kind = 'weekly' AND other.month = %(month)s)
   AND NOT EXISTS (SELECT FROM commissions_carry carry WHERE carry.source_id = statement.id);
"""
NO_CARRIES = """
CREATE TEMP TABLE t_carry (source_id bigint, dealer_id bigint, carried_out numeric(14, 2)) ON COMMIT DROP
"""

STATEMENTS = f"""
INSERT INTO commissions_statement
    (number, batch_id, dealer_id, lines, gross, withheld, pool, subsidy, deduction, penalty, clawback,
     adjustments, carried_in, net, paid, carried_out)
SELECT %(number)s || '-' || dealer.code, %(batch)s, dealer.id, lines, gross, withheld, pool,
       subsidy, deduction, penalty, clawback, adjustments, carried_in, net, greatest(net, 0), least(net, 0)
  FROM (SELECT part.*, gross - pool + subsidy - deduction - penalty - clawback + adjustments + carried_in AS net
          FROM (SELECT dealer_id, sum(lines) AS lines, sum(gross) AS gross, sum(withheld) AS withheld,
                       sum(pool) AS pool, sum(subsidy) AS subsidy, sum(deduction) AS deduction,
                       sum(penalty) AS penalty, sum(clawback) AS clawback, sum(adjustments) AS adjustments,
                       sum(carried_in) AS carried_in
                  FROM (SELECT dealer_id, lines, gross, withheld, pool, 0 AS subsidy, 0 AS deduction,
                               0 AS penalty, 0 AS clawback, 0 AS adjustments, 0 AS carried_in FROM t_record_sum
                        UNION ALL
                        SELECT dealer_id, 1, 0, 0, 0, CASE line_type WHEN 'subsidy' THEN amount ELSE 0 END,
                               CASE line_type WHEN 'deduction' THEN -amount ELSE 0 END,
                               CASE line_type WHEN 'penalty' THEN -amount ELSE 0 END, 0,
                               CASE line_type WHEN 'adjustment' THEN amount ELSE 0 END, 0
                          FROM t_extra WHERE amount <> 0
                        UNION ALL
                        {CLAWBACK_SUMS}
                        UNION ALL
                        SELECT dealer_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, carried_out FROM t_carry) piece
                 GROUP BY dealer_id) part) figures
  JOIN dealers_dealer dealer ON dealer.id = figures.dealer_id
 ORDER BY dealer.code;
INSERT INTO commissions_carry (source_id, target_id)
SELECT carry.source_id, target.id
  FROM t_carry carry
  JOIN commissions_statement target ON target.batch_id = %(batch)s AND target.dealer_id = carry.dealer_id;
"""  # noqa: S608 - constants

FIGURES = (
    "gross",
    "withheld",
    "pool",
    "subsidy",
    "deduction",
    "penalty",
    "clawback",
    "adjustments",
    "carried_in",
    "net",
    "paid",
    "carried_out",
)
BATCH = f"""
UPDATE commissions_settlementbatch batch
   SET lines = sums.lines, dealers = sums.dealers, calculated_at = %(at)s,
       unpriced = (SELECT count(*) FROM commissions_unpricedrecord WHERE batch_id = %(batch)s),
       {", ".join(f"{name} = sums.{name}" for name in FIGURES)}
  FROM (SELECT coalesce(sum(lines), 0) AS lines, count(*) AS dealers,
               {", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in FIGURES)}
          FROM commissions_statement WHERE batch_id = %(batch)s) sums
 WHERE batch.id = %(batch)s
"""  # noqa: S608 - constants


def write_statements(
    context: Context,
    *,
    bands: list[tuple[Any, Any]],
    penalties: list[Entry],
    adjustments: list[Entry],
    at: datetime,
    fresh: bool = False,
) -> None:
    """Write the lines beside the records, the statements and the batch's sums, anew.

    `bands` are (least score, share kept); `penalties` and `adjustments` those whose turn it is.
    `fresh` says that the batch's table holds record lines only, which are new.
    """
    table = context.lines_table
    params = {
        **context.params,
        "at": at,
        "number": context.batch.number,
        "band_from": [least for least, _ in bands],
        "band_keeps": [keeps for _, keeps in bands],
        "penalty_dealers": [item.dealer_id for item in penalties],
        "penalty_months": [item.month.first for item in penalties],
        "penalty_multipliers": [item.figure for item in penalties],
        "penalty_references": [item.reference for item in penalties],
        "adjustment_dealers": [item.dealer_id for item in adjustments],
        "adjustment_amounts": [item.figure for item in adjustments],
        "adjustment_references": [item.reference for item in adjustments],
    }
    sql.drop_temporary("t_home", "t_kind_sum", "t_record_sum", "t_month_gross", "t_extra", "t_carry")
    if not fresh:
        sql.execute(FORGET_LINES.format(table=table))
    for step in (FORGET, HOME.format(table=table), KINDS):
        sql.execute(step, params)
    if context.weekly:
        sql.execute(NO_CARRIES)
    else:
        for step in (SUBSIDIES.format(), DEDUCTIONS, PENALTIES, ADJUSTMENTS, EXTRA_LINES.format(table=table), CARRIES):
            sql.execute(step, params)
    write_clawbacks(context, params)
    for step in (STATEMENTS, BATCH):
        sql.execute(step, params)

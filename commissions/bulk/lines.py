"""Settlement, second part: the record lines, from what is priced to what is due.

One INSERT … SELECT into the batch's own partition. See docs/commissions.md,
"Instalments" and "Conditions".
"""

from datetime import date
from decimal import Decimal
from typing import Any

from commissions.bulk.context import Context
from commissions.rules import conditions, values
from core import sql
from core.periods import Month

DUE_TABLE = """
CREATE TEMP TABLE t_due (
    rule_id bigint, event_month date, age smallint, instalment smallint, due_month date,
    share_before numeric(5, 4), share_after numeric(5, 4), later boolean, reads_subscriber boolean,
    in_network boolean, active boolean, active_months smallint, no_arrears boolean,
    min_billed numeric(12, 2), fee_kept boolean, exclusive boolean, pure_new boolean,
    pool_share numeric(5, 4)
) ON COMMIT DROP
"""
DUE_COLUMNS = [
    "rule_id",
    "event_month",
    "age",
    "instalment",
    "due_month",
    "share_before",
    "share_after",
    "later",
    "reads_subscriber",
    "in_network",
    "active",
    "active_months",
    "no_arrears",
    "min_billed",
    "fee_kept",
    "exclusive",
    "pure_new",
    "pool_share",
]

# What the conditions ask of the dealer on the last day of a due month, and of the sale.
DEALER_FACTS = """
CREATE TEMP TABLE t_ended ON COMMIT DROP AS
SELECT DISTINCT span.dealer_id, due.due_month
  FROM (SELECT DISTINCT due_month FROM t_due WHERE later) due
  JOIN dealers_closed_span span
       ON span.from_date < due.due_month + interval '1 month'
      AND (span.until_date IS NULL OR span.until_date >= due.due_month + interval '1 month');
CREATE TEMP TABLE t_exclusive ON COMMIT DROP AS
SELECT tier.dealer_id, due.due_month
  FROM (SELECT DISTINCT due_month FROM t_due WHERE exclusive) due
  JOIN dealers_dealertier tier ON tier.tier IN ('exclusive', 'mall')
       AND tier.valid_from < due.due_month + interval '1 month'
 WHERE NOT EXISTS (SELECT FROM dealers_dealertier newer
                    WHERE newer.dealer_id = tier.dealer_id AND newer.valid_from > tier.valid_from
                      AND newer.valid_from < due.due_month + interval '1 month');
ANALYZE t_due; ANALYZE t_ended; ANALYZE t_exclusive;
"""

IS_ACTIVE = "(coalesce({row}.call_minutes, 0) >= %(min_minutes)s OR coalesce({row}.data_mb, 0) >= %(min_mb)s)"

# Which instalments of which entitlements are due: age 0 priced by this batch, 1 priced by an
# earlier one, 2 by a weekly batch that came after the previous monthly one.
AGE = """CASE WHEN known.batch_id = %(batch)s THEN 0
                     WHEN known.batch_id = ANY(%(later)s::bigint[]) THEN 2 ELSE 1 END"""
DUE_LINES = f"""
SELECT known.dealer_id, known.record_id, known.kind, known.rule_id, known.subscriber_no, known.fee, known.total,
       due.instalment, due.due_month, due.later, due.reads_subscriber, due.in_network, due.active,
       due.active_months, due.no_arrears, due.min_billed, due.fee_kept, due.exclusive, due.pure_new, due.pool_share,
       round(known.total * due.share_after, 2) - round(known.total * due.share_before, 2) AS share,
       false_sale.record_id IS NOT NULL AS is_false, ended.dealer_id IS NOT NULL AS ended
  FROM commissions_entitlement known
  JOIN t_due due ON due.rule_id = known.rule_id AND due.event_month = known.event_month
       AND due.age = {AGE}
  LEFT JOIN inventory_falsesale false_sale ON false_sale.record_id = known.record_id
  LEFT JOIN t_ended ended ON due.later AND ended.dealer_id = known.dealer_id AND ended.due_month = due.due_month
 WHERE known.county_id = %(county)s AND known.event_month = ANY(%(event_months)s::date[])
"""  # noqa: S608 - constants

ACTIVE_MONTHS = """
CREATE TEMP TABLE t_active_months ON COMMIT DROP AS
SELECT wanted.subscriber_no, wanted.due_month, wanted.active_months
  FROM (SELECT DISTINCT subscriber_no, due_month, active_months FROM ({due_lines}) due
         WHERE active_months > 0 AND subscriber_no <> '') wanted
  JOIN inventory_subscribermonth seen ON seen.subscriber_no = wanted.subscriber_no
       AND seen.month = ANY(%(data_months)s::date[]) AND seen.month <= wanted.due_month
       AND seen.month > wanted.due_month - make_interval(months => wanted.active_months)
 WHERE {is_active}
 GROUP BY 1, 2, 3
HAVING count(*) = wanted.active_months;
ANALYZE t_active_months;
"""

MISSING = """
SELECT DISTINCT wanted.month
  FROM ({due_lines}) due
  LEFT JOIN inventory_subscribermonth seen ON seen.month = due.due_month
       AND seen.month = ANY(%(data_months)s::date[]) AND seen.subscriber_no = due.subscriber_no
 CROSS JOIN LATERAL (SELECT (due.due_month - make_interval(months => back))::date AS month
                       FROM generate_series(0, greatest(coalesce(due.active_months, 0) - 1, 0)) back) wanted
 WHERE due.reads_subscriber AND due.subscriber_no <> '' AND NOT due.is_false AND NOT due.ended
   AND wanted.month = ANY(%(absent)s::date[])
   AND (wanted.month = due.due_month OR due.due_month = ANY(%(absent)s::date[])
        OR NOT (due.in_network AND NOT coalesce(seen.in_network, false)
                OR due.active AND NOT coalesce({is_active}, false)))
 ORDER BY 1
"""

INSERT_LINES = """
INSERT INTO {table} (id, batch_id, dealer_id, record_id, rule_id, line_type, kind, instalment, due_month,
                     total, amount, withheld, pool_amount, payable, reason)
SELECT (%(batch)s::bigint << 32) + row_number() OVER (ORDER BY dealer_id, record_id, kind, instalment),
       %(batch)s, dealer_id, record_id, rule_id, 'record', kind, instalment, due_month, total,
       amount, share - amount, pool_amount, amount - pool_amount, coalesce(reason, '')
  FROM (SELECT judged.*, CASE WHEN reason IS NULL THEN share ELSE 0 END AS amount,
               CASE WHEN reason IS NULL AND share > 0 THEN round(share * pool_share, 2) ELSE 0 END AS pool_amount
          FROM (SELECT due.*, {reason} AS reason FROM ({due_lines}) due {joins}) judged) line
"""

REASONS = """CASE
    WHEN due.is_false THEN 'clawed_back'
    WHEN due.ended THEN 'dealer_terminated'
    {subscriber}
    WHEN due.exclusive AND exclusive.dealer_id IS NULL THEN 'exclusive'
    WHEN due.pure_new AND suspect.record_id IS NOT NULL THEN 'pure_new'
END"""
SUBSCRIBER_REASONS = """
    WHEN due.in_network AND NOT coalesce(seen.in_network, false) THEN 'in_network'
    WHEN due.active AND NOT coalesce({is_active}, false) THEN 'active'
    WHEN due.active_months > 0 AND {not_active_months} THEN 'active_months'
    WHEN due.no_arrears AND (seen.month IS NULL OR coalesce(seen.arrears, 0) <> 0) THEN 'no_arrears'
    WHEN due.min_billed IS NOT NULL AND (seen.month IS NULL OR coalesce(seen.billed_amount, 0) < due.min_billed)
         THEN 'min_billed'
    WHEN due.fee_kept AND (seen.month IS NULL OR coalesce(seen.billed_amount, 0) < coalesce(due.fee, 0))
         THEN 'fee_kept'"""
DEALER_JOINS = """
  LEFT JOIN t_exclusive exclusive ON due.exclusive AND exclusive.dealer_id = due.dealer_id
       AND exclusive.due_month = due.due_month
  LEFT JOIN inventory_reentrysuspect suspect ON due.pure_new AND suspect.record_id = due.record_id
       AND suspect.is_open"""
SUBSCRIBER_JOIN = """
  LEFT JOIN inventory_subscribermonth seen ON due.reads_subscriber AND due.subscriber_no <> ''
       AND seen.subscriber_no = due.subscriber_no AND seen.month = due.due_month
       AND seen.month = ANY(%(data_months)s::date[])"""
ACTIVE_JOIN = """
  LEFT JOIN t_active_months active_months ON due.active_months > 0
       AND active_months.subscriber_no = due.subscriber_no AND active_months.due_month = due.due_month
       AND active_months.active_months = due.active_months"""


def prepare(context: Context) -> dict[str, Any]:
    """Write which instalments may be due (t_due) and what is asked of their dealers.

    Returns the parameters of the steps below.
    """
    rows = _due_rows(context)
    sql.drop_temporary("t_due", "t_ended", "t_exclusive", "t_active_months")
    sql.execute(DUE_TABLE)
    sql.copy_rows("t_due", DUE_COLUMNS, rows)
    sql.execute(DEALER_FACTS)
    data_months = sorted({month.first for row in rows for month in _months_read(row)})
    return {
        **context.params,
        "event_months": sorted({row[1] for row in rows}),
        "data_months": data_months,
    }


def missing_months(context: Context, params: dict[str, Any]) -> list[Month]:
    """The months without any subscriber row of the county that a line would need, oldest first."""
    present = {
        row["month"]
        for row in sql.fetch_all(
            """SELECT month FROM unnest(%(data_months)s::date[]) month
                WHERE EXISTS (SELECT FROM inventory_subscribermonth seen
                               WHERE seen.month = month.month AND seen.county_id = %(county)s)""",
            params,
        )
    }
    absent = [month for month in params["data_months"] if month not in present]
    if not absent:
        return []
    statement = MISSING.format(due_lines=DUE_LINES, is_active=IS_ACTIVE.format(row="seen"))
    return [Month.of(row["month"]) for row in sql.fetch_all(statement, {**params, "absent": absent})]


def insert_record_lines(context: Context, params: dict[str, Any]) -> int:
    """Fill the batch's empty partition with its record lines; how many there are."""
    reads_subscriber = bool(params["data_months"])
    rules = context.values.values()
    counts_months = any(
        condition.test == values.Test.ACTIVE_MONTHS
        for rule in rules
        for instalment in rule.instalments
        for condition in instalment.conditions
    )
    is_active = IS_ACTIVE.format(row="seen")
    if reads_subscriber and counts_months:
        sql.execute(ACTIVE_MONTHS.format(due_lines=DUE_LINES, is_active=is_active), params)
    subscriber = SUBSCRIBER_REASONS.format(
        is_active=is_active,
        not_active_months="active_months.subscriber_no IS NULL" if counts_months else "true",
    )
    joins = DEALER_JOINS
    if reads_subscriber:
        joins = SUBSCRIBER_JOIN + (ACTIVE_JOIN if counts_months else "") + DEALER_JOINS
    statement = INSERT_LINES.format(
        table=context.lines_table,
        due_lines=DUE_LINES,
        reason=REASONS.format(subscriber=subscriber if reads_subscriber else ""),
        joins=joins,
    )
    return sql.execute(statement, params)


def _due_rows(context: Context) -> list[tuple[Any, ...]]:
    """One row per rule, event month and instalment that the batch may take.

    Only the event months that have entitlements are looked at.
    """
    occurring = sql.fetch_all(
        f"""SELECT DISTINCT rule_id, event_month, {AGE} AS age
             FROM commissions_entitlement known
            WHERE county_id = %(county)s AND event_month >= %(oldest)s
              AND (NOT %(weekly)s OR batch_id = %(batch)s)
            ORDER BY 1, 2, 3""",  # noqa: S608 - constants
        {**context.params, "oldest": _oldest(context)},
    )
    rows = []
    for found in occurring:
        rule = context.values[found["rule_id"]]
        event_month = Month.of(found["event_month"])
        before = Decimal(0)
        for number, instalment in enumerate(rule.instalments, start=1):
            after = before + instalment.share
            due = event_month + instalment.offset
            if _is_due(context, found["age"], number, due):
                rows.append(
                    (
                        found["rule_id"],
                        event_month.first,
                        found["age"],
                        number,
                        due.first,
                        before,
                        after,
                        instalment.offset > 0,
                        *_condition_columns(instalment),
                        rule.pool_share,
                    )
                )
            before = after
    return rows


def _oldest(context: Context) -> date:
    """The earliest event month with an instalment that the previous batch left."""
    if context.previous is None:
        return date(1900, 1, 1)
    longest = max((item.offset for rule in context.values.values() for item in rule.instalments), default=0)
    late = sql.fetch_value(
        """SELECT min(event_month) FROM commissions_entitlement
            WHERE batch_id = %(batch)s OR batch_id = ANY(%(later)s::bigint[])""",
        context.params,
    )
    oldest = (context.previous_month + (1 - longest)).first if longest else context.previous_month.first
    return min(oldest, late) if late else oldest


def _is_due(context: Context, age: int, number: int, due: Month) -> bool:
    if context.weekly:
        return age == 0 and number == 1
    if due > context.month:
        return False
    if age == 0:
        return True
    if age == 1:
        return context.previous is None or due > context.previous_month
    return number > 1


def _condition_columns(instalment: values.Instalment) -> tuple[Any, ...]:
    """reads_subscriber, in_network, active, active_months, no_arrears, min_billed, fee_kept, exclusive, pure_new."""
    by_test = {condition.test: condition for condition in instalment.conditions}
    months = by_test.get(values.Test.ACTIVE_MONTHS)
    billed = by_test.get(values.Test.MIN_BILLED)
    return (
        bool(by_test.keys() & conditions.NEEDS_SUBSCRIBER),
        values.Test.IN_NETWORK in by_test,
        values.Test.ACTIVE in by_test,
        (months.k or 1) if months else None,
        values.Test.NO_ARREARS in by_test,
        billed.value if billed else None,
        values.Test.FEE_KEPT in by_test,
        values.Test.EXCLUSIVE in by_test,
        values.Test.PURE_NEW in by_test,
    )


def _months_read(row: tuple[Any, ...]) -> list[Month]:
    """The months whose subscriber rows an instalment of `row` reads."""
    named = dict(zip(DUE_COLUMNS, row, strict=True))
    if not named["reads_subscriber"]:
        return []
    due = Month.of(named["due_month"])
    return [due + -back for back in range(named["active_months"] or 1)]

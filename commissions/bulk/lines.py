"""Settlement, second part: the record lines, from what is priced to what is due.

What an instalment is worth is worked out once for each rule and total that occur (t_share); the lines then are one
query that only looks it up, written into the batch's own table. See docs/commissions.md, "Instalments" and
"Conditions".
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from commissions.bulk.context import Context
from commissions.rules import conditions, values
from core import sql
from core.periods import Month

# By rule: the shares before and after an instalment, the pool's, and the line's place among those of its record.
Shares = dict[int, tuple[Decimal, Decimal, Decimal, int]]


@dataclass(frozen=True)
class Asked:
    """What an instalment's conditions ask; None or False where it asks nothing."""

    reads_subscriber: bool
    in_network: bool
    active: bool
    active_months: int | None
    no_arrears: bool
    min_billed: Decimal | None
    fee_kept: bool
    exclusive: bool
    pure_new: bool


@dataclass(frozen=True)
class Arm:
    """An instalment of the records of one month that have the same conditions. `age`: see AGE."""

    event_month: Month
    age: int
    instalment: int
    due_month: Month
    later: bool
    asked: Asked

    @property
    def months_read(self) -> list[Month]:
        """The months whose subscriber rows it reads."""
        if not self.asked.reads_subscriber:
            return []
        return [self.due_month + -back for back in range(self.asked.active_months or 1)]


@dataclass(frozen=True)
class Due:
    """Everything that the batch takes: the arms (worth: t_share), and the parameters of their queries."""

    arms: list[Arm]
    params: dict[str, Any]

    def lines(self, chosen: Callable[[Arm], bool] = lambda arm: True) -> str:
        """The query of the lines that are due, before the subscriber is looked at; '' if nothing is chosen."""
        return " UNION ALL ".join(
            DUE_LINES.format(
                arm=number,
                instalment=arm.instalment,
                event_month=arm.event_month.first,
                due_month=arm.due_month.first,
                of_age=OF_AGE[arm.age],
                is_ended=_is_one_of(f"ended_{arm.due_month}") if arm.later else "false",
                is_exclusive=_is_one_of(f"exclusive_{arm.due_month}") if arm.asked.exclusive else "false",
                **{name: _constant(value) for name, value in asdict(arm.asked).items()},
            )
            for number, arm in enumerate(self.arms)
            if chosen(arm)
        )


def _is_one_of(dealers: str) -> str:
    """Whether the line's dealer is among those of that parameter."""
    return f"known.dealer_id = ANY(%({dealers})s::bigint[])"


def _constant(value: bool | int | Decimal | None) -> str:
    """One of our own plain values in SQL."""
    return "NULL" if value is None else str(value).lower()


# Of a record's lines those of one kind stand together, the kinds in the order of `values.Kind`.
KIND_PLACES = {kind: place << 16 for place, kind in enumerate(values.Kind)}

# The dealers that are terminated, and those of a high tier, on the last day of a due month.
ENDED = """
SELECT DISTINCT dealer_id FROM dealers_closed_span
 WHERE from_date <= %(last)s AND (until_date IS NULL OR until_date > %(last)s)
"""
EXCLUSIVE = """
SELECT dealer_id
  FROM (SELECT DISTINCT ON (dealer_id) dealer_id, tier FROM dealers_dealertier
         WHERE dealer_id IN (SELECT dealer_id FROM t_unit) AND valid_from <= %(last)s
         ORDER BY dealer_id, valid_from DESC) found
 WHERE tier IN ('exclusive', 'mall')
"""

IS_ACTIVE = "(coalesce({row}.call_minutes, 0) >= %(min_minutes)s OR coalesce({row}.data_mb, 0) >= %(min_mb)s)"

# Which instalments of which entitlements are due: age 0 priced by this batch, 1 priced by an
# earlier one, 2 by a weekly batch that came after the previous monthly one.
AGE = """CASE WHEN known.batch_id = %(batch)s THEN 0
                     WHEN known.batch_id = ANY(%(later)s::bigint[]) THEN 2 ELSE 1 END"""
OF_AGE = (
    "known.batch_id = %(batch)s",
    "known.batch_id = ANY(%(earlier)s::bigint[])",
    "known.batch_id = ANY(%(later)s::bigint[])",
)
# Which rules and totals occur, where an instalment may be due.
TOTALS = f"""
CREATE TEMP TABLE t_total ON COMMIT DROP AS
SELECT DISTINCT rule_id, event_month, {AGE} AS age, total
  FROM (SELECT rule_id, event_month, batch_id, total FROM commissions_entitlement
         WHERE county_id = %(county)s AND batch_id = ANY(%(priced_by)s::bigint[])
           AND event_month >= %(oldest)s {{until}}
         GROUP BY rule_id, event_month, batch_id, total) known
"""  # noqa: S608 - constants
UNTIL = "AND event_month <= %(month)s"
# What an instalment of these is worth: cumulative shares, each rounded; the pool's part if it is not withheld.
SHARES = """
CREATE TEMP TABLE t_share (
    arm integer, rule_id bigint, total numeric(12, 2), place integer, share numeric(12, 2), pool numeric(12, 2),
    payable numeric(12, 2)
) ON COMMIT DROP;
INSERT INTO t_share
SELECT arm, rule_id, total, place, share, pool, share - pool
  FROM (SELECT worth.*, CASE WHEN share > 0 THEN round(share * pool_share, 2) ELSE 0 END AS pool
          FROM (SELECT due.arm, due.rule_id, found.total, due.place, due.pool_share,
                       round(found.total * due.share_after, 2) - round(found.total * due.share_before, 2) AS share
                  FROM (VALUES {shares}) due (arm, event_month, age, rule_id, share_before, share_after, pool_share,
                                              place)
                  JOIN t_total found USING (rule_id, event_month, age)) worth) split;
ANALYZE t_share;
"""
DUE_LINES = """
SELECT known.dealer_id, known.record_id, known.kind, known.rule_id, known.subscriber_no, known.fee, known.total,
       {instalment}::smallint AS instalment, '{due_month}'::date AS due_month,
       {reads_subscriber} AS reads_subscriber, {in_network} AS in_network, {active} AS active,
       {active_months}::integer AS active_months, {no_arrears} AS no_arrears, {min_billed}::numeric AS min_billed,
       {fee_kept} AS fee_kept, {exclusive} AND NOT {is_exclusive} AS not_exclusive, {pure_new} AS pure_new,
       due.place, due.share, due.pool, due.payable,
       false_sale.record_id IS NOT NULL AS is_false, {is_ended} AS ended
  FROM commissions_entitlement known
  JOIN t_share due ON due.arm = {arm} AND due.rule_id = known.rule_id AND due.total = known.total
  LEFT JOIN inventory_falsesale false_sale ON false_sale.record_id = known.record_id
 WHERE known.county_id = %(county)s AND known.event_month = '{event_month}'::date AND {of_age}"""
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

# In order of dealer, record, kind and instalment (the last two are the place); one number compares faster than two,
# which are below 2^27 and 2^36. The inner query has OFFSET 0, so that the reason is found once and not at each mention.
# Columns, their order and types are those of CommissionLine.
LINES = """
SELECT (%(batch)s::bigint << 32) + row_number() OVER (ORDER BY (dealer_id << 36) + record_id, place, record_id) AS id,
       %(batch)s::bigint AS batch_id, dealer_id, record_id, rule_id, 'record'::varchar(10) AS line_type, kind,
       instalment, due_month, total,
       CASE WHEN reason IS NULL THEN share ELSE {nothing} END AS amount,
       CASE WHEN reason IS NULL THEN {nothing} ELSE share END AS withheld,
       CASE WHEN reason IS NULL THEN pool ELSE {nothing} END AS pool_amount,
       CASE WHEN reason IS NULL THEN payable ELSE {nothing} END AS payable,
       coalesce(reason, '')::varchar(60) AS reason, NULL::bigint AS origin
  FROM ({judged} OFFSET 0) line
"""
# Of the same lines the reason alone decides what they pay.
JUDGE_AGAIN = """
UPDATE {table} line
   SET amount = CASE WHEN fresh.reason = '' THEN share ELSE {nothing} END,
       withheld = CASE WHEN fresh.reason = '' THEN {nothing} ELSE share END,
       pool_amount = CASE WHEN fresh.reason = '' THEN pool ELSE {nothing} END,
       payable = CASE WHEN fresh.reason = '' THEN fresh.payable ELSE {nothing} END,
       reason = fresh.reason
  FROM (SELECT record_id, kind, instalment, share, pool, payable, coalesce(reason, '') AS reason
          FROM ({judged}) judged OFFSET 0) fresh
 WHERE line.line_type = 'record' AND line.record_id = fresh.record_id AND line.kind = fresh.kind
   AND line.instalment = fresh.instalment AND line.reason <> fresh.reason
"""
INSERT = "INSERT INTO {table} "
CREATE = "CREATE TABLE {table} AS "  # half as long as an insert: no row looks for room or is checked on its own
NOTHING = "0.00::numeric(12, 2)"  # of the type of what it stands beside, so that no row is converted
JUDGED = """
SELECT due.dealer_id, due.record_id, due.kind, due.rule_id, due.instalment, due.due_month, due.total, due.place,
       due.share, due.pool, due.payable, {reason} AS reason
  FROM ({due_lines}) due {joins}"""

REASONS = """CASE
    WHEN due.is_false THEN 'clawed_back'
    WHEN due.ended THEN 'dealer_terminated'
    {subscriber}
    {dealer}
END"""
DEALER_REASONS = """
    WHEN due.not_exclusive THEN 'exclusive'
    WHEN due.pure_new AND suspect.record_id IS NOT NULL THEN 'pure_new'"""
# Nearly all subscribers are found among those of the county; only the others are looked up one by one.
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
  LEFT JOIN inventory_reentrysuspect suspect ON due.pure_new AND suspect.record_id = due.record_id
       AND suspect.is_open"""
SUBSCRIBER_JOIN = """
  LEFT JOIN (SELECT {columns} FROM inventory_subscribermonth
              WHERE month = '{due_month}'::date AND county_id = %(county)s) near
       ON near.subscriber_no = due.subscriber_no AND due.subscriber_no <> ''
  LEFT JOIN LATERAL (SELECT {columns} FROM inventory_subscribermonth
                      WHERE near.month IS NULL AND due.subscriber_no <> ''
                        AND month = '{due_month}'::date AND subscriber_no = due.subscriber_no OFFSET 0) far ON true
 CROSS JOIN LATERAL (SELECT {either}) seen"""
SUBSCRIBER_COLUMNS = ("month", "subscriber_no", "in_network", "call_minutes", "data_mb", "billed_amount", "arrears")
ACTIVE_JOIN = """
  LEFT JOIN t_active_months active_months ON due.active_months > 0
       AND active_months.subscriber_no = due.subscriber_no AND active_months.due_month = due.due_month
       AND active_months.active_months = due.active_months"""


def prepare(context: Context) -> Due:
    """What may be due, and which of the dealers have ended or are of a high tier then; what the steps below need."""
    found = _arms(context)
    _write_shares(found)
    arms = list(found)
    params = {**context.params, "data_months": sorted({month.first for arm in arms for month in arm.months_read})}
    for month in {arm.due_month for arm in arms if arm.later}:
        params[f"ended_{month}"] = _dealers(ENDED, month)
    for month in {arm.due_month for arm in arms if arm.asked.exclusive}:
        params[f"exclusive_{month}"] = _dealers(EXCLUSIVE, month)
    return Due(arms, params)


def _dealers(query: str, month: Month) -> list[int]:
    return [row["dealer_id"] for row in sql.fetch_all(query, {"last": month.last})]


def missing_months(context: Context, due: Due) -> list[Month]:
    """The months without any subscriber row of the county that a line would need, oldest first."""
    absent = [
        month
        for month in due.params["data_months"]
        if not sql.fetch_value(
            "SELECT EXISTS (SELECT FROM inventory_subscribermonth WHERE month = %s AND county_id = %s)",
            [month, context.county.pk],
        )
    ]
    reading = due.lines(lambda arm: arm.asked.reads_subscriber)
    if not absent or not reading:
        return []
    statement = MISSING.format(due_lines=reading, is_active=IS_ACTIVE.format(row="seen"))
    return [Month.of(row["month"]) for row in sql.fetch_all(statement, {**due.params, "absent": absent})]


def write_record_lines(context: Context, due: Due, *, new: bool = False) -> None:
    """Write the batch's record lines into its empty table, or into a `new` one without anything but its columns."""
    if not due.arms:
        return
    statement = ((CREATE if new else INSERT) + LINES).format(
        table=context.lines_table, judged=_judged(due, lambda arm: True), nothing=NOTHING
    )
    with sql.hash_joins_only():
        sql.execute(statement, due.params)


def judge_again(context: Context, due: Due) -> None:
    """Give the batch's record lines the reasons of today, where the same lines are due as when they were written."""
    judged = _judged(due, lambda arm: arm.asked.reads_subscriber or arm.asked.pure_new)
    if not judged:
        return
    with sql.hash_joins_only():
        sql.execute(JUDGE_AGAIN.format(table=context.lines_table, judged=judged, nothing=NOTHING), due.params)


def _judged(due: Due, chosen: Callable[[Arm], bool]) -> str:
    """The query of the chosen arms' lines with their reasons, after what it reads was made; '' if none is chosen."""
    arms = [arm for arm in due.arms if chosen(arm)]
    is_active = IS_ACTIVE.format(row="seen")
    counting = due.lines(lambda arm: arm in arms and bool(arm.asked.active_months))
    if counting:
        sql.drop_temporary("t_active_months")
        sql.execute(ACTIVE_MONTHS.format(due_lines=counting, is_active=is_active), due.params)
    asks_dealer = any(arm.asked.exclusive or arm.asked.pure_new for arm in arms)
    dealer, joins = (DEALER_REASONS, DEALER_JOINS) if asks_dealer else ("", "")
    parts = [(due.lines(lambda arm: arm in arms and not arm.asked.reads_subscriber), "", joins)]
    for month in sorted({arm.due_month for arm in arms if arm.asked.reads_subscriber}):
        reading = partial(_reads, month=month)
        counts = any(arm.asked.active_months for arm in filter(reading, arms))
        subscriber = SUBSCRIBER_REASONS.format(
            is_active=is_active,
            not_active_months="active_months.subscriber_no IS NULL" if counts else "true",
        )
        own = SUBSCRIBER_JOIN.format(
            due_month=month.first,
            columns=", ".join(SUBSCRIBER_COLUMNS),
            either=", ".join(f"coalesce(near.{name}, far.{name}) AS {name}" for name in SUBSCRIBER_COLUMNS),
        ) + (ACTIVE_JOIN if counts else "")
        parts.append((due.lines(reading), subscriber, own + joins))
    return " UNION ALL ".join(
        JUDGED.format(due_lines=lines, reason=REASONS.format(subscriber=subscriber, dealer=dealer), joins=joins)
        for lines, subscriber, joins in parts
        if lines
    )


def _reads(arm: Arm, *, month: Month) -> bool:
    return arm.asked.reads_subscriber and arm.due_month == month


def _arms(context: Context) -> dict[Arm, Shares]:
    """What the batch may take of the totals that occur; only the event months that have entitlements are looked at."""
    sql.drop_temporary("t_total", "t_share")
    batch, oldest = [context.batch.pk], _oldest(context)
    priced_by = batch if context.weekly else [*context.earlier, *context.later, *batch]
    statement = TOTALS.format(until="" if context.weekly else UNTIL)
    sql.execute(statement, {**context.params, "oldest": oldest, "priced_by": priced_by})
    arms: dict[Arm, Shares] = {}
    for found in sql.fetch_all("SELECT DISTINCT rule_id, event_month, age FROM t_total ORDER BY 1, 2, 3"):
        rule = context.values[found["rule_id"]]
        event_month = Month.of(found["event_month"])
        before = Decimal(0)
        for number, instalment in enumerate(rule.instalments, start=1):
            after = before + instalment.share
            due = event_month + instalment.offset
            if _is_due(context, found["age"], number, due):
                arm = Arm(event_month, found["age"], number, due, instalment.offset > 0, _asked(instalment))
                place = KIND_PLACES[rule.kind] + number
                arms.setdefault(arm, {})[found["rule_id"]] = (before, after, rule.pool_share, place)
            before = after
    return arms


def _write_shares(arms: dict[Arm, Shares]) -> None:
    """What the arms' instalments are worth, into t_share."""
    shares = [
        f"({number}, '{arm.event_month.first}'::date, {arm.age}, {rule}::bigint, {', '.join(map(str, row))})"
        for number, (arm, rows) in enumerate(arms.items())
        for rule, row in rows.items()
    ]
    if shares:
        sql.execute(SHARES.format(shares=", ".join(shares)))


def _oldest(context: Context) -> date:
    """The earliest event month with an instalment that the previous batch left."""
    if context.previous is None:
        return date(1900, 1, 1)
    longest = max((item.offset for rule in context.values.values() for item in rule.instalments), default=0)
    late = sql.fetch_value(
        """SELECT min(earliest)
             FROM unnest(%(batch)s || %(later)s::bigint[]) batch (id)
            CROSS JOIN LATERAL (SELECT min(event_month) AS earliest FROM commissions_entitlement known
                                 WHERE known.batch_id = batch.id) own""",
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


def _asked(instalment: values.Instalment) -> Asked:
    by_test = {condition.test: condition for condition in instalment.conditions}
    months = by_test.get(values.Test.ACTIVE_MONTHS)
    billed = by_test.get(values.Test.MIN_BILLED)
    return Asked(
        reads_subscriber=bool(by_test.keys() & conditions.NEEDS_SUBSCRIBER),
        in_network=values.Test.IN_NETWORK in by_test,
        active=values.Test.ACTIVE in by_test,
        active_months=(months.k or 1) if months else None,
        no_arrears=values.Test.NO_ARREARS in by_test,
        min_billed=billed.value if billed else None,
        fee_kept=values.Test.FEE_KEPT in by_test,
        exclusive=values.Test.EXCLUSIVE in by_test,
        pure_new=values.Test.PURE_NEW in by_test,
    )

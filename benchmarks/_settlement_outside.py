"""What the settlement in pandas and the one in Polars have in common: what they read, which rule fits, what they write.

They settle LAST for all counties at once, from the portal's own tables, for any rules, tiers, places and dates, and
write lines, prices and statements into tables with the same columns, checks and indexes. Large tables are left to
pandas and Polars; here are the queries, and what is few: rules, instalments and combinations of what rules ask for.

They do less than the portal: late records are only counted; clawbacks, adjustments, `active_months`, weekly batches
and the batch's own checks are not written; no other settlement is kept out, and nothing is noted for the next one.

Money is whole fen, a rate ten-thousandths, a date the days since 1970 (a month its first day).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benchmarks._settlement_world import LAST
from commissions.rules import values
from core.periods import Month

EPOCH = date(1970, 1, 1)
RATE = 10_000  # what rates and shares are counted in

LINE_INDEXES = (
    "CREATE UNIQUE INDEX {name}_once ON {name} (record_id, kind, instalment, line_type) WHERE record_id IS NOT NULL",
    "CREATE UNIQUE INDEX {name}_id ON {name} (id)",
    "CREATE INDEX {name}_dealer ON {name} (dealer_id)",
)
LINE_COLUMNS = [
    *("id", "batch_id", "dealer_id", "record_id", "rule_id", "line_type", "kind", "instalment", "due_month", "total"),
    *("amount", "withheld", "pool_amount", "payable", "reason"),
]
PRICE_COLUMNS = [
    *("record_id", "kind", "batch_id", "county_id", "dealer_id", "rule_id", "event_month", "subscriber_no"),
    *("value", "count", "fee", "total"),
]
FIGURES = [
    *("gross", "withheld", "pool", "subsidy", "deduction", "penalty", "clawback", "adjustments", "carried_in"),
    *("net", "paid", "carried_out"),
]
SUMS = ["amount", "withheld", "pool_amount", "payable"]
YUAN = {"total", "fee", *SUMS, *FIGURES}  # fen until they are written
TEXTS = ["business_type", "event_no", "subscriber_no", "tier", "kind", "line_type", "reason"]
PRICED = ["record_id", "kind", "dealer_id", "rule_id", "month_day", "subscriber_no", "fee_fen", "fen", "county_id"]
STATEMENT_COLUMNS = ["number", "batch_id", "dealer_id", "lines", *FIGURES]

SALES = """
SELECT id AS record_id, seller_id AS dealer_id, business_type, product_id, event_date - DATE '1970-01-01' AS day,
       (extract(epoch FROM occurred_at) * 1000000)::bigint AS moment, event_no, subscriber_no,
       coalesce((amount * 100)::bigint, 0) AS amount_fen
  FROM inventory_salesrecord WHERE event_date BETWEEN %(first)s AND %(last)s AND seller_id IS NOT NULL"""
UNITS = """
SELECT span.dealer_id, span.valid_from - DATE '1970-01-01' AS from_day, span.org_unit_id AS unit_id, unit.county_id
  FROM dealers_dealerunit span JOIN accounts_orgunit unit ON unit.id = span.org_unit_id"""
TIERS = "SELECT dealer_id, valid_from - DATE '1970-01-01' AS from_day, tier FROM dealers_dealertier"
CLOSED = """
SELECT dealer_id, from_date - DATE '1970-01-01' AS from_day,
       coalesce(until_date - DATE '1970-01-01', 1000000) AS until_day
  FROM dealers_closed_span"""
FALSE_SALES = "SELECT record_id FROM inventory_falsesale"
SUSPECTS = "SELECT record_id FROM inventory_reentrysuspect WHERE is_open"
# What earlier months have priced and may be due now.
KNOWN = """
SELECT record_id, kind, dealer_id, rule_id, event_month - DATE '1970-01-01' AS month_day, subscriber_no,
       (fee * 100)::integer AS fee_fen, (total * 100)::integer AS fen, county_id
  FROM commissions_entitlement WHERE event_month >= %(oldest)s AND event_month < %(first)s"""
SUBSCRIBERS = "SELECT subscriber_no, {columns} FROM inventory_subscribermonth WHERE month = %(month)s"
# By condition: 1 where the subscriber's month meets it; `billed` is in fen.
SUBSCRIBER_FIGURES = {
    "in_network": "in_network::integer AS is_in_network",
    "active": """(coalesce(call_minutes, 0) >= %(min_minutes)s OR coalesce(data_mb, 0) >= %(min_mb)s)::integer
                 AS is_active""",
    "no_arrears": "(coalesce(arrears, 0) = 0)::integer AS is_no_arrears",
    "billed": "(coalesce(billed_amount, 0) * 100)::bigint AS billed",
}
OF_SUBSCRIBER = ("in_network", "active", "no_arrears")
# What stands beside the records, per dealer: yuan, or a rate of the dealer's gross.
BESIDE = """
SELECT dealer_id, 'subsidy' AS line_type, (round(monthly_amount * days / %(month_days)s, 2) * 100)::bigint AS fen,
       0 AS rate, to_char(valid_from, 'YYYY-MM-DD') AS reason
  FROM (SELECT subsidy.dealer_id, subsidy.monthly_amount, subsidy.valid_from,
               (SELECT coalesce(sum(upper(span) - lower(span)), 0)
                  FROM unnest(datemultirange(daterange(greatest(subsidy.valid_from, %(first)s),
                                                       least(subsidy.valid_to, %(last)s), '[]'))
                              - coalesce(closed.spans, '{}'::datemultirange)) span) AS days
          FROM commissions_subsidy subsidy
          LEFT JOIN dealers_assessmentscore score ON score.dealer_id = subsidy.dealer_id AND score.month = %(first)s
          LEFT JOIN (SELECT dealer_id, range_agg(daterange(from_date, until_date)) AS spans
                       FROM dealers_closed_span GROUP BY dealer_id) closed ON closed.dealer_id = subsidy.dealer_id
         WHERE subsidy.valid_from <= %(last)s AND (subsidy.valid_to IS NULL OR subsidy.valid_to >= %(first)s)
           AND (subsidy.min_score IS NULL OR score.score IS NULL OR score.score >= subsidy.min_score)) due
UNION ALL
SELECT score.dealer_id, 'deduction', 0, ((1 - band.coefficient) * 10000)::integer, trim_scale(score.score)::text
  FROM dealers_assessmentscore score
  JOIN LATERAL (SELECT coefficient FROM unnest(%(band_from)s::numeric[], %(band_keeps)s::numeric[])
                                        AS band (least, coefficient)
                 WHERE score.score >= band.least ORDER BY band.least DESC LIMIT 1) band ON true
 WHERE score.month = %(first)s
UNION ALL
SELECT violation.dealer_id, 'penalty', 0, (type.multiplier * 10000)::integer, violation.reference
  FROM audits_violation violation JOIN audits_violationtype type ON type.code = violation.type_id AND multiplier > 0
 WHERE violation.occurred_on BETWEEN %(first)s AND %(last)s"""
CARRIES = """
SELECT statement.dealer_id, (sum(statement.carried_out) * 100)::bigint AS fen
  FROM commissions_statement statement
  JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id AND batch.state <> 'void'
 WHERE statement.carried_out < 0 AND batch.month < %(first)s
   AND NOT EXISTS (SELECT FROM commissions_carry carry WHERE carry.source_id = statement.id
                                                         AND carry.target_id NOT IN (
                   SELECT id FROM commissions_statement WHERE batch_id = ANY(%(batches)s)))
 GROUP BY statement.dealer_id"""


@dataclass(frozen=True)
class Settings:
    """What is few: the batches and counties, the rules, and the parameters of the queries."""

    batches: dict[int, int]  # by county
    numbers: dict[int, str]  # by batch
    rules: dict[int, values.Rule]
    params: dict[str, Any]
    own_reader: bool = False  # pandas reads by its own `read_sql_query` instead of COPY

    @classmethod
    def read(cls) -> Settings:
        """As the portal has them; fails if records of settled months have come in late."""
        from constance import config

        from accounts.models import OrgUnit
        from commissions.models import SettlementBatch
        from commissions.queries.policies import live_rules, rule_value
        from commissions.services.bands import read_bands

        batches = list(SettlementBatch.objects.filter(kind="monthly", month=LAST.first).exclude(state="void"))
        city = OrgUnit.objects.get(level="city")
        rules = {rule.pk: rule_value(rule) for rule in live_rules(path=city.path, until=LAST.last)}
        longest = max(item.offset for rule in rules.values() for item in rule.instalments)
        bands = read_bands(config.DEDUCTION_BANDS)
        _no_late_records()
        return cls(
            {batch.county_id: batch.pk for batch in batches},
            {batch.pk: batch.number for batch in batches},
            rules,
            {
                "first": LAST.first,
                "last": LAST.last,
                "month_days": LAST.days,
                "oldest": (LAST + -longest).first,
                "batches": [batch.pk for batch in batches],
                "min_minutes": config.ACTIVE_CALL_MINUTES,
                "min_mb": config.ACTIVE_DATA_MB,
                "band_from": [band.least for band in bands],
                "band_keeps": [band.coefficient for band in bands],
            },
        )

    @property
    def edges(self) -> list[int]:
        """The days on which the rules in force change."""
        starts = {rule.effective_from for rule in self.rules.values()}
        ends = {rule.effective_to for rule in self.rules.values() if rule.effective_to}
        return sorted({days(start) for start in starts} | {days(end) + 1 for end in ends})

    def prices(self, combinations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The rule of each kind for every combination of business, product, tier, unit and rules in force (`day`)."""
        from accounts.models import OrgUnit
        from commissions.rules import resolution
        from inventory.models import Product

        products = Product.objects.in_bulk()
        units = {unit.pk: unit for unit in OrgUnit.objects.select_related("county", "city")}
        ids = {rule.code: pk for pk, rule in self.rules.items()}
        found = []
        for one in combinations:
            product, unit = products[one["product_id"]], units[one["unit_id"]]
            facts = resolution.Facts(
                business_type=one["business_type"],
                product=product.code,
                family=product.family,
                tier=one["tier"],
                place=resolution.Place(
                    tuple(reversed(unit.path.strip("/").split("/"))),
                    unit.county.code if unit.county else None,
                    unit.city.code if unit.city else None,
                ),
                on=as_date(one["day"]),
            )
            fee = product.monthly_fee
            for kind, rule in resolution.resolve_kinds(self.rules.values(), facts).items():
                of_amount = rule.basis == values.Basis.PERCENT_OF_AMOUNT
                if rule.basis == values.Basis.PERCENT_OF_FEE and fee is None:
                    continue
                found.append(
                    {
                        **{name: one[name] for name in COMBINATION},
                        "kind": kind.value,
                        "rule_id": ids[rule.code],
                        "of_amount": of_amount,
                        "basis_fen": 100 if rule.basis == values.Basis.FIXED or of_amount else fen(fee),
                        "rate": rated(rule.value) if rule.value is not None else 0,
                        "bracketed": bool(rule.brackets),
                        "fee_fen": None if fee is None else fen(fee),
                    }
                )
        return found

    def brackets(self) -> dict[int, tuple[list[int], list[int]]]:
        """By rule: the counts from which the brackets begin, and their rates."""
        return {
            pk: ([item.start for item in rule.brackets], [rated(item.value) for item in rule.brackets])
            for pk, rule in self.rules.items()
            if rule.brackets
        }

    @property
    def marginal(self) -> list[int]:
        """The rules that count up to the record itself."""
        return [pk for pk, rule in self.rules.items() if rule.bracket_mode == values.BracketMode.MARGINAL]

    def instalments(self, *, fresh: set[int], known: set[int]) -> list[dict[str, Any]]:
        """What is due by LAST: of the months priced now, and of those whose earlier instalments are settled."""
        months = [*((True, day) for day in fresh), *((False, day) for day in known)]
        return [
            {"rule_id": pk, "fresh": is_fresh, "month_day": day, "pool": rated(rule.pool_share), **one}
            for pk, rule in self.rules.items()
            for is_fresh, day in months
            for one in _schedule(rule, Month.of(as_date(day)))
            if one["due_day"] == days(LAST.first) or (is_fresh and one["due_day"] < days(LAST.first))
        ]


COMBINATION = ["business_type", "product_id", "tier", "unit_id", "segment"]


def _schedule(rule: values.Rule, event_month: Month) -> list[dict[str, Any]]:
    """The rule's instalments for events of a month: when they are due, their shares and what they ask."""
    found, before = [], Decimal(0)
    for number, item in enumerate(rule.instalments, start=1):
        after = before + item.share
        found.append(
            {
                "instalment": number,
                "place": (list(values.Kind).index(rule.kind) << 16) + number,
                "due_day": days((event_month + item.offset).first),
                "later": item.offset > 0,
                "before": rated(before),
                "after": rated(after),
                **_asked(item),
            }
        )
        before = after
    return found


def _asked(item: values.Instalment) -> dict[str, Any]:
    asked = {condition.test.value: condition for condition in item.conditions}
    assert "active_months" not in asked, "the settlements outside the database know no active_months"
    billed = asked.get("min_billed")
    return {
        **{name: name in asked for name in ("in_network", "active", "no_arrears", "fee_kept", "exclusive", "pure_new")},
        "min_billed": fen(billed.value) if billed else -1,
    }


def figures_asked(instalments: list[dict[str, Any]]) -> dict[int, list[str]]:
    """By due month: which figures of the subscribers its instalments read."""
    found: dict[int, set[str]] = {}
    for one in instalments:
        names = {name for name in OF_SUBSCRIBER if one[name]}
        names |= {"billed"} if one["fee_kept"] or one["min_billed"] >= 0 else set()
        if names:
            found.setdefault(one["due_day"], set()).update(names)
    return {day: sorted(names) for day, names in found.items()}


def subscribers(names: list[str]) -> str:
    """The query of these figures for one month."""
    return SUBSCRIBERS.format(columns=", ".join(SUBSCRIBER_FIGURES[name] for name in names))


def as_date(day: int) -> date:
    """The date of so many days since EPOCH."""
    return EPOCH + timedelta(days=day)


def last_day(first: int) -> int:
    """The last day of the month that begins on that day."""
    return days(Month.of(as_date(first)).last)


def days(on: date) -> int:
    return (on - EPOCH).days


def fen(amount: Decimal) -> int:
    return int(amount * 100)


def rated(share: Decimal) -> int:
    return int(share * RATE)


def _no_late_records() -> None:
    """The months before LAST hold as many records as the batches before noted."""
    from commissions.models import SettlementBatch
    from core import sql

    noted = 0
    for batch in SettlementBatch.objects.filter(kind="monthly", month=(LAST + -1).first).exclude(state="void"):
        noted += sum(count for month, count in batch.inputs["months"].items() if Month.parse(month) < LAST)
    there = sql.fetch_value(
        "SELECT count(*) FROM inventory_salesrecord WHERE event_date < %s AND seller_id IS NOT NULL", [LAST.first]
    )
    assert there == noted, f"{there} records of settled months, {noted} noted"


def read(query: str, params: Mapping[str, Any]) -> io.BytesIO:
    """A query's rows as CSV with a header: the fastest way out of PostgreSQL for both."""
    from django.db import connection

    with connection.cursor() as cursor:
        text = cursor.mogrify(query, params).decode()
        data = io.BytesIO()
        cursor.cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)", data)
    data.seek(0)
    return data


def write(table: str, columns: list[str], data: io.BytesIO, *, texts: str = "") -> None:
    """CSV without a header into `table`; an empty field is NULL but in the columns `texts`."""
    from django.db import connection

    data.seek(0)
    option = f", FORCE_NOT_NULL ({texts})" if texts else ""
    with connection.cursor() as cursor:
        names = ", ".join(columns)
        cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT csv{option})", data)


def lines_table(name: str, *, indexed: bool) -> None:
    """An empty table with the columns and checks of the lines, and perhaps their indexes."""
    from core import sql

    sql.execute(f"DROP TABLE IF EXISTS {name}")
    sql.execute(f"CREATE TABLE {name} (LIKE commissions_commissionline INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    if indexed:
        index(name)


def index(name: str) -> None:
    """The indexes of the lines."""
    from core import sql

    for statement in LINE_INDEXES:
        sql.execute(statement.format(name=name))


# Prices and statements go where those of the months before stand already, with the keys and indexes of the real ones.
PRICES, STATEMENTS = "bench_entitlement", "bench_statement"


def keep_history() -> None:
    """Tables of the prices and statements of the months before LAST."""
    from core import sql

    before = "batch_id IN (SELECT id FROM commissions_settlementbatch WHERE month < %s) ORDER BY batch_id"
    for table, real in ((PRICES, "commissions_entitlement"), (STATEMENTS, "commissions_statement")):
        sql.execute(f"DROP TABLE IF EXISTS {table}")
        sql.execute(f"CREATE TABLE {table} (LIKE {real} INCLUDING ALL)")
        sql.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {real} WHERE {before}", [LAST.first])
    sql.execute(
        f"""SELECT setval(pg_get_serial_sequence('{STATEMENTS}', 'id'),
                          (SELECT coalesce(max(id), 1) FROM {STATEMENTS}))"""
    )
    forget_last_month()


def forget_last_month() -> None:
    """As if LAST had never been priced there."""
    from core import sql

    for table in (PRICES, STATEMENTS):
        sql.execute(
            f"DELETE FROM {table} WHERE batch_id NOT IN (SELECT id FROM commissions_settlementbatch WHERE month < %s)",
            [LAST.first],
        )
        sql.execute(f"VACUUM ANALYZE {table}")
    sql.execute("CHECKPOINT")


def check(lines: str) -> None:
    """Fails unless what stands in `lines`, PRICES and STATEMENTS is what the portal has for LAST, row by row."""
    from core import sql

    live = "(SELECT id FROM commissions_settlementbatch WHERE month = %(first)s AND state = 'calculated')"
    for table, real, columns in (
        (lines, "commissions_commissionline", LINE_COLUMNS),
        (PRICES, "commissions_entitlement", PRICE_COLUMNS),
        (STATEMENTS, "commissions_statement", STATEMENT_COLUMNS),
    ):
        names = ", ".join(columns)
        ours = f"SELECT {names} FROM {real} WHERE batch_id IN {live}"
        theirs = f"SELECT {names} FROM {table} WHERE batch_id IN {live}"
        for one, other in ((ours, theirs), (theirs, ours)):
            wrong = sql.fetch_all(f"({one}) EXCEPT ALL ({other}) LIMIT 3", {"first": LAST.first})
            assert not wrong, f"{table} differs from {real}: {wrong}"

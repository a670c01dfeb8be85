"""The files that others build on: lines.csv, statements.csv and the pool ledger.

UTF-8 without BOM, amounts with two decimals, sorted by the columns as they read; see
docs/data-contracts.md, "Files out". `user` limits the rows to his scope (None: all).
Rows are streamed by the database, so memory does not grow with them.
"""

from collections.abc import Iterable
from typing import IO, Any

from django.db import connection, transaction

from commissions.models import PoolRound, SettlementBatch
from dealers.models import Dealer

LINES = """
SELECT * FROM (
SELECT dealer.code AS dealer_code, coalesce(sale.event_no, '') AS event_no, line.kind,
       coalesce(line.instalment::text, '') AS instalment, line.line_type, coalesce(rule.code, '') AS rule_code,
       to_char(line.due_month, 'YYYY-MM') AS due_month, coalesce(line.total::text, '') AS total,
       line.amount::text AS amount, line.withheld::text AS withheld, line.reason,
       line.pool_amount::text AS pool_amount, line.payable::text AS payable, batch.number AS batch
  FROM commissions_commissionline line
  JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
  JOIN dealers_dealer dealer ON dealer.id = line.dealer_id
  LEFT JOIN inventory_salesrecord sale ON sale.id = line.record_id
  LEFT JOIN commissions_commissionrule rule ON rule.id = line.rule_id
 WHERE line.batch_id = ANY(%(batches)s::bigint[])) row
 ORDER BY {columns}
"""
LINE_COLUMNS = [
    "dealer_code",
    "event_no",
    "kind",
    "instalment",
    "line_type",
    "rule_code",
    "due_month",
    "total",
    "amount",
    "withheld",
    "reason",
    "pool_amount",
    "payable",
    "batch",
]

STATEMENTS = """
SELECT * FROM (
SELECT dealer.code AS dealer_code, statement.number, statement.gross::text, statement.withheld::text,
       statement.pool::text, statement.subsidy::text, statement.deduction::text, statement.penalty::text,
       statement.clawback::text, statement.adjustments::text, statement.carried_in::text, statement.net::text,
       statement.paid::text, statement.carried_out::text, batch.number AS batch
  FROM commissions_statement statement
  JOIN commissions_settlementbatch batch ON batch.id = statement.batch_id
  JOIN dealers_dealer dealer ON dealer.id = statement.dealer_id
 WHERE statement.batch_id = ANY(%(batches)s::bigint[])) row
 ORDER BY {columns}
"""
STATEMENT_COLUMNS = [
    "dealer_code",
    "number",
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
    "batch",
]

POOL = """
SELECT dealer.code AS dealer_code, to_char(entry.month, 'YYYY-MM') AS month, entry.entry, entry.amount::text,
       entry.balance::text, entry.source
  FROM commissions_poolentry entry JOIN dealers_dealer dealer ON dealer.id = entry.dealer_id
 WHERE dealer.id = ANY(%(dealers)s::bigint[])
 ORDER BY dealer.code COLLATE "C", entry.id
"""

ROUND = """
SELECT * FROM (
SELECT dealer.code AS dealer_code, part.basis::text, part.idle_months::text, trim_scale(part.factor)::text AS factor,
       trim_scale(part.ratio)::text AS ratio, part.payout::text, part.forfeit::text, nullif(part.reason, '') AS reason
  FROM commissions_poolroundrow part
  JOIN commissions_poolround round ON round.id = part.round_id
  JOIN dealers_dealer dealer ON dealer.id = part.dealer_id
 WHERE round.id = ANY(%(rounds)s::bigint[])) row
 ORDER BY {columns}
"""
ROUND_COLUMNS = ["dealer_code", "basis", "idle_months", "factor", "ratio", "payout", "forfeit", "reason"]


def write_lines(*, period: str, out: IO[bytes], user: Any = None) -> None:
    """lines.csv of the period's live batches."""
    _copy(LINES.format(columns=_order(LINE_COLUMNS)), {"batches": _batches(period, user)}, out)


def write_statements(*, period: str, out: IO[bytes], user: Any = None) -> None:
    """statements.csv of the period's live batches."""
    _copy(STATEMENTS.format(columns=_order(STATEMENT_COLUMNS)), {"batches": _batches(period, user)}, out)


def write_pool(*, out: IO[bytes], dealers: Iterable[str] | None = None, user: Any = None) -> None:
    """The whole pool ledger, or that of the dealers with these codes, as posted."""
    rows = Dealer.objects.visible_to(user) if user is not None else Dealer.objects.all()
    if dealers is not None:
        rows = rows.filter(code__in=list(dealers))
    _copy(POOL, {"dealers": list(rows.values_list("pk", flat=True))}, out)


def write_round(*, period: str, out: IO[bytes], user: Any = None) -> None:
    """The dealers of a period's payout rounds, of all counties in the user's scope."""
    rows = PoolRound.objects.visible_to(user) if user is not None else PoolRound.objects.all()
    rounds = list(rows.filter(period=period).values_list("pk", flat=True))
    _copy(ROUND.format(columns=_order(ROUND_COLUMNS)), {"rounds": rounds}, out)


def _batches(period: str, user: Any) -> list[int]:
    rows = SettlementBatch.objects.visible_to(user) if user is not None else SettlementBatch.objects.all()
    return list(rows.filter(period=period).exclude(state="void").values_list("pk", flat=True))


def _order(columns: list[str]) -> str:
    return ", ".join(f'{name}::text COLLATE "C"' for name in columns)


def _copy(query: str, params: dict[str, Any], out: IO[bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        statement = cursor.mogrify(query, params).decode()
        cursor.cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)", out)

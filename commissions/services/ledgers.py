"""Check every invariant of the money, from the stored rows alone.

See docs/commissions.md, "Invariants". Each check names what it found broken; an empty
list means that the books hold.
"""

from typing import Any

from commissions.models import SettlementBatch
from commissions.queries.batch_facts import content_hash
from commissions.services import ledgers_budgets
from commissions.states import FROZEN
from core import sql

# Each statement returns one text per broken thing. They look at one live batch at a time,
# so that only its partition of the lines is read.
BATCH_CHECKS = {
    "line_adds_up": """
        SELECT 'line ' || id FROM commissions_commissionline
         WHERE batch_id = %(batch)s AND amount <> pool_amount + payable""",
    "statement_equals_lines": """
        SELECT 'statement ' || coalesce(statement.number, 'missing for dealer ' || lines.dealer_id)
          FROM (SELECT dealer_id,
                       sum(amount) FILTER (WHERE line_type = 'record') AS gross,
                       sum(withheld) AS withheld,
                       sum(pool_amount) FILTER (WHERE line_type = 'record') AS pool,
                       sum(amount) FILTER (WHERE line_type = 'subsidy') AS subsidy,
                       -sum(amount) FILTER (WHERE line_type = 'deduction') AS deduction,
                       -sum(amount) FILTER (WHERE line_type = 'penalty') AS penalty,
                       -sum(payable) FILTER (WHERE line_type = 'clawback') AS clawback,
                       sum(amount) FILTER (WHERE line_type = 'adjustment') AS adjustments
                  FROM commissions_commissionline WHERE batch_id = %(batch)s GROUP BY dealer_id) lines
          FULL JOIN (SELECT * FROM commissions_statement WHERE batch_id = %(batch)s) statement USING (dealer_id)
         WHERE (coalesce(lines.gross, 0), coalesce(lines.withheld, 0), coalesce(lines.pool, 0),
                coalesce(lines.subsidy, 0), coalesce(lines.deduction, 0), coalesce(lines.penalty, 0),
                coalesce(lines.clawback, 0), coalesce(lines.adjustments, 0))
               IS DISTINCT FROM (statement.gross, statement.withheld, statement.pool, statement.subsidy,
                statement.deduction, statement.penalty, statement.clawback, statement.adjustments)""",
    "statement_adds_up": """
        SELECT 'statement ' || number FROM commissions_statement
         WHERE batch_id = %(batch)s
           AND (net <> gross - pool + subsidy - deduction - penalty - clawback + adjustments + carried_in
                OR paid <> greatest(net, 0) OR carried_out <> least(net, 0))""",
    "carried_in_once": """
        SELECT 'statement ' || target.number
          FROM commissions_statement target
          LEFT JOIN (SELECT carry.target_id, sum(source.carried_out) AS amount
                       FROM commissions_carry carry JOIN commissions_statement source ON source.id = carry.source_id
                      GROUP BY carry.target_id) carried ON carried.target_id = target.id
         WHERE target.batch_id = %(batch)s AND target.carried_in <> coalesce(carried.amount, 0)""",
    "batch_equals_statements": """
        SELECT 'batch ' || batch.number
          FROM commissions_settlementbatch batch
          LEFT JOIN LATERAL (SELECT coalesce(sum(gross), 0) AS gross, coalesce(sum(withheld), 0) AS withheld,
                                    coalesce(sum(pool), 0) AS pool, coalesce(sum(net), 0) AS net,
                                    coalesce(sum(paid), 0) AS paid, coalesce(sum(lines), 0) AS lines
                               FROM commissions_statement WHERE batch_id = batch.id) sums ON true
         WHERE batch.id = %(batch)s
           AND (batch.gross, batch.withheld, batch.pool, batch.net, batch.paid, batch.lines)
               IS DISTINCT FROM (sums.gross, sums.withheld, sums.pool, sums.net, sums.paid, sums.lines)""",
    "not_due_yet": """
        SELECT 'line ' || line.id FROM commissions_commissionline line
          JOIN commissions_settlementbatch batch ON batch.id = line.batch_id
         WHERE line.batch_id = %(batch)s AND line.line_type = 'record' AND line.due_month > batch.month""",
    "accruals_equal_pool": """
        SELECT 'batch ' || batch.number
          FROM commissions_settlementbatch batch
         WHERE batch.id = %(batch)s AND batch.state IN ('approved', 'paying', 'paid')
           AND (batch.pool <> (SELECT coalesce(sum(amount), 0) FROM commissions_poolentry
                                WHERE batch_id = batch.id AND entry = 'accrual')
                OR (SELECT coalesce(sum(pool_amount), 0) FROM commissions_commissionline
                     WHERE batch_id = %(batch)s AND line_type = 'clawback')
                   <> (SELECT coalesce(sum(amount), 0) FROM commissions_poolentry
                        WHERE batch_id = batch.id AND entry = 'clawback'))""",
    "paid_not_more": """
        SELECT 'statement ' || statement.number
          FROM commissions_statement statement
          JOIN (SELECT statement_id, sum(amount) AS amount FROM commissions_payment
                 WHERE state IN ('issued', 'ok') GROUP BY statement_id) payment ON payment.statement_id = statement.id
         WHERE statement.batch_id = %(batch)s AND payment.amount > statement.paid""",
    **ledgers_budgets.BATCH_CHECKS,
}

# Over all live batches of a county at once: what is settled when.
COUNTY_CHECKS = {
    "settled_once": """
        SELECT 'record ' || record_id || ' ' || kind || ' ' || instalment FROM commissions_commissionline
         WHERE batch_id = ANY(%(batches)s::bigint[]) AND line_type = 'record'
         GROUP BY record_id, kind, instalment HAVING count(*) > 1""",
    "totals_hold": """
        SELECT 'record ' || known.record_id || ' ' || known.kind
          FROM commissions_entitlement known
          JOIN (SELECT record_id, kind, count(*) AS settled, sum(amount + withheld) AS given,
                       min(total) AS least, max(total) AS most
                  FROM commissions_commissionline
                 WHERE batch_id = ANY(%(batches)s::bigint[]) AND line_type = 'record'
                 GROUP BY record_id, kind) lines USING (record_id, kind)
          JOIN commissions_commissionrule rule ON rule.id = known.rule_id
          CROSS JOIN LATERAL (
               SELECT sum((item ->> 'share')::numeric) AS share
                 FROM jsonb_array_elements(rule.instalments) WITH ORDINALITY AS part (item, place)
                WHERE place <= lines.settled) due
         WHERE known.county_id = %(county)s
           AND (lines.given <> round(known.total * due.share, 2)
                OR lines.least <> known.total OR lines.most <> known.total)""",
    "lines_entitled": """
        SELECT 'line ' || line.id FROM commissions_commissionline line
         WHERE line.batch_id = ANY(%(batches)s::bigint[]) AND line.line_type = 'record'
           AND NOT EXISTS (SELECT FROM commissions_entitlement known WHERE known.record_id = line.record_id
                              AND known.kind = line.kind AND known.rule_id = line.rule_id)""",
}

LEDGER_CHECKS = {
    "pool_balance": """
        SELECT 'dealer ' || coalesce(account.dealer_id, entries.dealer_id)
          FROM commissions_poolaccount account
          FULL JOIN (SELECT dealer_id, sum(amount) AS amount FROM commissions_poolentry GROUP BY dealer_id) entries
               USING (dealer_id)
         WHERE account.balance IS DISTINCT FROM entries.amount OR account.balance < 0""",
    "pool_running_balance": """
        SELECT 'entry ' || id FROM (SELECT id, balance, sum(amount) OVER (PARTITION BY dealer_id ORDER BY id) AS sum
                                      FROM commissions_poolentry) entry WHERE balance <> sum OR balance < 0""",
}


def verify() -> dict[str, Any]:
    """{"checked": {check: how many things it looked at}, "broken": [{"check", "what"}]}."""
    broken: list[dict[str, str]] = []
    checked: dict[str, int] = {}

    def look(check: str, query: str, params: dict[str, Any]) -> None:
        checked[check] = checked.get(check, 0) + 1
        rows = sql.fetch_all(f"SELECT what FROM ({query}) found (what) ORDER BY 1 LIMIT 100", params)  # noqa: S608
        broken.extend({"check": check, "what": row["what"]} for row in rows)

    live = list(SettlementBatch.objects.exclude(state="void").exclude(lines_at=None).order_by("id"))
    for batch in live:
        for check, query in BATCH_CHECKS.items():
            look(check, query, {"batch": batch.pk})
        if batch.state in FROZEN:
            checked["hash"] = checked.get("hash", 0) + 1
            if content_hash(batch) != batch.content_hash:
                broken.append({"check": "hash", "what": f"batch {batch.number}"})
    for county in sorted({batch.county_id for batch in live}):
        batches = [batch.pk for batch in live if batch.county_id == county]
        for check, query in COUNTY_CHECKS.items():
            look(check, query, {"county": county, "batches": batches})
    for check, query in LEDGER_CHECKS.items():
        look(check, query, {})
    return {"checked": checked, "broken": broken}

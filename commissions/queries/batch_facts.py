"""Facts about one batch: what came in since it was calculated, and its content hash."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions.models import SettlementBatch
from commissions.queries import versions
from commissions.queries.places import EVER_ELSEWHERE, EVER_HERE, SAID
from core import sql
from core.models import LedgerCheck
from core.periods import Month

LABELS = {
    "violations": _("violations"),
    "false_sales": _("false sales"),
    "scores": _("assessment scores"),
    "adjustments": _("adjustments"),
    "late_records": _("late sales records"),
    "other_county": _("lines of another county"),
    "other_batches": _("other batches of the month"),
}

# What other batches of the month bring into the gross of the county's dealers. No moments are compared: of two
# calculations side by side neither sees the other, whichever began first.
OTHERS = """
SELECT statement.batch_id,
       md5(string_agg(statement.dealer_id || ' ' || statement.gross, ',' ORDER BY dealer_id)) AS digest
  FROM commissions_statement statement
  JOIN commissions_settlementbatch other ON other.id = statement.batch_id
 WHERE other.month = %(month)s AND other.state <> 'void' AND other.id <> %(batch)s
   AND statement.gross <> 0 AND statement.dealer_id IN (SELECT dealer_id FROM {home})
 GROUP BY statement.batch_id"""

# Each counts what a calculation now would see and the batch has not.
NEWS = {
    "violations": """
        SELECT count(*) FROM audits_violation violation
         WHERE violation.dealer_id IN (SELECT dealer_id FROM t_news_home)
           AND violation.occurred_on <= %(last_day)s AND violation.entered_at > %(calculated_at)s""",
    "false_sales": """
        SELECT count(*) FROM inventory_falsesale false_sale
          JOIN inventory_salesrecord sale ON sale.id = false_sale.record_id
         WHERE (sale.seller_id IN (SELECT dealer_id FROM t_news_home)
                OR EXISTS (SELECT FROM commissions_entitlement known
                            WHERE known.record_id = sale.id AND known.county_id = %(county)s))
           AND sale.event_date <= %(last_day)s AND false_sale.entered_at > %(calculated_at)s""",
    "scores": """
        SELECT count(DISTINCT event.dealer_id) FROM dealers_assessmentscoreevent event
         WHERE event.dealer_id IN (SELECT dealer_id FROM t_news_home)
           AND event.month <= %(month)s AND event.pgh_created_at > %(calculated_at)s""",
    "adjustments": """
        SELECT count(*) FROM commissions_adjustment adjustment
         WHERE adjustment.dealer_id IN (SELECT dealer_id FROM t_news_home) AND adjustment.state = 'approved'
           AND adjustment.month <= %(month)s AND adjustment.approved_at > %(calculated_at)s""",
    "late_records": """
        WITH unseen AS MATERIALIZED (
            SELECT sale.seller_id, sale.event_date
              FROM (SELECT DISTINCT dealer_id FROM ({sellers}) possible) seller
             CROSS JOIN LATERAL (SELECT id, seller_id, event_date FROM inventory_salesrecord sold
                                  WHERE sold.seller_id = seller.dealer_id AND sold.event_date <= %(last_day)s
                                 OFFSET 0) sale
             WHERE NOT EXISTS (SELECT FROM commissions_entitlement known WHERE known.record_id = sale.id)
               AND NOT EXISTS (SELECT FROM commissions_unpricedrecord unpriced
                                WHERE unpriced.batch_id = %(batch)s AND unpriced.record_id = sale.id))
        SELECT count(*) FROM unseen
          JOIN LATERAL (SELECT org_unit_id FROM dealers_dealerunit span
                         WHERE span.dealer_id = unseen.seller_id AND span.valid_from <= unseen.event_date
                         ORDER BY valid_from DESC LIMIT 1) span ON true
          JOIN accounts_orgunit unit ON unit.id = span.org_unit_id AND unit.county_id = %(county)s""",
    "other_batches": f"""
        SELECT count(*)
          FROM ({OTHERS.format(home="t_news_home")}) present
          FULL JOIN (SELECT seen.*
                       FROM commissions_settlementbatch batch, jsonb_each_text(batch.inputs -> 'others') seen
                      WHERE batch.id = %(batch)s) seen ON seen.key = present.batch_id::text
         WHERE seen.value IS DISTINCT FROM present.digest""",  # noqa: S608 - constants
    "other_county": """
        SELECT count(*) FROM (
            SELECT known.dealer_id
              FROM inventory_salesrecord sale
              JOIN commissions_entitlement known ON known.record_id = sale.id
             WHERE sale.seller_id IN (SELECT dealer_id FROM t_news_moved) AND sale.event_date >= %(may_be_due)s
               AND known.county_id <> %(county)s
               AND NOT EXISTS (SELECT FROM commissions_settlementbatch other
                                WHERE other.county_id = known.county_id AND other.month = %(month)s
                                  AND other.kind = 'monthly' AND other.state <> 'void' AND other.lines_at IS NOT NULL)
            UNION
            SELECT sale.seller_id
              FROM inventory_salesrecord sale
              JOIN dealers_dealerunit span ON span.dealer_id = sale.seller_id AND span.valid_from <= sale.event_date
               AND NOT EXISTS (SELECT FROM dealers_dealerunit newer WHERE newer.dealer_id = span.dealer_id
                                  AND newer.valid_from > span.valid_from AND newer.valid_from <= sale.event_date)
              JOIN accounts_orgunit unit ON unit.id = span.org_unit_id AND unit.county_id <> %(county)s
             WHERE sale.seller_id IN (SELECT dealer_id FROM t_news_moved)
               AND sale.event_date BETWEEN %(month)s AND %(last_day)s
               AND NOT EXISTS (SELECT FROM commissions_settlementbatch other
                                WHERE other.county_id = unit.county_id AND other.month = %(month)s
                                  AND other.kind = 'monthly' AND other.state <> 'void' AND other.lines_at IS NOT NULL)
        ) missing""",
}

# Of these a record may be there that another county had priced and has given up, whatever else stayed the same.
MOVED_HERE = f"{EVER_HERE} AND seen.dealer_id IN ({EVER_ELSEWHERE})"

# Whether a late record of other dealers is possible at all, which is much quicker to say than which: the records of the
# county's dealers in each month, and whether a batch was voided since.
MONTHS = f"""
SELECT to_char(sale.event_date, 'YYYY-MM') AS month, count(*) AS records
  FROM (SELECT DISTINCT dealer_id FROM ({EVER_HERE}) ever) dealer
  JOIN inventory_salesrecord sale ON sale.seller_id = dealer.dealer_id AND sale.event_date <= %(last_day)s
 GROUP BY 1"""  # noqa: S608 - constants
VOIDED = """
SELECT EXISTS (SELECT FROM core_transition
                WHERE subject_type = 'commissions.settlementbatch' AND after = 'void' AND at > %(calculated_at)s)"""

# The county's dealers, and those of them that have, or were once said to have, belonged to another county.
HOME = """
CREATE TEMP TABLE t_news_home ON COMMIT DROP AS
SELECT span.dealer_id
  FROM (SELECT DISTINCT ON (dealer_id) dealer_id, org_unit_id FROM dealers_dealerunit
         WHERE valid_from <= %(month_last)s ORDER BY dealer_id, valid_from DESC) span
  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id WHERE unit.county_id = %(county)s;
CREATE TEMP TABLE t_news_moved ON COMMIT DROP AS
SELECT dealer_id FROM t_news_home WHERE dealer_id IN ({elsewhere});
"""


RECORDS = """
SELECT count(*) FROM inventory_salesrecord sale
  JOIN LATERAL (SELECT org_unit_id FROM dealers_dealerunit span
                 WHERE span.dealer_id = sale.seller_id AND span.valid_from <= sale.event_date
                 ORDER BY valid_from DESC LIMIT 1) span ON true
  JOIN accounts_orgunit unit ON unit.id = span.org_unit_id AND unit.county_id = %(county)s
 WHERE sale.event_date BETWEEN %(first_day)s AND %(last_day)s
"""


def count_records(batch: SettlementBatch) -> int:
    """The sales records of a weekly batch's week and county; 0 for a monthly one, which lists them all."""
    if batch.kind != "weekly":
        return 0
    days = {"county": batch.county_id, "first_day": batch.first_day, "last_day": batch.last_day}
    return sql.fetch_value(RECORDS, days)


# The live batches of the counties to which the dealers ever belonged, and the last step of each.
BESIDE = f"""
SELECT other.id, (SELECT max(step.id) FROM core_transition step
                   WHERE step.subject_type = 'commissions.settlementbatch' AND step.subject_id = other.id) AS step
  FROM commissions_settlementbatch other
 WHERE other.state <> 'void' AND other.lines_at IS NOT NULL AND other.id <> %(batch)s
   AND (other.county_id = %(county)s
        OR other.county_id IN (SELECT place.county_id FROM {SAID}
                                WHERE said.dealer_id IN (SELECT dealer_id FROM t_unit)))
"""  # noqa: S608 - constants


def batches_beside(batch: SettlementBatch) -> dict[str, int]:
    """Live batch that may have priced a record of the county's dealers to its last step; `t_unit` has these dealers."""
    rows = sql.fetch_all(BESIDE, {"batch": batch.pk, "county": batch.county_id})
    return {str(row["id"]): row["step"] for row in rows}


def broken_books() -> int | None:
    """The last check of the books if they did not hold then: what was calculated before is not relied on."""
    last = LedgerCheck.objects.values("pk", "held").first()
    return last["pk"] if last and not last["held"] else None


def others(batch: SettlementBatch) -> dict[str, str]:
    """What a monthly batch's totals take from other batches: a digest by batch; `t_home` has its county's dealers."""
    rows = sql.fetch_all(OTHERS.format(home="t_home"), {"batch": batch.pk, "month": batch.month})
    return {str(row["batch_id"]): row["digest"] for row in rows}


@dataclass(frozen=True)
class News:
    """So many things of one kind that came in since the calculation."""

    code: str
    count: int

    @property
    def label(self) -> str | Promise:
        return LABELS[self.code]

    def __str__(self) -> str:
        return f"{self.count} × {self.label}"


def news_since(batch: SettlementBatch) -> list[News]:
    """What a new calculation of the batch would see that it has not; empty if it is up to date."""
    month = Month.of(batch.month)
    params = {
        "batch": batch.pk,
        "county": batch.county_id,
        "month": month.first,
        "month_last": month.last,
        "last_day": batch.last_day,
        "calculated_at": batch.calculated_at,
        "may_be_due": (month + -36).first,
    }
    sql.drop_temporary("t_news_home", "t_news_moved")
    sql.execute(HOME.format(elsewhere=EVER_ELSEWHERE), params)
    if batch.kind == "weekly":
        counts = {
            "false_sales": sql.fetch_value(NEWS["false_sales"], params),
            "late_records": count_records(batch) - batch.inputs.get("records", 0),
        }
    else:
        sellers = EVER_HERE if _may_be_late(batch, params) else MOVED_HERE
        counted = ", ".join(f"({query}) AS {code}" for code, query in NEWS.items()).format(sellers=sellers)
        counts = sql.fetch_one(f"SELECT {counted}", params) or {}
    return [News(code, count) for code, count in counts.items() if count]


def _may_be_late(batch: SettlementBatch, params: dict[str, Any]) -> bool:
    """Whether anything is not as it was at the calculation that could have brought a record it has not seen."""
    if batch.inputs.get("versions") != versions.current() or sql.fetch_value(VOIDED, params):
        return True
    noted = batch.inputs.get("arrivals")  # an older version of the program noted none, and none were told of then
    if noted is not None and batch.inputs.get("facts") == versions.of_facts():
        now, then = (_arrived(batch, arrivals) for arrivals in (versions.of_arrivals(), noted))
        if now == then:
            return False
    return {row["month"]: row["records"] for row in sql.fetch_all(MONTHS, params)} != batch.inputs.get("months")


def _arrived(batch: SettlementBatch, arrivals: dict[str, str]) -> dict[str, str]:
    """Those of the months up to the batch's."""
    return {month: version for month, version in arrivals.items() if month <= str(Month.of(batch.month))}


HASH = """
SELECT encode(sha256(convert_to(coalesce(string_agg(part.digest, '' ORDER BY part.dealer_id), ''), 'UTF8')), 'hex')
  FROM (SELECT statement.dealer_id,
               md5(concat_ws('|', statement.number, statement.gross, statement.withheld, statement.pool,
                   statement.subsidy, statement.deduction, statement.penalty, statement.clawback,
                   statement.adjustments, statement.carried_in, statement.net, statement.paid,
                   statement.carried_out)) || coalesce(lines.digest, '') AS digest
          FROM commissions_statement statement
          LEFT JOIN (SELECT dealer_id,
                            md5(string_agg(concat_ws('|', record_id, kind, instalment, line_type, rule_id, due_month,
                                total, amount, withheld, pool_amount, payable, reason, origin), E'\\n'
                                ORDER BY line_type, record_id, kind, instalment, reason)) AS digest
                       FROM commissions_commissionline WHERE batch_id = %(batch)s GROUP BY dealer_id) lines
               USING (dealer_id)
         WHERE statement.batch_id = %(batch)s) part
"""


def content_hash(batch: SettlementBatch) -> str:
    """SHA-256 (hex) over every statement and line of the batch, whatever their order."""
    return sql.fetch_value(HASH, {"batch": batch.pk})

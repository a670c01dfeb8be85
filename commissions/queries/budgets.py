"""Budgets and their use: committed, paid, forecast, and what a batch has to do with them.

One query for any number of budgets, from the batches' sums alone. See docs/commissions.md, "Budgets".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from commissions.models import Budget, OverBudgetApproval, SettlementBatch
from commissions.rules import budgets as rules
from core import sql
from core.money import ZERO
from core.periods import Month
from core.states import State

LEVELS = ("province", "city", "county")
STATES = {
    "over": State("over", _("Over budget"), "red"),
    "will_be_over": State("will_be_over", _("Forecast above budget"), "amber"),
    "ahead": State("ahead", _("Ahead of time"), "amber"),
    "fine": State("fine", _("Within budget"), "green"),
    "unknown": State("unknown", _("Not computed"), "grey"),
}

# What each county commits in each month of each budget, and what is usual there.
MONTHS = """
WITH wanted AS (
    SELECT budget.id AS budget, budget.kind, unit.path, span.first, span.last
      FROM unnest(%(ids)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS span (id, first, last)
      JOIN commissions_budget budget ON budget.id = span.id
      JOIN accounts_orgunit unit ON unit.id = budget.org_unit_id
), county AS MATERIALIZED (
    SELECT wanted.*, county.id AS county
      FROM wanted JOIN accounts_orgunit county ON county.level = 'county' AND county.path LIKE wanted.path || '%%'
), batch AS MATERIALIZED (
    SELECT id, county_id, month, kind, gross, subsidy FROM commissions_settlementbatch
     WHERE state NOT IN ('void', 'calculating') AND county_id IN (SELECT county FROM county)
), figure AS MATERIALIZED (
    SELECT county.budget, county.county, batch.month, bool_or(batch.kind = 'monthly') AS settled,
           sum(CASE county.kind WHEN '' THEN batch.gross + batch.subsidy WHEN 'subsidy' THEN batch.subsidy
                                ELSE coalesce(part.gross, 0) END) AS committed
      FROM county
      JOIN batch ON batch.county_id = county.county
      LEFT JOIN commissions_batchkind part ON part.batch_id = batch.id AND part.kind = county.kind
     GROUP BY county.budget, county.county, batch.month
), usual AS (
    SELECT budget, county, round(avg(committed), 2) AS mean, max(month) AS latest
      FROM (SELECT budget, county, month, committed,
                   row_number() OVER (PARTITION BY budget, county ORDER BY month DESC) AS place
              FROM figure WHERE settled) recent
     WHERE place <= %(recent)s GROUP BY budget, county
), month AS (
    SELECT budget, county, generate_series(first, last, interval '1 month')::date AS month FROM county
), forecast AS (
    SELECT budget, month, coalesce(figure.committed, 0) AS committed, coalesce(month <= latest, false) AS settled,
           CASE WHEN month <= latest THEN coalesce(figure.committed, 0)
                ELSE greatest(coalesce(figure.committed, 0), coalesce(usual.mean, 0)) END AS forecast
      FROM month
      LEFT JOIN figure USING (budget, county, month)
      LEFT JOIN usual USING (budget, county)
)
"""
USE = f"""{MONTHS}
SELECT budget, sum(committed) AS committed, sum(forecast) AS forecast,
       count(*) FILTER (WHERE NOT settled) AS open, count(*) AS months
  FROM forecast GROUP BY budget
"""  # noqa: S608 - constants
BY_MONTH = f"""{MONTHS}
SELECT month, sum(committed) AS committed, sum(forecast) AS forecast, bool_and(settled) AS settled
  FROM forecast GROUP BY month ORDER BY month
"""  # noqa: S608 - constants

# Payments are made by statement, of all kinds together.
PAID = """
SELECT budget.id AS budget, sum(payment.amount) AS paid
  FROM unnest(%(ids)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS span (id, first, last)
  JOIN commissions_budget budget ON budget.id = span.id AND budget.kind = ''
  JOIN accounts_orgunit unit ON unit.id = budget.org_unit_id
  JOIN accounts_orgunit county ON county.level = 'county' AND county.path LIKE unit.path || '%%'
  JOIN commissions_settlementbatch batch ON batch.county_id = county.id AND batch.state IN ('paying', 'paid')
       AND batch.month BETWEEN span.first AND span.last
  JOIN commissions_statement statement ON statement.batch_id = batch.id
  JOIN commissions_payment payment ON payment.statement_id = statement.id AND payment.state = 'ok'
 GROUP BY budget.id
"""


@dataclass(frozen=True)
class Use:
    """How a budget stands. Yuan; `paid` is None for a budget of one kind; shares are fractions."""

    amount: Decimal
    committed: Decimal
    forecast: Decimal
    paid: Decimal | None
    open_months: int
    elapsed: Decimal

    @property
    def share(self) -> Decimal | None:
        return rules.used(self.amount, self.committed)

    @property
    def excess(self) -> Decimal:
        return rules.excess(self.amount, self.committed)

    @property
    def left(self) -> Decimal:
        return self.amount - self.committed

    @property
    def state(self) -> State:
        if self.committed > self.amount:
            return STATES["over"]
        if self.forecast > self.amount:
            return STATES["will_be_over"]
        return STATES["ahead" if self.share is not None and self.share > self.elapsed else "fine"]


def visible(user: Any) -> QuerySet[Budget]:
    """The budgets within the user's scope, with their unit."""
    return Budget.objects.visible_to(user).select_related("org_unit")


def _params(budgets: Iterable[Budget]) -> dict[str, Any]:
    rows = list(budgets)
    spans = [rules.span(one.period) for one in rows]
    return {
        "ids": [one.pk for one in rows],
        "firsts": [first for first, _last in spans],
        "lasts": [last for _first, last in spans],
        "recent": rules.RECENT,
    }


def use(budgets: Sequence[Budget], today: date) -> dict[int, Use]:
    """How each of the budgets stands, by its id: two queries. One of a grid is not computed: batches are a county's."""
    params = _params(budgets)
    paid = {row["budget"]: row["paid"] for row in sql.fetch_all(PAID, params)}
    figures = {row["budget"]: row for row in sql.fetch_all(USE, params)}
    return {
        one.pk: Use(
            amount=one.amount,
            committed=figures[one.pk]["committed"],
            forecast=figures[one.pk]["forecast"],
            paid=None if one.kind else paid.get(one.pk, ZERO),
            open_months=figures[one.pk]["open"],
            elapsed=rules.elapsed(*rules.span(one.period), today),
        )
        for one in budgets
        if one.pk in figures
    }


@dataclass(frozen=True)
class MonthUse:
    """A month of a budget's period. Yuan; `settled` once every county's monthly batch is calculated."""

    month: date
    committed: Decimal
    forecast: Decimal
    settled: bool


def by_month(budget: Budget) -> list[MonthUse]:
    """The months of the budget's period: one query."""
    return [MonthUse(**row) for row in sql.fetch_all(BY_MONTH, _params([budget]))]


@dataclass(frozen=True)
class Change:
    """A budget's amount as it was entered: when, by whom ('' for the system), before and after (yuan)."""

    at: datetime
    by: str
    before: Decimal | None
    after: Decimal


def history(budget: Budget) -> list[Change]:
    """Who set the amount, when, newest first."""
    events = list(
        Budget.pgh_event_models["insert"]  # type: ignore[attr-defined]
        .objects.filter(pgh_obj_id=budget.pk)
        .order_by("pgh_id")
        .values("pgh_created_at", "amount", "pgh_context__metadata")
    )
    people = [(row["pgh_context__metadata"] or {}).get("user") for row in events]
    names = {one.pk: one.name for one in User.objects.filter(pk__in=[pk for pk in people if pk])}
    before: Decimal | None = None
    changes = []
    for row, person in zip(events, people, strict=True):
        changes.append(Change(row["pgh_created_at"], names.get(person, ""), before, row["amount"]))
        before = row["amount"]
    return changes[::-1]


@dataclass(frozen=True)
class BatchBudget:
    """A budget that a batch draws on, and the approvals that it has for going beyond. Yuan."""

    budget: Budget
    use: Use
    approvals: list[OverBudgetApproval]

    @property
    def over(self) -> bool:
        return self.use.committed > self.use.amount

    @property
    def refused(self) -> bool:
        """Whether it keeps the batch from being submitted."""
        return rules.refused(self.use.amount, self.use.committed, [one.covers for one in self.approvals])

    @property
    def granted(self) -> OverBudgetApproval | None:
        """The approval that lets the batch pass, if it needs one and has it."""
        if not self.over:
            return None
        return next((one for one in self.approvals if one.covers >= self.use.committed), None)


def of_batches(batches: Sequence[SettlementBatch], today: date) -> dict[int, list[BatchBudget]]:
    """The budgets of the county, its city and its province that each batch draws on, of its month and its year.

    Whatever the reader's scope: they bind the batch. Four queries for any number of batches.
    """
    wanted = {
        batch.pk: {
            (unit, period)
            for unit in (batch.county_id, batch.county.city_id, batch.county.province_id)
            for period in rules.periods_of(Month.of(batch.month))
        }
        for batch in batches
    }
    pairs = set().union(*wanted.values())
    found = list(
        Budget.objects.filter(org_unit__in={unit for unit, _ in pairs}, period__in={period for _, period in pairs})
        .select_related("org_unit")
        .order_by("-org_unit__depth", "-period", "kind")
    )
    if not found:
        return {batch.pk: [] for batch in batches}
    uses = use(found, today)
    approvals: dict[tuple[int, int], list[OverBudgetApproval]] = {}
    for one in OverBudgetApproval.objects.filter(batch__in=wanted).select_related("granted_by"):
        approvals.setdefault((one.batch_id, one.budget_id), []).append(one)
    return {
        batch.pk: [
            BatchBudget(one, uses[one.pk], approvals.get((batch.pk, one.pk), []))
            for one in found
            if (one.org_unit_id, one.period) in wanted[batch.pk]
        ]
        for batch in batches
    }


def of_batch(batch: SettlementBatch, today: date) -> list[BatchBudget]:
    """The budgets that the batch draws on; those of the county first."""
    return of_batches([batch], today)[batch.pk]


def waiting(user: Any, today: date) -> int:
    """Calculated batches within the user's scope that a budget keeps from being submitted."""
    batches = list(SettlementBatch.objects.visible_to(user).filter(state="calculated").select_related("county"))
    return sum(any(one.refused for one in found) for found in of_batches(batches, today).values())

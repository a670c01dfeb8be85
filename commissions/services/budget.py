"""Budgets: set them, hold batches to them, let one pass beyond.

See docs/commissions.md, "Budgets". Money in yuan.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.models import Budget, OverBudgetApproval, SettlementBatch
from commissions.queries import budgets
from commissions.rules import budgets as rules
from core import sql
from core.errors import Forbidden, Refused
from core.periods import InvalidPeriod


class BudgetRefused(Refused):
    """The budget cannot be set, or the batch cannot go beyond it, like this."""

    code = "budget_refused"


@transaction.atomic
def save(*, org_unit: OrgUnit, period: str, kind: str, amount: Decimal, by: Any) -> Budget:
    """Set what `org_unit` may spend in `period` for `kind` ('' for all); the history keeps what was before."""
    if by is None or not by.can(Permission.EDIT_BUDGETS):
        raise Forbidden(_("Only the city's channel management or finance sets budgets."))
    if not OrgUnit.objects.visible_to(by).filter(pk=org_unit.pk).exists():
        raise Forbidden(_("%(unit)s is outside your unit.") % {"unit": org_unit})
    if org_unit.level not in budgets.LEVELS:
        raise BudgetRefused(_("Batches are settled by county: set budgets for counties, cities or the province."))
    try:
        rules.span(period)
    except InvalidPeriod as error:
        raise BudgetRefused(_("Write the period like 2026-09 or 2026."), code="period") from error
    budget, _new = Budget.objects.update_or_create(
        org_unit=org_unit, period=period, kind=kind, defaults={"amount": amount}
    )
    return budget


def demand_within(batch: SettlementBatch, *, at: datetime) -> None:
    """Raise BudgetRefused if the batch commits more than a budget has, and nobody has let it pass."""
    over = [one for one in budgets.of_batch(batch, at.date()) if one.refused]
    if not over:
        return
    raise BudgetRefused(
        _(
            "%(batch)s is above budget: %(budgets)s. Lower it, have the budget raised, or let a finance approver of "
            "the city grant an over-budget approval."
        )
        % {"batch": batch, "budgets": "; ".join(_by_how_much(one) for one in over)},
        code="over_budget",
        budgets=[
            {
                "org_unit": one.budget.org_unit.code,
                "period": one.budget.period,
                "kind": one.budget.kind,
                "amount": str(one.use.amount),
                "committed": str(one.use.committed),
                "excess": str(one.use.excess),
            }
            for one in over
        ],
    )


def _by_how_much(one: budgets.BatchBudget) -> str:
    return _("%(budget)s has ¥%(amount)s, committed are ¥%(committed)s, ¥%(excess)s too much") % {
        "budget": one.budget,
        "amount": f"{one.use.amount:,.2f}",
        "committed": f"{one.use.committed:,.2f}",
        "excess": f"{one.use.excess:,.2f}",
    }


@transaction.atomic
def grant(*, batch: SettlementBatch, by: Any, at: datetime, reason: str) -> list[OverBudgetApproval]:
    """Let a calculated batch pass beyond the budgets that keep it from being submitted.

    An approval covers what is committed now: after a calculation that comes to more, or
    when other counties commit more, another is needed. Whoever grants it cannot submit.
    """
    sql.execute("SELECT FROM commissions_countyturn WHERE county_id = %s FOR UPDATE", [batch.county_id])
    batch = SettlementBatch.objects.select_for_update(of=("self",)).select_related("county").get(pk=batch.pk)
    if by is None or not by.can(Permission.GRANT_OVER_BUDGET):
        raise Forbidden(_("Only a finance approver of the city lets a batch go beyond its budget."))
    if not SettlementBatch.objects.visible_to(by).filter(pk=batch.pk).exists():
        raise Forbidden(_("The batch is outside your unit."))
    if not reason.strip():
        raise BudgetRefused(_("Say why the batch may go beyond its budget."), code="reason")
    if batch.state != "calculated":
        raise BudgetRefused(
            _("%(batch)s is %(state)s: an over-budget approval is given before a batch is submitted.")
            % {"batch": batch, "state": SettlementBatch.machine.state(batch.state).label},
            code="state",
        )
    over = [one for one in budgets.of_batch(batch, at.date()) if one.refused]
    if not over:
        raise BudgetRefused(
            _("%(batch)s needs no over-budget approval: it is within its budgets, or it has one.") % {"batch": batch},
            code="not_over",
        )
    return [
        OverBudgetApproval.objects.create(
            batch=batch,
            budget=one.budget,
            amount=one.use.amount,
            covers=one.use.committed,
            reason=reason.strip(),
            granted_by=by,
            granted_at=at,
        )
        for one in over
    ]

"""Stored simulations, as pages, API and command show them. See docs/commissions.md, "Simulation"."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from accounts.models import OrgUnit
from commissions.models import Budget, CommissionPolicy, SettlementBatch, SimulatedDealer, Simulation
from commissions.queries import budgets
from commissions.queries.policies import export_policy
from commissions.rules.fingerprint import fingerprint

FIGURES = ("total", "gross", "withheld", "pool", "deduction", "penalty", "net", "paid")
MOST = 10


def visible(user: Any) -> Any:
    """The simulations of the policies within the user's scope; all for the system."""
    rows = Simulation.objects.all() if user is None else Simulation.objects.visible_to(user)
    return rows.select_related("policy", "policy__org_unit", "by")


def of_policy(policy: CommissionPolicy) -> list[Simulation]:
    """The policy's simulations, the latest month first: one query."""
    return list(policy.simulations.select_related("policy", "policy__org_unit", "by").order_by("-month"))


def dealers(simulation: Simulation) -> Any:
    """The simulation's dealers with their names and counties."""
    return simulation.dealers.select_related("dealer", "county")


def settled_months(path: str) -> list[Any]:
    """First days of the months that any county below `path` has settled, latest first."""
    found = SettlementBatch.objects.filter(kind="monthly", county__path__startswith=path)
    return list(
        found.exclude(state__in=["void", "calculating"]).order_by("-month").values_list("month", flat=True).distinct()
    )


def outdated(simulation: Simulation, *, now: str = "") -> bool:
    """Whether the policy's rules have changed since; `now` is their fingerprint, if it is known."""
    return simulation.fingerprint != (now or fingerprint(export_policy(simulation.policy)))


def summaries(policy: CommissionPolicy) -> list[dict[str, Any]]:
    """The sums of the policy's simulations, the latest month first, for lists."""
    now = fingerprint(export_policy(policy))
    return [_summed(one, now) for one in of_policy(policy)]


def movers(simulation: Simulation, *, most: int = MOST) -> tuple[list[SimulatedDealer], list[SimulatedDealer]]:
    """The dealers whose gross grows most and shrinks most."""
    rows = dealers(simulation)
    winners = rows.filter(gross_change__gt=0).order_by("-gross_change", "dealer__code")[:most]
    losers = rows.filter(gross_change__lt=0).order_by("gross_change", "dealer__code")[:most]
    return list(winners), list(losers)


def groups(simulation: Simulation, *by: str) -> list[dict[str, Any]]:
    """Sums before and after, by `tier`, `county` or both (`county__code`, `county__name`)."""
    sums = {f"{name}_{when}": Sum(f"{name}_{when}") for name in FIGURES for when in ("before", "after")}
    rows = simulation.dealers.values(*by).annotate(**sums, change=Sum("gross_change"), dealers=Sum(F("id") * 0 + 1))
    return list(rows.order_by(*by))


def written(simulation: Simulation, *, most: int = MOST) -> dict[str, Any]:
    """The simulation as the command prints it and the API answers: docs/data-contracts.md."""
    result = simulation.result
    winners, losers = movers(simulation, most=most)
    everyone = dealers(simulation).order_by("dealer__code")
    return {
        "policy": simulation.policy.code,
        "period": simulation.period,
        "moved_months": simulation.moved_months,
        "totals": {
            "before": _amounts(result["totals"]["before"]),
            "after": _amounts(result["totals"]["after"]),
            "change": _difference(result["totals"]),
        },
        "unpriced": result["unpriced"],
        "counties": [_group(row, county=row["county__code"]) for row in groups(simulation, "county__code")],
        "tiers": [_group(row, tier=row["tier"]) for row in groups(simulation, "tier")],
        "winners": [_mover(row) for row in winners],
        "losers": [_mover(row) for row in losers],
        "dealers": [dealer(row) for row in everyone],
        "refused": result["refused"],
    }


def _summed(simulation: Simulation, now: str) -> dict[str, Any]:
    totals = simulation.result["totals"]
    sides = {
        f"{name}_{when}": Decimal(totals[when][name])
        for name in ("total", "gross", "net", "paid")
        for when in ("before", "after")
    }
    return {
        "period": simulation.period,
        "moved_months": simulation.moved_months,
        "at": simulation.at,
        "outdated": outdated(simulation, now=now),
        **sides,
        "change": sides["gross_after"] - sides["gross_before"],
    }


def dealer(row: SimulatedDealer) -> dict[str, Any]:
    """One dealer before and after."""
    return {
        "dealer_code": row.dealer.code,
        "county": row.county.code,
        "tier": row.tier,
        **_sides(lambda name: getattr(row, name)),
        "change": row.gross_change,
    }


def _sides(read: Callable[[str], Any]) -> dict[str, Any]:
    return {when: {name: read(f"{name}_{when}") for name in FIGURES} for when in ("before", "after")}


def _group(row: dict[str, Any], **key: str) -> dict[str, Any]:
    return {**key, "dealers": row["dealers"], **_sides(lambda name: row[name]), "change": row["change"]}


def _mover(row: SimulatedDealer) -> dict[str, Any]:
    return {
        "dealer_code": row.dealer.code,
        "before": row.gross_before,
        "after": row.gross_after,
        "change": row.gross_change,
    }


def _amounts(side: dict[str, Any]) -> dict[str, Any]:
    return {name: value if name == "records" else Decimal(value) for name, value in side.items()}


def _difference(totals: dict[str, dict[str, Any]]) -> dict[str, Any]:
    before, after = _amounts(totals["before"]), _amounts(totals["after"])
    return {name: after[name] - before[name] for name in after}


@dataclass(frozen=True)
class BudgetEffect:
    """A budget's use in yuan with the month as settled, and as simulated."""

    budget: Budget
    before: Decimal
    after: Decimal

    @property
    def over(self) -> bool:
        return self.after > self.budget.amount

    @property
    def change(self) -> Decimal:
        return self.after - self.before


def budget_effects(simulation: Simulation, today: date) -> list[BudgetEffect]:
    """What the simulated month does to the budgets of its counties and the units above them."""
    changes = simulation.result["kinds"]
    counties = list(OrgUnit.objects.filter(code__in={item["county"] for item in changes}))
    above = {
        "/" + "/".join(parts[:depth]) + "/"
        for county in counties
        for parts in [county.path.strip("/").split("/")]
        for depth in range(1, len(parts) + 1)
    }
    periods = [simulation.period, simulation.period[:4]]
    found = list(
        Budget.objects.filter(org_unit__path__in=above, period__in=periods)
        .exclude(kind="subsidy")
        .select_related("org_unit")
        .order_by("org_unit__path", "-period", "kind")
    )
    used = budgets.use(found, today) if found else {}
    path_of = {county.code: county.path for county in counties}
    effects = []
    for budget in found:
        change = sum(
            (
                Decimal(item["change"])
                for item in changes
                if path_of[item["county"]].startswith(budget.org_unit.path) and budget.kind in ("", item["kind"])
            ),
            Decimal("0.00"),
        )
        if budget.pk in used:
            effects.append(BudgetEffect(budget, used[budget.pk].committed, used[budget.pk].committed + change))
    return effects

"""A simulation as a file: sheets with the sums, the groups and every dealer."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commissions.models import Simulation
from commissions.queries import simulations
from core.exports import Sheet
from dealers.states import Tier


def figures() -> list[tuple[str, str]]:
    """Name and label of every figure that is compared."""
    return [
        ("total", _("Month's sales in all")),
        ("gross", _("Gross")),
        ("withheld", _("Withheld")),
        ("pool", _("Pool")),
        ("deduction", _("Deduction")),
        ("penalty", _("Penalty")),
        ("net", _("Net")),
        ("paid", _("Paid out")),
    ]


def _columns() -> tuple[list[str], list[str]]:
    """Headings and names of the figures, each settled and simulated."""
    headings, names = [], []
    for name, label in figures():
        headings += [_("%(figure)s, settled") % {"figure": label}, _("%(figure)s, simulated") % {"figure": label}]
        names += [f"{name}_before", f"{name}_after"]
    return headings, names


def sheets(simulation: Simulation) -> list[Sheet]:
    """Totals, counties, tiers, county by tier, dealers."""
    return [
        _totals(simulation),
        _groups(simulation, _("Counties"), [_("County")], ["county__name"]),
        _groups(simulation, _("Tiers"), [_("Tier")], ["tier"]),
        _groups(simulation, _("Counties and tiers"), [_("County"), _("Tier")], ["county__name", "tier"]),
        dealers(simulation),
    ]


def _totals(simulation: Simulation) -> Sheet:
    before, after = (simulation.result["totals"][when] for when in ("before", "after"))
    rows = []
    for name, label in figures():
        old, new = Decimal(before[name]), Decimal(after[name])
        rows.append([label, old, new, new - old])
    return Sheet(
        title=f"{simulation.policy.code} {simulation.period}",
        headings=[_("Figure"), _("Settled"), _("Simulated"), _("Up or down")],
        kinds=["text", "money", "money", "money"],
        rows=rows,
    )


def _groups(simulation: Simulation, title: str, labels: Sequence[str], keys: Sequence[str]) -> Sheet:
    headings, names = _columns()
    tiers = dict(Tier.choices)

    def rows() -> Iterable[list[Any]]:
        for row in simulations.groups(simulation, *keys):
            named = [str(tiers.get(row[key], row[key])) if key == "tier" else row[key] for key in keys]
            yield [*named, row["dealers"], *(row[name] for name in names), row["change"]]

    return Sheet(
        title=title,
        headings=[*labels, _("Dealers"), *headings, _("Change of gross")],
        kinds=[*("text" for _key in keys), "number", *("money" for _name in names), "money"],
        rows=rows(),
    )


def dealers(simulation: Simulation) -> Sheet:
    """Every dealer, those first that lose most."""
    headings, names = _columns()
    tiers = dict(Tier.choices)
    rows = simulations.dealers(simulation).order_by("gross_change", "dealer__code")
    return Sheet(
        title=_("Dealers"),
        headings=[_("Dealer code"), _("Dealer name"), _("County"), _("Tier"), *headings, _("Change of gross")],
        kinds=["text", "text", "text", "text", *("money" for _name in names), "money"],
        rows=(
            [
                row.dealer.code,
                row.dealer.name,
                row.county.name,
                str(tiers.get(row.tier, row.tier)),
                *(getattr(row, name) for name in names),
                row.gross_change,
            ]
            for row in rows.iterator(chunk_size=1000)
        ),
    )

"""What a trial makes of every statement, and the sums that a simulation shows.

See docs/commissions.md, "Simulation".
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from commissions.bulk import trial
from commissions.models import SettlementBatch
from commissions.queries import settled_month
from commissions.queries.settled_month import FIGURES
from commissions.rules.simulation import (
    Fine,
    Records,
    month_deduction,
    month_penalties,
    statement_after,
)
from commissions.rules.totals import Band
from core.periods import Month

ZERO = Decimal("0.00")
STORED = ("total", "gross", "withheld", "pool", "deduction", "penalty", "net", "paid")
COLUMNS = (
    "dealer_id",
    "county_id",
    "tier",
    "records_before",
    "records_after",
    "gross_change",
    *(f"{name}_{when}" for name in STORED for when in ("before", "after")),
)
Key = tuple[int, int]


@dataclass
class Compared:
    """`dealers` are rows of COLUMNS; `result` is plain JSON with money as text."""

    batches: list[int]
    dealers: list[dict[str, Any]]
    result: dict[str, Any]
    refused: list[dict[str, Any]] = field(default_factory=list)


def compare(batches: list[SettlementBatch], *, month: Month, bands: Sequence[Band]) -> Compared:
    """The statements of `batches` before and after the trial that is in the temporary tables."""
    ids = [batch.pk for batch in batches]
    if not ids:
        return Compared([], [], {})
    replaced, tried = trial.settled_lines(ids), trial.tried_lines(ids)
    before, after = _statements(batches, month, bands, replaced=_sums(replaced), tried=_sums(tried))
    dealers = _by_dealer(batches, month, before, after)
    _add_totals(dealers, ids)
    result = {
        "totals": {
            "before": _total(before, dealers, "before"),
            "after": _total(after, dealers, "after"),
        },
        "unpriced": {"before": trial.unpriced(ids, tried=False), "after": trial.unpriced(ids, tried=True)},
        "kinds": _kinds(batches, replaced, tried),
        "counties": sorted({batch.county.code for batch in batches}),
    }
    return Compared(ids, list(dealers.values()), result)


def _sums(rows: list[dict[str, Any]]) -> dict[Key, Records]:
    """Sums of lines by batch and dealer, over the kinds."""
    found: dict[Key, Records] = {}
    for row in rows:
        key = (row["batch_id"], row["dealer_id"])
        old = found.get(key, Records())
        found[key] = Records(old.gross + row["gross"], old.withheld + row["withheld"], old.pool + row["pool"])
    return found


def _statements(
    batches: list[SettlementBatch],
    month: Month,
    bands: Sequence[Band],
    *,
    replaced: dict[Key, Records],
    tried: dict[Key, Records],
) -> tuple[dict[Key, dict[str, Decimal]], dict[Key, dict[str, Decimal]]]:
    """Every statement by batch and dealer: as settled, and after the trial."""
    ids = [batch.pk for batch in batches]
    rows = settled_month.statements(ids)
    settled = {(row["batch_id"], row["dealer_id"]): {name: row[name] for name in FIGURES} for row in rows}
    key_of = {row["id"]: (row["batch_id"], row["dealer_id"]) for row in rows}
    home = _home_batches(batches, month)
    nothing = dict.fromkeys(FIGURES, ZERO)

    elsewhere = settled_month.gross_elsewhere(ids, month)
    gross_before: dict[int, Decimal] = defaultdict(lambda: ZERO, elsewhere)
    gross_after: dict[int, Decimal] = defaultdict(lambda: ZERO, elsewhere)
    keys = {*settled, *tried}
    for key in keys:
        gross = settled.get(key, nothing)["gross"]
        gross_before[key[1]] += gross
        gross_after[key[1]] += gross - replaced.get(key, Records()).gross + tried.get(key, Records()).gross
    keys |= {(home[dealer], dealer) for dealer in gross_after if dealer in home}

    scores = settled_month.scores(month)
    fines: dict[tuple[int | None, int], list[Fine]] = defaultdict(list)
    for row in settled_month.fines(batches, month):
        where = row["batch_id"] or home.get(row["dealer_id"])  # None: at home where nothing is tried
        fines[where, row["dealer_id"]].append(Fine(row["multiplier"], row["settled"]))

    carried_by = {key_of[row["source_id"]]: key_of[row["target_id"]] for row in settled_month.carries(ids)}
    weekly = {batch.pk for batch in batches if batch.kind == "weekly"}
    carried: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    after: dict[Key, dict[str, Decimal]] = {}
    for key in sorted(keys, key=lambda key: (key[0] not in weekly, key)):
        dealer, old = key[1], settled.get(key, nothing)
        at_home = home.get(dealer) == key[0]
        deduction = old["deduction"]
        if at_home:
            deduction = month_deduction(
                gross_before[dealer],
                gross_after[dealer],
                settled=old["deduction"],
                score=scores.get(dealer),
                bands=bands,
            )
        new = statement_after(
            old,
            without=replaced.get(key, Records()),
            plus=tried.get(key, Records()),
            deduction=deduction,
            penalty_change=month_penalties(gross_before[dealer], gross_after[dealer], fines.get(key, ())),
            carried_in=old["carried_in"] + carried[key],
        )
        after[key] = {name: getattr(new, name) for name in FIGURES}
        target = carried_by.get(key)
        if key[0] in weekly and not old["carried_out"] and dealer in home:
            target = (home[dealer], dealer)
        if target:
            carried[target] += new.carried_out - old["carried_out"]
    return settled, after


def _home_batches(batches: list[SettlementBatch], month: Month) -> dict[int, int]:
    """The monthly batch that has a dealer's totals: that of its county on the month's last day."""
    monthly = {batch.county_id: batch.pk for batch in batches if batch.kind == "monthly"}
    homes = settled_month.homes(month)
    return {dealer: monthly[row["county_id"]] for dealer, row in homes.items() if row["county_id"] in monthly}


def _by_dealer(
    batches: list[SettlementBatch],
    month: Month,
    before: dict[Key, dict[str, Decimal]],
    after: dict[Key, dict[str, Decimal]],
) -> dict[int, dict[str, Any]]:
    county_of = {batch.pk: batch.county_id for batch in batches}
    homes = settled_month.homes(month)
    here = set(county_of.values())
    found: dict[int, dict[str, Any]] = {}
    for key in sorted({*before, *(key for key, figures in after.items() if any(figures.values()))}):
        dealer = key[1]
        home = homes.get(dealer, {})
        row = found.setdefault(
            dealer,
            {
                **dict.fromkeys(COLUMNS, ZERO),
                "dealer_id": dealer,
                "county_id": home["county_id"] if home.get("county_id") in here else county_of[key[0]],
                "tier": home.get("tier", ""),
                "records_before": 0,
                "records_after": 0,
            },
        )
        for when, figures in (("before", before.get(key)), ("after", after.get(key))):
            for name in STORED[1:]:
                row[f"{name}_{when}"] += figures[name] if figures else ZERO
        row["gross_change"] = row["gross_after"] - row["gross_before"]
    return found


def _add_totals(dealers: dict[int, dict[str, Any]], ids: list[int]) -> None:
    for when in ("before", "after"):
        for dealer, row in trial.earned(ids, tried=when == "after").items():
            if dealer in dealers:
                dealers[dealer][f"total_{when}"] = row["total"]
                dealers[dealer][f"records_{when}"] = row["records"]


def _total(statements: dict[Key, dict[str, Decimal]], dealers: dict[int, dict[str, Any]], when: str) -> dict[str, Any]:
    figures = {name: sum((row[name] for row in statements.values()), ZERO) for name in FIGURES}
    return {
        "records": sum(row[f"records_{when}"] for row in dealers.values()),
        "total": str(sum((row[f"total_{when}"] for row in dealers.values()), ZERO)),
        **{name: str(value) for name, value in figures.items()},
    }


def _kinds(
    batches: list[SettlementBatch], replaced: list[dict[str, Any]], tried: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What changes by county and kind, as text: for budgets."""
    code_of = {batch.pk: batch.county.code for batch in batches}
    change: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for sign, rows in ((-1, replaced), (1, tried)):
        for row in rows:
            change[code_of[row["batch_id"]], row["kind"]] += sign * row["gross"]
    return [{"county": county, "kind": kind, "change": str(value)} for (county, kind), value in sorted(change.items())]

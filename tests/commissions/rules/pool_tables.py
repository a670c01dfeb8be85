"""Runs the tables about the pool in docs/commissions.md; `test_docs` looks them up by name."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from commissions.rules import pool
from commissions.rules.pool import RoundPeriod
from core.periods import Month
from tests.examples.commissions.cases import day

Row = dict[str, str]


def idle_months(row: Row) -> None:
    active = [Month.parse(text) for text in row["Months with activations"].split(", ") if text]
    start = date.fromisoformat(row["Cooperation since"])
    found = pool.idle_months(RoundPeriod.parse(row["Period"]), active=active, cooperation_start=start)
    assert str(found) == row["Idle"]


def factor(row: Row) -> None:
    assert str(pool.factor(RoundPeriod.parse(row["Period"]).rhythm, int(row["Idle"]))) == row["Factor"]


def payout(row: Row) -> None:
    basis = Decimal(row["Basis"])
    found = pool.payout(
        basis,
        factor=Decimal(row["Factor"]),
        ratio=Decimal(row["Ratio"]),
        terminated=row["Terminated"] == "yes",
        suspended=row["Suspended"] == "yes",
        forfeits=row["Idle months"] == "lose",
        overridden=row["Override"] == "yes",
    )
    assert (str(found.payout), str(found.forfeit), found.reason) == (row["Payout"], row["Forfeit"], row["Reason"])
    assert str(basis - found.payout - found.forfeit) == row["Stays"]


def forfeited_on(row: Row) -> None:
    ended = date.fromisoformat(row["Ended on"])
    assert str(pool.forfeited_on(ended)) == row["Forfeited on"]
    again = day(row["Contracted again on"])
    assert ("kept" if again and pool.keeps_pool(ended, again) else "lost") == row["Pool"]


def lots(row: Row) -> None:
    entries = [item.split(": ") for item in row["Entries"].split(", ") if item]
    found = pool.lots((Month.parse(month), Decimal(amount.replace("−", "-"))) for month, amount in entries)
    assert ", ".join(f"{lot.month}: {lot.amount}" for lot in found) == row["Left"]


def due_in(row: Row) -> None:
    after = RoundPeriod.parse(row["Last round done"]) if row["Last round done"] else None
    assert str(pool.due_in(Month.parse(row["Month"]), row["Rhythm"], after=after)) == row["Due in"]


RUNNERS: dict[str, Callable[[Row], None]] = {
    "idle months": idle_months,
    "pool factor": factor,
    "payout": payout,
    "forfeited on": forfeited_on,
    "pool lots": lots,
    "due in": due_in,
}

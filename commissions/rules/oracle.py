"""A whole settlement of one county in plain Python: slow, obvious, the measure of the SQL.

See docs/commissions.md; `settle` reads like its contents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commissions.rules import admission, totals
from commissions.rules.oracle_records import settle_records
from commissions.rules.oracle_totals import Desk, carry, dealer_lines
from commissions.rules.values import ZERO
from commissions.rules.world import Batch, Line, World
from core.periods import Month, Period


@dataclass(frozen=True)
class Result:
    """Either `refused`, or a calculated `batch`; `unpriced` maps event_no to why.

    Reasons: `after_ending` (a sale on or after the ending), `no_rule`, `no_fee`.
    """

    batch: Batch | None
    unpriced: dict[str, str]
    refused: admission.Refusal | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines in the order of lines.csv; none when refused."""
        return self.batch.lines if self.batch else ()


def settle(world: World, *, county: str, period: Period, number: str = "") -> Result:
    """Calculate, or calculate again, the batch of `county` and `period`.

    Nothing is refused for what day it is while `world.today` is None.
    """
    if world.today is not None:
        live = [admission.LiveBatch(b.period, b.state) for b in world.batches if b.county == county]
        refused = admission.refusal(period, live, today=world.today)
        if refused:
            return Result(None, {}, refused)
    others = tuple(b for b in world.batches if (b.county, b.period) != (county, period))
    records = settle_records(world, others, county=county, period=period)
    if records.missing:
        months = tuple(sorted(records.missing))
        return Result(None, {}, admission.Refusal("no_data", months=months))
    lines = list(records.lines)
    carries: dict[str, Decimal] = {}
    carried: frozenset[tuple[str, str]] = frozenset()
    if isinstance(period, Month):
        desk = Desk(world, county, period, others, tuple(records.lines))
        for dealer in world.dealers:
            if world.county_on(dealer.code, period.last) == county:
                lines += dealer_lines(desk, dealer.code)
                amount, sources = carry(desk, dealer.code)
                if amount:
                    carries[dealer.code] = amount
                    carried |= sources
    lines.sort(key=order)
    batch = Batch(
        number=number or f"{period}-{county}",
        county=county,
        period=period,
        state="calculated",
        lines=tuple(lines),
        statements={
            dealer: statement_of(dealer, lines, carries.get(dealer, ZERO))
            for dealer in sorted({line.dealer for line in lines} | set(carries))
        },
        entitlements=tuple(sorted(records.entitlements, key=lambda item: (item.event_no, item.kind))),
        carried=carried,
    )
    return Result(batch, records.unpriced)


def statement_of(dealer: str, lines: Iterable[Line], carried_in: Decimal) -> totals.Totals:
    """The dealer's statement from the batch's lines and what it carries in."""
    own = [line for line in lines if line.dealer == dealer]

    def pays(line_type: str) -> list[Decimal]:
        return [line.payable for line in own if line.line_type == line_type]

    return totals.statement(
        [
            totals.RecordFigures(line.amount, line.withheld, line.pool_amount)
            for line in own
            if line.line_type == "record"
        ],
        subsidies=pays("subsidy"),
        deductions=pays("deduction"),
        penalties=pays("penalty"),
        clawbacks=pays("clawback"),
        adjustments=pays("adjustment"),
        carried_in=carried_in,
    )


LINE_COLUMNS = (
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
)
STATEMENT_COLUMNS = (
    "dealer_code",
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
)


def line_row(line: Line, batch: str) -> tuple[str, ...]:
    """A line as a row of lines.csv, in the order of LINE_COLUMNS."""
    return (
        line.dealer,
        line.event_no or "",
        line.kind or "",
        "" if line.instalment is None else str(line.instalment),
        line.line_type,
        line.rule or "",
        str(line.due_month),
        "" if line.total is None else f"{line.total:.2f}",
        f"{line.amount:.2f}",
        f"{line.withheld:.2f}",
        line.reason,
        f"{line.pool_amount:.2f}",
        f"{line.payable:.2f}",
        batch,
    )


def statement_row(dealer: str, figures: totals.Totals, batch: str) -> tuple[str, ...]:
    """A statement as a row of statements.csv without its number, as STATEMENT_COLUMNS."""
    amounts = (getattr(figures, name) for name in STATEMENT_COLUMNS[1:-1])
    return (dealer, *(f"{amount:.2f}" for amount in amounts), batch)


def order(line: Line) -> tuple[str, ...]:
    """Lines sort by the columns of lines.csv as they read."""
    return line_row(line, "")

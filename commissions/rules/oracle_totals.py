"""The oracle's second half: what a monthly batch has per dealer beside its records.

See docs/commissions.md#whose-batch to #statement.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from commissions.rules import totals
from commissions.rules.world import Batch, Line, World
from core.money import yuan
from core.periods import Month

ZERO = yuan(0)


@dataclass(frozen=True)
class Desk:
    """One county's monthly batch in the making: its record lines and the other live batches."""

    world: World
    county: str
    month: Month
    others: tuple[Batch, ...]
    record_lines: tuple[Line, ...]

    def gross(self, dealer: str, month: Month) -> Decimal:
        """Σ amount of the dealer's record lines with settlement month `month`, of all counties."""
        elsewhere = (line for batch in self.others if batch.settlement_month == month for line in batch.lines)
        here = self.record_lines if month == self.month else ()
        return sum(
            (line.amount for line in (*elsewhere, *here) if line.dealer == dealer and line.line_type == "record"),
            ZERO,
        )

    def taken(self, line_type: str, reference: str) -> bool:
        """Does another live batch already have the line that `reference` brings?"""
        return any(
            line.line_type == line_type and line.reason == reference for batch in self.others for line in batch.lines
        )

    def enters(self, dealer: str, month: Month) -> bool:
        """Does what belongs to `month` enter this batch of the dealer's county?

        It enters its own month's batch; later ones only once that batch is approved or
        can no longer be calculated.
        """
        if month >= self.month:
            return month == self.month
        home = self.world.county_on(dealer, month.last)
        if home is None:
            return True
        of_home = [batch for batch in self.others if batch.monthly and batch.county == home]
        own = [batch for batch in of_home if batch.period == month]
        if own:
            return own[0].frozen
        return home == self.county or any(batch.settlement_month > month for batch in of_home)


def dealer_lines(desk: Desk, dealer: str) -> list[Line]:
    """Subsidy, deduction, penalty, clawback and adjustment lines of one of the county's dealers."""
    lines = [
        *_subsidies(desk, dealer),
        *_deduction(desk, dealer),
        *_penalties(desk, dealer),
        *_adjustments(desk, dealer),
    ]
    return [line for line in lines if line.amount != 0] + _clawbacks(desk, dealer)


def _plain(desk: Desk, dealer: str, line_type: str, amount: Decimal, reason: str) -> Line:
    return Line(dealer, line_type, desk.month, amount, amount, reason)


def _subsidies(desk: Desk, dealer: str) -> Iterable[Line]:
    terminated = desk.world.dealer_by_code[dealer].terminated_on
    for row in desk.world.subsidies:
        if row.dealer == dealer:
            days = totals.days_in_force(
                desk.month,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                terminated=terminated,
            )
            amount = totals.subsidy(
                row.monthly_amount,
                days=days,
                month=desk.month,
                min_score=row.min_score,
                score=desk.world.scores.get((dealer, desk.month)),
            )
            yield _plain(desk, dealer, "subsidy", amount, row.valid_from.isoformat())


def _deduction(desk: Desk, dealer: str) -> Iterable[Line]:
    score = desk.world.scores.get((dealer, desk.month))
    if score is not None:
        amount = totals.deduction(desk.gross(dealer, desk.month), score, desk.world.bands)
        yield _plain(desk, dealer, "deduction", amount, points(score))


def points(score: Decimal) -> str:
    """A score as a line's reason reads: without zeros at its end (85, 85.5)."""
    plain = format(score, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _penalties(desk: Desk, dealer: str) -> Iterable[Line]:
    for violation in desk.world.violations:
        month = Month.of(violation.occurred_on)
        if violation.dealer == dealer and desk.enters(dealer, month) and not desk.taken("penalty", violation.reference):
            multiplier = desk.world.multipliers.get(violation.type, ZERO)
            amount = totals.penalty(desk.gross(dealer, month), multiplier)
            yield _plain(desk, dealer, "penalty", amount, violation.reference)


def _adjustments(desk: Desk, dealer: str) -> Iterable[Line]:
    for item in desk.world.adjustments:
        if item.dealer == dealer and desk.enters(dealer, item.month) and not desk.taken("adjustment", item.reference):
            yield _plain(desk, dealer, "adjustment", item.amount, item.reference)


def _clawbacks(desk: Desk, dealer: str) -> list[Line]:
    world = desk.world
    reversed_already = {
        (line.event_no, line.kind, line.instalment)
        for batch in desk.others
        for line in batch.lines
        if line.line_type == "clawback"
    }
    originals = sorted(
        (
            line
            for batch in desk.others
            if batch.frozen
            for line in batch.lines
            if line.line_type == "record"
            and line.dealer == dealer
            and line.amount != 0
            and line.event_no in world.false_sales
            and (line.event_no, line.kind, line.instalment) not in reversed_already
        ),
        key=lambda line: (line.event_no, line.kind, line.instalment),
    )
    left = pool_posted(desk, dealer)
    found = []
    for line in originals:
        amount, pool = totals.clawback(line.amount, line.pool_amount, pool_left=left)
        left += pool
        found.append(
            replace(
                line,
                line_type="clawback",
                amount=amount,
                withheld=ZERO,
                reason=world.false_sales[line.event_no or ""],
                pool_amount=pool,
                payable=totals.payable(amount, pool),
            )
        )
    return found


def pool_posted(desk: Desk, dealer: str) -> Decimal:
    """The dealer's pool as posted: approved batches' accruals and clawbacks, other entries."""
    lines = (line for batch in desk.others if batch.frozen for line in batch.lines)
    posted = sum((line.pool_amount for line in lines if line.dealer == dealer), ZERO)
    return posted + desk.world.pool_entries.get(dealer, ZERO)


def carry(desk: Desk, dealer: str) -> tuple[Decimal, frozenset[tuple[str, str]]]:
    """What the dealer still owes from earlier statements (0.00 or less), and from which.

    Earlier are those of an earlier settlement month, and weekly ones of the same;
    each is carried in once.
    """
    carried = {key for batch in desk.others for key in batch.carried}
    open_ = {
        (batch.number, dealer): batch.statements[dealer].carried_out
        for batch in desk.others
        if dealer in batch.statements
        and (batch.number, dealer) not in carried
        and (batch.settlement_month < desk.month or (not batch.monthly and batch.settlement_month == desk.month))
        and batch.statements[dealer].carried_out != 0
    }
    return sum(open_.values(), ZERO), frozenset(open_)

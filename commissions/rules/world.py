"""Everything that a settlement reads, as plain values; the oracle's database.

Times are local (Asia/Shanghai) and naive; yuan are Decimal with two places.
Nothing here decides about money, see `oracle`; it only answers what was true when.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from commissions.rules.admission import FROZEN_STATES
from commissions.rules.conditions import SubscriberMonth, Thresholds
from commissions.rules.resolution import Place
from commissions.rules.totals import BANDS, Band, Totals
from commissions.rules.values import Rule
from core.periods import Month, Period, Week


@dataclass(frozen=True)
class Unit:
    """An org unit; `level` is province, city, county or grid."""

    code: str
    level: str
    parent: str | None = None


@dataclass(frozen=True)
class Dealer:
    """A dealer with its histories: (valid_from, tier), (valid_from, unit code).

    `endings` are first days of termination; `agreements` are (starts_on, ends_on).
    """

    code: str
    tiers: tuple[tuple[date, str], ...]
    units: tuple[tuple[date, str], ...]
    endings: tuple[date, ...] = ()
    agreements: tuple[tuple[date, date], ...] = ()

    def tier_on(self, day: date) -> str | None:
        """The tier in force on `day`; None before the first."""
        return _in_force(self.tiers, day)

    def unit_on(self, day: date) -> str | None:
        """The code of the unit on `day`; None before the first."""
        return _in_force(self.units, day)

    def terminated_on(self, day: date) -> bool:
        """Is the dealer terminated on `day`? See docs/commissions.md#terminated.

        There was an ending by then, recorded or by an agreement that ran out while no
        other covered the next day, and no agreement has started after it since.
        """
        return any(
            ending <= day and not any(ending < starts <= day for starts, _ in self.agreements)
            for ending in (*self.endings, *self._lapses())
        )

    def _lapses(self) -> list[date]:
        following = [ends + timedelta(days=1) for _, ends in self.agreements]
        return [day for day in following if not any(starts <= day <= ends for starts, ends in self.agreements)]


def _in_force(history: Iterable[tuple[date, str]], day: date) -> str | None:
    reached = [row for row in history if row[0] <= day]
    return max(reached)[1] if reached else None


@dataclass(frozen=True)
class Product:
    """A product; `fee` is its monthly fee in yuan, None if it has none."""

    code: str
    family: str
    fee: Decimal | None = None


@dataclass(frozen=True)
class Sale:
    """A sales record; `dealer` is the seller, None if nobody is known to be."""

    event_no: str
    business_type: str
    occurred_at: datetime
    product: str
    dealer: str | None = None
    subscriber: str | None = None
    amount: Decimal | None = None

    @property
    def day(self) -> date:
        return self.occurred_at.date()


@dataclass(frozen=True)
class Subsidy:
    """A store subsidy: yuan a month while in force (dates inclusive)."""

    dealer: str
    valid_from: date
    monthly_amount: Decimal
    valid_to: date | None = None
    min_score: Decimal | None = None


@dataclass(frozen=True)
class Violation:
    """A confirmed violation."""

    reference: str
    dealer: str
    type: str
    occurred_on: date


@dataclass(frozen=True)
class Adjustment:
    """An approved adjustment: signed yuan, for the batch of `month`."""

    reference: str
    dealer: str
    month: Month
    amount: Decimal
    type: str = "other_back_pay"


@dataclass(frozen=True)
class Entitlement:
    """What the first settlement of a record and kind fixed: rule, fee, total and where it belongs."""

    event_no: str
    kind: str
    dealer: str
    county: str
    rule: str
    fee: Decimal | None
    total: Decimal


@dataclass(frozen=True)
class Line:
    """A commission line; the fields are the columns of lines.csv, None where those are empty."""

    dealer: str
    line_type: str
    due_month: Month
    amount: Decimal
    payable: Decimal
    reason: str = ""
    event_no: str | None = None
    kind: str | None = None
    instalment: int | None = None
    rule: str | None = None
    total: Decimal | None = None
    withheld: Decimal = Decimal("0.00")
    pool_amount: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Batch:
    """A live batch. `carried` names the statements it carried in: (batch number, dealer)."""

    number: str
    county: str
    period: Period
    state: str
    lines: tuple[Line, ...] = ()
    statements: Mapping[str, Totals] = field(default_factory=dict)
    entitlements: tuple[Entitlement, ...] = ()
    carried: frozenset[tuple[str, str]] = frozenset()

    @property
    def frozen(self) -> bool:
        """Approved or later: nothing about it changes any more."""
        return self.state in FROZEN_STATES

    @property
    def monthly(self) -> bool:
        return isinstance(self.period, Month)

    @property
    def settlement_month(self) -> Month:
        """Its period; the month of the Thursday for a week."""
        return self.period.settlement_month


@dataclass(frozen=True)
class World:
    """All facts. `rules` are published or retired; `batches` are live (not void).

    `subscriber_months` has (subscriber, month) → (county of the row, figures);
    `false_sales` event_no → cause, of those confirmed by now; `suspects` the event
    numbers of open re-entry suspects; `scores` (dealer, month) → points;
    `pool_entries` dealer → yuan posted by anything but batches.
    """

    units: tuple[Unit, ...] = ()
    dealers: tuple[Dealer, ...] = ()
    products: tuple[Product, ...] = ()
    rules: tuple[Rule, ...] = ()
    sales: tuple[Sale, ...] = ()
    subscriber_months: Mapping[tuple[str, Month], tuple[str, SubscriberMonth]] = field(default_factory=dict)
    scores: Mapping[tuple[str, Month], Decimal] = field(default_factory=dict)
    subsidies: tuple[Subsidy, ...] = ()
    violations: tuple[Violation, ...] = ()
    multipliers: Mapping[str, Decimal] = field(default_factory=lambda: {"exclusivity": Decimal(2)})
    false_sales: Mapping[str, str] = field(default_factory=dict)
    suspects: frozenset[str] = frozenset()
    adjustments: tuple[Adjustment, ...] = ()
    pool_entries: Mapping[str, Decimal] = field(default_factory=dict)
    batches: tuple[Batch, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    bands: tuple[Band, ...] = BANDS
    today: date | None = None

    def with_batch(self, batch: Batch, *, state: str | None = None) -> "World":
        """This world with `batch` live, in place of the one of the same county and period."""
        kept = [b for b in self.batches if (b.county, b.period) != (batch.county, batch.period)]
        return replace(self, batches=(*kept, replace(batch, state=state) if state else batch))

    @cached_property
    def _units(self) -> Mapping[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def dealer_by_code(self) -> Mapping[str, Dealer]:
        return {dealer.code: dealer for dealer in self.dealers}

    @cached_property
    def product_by_code(self) -> Mapping[str, Product]:
        return {product.code: product for product in self.products}

    @cached_property
    def rule_by_code(self) -> Mapping[str, Rule]:
        return {rule.code: rule for rule in self.rules}

    @cached_property
    def imported(self) -> frozenset[tuple[str, Month]]:
        """(county, month) for which at least one subscriber row names the county."""
        return frozenset((county, month) for (_, month), (county, _) in self.subscriber_months.items())

    def place(self, unit: str) -> Place:
        """The unit's chain up to the root, with the county and city on it."""
        chain = []
        code: str | None = unit
        while code is not None:
            chain.append(self._units[code])
            code = self._units[code].parent
        level = {item.level: item.code for item in chain}
        return Place(tuple(item.code for item in chain), level.get("county"), level.get("city"))

    def county_on(self, dealer: str, day: date) -> str | None:
        """The county in which `dealer` is on `day`; None before its first unit or above counties."""
        unit = self.dealer_by_code[dealer].unit_on(day)
        return self.place(unit).county if unit else None

    def in_week_or_up_to(self, period: Period, day: date) -> bool:
        """Is `day` among those whose records a batch of `period` answers for?"""
        return day <= period.last and (not isinstance(period, Week) or period.first <= day)

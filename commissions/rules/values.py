"""The vocabulary of commission rules as frozen values.

Rates and shares have at most four places, yuan two; both are `Decimal`.
See docs/commissions.md#rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)
ONE = Decimal(1)


class Kind(StrEnum):
    """Commission kinds that a rule can price; in the order in which lines are sorted."""

    BASE = "base"
    INCENTIVE = "incentive"
    SERVICE = "service"


class BusinessType(StrEnum):
    """What a sales record is about."""

    ACTIVATION = "activation"
    PORT_IN = "port_in"
    BROADBAND = "broadband"
    TERMINAL = "terminal"
    PLAN_UPGRADE = "plan_upgrade"
    RECHARGE = "recharge"
    SERVICE = "service"


class Tier(StrEnum):
    """Dealer tiers."""

    PARTNER = "partner"
    EXCLUSIVE = "exclusive"
    MALL = "mall"


class Basis(StrEnum):
    """What the value of a rule is multiplied with."""

    FIXED = "fixed"
    PERCENT_OF_FEE = "percent_of_fee"
    PERCENT_OF_AMOUNT = "percent_of_amount"


class BracketMode(StrEnum):
    """`whole`: the bracket reached prices every record; `marginal`: each by its rank."""

    WHOLE = "whole"
    MARGINAL = "marginal"


class Test(StrEnum):
    """Conditions of an instalment, in the order in which they are tried."""

    __test__ = False  # not a test class for pytest

    IN_NETWORK = "in_network"
    ACTIVE = "active"
    ACTIVE_MONTHS = "active_months"
    NO_ARREARS = "no_arrears"
    MIN_BILLED = "min_billed"
    FEE_KEPT = "fee_kept"
    EXCLUSIVE = "exclusive"
    PURE_NEW = "pure_new"


CONDITION_ORDER = {test: position for position, test in enumerate(Test)}


@dataclass(frozen=True)
class Bracket:
    """From the `start`-th record on (1 is the first), `value` (yuan or rate)."""

    start: int
    value: Decimal


@dataclass(frozen=True)
class Condition:
    """One test; `k` months belongs to `active_months`, `value` (yuan) to `min_billed`."""

    test: Test
    k: int | None = None
    value: Decimal | None = None


@dataclass(frozen=True)
class Instalment:
    """A share of the total that falls due `offset` months after the event month."""

    offset: int
    share: Decimal
    conditions: tuple[Condition, ...] = ()

    @property
    def ordered_conditions(self) -> tuple[Condition, ...]:
        """The conditions in the order in which they are tried, whatever the file's order."""
        return tuple(sorted(self.conditions, key=lambda item: CONDITION_ORDER[item.test]))


@dataclass(frozen=True)
class Waiver:
    """Permission for a first instalment above the cap."""

    approver: str
    reason: str


@dataclass(frozen=True)
class Rule:
    """One rule: prices one kind of commission for one kind of event.

    `owner` is the code of the org unit that owns the policy. Dates are inclusive.
    Exactly one of `value` and `brackets` is given. The scope keys are optional;
    `product` and `product_family` exclude each other.
    """

    code: str
    kind: Kind
    business_type: BusinessType
    effective_from: date
    basis: Basis
    instalments: tuple[Instalment, ...]
    owner: str = ""
    effective_to: date | None = None
    value: Decimal | None = None
    brackets: tuple[Bracket, ...] = ()
    bracket_mode: BracketMode | None = None
    pool_share: Decimal = ZERO
    product: str | None = None
    product_family: str | None = None
    tier: Tier | None = None
    org_unit: str | None = None
    initial_cap_waiver: Waiver | None = None

    @property
    def scope(self) -> tuple[str | None, str | None, str | None, str | None]:
        """What makes two rules of a kind and business type rivals: (product, family, tier, unit)."""
        return (self.product, self.product_family, self.tier, self.org_unit)

    def covers(self, day: date) -> bool:
        """Do the rule's dates include `day`?"""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def overlaps(self, other: "Rule") -> bool:
        """Do both rules' dates share a day?"""
        starts = max(self.effective_from, other.effective_from)
        ends = min(self.effective_to or date.max, other.effective_to or date.max)
        return starts <= ends


@dataclass(frozen=True)
class Policy:
    """A set of rules with a code, a name and the owner's org unit code."""

    code: str
    name: str
    org_unit: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Known:
    """What a policy file may refer to; None leaves that question unasked.

    `units` maps the code of every org unit to its level, for the owner and all
    below it where the caller knows the owner; `rule_codes` are taken by other policies.
    """

    products: frozenset[str] | None = None
    families: frozenset[str] | None = None
    units: Mapping[str, str] | None = None
    rule_codes: frozenset[str] = frozenset()

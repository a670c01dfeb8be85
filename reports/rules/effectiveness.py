"""The effectiveness score: what a group of dealers brought for the commission it cost. Pure.

See docs/reports.md, "Effectiveness of commission". All figures are Decimal; amounts are yuan.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

ZERO = Decimal(0)
PRECISION = 50
SCORE_STEP = Decimal("0.000001")
INDICATOR_STEP = Decimal("0.0001")

# The indicators of the score, in the order in which they are shown.
INDICATORS = ("revenue_per_100", "developed", "churn_rate", "active_rate", "arpu")
WEIGHTS = {
    "revenue_per_100": Decimal("0.30"),
    "developed": Decimal("0.25"),
    "churn_rate": Decimal("0.05"),
    "active_rate": Decimal("0.20"),
    "arpu": Decimal("0.20"),
}


class WeightsInvalid(ValueError):
    """The weights do not sum to 1, or one is negative."""


@dataclass(frozen=True)
class Facts:
    """What is known of a group in a period.

    `developed` counts activations and port-ins, `churned` those of them whose subscriber is
    not in network in the last month, `active` those who are active in it; `in_network` counts
    subscribers, `revenue` is what they were billed over the period's months, `arrears` what
    they owe at its end; `commission` is what was earned in its settlement months,
    `cooperation_months` the mean of the dealers that developed.
    """

    group: str
    developed: int = 0
    churned: int = 0
    active: int = 0
    in_network: int = 0
    revenue: Decimal = ZERO
    arrears: Decimal = ZERO
    commission: Decimal = ZERO
    cooperation_months: Decimal = ZERO


@dataclass(frozen=True)
class Scored:
    """A group with its indicators, what each contributes to the score, the score (six decimals) and the rank."""

    facts: Facts
    revenue_per_100: Decimal
    churn_rate: Decimal
    active_rate: Decimal
    arpu: Decimal
    arrears_share: Decimal
    commission_per_user: Decimal
    contributions: Mapping[str, Decimal]
    score: Decimal
    rank: int

    @property
    def group(self) -> str:
        return self.facts.group

    @property
    def developed(self) -> int:
        return self.facts.developed

    @property
    def cooperation_months(self) -> Decimal:
        return self.facts.cooperation_months


@dataclass(frozen=True)
class Result:
    """The scored groups, best first, and those that have no score."""

    groups: tuple[Scored, ...]
    left_out: tuple[Facts, ...]


def evaluate(facts: Iterable[Facts], *, weights: Mapping[str, Decimal] = WEIGHTS) -> Result:
    """Score the groups against each other.

    A group without developed users or without commission has no score and does not count
    in the others' means. Raises WeightsInvalid.
    """
    check_weights(weights)
    rows = sorted(facts, key=lambda one: one.group)
    scorable = [one for one in rows if has_score(one)]
    left_out = tuple(one for one in rows if not has_score(one))
    with localcontext() as context:
        context.prec = PRECISION
        raw = [_indicators(one) for one in scorable]
        standard = {
            name: standardise([1 - one[name] if name == "churn_rate" else one[name] for one in raw])
            for name in INDICATORS
        }
        contributions = [
            {name: weights[name] * standard[name][place] for name in INDICATORS} for place in range(len(raw))
        ]
        scores = [rounded(sum(parts.values(), ZERO), SCORE_STEP) for parts in contributions]
    order = sorted(scores)
    groups = [
        Scored(
            facts=one,
            revenue_per_100=raw[place]["revenue_per_100"],
            churn_rate=raw[place]["churn_rate"],
            active_rate=raw[place]["active_rate"],
            arpu=raw[place]["arpu"],
            arrears_share=raw[place]["arrears_share"],
            commission_per_user=raw[place]["commission_per_user"],
            contributions=contributions[place],
            score=scores[place],
            rank=1 + len(order) - bisect_right(order, scores[place]),
        )
        for place, one in enumerate(scorable)
    ]
    return Result(tuple(sorted(groups, key=lambda one: (one.rank, one.group))), left_out)


def has_score(one: Facts) -> bool:
    """Whether the group developed anybody and cost something."""
    return one.developed > 0 and one.commission > 0


def check_weights(weights: Mapping[str, Decimal]) -> None:
    """Raise WeightsInvalid unless there is one weight, not negative, for each indicator and they sum to 1."""
    if set(weights) != set(INDICATORS) or min(weights.values()) < 0 or sum(weights.values()) != 1:
        raise WeightsInvalid(", ".join(f"{name} {weight}" for name, weight in weights.items()))


def standardise(values: Sequence[Decimal]) -> list[Decimal]:
    """(x − mean) ÷ sample standard deviation; all 0 for a single value or when all are equal."""
    if len(values) < 2 or min(values) == max(values):
        return [ZERO for _ in values]
    mean = sum(values, ZERO) / len(values)
    deviation = (sum(((value - mean) ** 2 for value in values), ZERO) / (len(values) - 1)).sqrt()
    return [(value - mean) / deviation for value in values]


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """Half away from zero."""
    return value.quantize(step, rounding=ROUND_HALF_UP)


def _indicators(one: Facts) -> dict[str, Decimal]:
    """Unrounded; one whose divisor is 0 is 0."""
    developed = Decimal(one.developed)
    return {
        "revenue_per_100": _ratio(100 * one.revenue, one.commission),
        "developed": developed,
        "churn_rate": _ratio(Decimal(one.churned), developed),
        "active_rate": _ratio(Decimal(one.active), developed),
        "arpu": _ratio(one.revenue, Decimal(one.in_network)),
        "arrears_share": _ratio(one.arrears, one.revenue),
        "commission_per_user": _ratio(one.commission, developed),
    }


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else ZERO

"""Which rule prices a record: at most one of each kind.

See docs/commissions.md#which-rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from commissions.rules.values import Kind, Rule

WEIGHTS = {"product": 16, "product_family": 8, "tier": 4, "county": 2, "city": 1}


@dataclass(frozen=True)
class Place:
    """Where a dealer was: `chain` has the codes of its unit and of every unit above it.

    The deepest comes first, the province last; `county` and `city` are those among
    them that a rule's scope can name (None if the dealer stands above that level).
    """

    chain: tuple[str, ...]
    county: str | None
    city: str | None

    def depth(self, owner: str) -> int | None:
        """How deep the unit `owner` lies on the chain (the root is 0); None if it is not on it."""
        if owner not in self.chain:
            return None
        return len(self.chain) - 1 - self.chain.index(owner)


@dataclass(frozen=True)
class Facts:
    """What rules are matched with: the event, and its dealer as of the event's local date."""

    business_type: str
    product: str
    family: str | None
    tier: str | None
    place: Place
    on: date


@dataclass(frozen=True)
class Candidate:
    """A rule that matches, with what it is ranked by: specificity, then the owner's depth."""

    rule: Rule
    specificity: int
    owner_depth: int


@dataclass(frozen=True)
class Resolution:
    """The rule that applies (None if none does) and all that match, the winner first."""

    winner: Rule | None
    ranking: tuple[Candidate, ...]


def mismatch(rule: Rule, facts: Facts) -> str | None:
    """The first thing in which `rule` does not fit, for explanations; None if it matches.

    One of: business_type, owner, effective_from, effective_to, product,
    product_family, tier, org_unit.
    """
    tests = (
        ("business_type", rule.business_type == facts.business_type),
        ("owner", facts.place.depth(rule.owner) is not None),
        ("effective_from", rule.effective_from <= facts.on),
        ("effective_to", rule.effective_to is None or facts.on <= rule.effective_to),
        ("product", rule.product in (None, facts.product)),
        ("product_family", rule.product_family in (None, facts.family)),
        ("tier", rule.tier in (None, facts.tier)),
        ("org_unit", rule.org_unit in (None, facts.place.county, facts.place.city)),
    )
    return next((name for name, holds in tests if not holds), None)


def specificity(rule: Rule, place: Place) -> int:
    """16·product + 8·product_family + 4·tier + 2·county + 1·city, for a rule that matches."""
    return sum(
        WEIGHTS[name]
        for name, named in (
            ("product", rule.product is not None),
            ("product_family", rule.product_family is not None),
            ("tier", rule.tier is not None),
            ("county", rule.org_unit is not None and rule.org_unit == place.county),
            ("city", rule.org_unit is not None and rule.org_unit == place.city),
        )
        if named
    )


def resolve(rules: Iterable[Rule], facts: Facts, *, kind: Kind) -> Resolution:
    """The rule of `kind` that applies to `facts`, among published (or since retired) rules.

    The highest specificity wins; where rules of several owners tie, the deeper owner.
    """
    matching = [
        Candidate(rule, specificity(rule, facts.place), facts.place.depth(rule.owner) or 0)
        for rule in rules
        if rule.kind == kind and mismatch(rule, facts) is None
    ]
    # The code only makes the order of an impossible tie the same every time.
    matching.sort(key=lambda found: (-found.specificity, -found.owner_depth, found.rule.code))
    return Resolution(matching[0].rule if matching else None, tuple(matching))


def resolve_kinds(rules: Iterable[Rule], facts: Facts) -> Mapping[Kind, Rule]:
    """The winning rule of every kind that has one."""
    rules = tuple(rules)
    winners = {kind: resolve(rules, facts, kind=kind).winner for kind in Kind}
    return {kind: rule for kind, rule in winners.items() if rule is not None}

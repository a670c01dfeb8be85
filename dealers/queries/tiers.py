"""A dealer against the criteria of the tiers, with the value found for each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.periods import Quarter
from dealers import states
from dealers.models import Dealer, TierCriterion, TierWaiver
from dealers.queries import ranks
from dealers.rules import tier_check
from dealers.rules.tier_check import Checked, Criterion, Facts, InvalidCriterion, Waiver


@dataclass(frozen=True)
class Line:
    """One criterion in words: what is asked, what was found, and whether it is met."""

    label: str | Promise
    wanted: str
    found: str
    met: bool
    waiver: Waiver | None = None

    @property
    def passed(self) -> bool:
        return self.met or self.waiver is not None


@dataclass(frozen=True)
class TierAnswer:
    """All criteria of one tier. `problem` says which of them cannot be checked."""

    tier: str
    label: str | Promise
    lines: list[Line]
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem and all(line.passed for line in self.lines)

    @property
    def missing(self) -> int:
        return sum(not line.passed for line in self.lines)


@dataclass(frozen=True)
class Book:
    """The criteria and the dealers' waivers that hold on a day, read once for many dealers."""

    day: date
    criteria: dict[str, list[TierCriterion]]
    waivers: dict[int, list[Waiver]]

    def checked(self, dealer: Dealer, tier: str, *, rank: int | None) -> list[Checked]:
        """Every criterion of a tier, in the order of `criteria[tier]`. Raises InvalidCriterion."""
        asked = [Criterion(row.attribute, row.operator, row.value, row.waivable) for row in self.criteria[tier]]
        facts = facts_of(dealer, terminal_rank=rank)
        return tier_check.check(criteria=asked, facts=facts, day=self.day, waivers=self.waivers.get(dealer.pk, []))


def book(*, dealers: Any, tiers: list[str], day: date) -> Book:
    """What `dealers` (rows or ids) are checked by on `day`: two queries."""
    criteria: dict[str, list[TierCriterion]] = {tier: [] for tier in tiers}
    for row in _valid(TierCriterion.objects.filter(tier__in=tiers), day).order_by("pk"):
        criteria[row.tier].append(row)
    waivers: dict[int, list[Waiver]] = {}
    for one in _valid(TierWaiver.objects.filter(dealer__in=dealers), day).select_related("approver"):
        waivers.setdefault(one.dealer_id, []).append(Waiver(one.attribute, str(one.approver), one.reason))
    return Book(day, criteria, waivers)


def check(*, dealer: Dealer, day: date) -> list[TierAnswer]:
    """The dealer's tier and the one above it on `day`: three queries."""
    tiers = [dealer.tier, *filter(None, [tier_check.tier_above(dealer.tier)])]
    return answers(dealer=dealer, day=day, tiers=tiers)


def answers(*, dealer: Dealer, day: date, tiers: list[str]) -> list[TierAnswer]:
    """One answer for each of the tiers, in that order; the rank is that of the last full quarter."""
    found = book(dealers=[dealer], tiers=tiers, day=day)
    asks_rank = any(row.attribute == "terminal_rank" for rows in found.criteria.values() for row in rows)
    rank = ranks.in_unit(dealer, quarter=Quarter.of(day) + -1) if asks_rank else None
    return [_answer(found, dealer, tier, rank) for tier in tiers]


def facts_of(dealer: Dealer, *, terminal_rank: int | None = None) -> Facts:
    """What the archive says, as the rules take it."""
    return Facts(
        location_kind=dealer.location_kind,
        floor_area=dealer.floor_area,
        main_business=dealer.main_business,
        boss_connected=dealer.boss_connected,
        cooperation_start=dealer.cooperation_start,
        exclusive_agreement=dealer.exclusive_agreement,
        accepts_assessment=dealer.accepts_assessment,
        terminal_rank=terminal_rank,
        special_evaluation=dealer.special_evaluation,
    )


def _valid(rows: Any, day: date) -> Any:
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


def _answer(found: Book, dealer: Dealer, tier: str, rank: int | None) -> TierAnswer:
    label = states.Tier(tier).label
    try:
        checked = found.checked(dealer, tier, rank=rank)
    except InvalidCriterion as error:
        return TierAnswer(tier, label, [], str(error))
    rows = found.criteria[tier]
    lines = [
        in_words(row.attribute, row.operator, row.value, one.found, one.met, one.waiver)
        for row, one in zip(rows, checked, strict=True)
    ]
    return TierAnswer(tier, label, lines)


def in_words(attribute: str, operator: str, value: str, found: object, met: bool, waiver: Waiver | None = None) -> Line:
    """One checked criterion as its reader knows it."""
    words = [_in_words(attribute, word.strip()) for word in value.split("|")]
    sign = (
        "" if attribute in tier_check.FLAGS or operator in ("in", "equals") else TierCriterion.Operator(operator).label
    )
    return Line(
        label=TierCriterion.Attribute(attribute).label,
        wanted=f"{sign} {' / '.join(words)}".strip(),
        found=_in_words(attribute, found),
        met=met,
        waiver=waiver,
    )


def _in_words(attribute: str, value: object) -> str:
    """A value as the reader knows it; '–' where nothing is known."""
    if value is None:
        return "–"
    if attribute in tier_check.FLAGS:
        return _("yes") if value in (True, "yes") else _("no")
    if attribute == "location_kind":
        return str(dict(states.LocationKind.choices).get(str(value), value))
    if attribute == "main_business":
        return str(dict(states.MainBusiness.choices).get(str(value), value))
    return f"{value:f}".rstrip("0").rstrip(".") if hasattr(value, "as_tuple") else str(value)

"""A dealer against the criteria of the tiers, with the value found for each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dealers import states
from dealers.models import Dealer, TierCriterion, TierWaiver
from dealers.rules import tier_check
from dealers.rules.tier_check import Checked, Criterion, Facts, InvalidCriterion, Waiver

RankSource = Callable[[Dealer, date], int | None]
_rank_source: list[RankSource] = []


def rank_from(source: RankSource) -> None:
    """Where the rank by terminal sales comes from: a floor above knows the sales."""
    _rank_source[:] = [source]


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


def check(*, dealer: Dealer, day: date) -> list[TierAnswer]:
    """The dealer's tier and the one above it on `day`: three queries and the rank's."""
    tiers = [dealer.tier, *filter(None, [tier_check.tier_above(dealer.tier)])]
    return answers(dealer=dealer, day=day, tiers=tiers)


def answers(*, dealer: Dealer, day: date, tiers: list[str]) -> list[TierAnswer]:
    """One answer for each of the tiers, in that order."""
    criteria = list(_valid(TierCriterion.objects.filter(tier__in=tiers), day).order_by("pk"))
    waivers = [
        Waiver(row.attribute, str(row.approver), row.reason)
        for row in _valid(TierWaiver.objects.filter(dealer=dealer), day).select_related("approver")
    ]
    ranked = any(row.attribute == "terminal_rank" for row in criteria)
    rank = _rank_source[0](dealer, day) if ranked and _rank_source else None
    facts = facts_of(dealer, terminal_rank=rank)
    return [_answer(tier, [row for row in criteria if row.tier == tier], facts, day, waivers) for tier in tiers]


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


def _answer(tier: str, rows: list[TierCriterion], facts: Facts, day: date, waivers: list[Waiver]) -> TierAnswer:
    criteria = [Criterion(row.attribute, row.operator, row.value, row.waivable) for row in rows]
    label = states.Tier(tier).label
    try:
        checked = tier_check.check(criteria=criteria, facts=facts, day=day, waivers=waivers)
    except InvalidCriterion as error:
        return TierAnswer(tier, label, [], str(error))
    return TierAnswer(tier, label, [_line(row, one) for row, one in zip(rows, checked, strict=True)])


def _line(row: TierCriterion, one: Checked) -> Line:
    words = [_in_words(row.attribute, word.strip()) for word in row.value.split("|")]
    sign = "" if row.attribute in tier_check.FLAGS or row.operator in ("in", "equals") else row.get_operator_display()
    return Line(
        label=row.get_attribute_display(),
        wanted=f"{sign} {' / '.join(words)}".strip(),
        found=_in_words(row.attribute, one.found),
        met=one.met,
        waiver=one.waiver,
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

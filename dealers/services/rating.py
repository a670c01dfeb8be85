"""Rating rounds: judge the dealers of a city and propose. See docs/dealers.md, "Rating".

A round may be made again at any time: what is decided stays, what is not is proposed anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from core import followups, sql, transitions
from core.errors import Forbidden, Refused
from core.periods import Quarter
from dealers import states
from dealers.models import (
    Agreement,
    Dealer,
    DealerMonth,
    ExclusivityBreach,
    RatingProposal,
    RatingRound,
)
from dealers.queries import history, ranks, tiers
from dealers.rules import rating as rules
from dealers.rules.rating import RatingPeriod, Subject, Term
from dealers.rules.tier_check import TIERS, Checked, InvalidCriterion
from dealers.services import rating_notices as notices

Progress = Callable[[int, int, str], None]


class RatingRefused(Refused):
    """The period cannot be rated now, or a proposal cannot be decided like this."""

    code = "rating_refused"


@dataclass(frozen=True)
class Outcome:
    """What rating several cities gave: rounds, and (city, refusal)."""

    rounds: list[RatingRound]
    refused: list[tuple[OrgUnit, RatingRefused]]


def rate_period(
    *,
    period: RatingPeriod,
    cities: Iterable[OrgUnit],
    by: Any,
    at: datetime,
    today: date,
    progress: Progress | None = None,
) -> Outcome:
    """Rate `period` in each of the cities, on facts that are brought up to date first. `by` None is the system."""
    if by is not None and not by.can(Permission.RATE_DEALERS):
        raise Forbidden(_("Your role may not rate dealers."))
    if period.last >= today:
        raise RatingRefused(_("%(period)s is not over yet.") % {"period": period}, code="not_over")
    cities, rounds, refused = list(cities), [], []
    report = progress or (lambda done, total, note: None)
    report(0, len(cities) + 1, "")
    before = period.last_quarter + -1
    followups.emit("rating_begins", months=list(min(before.first_month, period.first_month).until(period.last_month)))
    for place, city in enumerate(cities, start=1):
        report(place, len(cities) + 1, city.name)
        try:
            rounds.append(rate(city=city, period=period, by=by, at=at))
        except RatingRefused as refusal:
            refused.append((city, refusal))
    return Outcome(rounds, refused)


@transaction.atomic
def rate(*, city: OrgUnit, period: RatingPeriod, by: Any, at: datetime) -> RatingRound:
    """Judge the city's dealers on the period's last day: the same facts give the same proposals."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('dealers.rating'), %s)", [city.pk])
    found, _new = RatingRound.objects.select_for_update(of=("self",)).get_or_create(
        city=city,
        period=str(period),
        defaults={
            "number": f"{period}-{city.code}",
            "last_day": period.last,
            "effective_on": period.effective_on,
            "rated_at": at,
        },
    )
    judged = _judge(city, period, decided=set(_decided(found).values_list("dealer_id", flat=True)))
    new = _write(found, judged.proposals)
    found.dealers, found.unknown, found.rated_at = judged.dealers, judged.unknown, at
    found.save(update_fields=["dealers", "unknown", "rated_at"])
    transitions.record(found, action="rate", before=found.state, after=found.state, by=by, at=at)
    settle_state(found, by=by, at=at)
    if new:
        notices.rated(found, by=by)
    return found


@dataclass(frozen=True)
class _Judged:
    dealers: int
    unknown: int
    proposals: list[RatingProposal]


def _decided(found: RatingRound) -> Any:
    return found.proposals.exclude(state="proposed")


def _judge(city: OrgUnit, period: RatingPeriod, *, decided: set[int]) -> _Judged:
    dealers = {one.pk: one for one in Dealer.objects.filter(org_unit__path__startswith=city.path).order_by("code")}
    on_day = history.standings(dealer_ids=dealers, day=period.last)
    afterwards = history.standings(dealer_ids=dealers, day=period.effective_on)
    places = ranks.ranks(
        units={pk: one.org_unit_id for pk, one in on_day.items() if one.org_unit_id is not None},
        first=period.first_month,
        last=period.last_month,
    )
    book = tiers.book(dealers=list(dealers), tiers=list(TIERS), day=period.last)
    terms, breaches, sales = _terms(dealers, period), _breaches(dealers, period), _sales(dealers, period)
    rated = unknown = 0
    proposals = []
    for pk, dealer in dealers.items():
        if on_day[pk].stage not in states.STORE:
            continue
        rated += 1
        # What another round has already changed from the same day on is the tier that this one judges.
        tier = str(afterwards[pk].tier or dealer.tier)
        try:
            answers = {name: book.checked(dealer, name, rank=places.get(pk)) for name in TIERS if book.criteria[name]}
        except InvalidCriterion as error:
            raise RatingRefused(
                _("A criterion is written wrongly: %(problem)s An administrator has to put it right.")
                % {"problem": error},
                code="criterion",
            ) from error
        term, faults = terms.get(pk), breaches.get(pk, [])
        subject = Subject(
            tier=tier,
            answers=answers,
            term=Term(term.starts_on, term.ends_on, term.committed_sales_per_quarter) if term else None,
            breaches=[one.occurred_on for one in faults],
            sales=(sales.get((pk, 0)), sales.get((pk, 1))),
        )
        unknown += None in subject.sales
        proposal = rules.propose(subject, period)
        if proposal and pk not in decided:
            proposals.append(
                RatingProposal(
                    dealer=dealer,
                    current=tier,
                    proposed=proposal.tier,
                    reason=proposal.reason,
                    evidence=_evidence(subject, faults, period),
                )
            )
    return _Judged(rated, unknown, proposals)


def _evidence(subject: Subject, faults: Iterable[ExclusivityBreach], period: RatingPeriod) -> dict[str, Any]:
    return {
        "criteria": [line for name, checked in subject.answers.items() for line in _lines(name, checked)],
        "sales": _sold_lines(subject, period),
        "breaches": [
            {"reference": one.reference, "occurred_on": one.occurred_on.isoformat()}
            for one in faults
            if subject.term and subject.term.holds(one.occurred_on)
        ],
    }


def _terms(dealers: Iterable[int], period: RatingPeriod) -> dict[int, Agreement]:
    """The agreement in force on the period's last day, of several the newest."""
    rows = Agreement.objects.filter(dealer__in=list(dealers), starts_on__lte=period.last, ends_on__gte=period.last)
    return {row.dealer_id: row for row in rows.order_by("starts_on", "pk")}


def _breaches(dealers: Iterable[int], period: RatingPeriod) -> dict[int, list[ExclusivityBreach]]:
    found = defaultdict(list)
    rows = ExclusivityBreach.objects.filter(dealer__in=list(dealers), confirmed_on__lte=period.last)
    for row in rows.order_by("occurred_on", "pk"):
        found[row.dealer_id].append(row)
    return found


def _sales(dealers: Iterable[int], period: RatingPeriod) -> dict[tuple[int, int], int | None]:
    """Effective sales by (dealer, quarters back): None where a month of it is not known, 0 where nothing was sold."""
    found: dict[tuple[int, int], int | None] = {}
    for back in (0, 1):
        quarter: Quarter = period.last_quarter + -back
        found |= {(pk, back): 0 for pk in dealers}
        rows = DealerMonth.objects.filter(dealer__in=list(dealers), month__range=(quarter.first, quarter.last))
        for pk, total in rows.values_list("dealer").annotate(total=Sum("effective")):
            found[pk, back] = total or 0
        for pk in rows.filter(effective=None).values_list("dealer", flat=True):
            found[pk, back] = None
    return found


def _lines(tier: str, checked: Iterable[Checked]) -> list[dict[str, Any]]:
    return [
        {
            "tier": tier,
            "attribute": one.criterion.attribute,
            "operator": one.criterion.operator,
            "value": one.criterion.value,
            "found": one.found if isinstance(one.found, bool | int | None) else str(one.found),
            "met": one.met,
            "waiver": f"{one.waiver.approver}: {one.waiver.reason}" if one.waiver else "",
        }
        for one in checked
    ]


def _sold_lines(subject: Subject, period: RatingPeriod) -> list[dict[str, Any]]:
    committed = subject.term.committed if subject.term else None
    return [
        {"quarter": str(period.last_quarter + -back), "effective": sold, "committed": committed}
        for back, sold in enumerate(subject.sales)
    ]


def _write(found: RatingRound, proposals: list[RatingProposal]) -> int:
    """What still waits is replaced by what is proposed now; an equal proposal stays the row that it was.

    How many are new.
    """
    waiting = {row.dealer_id: row for row in found.proposals.filter(state="proposed")}
    new, changed = [], []
    for proposal in proposals:
        row = waiting.pop(proposal.dealer_id, None)
        if row is None:
            proposal.round = found
            new.append(proposal)
        elif _content(row) != _content(proposal):
            row.current, row.proposed = proposal.current, proposal.proposed
            row.reason, row.evidence = proposal.reason, proposal.evidence
            changed.append(row)
    RatingProposal.objects.filter(pk__in=[row.pk for row in waiting.values()]).delete()
    RatingProposal.objects.bulk_create(new, batch_size=1_000)
    RatingProposal.objects.bulk_update(changed, ["current", "proposed", "reason", "evidence"], batch_size=500)
    return len(new)


def _content(row: RatingProposal) -> tuple[Any, ...]:
    return (row.current, row.proposed, row.reason, row.evidence)


def settle_state(found: RatingRound, *, by: Any, at: datetime) -> None:
    """A round is open as long as a proposal waits."""
    waits = found.proposals.filter(state="proposed").exists()
    if waits and found.state == "closed":
        transitions.move(found, action="reopen", by=by, at=at)
    elif not waits and found.state == "open":
        transitions.move(found, action="close", by=by, at=at)

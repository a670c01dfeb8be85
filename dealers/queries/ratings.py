"""Rating rounds and what they propose."""

import csv
import io
from typing import IO, Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from accounts.models import OrgUnit
from dealers.models import RatingProposal, RatingRound
from dealers.rules.rating import RatingPeriod

COLUMNS = ("dealer_code", "current", "proposed", "reason")


def cities(user: Any) -> QuerySet[OrgUnit]:
    """The cities that `user` may rate (None: all)."""
    visible = OrgUnit.objects.visible_to(user) if user is not None else OrgUnit.objects.all()
    return visible.filter(level="city").order_by("code")


def due(period: RatingPeriod) -> QuerySet[OrgUnit]:
    """The cities that the calendar rates: not rated yet, or without knowing what everybody sold."""
    known = RatingRound.objects.filter(period=str(period), unknown=0)
    return cities(None).exclude(pk__in=known.values("city"))


def rounds(user: Any) -> QuerySet[Any]:
    """The rounds of the user's cities (None: all) with how many proposals there are and how many wait."""
    rows = RatingRound.objects.visible_to(user) if user is not None else RatingRound.objects.all()
    return rows.select_related("city").annotate(
        proposals_count=Count("proposals"), waiting=Count("proposals", filter=Q(proposals__state="proposed"))
    )


def proposals(user: Any) -> QuerySet[Any]:
    """What is and was proposed for the dealers within the user's scope."""
    return RatingProposal.objects.visible_to(user).select_related(
        "round__city", "dealer__org_unit__county", "dealer__manager", "decided_by"
    )


def summary(found: RatingRound) -> dict[str, Any]:
    """A round as commands and jobs tell it."""
    counts = found.proposals.values_list("reason").annotate(count=Count("pk")).order_by("reason")
    return {
        "number": found.number,
        "city": found.city.code,
        "state": found.state,
        "effective_from": found.effective_on.isoformat(),
        "dealers": found.dealers,
        "unknown": found.unknown,
        "proposals": dict(counts),
    }


def changes(user: Any, *, period: str) -> list[tuple[str, str, str, str]]:
    """The period's changes as `export_rating` writes them: all but the rejected ones, by dealer."""
    rows = RatingProposal.objects.visible_to(user) if user is not None else RatingProposal.objects.all()
    kept = rows.filter(round__period=period).exclude(state="rejected")
    return sorted(kept.values_list("dealer__code", "current", "proposed", "reason"))


def write(rows: list[tuple[str, str, str, str]], out: IO[bytes]) -> None:
    """UTF-8 CSV without BOM; see docs/data-contracts.md, "Files out"."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    out.write(text.getvalue().encode())


def address(period: str) -> str:
    """The page of a period's proposals."""
    return f"{reverse('dealers:proposals')}?period={period}"


def periods_to_rate(last: RatingPeriod) -> list[RatingPeriod]:
    """The periods that people rate: the quarters of a year back from `last`, and the years that ended with one."""
    quarters = [RatingPeriod(one.year, one.quarter) for one in (last.last_quarter + -back for back in range(4))]
    years = [RatingPeriod(one.year) for one in quarters if one.quarter == 4]
    return sorted([*quarters, *years], reverse=True)

"""Assessment scores and what the channel managers achieved."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, Q

from accounts.models import OrgUnit
from audits.models import DealerScore, ScoreRound
from audits.queries import due
from core import sql
from core.periods import Month
from dealers import states
from dealers.models import Dealer


def rounds(user: Any) -> Any:
    """The assessments of the user's counties, with `dealers`, `known` and the `mean` score."""
    return (
        ScoreRound.objects.visible_to(user)
        .select_related("county")
        .annotate(
            dealers=Count("rows"), known=Count("rows", filter=Q(rows__score__isnull=False)), mean=Avg("rows__score")
        )
    )


def rows(found: ScoreRound, user: Any) -> Any:
    """The dealers of a round within the user's scope."""
    return (
        DealerScore.objects.visible_to(user).filter(round=found).select_related("dealer__org_unit", "dealer__manager")
    )


def counties(user: Any) -> Any:
    """The counties of the user (None: all)."""
    units = OrgUnit.objects.visible_to(user) if user is not None else OrgUnit.objects.all()
    return units.filter(level="county").order_by("code")


# Of each manager's present dealers: visits by the month's check-ins, rectifications ordered in the month.
ACHIEVED = """
SELECT dealer.manager_id,
       sum(visited.done) AS visits, sum(visited.marked) AS marked,
       sum(righted.ordered) AS ordered, sum(righted.finished) AS finished, sum(righted.late) AS late,
       sum(righted.days) / nullif(sum(righted.finished), 0) AS days,
       sum(coalesce(now.sales, 0)) AS sales, sum(coalesce(before.sales, 0)) AS sales_before
  FROM unnest(%(dealers)s::bigint[]) AS given (id)
  JOIN dealers_dealer dealer ON dealer.id = given.id
  LEFT JOIN dealers_dealermonth now ON now.dealer_id = dealer.id AND now.month = %(first)s
  LEFT JOIN dealers_dealermonth before ON before.dealer_id = dealer.id AND before.month = %(before)s
  LEFT JOIN LATERAL (
       SELECT count(*) AS done, count(*) FILTER (WHERE v.too_far OR v.too_short OR v.too_long) AS marked
         FROM audits_visit v
        WHERE v.dealer_id = dealer.id AND v.state = 'done' AND v.kind NOT IN ('mystery', 'spot_check')
          AND v.checked_in_at >= %(begin)s
          AND v.checked_in_at < %(end)s) visited ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS ordered, count(r.done_at) AS finished,
              count(*) FILTER (WHERE r.state = 'open' AND r.due_on < %(day)s) AS late,
              sum(extract(epoch FROM r.done_at - r.ordered_at) / 86400) AS days
         FROM audits_rectification r
        WHERE r.dealer_id = dealer.id AND r.state <> 'cancelled' AND r.ordered_at >= %(begin)s
          AND r.ordered_at < %(end)s) righted ON true
 GROUP BY dealer.manager_id
"""


@dataclass(frozen=True)
class Achieved:
    """A channel manager's month: `covered`, `in_order` and `growth` as fractions, `days` from order to report."""

    manager: str
    dealers: int
    covered: float
    visits: int
    in_order: float | None
    ordered: int
    finished: int
    late: int
    days: float | None
    sales: int
    growth: float | None


def achieved(*, user: Any, unit: Any, month: Month, day: date) -> list[Achieved]:
    """Each manager's month within scope and unit: two queries. `day` is today."""
    spans = due.coverage(user=user, unit=unit, day=min(day, month.last), limit=1_000)
    live = Dealer.objects.visible_to(user).within(unit).filter(stage__in=states.STORE, manager__isnull=False)
    given = {
        "dealers": list(live.values_list("pk", flat=True)),
        "first": month.first,
        "before": (month + -1).first,
        "begin": due.start_of(month.first),
        "end": due.end_of(month.last),
        "day": day,
    }
    found = {row["manager_id"]: row for row in sql.fetch_all(ACHIEVED, given)}
    return [_achieved(span, found[span.manager_id]) for span in spans if span.manager_id in found]


def _achieved(span: due.Coverage, row: dict[str, Any]) -> Achieved:
    visits, sales, before = int(row["visits"]), int(row["sales"]), int(row["sales_before"])
    return Achieved(
        manager=span.manager,
        dealers=span.dealers,
        covered=span.share / 100,
        visits=visits,
        in_order=(visits - int(row["marked"])) / visits if visits else None,
        ordered=int(row["ordered"]),
        finished=int(row["finished"]),
        late=int(row["late"]),
        days=round(float(row["days"]), 1) if row["days"] is not None else None,
        sales=sales,
        growth=sales / before - 1 if before else None,
    )

"""Batches of a period: county by county, against the month before, with what is to be done next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions.models import SettlementBatch
from commissions.states import FROZEN
from core.models import Job
from core.money import ZERO
from core.periods import Month, Period, Week

FIGURES = ("gross", "withheld", "pool", "subsidy", "deduction", "penalty", "clawback", "adjustments", "carried_in",
           "net", "paid", "carried_out")  # fmt: skip
# The states that a batch goes through, in order: the columns of the overview.
STAGES = ("calculated", "submitted", "reviewed", "approved", "paying", "paid")
JOB_KIND = "settle"
UNEXPECTED = _(
    "An unexpected error stopped the calculation. Try again; if it goes on, tell your administrator the time."
)


def visible(user: Any) -> QuerySet[SettlementBatch]:
    """Every batch within the user's scope, void ones too, with county and the people who moved it."""
    return SettlementBatch.objects.visible_to(user).select_related(
        "county", "submitted_by", "reviewed_by", "approved_by", "paying_by", "calculated_by"
    )


def month_before(batch: SettlementBatch) -> SettlementBatch | None:
    """The county's live monthly batch of the month before the batch's settlement month."""
    earlier = Month.of(batch.month) + -1
    return (
        SettlementBatch.objects.filter(county_id=batch.county_id, kind="monthly", month=earlier.first)
        .exclude(state="void")
        .defer("inputs", "checks")
        .first()
    )


def active_job(batch: SettlementBatch) -> Job | None:
    """The calculation of the batch that is under way."""
    key = f"{batch.period}:{batch.county.code}"
    return Job.objects.filter(kind=JOB_KIND, key=key, state__in=("queued", "running")).first()


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """The change from `before` to `now` as a fraction; None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return (now - before) / abs(before)


@dataclass(frozen=True)
class Compared:
    """One figure of a batch beside the same of the month before (yuan, or a count)."""

    name: str
    label: Any
    now: Any
    before: Any
    kind: str = "money"

    @property
    def difference(self) -> Any:
        return None if self.before is None else self.now - self.before

    @property
    def change(self) -> Decimal | None:
        return change(Decimal(self.now), None if self.before is None else Decimal(self.before))


def compared(batch: SettlementBatch, before: SettlementBatch | None) -> list[Compared]:
    """Every figure of `batch` against `before`; counts first, then money in the order of a statement."""
    counts = [("dealers", "number"), ("lines", "number"), ("unpriced", "number")]
    money = [(name, "money") for name in FIGURES]
    labels: Any = {field.name: field.verbose_name for field in SettlementBatch._meta.fields}
    return [
        Compared(
            name,
            labels[name],
            getattr(batch, name),
            getattr(before, name) if before else None,
            kind,
        )
        for name, kind in counts + money
    ]


@dataclass
class CountyRow:
    """A county in one period: its live batch, the one a month earlier, its job, its warnings."""

    county: OrgUnit
    batch: SettlementBatch | None = None
    before: SettlementBatch | None = None
    job: Job | None = None

    @property
    def state(self) -> str:
        return self.batch.state if self.batch else ""

    @property
    def change(self) -> Decimal | None:
        """Of the amount paid, against the month before."""
        return change(self.batch.paid, self.before.paid) if self.batch and self.before else None

    def warnings(self) -> int:
        return count_of(self.batch, "warning")

    def errors(self) -> int:
        return count_of(self.batch, "error")

    @property
    def can_settle(self) -> bool:
        """Whether a calculation can be asked for at all: none yet, or one that nobody has submitted."""
        return (self.batch is None or self.batch.state in ("calculating", "calculated")) and not (
            self.job and self.job.active
        )

    @property
    def refusals(self) -> list[Any]:
        """Why the latest calculation came to nothing, if it did and nothing was calculated since."""
        return refusals(self.job, self.batch)


def count_of(batch: SettlementBatch | None, severity: str) -> int:
    """How many kinds of check of that severity the batch shows."""
    return sum(1 for check in batch.checks if check.get("severity") == severity) if batch else 0


def refusals(job: Job | None, batch: SettlementBatch | None) -> list[Any]:
    """What a finished job says it could not do; empty once a later calculation succeeded."""
    if job is None or job.active:
        return []
    if batch and batch.calculated_at and job.finished_at and batch.calculated_at > job.finished_at:
        return []
    if job.state == "failed":
        return [UNEXPECTED if job.error.startswith("Traceback") else job.error.strip()]
    return []


@dataclass
class Overview:
    """All counties of one period, with sums over their live batches."""

    period: Period
    rows: list[CountyRow]
    totals: dict[str, Decimal] = field(default_factory=dict)
    by_state: dict[str, int] = field(default_factory=dict)

    @property
    def jobs(self) -> list[Job]:
        return [row.job for row in self.rows if row.job and row.job.active]

    @property
    def batches(self) -> list[SettlementBatch]:
        return [row.batch for row in self.rows if row.batch]

    @property
    def compared(self) -> list[CountyRow]:
        """The counties that have both periods: only they are compared."""
        return [row for row in self.rows if row.batch and row.before]

    def change_of(self, name: str) -> Decimal | None:
        """How the sum of a figure changed against the period before."""
        now = sum((getattr(row.batch, name) for row in self.compared), ZERO)
        return change(now, sum((getattr(row.before, name) for row in self.compared), ZERO))

    @property
    def change(self) -> Decimal | None:
        """Of the paid sum."""
        return self.change_of("paid")


def overview(user: Any, period: Period, *, within: OrgUnit | None = None) -> Overview:
    """The counties of the user's scope (of `within`, if given) in `period`: four queries."""
    counties = OrgUnit.objects.visible_to(user).filter(level="county").within(within).order_by("path")
    rows = {county.pk: CountyRow(county) for county in counties}
    live = SettlementBatch.objects.filter(county__in=rows).exclude(state="void")
    for batch in live.filter(period=str(period)).select_related("county").defer("inputs"):
        rows[batch.county_id].batch = batch
    for batch in live.filter(period=str(period + -1)).defer("inputs", "checks"):
        rows[batch.county_id].before = batch
    by_key = {f"{period}:{row.county.code}": row for row in rows.values()}
    newest = Job.objects.filter(kind=JOB_KIND, key__in=list(by_key)).order_by("key", "-pk").distinct("key")
    for job in newest.defer("log", "args"):
        by_key[job.key].job = job
    found = Overview(period, list(rows.values()))
    for name in FIGURES:
        found.totals[name] = sum((getattr(row.batch, name) for row in found.rows if row.batch), ZERO)
    for stage in ("", *STAGES):
        found.by_state[stage] = sum(row.state == stage for row in found.rows)
    return found


def last_over(kind: type[Month] | type[Week], today: date) -> Period:
    """The newest month or week that is over on `today`."""
    return kind.of(today) + -1


def periods_on_offer(kind: type[Month] | type[Week], today: date) -> Sequence[Period]:
    """A year of months or weeks up to the last that is over, newest first."""
    last = last_over(kind, today)
    return [last + -back for back in range(13 if kind is Month else 53)]


@dataclass(frozen=True)
class WeekOfMonth:
    """A week whose settlement month is the one looked at: how many counties have a live batch, how many frozen."""

    period: str
    batches: int
    frozen: int
    gross: Decimal


def weeks_of(user: Any, month: Month, *, within: OrgUnit | None = None) -> list[WeekOfMonth]:
    """The weeks with live batches that belong to the settlement month, in order: one query."""
    found = (
        SettlementBatch.objects.visible_to(user)
        .filter(kind="weekly", month=month.first)
        .exclude(state="void")
        .values("period")
        .order_by("period")
        .annotate(batches=Count("pk"), frozen=Count("pk", filter=Q(state__in=FROZEN)), sum=Sum("gross"))
    )
    if within is not None:
        found = found.filter(county__path__startswith=within.path)
    return [WeekOfMonth(row["period"], row["batches"], row["frozen"], row["sum"]) for row in found]

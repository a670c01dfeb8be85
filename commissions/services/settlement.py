"""Settle a county's period: from facts to a calculated batch.

One transaction per county, under the county's turn; the same facts give the same
batch, however often and in whatever order it is run. See docs/commissions.md, "A batch".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, auto
from operator import attrgetter
from typing import Any

from constance.utils import get_values_for_keys
from django.db import OperationalError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from commissions.bulk import lines, pricing, totals
from commissions.bulk.context import Context, Thresholds
from commissions.bulk.entries import due_adjustments, due_penalties
from commissions.models import SettlementBatch
from commissions.queries import batch_facts, versions
from commissions.queries.policies import live_rules, rule_value
from commissions.rules import admission
from commissions.services import checks
from commissions.services.bands import read_bands
from commissions.states import BATCH
from core import sql, transitions
from core.errors import Refused
from core.periods import Month, Period, Week, parse_period
from inventory.models import ReentrySuspect, SubscriberMonth

TRIES = 5
# Inputs that do not decide about the record lines: totals are done each time, arrivals tell which months to count.
BESIDE = {"deduction_bands", "others", "arrivals"}
# Inputs that only the reasons of the record lines are made from: not which lines are due, nor what they are worth.
JUDGED_BY = {
    "active_call_minutes",
    "active_data_mb",
    SubscriberMonth._meta.db_table,
    ReentrySuspect._meta.db_table,
}
Progress = Callable[[int, int, str], None]


class Stale(Enum):
    """What of a batch's record lines has to be done again."""

    NOTHING = auto()
    REASONS = auto()  # the same lines are due, but may be judged differently
    LINES = auto()


class SettlementRefused(Refused):
    """The county's period cannot be settled now. `params["months"]` names missing data, if that is why."""

    code = "settlement_refused"


@dataclass(frozen=True)
class Refusal:
    """A county that was not settled, and why; `months` are those whose data are missing."""

    county: OrgUnit
    reason: str
    months: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What settling several counties gave."""

    batches: list[SettlementBatch]
    refused: list[Refusal]


def settle_period(
    *,
    period: Period,
    counties: Iterable[OrgUnit],
    by: Any,
    at: datetime,
    today: date,
    progress: Progress | None = None,
) -> Outcome:
    """Calculate or recalculate the batches of `period`, each county on its own."""
    counties = list(counties)
    batches, refused = [], []
    for place, county in enumerate(counties):
        if progress:
            progress(place, len(counties), county.name)
        try:
            batches.append(settle_county(county=county, period=period, by=by, at=at, today=today).pk)
        except SettlementRefused as refusal:
            refused.append(Refusal(county, str(refusal), refusal.params.get("months", [])))
    if progress:
        progress(len(counties), len(counties), "")
    found = SettlementBatch.objects.select_related("county").in_bulk(batches)
    return Outcome([found[pk] for pk in batches], refused)


def settle_county(
    *, county: OrgUnit, period: Period, by: Any, at: datetime, today: date, progress: Progress | None = None
) -> SettlementBatch:
    """Calculate or recalculate one county's batch of `period`. Raises SettlementRefused.

    Record lines are written anew, judged again or kept, as what they are made from tells.
    Killed at any point it leaves the batch as it was; run again it gives the same.
    """
    batch = _again_if_disturbed(lambda: _open(county, period, today))
    try:
        batch = _again_if_disturbed(lambda: _calculate(batch, by=by, at=at, today=today, progress=progress))
    except SettlementRefused:
        SettlementBatch.objects.filter(pk=batch.pk, state="calculating").delete()
        raise
    for other in _disturbed(batch):
        refresh_statements(batch=other, at=at)
    return batch


def refresh_statements(*, batch: SettlementBatch, at: datetime) -> None:
    """Do the dealers' totals of a calculated batch again: another county's lines have changed."""

    def again() -> None:
        with sql.snapshot():
            _take_turn(batch.county_id)
            fresh = SettlementBatch.objects.select_related("county").get(pk=batch.pk)
            if fresh.state == "calculated":
                others = _write_totals(_context(fresh, _others(fresh)), at=at)
                SettlementBatch.objects.filter(pk=fresh.pk).update(inputs=fresh.inputs | others)

    _again_if_disturbed(again)


def _again_if_disturbed(work: Callable[[], Any]) -> Any:
    """Run `work`; once more, at most TRIES times in all, if another transaction changed what it had seen."""
    for _try in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") not in ("40001", "40P01") or connection.in_atomic_block:
                raise
    return work()


def _take_turn(county_id: int) -> None:
    """Wait for the county's turn and keep it until the transaction ends.

    The row is changed, not only locked, so that whoever waited sees that its snapshot
    is out of date and begins again.
    """
    sql.execute(
        """INSERT INTO commissions_countyturn AS known (county_id, turn) VALUES (%s, 1)
               ON CONFLICT (county_id) DO UPDATE SET turn = known.turn + 1""",
        [county_id],
    )


def _open(county: OrgUnit, period: Period, today: date) -> SettlementBatch:
    """The live batch of the period, made if there is none."""
    with transaction.atomic():
        sql.execute("SET LOCAL synchronous_commit = off")  # if a crash takes it back, nothing is lost
        _take_turn(county.pk)
        known = list(SettlementBatch.objects.filter(county=county).only("county", "period", "state"))
        live = [batch for batch in known if batch.state != "void"]
        _admit(live, period, today)
        batch = next((batch for batch in live if batch.period == str(period)), None)
        if batch is None:
            former = sum(batch.period == str(period) for batch in known)
            number = f"{period}-{county.code}"
            batch = SettlementBatch.objects.create(
                number=f"{number}-{former + 1}" if former else number,
                county=county,
                kind="weekly" if isinstance(period, Week) else "monthly",
                period=str(period),
                first_day=period.first,
                last_day=period.last,
                month=period.settlement_month.first,
            )
    return batch


def _admit(live: Iterable[SettlementBatch], period: Period, today: date) -> None:
    """Raise SettlementRefused if the period may not be settled now. `live`: the county's batches that are not void."""
    calculated = [
        admission.LiveBatch(parse_period(batch.period), batch.state) for batch in live if batch.state != "calculating"
    ]
    refusal = admission.refusal(period, calculated, today=today)
    if refusal:
        raise SettlementRefused(
            gettext(admission.REFUSALS[refusal.code])
            % {"period": period, "other": refusal.other, "state": _state_label(refusal.state)},
            code=refusal.code,
        )


def _state_label(name: str) -> str | Promise:
    return BATCH.state(name).label if name else ""


def _calculate(
    opened: SettlementBatch, *, by: Any, at: datetime, today: date, progress: Progress | None
) -> SettlementBatch:
    report = progress or (lambda done, total, note: None)
    with sql.snapshot():
        _take_turn(opened.county_id)
        batch = SettlementBatch.objects.select_related("county").get(pk=opened.pk)
        others = _others(batch)
        _admit([batch, *others], parse_period(batch.period), today)
        sql.plan_for_many_rows()
        context = _context(batch, others)
        pricing.place_dealers(context)
        pricing.count_records(context)
        inputs = _inputs(context)
        stale = _stale(batch.inputs, inputs)
        fresh = stale is Stale.LINES
        if stale is not Stale.NOTHING:
            _write_record_lines(context, report, stale)
        report(3, 5, gettext("Summing up"))
        inputs |= _write_totals(context, at=at, fresh=fresh)
        report(4, 5, gettext("Checking the batch"))
        batch.refresh_from_db()
        batch.inputs, batch.calculated_by = inputs, by
        batch.lines_at = batch.lines_at if stale is Stale.NOTHING else at
        batch.checks = checks.findings(batch, context.values.values(), fresh=fresh)
        batch.save(update_fields=["inputs", "calculated_by", "lines_at", "checks"])
        if fresh:
            sql.fetch_value("SELECT commissions_attach_lines(%s)", [batch.pk])
        transitions.move(batch, action="calculate" if batch.state == "calculating" else "recalculate", by=by, at=at)
        report(5, 5, "")
    return batch


def _write_record_lines(context: Context, report: Progress, stale: Stale) -> None:
    """Price the records and write the lines into the batch's own table, which is attached when all is done.

    If only the reasons are stale, the lines that stand are judged again.
    """
    if stale is Stale.LINES:
        report(0, 5, gettext("Pricing the records"))
        pricing.forget(context)
        pricing.price_records(context)
    report(1, 5, gettext("Looking at the conditions"))
    due = lines.prepare(context)
    missing = lines.missing_months(context, due)
    if missing:
        raise SettlementRefused(
            _("Subscriber months of %(county)s are missing for %(months)s. Import them and settle again.")
            % {"county": context.county.name, "months": ", ".join(map(str, missing))},
            code="no_data",
            months=[str(month) for month in missing],
        )
    report(2, 5, gettext("Writing the lines"))
    if stale is Stale.REASONS:
        lines.judge_again(context, due)
        return
    new = bool(due.arms) and not sql.fetch_value("SELECT to_regclass(%s)", [context.lines_table])
    if not new:
        sql.fetch_value("SELECT commissions_open_lines(%s)", [context.batch.pk])
    lines.write_record_lines(context, due, new=new)
    sql.fetch_value("SELECT commissions_close_lines(%s)", [context.batch.pk])


def _write_totals(context: Context, *, at: datetime, fresh: bool = False) -> dict[str, Any]:
    """Write the statements and the batch's sums; what these took from other batches, for the batch's inputs."""
    totals.write_statements(
        context,
        bands=[(band.least, band.coefficient) for band in read_bands(context.deduction_bands)],
        penalties=due_penalties(context),
        adjustments=due_adjustments(context),
        at=at,
        fresh=fresh,
    )
    return {} if context.weekly else {"others": batch_facts.others(context.batch)}


def _others(batch: SettlementBatch) -> list[SettlementBatch]:
    """The county's other batches that are not void."""
    live = SettlementBatch.objects.filter(county_id=batch.county_id).exclude(state="void").exclude(pk=batch.pk)
    return list(live.only("kind", "period", "last_day", "month", "state", "lines_at"))


def _context(batch: SettlementBatch, others: list[SettlementBatch]) -> Context:
    """Everything small that the calculation is based on."""
    before = [other for other in others if other.kind == "monthly" and other.month < batch.month]
    previous = max(before, key=attrgetter("month"), default=None)
    later = [other.pk for other in others if other.kind == "weekly" and _is_later(other, previous)]
    rules = {rule.pk: rule for rule in live_rules(path=batch.county.path, until=batch.last_day)}
    shared = any(one.kind == "weekly" for one in (batch, *others))
    edges = {rule.effective_from for rule in rules.values()}
    edges |= {date.fromordinal(rule.effective_to.toordinal() + 1) for rule in rules.values() if rule.effective_to}
    current = versions.current()
    settings = get_values_for_keys(["ACTIVE_CALL_MINUTES", "ACTIVE_DATA_MB", "DEDUCTION_BANDS"])
    return Context(
        batch=batch,
        county=batch.county,
        month=Month.of(batch.month),
        weekly=batch.kind == "weekly",
        first_day=batch.first_day,
        last_day=batch.last_day,
        previous=previous,
        rules=rules,
        values={pk: rule_value(rule) for pk, rule in rules.items()},
        thresholds=Thresholds(settings["ACTIVE_CALL_MINUTES"], settings["ACTIVE_DATA_MB"]),
        deduction_bands=settings["DEDUCTION_BANDS"],
        segments=sorted(edges),
        earlier=[other.pk for other in others if other.pk not in later],
        later=later,
        shared=shared,
        # A week may have priced a part of a record whose month was settled before.
        same_versions=not shared and previous is not None and previous.inputs.get("versions") == current,
        versions=current,
        facts=versions.of_facts(),
        arrivals=versions.of_arrivals(),
    )


def _is_later(week: SettlementBatch, previous: SettlementBatch | None) -> bool:
    """Whether the week was priced after the previous monthly batch, or ends in a month that this did not take."""
    if week.lines_at is None:
        return False
    if previous is None or previous.lines_at is None:
        return True
    return week.lines_at > previous.lines_at or week.last_day > previous.last_day


def _inputs(context: Context) -> dict[str, Any]:
    """What the calculation is based on, frozen on the batch; see BESIDE and JUDGED_BY."""
    return {
        "rules": sorted(rule.code for rule in context.rules.values()),
        "active_call_minutes": str(context.thresholds.call_minutes),
        "active_data_mb": str(context.thresholds.data_mb),
        "deduction_bands": context.deduction_bands,
        "versions": context.versions,
        "facts": context.facts,
        "program": versions.of_program(),
        "batches": batch_facts.batches_beside(context.batch),
        "broken": batch_facts.broken_books(),
        "records": batch_facts.count_records(context.batch),
        "months": context.records,
        "arrivals": context.arrivals,
    }


def _stale(known: dict[str, Any], inputs: dict[str, Any]) -> Stale:
    """What has to be done again of the record lines that were made from `known`."""
    then, now = _one_by_one(known), _one_by_one(inputs)
    changed = {name for name in then.keys() | now.keys() if then.get(name) != now.get(name)}
    if not changed:
        return Stale.NOTHING
    return Stale.REASONS if changed <= JUDGED_BY else Stale.LINES


def _one_by_one(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs that record lines are made from, each large table on its own."""
    return {name: value for name, value in inputs.items() if name not in {*BESIDE, "facts"}} | inputs.get("facts", {})


def _disturbed(batch: SettlementBatch) -> list[SettlementBatch]:
    """Calculated monthly batches of other counties with dealers of which this batch has lines."""
    elsewhere = [] if batch.kind == "weekly" else elsewhere_at_home(batch)
    if not elsewhere:
        return []
    others = SettlementBatch.objects.filter(month=batch.month, kind="monthly", state="calculated")
    return list(others.exclude(pk=batch.pk).filter(county__in=elsewhere))


def elsewhere_at_home(batch: SettlementBatch) -> list[int]:
    """The other counties in which dealers of the batch's statements are on the month's last day."""
    rows = sql.fetch_all(
        """SELECT DISTINCT unit.county_id
             FROM commissions_statement statement
             JOIN dealers_dealerunit span ON span.dealer_id = statement.dealer_id AND span.valid_from <= %(last)s
             JOIN accounts_orgunit unit ON unit.id = span.org_unit_id AND unit.county_id <> %(county)s
            WHERE statement.batch_id = %(batch)s
              AND NOT EXISTS (SELECT FROM dealers_dealerunit newer WHERE newer.dealer_id = span.dealer_id
                                 AND newer.valid_from > span.valid_from AND newer.valid_from <= %(last)s)""",
        {"batch": batch.pk, "county": batch.county_id, "last": Month.of(batch.month).last},
    )
    return [row["county_id"] for row in rows]

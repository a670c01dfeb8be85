"""Assessment scores, computed for a county's month and published by it. See docs/visits.md, "Assessment scores"."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts import queries
from accounts.models import OrgUnit
from accounts.roles import Permission
from audits.bulk import scores
from audits.models import ScoreRound
from audits.queries import due
from audits.queries.settings import score_least, score_weights
from core import notices, sql, transitions
from core.errors import Forbidden, Refused
from core.periods import Month
from dealers import states
from dealers.models import Dealer
from dealers.queries import history

READY = gettext_noop("The assessment scores of %(month)s are computed: publish them.")


class ScoresRefused(Refused):
    """The scores cannot be computed or published now."""

    code = "scores_refused"


@transaction.atomic
def compute(*, county: OrgUnit, month: Month, by: Any, at: datetime, today: date) -> ScoreRound:
    """Compute or compute again what is not published. `by` None is the system."""
    if by is not None:
        _may(by, county)
    if month.last >= today:
        raise ScoresRefused(_("%(month)s is not over yet.") % {"month": month}, code="not_over")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('audits.scores'), %s)", [county.pk])
    row, new = ScoreRound.objects.get_or_create(county=county, month=month.first, defaults={"computed_at": at})
    if row.state != "draft":
        raise ScoresRefused(_("The scores of %(month)s are published.") % {"month": month}, code="published")
    ids = Dealer.objects.filter(org_unit__path__startswith=county.path).values_list("pk", flat=True)
    on_day = history.standings(dealer_ids=ids, day=month.last)
    scores.compute(
        round_id=row.pk,
        dealers=[pk for pk, one in on_day.items() if one.stage in states.STORE],
        first=month.first,
        last=month.last,
        begin=due.start_of(month.first),
        end=due.end_of(month.last),
        weights=score_weights(),
        least=score_least(),
    )
    row.computed_at = at
    row.save(update_fields=["computed_at"])
    transitions.record(row, action="compute", before="" if new else "draft", after="draft", by=by, at=at)
    if new:
        people = queries.people(Permission.PUBLISH_SCORES, unit=county)
        notices.send(people, READY, url=reverse("audits:scores", args=[row.pk]), but=by, month=str(month))
    return row


@transaction.atomic
def publish(*, scores_of: ScoreRound, by: Any, at: datetime) -> ScoreRound:
    """From now on they count in settlements and ratings; an imported score wins."""
    _may(by, scores_of.county)
    row = ScoreRound.objects.select_for_update(of=("self",)).get(pk=scores_of.pk)
    transitions.demand(row, action="publish")
    if not row.rows.exclude(score=None).exists():
        raise ScoresRefused(_("There is no score to publish: nothing is known of this month."), code="empty")
    scores.publish(round_id=row.pk, month=row.month)
    transitions.move(row, action="publish", by=by, at=at)
    return row


def _may(by: Any, county: OrgUnit) -> None:
    if by is None or not by.can(Permission.PUBLISH_SCORES):
        raise Forbidden(_("Your role may not publish scores."))
    if not OrgUnit.objects.visible_to(by).filter(pk=county.pk).exists():
        raise Forbidden(_("The county is outside your unit."))

"""Assessment scores of a month, and what the channel managers achieved in one."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits import tables_scores as tables
from audits import tasks
from audits.filters_scores import RoundFilter, RowFilter
from audits.models import ScoreRound
from audits.queries import scores
from audits.services import score as service
from core import clock
from core.periods import InvalidPeriod, Month
from core.views import (
    Action,
    Crumb,
    Figure,
    PortalActionView,
    PortalFormView,
    PortalListView,
    one_or_404,
    timeline,
)

AREA = "audits"
MONTHS_BACK = 6


def scores_crumb() -> Crumb:
    return Crumb(_("Assessment scores"), reverse("audits:score-rounds"))


class ScoreRounds(PortalListView):
    """The assessments of the user's counties, the newest first."""

    permission = Permission.VIEW_SCORES
    area = AREA
    title = _("Assessment scores")
    table = tables.ROUNDS
    filterset_class = RoundFilter
    empty_text = _("Nothing is computed yet. On the 2nd the scores of the month before are computed by themselves.")
    primary_action = Action(
        _("Compute scores"), reverse_lazy("audits:scores-new"), permission=Permission.PUBLISH_SCORES
    )

    def get_rows(self, user: Any) -> Any:
        return scores.rounds(user)


class MonthForm(forms.Form):
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = Month.of(clock.today()) + -1
        months = [str(last + -back) for back in range(MONTHS_BACK)]
        self.fields["month"].choices = [(one, one) for one in months]  # type: ignore[attr-defined]


class ComputeScores(PortalFormView):
    """Compute the scores of a month for the user's counties; published ones stay."""

    permission = Permission.PUBLISH_SCORES
    area = AREA
    title = _("Compute scores")
    form_class = MonthForm
    submit_label = _("Compute")

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (scores_crumb(),)

    def perform(self, form: Any) -> str:
        month, user = Month.parse(form.cleaned_data["month"]), self.request.user
        started = [tasks.start_scores(county=county, month=month, by=user) for county in scores.counties(user)]
        if len(started) == 1:
            return reverse("core:job", args=[started[0].pk])
        messages.success(self.request, gettext("%(count)s jobs are started.") % {"count": len(started)})
        return reverse("core:jobs")


class Scores(PortalListView):
    """A county's month: every dealer with the parts of its score."""

    permission = Permission.VIEW_SCORES
    area = AREA
    table = tables.ROWS
    filterset_class = RowFilter
    template_name = "audits/scores.html"
    name = "scores"
    follows_unit = False
    empty_text = _("No dealer of the county cooperated in this month.")

    @cached_property
    def round(self) -> ScoreRound:
        return one_or_404(scores.rounds(self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return f"{self.round.county.name} {self.round.month:%Y-%m}"

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (scores_crumb(),)

    def get_rows(self, user: Any) -> Any:
        return scores.rows(self.round, user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        one: Any = self.round
        return super().get_context(
            round=one,
            state=ScoreRound.machine.state(one.state),
            figures=[
                Figure(_("Dealers"), one.dealers, "number"),
                Figure(pgettext_lazy("scores", "With a score"), one.known, "number"),
                Figure(pgettext_lazy("scores", "Mean score"), f"{one.mean:.2f}" if one.mean is not None else None),
                Figure(pgettext_lazy("scores", "Computed at"), one.computed_at, "datetime"),
            ],
            timeline=timeline(one),
            may_publish=one.state == "draft" and self.request.user.can(Permission.PUBLISH_SCORES),
            **context,
        )


class PublishScores(PortalActionView):
    """From now on the scores count."""

    permission = Permission.PUBLISH_SCORES
    area = AREA
    title = _("Publish the scores")
    submit_label = pgettext_lazy("scores", "Publish")
    success_message = _("The scores are published.")

    def get_rows(self, user: Any) -> Any:
        return scores.rounds(user)

    def get_back_url(self) -> str:
        return tables.round_url(self.object)

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        return (scores_crumb(), Crumb(str(self.object), self.get_back_url()))

    def get_effects(self) -> Sequence[Any]:
        return [
            gettext("The scores of %(count)s dealers count in settlement and rating; imported ones go before them.")
            % {"count": self.object.known},
            _("They cannot be computed again; a correction is imported."),
        ]

    def perform(self, *, form: Any) -> None:
        service.publish(scores_of=self.object, by=self.request.user, at=clock.now())


class Managers(PortalListView):
    """What each channel manager achieved in a month: `?month=2026-09`."""

    permission = Permission.VIEW_SCORES
    area = AREA
    title = _("Managers' performance")
    table = tables.MANAGERS
    template_name = "audits/managers.html"
    follows_unit = False  # asks for the unit itself: a manager counts with his dealers in it
    empty_text = _("No dealers to visit.")

    @cached_property
    def month(self) -> Month:
        newest = Month.of(clock.today())
        try:
            return min(Month.parse(self.request.GET.get("month", "")), newest)
        except InvalidPeriod:
            return newest

    def get_rows(self, user: Any) -> Any:
        return scores.achieved(user=user, unit=self.request.unit, month=self.month, day=clock.today())

    def get_context(self, **context: Any) -> dict[str, Any]:
        later = self.month + 1
        return super().get_context(
            month=str(self.month),
            before=str(self.month + -1),
            after=str(later) if later <= Month.of(clock.today()) else "",
            **context,
        )

from typing import Any

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class ScoreRound(ScopedModel):
    """A county's computed assessment scores of a month; once published they count. `month` is its first day."""

    machine = states.SCORES

    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))
    month = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=10, choices=states.SCORES.choices, default="draft")
    computed_at = models.DateTimeField(pgettext_lazy("scores", "computed at"))

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("assessment of a month")
        verbose_name_plural = _("assessments of months")
        constraints = [
            models.UniqueConstraint(fields=["county", "month"], name="score_round_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="score_round_month"),
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.month:%Y-%m}"


def _part(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=5, decimal_places=2, null=True)


class DealerScore(ScopedModel):
    """A dealer in such a round: the parts and the score, 0 to 100, None where not known."""

    round = models.ForeignKey(ScoreRound, models.CASCADE, related_name="rows")
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    checklist = _part(pgettext_lazy("scores", "checklists"))
    sales = _part(pgettext_lazy("scores", "sales against target"))
    training = _part(pgettext_lazy("scores", "training"))
    complaints = _part(pgettext_lazy("scores", "complaints"))
    quality = _part(pgettext_lazy("scores", "data quality"))
    score = _part(_("score"))

    scope = Scope(unit="round__county", dealer="dealer")

    class Meta:
        verbose_name = _("computed score")
        verbose_name_plural = _("computed scores")
        constraints = [
            models.UniqueConstraint(fields=["round", "dealer"], name="dealer_score_once"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=100),
                name="dealer_score_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dealer}: {self.score}"

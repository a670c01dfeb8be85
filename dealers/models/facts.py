import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers.models.dealer import Dealer


@pghistory.track(append_only=True)
class AssessmentScore(ScopedModel):
    """A dealer's assessment of a month, 0 to 100. `month` is the month's first day."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="scores")
    month = models.DateField(_("month"))
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("assessment score")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "month"], name="score_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_range"),
            models.CheckConstraint(condition=Q(month__day=1), name="score_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.score}"

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class Subsidy(ScopedModel):
    """A store subsidy in yuan a month, for days that are both included; `valid_to` may be open."""

    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="subsidies", verbose_name=_("dealer"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    monthly_amount = models.DecimalField(_("monthly amount"), max_digits=10, decimal_places=2)
    min_score = models.DecimalField(_("minimum score"), max_digits=5, decimal_places=2, null=True, blank=True)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("store subsidy")
        verbose_name_plural = _("store subsidies")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "valid_from"], name="subsidy_once"),
            models.CheckConstraint(condition=Q(monthly_amount__gte=0), name="subsidy_amount"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="subsidy_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.valid_from}"

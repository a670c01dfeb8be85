import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel
from dealers.models.tiers import BusinessType


@pghistory.track(append_only=True)
class CompetitorLevel(ScopedModel):
    """What a competitor pays its dealers for a business, as seen in a unit in a month.

    `value` is yuan per record (basis `fixed`) or a rate of the fee or amount; an empty
    family stands for all products.
    """

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    month = models.DateField(_("month"))
    competitor = models.CharField(_("competitor"), max_length=40)
    business_type = models.CharField(_("business"), max_length=20, choices=BusinessType.choices)
    product_family = models.CharField(_("product family"), max_length=40, blank=True, default="")
    basis = models.CharField(_("basis"), max_length=20, choices=states.Basis.choices, default="fixed")
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=4)
    source = models.CharField(_("source"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("competitor level")
        verbose_name_plural = _("competitor levels")
        ordering = ["-month", "org_unit__path", "business_type", "competitor"]
        constraints = [
            models.UniqueConstraint(
                fields=["org_unit", "month", "competitor", "business_type", "product_family", "basis"],
                name="competitor_level_once",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="competitor_level_value"),
            models.CheckConstraint(condition=Q(month__day=1), name="competitor_level_month"),
        ]

    def __str__(self) -> str:
        return f"{self.competitor} {self.get_business_type_display()} {self.month:%Y-%m}"

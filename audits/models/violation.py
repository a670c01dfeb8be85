import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class ViolationType(ScopedModel):
    """A kind of breach and what it brings: edited in admin.

    The penalty is `multiplier` times the month's gross commission (0: no money penalty).
    """

    class Code(models.TextChoices):
        EXCLUSIVITY = "exclusivity", _("Exclusivity")
        CROSS_REGION = "cross_region", _("Cross-region sale")
        FALSE_BUSINESS = "false_business", _("False business")
        PACKAGING = "packaging", _("Unauthorised policy packaging")
        MISUSE = "misuse", _("Misuse of resources")
        REAL_NAME = "real_name", _("Real-name breach")
        SERVICE = "service", _("Service")

    code = models.CharField(_("type"), max_length=16, primary_key=True, choices=Code.choices)
    multiplier = models.DecimalField(_("penalty multiplier"), max_digits=6, decimal_places=4, default=0, db_default=0)
    suspends_pool = models.BooleanField(_("suspends the pool"), default=True, db_default=True)

    scope = Scope(everyone=True, why="the consequences of a breach are public to all who work with them")

    class Meta:
        verbose_name = _("violation type")
        verbose_name_plural = _("violation types")
        constraints = [models.CheckConstraint(condition=Q(multiplier__gte=0), name="violation_multiplier")]

    def __str__(self) -> str:
        return str(self.get_code_display())


@pghistory.track(append_only=True)
class Violation(ScopedModel):
    """A confirmed breach. Its month is that of `occurred_on`; see docs/commissions.md, "Penalties"."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="violations", verbose_name=_("dealer"))
    type = models.ForeignKey(ViolationType, models.PROTECT, related_name="+", verbose_name=_("type"))
    occurred_on = models.DateField(_("occurred on"))
    confirmed_on = models.DateField(_("confirmed on"))
    entered_at = models.DateTimeField(auto_now_add=True, verbose_name=_("entered at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        indexes = [models.Index(fields=["dealer", "occurred_on"], name="violation_dealer")]
        constraints = [
            models.CheckConstraint(condition=Q(confirmed_on__gte=models.F("occurred_on")), name="violation_dates")
        ]

    def __str__(self) -> str:
        return self.reference

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class Budget(ScopedModel):
    """Yuan that a unit may spend in a month (`2026-09`) or year (`2026`), for a kind or for all ('')."""

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    period = models.CharField(_("period"), max_length=7)
    kind = models.CharField(_("commission kind"), max_length=10, choices=states.Kind.choices, blank=True, default="")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.UniqueConstraint(fields=["org_unit", "period", "kind"], name="budget_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.org_unit_id} {self.period} {self.kind}"

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scoping import Scope, ScopedModel
from dealers import states


@pghistory.track(append_only=True)
class SitePlan(ScopedModel):
    """How many stores of a tier a grid or county should have."""

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)
    planned = models.PositiveIntegerField(pgettext_lazy("stores", "planned"))

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("planned stores")
        verbose_name_plural = _("planned stores")
        constraints = [models.UniqueConstraint(fields=["org_unit", "tier"], name="site_plan_once")]

    def __str__(self) -> str:
        return f"{self.org_unit}: {self.planned}"

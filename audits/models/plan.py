import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class PlannedVisit(ScopedModel):
    """A store that a channel manager means to visit on a day, the `place`th of it: docs/visits.md, "The week"."""

    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("channel manager")
    )
    dealer = models.ForeignKey("dealers.Dealer", models.CASCADE, related_name="+", verbose_name=_("dealer"))
    day = models.DateField(_("day"))
    place = models.PositiveSmallIntegerField(pgettext_lazy("route", "place"))
    kind = models.CharField(_("kind of visit"), max_length=12, choices=states.OWN_KINDS, default="routine")

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("planned visit")
        verbose_name_plural = _("planned visits")
        constraints = [models.UniqueConstraint(fields=["manager", "dealer", "day"], name="planned_once_a_day")]
        indexes = [models.Index(fields=["manager", "day", "place"], name="planned_day")]
        ordering = ["day", "place", "pk"]

    def __str__(self) -> str:
        return f"{self.day}: {self.dealer}"

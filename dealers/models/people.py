"""Who works in a store, and what competitors do near it."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer
from dealers.models.history import DEALER_SCOPE


@pghistory.track(append_only=True)
class StaffMember(ScopedModel):
    """A person who works in a store, until the day before `left_on`."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="staff", verbose_name=_("dealer"))
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    duty = models.CharField(_("duty"), max_length=10, choices=states.Duty.choices, default="clerk")
    joined_on = models.DateField(pgettext_lazy("staff", "joined on"))
    left_on = models.DateField(pgettext_lazy("staff", "left on"), null=True, blank=True)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("member of the staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "name"], condition=Q(left_on=None), name="staff_once"),
            models.CheckConstraint(condition=Q(left_on=None) | Q(left_on__gt=F("joined_on")), name="staff_dates"),
        ]
        ordering = ["left_on", "joined_on", "pk"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(append_only=True)
class CompetitorSeen(ScopedModel):
    """What somebody saw of a competitor near a store."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="competitors", verbose_name=_("dealer"))
    seen_on = models.DateField(_("seen on"))
    operator = models.CharField(_("competitor"), max_length=10, choices=states.Competitor.choices)
    text = models.CharField(_("what was seen"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("competitor", "seen by")
    )

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("competitor seen")
        verbose_name_plural = _("competitors seen")
        ordering = ["-seen_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_operator_display()} {self.seen_on}"

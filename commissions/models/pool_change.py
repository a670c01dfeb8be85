import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class PoolChange(ScopedModel):
    """A request to change a pool by hand: filed by the county, decided by another person. Yuan.

    Once approved it is an entry of the ledger: `adjustment` if positive, `penalty` if negative.
    """

    machine = states.POOL_CHANGE

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="pool_changes", verbose_name=_("dealer"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=states.POOL_CHANGE.choices, default="filed")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("filed by")
    )
    filed_at = models.DateTimeField(_("filed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("pool change request")
        verbose_name_plural = _("pool change requests")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="pool_change_not_zero"),
            models.CheckConstraint(condition=~Q(reason=""), name="pool_change_reason"),
            models.CheckConstraint(
                condition=Q(state="filed", decided_by=None) | (~Q(state="filed") & Q(decided_by__isnull=False)),
                name="pool_change_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(filed_by=None) | ~Q(decided_by=F("filed_by")),
                name="pool_change_two_people",
            ),
        ]
        indexes = [models.Index(fields=["dealer", "state"], name="pool_change_dealer")]

    def __str__(self) -> str:
        return self.reference

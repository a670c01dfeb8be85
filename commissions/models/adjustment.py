from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.dispute import Dispute
from core.scoping import Scope, ScopedModel, ScopedQuerySet


class AdjustmentQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Any:
        """As by scope; a dealer sees those that were approved."""
        rows = super().visible_to(user)
        return rows.filter(state="approved") if getattr(user, "is_dealer", False) else rows


@pghistory.track(append_only=True)
class Adjustment(ScopedModel):
    """A correction by hand in yuan, signed as it enters the statement of its month.

    Names the document that orders it; entered by one person and approved by another
    (or by whoever imports it). Once decided it never changes.
    """

    machine = states.ADJUSTMENT

    class Type(models.TextChoices):
        AUDIT_BACK_PAY = "audit_back_pay", _("Audit back-pay")
        DELAYED = "delayed", _("Delayed payment")
        POLICY_BACK_PAY = "policy_back_pay", _("Policy back-pay")
        OTHER_BACK_PAY = "other_back_pay", _("Other back-pay")
        AUDIT_DEDUCTION = "audit_deduction", _("Audit deduction")
        REAL_NAME = "real_name", _("Real-name penalty")
        TERMINAL = "terminal", _("Terminal penalty")
        FARMING = "farming", _("SIM-farming penalty")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="adjustments", verbose_name=_("dealer"))
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    document_no = models.CharField(_("document number"), max_length=60)
    document_name = models.CharField(_("document"), max_length=120)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=states.ADJUSTMENT.choices, default="entered")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    dispute = models.ForeignKey(
        Dispute, models.PROTECT, null=True, related_name="adjustments", verbose_name=_("dispute")
    )

    objects: ClassVar[Any] = AdjustmentQuerySet.as_manager()
    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(
                condition=Q(type__in=["audit_deduction", "real_name", "terminal", "farming"], amount__lt=0)
                | Q(type__in=["audit_back_pay", "delayed", "policy_back_pay", "other_back_pay"], amount__gt=0),
                name="adjustment_sign",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="adjustment_month"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(entered_by=None) | ~Q(approved_by=F("entered_by")),
                name="adjustment_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(approved_at__isnull=False) & (Q(entered_by=None) | Q(approved_by__isnull=False))),
                name="adjustment_approved_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(document_no="") & ~Q(document_name=""), name="adjustment_has_document"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="decided_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="entered"),
            ),
        ]
        indexes = [models.Index(fields=["dealer", "month"], name="adjustment_dealer")]

    def __str__(self) -> str:
        return self.reference

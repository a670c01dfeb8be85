from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.statement import Statement
from core.scoping import Scope, ScopedModel


class Payment(ScopedModel):
    """One attempt to pay a statement, with a snapshot of the account that it went to.

    A statement has at most one attempt that is under way or has succeeded: nothing is
    paid twice. Amount in yuan, never more than the statement's.
    """

    machine = states.PAYMENT

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="payments", verbose_name=_("statement"))
    attempt = models.PositiveSmallIntegerField(default=1, verbose_name=_("attempt"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    bank = models.CharField(_("bank"), max_length=80)
    account = models.CharField(_("account number"), max_length=40)
    holder = models.CharField(_("account holder"), max_length=80)
    state = models.CharField(_("state"), max_length=10, choices=states.PAYMENT.choices, default="issued")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(verbose_name=_("issued at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(null=True, verbose_name=_("recorded at"))

    scope = Scope(unit="statement__batch__county", dealer="statement__dealer")

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["statement", "attempt"], name="payment_attempt"),
            models.UniqueConstraint(
                fields=["statement"], condition=Q(state__in=["issued", "ok"]), name="payment_never_twice"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.attempt}"

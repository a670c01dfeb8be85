from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel


class PoolAccount(ScopedModel):
    """The balance of a dealer's pool in yuan: kept by the trigger that posts entries, never negative."""

    dealer = models.OneToOneField("dealers.Dealer", models.PROTECT, primary_key=True, related_name="pool_account")
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2, default=0)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(balance__gte=0), name="pool_not_negative")]

    def __str__(self) -> str:
        return f"{self.dealer_id}: {self.balance}"


class PoolEntry(ScopedModel):
    """One signed entry of a dealer's pool ledger. Append-only; `balance` is set by the database.

    `source` names the document: a batch number, a round, a request.
    """

    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="pool_entries", verbose_name=_("dealer"))
    month = models.DateField(_("month"))
    entry = models.CharField(_("entry"), max_length=20, choices=states.PoolEntryKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2, default=0)
    source = models.CharField(_("source"), max_length=80)
    batch = models.ForeignKey(
        "commissions.SettlementBatch", models.PROTECT, null=True, related_name="+", verbose_name=_("batch")
    )
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("posted by")
    )
    posted_at = models.DateTimeField(verbose_name=_("posted at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("pool entry")
        verbose_name_plural = _("pool entries")
        ordering = ["dealer", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dealer", "source", "entry"], name="pool_entry_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="pool_entry_not_zero"),
            models.CheckConstraint(
                condition=Q(entry="adjustment")
                | Q(entry="accrual", amount__gt=0)
                | ~Q(entry="accrual") & Q(amount__lt=0),
                name="pool_entry_sign",
            ),
        ]
        indexes = [models.Index(fields=["dealer", "id"], name="pool_entry_dealer")]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.entry} {self.amount}"

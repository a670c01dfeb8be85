from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.batch import SettlementBatch
from commissions.models.policy import CommissionRule
from core.scoping import Scope, ScopedModel, ScopedQuerySet


def _reference(to: Any, on_delete: Any) -> models.ForeignKey:
    """A foreign key that the settlement itself vouches for, without an index of its own."""
    return models.ForeignKey(to, on_delete, related_name="+", db_constraint=False, db_index=False)


class Entitlement(ScopedModel):
    """What a record earns in all under one kind: fixed by its first settlement.

    `total` in yuan is T; `fee` the product's monthly fee then; `count` the records that
    chose the bracket (or the record's rank). Owned by the batch that found it: a
    recalculation of that batch finds it anew, any other only reads it.
    """

    pk = models.CompositePrimaryKey("record", "kind")
    record = _reference("inventory.SalesRecord", models.DO_NOTHING)
    kind = models.CharField(max_length=10, choices=states.Kind.choices)
    batch = _reference(SettlementBatch, models.PROTECT)
    county = _reference("accounts.OrgUnit", models.PROTECT)
    dealer = _reference("dealers.Dealer", models.PROTECT)
    rule = _reference(CommissionRule, models.PROTECT)
    event_month = models.DateField()
    subscriber_no = models.CharField(max_length=30)
    value = models.DecimalField(max_digits=12, decimal_places=4)
    count = models.IntegerField(null=True)
    fee = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=12, decimal_places=2)

    scope = Scope(unit="county", dealer="dealer")

    class Meta:
        # One index, whose end every new batch appends to: what a county priced is found by its batches.
        indexes = [models.Index(fields=["batch", "event_month"], name="entitlement_batch_month")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.kind}"


class LineQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Any:
        """As by scope; a dealer sees the lines of approved batches only."""
        rows = super().visible_to(user)
        return rows.filter(batch__state__in=states.FROZEN) if getattr(user, "is_dealer", False) else rows


class CommissionLine(ScopedModel):
    """One line of a batch. Partitioned by batch: `id` is the batch's id × 2³² + its place.

    A record line has record, kind, instalment (from 1), rule and total; the others have
    their source in `reason`. `amount = pool_amount + payable` on every line. Written only
    by `commissions.bulk`; the partition of an approved batch refuses every change.
    """

    id = models.BigIntegerField(primary_key=True)
    batch = models.ForeignKey(
        SettlementBatch, models.DO_NOTHING, related_name="+", db_constraint=False, verbose_name=_("batch")
    )
    dealer = models.ForeignKey(
        "dealers.Dealer", models.DO_NOTHING, related_name="+", db_constraint=False, verbose_name=_("dealer")
    )
    record = models.ForeignKey(
        "inventory.SalesRecord",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("record"),
    )
    rule = models.ForeignKey(
        CommissionRule, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, verbose_name=_("rule")
    )
    line_type = models.CharField(_("type"), max_length=10, choices=states.LineType.choices)
    kind = models.CharField(_("commission kind"), max_length=10, choices=states.Kind.choices, blank=True)
    instalment = models.SmallIntegerField(_("instalment"), null=True)
    due_month = models.DateField(_("due month"))
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2, null=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    withheld = models.DecimalField(_("withheld"), max_digits=12, decimal_places=2)
    pool_amount = models.DecimalField(_("to the pool"), max_digits=12, decimal_places=2)
    payable = models.DecimalField(_("payable"), max_digits=12, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    origin = models.BigIntegerField(null=True, verbose_name=_("origin"))

    objects: ClassVar[Any] = LineQuerySet.as_manager()
    scope = Scope(unit="batch__county", dealer="dealer")

    class Meta:
        managed = False  # partitioned: created by migration 0002
        db_table = "commissions_commissionline"
        verbose_name = _("commission line")
        verbose_name_plural = _("commission lines")

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.id & 0xFFFFFFFF}"

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers.models.tiers import BusinessType
from inventory.models.catalogue import Product


class SalesRecord(ScopedModel):
    """One commissionable event as BOSS reports it. Facts: inserted once, never changed.

    `dealer` is what BOSS names; `seller` the dealer that the sale counts for, which is
    BOSS's or else the holder of the serial (`inventory.bulk.sellers`). `event_date` is the
    local day. Amount in yuan, negative for a refund.
    """

    event_no = models.CharField(_("event number"), max_length=40, unique=True)
    business_type = models.CharField(_("business type"), max_length=14, choices=BusinessType.choices)
    occurred_at = models.DateTimeField(_("time"))
    event_date = models.GeneratedField(
        expression=Func(F("occurred_at"), template="((%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date)"),
        output_field=models.DateField(),
        db_persist=True,
        verbose_name=_("date"),
    )
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, null=True, related_name="+", verbose_name=_("dealer"))
    seller = models.ForeignKey(
        "dealers.Dealer", models.PROTECT, null=True, related_name="sales", verbose_name=_("seller")
    )
    subscriber_no = models.CharField(_("subscriber"), max_length=30, blank=True, default="", db_default="")
    msisdn = models.CharField(_("number"), max_length=20, blank=True, default="", db_default="")
    serial = models.CharField(_("serial"), max_length=30, blank=True, default="", db_default="")
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True)
    cell_id = models.CharField(_("cell"), max_length=40, blank=True, default="", db_default="")
    segment = models.CharField(_("segment"), max_length=40, blank=True, default="", db_default="")

    scope = Scope(unit="seller__org_unit", dealer="seller")

    class Meta:
        verbose_name = _("sales record")
        verbose_name_plural = _("sales records")
        constraints = [
            models.CheckConstraint(condition=Q(business_type__in=BusinessType.values), name="sale_business_type")
        ]
        indexes = [
            models.Index(fields=["seller", "event_date"], name="sale_seller_date"),
            models.Index(fields=["serial"], condition=~Q(serial=""), name="sale_serial"),
        ]

    def __str__(self) -> str:
        return self.event_no


class SalesFlag(ScopedModel):
    """Something that a check noticed about a sales record."""

    class Flag(models.TextChoices):
        HOLDER_MISMATCH = "holder_mismatch", _("Sold by another dealer than the card's holder")
        CROSS_REGION = "cross_region", _("Cross-region sale")
        UNKNOWN_CELL = "unknown_cell", _("Unknown cell")

    record = models.ForeignKey(SalesRecord, models.CASCADE, related_name="flags")
    flag = models.CharField(max_length=20, choices=Flag.choices)

    scope = Scope(unit="record__seller__org_unit", dealer="record__seller")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "flag"], name="sales_flag_once")]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.flag}"


class FalseSale(ScopedModel):
    """A sales record that was confirmed to be false; nothing more is earned by it."""

    class Cause(models.TextChoices):
        RE_ENTRY = "re_entry", _("Re-entry of an old subscriber")
        CROSS_REGION = "cross_region", _("Cross-region sale")
        CANCELLED = "cancelled", _("Cancelled by the customer")

    record = models.OneToOneField(SalesRecord, models.PROTECT, related_name="false_sale")
    cause = models.CharField(_("cause"), max_length=14, choices=Cause.choices)
    confirmed_on = models.DateField(_("confirmed on"))
    entered_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    scope = Scope(unit="record__seller__org_unit", dealer="record__seller")

    class Meta:
        verbose_name = _("false sale")

    def __str__(self) -> str:
        return f"{self.record_id}: {self.cause}"


class ReentrySuspect(ScopedModel):
    """A new subscriber who may be an old one: open until someone decides."""

    record = models.OneToOneField(SalesRecord, models.PROTECT, related_name="reentry_suspect")
    is_open = models.BooleanField(default=True)

    scope = Scope(unit="record__seller__org_unit")

    class Meta:
        verbose_name = _("re-entry suspect")

    def __str__(self) -> str:
        return f"{self.record_id}"

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from inventory import states
from inventory.models.catalogue import Product
from inventory.models.stock import StockNode


@pghistory.track(append_only=True)
class MaterialPlan(ScopedModel):
    """What gifts, vouchers and promotional material may be used for. See docs/inventory.md, "Gifts and vouchers"."""

    machine = states.MATERIAL_PLAN

    number = models.CharField(_("plan number"), max_length=30, unique=True)
    activity = models.CharField(_("activity"), max_length=120)
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    state = models.CharField(
        _("state"), max_length=10, choices=states.MATERIAL_PLAN.choices, default="draft", db_default="draft"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )

    # Whoever has one of its dealers sees it; `queries.materials` lists each once.
    scope = Scope(unit=("org_unit", "items__dealer__org_unit"), dealer="items__dealer")

    class Meta:
        verbose_name = _("material plan")
        verbose_name_plural = _("material plans")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="material_plan_days"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")), name="material_plan_duties"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "closed"]) | Q(approved_by__isnull=False),
                name="material_plan_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.activity}"


class PlanItem(ScopedModel):
    """So many of a material for a dealer; `used` counts uses that are approved or carried out."""

    plan = models.ForeignKey(MaterialPlan, models.CASCADE, related_name="items", verbose_name=_("plan"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("material"))
    quantity = models.PositiveIntegerField(_("planned"))
    used = models.PositiveIntegerField(_("used"), default=0, db_default=0)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("planned material")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "dealer", "product"], name="plan_item_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, used__lte=F("quantity")), name="plan_item_not_overdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.dealer_id} {self.product_id} × {self.quantity}"


class MaterialMonth(ScopedModel):
    """A node's account of a material in a month: posted every night from the documents, until it is reconciled.

    closing = opening + received − sent − used + adjusted; `adjusted` is what stocktakes and write-offs changed.
    """

    node = models.ForeignKey(StockNode, models.PROTECT, related_name="+", verbose_name=_("stock node"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("material"))
    month = models.DateField(_("month"))
    opening = models.IntegerField(_("opening"))
    received = models.IntegerField(_("received"))
    sent = models.IntegerField(_("sent"))
    used = models.IntegerField(_("used"))
    adjusted = models.IntegerField(_("adjusted"))
    closing = models.IntegerField(_("closing"))
    counted = models.IntegerField(_("counted"), null=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    reconciled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("reconciled by")
    )
    reconciled_at = models.DateTimeField(_("reconciled at"), null=True)

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("material account")
        verbose_name_plural = _("material accounts")
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["node", "product", "month"], name="material_month_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("received") - F("sent") - F("used") + F("adjusted")),
                name="material_month_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(reconciled_by=None, reconciled_at=None, counted=None)
                | Q(reconciled_by__isnull=False, reconciled_at__isnull=False, counted__isnull=False),
                name="material_month_reconciled",
            ),
            models.CheckConstraint(
                condition=Q(counted=None) | Q(counted=F("closing")) | ~Q(note=""), name="material_month_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id}/{self.product_id} {self.month:%Y-%m}"

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers.states import Tier
from inventory.models.catalogue import Product


@pghistory.track(append_only=True)
class ProductPrice(ScopedModel):
    """What a dealer pays for one piece from a day on, in yuan; a row for his tier comes before one for all."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="prices", verbose_name=_("product"))
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices, blank=True, default="", db_default="")
    valid_from = models.DateField(_("valid from"))
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)

    scope = Scope(everyone=True, why="the price list is the same for all")

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["product", "tier", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["product", "tier", "valid_from"], name="product_price_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.price}"


@pghistory.track(append_only=True)
class DealerCredit(ScopedModel):
    """Up to what amount a dealer may owe for cards that he got, in yuan; without a row he pays in advance."""

    dealer = models.OneToOneField("dealers.Dealer", models.PROTECT, related_name="credit", verbose_name=_("dealer"))
    credit_limit = models.DecimalField(_("credit limit"), max_digits=12, decimal_places=2)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("credit limit")
        verbose_name_plural = _("credit limits")
        constraints = [models.CheckConstraint(condition=Q(credit_limit__gte=0), name="dealer_credit_not_negative")]

    def __str__(self) -> str:
        return f"{self.dealer_id}: {self.credit_limit}"


@pghistory.track(append_only=True)
class DealerReceipt(ScopedModel):
    """Money that a dealer paid for cards, in yuan; one that was entered wrongly is undone by a negative one.

    Without `entered_by` the system loaded it from a file.
    """

    bank_reference = models.CharField(_("bank reference"), max_length=60, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="receipts", verbose_name=_("dealer"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    received_on = models.DateField(_("received on"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="dealer_receipt_not_nothing"),
            models.CheckConstraint(condition=Q(amount__gt=0) | ~Q(note=""), name="dealer_receipt_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_reference}: {self.amount}"

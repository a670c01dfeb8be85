from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from inventory.models.catalogue import Product
from inventory.models.stock import StockNode


class StockLevel(ScopedModel):
    """What a node held of a product on `day` and how it sold: posted each night by `inventory.bulk.levels`.

    Numbers of cards; `sold` within the 30 days up to `day`. `held_since` is the first night on which it held any,
    without a gap. See docs/inventory.md, "Stock levels and alerts".
    """

    SOLD_DAYS = 30

    node = models.ForeignKey(StockNode, models.CASCADE, related_name="levels", verbose_name=_("stock node"))
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", verbose_name=_("product"))
    day = models.DateField(_("date"))
    stock = models.PositiveIntegerField(_("in stock"))
    sold = models.PositiveIntegerField(_("sold in 30 days"))
    days_left = models.DecimalField(_("days of stock"), max_digits=9, decimal_places=1, null=True)
    last_sold_on = models.DateField(_("last sold on"), null=True)
    held_since = models.DateField(_("held since"), null=True)
    expired = models.PositiveIntegerField(_("expired"))
    expiring = models.PositiveIntegerField(_("expiring"))
    is_low = models.BooleanField(_("low stock"))
    is_slow = models.BooleanField(_("slow stock"))
    is_excess = models.BooleanField(_("excess stock"))

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(fields=["node", "product"], name="stock_level_once"),
            models.CheckConstraint(
                condition=Q(stock=0, held_since=None) | Q(stock__gt=0, held_since__isnull=False),
                name="stock_level_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id}/{self.product_id}: {self.stock}"

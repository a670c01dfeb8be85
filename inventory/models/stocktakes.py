import pghistory
from django.conf import settings
from django.contrib.postgres.fields import BigIntegerRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from inventory import states
from inventory.models.catalogue import Product
from inventory.models.stock import StockNode


@pghistory.track(append_only=True)
class Stocktake(ScopedModel):
    """A count of what a node holds. See docs/inventory.md, "Stocktakes".

    Without `products` everything is counted. With `sample`, only so many cards drawn by `seed` are looked for.
    """

    machine = states.STOCKTAKE

    number = models.CharField(_("stocktake number"), max_length=30, unique=True)
    node = models.ForeignKey(StockNode, models.PROTECT, related_name="stocktakes", verbose_name=_("stock node"))
    products = models.ManyToManyField(Product, related_name="+", blank=True, verbose_name=_("products"))
    blind = models.BooleanField(_("blind"), default=True, db_default=True)
    sample = models.PositiveIntegerField(_("cards drawn"), null=True, blank=True)
    seed = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(
        _("state"), max_length=10, choices=states.STOCKTAKE.choices, default="planned", db_default="planned"
    )
    turn = models.PositiveSmallIntegerField(_("count"), default=1, db_default=1)
    expected = models.PositiveIntegerField(_("expected"), null=True)
    counted = models.PositiveIntegerField(_("counted"), null=True)
    differing = models.PositiveIntegerField(_("differences"), null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    started_at = models.DateTimeField(_("count begun at"), null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("verified by")
    )
    finding = models.CharField(_("finding"), max_length=500, blank=True, default="", db_default="")

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["node"], condition=Q(state__in=["counting", "recounting"]), name="stocktake_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("made_by")), name="stocktake_duties"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["verified", "closed"]) | Q(verified_by__isnull=False),
                name="stocktake_verified",
            ),
            models.CheckConstraint(condition=Q(sample=None) | Q(sample__gt=0), name="stocktake_sample"),
        ]

    def __str__(self) -> str:
        return self.number


class CountLine(ScopedModel):
    """What was seen: a run of neighbouring cards (their ids), a serial that is not known, or so many of a material.

    `turn` is 1 for the first count, 2 for the second and so on; 0 are the cards drawn for a sample.
    """

    stocktake = models.ForeignKey(Stocktake, models.CASCADE, related_name="lines")
    turn = models.PositiveSmallIntegerField()
    cards = BigIntegerRangeField(null=True)
    serial = models.CharField(_("serial"), max_length=30, blank=True, default="", db_default="")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"), default=0, db_default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    scope = Scope(unit="stocktake__node__org_unit", dealer="stocktake__node__dealer")

    class Meta:
        verbose_name = _("count line")
        constraints = [
            models.CheckConstraint(
                condition=Q(cards__isnull=False, serial="", product=None)
                | (Q(cards=None, product=None) & ~Q(serial=""))
                | Q(cards=None, serial="", product__isnull=False),
                name="count_line_is_one_thing",
            ),
            models.UniqueConstraint(
                fields=["stocktake", "turn", "product"], condition=Q(product__isnull=False), name="count_line_material"
            ),
            models.UniqueConstraint(
                fields=["stocktake", "turn", "serial"], condition=~Q(serial=""), name="count_line_unknown"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stocktake_id}/{self.turn}"


class Difference(ScopedModel):
    """Where count and books differ. `stands` and `recounted` are what the last count after the first says."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("Missing")
        ELSEWHERE = "elsewhere", _("Belongs to another node")
        IN_TRANSIT = "in_transit", _("Should be in transit")
        LOST = "lost", _("Was lost, is found")
        GONE = "gone", _("Is sold or scrapped")
        UNKNOWN = "unknown", _("Serial not known")
        QUANTITY = "quantity", _("Other quantity")

    stocktake = models.ForeignKey(Stocktake, models.CASCADE, related_name="differences")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    card = models.ForeignKey("inventory.Card", models.PROTECT, null=True, related_name="+", verbose_name=_("card"))
    serial = models.CharField(_("serial"), max_length=30, blank=True, default="", db_default="")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+", verbose_name=_("product"))
    expected = models.IntegerField(_("in the books"))
    counted = models.IntegerField(_("first count"))
    recounted = models.IntegerField(_("second count"), null=True)
    stands = models.BooleanField(_("stands"), default=True, db_default=True)

    scope = CountLine.scope

    class Meta:
        verbose_name = _("stocktake difference")
        verbose_name_plural = _("stocktake differences")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["stocktake", "card"], name="difference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stocktake_id}: {self.kind} {self.serial}"

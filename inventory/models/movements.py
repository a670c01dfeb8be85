import pghistory
from django.conf import settings
from django.contrib.postgres.fields import BigIntegerRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from inventory import states
from inventory.models.catalogue import Product
from inventory.models.stock import StockNode

# The ends, and for a use the dealer for whom it is planned.
ENDS = Scope(
    unit=("origin__org_unit", "destination__org_unit", "plan_item__dealer__org_unit"),
    dealer=("origin__dealer", "destination__dealer", "plan_item__dealer"),
)


class Route(ScopedModel):
    """A way that stock may go: kinds of node at both ends ('' is outside) and the kind of movement."""

    movement_kind = models.CharField(_("kind of movement"), max_length=12, choices=states.MovementKind.choices)
    origin_kind = models.CharField(_("sender"), max_length=10, choices=StockNode.Kind.choices, blank=True)
    destination_kind = models.CharField(_("receiver"), max_length=10, choices=StockNode.Kind.choices, blank=True)

    scope = Scope(everyone=True, why="the routes are the same for all")

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["movement_kind", "origin_kind", "destination_kind"]
        constraints = [
            models.UniqueConstraint(fields=["movement_kind", "origin_kind", "destination_kind"], name="route_once"),
            models.CheckConstraint(condition=~Q(origin_kind="", destination_kind=""), name="route_has_an_end"),
        ]

    def __str__(self) -> str:
        ends = (self.get_origin_kind_display() or "–", self.get_destination_kind_display() or "–")
        return f"{self.get_movement_kind_display()}: {ends[0]} → {ends[1]}"


@pghistory.track(append_only=True)
class StockMovement(ScopedModel):
    """A document that moves stock. See docs/inventory.md, "Movements".

    `origin` is empty for what comes from outside, `destination` for what is written off. `quantity` is what the lines
    name, `shipped` what left. `amount_due` is what a dealer owes for it in yuan, negative for what he returns. A loan
    return or return may name in `pair` the movement that it undoes.
    """

    machine = states.MOVEMENT
    Kind = states.MovementKind

    number = models.CharField(_("movement number"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=states.MovementKind.choices)
    origin = models.ForeignKey(
        StockNode, models.PROTECT, null=True, blank=True, related_name="sent", verbose_name=_("sender")
    )
    destination = models.ForeignKey(
        StockNode, models.PROTECT, null=True, blank=True, related_name="received", verbose_name=_("receiver")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=states.MOVEMENT.choices, default="draft", db_default="draft"
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=0, db_default=0)
    shipped = models.PositiveIntegerField(_("shipped"), null=True)
    payment = models.CharField(
        _("payment"), max_length=8, choices=states.Payment.choices, default="free", db_default="free"
    )
    amount_due = models.DecimalField(_("amount due"), max_digits=12, decimal_places=2, default=0, db_default=0)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")
    carrier = models.CharField(_("carrier"), max_length=80, blank=True, default="", db_default="")
    due_on = models.DateField(_("due back on"), null=True, blank=True)
    pair = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name=_("belongs to")
    )
    stocktake = models.ForeignKey(
        "inventory.Stocktake", models.PROTECT, null=True, related_name="adjustments", verbose_name=_("stocktake")
    )
    plan_item = models.ForeignKey(
        "inventory.PlanItem", models.PROTECT, null=True, related_name="uses", verbose_name=_("planned material")
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("shipped by")
    )
    shipped_at = models.DateTimeField(_("shipped at"), null=True)
    received_at = models.DateTimeField(_("received at"), null=True)

    scope = ENDS

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state"], name="movement_state")]
        constraints = [
            models.CheckConstraint(condition=~Q(origin=None, destination=None), name="movement_has_an_end"),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="movement_goes_elsewhere"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")), name="movement_duties"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "shipped", "received", "closed"]) | Q(approved_by__isnull=False),
                name="movement_approved",
            ),
            models.CheckConstraint(condition=Q(due_on=None) | Q(kind="loan"), name="movement_due_only_loans"),
            models.CheckConstraint(condition=~Q(kind="loan", due_on=None), name="movement_loan_is_due"),
            models.CheckConstraint(
                condition=~Q(kind__in=["return", "write_off"]) | ~Q(reason=""), name="movement_says_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="adjustment", stocktake__isnull=False) | (~Q(kind="adjustment") & Q(stocktake=None)),
                name="movement_adjusts_a_count",
            ),
            models.CheckConstraint(
                condition=Q(kind="use", plan_item__isnull=False) | (~Q(kind="use") & Q(plan_item=None)),
                name="movement_uses_by_plan",
            ),
            models.CheckConstraint(
                condition=Q(payment="free", amount_due__lte=0) | Q(kind="issue", amount_due__gte=0),
                name="movement_amount_due",
            ),
            # Use, approval and custody are three people.
            models.CheckConstraint(
                condition=~Q(kind="use")
                | Q(shipped_by=None)
                | (~Q(shipped_by=F("made_by")) & ~Q(shipped_by=F("approved_by"))),
                name="movement_use_by_three",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class MovementLine(ScopedModel):
    """A run of neighbouring cards (their ids), or a quantity of a counted material."""

    movement = models.ForeignKey(StockMovement, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"))
    cards = BigIntegerRangeField(null=True)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2, null=True)

    scope = Scope(
        unit=("movement__origin__org_unit", "movement__destination__org_unit"),
        dealer=("movement__origin__dealer", "movement__destination__dealer"),
    )

    class Meta:
        verbose_name = _("movement line")
        indexes = [GistIndex(fields=["cards"], name="movement_line_cards")]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="movement_line_quantity")]

    def __str__(self) -> str:
        return f"{self.product_id} × {self.quantity}"


class Discrepancy(ScopedModel):
    """A shipped card, or so many of a counted material, that did not arrive or not whole, and what became of it."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("Missing")
        DAMAGED = "damaged", _("Damaged")

    class Resolution(models.TextChoices):
        FOUND = "found", _("Found: is at the receiver")
        RETURNED = "returned", _("Returned to the sender")
        WRITTEN_OFF = "written_off", _("Written off")
        SOLD = "sold", _("Sold meanwhile")

    movement = models.ForeignKey(StockMovement, models.PROTECT, related_name="discrepancies")
    card = models.ForeignKey("inventory.Card", models.PROTECT, null=True, verbose_name=_("serial"))
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1, db_default=1)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    resolution = models.CharField(
        _("resolution"), max_length=12, choices=Resolution.choices, blank=True, default="", db_default=""
    )
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(_("resolved at"), null=True)

    scope = MovementLine.scope

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["movement", "card"], name="discrepancy_once"),
            models.UniqueConstraint(
                fields=["movement", "product", "kind"], condition=Q(resolution=""), name="discrepancy_material_once"
            ),
            models.CheckConstraint(
                condition=Q(card__isnull=False, product=None, quantity=1)
                | Q(card=None, product__isnull=False, quantity__gt=0),
                name="discrepancy_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at=None) | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="discrepancy_resolved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} · {self.get_kind_display()}"

    @property
    def what(self) -> str:
        """The card's serial, or the material and how many."""
        return self.card.serial if self.card else f"{self.product.name if self.product else ''} × {self.quantity}"


class Holding(ScopedModel):
    """What a node holds of a product now. For cards a trigger keeps it; in_transit is what the node has sent."""

    node = models.ForeignKey(StockNode, models.PROTECT, related_name="holdings", verbose_name=_("stock node"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    in_stock = models.IntegerField(_("in stock"), default=0, db_default=0)
    reserved = models.IntegerField(_("reserved"), default=0, db_default=0)
    in_transit = models.IntegerField(_("in transit"), default=0, db_default=0)

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("holding")
        constraints = [
            models.UniqueConstraint(fields=["node", "product"], name="holding_once"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, in_transit__gte=0, in_stock__gte=F("reserved")),
                name="holding_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id}/{self.product_id}: {self.in_stock}"


class CardChange(ScopedModel):
    """What held of neighbouring cards (their ids) after a statement wrote them: kept by a trigger, never changed.

    `is_new`: they came in with it.
    """

    cards = BigIntegerRangeField()
    is_new = models.BooleanField(default=False, db_default=False)
    node = models.ForeignKey(StockNode, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    state = models.CharField(max_length=10)
    movement = models.ForeignKey(
        StockMovement, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    context = models.ForeignKey(
        "pghistory.Context", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("card change")
        indexes = [GistIndex(fields=["cards"], name="card_change_cards")]

    def __str__(self) -> str:
        return f"{self.cards}: {self.state}"

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from inventory.models.catalogue import Product


@pghistory.track(append_only=True)
class StockNode(ScopedModel):
    """A place that holds stock. A dealer's own node has the dealer's code."""

    class Kind(models.TextChoices):
        CITY = "city", _("City warehouse")
        COUNTY = "county", _("County warehouse")
        AGENT1 = "agent1", _("Level-1 agent")
        AGENT2 = "agent2", _("Level-2 agent")
        HALL = "hall", _("Own hall")
        MOBILE = "mobile", _("Mobile station")
        DIRECT = "direct", _("Direct-sales team")

    code = models.CharField(_("node code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    dealer = models.OneToOneField(
        "dealers.Dealer", models.PROTECT, null=True, blank=True, related_name="node", verbose_name=_("dealer")
    )

    scope = Scope(unit="org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("stock node")
        verbose_name_plural = _("stock nodes")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=F("pk")),
                name="node_not_own_parent",
                violation_error_message=_("A node cannot be its own parent."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@pghistory.track(append_only=True)
class NodeKeeper(ScopedModel):
    """A keeper of a node. A node that names none is kept by the keepers of its unit."""

    node = models.ForeignKey(StockNode, models.CASCADE, related_name="keepers", verbose_name=_("stock node"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("keeper"))

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("keeper of a node")
        verbose_name_plural = _("keepers of nodes")
        constraints = [models.UniqueConstraint(fields=["node", "user"], name="node_keeper_once")]

    def __str__(self) -> str:
        return f"{self.node_id}: {self.user_id}"


class Card(ScopedModel):
    """One serialised item. `node` holds it, or held it last when it is out of stock; on its way it is the sender.

    `movement` is the open document that has reserved the card or carries it. Rows are never deleted; what happened to
    them is in CardChange. That node and movement exist is checked once a statement, by the trigger that keeps holdings.
    """

    class State(models.TextChoices):
        IN_STOCK = "in_stock", _("In stock")
        IN_TRANSIT = "in_transit", _("In transit")
        ACTIVATED = "activated", _("Activated")
        SOLD = "sold", _("Sold")
        SCRAPPED = "scrapped", _("Scrapped")
        LOST = "lost", _("Lost")

    serial = models.CharField(_("serial"), max_length=30, unique=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="cards", verbose_name=_("product"))
    node = models.ForeignKey(
        StockNode,
        models.PROTECT,
        related_name="cards",
        db_constraint=False,
        db_index=False,
        verbose_name=_("stock node"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default="in_stock", db_default="in_stock"
    )
    msisdn = models.CharField(_("number"), max_length=20, blank=True, default="", db_default="")
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    movement = models.ForeignKey(
        "inventory.StockMovement",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("movement"),
    )

    scope = Scope(unit="node__org_unit", dealer="node__dealer")

    class Meta:
        verbose_name = _("card")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["in_stock", "in_transit", "activated", "sold", "scrapped", "lost"]),
                name="card_state",
            ),
            models.CheckConstraint(
                condition=Q(state="in_stock")
                | Q(state="in_transit", movement__isnull=False)
                | (~Q(state="in_transit") & Q(movement=None)),
                name="card_movement",
            ),
        ]
        # Of the columns that change with each move only this one is indexed, and by blocks, so that a moving card's
        # row stays on its page without new entries in any index.
        indexes = [
            BrinIndex(
                OpClass("node", name="int8_minmax_multi_ops"), autosummarize=True, pages_per_range=16, name="card_node"
            )
        ]

    def __str__(self) -> str:
        return self.serial

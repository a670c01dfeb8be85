import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class Product(ScopedModel):
    """What is sold: a plan, a card, a terminal. Fee in yuan per month, face value in yuan."""

    class ItemKind(models.TextChoices):
        SIM = "sim", _("SIM set card")
        RECHARGE = "recharge", _("Recharge card")
        TERMINAL = "terminal", _("Terminal")
        MATERIAL = "material", _("Material")
        PLAN = "plan", _("Plan")

    code = models.CharField(_("product code"), max_length=40, unique=True)
    name = models.CharField(_("product name"), max_length=120)
    family = models.CharField(_("product family"), max_length=40)
    item_kind = models.CharField(_("item kind"), max_length=10, choices=ItemKind.choices)
    monthly_fee = models.DecimalField(_("monthly fee"), max_digits=10, decimal_places=2, null=True, blank=True)
    face_value = models.DecimalField(_("face value"), max_digits=10, decimal_places=2, null=True, blank=True)

    scope = Scope(everyone=True, why="the product list is the same for all")

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(monthly_fee=None) | Q(monthly_fee__gte=0), name="product_fee"),
            models.CheckConstraint(condition=Q(face_value=None) | Q(face_value__gte=0), name="product_face_value"),
        ]

    def __str__(self) -> str:
        return self.name


class Cell(ScopedModel):
    """A radio cell and the county in which it stands; its position, if known, in WGS-84 degrees."""

    cell_id = models.CharField(_("cell"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("cell")
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="cell_position",
            )
        ]

    def __str__(self) -> str:
        return self.cell_id

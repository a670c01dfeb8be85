import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class OrgUnit(ScopedModel):
    """A node of the tree province, city, county branch, grid.

    `path` is the codes from the root down, `/53/5326/532601/`: a subtree is a prefix.
    `county`, `city`, `province` name the unit's ancestor of that level (itself included),
    kept by `accounts.services.org_unit`.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        GRID = "grid", _("Grid")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=120, unique=True, editable=False, verbose_name=_("path"))
    depth = models.PositiveSmallIntegerField(default=0, editable=False, verbose_name=_("depth"))
    county = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("county")
    )
    city = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("city")
    )
    province = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("province")
    )
    pinyin = models.CharField(max_length=200, blank=True, editable=False, verbose_name=_("pinyin"))

    scope = Scope(unit="")

    class Meta:
        verbose_name = _("org unit")
        verbose_name_plural = _("org units")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=["province", "city", "county", "grid"]), name="org_level"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="org_not_own_parent"),
        ]
        indexes = [models.Index(fields=["path"], name="org_path_prefix", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

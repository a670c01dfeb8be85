import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer


class BusinessType(models.TextChoices):
    ACTIVATION = "activation", _("Activation")
    PORT_IN = "port_in", _("Port-in")
    BROADBAND = "broadband", _("Broadband")
    TERMINAL = "terminal", _("Terminal")
    PLAN_UPGRADE = "plan_upgrade", _("Plan upgrade")
    RECHARGE = "recharge", _("Recharge")
    SERVICE = "service", _("Service transaction")


@pghistory.track(append_only=True)
class TierCriterion(ScopedModel):
    """One condition of a tier, edited in admin: attribute, operator and the value to compare with.

    `value` is text: a number, `yes`/`no`, or a list with `|` between for the operator `in`.
    """

    class Attribute(models.TextChoices):
        LOCATION_KIND = "location_kind", _("Location kind")
        FLOOR_AREA = "floor_area", _("Floor area (m²)")
        MAIN_BUSINESS = "main_business", _("Main business")
        BOSS_CONNECTED = "boss_connected", _("Connected to BOSS")
        COOPERATION_MONTHS = "cooperation_months", _("Months of cooperation")
        EXCLUSIVE_AGREEMENT = "exclusive_agreement", _("Exclusive")
        ACCEPTS_ASSESSMENT = "accepts_assessment", _("Accepts assessment")
        TERMINAL_RANK = "terminal_rank", _("Rank by terminal sales")
        SPECIAL_EVALUATION = "special_evaluation", _("Special evaluation")

    class Operator(models.TextChoices):
        AT_LEAST = "at_least", "≥"
        AT_MOST = "at_most", "≤"
        EQUALS = "equals", "="
        IN = "in", "∈"

    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)
    attribute = models.CharField(_("attribute"), max_length=24, choices=Attribute.choices)
    operator = models.CharField(_("operator"), max_length=10, choices=Operator.choices)
    value = models.CharField(_("value"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    waivable = models.BooleanField(_("can be waived"), default=False)

    scope = Scope(everyone=True, why="the rules of the tiers are public to all who work with them")

    class Meta:
        verbose_name = _("tier criterion")
        verbose_name_plural = _("tier criteria")
        ordering = ["tier", "attribute", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["tier", "attribute", "valid_from"], name="criterion_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="criterion_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}: {self.get_attribute_display()} {self.get_operator_display()} {self.value}"


@pghistory.track(append_only=True)
class TierWaiver(ScopedModel):
    """A criterion that one dealer need not meet, with who allowed it and why."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="waivers", verbose_name=_("dealer"))
    attribute = models.CharField(_("attribute"), max_length=24, choices=TierCriterion.Attribute.choices)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approver"))
    reason = models.CharField(_("reason"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("tier waiver")

    def __str__(self) -> str:
        return f"{self.dealer}: {self.get_attribute_display()}"


@pghistory.track(append_only=True)
class TierBusiness(ScopedModel):
    """What a tier may sell: one row for each business type that it may."""

    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)
    business_type = models.CharField(_("business type"), max_length=14, choices=BusinessType.choices)

    scope = Scope(everyone=True, why="what a tier may sell is public to all who work with it")

    class Meta:
        verbose_name = _("business of a tier")
        verbose_name_plural = _("businesses of the tiers")
        constraints = [models.UniqueConstraint(fields=["tier", "business_type"], name="tier_business_once")]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}: {self.get_business_type_display()}"

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers import states


@pghistory.track(append_only=True)
class Dealer(ScopedModel):
    """A social-channel store or agent: its archive. One code for ever.

    `org_unit`, `tier` and `stage` are what holds today; what held on a day is in
    DealerUnit, DealerTier and the endings and agreements (`dealers.queries.history`).
    Positions are WGS-84 degrees, areas square metres.
    """

    machine = states.LIFE_CYCLE

    code = models.CharField(_("dealer code"), max_length=30, unique=True)
    name = models.CharField(_("dealer name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=120, blank=True)
    credit_code = models.CharField(_("social credit code"), max_length=18, blank=True)
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="dealers", verbose_name=_("org unit"))
    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)
    stage = models.CharField(_("stage"), max_length=12, choices=states.LIFE_CYCLE.choices, default="mature")
    cooperation_start = models.DateField(_("cooperation start"))
    lead_in_on = models.DateField(_("lead-in since"), null=True, blank=True)
    trial_until = models.DateField(_("on trial until"), null=True, blank=True)
    agent_level = models.PositiveSmallIntegerField(_("agent level"), default=1)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("level-1 agent")
    )
    visit_regime = models.CharField(
        _("visit regime"), max_length=12, choices=states.VisitRegime.choices, default="authorised"
    )
    chain_type = models.CharField(
        _("chain type"), max_length=12, choices=states.ChainType.choices, default="independent"
    )
    payout_rhythm = models.CharField(
        _("payout rhythm"), max_length=10, choices=states.PayoutRhythm.choices, default="half_year"
    )
    location_kind = models.CharField(_("location kind"), max_length=20, choices=states.LocationKind.choices, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    floor_area = models.DecimalField(_("floor area"), max_digits=8, decimal_places=2, null=True, blank=True)
    main_business = models.CharField(_("main business"), max_length=20, choices=states.MainBusiness.choices, blank=True)
    boss_connected = models.BooleanField(_("connected to BOSS"), default=False)
    accepts_assessment = models.BooleanField(_("accepts assessment"), default=False)
    exclusive_agreement = models.BooleanField(_("exclusivity agreement"), default=False)
    special_evaluation = models.BooleanField(_("passed the special evaluation"), default=False)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    contact_name = models.CharField(_("contact"), max_length=60, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=20, blank=True)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_dealers",
        verbose_name=_("channel manager"),
    )
    pinyin = models.CharField(max_length=200, blank=True, editable=False, verbose_name=_("pinyin"))
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now(), verbose_name=_("created at"))

    scope = Scope(unit="org_unit", dealer="")

    class Meta:
        verbose_name = _("dealer")
        verbose_name_plural = _("dealers")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(agent_level__in=[1, 2]), name="dealer_agent_level"),
            models.CheckConstraint(
                condition=Q(agent_level=1, parent=None) | Q(agent_level=2), name="dealer_level_1_has_no_parent"
            ),
            models.CheckConstraint(condition=Q(tier__in=states.Tier.values), name="dealer_tier_known"),
            models.CheckConstraint(condition=Q(floor_area=None) | Q(floor_area__gte=0), name="dealer_floor_area"),
        ]
        indexes = [
            GinIndex(fields=["name"], name="dealer_name_trigram", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["pinyin"], name="dealer_pinyin", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@pghistory.track(append_only=True)
class DealerUser(ScopedModel):
    """Which dealer a dealer's user belongs to."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="dealer_link")
    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="users")

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("dealer user")
        verbose_name_plural = _("dealer users")

    def __str__(self) -> str:
        return f"{self.user} – {self.dealer}"

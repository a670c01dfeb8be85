from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from commissions import states_points as states
from core.scoping import Scope, ScopedModel


def _person(label: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=label)


class PointsRule(ScopedModel):
    """Points for each sale or subscriber that stays, or taken for each violation, of the unit's dealers.

    `subject` is the business type, or the type of violation; blank for all of them.
    """

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    kind = models.CharField(_("kind"), max_length=12, choices=states.RuleKind.choices)
    subject = models.CharField(_("business or violation"), max_length=16, blank=True, default="")
    points = models.PositiveIntegerField(_("points"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("points rule")
        verbose_name_plural = _("points rules")
        ordering = ["org_unit__path", "kind", "subject", "-valid_from"]
        constraints = [
            ExclusionConstraint(
                name="points_rule_no_overlap",
                expressions=[
                    (OpClass(F("org_unit"), name="gist_int8_ops"), RangeOperators.EQUAL),
                    (OpClass(F("kind"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (OpClass(F("subject"), name="gist_text_ops"), RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="points_rule_points"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="points_rule_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org_unit} {self.get_kind_display()} {self.points}"


class PointsAccount(ScopedModel):
    """A dealer's points: kept by the trigger that posts entries, never negative."""

    dealer = models.OneToOneField("dealers.Dealer", models.PROTECT, primary_key=True, related_name="points_account")
    balance = models.BigIntegerField(_("balance"), default=0)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(balance__gte=0), name="points_not_negative")]

    def __str__(self) -> str:
        return f"{self.dealer_id}: {self.balance}"


class PointsEntry(ScopedModel):
    """One signed entry of a dealer's points ledger. Append-only; `balance` is set by the database."""

    dealer = models.ForeignKey(
        "dealers.Dealer", models.PROTECT, related_name="points_entries", verbose_name=_("dealer")
    )
    month = models.DateField(_("month"))
    entry = models.CharField(_("entry"), max_length=12, choices=states.EntryKind.choices)
    points = models.BigIntegerField(_("points"))
    balance = models.BigIntegerField(_("balance"), default=0)
    source = models.CharField(_("source"), max_length=40)
    posted_by = _person(_("posted by"))
    posted_at = models.DateTimeField(_("posted at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        ordering = ["dealer", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dealer", "source", "entry"], name="points_entry_once"),
            models.CheckConstraint(
                condition=Q(entry__in=[*states.EARNED, "returned"], points__gt=0)
                | ~Q(entry__in=[*states.EARNED, "returned"]) & Q(points__lt=0),
                name="points_entry_sign",
            ),
        ]
        indexes = [models.Index(fields=["dealer", "id"], name="points_entry_dealer")]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.entry} {self.points}"


class PointsCredit(ScopedModel):
    """What one sale, subscriber or violation earned or cost: counted once for ever.

    `subject` is the sales record or the violation. `source` names the ledger entry that
    sums it up; what a violation costs is taken as far as the balance reaches.
    """

    kind = models.CharField(max_length=12, choices=states.EntryKind.choices)
    subject = models.BigIntegerField()
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+")
    rule = models.ForeignKey(PointsRule, models.PROTECT, null=True, related_name="+")
    points = models.BigIntegerField()
    month = models.DateField()
    source = models.CharField(max_length=40)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="points_credit_once")]
        indexes = [models.Index(fields=["month", "dealer"], name="points_credit_month")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.points}"


class PointsItem(ScopedModel):
    """A reward of the catalogue: so many pieces, or a budget in yuan at `unit_value` each.

    `taken` is what redemptions hold, kept by the database, which lets no more be taken than there is.
    """

    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    category = models.CharField(_("category"), max_length=10, choices=states.Category.choices)
    points = models.PositiveIntegerField(_("points for one"))
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True)
    budget = models.DecimalField(_("budget"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit_value = models.DecimalField(_("value of one"), max_digits=10, decimal_places=2, default=0)
    taken = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    offered = models.BooleanField(_("offered"), default=True)

    scope = Scope(unit="org_unit")

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_points"),
            models.CheckConstraint(
                condition=Q(stock__isnull=False, budget=None) | Q(stock=None, budget__isnull=False, unit_value__gt=0),
                name="reward_stock_or_budget",
            ),
            models.CheckConstraint(condition=Q(stock=None) | Q(taken__lte=F("stock")), name="reward_in_stock"),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=F("taken") * F("unit_value")), name="reward_in_budget"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int:
        """How many can still be taken."""
        if self.stock is not None:
            return self.stock - self.taken
        return int((self.budget or 0) / self.unit_value) - self.taken


class Redemption(ScopedModel):
    """A dealer's wish for a reward. Points and reward are reserved with it and given back if it is turned down."""

    machine = states.REDEMPTION

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="redemptions", verbose_name=_("dealer"))
    item = models.ForeignKey(PointsItem, models.PROTECT, related_name="redemptions", verbose_name=_("reward"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    points = models.PositiveIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=12, choices=states.REDEMPTION.choices, default="requested")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = _person(_("decided by"))
    decided_at = models.DateTimeField(null=True, verbose_name=_("decided at"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    handed_over_by = _person(_("handed over by"))
    handed_over_at = models.DateTimeField(null=True, verbose_name=_("handed over at"))

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, points__gt=0), name="redemption_of_something"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "handed_over", "rejected"]) | Q(decided_by__isnull=False),
                name="redemption_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "handed_over"]) | ~Q(decided_by=F("requested_by")),
                name="redemption_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="handed_over")
                | Q(handed_over_by__isnull=False)
                & ~Q(handed_over_by=F("requested_by"))
                & ~Q(handed_over_by=F("decided_by")),
                name="redemption_handed_over",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

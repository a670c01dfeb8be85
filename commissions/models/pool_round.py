from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.models.batch import _money, _person
from core.scoping import Scope, ScopedModel, ScopedQuerySet


class OfRoundQuerySet(ScopedQuerySet):
    """By the round's county; a grid's staff sees the rows of its dealers, a dealer his own once approved."""

    path = ""

    def visible_to(self, user: Any) -> Any:
        unit = getattr(user, "org_unit", None)
        if not getattr(user, "is_dealer", True) and unit is not None and unit.level == "grid" and user.is_active:  # type: ignore[attr-defined]
            return self.filter(
                **{
                    f"{self.path}round__county_id": unit.county_id,
                    f"{self.path}dealer__org_unit__path__startswith": unit.path,
                }
            )
        rows = super().visible_to(user)
        own = {f"{self.path}round__state__in": states.ROUND_FROZEN}
        return rows.filter(**own) if getattr(user, "is_dealer", False) else rows


class OfRowQuerySet(OfRoundQuerySet):
    path = "row__"


@pghistory.track(append_only=True)
class PoolRound(ScopedModel):
    """One county's payout of its dealers' pools for a half-year (`2026H1`) or a year (`2026`).

    `forfeits` freezes the setting of the calculation: idle months lose their part, or it stays.
    Yuan. From `approved` on the database refuses every change of figures.
    """

    machine = states.ROUND

    number = models.CharField(_("round number"), max_length=40, unique=True)
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="pool_rounds", verbose_name=_("county"))
    period = models.CharField(_("period"), max_length=6)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(_("state"), max_length=12, choices=states.ROUND.choices, default="calculated")
    forfeits = models.BooleanField(default=True)
    dealers = models.IntegerField(_("dealers"), default=0)
    basis = _money(_("basis"))
    payout = _money(_("payout"))
    forfeit = _money(_("forfeited"))
    calculated_at = models.DateTimeField(null=True)
    calculated_by = _person(_("calculated by"))
    submitted_by = _person(_("submitted by"))
    submitted_at = models.DateTimeField(null=True)
    approved_by = _person(_("approved by"))
    approved_at = models.DateTimeField(null=True)
    paying_by = _person(_("paid by"))

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("payout round")
        verbose_name_plural = _("payout rounds")
        ordering = ["-last_day", "period", "county__path"]
        constraints = [
            models.UniqueConstraint(fields=["county", "period"], name="pool_round_once"),
            models.CheckConstraint(condition=Q(payout__gte=0, forfeit__gte=0), name="pool_round_signs"),
            models.CheckConstraint(
                condition=Q(state="calculated") | Q(submitted_by__isnull=False), name="pool_round_submitted_by_someone"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=states.ROUND_FROZEN)
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("submitted_by"))),
                name="pool_round_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(paying_by=None) | (~Q(paying_by=F("submitted_by")) & ~Q(paying_by=F("approved_by"))),
                name="pool_round_three_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.county.name}"

    @property
    def frozen(self) -> bool:
        return self.state in states.ROUND_FROZEN


class PoolRoundRow(ScopedModel):
    """One dealer in a payout round: what it is computed from, what it gives and why.

    `months` lists [month, activations] of the counted months; `ground` names the ending or the
    violations behind `reason`. Yuan. See docs/commissions.md, "Payout round".
    """

    number = models.CharField(_("payout number"), max_length=72, unique=True)
    round = models.ForeignKey(PoolRound, models.CASCADE, related_name="rows")
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="pool_rows", verbose_name=_("dealer"))
    basis = _money(_("basis"))
    months = models.JSONField(default=list)
    idle_months = models.PositiveSmallIntegerField(_("idle months"))
    factor = models.DecimalField(_("factor"), max_digits=2, decimal_places=1)
    ratio = models.DecimalField(_("return ratio"), max_digits=5, decimal_places=4, default=1)
    payout = _money(_("payout"))
    forfeit = _money(_("forfeited"))
    reason = models.CharField(_("reason"), max_length=12, blank=True, choices=states.RoundReason.choices)
    ground = models.CharField(max_length=200, blank=True)
    overridden = models.BooleanField(_("overridden by the city"), default=False)

    objects: ClassVar[Any] = OfRoundQuerySet.as_manager()
    scope = Scope(unit="round__county", dealer="dealer")

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(fields=["round", "dealer"], name="pool_row_once"),
            models.CheckConstraint(condition=Q(factor__in=["0", "0.5", "1"]), name="pool_row_factor"),
            models.CheckConstraint(condition=Q(ratio__gte=0, ratio__lte=1), name="pool_row_ratio"),
            models.CheckConstraint(
                condition=Q(basis__gt=0, payout__gte=0, forfeit__gte=0, basis__gte=F("payout") + F("forfeit")),
                name="pool_row_within_basis",
            ),
            models.CheckConstraint(
                condition=Q(reason="") | Q(overridden=True) | Q(payout=0, forfeit=0),
                name="pool_row_reason_pays_nothing",
            ),
        ]
        indexes = [models.Index(fields=["dealer", "round"], name="pool_row_dealer")]

    def __str__(self) -> str:
        return self.number


@pghistory.track(append_only=True)
class ReturnRatio(ScopedModel):
    """Which part of its basis a dealer gets back in a round, as the county decides: 0 to 1."""

    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="return_ratios", verbose_name=_("dealer"))
    round = models.CharField(_("round"), max_length=6)
    ratio = models.DecimalField(_("return ratio"), max_digits=5, decimal_places=4)

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("return ratio")
        verbose_name_plural = _("return ratios")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "round"], name="return_ratio_once"),
            models.CheckConstraint(condition=Q(ratio__gte=0, ratio__lte=1), name="return_ratio_range"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.round}: {self.ratio}"


class CountyAssessmentEvent(ScopedModel):
    """Something about pools that counts in a county's assessment, and why. Never changes.

    An override of a dealer in a round (the city lets it pay what the rules hold back), or a
    wrong ledger entry that a change request puts right.
    """

    class Kind(models.TextChoices):
        PAID_TERMINATED = "paid_terminated", _("Paid after the ending")
        PAID_SUSPENDED = "paid_suspended", _("Paid during suspension")
        AGAINST_RULES = "against_rules", _("Paid against the rules")
        WRONG_ENTRY = "wrong_entry", _("Wrong ledger entry")

    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    round = models.ForeignKey(PoolRound, models.PROTECT, null=True, related_name="assessment_events")
    change = models.OneToOneField("commissions.PoolChange", models.PROTECT, null=True, related_name="assessment_event")
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"))

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("event of the county's assessment")
        verbose_name_plural = _("events of the county's assessment")
        constraints = [
            models.UniqueConstraint(fields=["round", "dealer"], name="pool_override_once"),
            models.CheckConstraint(
                condition=Q(kind="wrong_entry", change__isnull=False, round=None)
                | (~Q(kind="wrong_entry") & Q(change=None, round__isnull=False)),
                name="county_event_subject",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="county_event_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class PoolPayment(ScopedModel):
    """One attempt to pay a dealer's payout, with a snapshot of the account that it went to.

    A payout has at most one attempt that is under way or has succeeded. Yuan.
    """

    machine = states.PAYMENT

    row = models.ForeignKey(PoolRoundRow, models.PROTECT, related_name="payments")
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    bank = models.CharField(_("bank"), max_length=80)
    account = models.CharField(_("account number"), max_length=40)
    holder = models.CharField(_("account holder"), max_length=80)
    state = models.CharField(_("state"), max_length=10, choices=states.PAYMENT.choices, default="issued")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = OfRowQuerySet.as_manager()
    scope = Scope(unit="row__round__county", dealer="row__dealer")

    class Meta:
        verbose_name = _("payment of a payout")
        verbose_name_plural = _("payments of payouts")
        constraints = [
            models.UniqueConstraint(fields=["row", "attempt"], name="pool_payment_attempt"),
            models.UniqueConstraint(
                fields=["row"], condition=Q(state__in=["issued", "ok"]), name="pool_payment_never_twice"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="pool_payment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.row_id}/{self.attempt}"

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer

DEALER_SCOPE = Scope(unit="dealer__org_unit", dealer="dealer")


@pghistory.track(append_only=True)
class DealerTier(ScopedModel):
    """The tier of a dealer from a day on, until the next row: two at once cannot be written."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="tiers")
    valid_from = models.DateField(_("valid from"))
    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("tier")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "valid_from"], name="dealer_tier_from"),
            models.CheckConstraint(condition=Q(tier__in=states.Tier.values), name="dealer_tier_value"),
        ]
        ordering = ["dealer", "valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.get_tier_display()}"


@pghistory.track(append_only=True)
class DealerUnit(ScopedModel):
    """The org unit of a dealer from a day on, until the next row."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="units")
    valid_from = models.DateField(_("valid from"))
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("org unit"))

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("unit")
        constraints = [models.UniqueConstraint(fields=["dealer", "valid_from"], name="dealer_unit_from")]
        ordering = ["dealer", "valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.org_unit}"


@pghistory.track(append_only=True)
class DealerEnding(ScopedModel):
    """The end of the cooperation: `ended_on` is the first day on which it no longer holds."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="endings")
    ended_on = models.DateField(_("ended on"))
    cause = models.CharField(_("cause"), max_length=12, choices=states.EndingCause.choices)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("ending")
        constraints = [models.UniqueConstraint(fields=["dealer", "ended_on"], name="dealer_ending_once")]

    def __str__(self) -> str:
        return f"{self.ended_on}: {self.get_cause_display()}"


@pghistory.track(append_only=True)
class DealerSuspension(ScopedModel):
    """Days, both included, on which payments to the dealer are held; `to_date` may be open."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="suspensions")
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("suspension")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "from_date"], name="dealer_suspension_once"),
            models.CheckConstraint(
                condition=Q(to_date=None) | Q(to_date__gte=F("from_date")), name="dealer_suspension_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_date} – {self.to_date or '…'}"


@pghistory.track(append_only=True)
class Agreement(ScopedModel):
    """A signed cooperation agreement and its term, both days included. Deposit in yuan."""

    number = models.CharField(_("agreement number"), max_length=40, unique=True)
    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="agreements", verbose_name=_("dealer"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    exclusive = models.BooleanField(_("exclusivity clause"), default=False)
    committed_sales_per_quarter = models.PositiveIntegerField(_("committed sales per quarter"), null=True, blank=True)
    deposit = models.DecimalField(_("deposit"), max_digits=12, decimal_places=2, null=True, blank=True)

    scope = DEALER_SCOPE

    class Meta:
        verbose_name = _("agreement")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="agreement_dates"),
            models.CheckConstraint(condition=Q(deposit=None) | Q(deposit__gte=0), name="agreement_deposit"),
        ]
        indexes = [models.Index(fields=["dealer", "starts_on"], name="agreement_dealer")]

    def __str__(self) -> str:
        return self.number


class AgreementReminder(ScopedModel):
    """That people were told of an agreement's end so many days before it."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    scope = Scope(unit="agreement__dealer__org_unit")

    class Meta:
        verbose_name = _("reminder of an agreement")
        constraints = [models.UniqueConstraint(fields=["agreement", "days"], name="agreement_reminder_once")]

    def __str__(self) -> str:
        return f"{self.agreement} {self.days}"

from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions import states
from core.scoping import Scope, ScopedModel


def _money(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=0)


def _person(label: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=label)


class CountyTurn(ScopedModel):
    """One row per county: whoever changes its settlement holds it locked and counts it up."""

    county = models.OneToOneField("accounts.OrgUnit", models.PROTECT, related_name="+")
    turn = models.BigIntegerField(default=0)

    scope = Scope(unit="county")

    def __str__(self) -> str:
        return str(self.county)


@pghistory.track(append_only=True, exclude=["checks", "inputs"])
class SettlementBatch(ScopedModel):
    """One county's commissions of one period, from calculation to payment.

    Live means not void; a county has one live batch per period. `month` is the
    settlement month. `inputs` freezes what the calculation was based on (rules,
    thresholds, counts); `checks` holds what it noticed about itself. Money in yuan.
    From `approved` on the database refuses every change of figures.
    """

    machine = states.BATCH

    class Kind(models.TextChoices):
        MONTHLY = "monthly", _("Monthly")
        WEEKLY = "weekly", _("Weekly")

    number = models.CharField(_("batch number"), max_length=40, unique=True)
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="batches", verbose_name=_("county"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    period = models.CharField(_("period"), max_length=8)
    first_day = models.DateField(verbose_name=_("first day"))
    last_day = models.DateField(verbose_name=_("last day"))
    month = models.DateField(_("settlement month"))
    state = models.CharField(_("state"), max_length=12, choices=states.BATCH.choices, default="calculating")

    lines = models.BigIntegerField(_("lines"), default=0)
    dealers = models.IntegerField(_("dealers"), default=0)
    unpriced = models.BigIntegerField(_("unpriced records"), default=0)
    gross = _money(_("gross"))
    withheld = _money(_("withheld"))
    pool = _money(_("pool"))
    subsidy = _money(_("subsidy"))
    deduction = _money(_("deduction"))
    penalty = _money(_("penalty"))
    clawback = _money(_("clawback"))
    adjustments = _money(_("adjustments"))
    carried_in = _money(_("carried in"))
    net = _money(_("net"))
    paid = _money(_("paid out"))
    carried_out = _money(_("carried out"))

    inputs = models.JSONField(default=dict, verbose_name=_("what it was calculated from"))
    checks = models.JSONField(default=list, verbose_name=_("checks"))
    lines_at = models.DateTimeField(null=True, verbose_name=_("lines written at"))
    calculated_at = models.DateTimeField(null=True, verbose_name=_("calculated at"))
    calculated_by = _person(_("calculated by"))
    submitted_by = _person(_("submitted by"))
    submitted_at = models.DateTimeField(null=True, verbose_name=_("submitted at"))
    reviewed_by = _person(_("reviewed by"))
    reviewed_at = models.DateTimeField(null=True, verbose_name=_("reviewed at"))
    approved_by = _person(_("approved by"))
    approved_at = models.DateTimeField(null=True, verbose_name=_("approved at"))
    paying_by = _person(_("paid by"))
    content_hash = models.CharField(max_length=64, blank=True, verbose_name=_("content hash"))
    created_at = models.DateTimeField(auto_now_add=True, verbose_name=_("created at"))

    scope = Scope(unit="county")

    class Meta:
        verbose_name = _("settlement batch")
        verbose_name_plural = _("settlement batches")
        ordering = ["-month", "county__path", "period"]
        constraints = [
            models.UniqueConstraint(fields=["county", "period"], condition=~Q(state="void"), name="batch_one_live"),
            models.CheckConstraint(
                condition=~Q(state__in=states.FROZEN) | ~Q(content_hash=""), name="batch_frozen_has_hash"
            ),
            models.CheckConstraint(condition=Q(paid__gte=0, carried_out__lte=0), name="batch_paid_not_negative"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "reviewed", *states.FROZEN]) | Q(submitted_by__isnull=False),
                name="batch_submitted_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=states.FROZEN)
                | (
                    Q(reviewed_by__isnull=False, approved_by__isnull=False)
                    & ~Q(reviewed_by=models.F("submitted_by"))
                    & ~Q(approved_by=models.F("submitted_by"))
                    & ~Q(approved_by=models.F("reviewed_by"))
                ),
                name="batch_three_people",
            ),
        ]
        indexes = [models.Index(fields=["month", "county"], name="batch_month")]

    def __str__(self) -> str:
        return f"{self.period} {self.county.name}"

    @property
    def live(self) -> bool:
        return self.state != "void"

    @property
    def frozen(self) -> bool:
        return self.state in states.FROZEN


class UnpricedRecord(ScopedModel):
    """A sales record of the batch's county that nothing prices, and why."""

    pk = models.CompositePrimaryKey("batch", "record")
    batch = models.ForeignKey(SettlementBatch, models.CASCADE, related_name="unpriced_records")
    record = models.ForeignKey("inventory.SalesRecord", models.DO_NOTHING, related_name="+", db_constraint=False)
    reason = models.CharField(_("reason"), max_length=16, choices=states.Unpriced.choices)

    scope = Scope(unit="batch__county")

    class Meta:
        verbose_name = _("unpriced record")

    def __str__(self) -> str:
        return f"{self.record_id}: {self.reason}"

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models.violation import Violation
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class CrossRegionCase(ScopedModel):
    """Too many of a dealer's activations of a month took place in other counties: docs/inventory.md, "Cases".

    `activations` and `flagged` count records. `opened_by` is empty where the calendar opened it. Whoever opened or
    reported it cannot confirm it.
    """

    machine = states.CASE

    number = models.CharField(_("case number"), max_length=45, unique=True)
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    month = models.DateField(_("month"))
    activations = models.PositiveIntegerField(_("activations"))
    flagged = models.PositiveIntegerField(_("in other counties"))
    state = models.CharField(_("state"), max_length=10, choices=states.CASE.choices, default="open", db_default="open")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))
    answer_due_on = models.DateField(_("dealer's answer due on"))
    answer = models.CharField(_("dealer's answer"), max_length=1000, blank=True, default="", db_default="")
    report = models.CharField(_("report of the county"), max_length=1000, blank=True, default="", db_default="")
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decision = models.CharField(_("decision"), max_length=1000, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    violation = models.OneToOneField(Violation, models.PROTECT, null=True, related_name="case")

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("cross-region case")
        verbose_name_plural = _("cross-region cases")
        constraints = [
            models.UniqueConstraint(fields=["dealer", "month"], name="case_once"),
            models.CheckConstraint(condition=Q(flagged__lte=F("activations")), name="case_share"),
            models.CheckConstraint(
                condition=Q(state="open", decided_by=None, violation=None)
                | Q(state="reported", reported_by__isnull=False, decided_by=None, violation=None)
                | Q(state="dismissed", decided_by__isnull=False, violation=None) & ~Q(decision="")
                | Q(state="confirmed", reported_by__isnull=False, decided_by__isnull=False, violation__isnull=False),
                name="case_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (~Q(decided_by=F("reported_by")) & (Q(opened_by=None) | ~Q(decided_by=F("opened_by")))),
                name="case_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseRecord(ScopedModel):
    """An activation that a case is about, and the county in which it took place as the case was opened."""

    case = models.ForeignKey(CrossRegionCase, models.CASCADE, related_name="records")
    record = models.ForeignKey("inventory.SalesRecord", models.PROTECT, related_name="+")
    county = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+", verbose_name=_("county"))

    scope = Scope(unit="case__dealer__org_unit", dealer="case__dealer")

    class Meta:
        verbose_name = _("sale of a case")
        verbose_name_plural = _("sales of cases")
        constraints = [models.UniqueConstraint(fields=["case", "record"], name="case_record_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.record_id}"

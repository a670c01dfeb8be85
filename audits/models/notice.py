import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.models.violation import Violation, ViolationType
from audits.models.visit import Finding
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class ViolationNotice(ScopedModel):
    """A numbered notice of a breach that a visit found: docs/visits.md, "Notices and appeals".

    `reported_by` made the visit. The violation, and with it every consequence, exists once the notice stands.
    """

    machine = states.NOTICE

    number = models.CharField(_("notice number"), max_length=40, unique=True)
    finding = models.OneToOneField(Finding, models.PROTECT, related_name="notice", verbose_name=_("finding"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    type = models.ForeignKey(ViolationType, models.PROTECT, related_name="+", verbose_name=_("type"))
    occurred_on = models.DateField(_("occurred on"))
    grounds = models.CharField(_("grounds"), max_length=1000)
    state = models.CharField(
        _("state"), max_length=10, choices=states.NOTICE.choices, default="issued", db_default="issued"
    )
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(_("issued at"))
    appeal_until = models.DateField(_("appeal until"))
    appeal = models.CharField(_("appeal"), max_length=1000, blank=True, default="", db_default="")
    decision = models.CharField(_("decision"), max_length=1000, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    violation = models.OneToOneField(Violation, models.PROTECT, null=True, related_name="notice")

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("violation notice")
        verbose_name_plural = _("violation notices")
        constraints = [
            models.CheckConstraint(condition=~Q(issued_by=F("reported_by")), name="notice_two_people"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("issued_by")) & ~Q(decided_by=F("reported_by"))),
                name="notice_third_person",
            ),
            models.CheckConstraint(
                condition=Q(state="issued", appeal="", decided_by=None, violation=None)
                | (Q(state="appealed", decided_by=None, violation=None) & ~Q(appeal=""))
                | Q(state="standing", appeal="", decided_by=None, violation__isnull=False)
                | (
                    Q(state="standing", decided_by__isnull=False, violation__isnull=False)
                    & ~Q(appeal="")
                    & ~Q(decision="")
                )
                | (Q(state="annulled", decided_by__isnull=False, violation=None) & ~Q(appeal="") & ~Q(decision="")),
                name="notice_state",
            ),
        ]

    def __str__(self) -> str:
        return self.number

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from audits.models.photo import StoredPhoto
from audits.models.visit import Finding
from core.scoping import Scope, ScopedModel


@pghistory.track(append_only=True)
class Rectification(ScopedModel):
    """What a dealer has to put right, until when: docs/visits.md, "Rectification".

    `report` and `done_by` are those of the last time that it was reported as done.
    """

    machine = states.RECTIFICATION

    number = models.CharField(_("number"), max_length=40, unique=True)
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="rectifications", verbose_name=_("finding"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="+", verbose_name=_("dealer"))
    demand = models.CharField(_("what has to be done"), max_length=500)
    due_on = models.DateField(pgettext_lazy("rectification", "due on"))
    state = models.CharField(
        _("state"), max_length=10, choices=states.RECTIFICATION.choices, default="open", db_default="open"
    )
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    ordered_at = models.DateTimeField(_("ordered at"))
    report = models.CharField(
        pgettext_lazy("rectification", "what was done"), max_length=1000, blank=True, default="", db_default=""
    )
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("done by")
    )
    done_at = models.DateTimeField(_("done at"), null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("rectification", "verified by"),
    )
    verified_at = models.DateTimeField(pgettext_lazy("rectification", "verified at"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)

    scope = Scope(unit="dealer__org_unit", dealer="dealer")

    class Meta:
        verbose_name = _("rectification")
        verbose_name_plural = _("rectifications")
        constraints = [
            models.UniqueConstraint(
                fields=["finding"], condition=~Q(state="cancelled"), name="rectification_one_of_finding"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("done_by")), name="rectification_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "cancelled"], verified_by=None, verified_at=None)
                | Q(state="done", done_by__isnull=False, done_at__isnull=False, verified_by=None, verified_at=None)
                | Q(state="verified", done_by__isnull=False, verified_by__isnull=False, verified_at__isnull=False),
                name="rectification_state",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="open"), name="rectification_open")]

    def __str__(self) -> str:
        return self.number


class RectificationPhoto(StoredPhoto):
    """A photo that shows what was put right."""

    rectification = models.ForeignKey(Rectification, models.CASCADE, related_name="photos")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    scope = Scope(unit="rectification__dealer__org_unit", dealer="rectification__dealer")

    class Meta:
        verbose_name = _("photo of a rectification")
        verbose_name_plural = _("photos of rectifications")
        constraints = [models.UniqueConstraint(fields=["rectification", "sha256"], name="rectification_photo_once")]
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

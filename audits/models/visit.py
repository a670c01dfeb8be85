from datetime import datetime, timedelta
from uuid import uuid4

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audits import states
from audits.models.photo import StoredPhoto
from audits.rules import checklist as rules
from core.scoping import Scope, ScopedModel
from dealers.states import VisitRegime


@pghistory.track(append_only=True)
class Visit(ScopedModel):
    """A visit to a store, by its channel manager or an inspector: see docs/visits.md.

    `checklist` is the template as it was at check-in. Times of the server decide; those
    of the phone are kept beside them. Position in WGS-84 degrees, accuracy and distance
    from the store in metres, all empty if the phone gave none; `evidence` is what they say
    about the place. `score` 0 to 100. A visit begun without connection has the phone's
    times and `received_at`, when it arrived.
    `client_id` is chosen by the phone, so that sending a visit twice makes one.
    """

    machine = states.VISIT

    client_id = models.UUIDField(default=uuid4, editable=False, verbose_name=_("id on the phone"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="visits", verbose_name=_("dealer"))
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", verbose_name=_("channel manager")
    )
    kind = models.CharField(_("kind of visit"), max_length=12, choices=states.VisitKind.choices, default="routine")
    regime = models.CharField(_("visit regime"), max_length=12, choices=VisitRegime.choices)
    state = models.CharField(_("state"), max_length=6, choices=states.VISIT.choices, default="open")
    template = models.ForeignKey(
        "audits.ChecklistTemplate", models.SET_NULL, null=True, related_name="+", verbose_name=_("checklist")
    )
    checklist = models.JSONField(default=dict, verbose_name=_("checklist"))

    checked_in_at = models.DateTimeField(_("checked in"))
    checked_in_phone = models.DateTimeField(null=True, blank=True, verbose_name=_("checked in, by the phone"))
    sent_late = models.BooleanField(_("begun without connection"), default=False, db_default=False)
    received_at = models.DateTimeField(pgettext_lazy("visit", "received"), null=True, blank=True)
    checked_out_at = models.DateTimeField(_("checked out"), null=True, blank=True)
    checked_out_phone = models.DateTimeField(null=True, blank=True, verbose_name=_("checked out, by the phone"))

    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True, verbose_name=_("latitude"))
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True, verbose_name=_("longitude"))
    accuracy_m = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("accuracy in metres"))
    distance_m = models.PositiveIntegerField(_("distance from the store"), null=True, blank=True)
    evidence = models.CharField(
        _("evidence of place"), max_length=8, choices=states.Evidence.choices, default="none", db_default="none"
    )
    too_far = models.BooleanField(_("too far"), default=False)
    too_short = models.BooleanField(_("too short"), default=False)
    too_long = models.BooleanField(_("too long"), default=False)
    distance_reason = models.CharField(_("reason for the distance"), max_length=300, blank=True)
    length_reason = models.CharField(_("reason for the length"), max_length=300, blank=True)
    summary = models.TextField(_("summary"), max_length=2000, blank=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)

    # A dealer's user has no business in what his manager noted about him.
    scope = Scope(unit="dealer__org_unit", inspector="manager")

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(fields=["manager", "client_id"], name="visit_sent_once"),
            models.UniqueConstraint(fields=["dealer", "manager"], condition=Q(state="open"), name="visit_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", checked_out_at=None)
                | Q(state="done", checked_out_at__gte=F("checked_in_at")),
                name="visit_times",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="visit_position",
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__gte=0, score__lte=100), name="visit_score"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(too_far=False) | ~Q(distance_reason=""), name="visit_distance_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(too_short=False, too_long=False) | ~Q(length_reason=""),
                name="visit_length_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["dealer", "-checked_in_at"], name="visit_dealer"),
            models.Index(fields=["manager", "-checked_in_at"], name="visit_manager"),
            models.Index(fields=["-checked_in_at"], name="visit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer.name} {self.checked_in_at:%Y-%m-%d}"

    @property
    def sections(self) -> tuple[rules.Section, ...]:
        """The questions that this visit was asked."""
        return rules.sections_of(self.checklist)

    @property
    def lasted(self) -> timedelta | None:
        """From check-in to check-out by the server's clock."""
        return self.checked_out_at - self.checked_in_at if self.checked_out_at else None

    def editable_until(self, hours: int) -> datetime | None:
        """The moment from which nothing can be changed; None while the visit is open."""
        return self.checked_out_at + timedelta(hours=hours) if self.checked_out_at else None


class VisitAnswer(ScopedModel):
    """The answer to one question of the visit's checklist, as text; `note` explains it."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="answers")
    question = models.IntegerField()
    value = models.TextField(blank=True)
    note = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField()

    scope = Scope(unit="visit__dealer__org_unit", inspector="visit__manager")

    class Meta:
        verbose_name = _("answer")
        constraints = [models.UniqueConstraint(fields=["visit", "question"], name="answer_once")]

    def __str__(self) -> str:
        return self.value


@pghistory.track(append_only=True)
class Finding(ScopedModel):
    """Something wrong that a visit saw. `question` names the answer that opened it, if one did."""

    machine = states.FINDING

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="findings", verbose_name=_("visit"))
    dealer = models.ForeignKey("dealers.Dealer", models.PROTECT, related_name="findings", verbose_name=_("dealer"))
    question = models.IntegerField(null=True, blank=True, verbose_name=_("question"))
    category = models.CharField(_("category"), max_length=16, choices=states.FindingCategory.choices)
    text = models.CharField(_("what was found"), max_length=500)
    needs_photo = models.BooleanField(default=False, verbose_name=_("needs photo"))
    state = models.CharField(_("state"), max_length=10, choices=states.FINDING.choices, default="open")
    found_at = models.DateTimeField(_("found"))

    scope = Scope(unit="dealer__org_unit", inspector="visit__manager")

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "question"],
                condition=Q(question__isnull=False) & ~Q(state="withdrawn"),
                name="finding_once",
            ),
        ]
        indexes = [models.Index(fields=["dealer", "-found_at"], name="finding_dealer")]

    def __str__(self) -> str:
        return self.text


class VisitPhoto(StoredPhoto):
    """A photo of a visit, perhaps of a question or a finding."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos")
    finding = models.ForeignKey(Finding, models.SET_NULL, null=True, blank=True, related_name="photos")
    question = models.IntegerField(null=True, blank=True)
    caption = models.CharField(_("caption"), max_length=200, blank=True)

    scope = Scope(unit="visit__dealer__org_unit", inspector="visit__manager")

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [models.UniqueConstraint(fields=["visit", "sha256"], name="photo_once")]
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return self.caption or f"{self.width} × {self.height}"


@pghistory.track(append_only=True)
class VisitNote(ScopedModel):
    """What was said about a visit afterwards: the only way to correct one that is closed."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(_("note"), max_length=1000)

    scope = Scope(unit="visit__dealer__org_unit", inspector="visit__manager")

    class Meta:
        verbose_name = _("note")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel
from core.states import Machine, State

MACHINE = Machine(
    states=(
        State("queued", _("Waiting"), "grey"),
        State("running", _("Running"), "blue"),
        State("done", _("Done"), "green"),
        State("failed", _("Failed"), "red"),
    ),
    moves={},
    initial="queued",
)


class Job(ScopedModel):
    """Something that takes more than two seconds: its row is the truth about it.

    Unique while active by (kind, key). `args` and `result` are JSON with plain values.
    `done` of `total` steps; `note` says what it is doing now. A worker that runs it holds
    an advisory lock and refreshes `heartbeat`; see `core.jobs`.
    """

    machine: ClassVar[Machine] = MACHINE

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    label = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs")
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=MACHINE.choices, default="queued")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    log = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    scope = Scope(user="owner")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state__in=["queued", "running"]), name="job_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=["queued", "running", "done", "failed"]), name="job_state"),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="job_owner"),
            models.Index(fields=["state"], condition=Q(state__in=["queued", "running"]), name="job_active"),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.kind} {self.key}"

    @property
    def active(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def percent(self) -> int | None:
        """Whole per cent done, None while the size of the work is not known."""
        return min(100, int(self.done * 100 / self.total)) if self.total else None

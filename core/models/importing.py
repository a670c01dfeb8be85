from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scoping import Scope, ScopedModel
from core.states import Machine, State

MACHINE = Machine(
    states=(
        State("uploaded", _("Uploaded"), "grey"),
        State("checking", _("Checking"), "blue"),
        State("checked", _("Checked"), "amber"),
        State("applying", _("Applying"), "blue"),
        State("applied", pgettext_lazy("import", "Applied"), "green"),
        State("rejected", _("Rejected"), "red"),
        State("failed", _("Failed"), "red"),
    ),
    moves={},
    initial="uploaded",
)


class ImportRun(ScopedModel):
    """One file that someone gave to the portal: what it was and what became of it.

    `rows` counts data rows; `accepted + unchanged + rejected = rows` once checked.
    `errors` holds the first hundred rejected rows, `error_file` all of them.
    """

    machine: ClassVar[Machine] = MACHINE

    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    org_unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=MACHINE.choices, default="uploaded")
    partial = models.BooleanField(default=False)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    errors = models.JSONField(default=list)
    error_file = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True)
    job = models.ForeignKey("core.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    scope = Scope(unit="org_unit")

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="import_run_newest"),
            models.Index(fields=["kind", "sha256"], name="import_run_content"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"

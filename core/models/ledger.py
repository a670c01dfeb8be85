from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import Scope, ScopedModel


class LedgerCheck(ScopedModel):
    """One look at everything that must hold in the books: when, why, and whether it held.

    `checked` says how many things each check looked at, by its code.
    """

    class Cause(models.TextChoices):
        NIGHTLY = "nightly", _("Nightly upkeep")
        COMMAND = "command", _("On the command line")
        RESTORE = "restore", _("After a restore")
        ASKED = "asked", _("Asked for by a person")

    cause = models.CharField(_("occasion"), max_length=10, choices=Cause.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    held = models.BooleanField(_("held"))
    broken = models.IntegerField(_("broken"))
    checked = models.JSONField(default=dict)

    scope = Scope(everyone=True, why="says only whether the books hold; what is broken has its own scope")

    class Meta:
        verbose_name = _("ledger check")
        verbose_name_plural = _("ledger checks")
        ordering = ["-finished_at"]
        indexes = [models.Index(fields=["-finished_at"], name="ledger_check_finished")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(held=True, broken=0) | models.Q(held=False, broken__gt=0), name="ledger_check_held"
            )
        ]

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M}"


class LedgerFinding(ScopedModel):
    """One thing that did not hold: what it is, what was found, what would be right."""

    run = models.ForeignKey(LedgerCheck, models.CASCADE, related_name="findings")
    check_code = models.CharField(_("check"), max_length=40)
    what = models.CharField(_("what"), max_length=200)
    found = models.CharField(_("found"), max_length=200, blank=True)
    expected = models.CharField(_("expected"), max_length=200, blank=True)
    unit = models.ForeignKey("accounts.OrgUnit", models.PROTECT, related_name="+")

    scope = Scope(unit="unit")

    class Meta:
        verbose_name = _("broken invariant")
        verbose_name_plural = _("broken invariants")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.check_code}: {self.what}"

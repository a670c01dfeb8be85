import pgtrigger
from django.conf import settings
from django.db import models

from core.scoping import Scope, ScopedModel


class Transition(ScopedModel):
    """Who did what to which object, when and why. Append-only in the database."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    scope = Scope(why="read only together with the object that it is about")

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="transition_subject")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.action}"

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.scoping import Scope, ScopedModel


class Notice(ScopedModel):
    """A short message to one person, with a link to where it is acted upon.

    `text` is an English message id and `params` its values, so that it reads in the
    language of whoever opens it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    text = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    scope = Scope(user="user")

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], condition=Q(read_at=None), name="notice_unread")]

    def __str__(self) -> str:
        return self.text

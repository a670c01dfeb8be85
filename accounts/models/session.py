from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from core.scoping import Scope, ScopedModel


class Session(ScopedModel, AbstractBaseSession):
    """One signed-in browser: whose it is and from where, so that it can be listed and ended.

    Kept by `accounts.sessions`, which is the session engine.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    signed_in_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(auto_now=True)

    scope: ClassVar[Scope] = Scope(user="user")

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "accounts_session"

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_module(settings.SESSION_ENGINE).SessionStore

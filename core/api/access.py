"""Who may call the API, as whom, how often and for what."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.throttling import SimpleRateThrottle

from core.views.base import may

log = structlog.get_logger(__name__)


class PasswordMustChange(exceptions.PermissionDenied):
    default_code = "password_must_change"
    default_detail = _("Sign in on the portal and choose a new password first.")


def ends_at(token: Any) -> datetime:
    """When the token stops working: `API_TOKEN_DAYS` days after it was made."""
    return token.created + timedelta(days=settings.API_TOKEN_DAYS)


def fresh_token(user: Any) -> Any:
    """The user's token, a new one if the old one has ended."""
    tokens: Any = TokenAuthentication().get_model()
    token, _new = tokens.objects.get_or_create(user=user)
    if ends_at(token) < timezone.now():
        token.delete()
        token = type(token).objects.create(user=user)
    return token


class Token(TokenAuthentication):
    """`Authorization: Token …`; a token ends `API_TOKEN_DAYS` days after it was made."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        user, token = super().authenticate_credentials(key)
        if ends_at(token) < timezone.now():
            raise exceptions.AuthenticationFailed(_("The token has ended. Get a new one."), code="token_ended")
        if user.must_change_password:
            raise PasswordMustChange
        return user, token


class Session(SessionAuthentication):
    """The portal's own sign-in, with its CSRF token on every write."""


class HasPermission(BasePermission):
    """The view's `permission` for this request, asked of the table of roles; closed if it has none."""

    def has_permission(self, request: Any, view: Any) -> bool:
        needed = view.get_permission_needed() if hasattr(view, "get_permission_needed") else None
        return needed is not None and may(request.user, needed)


class _Throttle(SimpleRateThrottle):
    """Counts in the cache; without the cache it lets requests through and says so in the log."""

    def get_rate(self) -> str | None:
        return settings.API_RATES[str(self.scope)]

    def allow_request(self, request: Any, view: Any) -> bool:
        try:
            return super().allow_request(request, view)
        except (RedisError, OSError):
            log.warning("throttle_without_cache", scope=self.scope)
            return True


class ReadRate(_Throttle):
    """Requests of one user, whichever way he signed in; of an address before signing in."""

    scope = "requests"

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        ident = f"u{user.pk}" if user and user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class WriteRate(ReadRate):
    """Writes alone, which cost more."""

    scope = "writes"

    def allow_request(self, request: Any, view: Any) -> bool:
        return request.method in ("GET", "HEAD", "OPTIONS") or super().allow_request(request, view)


class SignInRate(_Throttle):
    """Attempts to get a token, by address."""

    scope = "sign_in"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

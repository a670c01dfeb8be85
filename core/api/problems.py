"""Errors as RFC 9457 problem details: one shape, whatever went wrong."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import Forbidden, Refused

MEDIA_TYPE = "application/problem+json"
NAMESPACE = "urn:channels-portal:problem:"

log = structlog.get_logger(__name__)


def problem(
    status_code: int,
    *,
    code: str,
    title: str,
    detail: str = "",
    instance: str = "",
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """A response with the members of RFC 9457, a stable `code` and whatever else helps."""
    body: dict[str, Any] = {"type": f"{NAMESPACE}{code}", "title": title, "status": status_code, "code": code}
    if detail:
        body["detail"] = detail
    if instance:
        body["instance"] = instance
    body.update({key: value for key, value in more.items() if value})
    return Response(body, status=status_code, headers=headers, content_type=MEDIA_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: a domain refusal is 409, a breach of duty 403, the rest as HTTP says."""
    request = context.get("request")
    path = request.path if request is not None else ""
    set_rollback()
    if isinstance(error, Refused):
        forbidden = isinstance(error, Forbidden)
        return problem(
            status.HTTP_403_FORBIDDEN if forbidden else status.HTTP_409_CONFLICT,
            code=error.code,
            title=_("This is not yours to do") if forbidden else _("Refused"),
            detail=str(error.message),
            instance=path,
            params=_plain(error.params),
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        return _http(error, path)
    log.exception("api_failed", path=path)
    got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    return problem(
        500,
        code="server_error",
        title=_("Something went wrong on our side"),
        detail=_("It has been recorded, and nothing was half done. Try again in a minute."),
        instance=path,
    )


def _http(error: exceptions.APIException, path: str) -> Response:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    if isinstance(error, exceptions.ValidationError):
        return problem(
            error.status_code,
            code="invalid",
            title=_("The request is not valid"),
            detail=_("Correct what “errors” names and send it again."),
            instance=path,
            errors=_errors(error.get_full_details()),
        )
    code = error.get_codes()
    return problem(
        error.status_code,
        code=code if isinstance(code, str) else error.default_code,
        title=_title(error),
        detail=str(error.detail),
        instance=path,
        headers=headers,
        params=getattr(error, "params", None),
        errors=getattr(error, "errors", None),
    )


def _title(error: exceptions.APIException) -> str:
    titles = {
        400: _("The request could not be understood"),
        401: _("Sign in first"),
        403: _("Your role does not include this"),
        404: _("There is nothing at this address"),
        405: _("This address does not take that method"),
        406: _("The answer is JSON only"),
        415: _("The body must be JSON"),
        422: _("The request contradicts an earlier one"),
        429: _("Too many requests"),
    }
    return titles.get(error.status_code, str(error.default_detail))


def _errors(details: Any, pointer: str = "") -> list[dict[str, str]]:
    """DRF's nested details as a flat list of {pointer, code, detail}."""
    if isinstance(details, dict) and "message" in details and "code" in details and len(details) == 2:
        return [{"pointer": pointer or "#", "code": str(details["code"]), "detail": str(details["message"])}]
    found: list[dict[str, str]] = []
    if isinstance(details, dict):
        for key, value in details.items():
            inner = pointer if key == "non_field_errors" else f"{pointer or '#'}/{key}"
            found += _errors(value, inner)
    elif isinstance(details, list):
        for index, value in enumerate(details):
            leaf = isinstance(value, dict) and set(value) == {"message", "code"}
            found += _errors(value, pointer if leaf else f"{pointer or '#'}/{index}")
    return found


def _plain(value: Any) -> Any:
    """Values as JSON holds them; what it cannot hold is told as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


class Invalid(exceptions.APIException):
    """A body that a domain reader found wrong: `errors` as {pointer, code, detail}."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(_("Correct what “errors” names and send it again."))
        self.errors = errors

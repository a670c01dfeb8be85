"""Error pages: sentences that say what happened and what to do; JSON for the API."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

API = "/api/"


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.path.startswith(API):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": text}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    return render(request, f"{status}.html", {"title": title, "text": text, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request, 400, _("The request could not be understood"), _("Go back, check what you entered and try again.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("Your role does not include this"),
        _("If you need it for your work, ask your administrator for the role that has it."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing at this address"),
        _("It may have been moved, or it belongs to a unit that you do not work for. Use the search or the menu."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _(
            "It has been recorded, and nothing that you sent was half done. "
            "Try again in a minute; if it goes on, tell your administrator the time."
        ),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is too old or came from elsewhere."""
    return render(
        request,
        "403_csrf.html",
        {
            "title": _("This form is too old"),
            "text": _(
                "You signed in or out in another window since it was opened. "
                "Go back, reload the page and send it again."
            ),
            "status": 403,
        },
        status=403,
    )


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords (django-axes)."""
    minutes = {"minutes": int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)}
    title = _("Sign-in is locked for %(minutes)s minutes") % minutes
    text = (
        _(
            "The password was wrong too often. Wait %(minutes)s minutes and try again, "
            "or ask your administrator for a new password."
        )
        % minutes
    )
    if request.path.startswith(API):
        return _page(request, 429, title, text)
    return render(request, "lockout.html", {"title": title, "text": text, "status": 429}, status=429)

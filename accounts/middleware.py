"""What holds for every request of somebody signed in: language, unit, password, age of the session."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from accounts import units
from accounts.services import sessions
from core.views import errors

Handler = Callable[[HttpRequest], HttpResponse]
API = "/api/"
FREE = ("/accounts/", "/static/", "/healthz")


def preferences(get_response: Handler) -> Handler:
    """The language that the user chose (else the cookie's, else Chinese; the API asks the client
    too), and as `request.unit` the unit that he has switched to (None: all of his scope)."""

    supported = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if language not in supported and request.path.startswith(API):
            language = translation.get_language_from_request(request)
        if language not in supported:
            language = settings.LANGUAGE_CODE
        request.unit = units.chosen(request)  # type: ignore[attr-defined]
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def sign_in_state(get_response: Handler) -> Handler:
    """Ends sessions that are too old, and lets nobody on who must change the password first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            if not sessions.keep_alive(session=request.session, at=timezone.now()):
                logout(request)
            elif user.must_change_password and not request.path.startswith(FREE):
                if request.path.startswith(API):
                    return errors.forbidden(request)
                return redirect(reverse("accounts:password"))
        return get_response(request)

    return middleware

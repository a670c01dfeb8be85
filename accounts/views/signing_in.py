"""Signing in and out."""

from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.http import require_POST

from accounts.forms import LanguageForm, SignInForm
from accounts.services import sessions
from accounts.services import user as user_service

LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


class SignIn(auth_views.LoginView):
    """The door. Whoever is signed in already goes on to the first page."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        response = super().form_valid(form)
        sessions.remember(
            session=self.request.session,
            ip=get_client_ip_address(self.request),
            agent=self.request.headers.get("User-Agent", ""),
            at=timezone.now(),
        )
        return with_language(response, form.get_user().language)


class SignOut(auth_views.LogoutView):
    http_method_names = ["post", "options"]


@method_decorator(require_POST, name="dispatch")
class Language(View):
    """Switch the language: for the browser, and for the user if somebody is signed in."""

    def post(self, request: HttpRequest) -> HttpResponse:
        back = request.POST.get("next", "")
        response = redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
        form = LanguageForm(request.POST)
        if not form.is_valid():
            return response
        language = form.cleaned_data["language"]
        if request.user.is_authenticated:
            user_service.choose_language(user=request.user, language=language)
        return with_language(response, language)


def with_language(response: Any, language: str) -> Any:
    """The response with the language's cookie."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response

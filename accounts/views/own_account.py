"""One's own account: password, sessions, unit switch."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import units
from accounts.forms import PasswordForm
from accounts.services import sessions
from accounts.services import user as user_service
from core.views import ANYONE_SIGNED_IN, PortalFormView, PortalMixin, PortalPage


class ChangePassword(PortalFormView):
    permission = ANYONE_SIGNED_IN
    title = gettext_lazy("Change password")
    area = "accounts"
    form_class = PasswordForm
    submit_label = gettext_lazy("Change password")
    success_message = gettext_lazy("Your password is changed. Other browsers are signed out.")

    @property
    def intro(self) -> str:  # type: ignore[override]
        return _("Choose a password of your own before you go on.") if self.request.user.must_change_password else ""

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, form: Any) -> str:
        user_service.change_password(user=self.request.user, new=form.cleaned_data["new"])
        update_session_auth_hash(self.request, self.request.user)
        sessions.end(user=self.request.user, keep=self.request.session.session_key)
        return "/"


class Sessions(PortalPage):
    """Where one is signed in."""

    permission = ANYONE_SIGNED_IN
    title = gettext_lazy("Where you are signed in")
    area = "accounts"
    template_name = "accounts/sessions.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        current = self.request.session.session_key
        found = sessions.of(self.request.user, at=timezone.now())
        shown = [{**one, "current": one["session_key"] == current, "mark": one["session_key"][:8]} for one in found]
        return super().get_context(sessions=shown, **context)


class EndSession(PortalMixin):
    """Sign out one browser (named by the start of its key), or all (`everywhere`)."""

    permission = ANYONE_SIGNED_IN
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = self.request.user
        if "mark" not in kwargs:
            sessions.end(user=user)
            logout(request)
            messages.success(request, _("You are signed out everywhere."))
            return self.go(reverse("accounts:sign_in"))
        keys = [one["session_key"] for one in sessions.of(user, at=timezone.now())]
        key = next((key for key in keys if key[:8] == kwargs["mark"]), None)
        if key is None:
            raise Http404
        sessions.end(user=user, key=key)
        messages.success(request, _("That browser is signed out."))
        return self.go(reverse("accounts:sessions"))


class SwitchUnit(PortalMixin):
    """Look at another unit of one's scope; stays on the page."""

    permission = ANYONE_SIGNED_IN
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not units.switch(request, request.POST.get("unit", "")):
            raise Http404
        back = request.POST.get("next", "")
        return self.go(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")

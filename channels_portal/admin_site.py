"""The admin site: the portal's sign-in, closed to every role but the administrator."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from unfold.sites import UnfoldAdminSite

from accounts.roles import Permission
from core.views.base import may


class PortalAdminSite(UnfoldAdminSite):
    """Signs in, out and changes passwords where the portal does, with its lock-out and its session rules."""

    def get_urls(self) -> list[Any]:
        """Without the shortcut to an object's own page: the portal's objects have none."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Permission.ADMIN_SITE)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, view)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("admin:index")
        query = urlencode({"next": request.GET.get("next", "/admin/")})
        return redirect(f"{_address('sign_in')}?{query}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("accounts:password")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ends the session; a GET only offers to (another site's link cannot sign anybody out)."""
        from accounts.views.signing_in import SignOut  # the URLconf imports this module while it loads

        return SignOut.as_view()(request) if request.method == "POST" else redirect("admin:index")


def _address(name: str) -> str:
    from django.urls import reverse

    return reverse(f"accounts:{name}")

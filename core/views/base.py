"""What every page of the portal has in common. See docs/screens.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from core.errors import Refused

Text = str | Promise


class _AnyoneSignedIn:
    """Says on purpose that a page needs no more than a sign-in."""

    def __repr__(self) -> str:
        return "ANYONE_SIGNED_IN"


ANYONE_SIGNED_IN = _AnyoneSignedIn()


@dataclass(frozen=True)
class Action:
    """A button or link. `post` sends a form at once; else `url` opens a page (a PortalActionView
    shown by GET asks for the reason first). `style`: primary, secondary, danger."""

    label: Text
    url: Text
    permission: Any = None
    icon: str = ""
    post: bool = False
    style: str = "secondary"

    def for_user(self, user: Any) -> bool:
        return self.permission is None or may(user, self.permission)


@dataclass(frozen=True)
class Crumb:
    label: Text
    url: Text = ""


def may(user: Any, permission: Any) -> bool:
    """Whether `user` holds `permission`; of several (tuple, list, set) one is enough. False in doubt."""
    if not user.is_authenticated or not user.is_active:
        return False
    if permission is ANYONE_SIGNED_IN:
        return True
    if isinstance(permission, list | tuple | set | frozenset):
        return any(user.can(one) for one in permission)
    return permission is not None and user.can(permission)


def is_htmx(request: HttpRequest) -> bool:
    """A request for a part of a page (not the browser going back to a page it forgot)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def with_query(query: QueryDict, **changes: Any) -> str:
    """`?…` of `query` with some keys replaced (a list or a value) or removed (None)."""
    copy = query.copy()
    for key, value in changes.items():
        copy.pop(key, None)
        if isinstance(value, list | tuple):
            copy.setlist(key, [str(one) for one in value])
        elif value is not None:
            copy[key] = str(value)
    for key in [key for key in copy if not any(copy.getlist(key))]:
        del copy[key]
    return f"?{copy.urlencode()}" if copy else "?"


class PortalMixin(View):
    """Sign-in, permission, scope and frame of a page.

    A subclass names its `permission` (one, or a tuple of which one is enough, or
    ANYONE_SIGNED_IN); without it the address cannot even be registered. Rows outside
    the user's scope are Http404; a missing permission is 403; `Refused` from a service
    becomes a message.
    """

    request: Any
    permission: Any = None
    title: Text = ""
    area: str = ""
    template_name: str = ""
    breadcrumbs: Sequence[Crumb] = ()
    primary_action: Action | None = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        if initkwargs.get("permission", cls.permission) is None:
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__name__} names no permission.")
        return super().as_view(**initkwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.to_sign_in()
        if not self.allowed():
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return self.refused(refusal)

    def allowed(self) -> bool:
        """Whether the user may open this page at all."""
        return may(self.request.user, self.permission)

    def to_sign_in(self) -> HttpResponseBase:
        if is_htmx(self.request):
            here = self.request.headers.get("HX-Current-URL", "")
            path = here if url_has_allowed_host_and_scheme(here, {self.request.get_host()}) else ""
            target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': path})}"
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return redirect_to_login(self.request.get_full_path())

    def refused(self, refusal: Refused) -> HttpResponseBase:
        """Say why, and go back to where the user came from."""
        messages.error(self.request, str(refusal.message))
        return self.go(self.get_back_url() or "/")

    def go(self, url: str) -> HttpResponseBase:
        """Redirect, also out of an htmx request."""
        if is_htmx(self.request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return redirect(url)

    # What the frame shows

    def get_title(self) -> Text:
        return self.title

    def get_breadcrumbs(self) -> Sequence[Crumb]:
        """The way here, without the page itself."""
        return self.breadcrumbs

    def get_back_url(self) -> str:
        """Where the arrow on phones leads: one step up the breadcrumb."""
        with_url = [crumb.url for crumb in self.get_breadcrumbs() if crumb.url]
        return str(with_url[-1]) if with_url else ""

    def get_primary_action(self) -> Action | None:
        return self.primary_action

    def get_actions(self) -> Iterable[Action]:
        """Further actions of the page, after the primary one."""
        return ()

    def get_context(self, **context: Any) -> dict[str, Any]:
        """What the template sees; extend it in subclasses."""
        user = self.request.user
        primary = self.get_primary_action()
        return {
            "view": self,
            "title": self.get_title(),
            "area": self.area or self.request.path.strip("/").split("/")[0],
            "breadcrumbs": self.get_breadcrumbs(),
            "back_url": self.get_back_url(),
            "primary_action": primary if primary and primary.for_user(user) else None,
            "actions": [action for action in self.get_actions() if action.for_user(user)],
            **context,
        }

    def render(self, template: str = "", *, status: int = 200, **context: Any) -> HttpResponse:
        response = render(self.request, template or self.template_name, self.get_context(**context), status=status)
        response["Vary"] = "HX-Request, Cookie"
        return response


class PortalPage(PortalMixin):
    """A page of its own making: set `template_name`, extend `get_context`."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.render()


def narrowed(rows: Any, request: HttpRequest) -> Any:
    """The rows of the unit that the user has switched to, if their model knows units."""
    unit = getattr(request, "unit", None)
    return rows.within(unit) if unit is not None and hasattr(rows, "within") else rows


def one_or_404(rows: Any, **lookup: Any) -> Any:
    """The row that `lookup` names among `rows`; Http404 if it is not there or the value makes no sense."""
    try:
        return rows.get(**lookup)
    except (rows.model.DoesNotExist, ValueError, OverflowError) as error:
        raise Http404 from error

"""Visits without connection: a page that the phone keeps, what it takes along, and the worker that keeps it.

See docs/visits.md, "Without connection".
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from accounts.roles import Permission
from audits.queries import offline
from core.clock import today
from core.views import PortalMixin

ASSETS = (
    "vendor/tabler-1.6.1/tabler.min.css",
    "vendor/idb-keyval-6.3.0/idb-keyval.js",
    "portal/portal.css",
    "portal/parts.css",
    "portal/field.css",
    "portal/theme.js",
    "portal/offline.js",
    "portal/offline-send.js",
    "portal/favicon.svg",
)


class OfflineVisits(PortalMixin):
    """The page itself: the same for everybody, so that it can be kept; what it shows comes from the phone."""

    permission = Permission.LOG_VISITS
    title = gettext_lazy("Visits without connection")
    area = "audits"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return render(request, "audits/offline.html", {"title": self.title, "words": words()})


class Luggage(PortalMixin):
    """What the phone takes along, and the token with which it sends; never kept by a cache."""

    permission = Permission.LOG_VISITS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        taken = offline.luggage(request.user, day=today())
        return JsonResponse({**taken, "token": get_token(request)}, headers={"Cache-Control": "no-store"})


class Worker(PortalMixin):
    """The service worker: keeps the page and what it is made of."""

    permission = Permission.LOG_VISITS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = {"page": reverse("audits:offline"), "assets": [static(name) for name in ASSETS]}
        response = render(request, "audits/worker.js", context, content_type="text/javascript")
        response["Cache-Control"] = "no-cache"
        return response


class Manifest(PortalMixin):
    """By which a phone installs the page as an app."""

    permission = Permission.LOG_VISITS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        address = reverse("audits:offline")
        return JsonResponse(
            {
                "name": gettext("Store visits"),
                "short_name": gettext("Visits"),
                "start_url": address,
                "scope": address,
                "display": "standalone",
                "background_color": "#ffffff",
                "theme_color": "#155eab",
                "icons": [{"src": static("portal/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
            },
            content_type="application/manifest+json",
        )


def words() -> dict[str, str]:
    """Everything that the page says by script."""
    return {
        "online": gettext("Connected"),
        "offline": gettext("No connection: everything is kept on this phone."),
        "as_of": gettext("Stores and checklists as of {day}"),
        "nothing_kept": gettext("This phone has no stores yet. Open this page once with a connection."),
        "stores": gettext("My stores"),
        "search": gettext("Search by name or code"),
        "begin": gettext("Begin a visit"),
        "on_phone": gettext("On this phone"),
        "none_on_phone": gettext("Nothing waits here."),
        "open": gettext("under way"),
        "waiting": gettext("waits to be sent"),
        "sending": gettext("being sent: {done} of {total}"),
        "sent": pgettext("visit", "sent"),
        "stuck": gettext("needs you"),
        "go_on": gettext("Go on"),
        "send": gettext("Send now"),
        "remove": gettext("Remove from the phone"),
        "see": gettext("Open in the portal"),
        "sign_in": gettext("Sign in to send what waits."),
        "kind": gettext("Kind of visit"),
        "check_in": gettext("Check in"),
        "back": gettext("Back"),
        "next": gettext("Next"),
        "position": gettext("Position found, exact to {m} m."),
        "position_wait": gettext("Looking for the position…"),
        "position_none": gettext("The phone gave no position."),
        "yes": gettext("yes"),
        "no": gettext("no"),
        "note": gettext("Note"),
        "photo": gettext("Photo"),
        "photo_of_finding": gettext("Photo of what is wrong"),
        "findings": gettext("Findings"),
        "category": gettext("Category"),
        "what": gettext("What did you find?"),
        "add": gettext("Add the finding"),
        "check_out": gettext("Check out"),
        "missing": gettext("Not answered yet: {questions}"),
        "why_far": gettext("Why so far from the store?"),
        "why_length": gettext("Why so short or long?"),
        "summary": gettext("Summary"),
        "minutes": gettext("{minutes} minutes so far"),
        "kept": gettext("kept on the phone"),
        "full": gettext("The phone has no room left for this."),
    }

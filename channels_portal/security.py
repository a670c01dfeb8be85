"""The content security policies: nothing unsafe on the portal, the admin's needs on the admin."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from csp.middleware import PolicyParts as Parts
from django.http import HttpRequest, HttpResponseBase

PORTAL: dict[str, Any] = {
    "default-src": [SELF],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
# The admin's Alpine build evaluates expressions; see docs/operations.md.
ADMIN: dict[str, Any] = {
    **PORTAL,
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}
ADMIN_PATH = "/admin/"


def portal(tiles: str) -> dict[str, Any]:
    """The portal's policy, with pictures from where the map tiles come from ('' for nowhere else)."""
    origin = urlsplit(tiles)
    return {**PORTAL, "img-src": [*PORTAL["img-src"], f"{origin.scheme}://{origin.netloc}"]} if tiles else PORTAL


class PolicyByPath(CSPMiddleware):
    """The portal's policy everywhere, the looser one below /admin/ only."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False) -> Parts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path.startswith(ADMIN_PATH):
            parts.config = ADMIN
        return parts

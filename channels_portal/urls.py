"""All addresses. Each app brings its own; an app without pages has no `urls`."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLResolver, include, path

PLACES = (
    ("", "core.urls"),
    ("system/imports/", "core.imports.urls"),
    ("", "accounts.urls"),
    ("dealers/", "dealers.urls"),
    ("stock/", "inventory.urls"),
    ("commissions/", "commissions.urls"),
    ("audits/", "audits.urls"),
    ("reports/", "reports.urls"),
    ("api/", "channels_portal.api.urls"),
)


def _pages() -> list[URLResolver]:
    return [path(prefix, include(module)) for prefix, module in PLACES if _exists(module)]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns = [*_pages(), path("admin/", admin.site.urls)]

handler400 = "core.views.errors.bad_request"
handler403 = "core.views.errors.forbidden"
handler404 = "core.views.errors.not_found"
handler500 = "core.views.errors.server_error"

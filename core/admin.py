"""What the admin pages of all apps have in common: scope, read-only pages, no page for the wrong rows.

See docs/guide-admin.md. Only administrators come in at all (`channels_portal.admin_site`);
each sees the rows of his unit's subtree. Global settings are changed by administrators of a
city or province only.
"""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.forms import Field
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from core.scoping import Scope, may_change_globals

INLINES: dict[str, list[type]] = {}


def add_inline(model: type[models.Model], inline: type) -> None:
    """Show `inline` on the page of `model`, which belongs to a floor below."""
    INLINES.setdefault(model._meta.label, []).append(inline)


class ScopedAdmin(ModelAdmin):
    """Rows of the administrator's scope; anything else is not found."""

    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = True
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.model._default_manager.visible_to(request.user)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [*super().get_inlines(request, obj), *INLINES.get(self.model._meta.label, [])]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return None if "\x00" in object_id else super().get_object(request, object_id, from_field)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Not there, or not in the scope: the same answer."""
        raise Http404

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        """Offer rows of the scope only, and accept no others."""
        related = db_field.remote_field.model
        if isinstance(getattr(related, "scope", None), Scope) and "queryset" not in kwargs:
            kwargs["queryset"] = related._default_manager.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing that has a history is deleted, unless a page says otherwise."""
        return False


class ReadOnlyAdmin(ScopedAdmin):
    """To look at: these rows change through the portal's own steps, or never."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ManyRowsAdmin(ReadOnlyAdmin):
    """Read-only, for tables too large to count."""

    paginator = InfinitePaginator


class GlobalAdmin(ScopedAdmin):
    """Settings that hold for everybody: changed by administrators of a city or province."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_change_globals(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change_globals(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change_globals(request.user)

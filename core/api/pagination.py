"""Pages by number for short lists, by cursor where rows are many."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination

MOST = 500
FURTHEST = 100_000


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`: {count, next, previous, results}; at most 500 to a page."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = MOST

    def get_page_number(self, request: Any, paginator: Any) -> Any:
        number = super().get_page_number(request, paginator)
        if str(number).isdigit() and len(str(number)) > len(str(FURTHEST)):
            raise NotFound(_("There is no such page."))
        return number


class Cursor(CursorPagination):
    """`?cursor=…`: {next, previous, results}, without a count; follow `next` until it is null."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = MOST
    ordering = "-pk"

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        """The asked-for order, made total by the key."""
        found = tuple(super().get_ordering(request, queryset, view))
        return found if any(one.lstrip("-") in ("pk", "id") for one in found) else (*found, "pk")

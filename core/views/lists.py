"""Lists: filter bar, table, paging, column choice, bulk actions, export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from core import exports, formats
from core.tables import Column, Row, Table
from core.views.base import Action, PortalMixin, Text, is_htmx, may, narrowed, with_query
from core.views.chips import Chip, in_words

PAGE_SIZES = (25, 50, 100)
VISIBLE_FILTERS = 3
CHUNK = 2_000
OWN_KEYS = ("sort", "page", "size", "cols", "export")


@dataclass(frozen=True)
class BulkAction:
    """Something to do with the chosen rows: their keys are sent as `pk` to `url` by POST."""

    label: Text
    url: str
    permission: Any
    icon: str = ""
    style: str = "secondary"


class CappedPaginator(Paginator):
    """Counts no further than `limit` rows, so that a list of millions opens at once."""

    def __init__(self, rows: Any, size: int, *, limit: int) -> None:
        super().__init__(rows, size)
        self.limit = limit

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        if isinstance(self.object_list, QuerySet):
            return min(self.object_list.order_by()[: self.limit + 1].count(), self.limit)
        return len(self.object_list)

    @property
    def capped(self) -> bool:
        return self.count >= self.limit and isinstance(self.object_list, QuerySet)


class PortalListView(PortalMixin):
    """A list page. Set `permission`, `title`, `table`, `get_rows` and perhaps `filterset_class`.

    The whole page renders for a browser, the results alone when htmx filters, and list
    without frame when another page loads it as a fragment. `?export=xlsx|csv` gives the
    same rows in the same order with the chosen columns.
    """

    template_name = "portal/list.html"
    table: Table
    filterset_class: Any = None
    name = "list"
    export_name: Text = ""
    empty_text: Text = _("Nothing here yet.")
    empty_action: Action | None = None
    summary_template = ""
    page_sizes: Sequence[int] = PAGE_SIZES
    count_limit = 100_000
    exportable = True
    follows_unit = True

    def get_rows(self, user: Any) -> Any:
        """The rows that `user` may see: a queryset from `queries`, or a list."""
        raise NotImplementedError

    def complete(self, rows: list[Any]) -> list[Any]:
        """A page's rows, or a chunk of an export's, with what they need from elsewhere, asked for all at once."""
        return rows

    def get_table(self) -> Table:
        return self.table

    def get_bulk_actions(self) -> Sequence[BulkAction]:
        return ()

    def get_empty_action(self) -> Action | None:
        return self.empty_action

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.GET.get("export")
        if asked:
            return self.export(asked)
        if is_htmx(request):
            whole = request.headers.get("HX-Target") != f"{self.name}-results"
            template = "portal/list_fragment.html" if whole else "portal/list_results.html"
            return self.render(template, embedded=not self.own_page())
        return self.render()

    def own_page(self) -> bool:
        """Whether the browser shows this list by itself, not as a part of another page."""
        return urlsplit(self.request.headers.get("HX-Current-URL", "")).path == self.request.path

    # Rows

    @cached_property
    def filterset(self) -> Any:
        rows = self.get_rows(self.request.user)
        if self.follows_unit:
            rows = narrowed(rows, self.request)
        if self.filterset_class is None:
            return None if not isinstance(rows, QuerySet) else _Unfiltered(rows)
        return self.filterset_class(self.request.GET, queryset=rows, request=self.request)

    @cached_property
    def filtered(self) -> Any:
        """All rows that the filters leave, unordered."""
        if self.filterset is None:
            return self.get_rows(self.request.user)
        return self.filterset.qs

    @cached_property
    def ordering(self) -> str:
        return self.get_table().ordering(self.request.GET.get("sort", ""))

    @cached_property
    def rows(self) -> Any:
        """All rows that the filters leave, in order."""
        return self.get_table().ordered(self.filtered, self.ordering)

    @cached_property
    def columns(self) -> list[Column]:
        """Those chosen, with the links that are open to the user; a column that is not exported is but its link."""
        found = []
        for column in self.get_table().chosen(self.request.GET.getlist("cols")):
            if column.link_permission is None or may(self.request.user, column.link_permission):
                found.append(column)
            elif column.export:
                found.append(replace(column, link=None))
        return found

    @cached_property
    def page(self) -> Page:
        size = self.request.GET.get("size", "")
        sizes = {str(one): one for one in self.page_sizes}
        paginator = CappedPaginator(self.rows, sizes.get(size, self.page_sizes[0]), limit=self.count_limit)
        try:
            return paginator.page(self.request.GET.get("page", 1))
        except EmptyPage:
            return paginator.page(paginator.num_pages)
        except PageNotAnInteger as error:
            raise Http404 from error

    def totals(self) -> dict[str, Any]:
        """Sums over all filtered rows of the columns that ask for them: one query."""
        wanted = [column for column in self.columns if column.total]
        if not wanted:
            return {}
        if isinstance(self.filtered, QuerySet):
            sums = {f"total_{column.name}": Sum(column.sort_path or column.name) for column in wanted}
            found = self.filtered.order_by().aggregate(**sums)
            return {column.name: found[f"total_{column.name}"] for column in wanted}
        return {column.name: sum(column.of(row) or 0 for row in self.filtered) for column in wanted}

    # Page

    def get_context(self, **context: Any) -> dict[str, Any]:
        rows: list[Row] = self.get_table().render(self.complete(list(self.page.object_list)), self.columns)
        totals = self.totals() if rows else {}
        bulk = [action for action in self.get_bulk_actions() if may(self.request.user, action.permission)]
        empty_action = self.get_empty_action()
        return super().get_context(
            list=self,
            rows=rows,
            columns=self.columns,
            headings=[self._heading(column) for column in self.columns],
            totals=[
                (column, formats.show(column.kind, totals[column.name]) if column.name in totals else "")
                for column in self.columns
            ]
            if totals
            else [],
            chips=self.chips(),
            page=self.page,
            bulk_actions=bulk,
            empty_action=empty_action if empty_action and empty_action.for_user(self.request.user) else None,
            **context,
        )

    def _heading(self, column: Column) -> dict[str, Any]:
        if not column.sort_path:
            return {"column": column, "url": "", "order": ""}
        current = self.ordering.lstrip("-") == column.name
        down = self.ordering.startswith("-")
        # Figures are first wanted from the largest, names from the first.
        first = f"-{column.name}" if column.numeric or column.kind in ("date", "datetime", "month") else column.name
        after = column.name if down else f"-{column.name}"
        return {
            "column": column,
            "url": self.url_with(sort=after if current else first, page=None),
            "order": ("descending" if down else "ascending") if current else "",
        }

    def url_with(self, **changes: Any) -> str:
        return self.request.path + with_query(self.request.GET, export=None, **changes)

    @property
    def url(self) -> str:
        return self.request.path

    def export_urls(self) -> dict[str, str]:
        """Addresses of the files of what is filtered, sorted and chosen."""
        asked = {"page": None, "size": None}
        return {as_: self.request.path + with_query(self.request.GET, export=as_, **asked) for as_ in ("xlsx", "csv")}

    def page_urls(self) -> list[tuple[str, str]]:
        """(number or '…', address) of the pages to offer."""
        pages = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1)
        return [(str(n), self.url_with(page=n) if isinstance(n, int) else "") for n in pages]

    def previous_url(self) -> str:
        return self.url_with(page=self.page.previous_page_number()) if self.page.has_previous() else ""

    def next_url(self) -> str:
        return self.url_with(page=self.page.next_page_number()) if self.page.has_next() else ""

    def size_urls(self) -> list[tuple[int, str, bool]]:
        current = self.page.paginator.per_page
        return [(size, self.url_with(size=size, page=None), size == current) for size in self.page_sizes]

    def choices_of_columns(self) -> list[tuple[Column, bool]]:
        """For the column menu; empty where all columns always show."""
        columns = self.get_table().columns
        if len(columns) <= 8 and not any(column.hidden for column in columns):
            return []
        chosen = {column.name for column in self.columns}
        return [(column, column.name in chosen) for column in columns]

    # Filters

    @cached_property
    def filter_fields(self) -> list[Any]:
        form = getattr(self.filterset, "form", None)
        return list(form) if form is not None else []

    def visible_filters(self) -> list[Any]:
        return self.filter_fields[:VISIBLE_FILTERS]

    def folded_filters(self) -> list[Any]:
        return self.filter_fields[VISIBLE_FILTERS:]

    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along that is not a filter."""
        return [(key, value) for key in ("sort", "size", "cols", "unit") for value in self.request.GET.getlist(key)]

    def chips(self) -> list[Chip]:
        """The filters that are at work."""
        if not self.filter_fields or not self.filterset.form.is_valid():
            return []
        cleaned = self.filterset.form.cleaned_data
        chips = []
        for bound in self.filter_fields:
            value = cleaned.get(bound.name)
            if value is None or value == "" or (hasattr(value, "__len__") and not len(value)):
                continue
            keys = [key for key in self.request.GET if key == bound.name or key.startswith(f"{bound.name}_")]
            url = self.url_with(page=None, **dict.fromkeys(keys))
            chips.append(Chip(str(bound.label), in_words(bound.field, value), url))
        return chips

    def folded_active(self) -> bool:
        """Whether a folded filter is at work, so that the fold opens."""
        return any(self.request.GET.get(bound.html_name) for bound in self.folded_filters())

    # Export

    def export(self, asked: str) -> HttpResponseBase:
        if asked not in ("xlsx", "csv") or not self.exportable:
            raise Http404
        columns = [column for column in self.columns if column.export]
        name = str(self.export_name or self.get_title())
        sheet = exports.Sheet(
            title=name,
            headings=[column.heading() for column in columns],
            kinds=[column.kind for column in columns],
            rows=self._export_rows(self.rows, columns),
        )
        return exports.response(name, sheet, as_=asked)

    def _export_rows(self, rows: Any, columns: list[Column]) -> Iterator[list[Any]]:
        coming = rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else iter(rows)
        while chunk := list(islice(coming, CHUNK)):
            for row in self.complete(chunk):
                yield [column.plain(row) for column in columns]


class _Unfiltered:
    """Stands in for a filterset where a list has none."""

    form = None

    def __init__(self, rows: QuerySet) -> None:
        self.qs = rows

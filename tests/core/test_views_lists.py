"""Lists: filters, order, pages, columns, totals, export, and a fixed number of queries."""

import io
from typing import Any

import django_filters
import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404
from django.test import RequestFactory

from accounts.models import User
from accounts.roles import Permission, Role
from core.tables import Column, Table
from core.views import Action, BulkAction, PortalListView, PortalPage
from tests.factories import make_city, make_user

pytestmark = pytest.mark.django_db


class PeopleFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label="Name", field_name="name", lookup_expr="contains")
    role = django_filters.ChoiceFilter(label="Role", choices=Role.choices)
    is_active = django_filters.BooleanFilter(label="Active")
    phone = django_filters.CharFilter(label="Phone")

    class Meta:
        model = User
        fields = ()


class People(PortalListView):
    permission = Permission.VIEW_USERS
    title = "People"
    filterset_class = PeopleFilter
    table = Table(
        Column("name", "Name", sort=True, card="title"),
        Column("role", "Role", card="fact"),
        Column("org_unit.name", "Unit"),
        Column("pk", "Number", kind="number", sort=True, total=True),
        Column("phone", "Phone", hidden=True),
        sort="name",
    )
    empty_action = Action("Import people", "/import/", permission=Permission.ADMIN_SITE)

    def get_rows(self, user: Any) -> Any:
        return User.objects.visible_to(user).select_related("org_unit")

    def get_bulk_actions(self) -> Any:
        return [
            BulkAction("Greet", "/greet/", Permission.VIEW_USERS),
            BulkAction("Fire", "/fire/", Permission.ADMIN_SITE),
        ]


@pytest.fixture
def city() -> Any:
    return make_city(counties=2)


@pytest.fixture
def boss(city: Any) -> User:
    return make_user("boss", Role.CITY_MANAGER, city[0], name="A boss")


@pytest.fixture
def people(city: Any) -> None:
    for index in range(60):
        unit = city[1] if index % 2 else city[2]
        make_user(f"p{index:02}", Role.CHANNEL_MANAGER, unit, name=f"Person {index:02}", phone=f"1388765{index:04}")


def ask(user: Any, query: str = "", *, view: Any = People, unit: Any = None, **headers: str) -> Any:
    request = RequestFactory().get(f"/people/{query}", headers=headers)
    request.user, request.unit = user, unit
    return view.as_view()(request)


def text_of(response: Any) -> str:
    return response.content.decode()


def test_pages_with_counts(boss: User, people: None) -> None:
    first = text_of(ask(boss))
    assert "A boss" in first
    assert "Person 23" in first
    assert "Person 24" not in first
    assert "61" in first
    assert "Person 59" in text_of(ask(boss, "?page=3"))
    assert "Person 59" in text_of(ask(boss, "?size=100"))
    assert "Person 59" in text_of(ask(boss, "?page=99"))
    assert "Person 24" not in text_of(ask(boss, "?size=1000000"))
    with pytest.raises(Http404):
        ask(boss, "?page=x")


def test_order(boss: User, people: None) -> None:
    page = text_of(ask(boss, "?sort=-name"))
    assert page.index("Person 59") < page.index("Person 58")
    assert 'aria-sort="descending"' in page
    assert "Person 00" in text_of(ask(boss, "?sort=password"))


def test_filters_live_in_the_address_and_show_as_chips(boss: User, people: None) -> None:
    page = text_of(ask(boss, "?text=Person+1&role=channel_manager&sort=-name"))
    assert "Person 19" in page
    assert "Person 20" not in page
    assert 'href="/people/?role=channel_manager&amp;sort=-name"' in page
    assert 'name="sort" value="-name"' in page


def test_the_fourth_filter_is_folded_until_it_is_at_work(boss: User, people: None) -> None:
    assert '<details class="filters-more">' in text_of(ask(boss))
    assert '<details class="filters-more" open>' in text_of(ask(boss, "?phone=1"))


def test_htmx_gets_the_results_alone_and_other_pages_the_list_without_frame(boss: User, people: None) -> None:
    whole = text_of(ask(boss))
    results = text_of(ask(boss, **{"HX-Request": "true", "HX-Target": "list-results"}))
    part = text_of(ask(boss, **{"HX-Request": "true", "HX-Current-URL": "http://testserver/elsewhere/"}))
    assert "<html" in whole
    assert results.strip().startswith('<div class="results"')
    assert "<html" not in part
    assert 'class="filters"' in part
    assert 'hx-push-url="false"' in part


def test_a_browser_that_goes_back_gets_the_whole_page(boss: User) -> None:
    answer = ask(boss, **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in text_of(answer)
    assert "HX-Request" in answer["Vary"]


def test_columns_are_chosen_in_the_address(boss: User, people: None) -> None:
    assert "13887650001" not in text_of(ask(boss))
    chosen = text_of(ask(boss, "?cols=name&cols=phone"))
    assert "13887650001" in chosen
    assert 'data-label="Unit"' not in chosen


def test_totals_are_of_all_filtered_rows(boss: User, people: None) -> None:
    total = sum(User.objects.filter(name__contains="Person 1").values_list("pk", flat=True))
    assert f"{total:,}" in text_of(ask(boss, "?text=Person+1"))


def test_the_unit_switcher_narrows(boss: User, people: None, city: Any) -> None:
    page = text_of(ask(boss, unit=city[1]))
    assert "Person 01" in page
    assert "Person 00" not in page


def test_bulk_actions_show_only_what_the_user_may(boss: User, people: None) -> None:
    page = text_of(ask(boss))
    assert "/greet/" in page
    assert "/fire/" not in page
    assert 'name="pk" value="' in page


def test_empty_pages_say_what_to_do_and_offer_it_to_who_may(city: Any) -> None:
    admin = make_user("root", Role.ADMINISTRATOR, city[1])
    boss = make_user("boss", Role.CITY_MANAGER, city[1])

    class Nobody(People):
        empty_text = "Nobody works here."

        def get_rows(self, user: Any) -> Any:
            return User.objects.none()

    assert "Nobody works here." in text_of(ask(admin, view=Nobody))
    assert "/import/" in text_of(ask(admin, view=Nobody))
    assert "/import/" not in text_of(ask(boss, view=Nobody))
    filtered = text_of(ask(admin, "?text=zzz"))
    assert "Nobody works here." not in filtered


def test_export_gives_what_is_filtered_sorted_and_chosen(boss: User, people: None) -> None:
    answer = ask(boss, "?text=Person+1&sort=-name&cols=name&cols=phone&export=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[0] == ("Name", "Phone")
    assert rows[1] == ("Person 19", "13887650019")
    assert len(rows) == 11
    csv = b"".join(ask(boss, "?text=Person+1&export=csv").streaming_content).decode("utf-8-sig")
    assert csv.splitlines()[1].startswith("Person 10,")
    with pytest.raises(Http404):
        ask(boss, "?export=pdf")


def test_rows_are_completed_page_by_page_and_for_the_export(boss: User, people: None) -> None:
    class Completed(People):
        table = Table(Column("name", "Name"), Column("mark", "Mark"), sort="name")

        def complete(self, rows: list[Any]) -> list[Any]:
            for row in rows:
                row.mark = f"<{len(rows)}>"
            return rows

    assert "&lt;25&gt;" in text_of(ask(boss, view=Completed))
    csv = b"".join(ask(boss, "?export=csv", view=Completed).streaming_content).decode("utf-8-sig")
    assert csv.splitlines()[1] == "A boss,<61>"


def test_the_number_of_queries_does_not_grow(boss: User, people: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6):  # count, rows, total; units, jobs and notices of the frame
        ask(boss, "?size=100")
    User.objects.filter(username__startswith="p").exclude(username="p01").delete()
    with django_assert_num_queries(6):
        ask(boss, "?size=100")


def test_long_lists_are_counted_up_to_a_limit(boss: User, people: None) -> None:
    class Capped(People):
        count_limit = 30

    page = text_of(ask(boss, view=Capped))
    assert "30" in page
    assert "61" not in page.split("<tbody")[0]


def test_lists_of_plain_rows(boss: User) -> None:
    class Plain(PortalListView):
        permission = Permission.VIEW_USERS
        title = "Plain"
        table = Table(
            Column("name", "Name", sort=True),
            Column("count", "Count", kind="number", sort=True, total=True),
            sort="-count",
            key="name",
            tie="",
        )

        def get_rows(self, user: Any) -> Any:
            return [{"name": "a", "count": 1}, {"name": "b", "count": 41}]

    page = text_of(ask(boss, view=Plain))
    assert page.index(">b<") < page.index(">a<")
    assert ">42<" in page


def test_nobody_gets_in_without_the_permission(boss: User, city: Any) -> None:
    manager = make_user("manager", Role.CHANNEL_MANAGER, city[1])
    with pytest.raises(PermissionDenied):
        ask(manager)
    answer = ask(AnonymousUser(), "?sort=name")
    assert answer.status_code == 302
    assert "next=/people/%3Fsort%3Dname" in answer["Location"]


def test_an_expired_session_sends_htmx_to_the_door() -> None:
    answer = ask(AnonymousUser(), **{"HX-Request": "true", "HX-Current-URL": "http://testserver/people/"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/accounts/sign-in/?next=")
    elsewhere = ask(AnonymousUser(), **{"HX-Request": "true", "HX-Current-URL": "https://evil.example/"})
    assert "evil" not in elsewhere["HX-Redirect"]


def test_a_page_that_names_no_permission_cannot_be_registered() -> None:
    class Forgotten(PortalPage):
        template_name = "portal/dashboard.html"

    with pytest.raises(ImproperlyConfigured, match="Forgotten"):
        Forgotten.as_view()

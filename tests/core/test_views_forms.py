"""Forms, actions and details: what is asked first, refusals, what is never lost."""

from typing import Any

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import Http404
from django.test import RequestFactory

from accounts.models import User
from accounts.roles import Permission, Role
from core.charts import Chart, Series
from core.errors import Refused
from core.states import Machine, State
from core.transitions import record
from core.views import Action, Crumb, Figure, PortalActionView, PortalDetailView, PortalFormView, Section, timeline
from tests.factories import make_city, make_user, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_user("boss", Role.CITY_MANAGER, make_city()[0], name="李主管")


def ask(view: Any, user: Any, data: dict[str, str] | None = None, *, headers: Any = None, **kwargs: Any) -> Any:
    factory = RequestFactory()
    request = factory.get("/x/", headers=headers) if data is None else factory.post("/x/", data, headers=headers)
    request.user, request.unit, request.session = user, None, {}
    request._messages = FallbackStorage(request)
    answer = view.as_view()(request, **kwargs)
    answer.told = [str(message) for message in get_messages(request)]
    return answer


class NameForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the licence.")
    agreed = forms.BooleanField(label="Agreed", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


class Rename(PortalFormView):
    permission = Permission.VIEW_USERS
    title = "Rename"
    form_class = NameForm
    success_message = "Renamed."
    breadcrumbs = (Crumb("Users", "/system/users/"),)

    def perform(self, form: Any) -> str:
        if form.cleaned_data["name"] == "taken":
            raise Refused("This name is taken.")
        return "/done/"


def test_a_form_says_what_is_wrong_on_top_and_at_the_field_and_keeps_what_was_typed(boss: User) -> None:
    answer = ask(Rename, boss, {"name": "", "kind": "b"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_name">Name</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name-help id_name-errors"' in page
    assert 'value="b"' in page.split("checked")[0][-80:] or 'value="b" required id="id_kind_1" checked' in page


def test_a_refusal_stands_on_top_of_the_form(boss: User) -> None:
    answer = ask(Rename, boss, {"name": "taken", "kind": "a"})
    assert answer.status_code == 422
    assert "This name is taken." in answer.content.decode()
    assert 'value="taken"' in answer.content.decode()


def test_done_leads_on(boss: User) -> None:
    answer = ask(Rename, boss, {"name": "new", "kind": "a"})
    assert answer["Location"] == "/done/"
    assert answer.told == ["Renamed."]
    part = ask(Rename, boss, {"name": "new", "kind": "a"}, headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == "/done/"


class Dismiss(PortalActionView):
    permission = Permission.VIEW_USERS
    title = "Dismiss"
    lookup = "username"
    success_message = "Dismissed."

    def get_rows(self, user: Any) -> Any:
        return User.objects.visible_to(user)

    def get_back_url(self) -> str:
        return "/back/"

    def get_effects(self) -> list[str]:
        return ["The user cannot sign in."]

    def perform(self, *, form: Any) -> str | None:
        if self.object == self.request.user:
            raise Refused("Nobody dismisses himself.")
        reason = form.cleaned_data["reason"] if form else ""
        User.objects.filter(pk=self.object.pk).update(is_active=False, email=reason)
        return None


class DismissWithReason(Dismiss):
    needs_reason = True


def test_an_action_says_first_what_it_will_change(boss: User) -> None:
    answer = ask(Dismiss, boss, username="boss")
    assert "The user cannot sign in." in answer.content.decode()


def test_an_action_is_done_by_post_and_goes_back(boss: User) -> None:
    make_user("other", Role.CHANNEL_MANAGER, boss.org_unit)
    answer = ask(Dismiss, boss, {}, username="other")
    assert answer["Location"] == "/back/"
    assert answer.told == ["Dismissed."]
    assert not User.objects.get(username="other").is_active


def test_a_refused_action_says_why(boss: User) -> None:
    answer = ask(Dismiss, boss, {}, username="boss")
    assert answer["Location"] == "/back/"
    assert answer.told == ["Nobody dismisses himself."]


def test_a_reason_is_asked_for_and_kept_when_refused(boss: User) -> None:
    missing = ask(DismissWithReason, boss, {"reason": ""}, username="boss")
    assert missing.status_code == 422
    refused = ask(DismissWithReason, boss, {"reason": "because"}, username="boss")
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Nobody dismisses himself." in page
    assert "because" in page


@pytest.mark.parametrize("name", ["stranger", "nobody", "a\x00b"])
def test_what_is_outside_the_scope_is_not_there(boss: User, name: str) -> None:
    province = boss.org_unit.province
    make_user("stranger", Role.CHANNEL_MANAGER, province)
    for data in (None, {}):
        with pytest.raises(Http404):
            ask(Dismiss, boss, data, username=name)


MACHINE = Machine(
    states=(State("new", "New", "grey"), State("done", "Done", "green")),
    moves={("new", "finish"): "done"},
    initial="new",
    actions={"finish": "Finish"},
)


class Person(PortalDetailView):
    permission = Permission.VIEW_USERS
    sections = (Section("Elsewhere", url="/fragment/"),)

    def get_rows(self, user: Any) -> Any:
        return User.objects.visible_to(user)

    def get_figures(self) -> list[Figure]:
        return [Figure("Earned", 1234, kind="money", hint="this month")]

    def get_actions(self) -> list[Action]:
        return [
            Action("Settle", "/settle/", permission=Permission.SETTLE, post=True),
            Action("Approve", "/approve/", permission=Permission.APPROVE_BATCHES),
        ]


def test_details(boss: User) -> None:
    record(boss, action="finish", before="new", after="done", by=boss, at=moment("2026-09-01"), reason="It was time.")
    page = ask(Person, boss, pk=boss.pk).content.decode()
    assert "¥1,234.00" in page
    assert "this month" in page
    assert 'hx-get="/fragment/"' in page
    assert "It was time." in page
    assert 'action="/settle/"' in page
    assert "/approve/" not in page
    with pytest.raises(Http404):
        ask(Person, boss, pk=0)


def test_a_timeline_is_in_the_words_of_the_machine(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "machine", MACHINE, raising=False)
    record(boss, action="finish", before="new", after="done", by=boss, at=moment("2026-09-02"))
    record(boss, action="remark", before="", after="", by=None, at=moment("2026-09-01"), reason="why")
    assert [(step.label, step.by, step.colour, step.reason) for step in timeline(boss)] == [
        ("Finish", "李主管", "green", ""),
        ("remark", "", "grey", "why"),
    ]
    assert timeline() == []


def test_charts_refuse_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="as long"):
        Chart("a", "A", "bar", ["x", "y"], [Series("s", [1])])
    with pytest.raises(ValueError, match="pie"):
        Chart("a", "A", "pie", list("abcdef"), [Series("s", [1] * 6)])
    chart = Chart("a", "A", "bar", ["x", "y"], [Series("s", [None, 2])], value_kind="money")
    assert chart.data()["series"] == [{"name": "s", "values": [None, 2]}]
    assert [cells for _, cells in chart.table()] == [
        ['<span class="absent">–</span>'],
        ['<span class="money">2.00</span>'],
    ]
    assert not chart.empty
    assert Chart("b", "B", "line", ["x"], [Series("s", [0])]).empty

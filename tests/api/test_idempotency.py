"""Idempotency-Key: sent twice, done once."""

import threading
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.api import idempotency
from core.models import IdempotencyKey
from dealers.models import DealerAccount
from tests.sweep import world as worlds

ACCOUNT = {"bank": "中国银行", "number": "6222000011112222", "holder": "张三"}


def enter(api: Any, key: str, **changes: Any) -> Any:
    body = {**ACCOUNT, **changes}
    return api.post("/api/v1/dealers/XA001/accounts/", body, format="json", headers={"idempotency-key": key})


@pytest.mark.django_db
class TestOnce:
    def test_a_repetition_gets_the_first_answer(self, as_: Any) -> None:
        api = as_("county_supervisor")
        first, second = enter(api, "a"), enter(api, "a")
        assert (first.status_code, second.status_code) == (201, 201), first.content
        assert (second.json(), second["Idempotency-Replayed"]) == (first.json(), "true")
        assert DealerAccount.objects.filter(number=ACCOUNT["number"]).count() == 1

    def test_another_request_with_the_key_is_422(self, as_: Any) -> None:
        api = as_("county_supervisor")
        enter(api, "a")
        found = enter(api, "a", number="6222000011113333")
        assert (found.status_code, found.json()["code"]) == (422, "idempotency_key_reused")

    def test_keys_of_two_people_are_two_keys(self, as_: Any) -> None:
        enter(as_("county_supervisor"), "a")
        assert enter(as_("city_manager"), "a", number="6222000011114444").status_code == 201

    def test_a_refusal_is_kept_too_and_changes_nothing(self, as_: Any) -> None:
        api = as_("county_supervisor")
        enter(api, "a")
        refused = enter(api, "b")
        assert refused.status_code == 409
        again = enter(api, "b")
        assert (again.status_code, again.json(), again["Content-Type"]) == (
            409,
            refused.json(),
            "application/problem+json",
        )

    def test_who_may_not_leaves_no_key(self, as_: Any) -> None:
        assert enter(as_("auditor"), "a").status_code == 403
        assert not IdempotencyKey.objects.exists()

    @pytest.mark.parametrize("key", ["", "x" * 256, "钥"])
    def test_a_key_has_a_form(self, as_: Any, key: str) -> None:
        assert enter(as_("county_supervisor"), key).status_code == 400

    def test_old_answers_are_forgotten(self, as_: Any) -> None:
        enter(as_("county_supervisor"), "a")
        row = IdempotencyKey.objects.get()
        assert idempotency.forget(before=row.created_at) == 0
        assert idempotency.forget(before=worlds.make.moment("2099-01-01")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one() -> None:
    user = worlds.build().users["county_supervisor"]
    found: list[Any] = []

    def send() -> None:
        api = APIClient()
        api.force_authenticate(user)
        found.append(enter(api, "same"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in found] == [201] * 4
    assert sum(one.get("Idempotency-Replayed") == "true" for one in found) == 3
    assert DealerAccount.objects.filter(number=ACCOUNT["number"]).count() == 1

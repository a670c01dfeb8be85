"""What changes a policy's fingerprint, and that stored ones still hold."""

from typing import Any

import pytest

from commissions.rules.fingerprint import fingerprint

FILE: dict[str, Any] = {"code": "A", "name": "a", "org_unit": "5326", "rules": [{"code": "R", "value": "1"}]}


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"code": "B", "name": "b"}, True),
        ({"rules": [{"value": "1", "code": "R"}]}, True),
        ({"rules": [{"code": "R", "value": "2"}]}, False),
        ({"org_unit": "5301"}, False),
    ],
)
def test_what_decides_about_money_changes_it(changes: dict[str, Any], same: bool) -> None:
    assert (fingerprint(FILE | changes) == fingerprint(FILE)) is same


def test_it_stays_what_is_stored_with_approvals() -> None:
    assert fingerprint(FILE) == "a69a118fff6879fa26933d2b65fe26e672aed8993754c72e53195b959fad482d"

"""Payment accounts: entered by one, verified by another."""

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Role
from core.errors import Forbidden, Refused
from core.transitions import MoveRefused
from dealers.models import DealerAccount
from dealers.services import account as accounts
from tests.factories import make_account, make_city, make_dealer, make_user, moment

pytestmark = pytest.mark.django_db
AT = moment("2026-09-15")


@pytest.fixture
def units():
    return make_city(2)


@pytest.fixture
def manager(units):
    return make_user("manager", Role.CHANNEL_MANAGER, units[1])


@pytest.fixture
def clerk(units):
    return make_user("clerk", Role.FINANCE_CLERK, units[0])


@pytest.fixture
def dealer(units):
    return make_dealer(units[1])


def enter(dealer, by, number="6222021001000001"):
    return accounts.enter(dealer=dealer, bank="中国银行", number=number, holder="张三", by=by, at=AT)


def states(dealer):
    return dict(DealerAccount.objects.filter(dealer=dealer).values_list("number", "state"))


def test_a_verified_account_replaces_the_one_before(dealer, manager, clerk):
    first, second = enter(dealer, manager, "6222021001000001"), None
    accounts.verify(account=first, by=clerk, at=AT)
    second = enter(dealer, manager, "6222021001000002")
    assert states(dealer) == {"6222021001000001": "verified", "6222021001000002": "entered"}
    accounts.verify(account=second, by=clerk, at=AT)
    assert states(dealer) == {"6222021001000001": "replaced", "6222021001000002": "verified"}
    second.refresh_from_db()
    assert (second.verified_by, second.verified_at) == (clerk, AT)


def test_of_two_that_wait_the_newer_counts(dealer, manager):
    enter(dealer, manager, "6222021001000001")
    enter(dealer, manager, "6222021001000002")
    assert states(dealer)["6222021001000002"] == "entered"
    assert list(states(dealer).values()).count("entered") == 1


def test_a_known_account_is_refused(dealer, manager):
    enter(dealer, manager)
    with pytest.raises(Refused):
        enter(dealer, manager)


@pytest.mark.parametrize("number", ["", "123", "abcdefghij", "6" * 60])
def test_numbers_that_are_none(dealer, manager, number):
    with pytest.raises(Refused):
        enter(dealer, manager, number)


def test_who_may_enter_and_who_may_verify(dealer, manager, clerk, units):
    with pytest.raises(Forbidden):
        enter(dealer, clerk)
    waiting = enter(dealer, manager)
    with pytest.raises(Forbidden):
        accounts.verify(account=waiting, by=manager, at=AT)
    stranger = make_user("stranger", Role.FINANCE_CLERK, units[2])
    with pytest.raises(Forbidden):
        accounts.verify(account=waiting, by=stranger, at=AT)


def test_nobody_verifies_what_he_entered(dealer, clerk):
    waiting = make_account(dealer, entered_by=clerk)
    with pytest.raises(Forbidden):
        accounts.verify(account=waiting, by=clerk, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        DealerAccount.objects.filter(pk=waiting.pk).update(state="verified", verified_by=clerk)


def test_a_rejected_account_stays_rejected(dealer, manager, clerk):
    waiting = enter(dealer, manager)
    with pytest.raises(Refused):
        accounts.reject(account=waiting, by=clerk, at=AT, reason=" ")
    accounts.reject(account=waiting, by=clerk, at=AT, reason="户名不符")
    assert states(dealer) == {"6222021001000001": "rejected"}
    with pytest.raises(MoveRefused):
        accounts.verify(account=waiting, by=clerk, at=AT)

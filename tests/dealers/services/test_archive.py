"""Edits of the archive, managers, suspension: what is done and what is refused."""

from datetime import date, timedelta

import pytest

from accounts.roles import Role
from audits.services import visit as visits
from core.errors import Forbidden, Refused
from core.models import Transition
from dealers.models import Agreement, Dealer, DealerEnding, DealerSuspension
from dealers.services import archive, manager, standing, suspension
from tests.factories import make_city, make_dealer, make_user, moment

pytestmark = pytest.mark.django_db
AT = moment("2026-09-15")
DAY = date(2026, 9, 15)


@pytest.fixture
def units():
    return make_city(2)


@pytest.fixture
def supervisor(units):
    return make_user("supervisor", Role.COUNTY_SUPERVISOR, units[1])


@pytest.fixture
def channel_manager(units):
    return make_user("manager", Role.CHANNEL_MANAGER, units[1])


@pytest.fixture
def dealer(units):
    return make_dealer(units[1], name="砚山通信店")


def update(dealer, by, **changes):
    return archive.update(dealer=dealer, changes=changes, by=by, at=AT)


def test_only_what_differs_is_changed_and_traced(dealer, channel_manager):
    assert update(dealer, channel_manager, name="砚山通信店", address="新华路 8 号") == ["address"]
    assert update(dealer, channel_manager, address="新华路 8 号") == []
    assert Transition.objects.filter(subject_type="dealers.dealer", action="edit").count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tier": "mall"}, "not_editable"),
        ({"code": "X"}, "not_editable"),
        ({"name": "  "}, "no_name"),
        ({"credit_code": "91350100M000100Y44"}, "credit_code"),
        ({"floor_area": -1}, "floor_area"),
        ({"latitude": "23.6"}, "half_position"),
    ],
)
def test_what_an_edit_may_not_do(dealer, channel_manager, changes, code):
    with pytest.raises(Refused) as refusal:
        update(dealer, channel_manager, **changes)
    assert refusal.value.code == code


def test_who_may_edit(dealer, units):
    with pytest.raises(Forbidden):
        update(dealer, make_user("clerk", Role.FINANCE_CLERK, units[0]), name="x")


def test_a_new_name_is_found_by_its_pinyin(dealer, channel_manager):
    update(dealer, channel_manager, name="文山")
    assert Dealer.objects.get(pk=dealer.pk).pinyin == "wenshan ws"


def test_the_special_evaluation_is_not_for_managers(dealer, channel_manager, supervisor):
    assert update(dealer, channel_manager, special_evaluation=True) == []
    assert update(dealer, supervisor, special_evaluation=True) == ["special_evaluation"]


def assign(dealers, to, by):
    return manager.assign(dealers=dealers, manager=to, by=by, at=AT)


def test_assigning_counts_who_really_changed(dealer, units, supervisor, channel_manager):
    other = make_dealer(units[1], manager=channel_manager)
    assert assign([dealer, other], channel_manager, supervisor) == 1
    assert assign([dealer, other], None, supervisor) == 2
    assert assign([dealer, other], None, supervisor) == 0


def test_open_visits_go_along(dealer, units, supervisor, channel_manager):
    visit = visits.start(dealer=dealer, manager=channel_manager, kind="routine", at=AT)
    new = make_user("new", Role.CHANNEL_MANAGER, units[1])
    assign([dealer], new, supervisor)
    visit.refresh_from_db()
    assert visit.manager == new


def test_all_or_none_are_assigned(dealer, units, supervisor, channel_manager):
    stranger = make_dealer(units[2])
    with pytest.raises(Forbidden):
        assign([dealer, stranger], channel_manager, supervisor)
    city = make_user("city", Role.CITY_MANAGER, units[0])
    with pytest.raises(Refused) as refusal:
        assign([dealer, stranger], channel_manager, city)
    assert refusal.value.code == "outside_unit"
    assert Dealer.objects.get(pk=dealer.pk).manager is None


def test_only_active_channel_staff_get_dealers(dealer, units, supervisor):
    gone = make_user("gone", Role.CHANNEL_MANAGER, units[1], is_active=False)
    clerk = make_user("clerk", Role.FINANCE_CLERK, units[1])
    for nobody in (gone, clerk):
        with pytest.raises(Refused) as refusal:
            assign([dealer], nobody, supervisor)
        assert refusal.value.code == "not_a_manager"


def test_who_may_assign(dealer, channel_manager):
    with pytest.raises(Forbidden):
        assign([dealer], channel_manager, channel_manager)


def suspend(dealer, by, first="2026-09-10", last=None, reason="证照过期"):
    return suspension.suspend(
        dealer=dealer,
        from_date=date.fromisoformat(first),
        to_date=date.fromisoformat(last) if last else None,
        reason=reason,
        by=by,
        at=AT,
        day=DAY,
    )


@pytest.mark.parametrize(
    ("first", "last", "stage"),
    [
        ("2026-09-10", None, "suspended"),
        ("2026-09-15", "2026-09-15", "suspended"),
        ("2026-09-10", "2026-09-14", "mature"),
        ("2026-09-16", None, "mature"),
    ],
)
def test_the_stage_follows_the_days(dealer, supervisor, first, last, stage):
    suspend(dealer, supervisor, first, last)
    assert Dealer.objects.get(pk=dealer.pk).stage == stage


@pytest.mark.parametrize(
    ("first", "last"), [("2026-09-01", "2026-09-10"), ("2026-09-20", None), ("2026-09-12", "2026-09-13")]
)
def test_suspensions_do_not_overlap(dealer, supervisor, first, last):
    suspend(dealer, supervisor, "2026-09-10", "2026-09-30")
    with pytest.raises(Refused) as refusal:
        suspend(dealer, supervisor, first, last)
    assert refusal.value.code == "overlap"


def test_suspensions_side_by_side(dealer, supervisor):
    suspend(dealer, supervisor, "2026-09-10", "2026-09-12")
    suspend(dealer, supervisor, "2026-09-13", "2026-09-14")
    assert DealerSuspension.objects.count() == 2


def test_what_a_suspension_needs(dealer, supervisor, channel_manager):
    for fields, code in (({"reason": " "}, "no_reason"), ({"last": "2026-09-09"}, "dates")):
        with pytest.raises(Refused) as refusal:
            suspend(dealer, supervisor, **fields)
        assert refusal.value.code == code
    with pytest.raises(Forbidden):
        suspend(dealer, channel_manager)
    DealerEnding.objects.create(dealer=dealer, ended_on="2026-09-01", cause="closed")
    with pytest.raises(Refused) as refusal:
        suspend(dealer, supervisor)
    assert refusal.value.code == "terminated"


def resume(dealer, by, day=DAY):
    return suspension.resume(dealer=dealer, by=by, at=AT, day=day)


def test_resuming_ends_the_day_before(dealer, supervisor):
    suspend(dealer, supervisor)
    assert resume(dealer, supervisor).to_date == DAY - timedelta(days=1)
    assert Dealer.objects.get(pk=dealer.pk).stage == "mature"
    with pytest.raises(Refused) as refusal:
        resume(dealer, supervisor)
    assert refusal.value.code == "not_suspended"


def test_a_suspension_begun_today_keeps_its_day(dealer, supervisor):
    suspend(dealer, supervisor, "2026-09-15")
    assert resume(dealer, supervisor).to_date == DAY


def test_the_row_follows_the_histories(dealer, units):
    dealer.tiers.create(valid_from="2026-09-01", tier="mall")
    dealer.units.create(valid_from="2026-09-01", org_unit=units[2])
    Agreement.objects.create(dealer=dealer, number="A1", starts_on="2025-01-01", ends_on="2026-08-31")
    assert standing.refresh(dealer_ids=[dealer.pk], day=DAY) == 1
    dealer.refresh_from_db()
    assert (dealer.tier, dealer.org_unit, dealer.stage) == ("mall", units[2], "terminated")
    Agreement.objects.create(dealer=dealer, number="A2", starts_on="2026-09-10", ends_on="2027-08-31")
    standing.refresh(dealer_ids=[dealer.pk], day=DAY)
    assert Dealer.objects.get(pk=dealer.pk).stage == "contracted"
    assert standing.refresh(dealer_ids=[dealer.pk], day=DAY) == 0
    assert standing.refresh(dealer_ids=[], day=DAY) == 0

"""Points: earned once, expired oldest first, redeemed by two people and handed over by a third, never oversold."""

import json
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from constance import config
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.roles import Role
from audits.models import Violation, ViolationType
from commissions.models import PointsCredit, PointsEntry, PointsItem, PointsRule, Redemption
from commissions.queries import points
from commissions.rules.points import Quarter
from commissions.services import ledgers
from commissions.services import points as service
from core import sql
from core.errors import Forbidden
from core.periods import Month
from core.transitions import MoveRefused
from dealers.models import DealerEnding
from inventory.models import FalseSale, SubscriberMonth
from tests import factories as f
from tests.commissions.scene import Scene, make_scene
from tests.support.meanwhile import meanwhile

AT = f.moment("2026-10-08")
TODAY = date(2026, 10, 8)
SEPTEMBER = Month(2026, 9)


@pytest.fixture
def scene(db: None) -> Scene:
    found = make_scene()
    found.dealers.append(f.make_dealer(found.county))
    return found


def rule(scene: Scene, kind: str = "sale", amount: int = 10, subject: str = "activation", **fields: Any) -> PointsRule:
    values = {"org_unit": scene.city, "valid_from": date(2025, 1, 1), **fields}
    return PointsRule.objects.create(kind=kind, subject=subject, points=amount, **values)


def earn(month: Month = SEPTEMBER, today: date = TODAY) -> dict[str, int]:
    return service.earn(month=month, today=today, by=None, at=AT)


def give(scene: Scene, amount: int, month: str = "2026-09", entry: str = "sale") -> None:
    values = {"dealer": scene.dealers[0], "month": f"{month}-01", "points": amount, "source": f"x{f.number()}"}
    if entry == "sale":
        PointsCredit.objects.create(kind="sale", subject=-f.number(), **values)
    PointsEntry.objects.create(entry=entry, posted_at=AT, **values)


def balance(scene: Scene) -> int:
    return points.balance(scene.dealers[0].pk)


def stayed(scene: Scene, sale: Any, month: str, *, in_network: bool = True) -> None:
    sql.execute("SELECT inventory_ensure_month(%s)", [f"{month}-01"])
    SubscriberMonth.objects.create(
        subscriber_no=sale.subscriber_no, month=f"{month}-01", county=scene.county, in_network=in_network
    )


def violate(scene: Scene, day: str) -> None:
    kind, _new = ViolationType.objects.get_or_create(code="service")
    Violation.objects.create(
        reference=f"V{f.number()}", dealer=scene.dealers[0], type=kind, occurred_on=day, confirmed_on=day
    )


def test_every_sale_counts_once_however_often_it_is_run(scene: Scene) -> None:
    rule(scene)
    for _ in range(3):
        f.make_sale(scene.dealers[0], "2026-09-05", scene.product)
    f.make_sale(scene.dealers[0], "2026-08-31", scene.product)
    f.make_sale(None, "2026-09-05", scene.product)
    f.make_sale(scene.dealers[0], "2026-09-05", scene.product, business_type="broadband")
    assert earn() == {"sale": 3}
    assert earn() == {}
    assert balance(scene) == 30
    f.make_sale(scene.dealers[0], "2026-09-30", scene.product)  # came late
    assert earn() == {"sale": 1}
    assert list(PointsEntry.objects.values_list("points", "balance", "source")) == [
        (30, 30, "2026-09#1"),
        (10, 40, "2026-09#2"),
    ]
    assert ledgers.verify()["broken"] == []


def test_a_month_that_is_not_over_earns_nothing_yet(scene: Scene) -> None:
    with pytest.raises(service.PointsRefused):
        earn(Month(2026, 10))
    with pytest.raises(service.PointsRefused):
        service.expire(quarter=Quarter(2026, 4), today=TODAY, by=None, at=AT)


def test_the_deeper_units_rule_and_then_the_one_for_the_business_counts(scene: Scene) -> None:
    rule(scene, subject="", amount=1)
    rule(scene, amount=5)
    rule(scene, amount=7, subject="broadband", org_unit=scene.city.parent)
    rule(scene, amount=9, subject="", org_unit=scene.county, valid_from=date(2026, 9, 20))
    for day, business in (("2026-09-05", "activation"), ("2026-09-05", "broadband"), ("2026-09-20", "activation")):
        f.make_sale(scene.dealers[0], day, scene.product, business_type=business)
    assert earn() == {"sale": 3}
    assert sorted(PointsCredit.objects.values_list("points", flat=True)) == [1, 5, 9]


def test_subscribers_that_stay_earn_after_6_and_12_months(scene: Scene) -> None:
    rule(scene, "retained_6", 20, "")
    rule(scene, "retained_12", 50, "")
    half = f.make_sale(scene.dealers[0], "2026-03-15", scene.product)
    year = f.make_sale(scene.dealers[0], "2025-09-15", scene.product)
    gone = f.make_sale(scene.dealers[0], "2026-03-16", scene.product)
    f.make_sale(scene.dealers[0], "2026-03-17", scene.product)  # nothing known of it
    for sale in (half, year):
        stayed(scene, sale, "2026-09")
    stayed(scene, gone, "2026-09", in_network=False)
    assert earn() == {"retained_6": 1, "retained_12": 1}
    assert balance(scene) == 70


def test_false_sales_and_sales_after_the_ending_earn_nothing(scene: Scene) -> None:
    rule(scene)
    false = f.make_sale(scene.dealers[0], "2026-09-05", scene.product)
    FalseSale.objects.create(record=false, cause="cancelled", confirmed_on="2026-09-10")
    f.make_sale(scene.dealers[0], "2026-09-21", scene.product)
    DealerEnding.objects.create(dealer=scene.dealers[0], ended_on="2026-09-20", cause="closed")
    assert earn() == {}


def test_what_a_false_sale_earned_is_taken_back_once_as_far_as_it_is_there(scene: Scene) -> None:
    rule(scene)
    sale = f.make_sale(scene.dealers[0], "2026-08-05", scene.product)
    f.make_sale(scene.dealers[0], "2026-08-06", scene.product)
    earn(Month(2026, 8))
    FalseSale.objects.create(record=sale, cause="re_entry", confirmed_on="2026-09-10")
    assert earn() == {"false_sale": 1}
    assert earn() == {}
    assert balance(scene) == 10


@pytest.mark.parametrize(("had", "left"), [(300, 200), (60, 0), (0, 0)])
def test_a_violation_takes_as_much_as_there_is(scene: Scene, had: int, left: int) -> None:
    rule(scene, "violation", 100, "")
    if had:
        give(scene, had)
    violate(scene, "2026-09-12")
    assert earn() == {"violation": 1}
    assert balance(scene) == left
    give(scene, 500)
    assert earn() == {}
    assert balance(scene) == left + 500


def test_the_oldest_points_expire_first_and_once(scene: Scene) -> None:
    config.POINTS_KEPT_QUARTERS = 4
    give(scene, 300, "2025-09")
    give(scene, 100, "2025-10")
    give(scene, -120, "2026-05", "redemption")

    def expire() -> int:
        return service.expire(quarter=Quarter(2026, 3), today=TODAY, by=None, at=AT)

    assert expire() == 1
    assert expire() == 0
    assert balance(scene) == 100
    config.POINTS_KEPT_QUARTERS = 0
    assert service.expire(quarter=Quarter(2026, 2), today=TODAY, by=None, at=AT) == 0


def test_the_nightly_run_takes_two_months_and_the_last_quarter(scene: Scene) -> None:
    config.POINTS_KEPT_QUARTERS = 4
    rule(scene)
    give(scene, 40, "2025-07")
    for day in ("2026-07-31", "2026-08-01", "2026-09-30"):
        f.make_sale(scene.dealers[0], day, scene.product)
    assert service.nightly(today=TODAY, at=AT) == {"sale": 2, "expiry": 1}
    assert service.nightly(today=TODAY, at=AT) == {"expiry": 0}
    assert balance(scene) == 20


def command(*words: str) -> Any:
    out = StringIO()
    call_command("points", *words, "--date", "2026-10-08", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_earns_and_expires(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-08")
    rule(scene)
    f.make_sale(scene.dealers[0], "2026-07-05", scene.product)
    assert command("earn", "2026-07") == {"month": "2026-07", "counted": {"sale": 1}}
    assert command("expire", "2026Q3") == {"quarter": "2026Q3", "dealers": 0}
    with pytest.raises(SystemExit):
        command("earn", "2026-10")
    with pytest.raises(CommandError):
        command("expire", "2026-09")


# Rewards


def reward(scene: Scene, *, stock: int | None = 2, price: int = 100, **fields: Any) -> PointsItem:
    values = {"org_unit": scene.city, "code": f"G{f.number()}", "name": "电饭煲", "category": "gift", **fields}
    return PointsItem.objects.create(points=price, stock=stock, **values)


def shop(scene: Scene, amount: int = 1000) -> Any:
    if amount:
        give(scene, amount)
    return f.make_dealer_user(scene.dealers[0])


def test_redeeming_reserves_and_three_people_see_it_through(scene: Scene) -> None:
    owner, item = shop(scene), reward(scene)
    keeper = f.make_user("keeper", Role.KEEPER, scene.city)
    made = service.redeem(item=item, quantity=2, by=owner, at=AT)
    item.refresh_from_db()
    assert (made.points, balance(scene), item.left) == (200, 800, 0)
    with pytest.raises(service.PointsRefused) as refusal:
        service.redeem(item=item, quantity=1, by=owner, at=AT)
    assert refusal.value.code == "sold_out"
    with pytest.raises(MoveRefused):
        service.hand_over(redemption=made, by=keeper, at=AT)
    assert service.approve(redemption=made, by=scene.manager, at=AT).state == "approved"
    with pytest.raises(MoveRefused):
        service.reject(redemption=made, by=scene.manager, at=AT, reason="x")
    assert service.hand_over(redemption=made, by=keeper, at=AT).state == "handed_over"
    assert balance(scene) == 800
    assert ledgers.verify()["broken"] == []


@pytest.mark.parametrize("how", ["reject", "cancel"])
def test_turning_down_gives_points_and_reward_back(scene: Scene, how: str) -> None:
    owner, item = shop(scene), reward(scene)
    made = service.redeem(item=item, quantity=1, by=owner, at=AT)
    person = scene.manager if how == "reject" else owner
    getattr(service, how)(redemption=made, by=person, at=AT, reason="缺货")
    item.refresh_from_db()
    assert (balance(scene), item.left) == (1000, 2)
    assert [entry.entry for entry in PointsEntry.objects.order_by("id")] == ["sale", "redemption", "returned"]
    assert ledgers.verify()["broken"] == []


def test_too_few_points_and_rewards_that_are_not_offered(scene: Scene) -> None:
    owner = shop(scene, 99)
    county_b = f.make_city(2)[2]
    for item, code in (
        (reward(scene), "too_few_points"),
        (reward(scene, offered=False), "not_offered"),
        (reward(scene, org_unit=county_b), "not_offered"),
        (reward(scene, stock=None, budget=Decimal("99.99"), unit_value=Decimal(100), price=1), "sold_out"),
    ):
        with pytest.raises(service.PointsRefused) as refusal:
            service.redeem(item=item, quantity=1, by=owner, at=AT)
        assert refusal.value.code == code
    with pytest.raises(Forbidden):
        service.redeem(item=reward(scene), quantity=1, by=scene.manager, at=AT)
    assert not Redemption.objects.exists()


def test_who_may_not_decide(scene: Scene) -> None:
    owner, item = shop(scene), reward(scene)
    made = service.redeem(item=item, quantity=1, by=owner, at=AT)
    stranger = f.make_user("stranger", Role.CITY_MANAGER, f.make_city(2)[2])
    for person in (owner, scene.clerk, scene.supervisor, stranger):
        with pytest.raises(Forbidden):
            service.approve(redemption=made, by=person, at=AT)
    with pytest.raises(service.PointsRefused):
        service.reject(redemption=made, by=scene.manager, at=AT, reason=" ")
    other = f.make_dealer_user(f.make_dealer(scene.county))
    with pytest.raises(Forbidden):
        service.cancel(redemption=made, by=other, at=AT)
    service.approve(redemption=made, by=scene.manager, at=AT)
    with pytest.raises(Forbidden):
        service.hand_over(redemption=made, by=scene.manager, at=AT)


def broken(work: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        work()


def test_what_the_database_refuses(scene: Scene) -> None:
    owner, item = shop(scene, 250), reward(scene, stock=3)
    made = service.redeem(item=item, quantity=1, by=owner, at=AT)
    row = {"dealer": scene.dealers[0], "item": item, "requested_by": owner, "requested_at": AT, "points": 1}
    broken(lambda: Redemption.objects.create(**row, reference="a", quantity=3))
    broken(lambda: Redemption.objects.create(**{**row, "points": 151}, reference="a"))
    broken(lambda: Redemption.objects.create(**row, reference="a", state="approved", decided_by=scene.manager))
    rows = Redemption.objects.filter(pk=made.pk)
    broken(lambda: rows.update(state="approved"))
    broken(lambda: rows.update(state="approved", decided_by=owner))
    broken(lambda: rows.update(points=1))
    broken(lambda: rows.delete())
    broken(lambda: PointsItem.objects.filter(pk=item.pk).update(taken=0))
    broken(lambda: PointsItem.objects.filter(pk=item.pk).update(stock=0))
    broken(lambda: PointsEntry.objects.update(points=1))
    broken(lambda: PointsCredit.objects.create(
        kind="sale", subject=1, dealer=scene.dealers[0], points=1, month="2026-09-01", source="x"
    ) and PointsCredit.objects.create(
        kind="sale", subject=1, dealer=scene.dealers[0], points=1, month="2026-09-01", source="y"
    ))  # fmt: skip
    broken(lambda: give(scene, -151, entry="expiry"))
    broken(lambda: sql.execute("UPDATE commissions_pointsaccount SET balance = 9999"))


def test_rules_never_share_a_day_and_only_end(scene: Scene) -> None:
    values = {"org_unit": scene.county, "kind": "sale", "subject": "", "points": 5, "valid_from": date(2026, 1, 1)}
    first = service.add_rule(by=scene.manager, valid_to=None, **values)
    with pytest.raises(service.PointsRefused):
        service.add_rule(by=scene.manager, valid_to=None, **{**values, "valid_from": date(2026, 6, 1)})
    with pytest.raises(service.PointsRefused):
        service.end_rule(rule=first, on=date(2025, 12, 31), by=scene.manager)
    service.end_rule(rule=first, on=date(2026, 5, 31), by=scene.manager)
    service.add_rule(by=scene.manager, valid_to=None, **{**values, "valid_from": date(2026, 6, 1)})
    with pytest.raises(Forbidden):
        service.add_rule(by=scene.supervisor, valid_to=None, **{**values, "subject": "terminal"})


def damage(query: str, table: str) -> set[str]:
    """The checks that name what the statement breaks with the triggers off."""
    with transaction.atomic():
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
        sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        sql.execute(query)
        found = {one["check"] for one in ledgers.verify()["broken"]}
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("table", "query", "check"),
    [
        ("commissions_pointsaccount", "UPDATE commissions_pointsaccount SET balance = balance + 1", "points_balance"),
        (
            "commissions_pointsentry",
            "UPDATE commissions_pointsentry SET balance = balance + 1",
            "points_running_balance",
        ),
        ("commissions_pointscredit", "UPDATE commissions_pointscredit SET points = points + 1", "points_credited"),
        ("commissions_redemption", "UPDATE commissions_redemption SET points = points + 1", "points_redeemed"),
        ("commissions_pointsitem", "UPDATE commissions_pointsitem SET taken = 0", "rewards_taken"),
    ],
)
def test_damage_is_found_by_name(scene: Scene, table: str, query: str, check: str) -> None:
    rule(scene, amount=500)
    f.make_sale(scene.dealers[0], "2026-09-05", scene.product)
    earn()
    service.redeem(item=reward(scene), quantity=1, by=f.make_dealer_user(scene.dealers[0]), at=AT)
    assert ledgers.verify()["broken"] == []
    assert damage(query, table) == {check}


@pytest.mark.django_db(transaction=True)
def test_two_dealers_at_once_get_one_last_reward() -> None:
    scene = make_scene()
    item = reward(scene, stock=1)
    people = []
    for _ in range(3):
        scene.dealers.insert(0, f.make_dealer(scene.county))
        people.append(shop(scene, 100))
    ready, outcomes = threading.Barrier(3), []

    def press(person: Any) -> None:
        ready.wait()
        try:
            outcomes.append(service.redeem(item=item, quantity=1, by=person, at=AT).state)
        except service.PointsRefused as refusal:
            outcomes.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["requested", "sold_out", "sold_out"]
    assert ledgers.verify()["broken"] == []


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_earn_once() -> None:
    scene = make_scene()
    scene.dealers.append(f.make_dealer(scene.county))
    rule(scene)
    for _ in range(5):
        f.make_sale(scene.dealers[0], "2026-09-05", scene.product)
    ready = threading.Barrier(2)

    def press() -> None:
        ready.wait()
        earn()
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(scene) == 50


@pytest.mark.django_db(transaction=True)
def test_points_that_went_into_another_reward_meanwhile_are_not_there_any_more() -> None:
    scene = make_scene()
    scene.dealers.append(f.make_dealer(scene.county))
    owner, first, second = shop(scene, 100), reward(scene), reward(scene)
    with (
        meanwhile(lambda: service.redeem(item=first, quantity=1, by=owner, at=AT)),
        pytest.raises(service.PointsRefused) as refusal,
    ):
        service.redeem(item=second, quantity=1, by=owner, at=AT)
    assert refusal.value.code == "too_late"
    assert (Redemption.objects.get().item, balance(scene)) == (first, 0)
    assert ledgers.verify()["broken"] == []


def test_a_second_role_does_not_make_two_people(scene: Scene) -> None:
    """Whoever asked does not decide once he is on the staff, nor does whoever decided hand over."""
    owner, item = shop(scene), reward(scene)
    made = service.redeem(item=item, quantity=1, by=owner, at=AT)
    owner.role, owner.org_unit = Role.CITY_MANAGER, scene.city
    owner.save()
    for decide in (service.approve, service.reject):
        with pytest.raises(Forbidden) as forbidden:
            decide(redemption=made, by=owner, at=AT, reason="自荐")
        assert forbidden.value.code == "separation_of_duties"
    service.approve(redemption=made, by=scene.manager, at=AT)
    for person in (owner, scene.manager):
        person.role = Role.KEEPER
        person.save()
        with pytest.raises(Forbidden) as forbidden:
            service.hand_over(redemption=made, by=person, at=AT)
        assert forbidden.value.code == "separation_of_duties"
    assert Redemption.objects.get().state == "approved"

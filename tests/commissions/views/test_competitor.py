"""Competitor levels: recorded by the city, compared before a policy is published."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from commissions.models import CommissionPolicy, CompetitorLevel
from commissions.queries.competitor import competitor_warnings
from commissions.services import competitor as service
from core.errors import Forbidden
from tests import factories as f
from tests.commissions.scene import Scene, make_policy

SignIn = Callable[..., Client]
D = Decimal


def level(scene: Scene, value: str, month: str = "2026-08", **fields: object) -> CompetitorLevel:
    values = {
        "org_unit": scene.county,
        "competitor": "联通",
        "business_type": "activation",
        "basis": "fixed",
        "value": D(value),
        "recorded_at": f.moment("2026-09-01"),
        "month": date.fromisoformat(f"{month}-01"),
        **fields,
    }
    return CompetitorLevel.objects.create(**values)


def draft(scene: Scene) -> CommissionPolicy:
    """Base: fixed 10, from 51 on 15; incentive: half of the fee of 58 for family 4G."""
    base, _incentive = make_policy(scene.city, scene.manager, "2027-A", state="draft")
    return base.policy


def named(policy: CommissionPolicy) -> list[tuple[str, str]]:
    return sorted((one.rule.kind, f"{one.level.value:.2f}") for one in competitor_warnings(policy))


def test_rules_above_a_level_are_named(scene: Scene) -> None:
    policy = draft(scene)
    assert named(policy) == []
    level(scene, "14.00")
    assert named(policy) == [("base", "14.00"), ("incentive", "14.00")]
    level(scene, "28.00", competitor="电信")
    assert named(policy) == [("base", "14.00"), ("incentive", "14.00"), ("incentive", "28.00")]


def test_the_latest_month_of_each_competitor_counts(scene: Scene) -> None:
    policy = draft(scene)
    level(scene, "40.00")
    level(scene, "1.00", month="2026-07")
    assert named(policy) == []


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"business_type": "port_in"}, 0),
        ({"product_family": "5G"}, 1),
        ({"product_family": "4G"}, 2),
        ({"basis": "percent_of_amount", "value": D("0.01")}, 0),
        ({"basis": "percent_of_fee", "value": D("0.20")}, 2),
    ],
)
def test_only_the_same_business_is_compared(scene: Scene, fields: dict, count: int) -> None:
    policy = draft(scene)
    level(scene, **{"value": "1.00", **fields})
    assert len(named(policy)) == count


def test_levels_of_another_city_do_not_count(scene: Scene) -> None:
    policy = draft(scene)
    other = f.make_unit("5325", "红河州分公司", "city", scene.city.parent)
    level(scene, "1.00", org_unit=other)
    assert named(policy) == []
    level(scene, "1.00", org_unit=scene.city.parent)
    assert len(named(policy)) == 2


def test_the_city_records_and_both_pages_warn(scene: Scene, as_user: SignIn) -> None:
    policy = draft(scene)
    client = as_user(scene.manager)
    data = {
        "org_unit": scene.county.pk,
        "month": "2026-8",
        "competitor": "联通",
        "business_type": "activation",
        "basis": "fixed",
        "value": "14",
    }
    assert client.post(reverse("commissions:competitor_level_new"), data).status_code == 422
    client.post(reverse("commissions:competitor_level_new"), {**data, "month": "2026-08"})
    client.post(reverse("commissions:competitor_level_new"), {**data, "month": "2026-08", "value": "13"})
    one = CompetitorLevel.objects.get()
    assert (one.value, one.recorded_by) == (D("13.0000"), scene.manager)
    assert "联通" in client.get(reverse("commissions:competitor_levels")).content.decode()
    assert "高于联通的水平" in client.get(reverse("commissions:policy", args=[policy.code])).content.decode()
    CommissionPolicy.objects.filter(pk=policy.pk).update(proposed_by=scene.manager)
    asked = as_user(scene.second_manager).get(reverse("commissions:policy_publish", args=[policy.code]))
    assert "高于联通的水平" in asked.content.decode()
    client.post(reverse("commissions:competitor_level_remove", args=[one.pk]))
    assert not CompetitorLevel.objects.exists()


def test_others_do_not_record(scene: Scene, as_user: SignIn) -> None:
    one = level(scene, "1.00")
    assert as_user(scene.supervisor).get(reverse("commissions:competitor_level_new")).status_code == 403
    with pytest.raises(Forbidden):
        service.remove(level=one, by=scene.supervisor)


def test_levels_of_another_unit_are_not_recorded(scene: Scene) -> None:
    elsewhere = f.make_unit("5325", "红河州分公司", "city", scene.city.parent)
    with pytest.raises(Forbidden):
        service.record(
            org_unit=elsewhere, month=date(2026, 9, 1), competitor="联通", business_type="activation",
            product_family="", basis="fixed", value=D(1), source="海报", by=scene.manager, at=f.moment("2026-10-08"),
        )  # fmt: skip
    with pytest.raises(Forbidden):
        service.remove(level=level(scene, "1", org_unit=elsewhere), by=scene.manager)
    assert CompetitorLevel.objects.count() == 1

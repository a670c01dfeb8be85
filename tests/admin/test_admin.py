"""The admin site: who comes in, what can be changed there, what cannot."""

from typing import Any

import pytest
from constance import config
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from accounts.models import OrgUnit, User
from commissions.models import CommissionRule
from inventory.models import StockNode
from tests.sweep import world as worlds

pytestmark = pytest.mark.django_db
READ_ONLY = [
    "commissions_settlementbatch",
    "commissions_statement",
    "commissions_commissionline",
    "commissions_payment",
    "commissions_poolentry",
    "commissions_subsidy",
    "commissions_budget",
    "inventory_card",
    "inventory_salesrecord",
    "inventory_product",
    "dealers_dealer",
    "dealers_agreement",
    "dealers_dealeraccount",
    "audits_visit",
    "audits_violation",
    "audits_finding",
]


@pytest.fixture
def world() -> worlds.World:
    return worlds.build()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(world: worlds.World) -> Client:
    return signed_in(world.users["administrator"])


def test_only_administrators_come_in_and_the_door_is_the_portals(world: worlds.World) -> None:
    assert signed_in(world.users["city_manager"]).get("/admin/").status_code == 403
    away = Client().get("/admin/", follow=True)
    assert away.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=")
    assert signed_in(world.users["administrator"]).get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "model", [m._meta.label_lower.replace(".", "_") for m in admin.site._registry if m._meta.model_name != "config"]
)
def test_every_list_and_form_opens(client: Client, model: str) -> None:
    found = client.get(reverse(f"admin:{model}_changelist"))
    assert found.status_code == 200
    assert client.get(reverse(f"admin:{model}_add")).status_code in (200, 403)


@pytest.mark.parametrize("name", READ_ONLY)
def test_finance_and_stock_rows_are_only_shown(client: Client, world: worlds.World, name: str) -> None:
    model = next(m for m in admin.site._registry if m._meta.label_lower.replace(".", "_") == name)
    assert client.post(reverse(f"admin:{name}_add")).status_code == 403
    row = model._default_manager.first()
    if row is None:
        return
    assert client.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"admin:{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_an_administrator_creates_a_dealers_user(client: Client, world: worlds.World) -> None:
    given = {
        "username": "shop",
        "password1": "Long-enough-2026",
        "password2": "Long-enough-2026",
        "name": "店员",
        "role": "dealer",
        "org_unit": world.a.grid.pk,
        "language": "zh-hans",
        "dealer_link-TOTAL_FORMS": "1",
        "dealer_link-INITIAL_FORMS": "0",
        "dealer_link-0-dealer": world.x.dealer.pk,
    }
    answer = client.post(reverse("admin:accounts_user_add"), given)
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username="shop")
    assert (user.dealer_id, user.must_change_password, user.check_password("Long-enough-2026")) == (
        world.x.dealer.pk,
        True,
        True,
    )


def test_a_dealers_user_needs_a_dealer_and_weak_passwords_are_refused(client: Client, world: worlds.World) -> None:
    given = {
        "username": "shop",
        "password1": "12345678901",
        "password2": "12345678901",
        "name": "店员",
        "role": "dealer",
        "org_unit": world.a.grid.pk,
        "language": "zh-hans",
        "dealer_link-TOTAL_FORMS": "0",
        "dealer_link-INITIAL_FORMS": "0",
    }
    assert client.post(reverse("admin:accounts_user_add"), given).status_code == 200
    given |= {"password1": "Long-enough-2026", "password2": "Long-enough-2026"}
    assert client.post(reverse("admin:accounts_user_add"), given).status_code == 200
    assert not User.objects.filter(username="shop").exists()


def test_a_password_set_by_an_administrator_has_to_be_changed(client: Client, world: worlds.World) -> None:
    user = world.users["keeper"]
    theirs = signed_in(user)
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    answer = client.post(url, {"password1": "Another-one-2026", "password2": "Another-one-2026"})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.must_change_password
    assert user.check_password("Another-one-2026")
    assert theirs.get("/").status_code == 302


def test_a_unit_does_not_move(client: Client, world: worlds.World) -> None:
    url = reverse("admin:accounts_orgunit_change", args=[world.a.grid.pk])
    client.post(url, {"code": "X", "name": "新名", "level": "grid", "parent": world.b.unit.pk})
    unit = OrgUnit.objects.get(pk=world.a.grid.pk)
    assert (unit.code, unit.name, unit.parent_id) == (world.a.grid.code, "新名", world.a.unit.pk)
    bad = client.post(
        reverse("admin:accounts_orgunit_add"),
        {"code": "G9", "name": "网格", "level": "grid", "parent": world.city.pk},
    )
    assert bad.status_code == 200
    assert not OrgUnit.objects.filter(code="G9").exists()


def test_rows_outside_the_unit_are_not_there(world: worlds.World) -> None:
    stranger = signed_in(world.users["stranger_administrator"])
    assert stranger.get(reverse("admin:dealers_dealer_change", args=[world.x.dealer.pk])).status_code == 404
    assert "XA001" not in stranger.get(reverse("admin:dealers_dealer_changelist")).content.decode()


def test_global_settings_belong_to_the_city(world: worlds.World) -> None:
    stranger = signed_in(world.users["stranger_administrator"])
    assert stranger.get(reverse("admin:constance_config_changelist")).status_code == 200
    assert stranger.post(reverse("admin:constance_config_changelist"), {}).status_code == 403
    assert stranger.get(reverse("admin:dealers_tiercriterion_add")).status_code == 403


def settings_as_shown(client: Client) -> dict[str, Any]:
    form = client.get(reverse("admin:constance_config_changelist")).context["form"]
    return {name: form[name].value() for name in form.fields}


def test_settings_are_checked_before_they_are_kept(client: Client) -> None:
    ContentType.objects.clear_cache()  # the settings' own may be that of a test that was undone
    url = reverse("admin:constance_config_changelist")
    shown = settings_as_shown(client)
    assert client.post(url, {**shown, "DEDUCTION_BANDS": "90:1.00 95:0.5"}).status_code == 200
    assert client.post(url, {**shown, "INITIAL_PAYMENT_CAP": "1.5"}).status_code == 200
    assert client.post(url, {**shown, "EFFECTIVENESS_REVENUE": "0.90"}).status_code == 200
    assert config.DEDUCTION_BANDS == "90:1.00 80:0.95 60:0.80 0:0.50"
    kept = client.post(url, {**shown, "DEDUCTION_BANDS": "80:1.00 0:0.50"})
    assert (kept.status_code, config.DEDUCTION_BANDS) == (302, "80:1.00 0:0.50")


def rule_as_shown(rule: CommissionRule, **changes: Any) -> dict[str, Any]:
    shown = {
        "code": rule.code,
        "kind": rule.kind,
        "business_type": rule.business_type,
        "effective_from": "2026-01-01",
        "basis": rule.basis,
        "value": "10",
        "instalments": '[{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30"}]',
        "pool_share": "0",
    }
    return {**shown, **changes}


def test_a_rule_is_checked_like_a_policy_file(client: Client, world: worlds.World) -> None:
    rule = world.policy.rules.get()
    url = reverse("admin:commissions_commissionrule_change", args=[rule.pk])
    assert "7.00" in client.get(url).content.decode()  # the preview: 70 % of 10 yuan
    above = client.post(url, rule_as_shown(rule, instalments='[{"offset": 0, "share": "1"}]'))
    assert "instalments" in above.context["adminform"].form.errors
    assert client.post(url, rule_as_shown(rule, kind="base", pool_share="0.3")).status_code == 200
    kept = client.post(url, rule_as_shown(rule, value="12.50"))
    assert kept.status_code == 302, kept.context["adminform"].form.errors
    rule.refresh_from_db()
    assert (str(rule.value), rule.instalments[0]) == ("12.5000", {"offset": 0, "share": "0.70"})


def test_a_change_takes_the_proposal_back(client: Client, world: worlds.World) -> None:
    rule, policy = world.policy.rules.get(), world.policy
    policy.proposed_by = world.users["city_manager"]
    policy.save()
    client.post(reverse("admin:commissions_commissionrule_change", args=[rule.pk]), rule_as_shown(rule, value="11"))
    policy.refresh_from_db()
    assert policy.proposed_by is None


def test_published_rules_are_only_shown(client: Client, world: worlds.World) -> None:
    rule, policy = world.policy.rules.get(), world.policy
    type(policy).objects.filter(pk=policy.pk).update(state="published", published_at=worlds.AT)
    policy.rules.update(published=True)
    url = reverse("admin:commissions_commissionrule_change", args=[rule.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, rule_as_shown(rule, value="11")).status_code == 403
    assert (
        client.post(reverse("admin:commissions_commissionrule_delete", args=[rule.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_a_lock_is_undone(client: Client) -> None:
    stranger = Client()
    for _attempt in range(5):
        stranger.post("/accounts/sign-in/", {"username": "keeper", "password": "wrong"})
    attempt = admin.site._registry and next(m for m in admin.site._registry if m.__name__ == "AccessAttempt")
    row = attempt.objects.get(username="keeper")
    url = reverse("admin:axes_accessattempt_changelist")
    client.post(url, {"action": "unlock", "_selected_action": [row.pk]})
    assert not attempt.objects.filter(username="keeper").exists()


def test_the_admin_speaks_chinese_with_the_portals_name(client: Client) -> None:
    page = client.get("/admin/").content.decode()
    assert "渠道" in page


def test_the_admin_has_its_own_content_policy(client: Client) -> None:
    assert "unsafe-eval" in client.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/accounts/sessions/")["Content-Security-Policy"]


def test_a_warehouse_is_edited_and_a_dealers_node_is_not(client: Client, world: worlds.World) -> None:
    node = world.x.node
    assert node is not None
    form = {"code": "W-9", "name": "新仓", "kind": "county", "org_unit": world.a.unit.pk, "parent": ""}
    assert client.post(reverse("admin:inventory_stocknode_add"), form).status_code == 302
    made = StockNode.objects.get(code="W-9")
    change = reverse("admin:inventory_stocknode_change", args=[made.pk])
    assert client.post(change, {"name": "新仓库", "parent": made.pk}).status_code == 200
    assert client.post(change, {"name": "新仓库", "parent": "", "kind": "city"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.kind) == ("新仓库", "county")
    own = reverse("admin:inventory_stocknode_change", args=[node.pk])
    assert client.post(own, {"name": "改名", "parent": ""}).status_code == (403 if node.dealer_id else 302)

"""Every line, and every sale that earned nothing, says why, in both languages, with the values found."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import translation

from accounts.roles import Role
from commissions.models import CommissionLine, SettlementBatch
from commissions.queries.explain import explain_line, explain_record
from commissions.rules.values import Basis, BusinessType, Tier
from dealers.models import AssessmentScore, Dealer
from inventory.models import SalesRecord
from tests import factories
from tests.commissions.books import SEPTEMBER, WORLD, A, Books, _rule
from tests.commissions.portal_world import Portal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _books(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        Books()
        yield
        transaction.set_rollback(True)


def line(batch: str, line_type: str, **fields: Any) -> CommissionLine:
    found = CommissionLine.objects.filter(
        batch_id=SettlementBatch.objects.get(number=batch).pk, line_type=line_type, **fields
    )
    return found.select_related("batch__county__city", "dealer", "rule", "record__product").get()


def words(one: CommissionLine, language: str = "en") -> str:
    with translation.override(language):
        why = explain_line(one)
    return "\n".join([why.text, *(f"{step.label}: {step.text}" for step in why.steps)])


SAID = {
    ("2026-09-532601", "record", "E6", "incentive", 1): [
        "rule POOLED",
        "no other rule fits",
        "¥30.00 per record",
        "No. 1 of 2, due in 2026-09: 60% of the total is ¥18.00",
        "none: this instalment is paid in any case",
        "30% goes to the pool: ¥5.40; ¥12.60 is paid now",
    ],
    ("2026-09-532601", "record", "E2", "incentive", 2): [
        "¥12.00 withheld",
        "in network at the end of the due month: 2026-09 not in network – not met",
    ],
    ("2026-09-532601", "record", "E3", "incentive", 2): ["2026-09 in network – met"],
    ("2026-09-532601", "record", "E1", "incentive", 2): ["The sale was confirmed false on", "Cancelled"],
    ("2026-09-532601", "clawback", "E1", "incentive", 1): ["¥18.00 is taken back, ¥5.40 of it from the pool"],
    ("2026-09-532601", "deduction", None, "", None): ["85 points keeps 95%", "¥38.00"],
    ("2026-08-532622-2", "subsidy", None, "", None): ["31 of 31 days: ¥100.00"],
    ("2026-08-532601", "penalty", None, "", None): ["V1", "2 × the month's commission", "¥38.00 in 2026-08"],
    ("2026-08-532601", "adjustment", None, "", None): ["A1", "¥50.00"],
}


@pytest.mark.parametrize("key", SAID, ids=lambda key: " ".join(str(part) for part in key))
def test_what_a_line_says(key: tuple[Any, ...]) -> None:
    batch, line_type, event_no, kind, instalment = key
    fields = {"record__event_no": event_no, "kind": kind, "instalment": instalment} if event_no else {}
    one = line(batch, line_type, **fields)
    said = words(one)
    assert [part for part in SAID[key] if part not in said] == [], said


def test_every_line_explains_itself_in_chinese() -> None:
    batches = SettlementBatch.objects.exclude(state="void")
    rows = CommissionLine.objects.filter(batch_id__in=[batch.pk for batch in batches])
    for one in rows.select_related("batch__county__city", "dealer", "rule", "record__product"):
        said = words(one, "zh-hans")
        codes = r"E\d|P58|POOLED|ONCE|V\d|A\d|2026-\d\d(-\d\d)?|MB|BOSS"
        assert not re.search(r"[A-Za-z]{2,}", re.sub(codes, "", said)), said


def add(event_no: str, day: str, dealer: str | None, **fields: Any) -> None:
    seller = Dealer.objects.get(code=dealer) if dealer else None
    factories.make_sale(seller, day, SalesRecord.objects.first().product, event_no=event_no, **fields)


def unpriced(event_no: str, language: str = "en") -> str:
    with translation.override(language):
        found = explain_record(event_no)
    assert found["lines"] == []
    return found["unpriced"]


def test_why_nothing_prices_a_sale() -> None:
    portal = Portal.__new__(Portal)
    portal.seen = set()
    rules = (
        replace(_rule("TERM", WORLD.rules[0].kind, "5", WORLD.rules[0].instalments), business_type=BusinessType.TERMINAL,
                tier=Tier.EXCLUSIVE),
        replace(_rule("SOON", WORLD.rules[0].kind, "5", WORLD.rules[0].instalments), business_type=BusinessType.TERMINAL,
                effective_from=date(2027, 1, 1)),
        replace(_rule("FAMILY", WORLD.rules[1].kind, "5", WORLD.rules[1].instalments),
                business_type=BusinessType.TERMINAL, product_family="5G"),
        replace(_rule("FEE", WORLD.rules[0].kind, "0.5", WORLD.rules[0].instalments),
                business_type=BusinessType.BROADBAND, basis=Basis.PERCENT_OF_FEE),
    )  # fmt: skip
    portal._rules(replace(WORLD, rules=rules))
    add("N1", "2026-09-03", "D1", business_type="terminal")
    said = unpriced("N1")
    assert "SOON: in force only from 2027-01-01" in said
    assert "TERM: for tier" in said
    assert "FAMILY: for family 5G, not 4G" in said
    add("N2", "2026-09-03", None)
    assert unpriced("N2") == "No seller: BOSS names no dealer and nobody held the card."
    add("N3", "2026-09-03", "D1", business_type="plan_upgrade")
    assert unpriced("N3").startswith("No published rule of the seller's county, city or province is for")
    Dealer.objects.get(code="D2").endings.create(ended_on=date(2026, 9, 1), cause="closed")
    add("N4", "2026-09-03", "D2")
    assert unpriced("N4") == (
        "Sold on 2026-09-03, when the seller's cooperation had ended: since 2026-09-01 it earns nothing."
    )
    add("N5", "2026-11-03", "D1")
    assert unpriced("N5").startswith("Not settled yet: no batch of 2026-11")
    factories.make_sale(
        Dealer.objects.get(code="D1"), "2026-09-04", factories.make_product("NOFEE", monthly_fee=None),
        event_no="N6", business_type="broadband",
    )  # fmt: skip
    assert unpriced("N6").startswith("Rule FEE pays a share of the monthly fee")
    assert unpriced("E7").startswith("No published rule")
    for number in range(1, 7):
        assert re.search(r"[一-鿿]", unpriced(f"N{number}", "zh-hans"))


def test_what_was_corrected_since_is_said() -> None:
    score = AssessmentScore.objects.get(dealer__code="D1", month=SEPTEMBER.first)
    score.score = Decimal(95)
    score.save()
    assert "Corrected since: The score is now 95" in words(line("2026-09-532601", "deduction"))


def test_rounding_and_zero_are_said() -> None:
    assert "rounded" not in words(line("2026-09-532601", "record", record__event_no="E8", kind="base"))
    portal = Portal.__new__(Portal)
    portal.seen = set()
    third = replace(
        WORLD.rules[0], code="THIRD", business_type=BusinessType.RECHARGE, basis=Basis.PERCENT_OF_AMOUNT,
        value=Decimal("0.0333"), effective_from=date(2026, 10, 1), initial_cap_waiver=WORLD.rules[0].initial_cap_waiver,
    )  # fmt: skip
    portal._rules(replace(WORLD, rules=(third,)))
    add("R1", "2026-10-05", "D1", business_type="recharge", amount=Decimal("10.05"))
    add("R2", "2026-10-05", "D1", business_type="recharge", amount=Decimal("0.00"))
    batch = portal.settle(county=A, period=SEPTEMBER + 1)
    said = words(line(batch.number, "record", record__event_no="R1"))
    assert "3.33% of the amount of ¥10.05 is ¥0.33; ¥0.334665 is rounded once, to the fen" in said
    assert "Why zero: What the rate is applied to is ¥0.00" in words(
        line(batch.number, "record", record__event_no="R2")
    )


def test_command_and_api_say_the_same(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for language in ("zh-hans", "en"):
        call_command("explain", "E6", "--language", language)
        said = json.loads(capsys.readouterr().out)
        assert said["unpriced"] is None
        assert [row["rule_code"] for row in said["lines"]] == ["ONCE", "POOLED", "POOLED"]
        assert ("by rule" in said["lines"][0]["text"]) == (language == "en")
    one = line("2026-09-532601", "record", record__event_no="E6", kind="incentive")
    client.force_login(factories.make_user("reader", Role.FINANCE_CLERK, one.batch.county.city))
    answer = client.get(f"/api/v1/lines/{one.pk}/explain/").json()
    assert answer["found"]["pool_share"] == "0.3000"

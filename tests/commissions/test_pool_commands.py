"""The commands and files of the pool: what they print, write and refuse."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from commissions.models import PoolChange, PoolRound
from dealers.models import DealerEnding
from tests import factories as f
from tests.commissions.pool_world import (
    PoolWorld,
    approve,
    balance,
    calculate,
    dealer_with,
    entries,
    make_pool_world,
    violation,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> PoolWorld:
    monkeypatch.setenv("PORTAL_TODAY", "2026-07-05")
    return make_pool_world()


def run(name: str, *arguments: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and the JSON on standard output."""
    out, code = io.StringIO(), 0
    try:
        call_command(name, *[str(one) for one in arguments], stdout=out, stderr=io.StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return code, json.loads(out.getvalue())


def load(kind: str, text: str, tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return run("import_data", kind, path, *options)


def test_a_round_from_calculation_to_the_bank(world: PoolWorld, tmp_path: Path) -> None:
    dealer = dealer_with(world.county, code="D1", sells="1234")
    f.make_account(dealer, entered_by=world.supervisor, verified_by=world.clerk)
    code, said = run("pool_round", "2026H1")
    number = f"2026H1-{world.county.code}"
    plain = {"number": number, "county": world.county.code, "dealers": 1, "payout": "50.00", "forfeit": "50.00"}
    assert code == 0
    assert said["period"] == "2026H1"
    assert said["rounds"][0] == {**plain, "state": "calculated"}
    assert said["refused"] == []
    code, said = load("return_ratios", "dealer_code,round,ratio\nD1,2026H1,0.8\n", tmp_path, "--as", "supervisor")
    assert (code, said["accepted"]) == (0, 1)
    code, said = run("pool", "submit", number, "--as", "supervisor")
    assert (code, said["rounds"]) == (0, [{**plain, "payout": "40.00", "state": "submitted"}])
    assert run("pool", "approve", number, "--as", "supervisor")[0] == 1
    assert run("pool", "approve", number)[0] == 1
    code, said = run("pool", "approve", number, "--as", "approver")
    assert (code, said["rounds"][0]["state"]) == (0, "approved")
    code, said = run("pool", "approve", number, "2026H1-nowhere", "--as", "approver")
    assert (code, [one["code"] for one in said["refused"]]) == (1, ["move_refused", "unknown_round"])
    code, said = run("payments", "export", number, "--as", "clerk", "--out", tmp_path / "pay.csv")
    assert (code, said["payments"], said["amount"]) == (0, 1, "40.00")
    assert (tmp_path / "pay.csv").read_text(encoding="utf-8").splitlines()[1].startswith(f"{number}-D1,D1,")
    results = tmp_path / "results.csv"
    results.write_text(f"statement,result,reason\n{number}-D1,ok,\n", encoding="utf-8")
    assert run("payments", "record", results, "--as", "clerk") == (
        0,
        {"recorded": {"ok": 1, "failed": 0, "unchanged": 0}},
    )
    assert PoolRound.objects.get(number=number).state == "paid"
    assert run("verify_ledgers")[0] == 0


def test_the_file_of_a_period(world: PoolWorld, tmp_path: Path) -> None:
    dealer_with(world.county, code="D3", sells="1234")
    ended = dealer_with(world.other, code="D1", sells="")
    DealerEnding.objects.create(dealer=ended, ended_on=date(2026, 7, 1), cause="closed")
    violation(dealer_with(world.county, code="D2"), "2026-01-31")
    run("pool_round", "2026H1")
    load("return_ratios", "dealer_code,round,ratio\nD3,2026H1,0.1234\n", tmp_path)
    code, said = run("export_pool_round", "2026H1", "--out", tmp_path / "round.csv")
    assert (code, said) == (0, {"period": "2026H1", "file": "round.csv"})
    assert (tmp_path / "round.csv").read_text(encoding="utf-8").splitlines() == [
        "dealer_code,basis,idle_months,factor,ratio,payout,forfeit,reason",
        "D1,100.00,6,0,1,0.00,0.00,terminated",
        "D2,100.00,0,1,1,0.00,0.00,suspended",
        "D3,100.00,2,0.5,0.1234,6.17,50.00,",
    ]


def test_refusals_name_the_county_and_the_reason(world: PoolWorld) -> None:
    code, said = run("pool_round", "2026H2", "--county", world.county.code, "--language", "en")
    assert (code, said["rounds"]) == (1, [])
    assert said["refused"] == [{"county": world.county.code, "reason": "2026H2 is not over yet.", "code": "not_over"}]
    assert run("pool_round", "2026H1", "--county", "nowhere")[1]["code"] == "unknown_county"
    assert run("pool_round", "2026H1", "--as", "clerk")[1]["code"] == "forbidden"
    for name, *more in (("pool_round",), ("export_pool_round", "--out", "x")):
        with pytest.raises(CommandError) as wrong:
            call_command(name, "2026-01", *more)
        assert wrong.value.returncode == 2


def test_change_requests_come_in_by_file_and_wait(world: PoolWorld, tmp_path: Path) -> None:
    dealer = dealer_with(world.county, code="D1")
    text = "reference,dealer_code,amount,reason\nC1,D1,-30.00,处罚\nC2,D1,5,补录\nC3,D1,-90,处罚\nC4,D1,0,无\n"
    code, said = load("pool_changes", text, tmp_path, "--partial", "--as", "supervisor", "--language", "en")
    assert (code, said["accepted"], said["rejected"]) == (1, 3, 1)
    assert said["errors"][0]["reason"] == "An amount of 0.00 changes nothing."
    assert balance(dealer) == "100.00"
    assert load("pool_changes", text.replace("C4,D1,0,无\n", ""), tmp_path)[1]["unchanged"] == 3
    assert load("pool_changes", text.replace("C4,D1,0,无\n", "").replace("-30", "-31"), tmp_path)[1]["rejected"] == 1
    assert run("pool_change", "approve", "C1", "--as", "supervisor")[0] == 1
    code, said = run("pool_change", "approve", "C1", "C2", "C3", "C9", "--as", "manager")
    assert code == 1
    assert [(one["reference"], one["amount"], one["state"]) for one in said["changes"]] == [
        ("C1", "-30.00", "approved"),
        ("C2", "5.00", "approved"),
    ]
    assert [(one["reference"], one["code"]) for one in said["refused"]] == [("C3", "balance"), ("C9", "unknown_change")]
    assert entries(dealer)[1:] == [("2026-07", "penalty", "-30.00", "C1"), ("2026-07", "adjustment", "5.00", "C2")]
    assert (
        run("pool_change", "reject", "C3", "--reason", "余额不足", "--as", "manager")[1]["changes"][0]["state"]
        == "rejected"
    )
    assert PoolChange.objects.get(reference="C1").filed_by == world.supervisor


def test_what_the_system_imports_anybody_of_the_city_may_approve(world: PoolWorld, tmp_path: Path) -> None:
    dealer_with(world.county, code="D1")
    load("pool_changes", "reference,dealer_code,amount,reason\nC1,D1,1,补录\n", tmp_path)
    assert run("pool_change", "approve", "C1", "--as", "manager")[0] == 0


def test_ratios_of_a_submitted_round_are_refused(world: PoolWorld, tmp_path: Path) -> None:
    dealer_with(world.county, code="D1")
    dealer_with(world.county, code="D2")
    head = "dealer_code,round,ratio\n"
    assert load("return_ratios", head + "D1,2026H1,1.1\n", tmp_path)[0] == 1
    assert load("return_ratios", head + "D1,2026-06,1\n", tmp_path)[0] == 1
    assert load("return_ratios", head + "D1,2026H1,0.5\n", tmp_path)[0] == 0
    round_ = calculate(world)
    assert str(round_.payout) == "150.00"
    approve(world, round_)
    text = head + "D1,2026H1,0.50\nD2,2026H1,0.9\nD1,2026H2,0.9\n"
    code, said = load("return_ratios", text, tmp_path, "--partial", "--language", "en")
    assert (code, said["accepted"], said["unchanged"], said["rejected"]) == (1, 1, 1, 1)
    assert said["errors"][0]["row"] == 3
    assert "submitted" in said["errors"][0]["reason"]


def test_the_night_forfeits_and_counts(world: PoolWorld) -> None:
    dealer = dealer_with(world.county)
    DealerEnding.objects.create(dealer=dealer, ended_on=date(2026, 4, 5), cause="closed")
    code, said = run("nightly", "--date", "2026-07-05")
    assert (code, said) == (
        0,
        {
            "date": "2026-07-05",
            "dealers_changed": 1,
            "pools_forfeited": 1,
            "amount_forfeited": "100.00",
            "disputes_escalated": 0,
            "disputes_accepted": 0,
            "disputes_reminded": 0,
            "statements_reminded": 0,
            "trials_ended": 0,
            "agreements_ending": 0,
            "notices_standing": 0,
            "rectifications_overdue": 0,
            "weeks_drafted": 0,
            "points": {"expiry": 0},
            "dealer_months": 6,  # those in which he sold
            "material_months": 0,
            "stock_levels": {"levels": 0, "low": 0, "slow": 0, "excess": 0, "expired": 0, "expiring": 0},
        },
    )
    dealer.refresh_from_db()
    assert dealer.stage == "terminated"
    assert run("nightly")[1]["pools_forfeited"] == 0


def test_the_ledger_of_some_dealers_only(world: PoolWorld, tmp_path: Path) -> None:
    for code in ("D1", "D2", "D3"):
        dealer_with(world.county, code=code)
    for options, found in (
        ((), ["D1", "D2", "D3"]),
        (("--dealer", "D1", "D3"), ["D1", "D3"]),
        (("--dealer", "D9"), []),
    ):
        assert run("export_pool", "--out", tmp_path / "pool.csv", *options)[0] == 0
        rows = (tmp_path / "pool.csv").read_text().splitlines()[1:]
        assert [row.split(",")[0] for row in rows] == found

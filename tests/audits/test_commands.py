"""The commands of docs/data-contracts.md, "Visits"."""

import io
import json
from datetime import date
from itertools import chain
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.roles import Role
from audits.models import Inspection, InspectionRound, PlannedVisit, ScoreRound
from tests import factories as make
from tests.audits.test_inspections import City
from tests.audits.test_scores import County

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command(*arguments, stdout=out)
    except SystemExit as status:
        return int(status.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_inspections_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-10")
    city = City()
    order = ("--unit", city.county.code, "--inspectors", "spy1", "spy2", "--due", "2026-11-30", "--as", "city")
    code, said = command("inspections", "mystery", "2026Q4", *order)
    assert (code, said["stores"], sorted(said["given"])) == (0, 3, ["spy1", "spy2"])
    code, said = command("inspections", "draw", "2", *order)
    assert (code, said["stores"], len(said["seed"])) == (0, 2, 16)
    number = said["number"]
    code, again = command("inspections", "drawn", number)
    assert (code, again["same"], sorted(again["drawn"])) == (0, True, sorted(chain(*said["given"].values())))
    Inspection.objects.filter(round__number=number).delete()
    assert command("inspections", "drawn", number)[0] == 1
    assert command("inspections", "draw", "9", *order)[1]["code"] == "too_few"
    assert command("inspections", "drawn", "nothing")[1]["code"] == "unknown_round"
    assert command("inspections", "draw", "1", "--unit", "9", *order[2:])[1]["code"] == "unknown_unit"
    assert command("inspections", "draw", "1", *order[:-1], "sup")[1]["code"] == "forbidden"
    for wrong in (("draw", "many", *order), ("mystery", "2026Q9", *order), ("draw", "1", "--as", "city")):
        with pytest.raises(CommandError):
            command("inspections", *wrong)
    assert InspectionRound.objects.count() == 2


def test_scores_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-10-02")
    county = County()
    county.visit(county.dealer, "2026-09-10", "80")
    county.sell(county.dealer, "2026-09-11", 1)
    code, said = command("scores", "2026-09")
    assert (code, [row["known"] for row in said["counties"]]) == (0, [1, 0])
    own = county.dealer.org_unit.code
    code, said = command("scores", "publish", "2026-09", "--as", county.supervisor.username)
    assert (code, said["counties"]) == (0, [{"county": own, "state": "published", "dealers": 1, "known": 1}])
    assert ScoreRound.objects.filter(state="published").count() == 1
    assert command("scores", "2026-09", "--county", own)[1]["refused"][0]["code"] == "published"
    assert command("scores", "publish", "2026-08", "--as", county.supervisor.username)[1]["counties"] == []
    for wrong in (("2026-09", "2026-10"), ("September",)):
        with pytest.raises(CommandError):
            command("scores", *wrong)


def test_weeks_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TODAY", "2026-11-10")
    _city, unit = make.make_city(1)
    manager = make.make_user("mgr", Role.CHANNEL_MANAGER, unit)
    make.make_user("other", Role.CHANNEL_MANAGER, unit)
    make.make_dealer(unit, manager=manager)
    assert command("draft_weeks") == (0, {"week": "2026-11-09", "drafted": 1, "refused": []})
    assert command("draft_weeks") == (0, {"week": "2026-11-09", "drafted": 0, "refused": []})
    assert command("draft_weeks", "--as", "mgr")[1]["drafted"] == {"mgr": 1}
    code, said = command("draft_weeks", "mgr", "nobody", "--as", "other")
    assert (code, [row["manager"] for row in said["refused"]]) == (1, ["mgr", "nobody"])
    assert PlannedVisit.objects.get().day >= date(2026, 11, 10)

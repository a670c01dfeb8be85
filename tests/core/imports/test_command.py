"""`import_data`: the JSON on standard output and the exit codes."""

import io
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from inventory.models import Product

pytestmark = pytest.mark.django_db
HEAD = "code,name,family,item_kind,monthly_fee\n"


@pytest.fixture
def command(world, tmp_path):
    def run(kind, text, *options, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out, code = io.StringIO(), 0
        try:
            call_command("import_data", kind, str(path), *options, stdout=out, stderr=io.StringIO())
        except SystemExit as exit_:
            code = exit_.code
        return code, json.loads(out.getvalue())

    return run


def test_done(command):
    code, said = command("products", HEAD + "A,n,f,plan,1\n")
    assert code == 0
    assert said == {"kind": "products", "rows": 1, "accepted": 1, "unchanged": 0, "rejected": 0, "errors": []}
    code, said = command("products", HEAD + "A,n,f,plan,1\n")
    assert (code, said["unchanged"], said["same_file"]["by"]) == (0, 1, "system")


def test_rejected(command, tmp_path):
    text = HEAD + "A,n,f,plan,1\nB,n,f,plan,-1\n"
    code, said = command("products", text)
    assert (code, said["accepted"], said["rejected"]) == (1, 0, 1)
    assert said["errors"] == [{"row": 3, "column": "monthly_fee", "value": "-1", "reason": "不能为负数。"}]
    code, said = command("products", text, "--partial", "--language", "en", "--errors", str(tmp_path / "bad.xlsx"))
    assert (code, said["accepted"]) == (1, 1)
    assert said["errors"][0]["reason"] == "Must not be negative."
    assert openpyxl.load_workbook(tmp_path / "bad.xlsx").active["C2"].value == "B"
    assert Product.objects.filter(code="A").exists()


def test_refused(command):
    code, said = command("products", "code,colour\nA,red\n")
    assert (code, said["refused"], said["rows"]) == (1, "unknown_column", 0)
    assert said["errors"] == [{"row": 1, "column": "colour", "value": "", "reason": said["errors"][0]["reason"]}]


def test_missing_columns_are_named(command):
    code, said = command("products", "产品编码,产品名称\nA,n\n")
    assert (code, said["refused"]) == (1, "missing_column")
    assert [error["column"] for error in said["errors"]] == ["family", "item_kind"]
    assert "family 产品系列" in said["errors"][0]["reason"]


def test_rights_of_a_user(command, user_of):
    user_of("county_supervisor", "532601", "ws")
    code, said = command("products", HEAD + "A,n,f,plan,1\n", "--as", "ws")
    assert (code, said["refused"]) == (1, "permission")


@pytest.mark.parametrize(
    "arguments", [["nonsense", __file__], ["products", "/nowhere"], ["products", __file__, "--as", "nobody"],
                  ["products", __file__, "--publish"]],
)  # fmt: skip
def test_wrong_usage(world, arguments):
    with pytest.raises(CommandError) as error:
        call_command("import_data", *arguments, stderr=io.StringIO())
    assert arguments[0] == "nonsense" or error.value.returncode == 2


POLICY = {
    "code": "2026-A", "name": "政策", "org_unit": "5326",
    "rules": [{"code": "R1", "kind": "base", "business_type": "activation", "effective_from": "2026-01-01",
               "basis": "fixed", "value": "10", "instalments": [{"offset": 0, "share": "0.70"}, {"offset": 1, "share": "0.30"}]}],
}  # fmt: skip


def test_policy_draft_and_publish(command, user_of):
    code, said = command("commission_policy", json.dumps(POLICY), name="p.json")
    assert (code, said["rows"], said["accepted"], said["policy"], said["state"]) == (0, 1, 1, "2026-A", "draft")
    code, said = command("commission_policy", json.dumps(POLICY), name="p.json")
    assert (code, said["accepted"], said["unchanged"]) == (0, 0, 1)
    user_of("city_manager", "5326", "city")
    code, said = command("commission_policy", json.dumps(POLICY), "--publish", "--as", "city", name="p.json")
    assert (code, said["state"]) == (0, "published")


def test_policy_problems(command):
    bad = {**POLICY, "rules": [{**POLICY["rules"][0], "value": "-1", "kind": "bonus"}]}
    code, said = command("commission_policy", json.dumps(bad), name="p.json")
    assert (code, said["refused"]) == (1, "content")
    assert len(said["errors"]) >= 2 and all(error["reason"] for error in said["errors"])
    assert any("rules[0]" in error["column"] for error in said["errors"])

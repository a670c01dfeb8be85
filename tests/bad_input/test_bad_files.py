"""Each broken file gives a clear message in both languages and changes nothing."""

import resource

import pytest
from django.db import connection
from django.utils import translation

from core import sql
from core.errors import Refused
from core.imports import registry, runs
from core.imports.problems import FILE_REASONS, REASONS
from tests.core.imports import conftest as imports

from . import cases

pytestmark = pytest.mark.django_db

load, media, world, user_of = imports.load, imports.media, imports.world, imports.user_of

TABLES = [
    "accounts_orgunit", "accounts_user", "inventory_product", "inventory_cell", "dealers_dealer", "dealers_dealertier",
    "dealers_agreement", "dealers_dealeraccount", "dealers_assessmentscore", "inventory_stocknode", "inventory_card",
    "inventory_salesrecord", "inventory_subscribermonth", "commissions_subsidy", "commissions_budget",
    "audits_violation", "commissions_adjustment", "inventory_falsesale", "commissions_commissionpolicy", "commissions_commissionrule",
]  # fmt: skip


@pytest.fixture
def stock(world):
    world("stock_nodes", "code,name,kind,org_unit_code\nW1,县仓,county,532601\n")
    return world


def everything():
    """A fingerprint of all that files can change."""
    return {
        table: sql.fetch_value(f"SELECT coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t")
        for table in TABLES
    }


def content_of(case):
    return case() if callable(case) else case


def test_there_are_enough_cases():
    assert len(cases.FILES) + len(cases.ROWS) + len(cases.POLICIES) >= 60
    names = [case[0] for case in cases.FILES + cases.ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "kind", "content", "code"), cases.FILES, ids=[case[0] for case in cases.FILES])
def test_file_is_refused(stock, name, kind, content, code):
    before = everything()
    refusal = stock(cases.NAMES.get(kind, kind), content_of(content), expect_refusal=True)
    assert isinstance(refusal, Refused), f"accepted: {refusal}"
    assert refusal.code in (code if isinstance(code, tuple) else (code,)), str(refusal)
    words = {str(refusal)}
    with translation.override("en"):
        words.add(str(refusal))
    assert all(len(text) > 5 and "%(" not in text for text in words)
    assert everything() == before


@pytest.mark.parametrize(("name", "kind", "content", "problem"), cases.ROWS, ids=[case[0] for case in cases.ROWS])
@pytest.mark.parametrize("partial", [False, True], ids=["whole", "partial"])
def test_row_is_rejected(stock, name, kind, content, problem, partial):
    before = everything()
    kind = registry.get(cases.NAMES.get(kind, kind))
    outcome = stock(kind.name, content, partial=partial)
    assert problem in [(error["row"], error["column"], error["code"]) for error in outcome.errors], outcome.errors
    assert outcome.rejected == 1
    assert outcome.applied is partial
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said = runs.described(kind, outcome.errors)[0]["reason"]
            assert len(said) > 3 and "%(" not in said
    if not partial or outcome.accepted == 0:
        assert everything() == before
        assert outcome.accepted == 0


@pytest.mark.parametrize(("name", "content"), cases.POLICIES, ids=[case[0] for case in cases.POLICIES])
def test_policy_is_refused(stock, tmp_path, name, content):
    path = tmp_path / "policy.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = everything()
    run = runs.create(
        kind=registry.get("commission_policy"), path=path, file_name="policy.json", user=None, partial=False
    )
    with pytest.raises(Refused) as refusal:
        runs.load_json(run=run, path=path, at=imports.AT, today=imports.TODAY)
    assert len(str(refusal.value)) > 5
    assert run.state == "rejected" and everything() == before


def test_every_file_reason_is_tried():
    tried = {code for case in cases.FILES for code in (case[3] if isinstance(case[3], tuple) else (case[3],))}
    elsewhere = {"too_big", "no_sheet", "too_many_rows", "json", "content", "database", "permission", "is_json"}
    assert set(FILE_REASONS) - tried == elsewhere


def test_reasons_are_sentences():
    for code, message in {**REASONS, **FILE_REASONS}.items():
        text = str(message)
        assert text and text[-1] in ".。s", code


def test_large_rubbish_needs_no_memory(stock, tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal = stock("sales", cases.lying_bomb(), expect_refusal=True)
    assert isinstance(refusal, Refused)
    assert connection.is_usable() and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000


def test_too_large_a_file_is_refused(stock, settings):
    settings.IMPORT_MAX_CSV_MB = 1
    refusal = stock("products", cases.PRODUCTS + "P,n,f,sim,1\n" * 120_000, expect_refusal=True)
    assert refusal.code == "too_big"
    settings.IMPORT_MAX_XLSX_MB = 0
    refusal = stock("products", cases.workbook([["code"]]), expect_refusal=True)
    assert refusal.code == "too_big"


def test_whole_kinds_have_a_row_limit(stock, settings):
    settings.IMPORT_MAX_WHOLE_ROWS = 2
    rows = "".join(f"D{n},n,532601,partner,2026-01-01\n" for n in range(3))
    assert stock("dealers", cases.DEALERS + rows, expect_refusal=True).code == "too_many_rows"

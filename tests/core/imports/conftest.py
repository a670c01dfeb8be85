"""A small world to import into, and `load` to do it."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from core.imports import engine, registry, runs
from core.imports.problems import FileRefused

AT = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 10, 1)

UNITS = """code,name,level,parent_code
53,云南省,province,
5326,文山州,city,53
532601,文山市,county,5326
532622,砚山县,county,5326
53260101,开化街道,grid,532601
"""
PRODUCTS = """code,name,family,item_kind,monthly_fee
P4G,4G 飞享套餐,4G,sim,58
P5G,5G 畅享套餐,5G,sim,128.00
T1,千元智能机,terminal,terminal,
C100,百元充值卡,recharge,recharge,
"""
DEALERS = """code,name,org_unit_code,tier,cooperation_start
D1,城关合作店,532601,partner,2024-01-01
D2,砚山专卖店,532622,exclusive,2024-06-01
"""


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def load(tmp_path):
    """Load text, bytes, a path or rows (as XLSX); the outcome, or the refusal."""

    def run(kind, content, *, user=None, partial=False, name="file.csv", expect_refusal=False, **options):
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, list):
            write_xlsx(path, content)
        run_ = runs.create(kind=registry.get(kind), path=path, file_name=path.name, user=user, partial=partial)
        try:
            outcome = runs.load(run=run_, path=path, at=AT, today=TODAY, **options)
        except FileRefused as refusal:
            if not expect_refusal:
                raise
            return refusal
        outcome_run[0] = run_
        return outcome

    return run


outcome_run = [None]


@pytest.fixture
def last_run():
    return lambda: outcome_run[0]


def write_xlsx(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def counts(outcome):
    return (outcome.rows, outcome.accepted, outcome.unchanged, outcome.rejected)


def problems(outcome):
    return [(error["row"], error["column"], error["code"]) for error in outcome.errors]


@pytest.fixture
def world(db, load):
    for kind, text in (("org_units", UNITS), ("products", PRODUCTS), ("dealers", DEALERS)):
        outcome = load(kind, text)
        assert outcome.rejected == 0, outcome.errors
    return load


@pytest.fixture
def user_of(world):
    """Make a user of a role and a unit."""
    from accounts.models import OrgUnit, User

    def make(role, unit, username="someone"):
        return User.objects.create_user(username, role=role, name=username, org_unit=OrgUnit.objects.get(code=unit))

    return make


__all__ = ["AT", "TODAY", "engine"]

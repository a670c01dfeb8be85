"""A batch's own table of lines, however it was made, demands what the table of all lines demands."""

from typing import Any

import pytest

from commissions.models import SettlementBatch
from core import sql
from tests.commissions.books import AUGUST, WORLD, A
from tests.commissions.portal_world import Portal

pytestmark = pytest.mark.django_db

DEMANDS = """
SELECT conname AS name, contype::text AS kind, pg_get_constraintdef(oid) AS demand
  FROM pg_constraint WHERE conrelid = to_regclass(%(table)s) AND contype = 'c'
 UNION ALL
SELECT attname, 'column', concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attrelid = to_regclass(%(table)s) AND attnum > 0
 UNION ALL
SELECT tgname, 'trigger', tgtype::text FROM pg_trigger WHERE tgrelid = to_regclass(%(table)s) AND tgparentid = 0
 ORDER BY 1, 2
"""


def demands(batch: int) -> list[dict[str, Any]]:
    rows = sql.fetch_all(DEMANDS, {"table": f"commissions_line_b{batch}"})
    [own] = [row for row in rows if row["name"] == "line_of_batch"]
    own["demand"] = own["demand"].replace(f"= {batch})", "= N)")
    return rows


def test_of_new_lines_and_of_none() -> None:
    portal = Portal(WORLD)
    with_lines = portal.settle(county=A, period=AUGUST)
    assert with_lines.lines > 0
    other = SettlementBatch.objects.create(
        number="X", county=with_lines.county, kind="weekly", period="2020-W01", first_day="2019-12-30",
        last_day="2020-01-05", month="2020-01-01",
    )  # fmt: skip
    sql.fetch_value("SELECT commissions_open_lines(%s)", [other.pk])
    sql.fetch_value("SELECT commissions_attach_lines(%s)", [other.pk])
    found = demands(with_lines.pk)
    assert found == demands(other.pk)
    assert {"line_of_batch", "line_adds_up", "line_withheld_or_earned", "line_id_names_batch", "line_shape",
            "guard_partition", "amount"} <= {row["name"] for row in found}  # fmt: skip

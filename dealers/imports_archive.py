"""Files about the archive: dealers, and the histories of their tiers and units."""

from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.imports import DEALER_UNIT
from accounts.models import User
from accounts.roles import Permission
from core import sql
from core.imports import spec
from core.imports.context import Context
from core.imports.merge import Table
from core.imports.problems import add_reason
from core.imports.registry import register
from core.pinyin import pinyin_key
from dealers.models import Dealer, DealerTier, DealerUnit
from dealers.rules import credit_code
from dealers.rules.coordinates import Datum, Position, to_wgs84
from dealers.services import standing

DEALER = spec.Lookup(lambda: Dealer)
MANAGER = spec.Lookup(lambda: User, code="username", where={"role": "channel_manager"})
GROUP = _("Dealers")
TIERS = {"partner": "合作店", "exclusive": "专卖店", "mall": "移动商城"}
STAGES = {
    "prospect": "意向",
    "applied": "申请",
    "verified": "已核查",
    "contracted": "已签约",
    "lead_in": "引导期",
    "mature": "成熟期",
    "suspended": "暂停",
    "terminated": "终止",
}

add_reason("parent_level", _("Only a level-2 agent has a parent, and the parent is a level-1 agent."))
add_reason("credit_code", _("Not a valid social credit code: 18 characters whose last one checks the others."))
add_reason("both_degrees", _("Latitude and longitude belong together; give both or neither."))
add_reason("history_start", _("The first row of the history must not be later than the start of cooperation."))
add_reason("out_of_china", _("Latitude and longitude seem to be swapped or wrong: this is not in China."))


def dealer_code() -> spec.Column:
    return spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True)


def unit_of_dealer(table: str) -> str:
    """SQL of the org unit of the dealer that a row belongs to."""
    return f"(SELECT d.org_unit_id FROM dealers_dealer d WHERE d.id = {table}.dealer_id)"  # noqa: S608


def check_dealers(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    out: list[tuple[pl.Expr, str, str]] = []
    if "credit_code" in rows.columns:
        right = [code for code in rows["credit_code"].drop_nulls().unique() if credit_code.is_valid(code.upper())]
        known = pl.col("credit_code").is_null() | pl.col("credit_code").is_in(right)
        out.append((~known, "credit_code", "credit_code"))
    degrees = [name for name in ("latitude", "longitude") if name in rows.columns]
    if len(degrees) == 1:
        out.append((pl.col(degrees[0]).is_not_null(), degrees[0], "both_degrees"))
    elif degrees:
        out.append((pl.col("latitude").is_null() != pl.col("longitude").is_null(), "latitude", "both_degrees"))
        latitude, longitude = pl.col("latitude").cast(pl.Float64), pl.col("longitude").cast(pl.Float64)
        inside = latitude.is_between(3, 54) & longitude.is_between(73, 136)
        out.append((~inside, "latitude", "out_of_china"))
    return out


def merge_dealers(ctx: Context, good: pl.DataFrame) -> None:
    """Archive rows first, then the parents, which may stand anywhere in the same file."""
    good = _parents(ctx, _wgs84(good))
    parents = None
    if ctx.has("parent_code"):
        bit = ctx.bit("parent_code")
        parents = good.select("code", "parent_code", cleared=pl.col("__clear") & bit != 0)
        cleared = parents.filter(pl.col("cleared"))["code"].to_list()
        sql.execute("UPDATE dealers_dealer SET parent_id = NULL WHERE code = ANY(%s)", [cleared])
        good = good.drop("parent_code")
    keys = {name: pinyin_key(name) for name in good["name"].unique()}
    good = good.with_columns(pinyin=pl.col("name").replace_strict(keys, return_dtype=pl.String))
    if "credit_code" in good.columns:
        good = good.with_columns(pl.col("credit_code").str.to_uppercase())
    Table(ctx).write(good)
    if parents is not None:
        _set_parents(ctx, parents.drop_nulls("parent_code"))


def _wgs84(good: pl.DataFrame) -> pl.DataFrame:
    """Positions as WGS-84, whatever datum they came in."""
    if "datum" not in good.columns:
        return good
    if "latitude" in good.columns:
        moved = []
        for latitude, longitude, datum in good.select("latitude", "longitude", "datum").rows():
            if latitude is None or datum in (None, "wgs84"):
                moved.append((latitude, longitude))
                continue
            there = to_wgs84(Position(float(latitude), float(longitude)), Datum(datum))
            moved.append((f"{there.latitude:.6f}", f"{there.longitude:.6f}"))
        schema = {"latitude": pl.String, "longitude": pl.String}
        good = good.with_columns(pl.DataFrame(moved, schema=schema, orient="row"))
    return good.drop("datum")


def _parents(ctx: Context, good: pl.DataFrame) -> pl.DataFrame:
    """Reject rows whose parent is unknown, not a level-1 agent, or not wanted."""
    if not ctx.has("parent_code") or good["parent_code"].null_count() == good.height:
        return good
    visible = Dealer.objects.all() if ctx.user is None else Dealer.objects.visible_to(ctx.user)
    named = good["parent_code"].drop_nulls().unique().to_list()
    levels = dict(visible.filter(code__in=good["code"].to_list() + named).values_list("code", "agent_level"))
    own = pl.col("agent_level") if ctx.has("agent_level") else pl.lit(None, dtype=pl.String)
    for code, level in good.select("code", own.alias("level")).rows():
        levels[code] = int(level) if level else levels.get(code, 1)
    problems = []
    for row, code, parent in good.drop_nulls("parent_code").select("__row", "code", "parent_code").rows():
        if parent not in levels:
            problems.append((row, "parent_code", None, "unknown"))
        elif levels[parent] != 1 or levels[code] != 2 or parent == code:
            problems.append((row, "parent_code", None, "parent_level"))
    ctx.reject(problems)
    return good.filter(~pl.col("__row").is_in([problem[0] for problem in problems]))


def _set_parents(ctx: Context, parents: pl.DataFrame) -> None:
    changed = sql.fetch_all(
        "UPDATE dealers_dealer d SET parent_id = p.id"
        " FROM unnest(%s::text[], %s::text[]) AS given(code, parent_code) JOIN dealers_dealer p ON p.code = parent_code"
        " WHERE d.code = given.code AND d.parent_id IS DISTINCT FROM p.id RETURNING d.id",
        [parents["code"].to_list(), parents["parent_code"].to_list()],
    )
    ids = [row["id"] for row in changed]
    known = int(sql.fetch_value("SELECT count(DISTINCT id) FROM import_touched WHERE id = ANY(%s::bigint[])", [ids]))
    sql.execute("INSERT INTO import_touched SELECT unnest(%s::bigint[])", [ids])
    ctx.updated += len(ids) - known
    ctx.unchanged -= len(ids) - known


FIRST_ROWS = """
INSERT INTO {table} (dealer_id, valid_from, {column})
SELECT d.id, d.cooperation_start, d.{column} FROM dealers_dealer d
 WHERE d.id IN (SELECT id FROM import_touched) AND NOT EXISTS (SELECT FROM {table} h WHERE h.dealer_id = d.id)
"""
EARLIER_START = """
UPDATE {table} h SET valid_from = d.cooperation_start FROM dealers_dealer d
 WHERE d.id = h.dealer_id AND d.id IN (SELECT id FROM import_touched) AND h.valid_from > d.cooperation_start
   AND h.valid_from = (SELECT min(valid_from) FROM {table} f WHERE f.dealer_id = d.id)
"""


def open_histories(ctx: Context) -> None:
    """Each dealer has had its first tier and unit since the start of its cooperation."""
    for model, column in ((DealerTier, "tier"), (DealerUnit, "org_unit_id")):
        names = {"table": model._meta.db_table, "column": column}
        sql.execute(FIRST_ROWS.format(**names))
        sql.execute(EARLIER_START.format(**names))
    ids = [row["id"] for row in sql.fetch_all("SELECT DISTINCT id FROM import_touched")]
    standing.refresh(dealer_ids=ids, day=ctx.today)


def merge_history(ctx: Context, good: pl.DataFrame) -> None:
    """A dealer's history that nobody has given yet is replaced as a whole; else rows are added."""
    model: Any = ctx.kind.table
    value = ctx.kind.columns[2].name
    ids = good["dealer_code"].unique().to_list()
    starts = dict(Dealer.objects.filter(pk__in=ids).values_list("pk", "cooperation_start"))
    field = "tier" if model is DealerTier else "org_unit_id"
    present: dict[int, list[tuple[date, Any]]] = {}
    for dealer, since, what in model.objects.filter(dealer__in=ids).values_list("dealer_id", "valid_from", field):
        present.setdefault(dealer, []).append((since, what))
    given: dict[int, list[tuple[date, Any]]] = {}
    for dealer, since, what in good.select("dealer_code", "valid_from", value).rows():
        given.setdefault(dealer, []).append((since, what))
    late, assumed = set(), []
    for dealer, rows in given.items():
        before = present.get(dealer, [])
        if len(before) == 1 and before[0][0] == starts[dealer] and before[0] not in rows:
            assumed.append(dealer)
            before = []
        if min(since for since, _value in rows + before) > starts[dealer]:
            late.add(dealer)
    ctx.reject([(row, "valid_from", None, "history_start") for row in _rows_of(good, late)])
    model.objects.filter(dealer__in=set(assumed) - late).delete()
    good = good.filter(~pl.col("dealer_code").is_in(list(late)))
    Table(ctx).write(good)


def _rows_of(good: pl.DataFrame, dealers: set[int]) -> list[int]:
    return good.filter(pl.col("dealer_code").is_in(list(dealers)))["__row"].to_list()


def refresh_histories(ctx: Context) -> None:
    """Bring stage, tier and unit of the dealers named in the file up to today."""
    touched = [row["id"] for row in sql.fetch_all("SELECT id FROM import_touched")]
    rows: Any = ctx.kind.table
    dealers = rows.objects.filter(pk__in=touched).values_list("dealer_id", flat=True).distinct()
    standing.refresh(dealer_ids=list(dealers), day=ctx.today)


register(
    spec.Kind(
        name="dealers",
        label=_("Dealers"),
        permission=Permission.IMPORT_DEALERS,
        group=GROUP,
        model=lambda: Dealer,
        key=("code",),
        updates=True,
        whole=True,
        track=True,
        keep=("tier", "org_unit_code", "stage"),
        guard="t.org_unit_id",
        check=check_dealers,
        merge=merge_dealers,
        after=open_histories,
        notes=_("For a known dealer, tier, unit and stage are not changed by this file."),
        columns=(
            spec.code("code", "渠道编码", length=30, required=True),
            spec.text("name", "渠道名称", length=120, required=True),
            spec.lookup("org_unit_code", "组织编码", DEALER_UNIT, field="org_unit", required=True),
            spec.choice("tier", "渠道类型", TIERS, required=True),
            spec.date("cooperation_start", "合作开始日期", required=True),
            spec.choice("stage", "生命周期", STAGES, default="mature"),
            spec.choice("agent_level", "代理级别", {"1": "一级代理商", "2": "二级代理商"}, default="1"),
            spec.code("parent_code", "上级代理商编码", length=30, to="parent"),
            spec.choice(
                "visit_regime",
                "巡店类型",
                {"authorised": "授权店", "direct": "直销点", "air_recharge": "空充点"},
                default="authorised",
            ),
            spec.choice(
                "chain_type",
                "网点类型",
                {"national": "全国连锁", "provincial": "省级连锁", "small": "小型连锁", "independent": "独立网点"},
                default="independent",
            ),
            spec.choice("payout_rhythm", "返还周期", {"half_year": "半年", "year": "年"}, default="half_year"),
            spec.code("credit_code", "统一社会信用代码", length=18),
            spec.choice(
                "location_kind",
                "位置类型",
                {
                    "city_street": "城区街道",
                    "town_street": "乡镇街道",
                    "large_village": "大村",
                    "telecom_district": "通信零售业商圈",
                    "core_retail_district": "核心零售商圈",
                },
            ),
            spec.decimal("floor_area", "营业面积（平方米）", digits=6, minimum=0),
            spec.choice(
                "main_business",
                "主营业务",
                {"mobile_business": "移动业务", "terminal_sales": "终端销售", "other": "其他"},
            ),
            spec.boolean("boss_connected", "是否接入BOSS"),
            spec.boolean("accepts_assessment", "是否接受考核"),
            spec.boolean("exclusive_agreement", "是否签订排他协议"),
            spec.boolean("special_evaluation", "是否通过专项评估"),
            spec.decimal("latitude", "纬度", places=6, digits=2, minimum=-90, maximum=90),
            spec.decimal("longitude", "经度", places=6, digits=3, minimum=-180, maximum=180),
            spec.choice("datum", "坐标系", {"wgs84": "", "gcj02": "", "bd09": ""}, default="wgs84"),
            spec.text("contact_name", "联系人", length=60),
            spec.text("contact_phone", "联系电话", length=20),
            spec.lookup("manager_username", "渠道经理用户名", MANAGER, field="manager"),
        ),
    )
)

for history in (
    ("dealer_tiers", _("Tier histories"), lambda: DealerTier, spec.choice("tier", "渠道类型", TIERS, required=True)),
    (
        "dealer_units",
        _("Unit histories"),
        lambda: DealerUnit,
        spec.lookup("org_unit_code", "组织编码", DEALER_UNIT, field="org_unit", required=True),
    ),
):
    register(
        spec.Kind(
            name=history[0],
            label=history[1],
            permission=Permission.IMPORT_DEALERS,
            group=GROUP,
            model=history[2],
            key=("dealer_code", "valid_from"),
            whole=True,
            track=True,
            merge=merge_history,
            after=refresh_histories,
            notes=_("The whole history of a dealer; its first row is not later than the start of cooperation."),
            columns=(dealer_code(), spec.date("valid_from", "生效日期", required=True), history[3]),
        )
    )

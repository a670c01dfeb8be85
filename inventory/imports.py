"""Files about stock: products, cells, stock nodes and cards. Sales are in `inventory/imports_sales.py`."""

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.imports import COUNTY, UNIT
from accounts.models import User
from accounts.roles import Permission
from core import sql
from core.imports import spec
from core.imports.context import Context
from core.imports.merge import Table
from core.imports.problems import add_reason
from core.imports.registry import register
from inventory import imports_amounts, imports_sales
from inventory.bulk import sellers
from inventory.imports_sales import PRODUCT
from inventory.models import Card, Cell, NodeKeeper, Product, Route, StockNode

GROUP = _("Products and stock")
ITEM_KINDS = {"sim": "套卡", "recharge": "充值卡", "terminal": "终端", "material": "物料", "plan": "套餐"}
NODE_KINDS = {
    "city": "市仓",
    "county": "县仓",
    "agent1": "一级代理商",
    "agent2": "二级代理商",
    "hall": "营业厅",
    "mobile": "流动站",
    "direct": "直销队",
}
MOVEMENT_KINDS = {
    "inbound": "入库",
    "transfer": "调拨",
    "issue": "领卡",
    "return": "退卡",
    "loan": "借卡",
    "loan_return": "还卡",
    "write_off": "报损",
    "adjustment": "盘点调整",
    "use": "领用",
}
NODE = spec.Lookup(lambda: StockNode)
KEEPER = spec.Lookup(lambda: User, code="username", where={"role": "keeper"})

add_reason("imei", _("Not an IMEI: 15 digits whose last one checks the others."))
add_reason("no_end", _("A route begins or ends at a node: fill one of the ends."))
add_reason("own_parent", _("A node cannot be its own parent."))


def check_position(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    """A position needs both degrees, in the file as in the database."""
    given = [name for name in ("latitude", "longitude") if name in rows.columns]
    if len(given) == 1:
        return [(pl.col(given[0]).is_not_null(), given[0], "both_degrees")]
    return (
        [(pl.col("latitude").is_null() != pl.col("longitude").is_null(), "latitude", "both_degrees")] if given else []
    )


def check_ends(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    """A route begins or ends at a node, as in the database."""
    outside = [
        pl.col(name).fill_null("") == "" if name in rows.columns else pl.lit(True)
        for name in ("origin_kind", "destination_kind")
    ]
    return [(outside[0] & outside[1], "movement_kind", "no_end")]


def luhn_is_wrong(digits: pl.Expr) -> pl.Expr:
    """Whether 15 digits fail the Luhn test."""
    total: pl.Expr = pl.lit(0, dtype=pl.Int64)
    for place in range(15):
        digit = digits.str.slice(place, 1).cast(pl.Int64, strict=False)
        doubled = digit * 2
        total = total + (pl.when(doubled > 9).then(doubled - 9).otherwise(doubled) if place % 2 else digit)
    return total % 10 != 0


def check_imei(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Terminals are known by a valid IMEI."""
    if "terminals" not in ctx.memory:
        ctx.memory["first_id"] = sql.fetch_value("SELECT coalesce(max(id), 0) FROM inventory_card")
        ctx.memory["terminals"] = list(Product.objects.filter(item_kind="terminal").values_list("pk", flat=True))
    shaped = pl.col("serial").str.contains(r"^[0-9]{15}$")
    wrong = pl.col("product_code").is_in(ctx.memory["terminals"]) & (~shaped | luhn_is_wrong(pl.col("serial")))
    bad = good.filter(wrong.fill_null(False))
    if not bad.height:
        return good
    ctx.reject([(row, "serial", None, "imei") for row in bad["__row"]])
    return good.filter(~pl.col("__row").is_in(bad["__row"].implode()))


def after_cards(ctx: Context) -> None:
    sellers.follow_cards(after=ctx.memory["first_id"])


def merge_nodes(ctx: Context, good: pl.DataFrame) -> None:
    """Nodes first, then their parents, which may stand anywhere in the same file."""
    parents = None
    if ctx.has("parent_code"):
        bit = ctx.bit("parent_code")
        parents = good.select("__row", "code", "parent_code", cleared=pl.col("__clear") & bit != 0)
        visible = StockNode.objects.all() if ctx.user is None else StockNode.objects.visible_to(ctx.user)
        named = parents["parent_code"].drop_nulls().unique().to_list()
        known = set(visible.filter(code__in=named).values_list("code", flat=True)) | set(good["code"])
        lost = parents.filter(~pl.col("parent_code").is_in(list(known)))
        own = parents.filter(pl.col("parent_code") == pl.col("code"))
        ctx.reject([(row, "parent_code", None, "unknown") for row in lost["__row"]])
        ctx.reject([(row, "parent_code", None, "own_parent") for row in own["__row"]])
        refused = pl.concat([lost["__row"], own["__row"]])
        good = good.filter(~pl.col("__row").is_in(refused.implode())).drop("parent_code")
        parents = parents.filter(~pl.col("__row").is_in(refused.implode()))
    Table(ctx).write(good)
    if parents is not None:
        _set_parents(ctx, parents)


def _set_parents(ctx: Context, parents: pl.DataFrame) -> None:
    wanted = parents.filter(pl.col("parent_code").is_not_null() | pl.col("cleared"))
    changed = sql.fetch_all(
        "UPDATE inventory_stocknode n SET parent_id = p.id"
        " FROM unnest(%s::text[], %s::text[]) AS given(code, parent_code)"
        " LEFT JOIN inventory_stocknode p ON p.code = parent_code"
        " WHERE n.code = given.code AND n.parent_id IS DISTINCT FROM p.id RETURNING n.id",
        [wanted["code"].to_list(), wanted["parent_code"].to_list()],
    )
    ids = [row["id"] for row in changed]
    known = int(sql.fetch_value("SELECT count(DISTINCT id) FROM import_touched WHERE id = ANY(%s::bigint[])", [ids]))
    ctx.updated += len(ids) - known
    ctx.unchanged -= len(ids) - known


register(
    spec.Kind(
        name="products",
        everybody=True,
        label=_("Products"),
        permission=Permission.IMPORT_MASTER_DATA,
        group=GROUP,
        model=lambda: Product,
        key=("code",),
        updates=True,
        columns=(
            spec.code("code", "产品编码", required=True),
            spec.text("name", "产品名称", length=120, required=True),
            spec.text("family", "产品系列", length=40, required=True),
            spec.choice("item_kind", "物品类别", ITEM_KINDS, required=True),
            spec.decimal("monthly_fee", "月租费（元）", digits=8, minimum=0),
            spec.decimal("face_value", "面值（元）", digits=8, minimum=0),
        ),
    )
)

register(
    spec.Kind(
        name="cells",
        label=_("Cells"),
        permission=Permission.IMPORT_MASTER_DATA,
        group=GROUP,
        model=lambda: Cell,
        key=("cell_id",),
        updates=True,
        guard="t.county_id",
        check=check_position,
        notes=_("A cell with its position (WGS-84) shows on the map of cross-region cases."),
        columns=(
            spec.code("cell_id", "小区编号", required=True),
            spec.lookup("county_code", "县市编码", COUNTY, field="county", required=True),
            spec.text("name", "小区名称", length=120),
            spec.decimal("latitude", "纬度", places=6, digits=2, minimum=-90, maximum=90),
            spec.decimal("longitude", "经度", places=6, digits=3, minimum=-180, maximum=180),
        ),
    )
)

register(
    spec.Kind(
        name="stock_nodes",
        label=_("Stock nodes"),
        permission=Permission.IMPORT_STOCK,
        group=GROUP,
        model=lambda: StockNode,
        key=("code",),
        updates=True,
        whole=True,
        track=True,
        guard="t.org_unit_id",
        merge=merge_nodes,
        notes=_("A dealer's own node exists by itself, with the dealer's code."),
        columns=(
            spec.code("code", "库存点编码", length=30, required=True),
            spec.text("name", "库存点名称", length=120, required=True),
            spec.choice("kind", "库存点类别", NODE_KINDS, required=True),
            spec.lookup("org_unit_code", "组织编码", UNIT, field="org_unit", required=True),
            spec.code("parent_code", "上级库存点编码", length=30, to="parent"),
        ),
    )
)

register(
    spec.Kind(
        name="cards",
        label=_("Cards"),
        permission=Permission.IMPORT_STOCK,
        group=GROUP,
        model=lambda: Card,
        key=("serial",),
        repeat="duplicate",
        prepare=check_imei,
        after=after_cards,
        notes=_("Opening stock or inbound; a serial may stand in the file only once."),
        columns=(
            spec.serial("serial", "卡号/串号", length=30, required=True),
            spec.lookup("product_code", "产品编码", PRODUCT, field="product", required=True),
            spec.lookup("node_code", "库存点编码", NODE, field="node", required=True),
            spec.code("msisdn", "手机号码", length=20),
            spec.date("expires_on", "有效期至"),
        ),
    )
)

register(
    spec.Kind(
        name="routes",
        everybody=True,
        label=_("Routes"),
        permission=Permission.IMPORT_MASTER_DATA,
        group=GROUP,
        model=lambda: Route,
        key=("movement_kind", "origin_kind", "destination_kind"),
        check=check_ends,
        notes=_("Ways that stock may go; a movement that no route allows is refused. A blank end is outside."),
        columns=(
            spec.choice("movement_kind", "调拨类型", MOVEMENT_KINDS, required=True),
            spec.choice("origin_kind", "发出库存点类别", NODE_KINDS),
            spec.choice("destination_kind", "接收库存点类别", NODE_KINDS),
        ),
    )
)

register(
    spec.Kind(
        name="node_keepers",
        label=_("Keepers of nodes"),
        permission=Permission.IMPORT_ORGANISATION,
        group=GROUP,
        model=lambda: NodeKeeper,
        key=("node_code", "username"),
        notes=_("Who keeps a node. A node that names nobody is kept by the keepers of its unit."),
        columns=(
            spec.lookup("node_code", "库存点编码", NODE, field="node", required=True),
            spec.lookup("username", "用户名", KEEPER, field="user", required=True),
        ),
    )
)

__all__ = ["imports_amounts", "imports_sales"]

"""Files of what happened: sales records, subscriber months and confirmed false sales."""

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.imports import COUNTY
from accounts.roles import Permission
from core import followups, sql
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import add_reason
from core.imports.registry import register
from dealers.imports_archive import DEALER
from dealers.models import Dealer
from inventory.bulk import sellers
from inventory.models import FalseSale, Product, SalesRecord, SubscriberMonth

GROUP = _("Facts of a month")
PRODUCT = spec.Lookup(lambda: Product)
SALE = spec.Lookup(lambda: SalesRecord, code="event_no")
BUSINESS = {
    "activation": "放号",
    "port_in": "携入",
    "broadband": "宽带",
    "terminal": "终端",
    "plan_upgrade": "升档",
    "recharge": "充值",
    "service": "业务办理",
}
CAUSES = {"re_entry": "老用户重入网", "cross_region": "跨区销售", "cancelled": "退订"}

add_reason("confirmed_before_sale", _("Confirmed before the day of the sale."))
add_reason("no_seller_here", _("The serial is held by a dealer outside your area."))


def name_sellers(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """The seller is the dealer that BOSS names, or else the dealer that holds the serial."""
    if "first_id" not in ctx.memory:
        ctx.memory["first_id"] = sql.fetch_value("SELECT coalesce(max(id), 0) FROM inventory_salesrecord")
    if "dealer_code" not in good.columns:
        good = good.with_columns(dealer_code=pl.lit(None, dtype=pl.Int64))
    good = good.with_columns(seller=pl.col("dealer_code"))
    open_ = good["seller"].is_null()
    if "serial" in good.columns and open_.any():
        found = sellers.holders(good.filter(open_)["serial"].drop_nulls().to_list())
        if found:
            names = pl.DataFrame({"serial": list(found), "holder": list(found.values())})
            good = good.join(names, on="serial", how="left", maintain_order="left")
            good = good.with_columns(pl.coalesce("seller", "holder").alias("seller")).drop("holder")
    return good if ctx.user is None else _within_area(good, ctx)


def _within_area(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Sales of dealers outside the user's area are rejected; records without any seller belong to no area."""
    if "area" not in ctx.memory:
        ctx.memory["area"] = list(Dealer.objects.visible_to(ctx.user).values_list("pk", flat=True))
    outside = good.filter(~pl.col("seller").is_in(ctx.memory["area"]))
    ctx.reject([(row, "serial", None, "no_seller_here") for row in outside["__row"]])
    return good.filter(pl.col("seller").is_in(ctx.memory["area"]) | pl.col("seller").is_null())


def after_sales(ctx: Context) -> None:
    sellers.follow_sales(after=ctx.memory["first_id"])
    followups.emit("sales_imported", run=None)


def make_partitions(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Each month has a partition of its own."""
    for month in set(good["month"].unique()) - ctx.memory.setdefault("months", set()):
        sql.execute("SELECT inventory_ensure_month(%s)", [month])
        ctx.memory["months"].add(month)
    return good


def not_before_the_sale(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """A sale cannot be found false before it took place."""
    rows = SalesRecord.objects.filter(pk__in=good["event_no"].to_list()).values_list("pk", "event_date")
    sold = pl.DataFrame(list(rows), schema={"event_no": pl.Int64, "sold": pl.Date}, orient="row")
    early = good.join(sold, on="event_no").filter(pl.col("confirmed_on") < pl.col("sold"))
    ctx.reject([(row, "confirmed_on", None, "confirmed_before_sale") for row in early["__row"]])
    return good.filter(~pl.col("__row").is_in(early["__row"].implode()))


register(
    spec.Kind(
        name="sales",
        label=_("Sales records"),
        permission=Permission.IMPORT_FACTS,
        group=GROUP,
        model=lambda: SalesRecord,
        key=("event_no",),
        keep=("seller",),
        prepare=name_sellers,
        after=after_sales,
        notes=_("Times are local unless they carry an offset. An activation takes its card out of stock."),
        columns=(
            spec.code("event_no", "业务流水号", required=True),
            spec.choice("business_type", "业务类型", BUSINESS, required=True),
            spec.datetime("occurred_at", "业务时间", required=True),
            spec.lookup("product_code", "产品编码", PRODUCT, field="product", required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer"),
            spec.code("subscriber_no", "用户编号", length=30),
            spec.code("msisdn", "手机号码", length=20),
            spec.serial("serial", "卡号/串号", length=30),
            spec.decimal("amount", "金额（元）"),
            spec.code("cell_id", "小区编号"),
            spec.text("segment", "客户群", length=40),
        ),
    )
)

register(
    spec.Kind(
        name="subscribers",
        label=_("Subscriber months"),
        permission=Permission.IMPORT_FACTS,
        group=GROUP,
        model=lambda: SubscriberMonth,
        key=("subscriber_no", "month"),
        updates=True,
        guard="t.county_id",
        prepare=make_partitions,
        columns=(
            spec.code("subscriber_no", "用户编号", length=30, required=True),
            spec.month("month", "月份", required=True),
            spec.lookup("county_code", "县市编码", COUNTY, field="county", required=True),
            spec.boolean("in_network", "是否在网", required=True),
            spec.decimal("call_minutes", "通话时长（分钟）", minimum=0),
            spec.decimal("data_mb", "上网流量（MB）", digits=12, minimum=0),
            spec.decimal("billed_amount", "出账收入（元）"),
            spec.decimal("arrears", "欠费（元）", minimum=0),
            spec.serial("imei", "终端串号", length=15),
        ),
    )
)

register(
    spec.Kind(
        name="false_sales",
        label=_("Confirmed false sales"),
        permission=Permission.CONFIRM_VIOLATIONS,
        group=_("Violations"),
        model=lambda: FalseSale,
        key=("event_no",),
        prepare=not_before_the_sale,
        notes=_("What was paid for these records is clawed back."),
        columns=(
            spec.lookup("event_no", "业务流水号", SALE, field="record", required=True),
            spec.choice("cause", "原因", CAUSES, required=True),
            spec.date("confirmed_on", "确认日期", required=True),
        ),
    )
)

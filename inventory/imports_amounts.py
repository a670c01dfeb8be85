"""Files about what dealers owe: prices, credit limits and what they paid."""

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import add_reason
from core.imports.registry import register
from dealers.imports_archive import DEALER, TIERS
from inventory.imports_sales import PRODUCT
from inventory.models import DealerCredit, DealerReceipt, ProductPrice

GROUP = _("Products and stock")

add_reason("receipt_zero", _("An amount of 0.00 is no receipt."))
add_reason("receipt_says_why", _("A negative receipt undoes another: say in the note which and why."))
add_reason("in_future", _("The day is in the future."))


def check_receipts(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    """What the database refuses of a receipt, by its column."""
    amount = pl.col("amount").cast(pl.Float64)
    wrong = [(amount == 0, "amount", "receipt_zero")]
    if "note" in rows.columns:
        return [*wrong, ((amount < 0) & (pl.col("note").fill_null("") == ""), "note", "receipt_says_why")]
    return [*wrong, (amount < 0, "amount", "receipt_says_why")]


def enter_receipts(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Receipts are entered by whoever loads them; none is of a day that has not come."""
    late = good.filter(pl.col("received_on").cast(pl.String) > ctx.today.isoformat())
    ctx.reject([(row, "received_on", None, "in_future") for row in late["__row"]])
    by = ctx.user.pk if ctx.user else None
    return good.filter(~pl.col("__row").is_in(late["__row"].implode())).with_columns(
        entered_by=pl.lit(by, dtype=pl.Int64), entered_at=pl.lit(ctx.at.isoformat())
    )


register(
    spec.Kind(
        name="product_prices",
        everybody=True,
        label=_("Prices"),
        permission=Permission.IMPORT_MASTER_DATA,
        group=GROUP,
        model=lambda: ProductPrice,
        key=("product_code", "tier", "valid_from"),
        notes=_("What dealers pay for a piece from a day on. A price that is known stays: a new one has a new day."),
        columns=(
            spec.lookup("product_code", "产品编码", PRODUCT, field="product", required=True),
            spec.choice("tier", "渠道类型", TIERS, help=_("Blank for all tiers.")),
            spec.date("valid_from", "生效日期", required=True),
            spec.decimal("price", "单价（元）", digits=8, minimum=0, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="credit_limits",
        label=_("Credit limits"),
        permission=Permission.IMPORT_FINANCE,
        group=GROUP,
        model=lambda: DealerCredit,
        key=("dealer_code",),
        updates=True,
        columns=(
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.decimal("credit_limit", "赊销额度（元）", minimum=0, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="receipts",
        label=_("Receipts for cards"),
        permission=Permission.ENTER_RECEIPTS,
        group=GROUP,
        model=lambda: DealerReceipt,
        key=("bank_reference",),
        check=check_receipts,
        prepare=enter_receipts,
        keep=("entered_by", "entered_at"),
        notes=_("A bank's statement of a day: what is known by its bank reference is not entered twice."),
        columns=(
            spec.code("bank_reference", "银行流水号", length=60, required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.decimal("amount", "金额（元）", required=True),
            spec.date("received_on", "到账日期", required=True),
            spec.text("note", "备注", length=200, free=True),
        ),
    )
)

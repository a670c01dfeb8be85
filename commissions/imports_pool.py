"""Files about the pool: change requests and return ratios."""

from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.bulk import pool_round
from commissions.models import PoolChange, PoolRound, PoolRoundRow, ReturnRatio
from commissions.rules.pool import PATTERN
from core import sql
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import add_reason
from core.imports.registry import register
from core.transitions import record
from dealers.imports_archive import DEALER

GROUP = _("Commissions")

add_reason("not_zero", _("An amount of 0.00 changes nothing."))
add_reason("round", _("Not a payout round; write it like 2026H1, 2026H2 or 2026."))
add_reason("round_submitted", _("The round is submitted: its return ratios stay as they are until it is returned."))


def check_changes(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    return [(pl.col("amount").cast(pl.Float64) == 0, "amount", "not_zero")]


def enter_changes(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Requests are filed by whoever imports them and wait for another person."""
    by = ctx.user.pk if ctx.user else None
    return good.with_columns(
        filed_by=pl.lit(by, dtype=pl.Int64), filed_at=pl.lit(ctx.at.isoformat()), state=pl.lit("filed")
    )


def trace_changes(ctx: Context) -> None:
    """The history of a request begins with its filing."""
    for change in PoolChange.objects.filter(pk__in=_touched()):
        record(change, action="file", before="", after="filed", by=ctx.user, at=ctx.at, reason=change.reason)


def check_ratios(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    return [(~pl.col("round").str.contains(f"^{PATTERN.pattern}$"), "round", "round")]


def only_open_rounds(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Reject what would change the ratio of a dealer in a submitted round."""
    fixed = {
        (dealer, period): ratio
        for dealer, period, ratio in PoolRoundRow.objects.exclude(round__state="calculated")
        .filter(round__period__in=good["round"].unique().to_list())
        .values_list("dealer_id", "round__period", "ratio")
    }
    late = [
        row
        for row, dealer, period, ratio in good.select("__row", "dealer_code", "round", "ratio").rows()
        if (dealer, period) in fixed and fixed[dealer, period] != pl.Series([ratio]).cast(pl.Decimal(10, 4))[0]
    ]
    ctx.reject([(row, "round", None, "round_submitted") for row in late])
    return good.filter(~pl.col("__row").is_in(pl.Series(late, dtype=pl.Int64).implode()))


def take_ratios(ctx: Context) -> None:
    """Calculated rounds follow the decided ratios at once."""
    touched = ReturnRatio.objects.filter(pk__in=_touched())
    for round_ in PoolRound.objects.filter(
        state="calculated", period__in=touched.values("round"), rows__dealer__in=touched.values("dealer")
    ).distinct():
        pool_round.take_ratios(round_)


def _touched() -> list[Any]:
    return [row["id"] for row in sql.fetch_all("SELECT id FROM import_touched")]


register(
    spec.Kind(
        name="pool_changes",
        label=_("Pool change requests"),
        permission=Permission.FILE_POOL_CHANGES,
        group=GROUP,
        model=lambda: PoolChange,
        key=("reference",),
        track=True,
        check=check_changes,
        prepare=enter_changes,
        after=trace_changes,
        keep=("filed_by", "filed_at", "state"),
        notes=_("Each row enters as a request; another person approves it before it is posted."),
        columns=(
            spec.code("reference", "申请表编号", required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.decimal("amount", "金额（元）", required=True, help=_("Negative takes from the pool.")),
            spec.text("reason", "原因", length=200, free=True, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="return_ratios",
        label=_("Return ratios"),
        permission=Permission.DECIDE_RATIOS,
        group=GROUP,
        model=lambda: ReturnRatio,
        key=("dealer_code", "round"),
        updates=True,
        track=True,
        check=check_ratios,
        prepare=only_open_rounds,
        after=take_ratios,
        notes=_("Which part of its pool a dealer gets back in a payout round: 0 to 1, 1 where nothing is decided."),
        columns=(
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.code("round", "返还期", length=6, required=True, help="2026H1, 2026H2, 2026"),
            spec.decimal("ratio", "返还系数", places=4, digits=1, minimum=0, maximum=1, required=True),
        ),
    )
)

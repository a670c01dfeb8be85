"""Files about money: store subsidies, budgets and the policy file. Those about the pool: `imports_pool`."""

import datetime as dt
from typing import Any

import polars as pl
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.imports import UNIT
from accounts.roles import Permission
from commissions import imports_pool
from commissions.models import Adjustment, Budget, Subsidy
from commissions.rules import policy as policy_file
from commissions.rules.problems import PolicyInvalid
from commissions.rules.totals import ADJUSTMENT_SIGNS
from commissions.services import policy
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import ContentRefused, add_reason
from core.imports.registry import register
from dealers.imports import ends_before_start
from dealers.imports_archive import DEALER

GROUP = imports_pool.GROUP
KINDS = {"base": "基本酬金", "incentive": "激励酬金", "service": "服务酬金", "subsidy": "门店补贴"}
ADJUSTMENTS = {
    "audit_back_pay": "稽核补发",
    "delayed": "延迟发放",
    "policy_back_pay": "政策性补发",
    "other_back_pay": "其它补发",
    "audit_deduction": "稽核扣回",
    "real_name": "实名制扣罚",
    "terminal": "终端扣罚",
    "farming": "养卡扣罚",
}

add_reason("sign", _("The sign does not fit the type: back-pay is above zero, a deduction or penalty below."))


def load_policy(*, text: str, user: Any, at: dt.datetime, today: dt.date, publish: bool) -> dict[str, Any]:
    """Make a draft of a policy file, and publish it if wanted; what the command prints."""
    try:
        draft, outcome = policy.import_draft(data=policy_file.read_json(text), by=user)
    except PolicyInvalid as invalid:
        problems = [(problem.path, gettext(problem.message) % dict(problem.params)) for problem in invalid.problems]
        raise ContentRefused(problems) from invalid
    if publish and draft.state == "draft":
        draft = policy.publish(policy=draft, by=user, at=at, proposed=False)
    rules = draft.rules.count()
    counts = {"accepted": 0, "unchanged": rules} if outcome == "unchanged" else {"accepted": rules, "unchanged": 0}
    return {"rows": rules, **counts, "policy": draft.code, "state": draft.state}


register(
    spec.Kind(
        name="subsidies",
        label=_("Store subsidies"),
        permission=Permission.IMPORT_FINANCE,
        group=GROUP,
        model=lambda: Subsidy,
        key=("dealer_code", "valid_from"),
        updates=True,
        check=ends_before_start("valid_from", "valid_to"),
        columns=(
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.date("valid_from", "生效日期", required=True),
            spec.decimal("monthly_amount", "月补贴金额（元）", digits=8, minimum=0, required=True),
            spec.date("valid_to", "失效日期", help=_("The last day; blank while it is open.")),
            spec.decimal("min_score", "最低考核得分", digits=3, minimum=0, maximum=100),
        ),
    )
)


def check_signs(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    below = pl.col("type").is_in([name for name, sign in ADJUSTMENT_SIGNS.items() if sign < 0])
    fits = (pl.col("amount").str.starts_with("-") == below) & pl.col("amount").str.contains("[1-9]")
    return [(~fits, "amount", "sign")]


def approve_adjustments(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """What comes from a file counts as approved by whoever imports it."""
    at = pl.lit(ctx.at.isoformat())
    by = pl.lit(ctx.user.pk if ctx.user else None, dtype=pl.Int64)
    return good.with_columns(state=pl.lit("approved"), entered_at=at, approved_by=by, approved_at=at)


register(
    spec.Kind(
        name="adjustments",
        label=_("Adjustments"),
        permission=Permission.IMPORT_ADJUSTMENTS,
        group=GROUP,
        model=lambda: Adjustment,
        key=("reference",),
        check=check_signs,
        prepare=approve_adjustments,
        keep=("entered_at", "approved_by", "approved_at"),
        notes=_(
            "Imported adjustments count as approved by you. Back-pay is above zero, deductions and penalties are "
            "below. Each names the document that orders it."
        ),
        columns=(
            spec.code("reference", "调整单号", required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.month("month", "月份", required=True),
            spec.decimal("amount", "金额（元）", required=True),
            spec.choice("type", "调整类型", ADJUSTMENTS, required=True),
            spec.text("document_no", "文件编号", length=60, required=True),
            spec.text("document_name", "文件名称", length=120, required=True),
            spec.text("reason", "原因", length=200, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="budgets",
        label=_("Budgets"),
        permission=Permission.IMPORT_FINANCE,
        group=GROUP,
        model=lambda: Budget,
        key=("org_unit_code", "period", "kind"),
        updates=True,
        notes=_("Of a month (2026-09) or a year (2026), for one kind of commission or, if blank, for all."),
        columns=(
            spec.lookup("org_unit_code", "组织编码", UNIT, field="org_unit", required=True),
            spec.Column("period", "期间", "period", required=True),
            spec.choice("kind", "酬金类别", KINDS),
            spec.decimal("amount", "预算金额（元）", digits=12, minimum=0, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="commission_policy",
        label=_("Commission policy"),
        permission=Permission.EDIT_POLICIES,
        group=GROUP,
        json=True,
        load=load_policy,
        notes=_("A JSON file; it becomes a draft. Rules and format: docs/commissions.md."),
    )
)

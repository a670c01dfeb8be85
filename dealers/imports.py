"""Files about dealers: users (whose dealer is named here), agreements and figures of a dealer.

The archive and its histories are in `dealers/imports_archive.py`.
"""

from collections.abc import Callable

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.imports import UNIT
from accounts.models import User
from accounts.roles import Permission, Role
from core.imports import spec
from core.imports.context import Context
from core.imports.problems import add_reason
from core.imports.registry import register
from dealers import imports_archive
from dealers.imports_archive import DEALER, unit_of_dealer
from dealers.models import (
    Agreement,
    AssessmentScore,
    DealerAccount,
    DealerEnding,
    DealerSuspension,
    DealerUser,
    SitePlan,
)

ROLES = {
    "channel_manager": "渠道经理",
    "county_supervisor": "县分公司渠道主管",
    "city_manager": "市公司渠道管理",
    "finance_clerk": "财务经办",
    "finance_approver": "财务审批",
    "keeper": "仓管员",
    "auditor": "稽核员",
    "inspector": "暗访员",
    "dealer": "代理商",
    "administrator": "系统管理员",
}
CAUSES = {"not_renewed": "不续签", "banned": "取缔", "closed": "歇业", "own_wish": "主动退出"}
NO_PASSWORD = "!imported"  # noqa: S105 - marks a password that nobody can sign in with

add_reason("dealer_needed", _("A dealer's user needs a dealer_code."))
add_reason("dealer_unwanted", _("Only a user with the role dealer belongs to a dealer."))
add_reason("email", _("Not an e-mail address."))


def check_users(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    out = []
    if "dealer_code" in rows.columns:
        out.append((pl.col("dealer_code").is_not_null() & (pl.col("role") != Role.DEALER), "role", "dealer_unwanted"))
    if "email" in rows.columns:
        out.append((~pl.col("email").str.contains(r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), "email", "email"))
    return out


def prepare_users(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Set the dealer aside for `link_users`; new users cannot sign in before they get a password."""
    dealer = pl.col("dealer_code") if "dealer_code" in good.columns else pl.lit(None, dtype=pl.Int64)
    good = good.with_columns(dealer_code=dealer)
    lonely = good.filter((pl.col("role") == Role.DEALER) & pl.col("dealer_code").is_null())
    if lonely.height:
        names = lonely["username"].to_list()
        linked = DealerUser.objects.filter(user__username__in=names).values_list("user__username", flat=True)
        lonely = lonely.filter(~pl.col("username").is_in(list(linked)))
        ctx.reject([(row, "dealer_code", None, "dealer_needed") for row in lonely["__row"]])
        good = good.filter(~pl.col("__row").is_in(lonely["__row"].implode()))
    ctx.memory.setdefault("links", []).extend(good.drop_nulls("dealer_code").select("username", "dealer_code").rows())
    return good.drop("dealer_code").with_columns(password=pl.lit(NO_PASSWORD))


def link_users(ctx: Context) -> None:
    """Tie dealers' users to their dealers."""
    for username, dealer_id in ctx.memory.get("links", []):
        DealerUser.objects.update_or_create(user=User.objects.get(username=username), defaults={"dealer_id": dealer_id})


def ends_before_start(first: str, last: str) -> Callable[[pl.DataFrame], list[tuple[pl.Expr, str, str]]]:
    """The check that a span's end is not before its start."""

    def check(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
        return [(pl.col(last) < pl.col(first), last, "before_start")] if last in rows.columns else []

    return check


def enter_accounts(good: pl.DataFrame, ctx: Context) -> pl.DataFrame:
    """Accounts come in unverified, entered by whoever imports them."""
    by = ctx.user.pk if ctx.user else None
    return good.with_columns(
        entered_by=pl.lit(by, dtype=pl.Int64), entered_at=pl.lit(ctx.at.isoformat()), state=pl.lit("entered")
    )


GROUP = imports_archive.GROUP
dealer_code = imports_archive.dealer_code

register(
    spec.Kind(
        name="users",
        label=_("Users"),
        permission=Permission.IMPORT_ORGANISATION,
        group=_("Organisation"),
        model=lambda: User,
        key=("username",),
        updates=True,
        track=True,
        keep=("password",),
        guard="t.org_unit_id",
        prepare=prepare_users,
        check=check_users,
        after=link_users,
        notes=_("New users get their first password from an administrator."),
        columns=(
            spec.code("username", "用户名", length=60, required=True),
            spec.text("name", "姓名", length=60, required=True),
            spec.choice("role", "角色", ROLES, required=True),
            spec.lookup("org_unit_code", "组织编码", UNIT, field="org_unit", required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer"),
            spec.text("phone", "手机号码", length=20),
            spec.text("email", "电子邮箱", length=120),
        ),
    )
)

register(
    spec.Kind(
        name="dealer_endings",
        label=_("Endings of cooperation"),
        permission=Permission.IMPORT_DEALERS,
        group=GROUP,
        model=lambda: DealerEnding,
        key=("dealer_code", "ended_on"),
        track=True,
        after=imports_archive.refresh_histories,
        columns=(
            dealer_code(),
            spec.date("ended_on", "终止日期", required=True, help=_("The first day on which it is terminated.")),
            spec.choice("cause", "终止原因", CAUSES, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="dealer_suspensions",
        label=_("Suspensions"),
        permission=Permission.IMPORT_DEALERS,
        group=GROUP,
        model=lambda: DealerSuspension,
        key=("dealer_code", "from_date"),
        updates=True,
        track=True,
        check=ends_before_start("from_date", "to_date"),
        after=imports_archive.refresh_histories,
        columns=(
            dealer_code(),
            spec.date("from_date", "暂停开始日期", required=True),
            spec.date("to_date", "暂停结束日期", help=_("The last day; blank while it is open.")),
            spec.text("reason", "暂停原因", length=200, free=True, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="agreements",
        label=_("Agreements"),
        permission=Permission.IMPORT_DEALERS,
        group=GROUP,
        model=lambda: Agreement,
        key=("number",),
        updates=True,
        track=True,
        guard=unit_of_dealer("t"),
        check=ends_before_start("starts_on", "ends_on"),
        after=imports_archive.refresh_histories,
        notes=_("An agreement that starts after the dealer's ending contracts it again."),
        columns=(
            spec.code("number", "协议编号", length=40, required=True),
            dealer_code(),
            spec.date("starts_on", "开始日期", required=True),
            spec.date("ends_on", "结束日期", required=True, help=_("The last day of the term.")),
            spec.boolean("exclusive", "是否排他"),
            spec.integer("committed_sales_per_quarter", "季度承诺有效销量", minimum=0),
            spec.decimal("deposit", "保证金（元）", minimum=0),
        ),
    )
)

register(
    spec.Kind(
        name="site_plans",
        label=_("Planned stores"),
        permission=Permission.IMPORT_DEALERS,
        group=GROUP,
        model=lambda: SitePlan,
        key=("org_unit_code", "tier"),
        updates=True,
        guard="t.org_unit_id",
        notes=_("How many stores of a tier a grid or county should have."),
        columns=(
            spec.lookup("org_unit_code", "组织编码", UNIT, field="org_unit", required=True),
            spec.choice("tier", "渠道类型", imports_archive.TIERS, required=True),
            spec.integer("planned", "规划网点数", minimum=0, required=True),
        ),
    )
)

register(
    spec.Kind(
        name="accounts",
        label=_("Payment accounts"),
        permission=Permission.ENTER_ACCOUNTS,
        group=GROUP,
        model=lambda: DealerAccount,
        key=("dealer_code", "number"),
        prepare=enter_accounts,
        keep=("entered_by", "entered_at", "state"),
        notes=_("An account is paid to only after a second person has verified it."),
        columns=(
            dealer_code(),
            spec.serial("number", "银行账号", length=40, required=True),
            spec.text("bank", "开户银行", required=True),
            spec.text("holder", "户名", required=True),
        ),
    )
)

register(
    spec.Kind(
        name="assessment_scores",
        label=_("Assessment scores"),
        permission=Permission.IMPORT_FACTS,
        group=_("Facts of a month"),
        model=lambda: AssessmentScore,
        key=("dealer_code", "month"),
        updates=True,
        columns=(
            dealer_code(),
            spec.month("month", "月份", required=True),
            spec.decimal("score", "考核得分", digits=3, minimum=0, maximum=100, required=True),
        ),
    )
)

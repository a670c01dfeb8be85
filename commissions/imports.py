"""Files about money: store subsidies, budgets and the policy file."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.imports import UNIT
from accounts.roles import Permission
from commissions.models import Budget, Subsidy
from commissions.rules import policy as policy_file
from commissions.rules.problems import PolicyInvalid
from commissions.services import policy
from core.imports import spec
from core.imports.problems import ContentRefused
from core.imports.registry import register
from dealers.imports import ends_before_start
from dealers.imports_archive import DEALER

GROUP = _("Commissions")
KINDS = {"base": "基本酬金", "incentive": "激励酬金", "service": "服务酬金", "subsidy": "门店补贴"}


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

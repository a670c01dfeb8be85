"""Files about breaches: confirmed violations."""

import polars as pl
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.models import Violation
from core.imports import spec
from core.imports.problems import add_reason
from core.imports.registry import register
from dealers.imports_archive import DEALER

TYPES = {
    "exclusivity": "违反排他",
    "cross_region": "跨区销售",
    "false_business": "虚假业务",
    "packaging": "擅自包装政策",
    "misuse": "挪用资源",
    "real_name": "违反实名制",
    "service": "服务违规",
}

add_reason("confirmed_early", _("Confirmed before it occurred."))


def check_violations(rows: pl.DataFrame) -> list[tuple[pl.Expr, str, str]]:
    return [(pl.col("confirmed_on") < pl.col("occurred_on"), "confirmed_on", "confirmed_early")]


register(
    spec.Kind(
        name="violations",
        label=_("Violations"),
        permission=Permission.CONFIRM_VIOLATIONS,
        group=_("Violations"),
        model=lambda: Violation,
        key=("reference",),
        check=check_violations,
        notes=_("Confirmed violations; their penalty enters the dealer's next batch."),
        columns=(
            spec.code("reference", "违规单号", required=True),
            spec.lookup("dealer_code", "渠道编码", DEALER, field="dealer", required=True),
            spec.choice("type", "违规类型", TYPES, required=True),
            spec.date("occurred_on", "发生日期", required=True),
            spec.date("confirmed_on", "确认日期", required=True),
        ),
    )
)

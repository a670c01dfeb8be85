"""The effectiveness report as rows for people and files."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import OrgUnit
from dealers.models import Dealer
from dealers.states import ChainType
from reports.queries.effectiveness import Dimension, Report
from reports.rules.effectiveness import INDICATOR_STEP, INDICATORS, SCORE_STEP, Scored, rounded

INDICATOR_LABELS = {
    "revenue_per_100": gettext_lazy("Revenue per 100 yuan"),
    "developed": gettext_lazy("Users developed"),
    "churn_rate": gettext_lazy("Churn rate"),
    "active_rate": gettext_lazy("Active rate"),
    "arpu": gettext_lazy("ARPU"),
}
FILE_COLUMNS = (
    "group",
    "revenue_per_100",
    "developed",
    "churn_rate",
    "active_rate",
    "arpu",
    "arrears_share",
    "commission_per_user",
    "cooperation_months",
    "score",
    "rank",
)


@dataclass(frozen=True)
class Row:
    """A scored group: indicators with four decimals, score and contributions (`from_…`) with six or four."""

    group: str
    label: str
    rank: int
    score: Decimal
    revenue_per_100: Decimal
    developed: int
    churn_rate: Decimal
    active_rate: Decimal
    arpu: Decimal
    arrears_share: Decimal
    commission_per_user: Decimal
    cooperation_months: Decimal
    revenue: Decimal
    commission: Decimal
    from_revenue_per_100: Decimal
    from_developed: Decimal
    from_churn_rate: Decimal
    from_active_rate: Decimal
    from_arpu: Decimal
    url: str = ""

    def contribution(self, indicator: str) -> Decimal:
        """What `indicator` adds to the score."""
        return getattr(self, f"from_{indicator}")  # type: ignore[no-any-return]


def rows(report: Report) -> list[Row]:
    """All scored groups, best first."""
    names = labels(report.dimension, [one.group for one in report.result.groups])
    return [_row(one, names[one.group]) for one in report.result.groups]


def left_out(report: Report) -> list[tuple[str, str]]:
    """(group in words, why) of those without a score."""
    names = labels(report.dimension, [one.group for one in report.result.left_out])
    return [
        (names[one.group], _("nobody developed") if one.developed == 0 else _("no commission"))
        for one in report.result.left_out
    ]


def _row(one: Scored, label: str) -> Row:
    figures: dict[str, Any] = {
        **{name: rounded(getattr(one, name), INDICATOR_STEP) for name in FILE_COLUMNS[1:9] if name != "developed"},
        **{f"from_{name}": rounded(one.contributions[name], INDICATOR_STEP) for name in INDICATORS},
    }
    return Row(
        group=one.group,
        label=label,
        rank=one.rank,
        score=one.score,
        developed=one.developed,
        revenue=one.facts.revenue,
        commission=one.facts.commission,
        **figures,
    )


def labels(dimension: Dimension, groups: list[str]) -> dict[str, str]:
    """Groups in words."""
    if not groups:
        return {}
    if dimension == Dimension.COUNTY:
        names: dict[str, str] = dict(OrgUnit.objects.filter(code__in=groups).values_list("code", "name"))
    elif dimension == Dimension.DEALER:
        names = dict(Dealer.objects.filter(code__in=groups).values_list("code", "name"))
    elif dimension == Dimension.CHAIN_TYPE:
        names = {value: str(label) for value, label in ChainType.choices}
    else:
        names = {}
    return {group: names.get(group) or group or _("not stated") for group in groups}


def file_rows(report: Report) -> list[dict[str, Any]]:
    """The columns of the file as text: by group, indicators with four decimals, the score with six."""
    found = []
    for one in sorted(report.result.groups, key=lambda one: one.group):
        row: dict[str, Any] = {"group": one.group}
        for name in FILE_COLUMNS[1:9]:
            row[name] = one.developed if name == "developed" else f"{rounded(getattr(one, name), INDICATOR_STEP):f}"
        found.append(row | {"score": f"{rounded(one.score, SCORE_STEP):f}", "rank": one.rank})
    return found

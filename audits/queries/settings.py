"""The settings of visits and attention, read in one query."""

from dataclasses import dataclass
from decimal import Decimal

from constance.utils import get_values_for_keys

from audits.config import CONSTANCE
from audits.rules.score import PARTS
from audits.rules.visit_length import Length


@dataclass(frozen=True)
class VisitSettings:
    """Distances in metres, lengths in minutes, visits due per month by regime."""

    farthest: int
    edit_hours: int
    late_hours: int
    due_per_month: dict[str, int]
    lengths: dict[str, Length]


@dataclass(frozen=True)
class WeekSettings:
    """Days from Monday on which stores are visited, visits a day, visits due per month by regime."""

    days: int
    per_day: int
    due_per_month: dict[str, int]


@dataclass(frozen=True)
class AttentionSettings:
    """From when on something needs attention; `sales_drop` is a fraction."""

    violation_days: int
    sales_drop: Decimal
    due_per_month: dict[str, int]


@dataclass(frozen=True)
class CaseSettings:
    """From when on a case opens; `share` is a fraction."""

    share: Decimal
    least: int
    answer_days: int


def case_settings() -> CaseSettings:
    """What an administrator has set about cross-region cases."""
    values = _values()
    return CaseSettings(
        share=Decimal(values["CROSS_REGION_SHARE_PERCENT"]) / 100,
        least=values["CROSS_REGION_LEAST_RECORDS"],
        answer_days=values["CROSS_REGION_ANSWER_DAYS"],
    )


def score_weights() -> dict[str, int]:
    """The weight of each part of an assessment score."""
    values = _values()
    return {name: values[f"SCORE_WEIGHT_{name.upper()}"] for name in PARTS}


def risk_weights() -> dict[str, int]:
    """What adds how much to the weight of a store in a spot check."""
    values = _values()
    return {name: values[f"RISK_{name.upper()}"] for name in ("violation", "case", "finding", "low_score")}


def score_least() -> int:
    """How many per cent of the weights must be known for a score."""
    return int(_values()["SCORE_LEAST_PERCENT"])


def appeal_days() -> int:
    """In how many days a dealer can appeal."""
    return _values()["VIOLATION_APPEAL_DAYS"]


def visit_settings() -> VisitSettings:
    """What an administrator has set about visits."""
    values = _values()
    return VisitSettings(
        farthest=values["VISIT_MAX_DISTANCE_M"],
        edit_hours=values["VISIT_EDIT_HOURS"],
        late_hours=values["VISIT_LATE_HOURS"],
        due_per_month=_due(values),
        lengths={
            "authorised": Length(values["VISIT_AUTHORISED_MIN_MINUTES"], values["VISIT_AUTHORISED_MAX_MINUTES"]),
            "direct": Length(values["VISIT_DIRECT_MIN_MINUTES"], values["VISIT_DIRECT_MAX_MINUTES"]),
        },
    )


def week_settings() -> WeekSettings:
    """What an administrator has set about the drafted week."""
    values = _values()
    days = min(max(values["VISIT_DAYS_A_WEEK"], 1), 7)
    return WeekSettings(days=days, per_day=max(values["VISITS_PER_DAY"], 1), due_per_month=_due(values))


def attention_settings() -> AttentionSettings:
    """What an administrator has set about dealers that need attention."""
    values = _values()
    return AttentionSettings(
        violation_days=values["ATTENTION_VIOLATION_DAYS"],
        sales_drop=Decimal(values["ATTENTION_SALES_DROP_PERCENT"]) / 100,
        due_per_month=_due(values),
    )


def _values() -> dict[str, int]:
    return get_values_for_keys(list(CONSTANCE))


def _due(values: dict[str, int]) -> dict[str, int]:
    return {
        "authorised": values["VISITS_AUTHORISED_PER_MONTH"],
        "direct": values["VISITS_DIRECT_PER_MONTH"],
        "air_recharge": values["VISITS_AIR_RECHARGE_PER_MONTH"],
    }

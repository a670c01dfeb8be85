"""Thresholds that an administrator may change on the settings page: (default, help, type)."""

from django.utils.translation import gettext_lazy as _

CONSTANCE: dict[str, tuple[object, ...]] = {
    "VISIT_MAX_DISTANCE_M": (300, _("A visit further than this from the store, in metres, asks for a reason."), int),
    "VISIT_EDIT_HOURS": (24, _("Hours after check-out in which a visit can still be edited."), int),
    "VISIT_LATE_HOURS": (
        72,
        _("A visit begun without connection keeps the phone's times if it arrives within so many hours."),
        int,
    ),
    "VISITS_AUTHORISED_PER_MONTH": (4, _("Visits due to an authorised store in a month."), int),
    "VISITS_DIRECT_PER_MONTH": (2, _("Visits due to a direct-sale point in a month."), int),
    "VISITS_AIR_RECHARGE_PER_MONTH": (0, _("Visits due to an air-recharge point in a month."), int),
    "VISIT_AUTHORISED_MIN_MINUTES": (60, _("Shortest routine visit to an authorised store, in minutes."), int),
    "VISIT_AUTHORISED_MAX_MINUTES": (120, _("Longest routine visit to an authorised store, in minutes."), int),
    "VISIT_DIRECT_MIN_MINUTES": (15, _("Shortest routine visit to a direct-sale point, in minutes."), int),
    "VISIT_DIRECT_MAX_MINUTES": (30, _("Longest routine visit to a direct-sale point, in minutes."), int),
    "VISITS_PER_DAY": (8, _("Visits that a channel manager's drafted week puts on one day at most."), int),
    "VISIT_DAYS_A_WEEK": (5, _("Days from Monday on which the drafted week puts visits."), int),
    "ATTENTION_SALES_DROP_PERCENT": (
        30,
        _("A dealer needs attention whose sales fell by this much from one full month to the next, in per cent."),
        int,
    ),
    "CROSS_REGION_SHARE_PERCENT": (
        10,
        _("A case opens from this share of a dealer's activations of a month in other counties, in per cent."),
        int,
    ),
    "CROSS_REGION_LEAST_RECORDS": (5, _("And from this number of such activations."), int),
    "CROSS_REGION_ANSWER_DAYS": (5, _("Days in which the dealer can answer in a cross-region case."), int),
    "SCORE_WEIGHT_CHECKLIST": (40, _("Weight of the checklists in the assessment score."), int),
    "SCORE_WEIGHT_SALES": (30, _("Weight of sales against target in the assessment score."), int),
    "SCORE_WEIGHT_TRAINING": (10, _("Weight of training in the assessment score."), int),
    "SCORE_WEIGHT_COMPLAINTS": (10, _("Weight of complaints in the assessment score."), int),
    "SCORE_WEIGHT_QUALITY": (10, _("Weight of data quality in the assessment score."), int),
    "SCORE_LEAST_PERCENT": (
        50,
        _("A dealer has an assessment score if what is known of it has so many per cent of the weights."),
        int,
    ),
    "RISK_VIOLATION": (
        3,
        _("What each violation of the last year adds to the weight of a store in a spot check."),
        int,
    ),
    "RISK_CASE": (2, _("What each cross-region case of the last year adds to it."), int),
    "RISK_FINDING": (1, _("What each open finding adds to it."), int),
    "RISK_LOW_SCORE": (2, _("What checklist scores below 80 on average in the last 90 days, or none, add to it."), int),
    "VIOLATION_APPEAL_DAYS": (5, _("Days in which a dealer can appeal against a notice of violation."), int),
    "ATTENTION_VIOLATION_DAYS": (90, _("Days for which a confirmed violation keeps a dealer under attention."), int),
}

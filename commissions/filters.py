"""Filters of the commission lists. The batch is fixed by the address, so choices come from it."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.checks import CHECKS
from commissions.models import CommissionLine, PoolAccount, SettlementBatch, Statement, UnpricedRecord
from core import ledgers
from core.models import LedgerCheck, LedgerFinding
from dealers import states as dealer_states
from dealers.models import DealerAccount
from dealers.models.tiers import BusinessType

YES_NO = [("1", _("yes")), ("0", _("no"))]


def _dealer_text(rows: QuerySet, path: str, value: str) -> QuerySet:
    value = value.replace("\x00", "").strip()
    if not value:
        return rows
    return rows.filter(
        Q(**{f"{path}__code__istartswith": value})
        | Q(**{f"{path}__name__icontains": value})
        | Q(**{f"{path}__pinyin__icontains": value.lower()})
    )


class DealerTextFilter(django_filters.FilterSet):
    """Base: `dealer` finds by code, name or pinyin initials along `dealer_path`."""

    dealer_path = "dealer"
    dealer = django_filters.CharFilter(label=_("Dealer: code, name or pinyin"), method="by_dealer")

    def by_dealer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return _dealer_text(rows, self.dealer_path, value)


class BatchFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=states.BATCH.choices)
    period = django_filters.CharFilter(label=_("Month (2026-09)"), method="by_period")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=SettlementBatch.Kind.choices)

    class Meta:
        model = SettlementBatch
        fields = ("state", "period", "kind")

    def by_period(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(period=value.strip()[:8].replace("\x00", ""))


class BatchStatementFilter(DealerTextFilter):
    result = django_filters.ChoiceFilter(
        label=_("Result"),
        method="by_result",
        choices=[
            ("paid", _("is paid something")),
            ("carried", _("carries a debt over")),
            ("withheld", _("has something withheld")),
            ("deducted", _("has a deduction, penalty or clawback")),
            ("nothing", _("gets nothing")),
        ],
    )
    compared = django_filters.ChoiceFilter(
        label=_("Against last month"),
        method="by_change",
        choices=[
            ("more", _("more than last month")),
            ("less", _("less than last month")),
            ("new", _("new this month")),
        ],
    )
    check = django_filters.ChoiceFilter(
        label=_("Check"), method="by_check", choices=[(code, check.label) for code, check in CHECKS.items()]
    )

    class Meta:
        model = Statement
        fields = ("dealer", "result", "compared", "check")

    def by_result(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        chosen = {
            "paid": Q(paid__gt=0),
            "carried": Q(carried_out__lt=0),
            "withheld": ~Q(withheld=0),
            "deducted": Q(deduction__gt=0) | Q(penalty__gt=0) | ~Q(clawback=0),
            "nothing": Q(paid=0),
        }
        return rows.filter(chosen[value])

    def by_change(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        chosen = {
            "more": Q(difference__gt=0),
            "less": Q(difference__lt=0),
            "new": Q(paid_before__isnull=True),
        }
        return rows.filter(chosen[value])

    def by_check(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The dealers that a check of the batch names."""
        checks = getattr(self, "checks", [])
        codes = [code for check in checks if check.get("code") == value for code in check.get("dealers", [])]
        return rows.filter(dealer__code__in=codes)


class LineFilter(django_filters.FilterSet):
    """`rule` takes a code; `product` an id, which the group links of a statement set."""

    line_type = django_filters.ChoiceFilter(label=_("Type"), choices=states.LineType.choices)
    kind = django_filters.ChoiceFilter(label=_("Commission kind"), choices=states.Kind.choices)
    withheld = django_filters.ChoiceFilter(
        label=_("Withheld"), method="by_withheld", choices=[("1", _("withheld only")), ("0", _("paid only"))]
    )
    business_type = django_filters.ChoiceFilter(
        label=_("Business"), field_name="record__business_type", choices=BusinessType.choices
    )
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=states.Reason.choices)
    event = django_filters.CharFilter(label=_("Event number or number"), method="by_event")
    product = django_filters.NumberFilter(label=_("Product"), field_name="record__product_id")

    class Meta:
        model = CommissionLine
        fields = ("line_type", "kind", "withheld", "business_type", "reason", "event", "product")

    def by_withheld(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.exclude(withheld=0) if value == "1" else rows.filter(withheld=0)

    def by_event(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        value = value.replace("\x00", "").strip()
        return rows.filter(Q(record__event_no=value) | Q(record__msisdn=value) | Q(record__subscriber_no=value))


class BatchLineFilter(LineFilter):
    dealer = django_filters.CharFilter(label=_("Dealer: code, name or pinyin"), method="by_dealer")
    rule = django_filters.CharFilter(label=_("Rule code"), field_name="rule__code")
    product = django_filters.CharFilter(label=_("Product: code or name"), method="by_product")

    class Meta(LineFilter.Meta):
        fields = ("dealer", "line_type", "kind", "business_type", "rule", "reason", "withheld", "event", "product")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = self._meta.fields
        self.filters = type(self.filters)((name, self.filters[name]) for name in order)

    def by_dealer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return _dealer_text(rows, "dealer", value)

    def by_product(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        value = value.strip()
        return rows.filter(Q(record__product__code=value) | Q(record__product__name__icontains=value))


class UnpricedFilter(django_filters.FilterSet):
    reason = django_filters.ChoiceFilter(label=_("Why"), choices=states.Unpriced.choices)
    business_type = django_filters.ChoiceFilter(
        label=_("Business"), field_name="record__business_type", choices=BusinessType.choices
    )
    dealer = django_filters.CharFilter(label=_("Dealer: code, name or pinyin"), method="by_dealer")

    class Meta:
        model = UnpricedRecord
        fields = ("reason", "business_type", "dealer")

    def by_dealer(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return _dealer_text(rows, "record__seller", value)


class StatementFilter(DealerTextFilter):
    month = django_filters.CharFilter(label=_("Month (2026-09)"), method="by_month")
    state = django_filters.ChoiceFilter(
        label=_("State"), field_name="batch__state", choices=[one for one in states.BATCH.choices if one[0] != "void"]
    )
    confirmed = django_filters.ChoiceFilter(label=_("Confirmed"), method="by_confirmed", choices=YES_NO)

    class Meta:
        model = Statement
        fields = ("dealer", "month", "state", "confirmed")

    def by_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(batch__period=value.strip()[:8].replace("\x00", ""))

    def by_confirmed(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(confirmation__isnull=value == "0")


class OwnStatementFilter(django_filters.FilterSet):
    """A dealer has few statements: nothing but whether they are confirmed."""

    confirmed = django_filters.ChoiceFilter(label=_("Confirmed"), method="by_confirmed", choices=YES_NO)

    class Meta:
        model = Statement
        fields = ("confirmed",)

    def by_confirmed(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(confirmation__isnull=value == "0")


class AccountFilter(DealerTextFilter):
    state = django_filters.ChoiceFilter(label=_("State"), choices=dealer_states.ACCOUNT.choices)

    class Meta:
        model = DealerAccount
        fields = ("dealer", "state")


class PoolFilter(DealerTextFilter):
    stage = django_filters.ChoiceFilter(
        label=_("Life-cycle stage"), field_name="dealer__stage", choices=dealer_states.LIFE_CYCLE.choices
    )

    class Meta:
        model = PoolAccount
        fields = ("dealer", "stage")


class LedgerCheckFilter(django_filters.FilterSet):
    held = django_filters.ChoiceFilter(
        label=_("Outcome"), choices=[("true", _("Everything holds")), ("false", _("Broken"))]
    )
    cause = django_filters.ChoiceFilter(label=_("Cause"), choices=LedgerCheck.Cause.choices)
    since = django_filters.DateFilter(
        label=_("From"), field_name="finished_at", lookup_expr="date__gte", widget=DateInput({"type": "date"})
    )
    until = django_filters.DateFilter(
        label=_("To"), field_name="finished_at", lookup_expr="date__lte", widget=DateInput({"type": "date"})
    )

    class Meta:
        model = LedgerCheck
        fields = ("held", "cause")


class LedgerFindingFilter(django_filters.FilterSet):
    check_code = django_filters.ChoiceFilter(
        label=_("What should hold"),
        choices=lambda: [(code, check.label) for code, check in ledgers.checks().items()],
    )
    what = django_filters.CharFilter(label=_("What"), lookup_expr="icontains")

    class Meta:
        model = LedgerFinding
        fields = ("check_code", "what")

"""Filters of adjustments, false sales and disputes."""

import django_filters
from django.db.models import QuerySet
from django.forms import DateInput
from django.utils.translation import gettext_lazy as _

from commissions import states
from commissions.filters import YES_NO, DealerTextFilter
from commissions.models import Adjustment, Dispute
from core import clock
from core.api.filters import MonthFilter
from inventory.models import FalseSale


class AdjustmentFilter(DealerTextFilter):
    """`document` finds by number or name of the document."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=states.ADJUSTMENT.choices)
    type = django_filters.ChoiceFilter(label=_("Type"), choices=Adjustment.Type.choices)
    month = MonthFilter(label=_("Month (2026-09)"))
    document = django_filters.CharFilter(label=_("Document: number or name"), method="by_document")
    reference = django_filters.CharFilter(label=_("Adjustment number"), lookup_expr="istartswith")

    class Meta:
        model = Adjustment
        fields = ("state", "dealer", "type", "month", "document", "reference")

    def by_document(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(document_no__icontains=value) | rows.filter(document_name__icontains=value)


class DisputeFilter(DealerTextFilter):
    """`overdue` keeps those whose deadline is over."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=states.DISPUTE.choices)
    overdue = django_filters.ChoiceFilter(label=_("Overdue"), method="by_overdue", choices=YES_NO)
    month = MonthFilter(label=_("Month (2026-09)"), field_name="statement__batch__month")
    number = django_filters.CharFilter(label=_("Dispute number"), lookup_expr="istartswith")

    class Meta:
        model = Dispute
        fields = ("state", "dealer", "overdue", "month", "number")

    def by_overdue(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        today = clock.today()
        return rows.filter(due_on__lt=today) if value == "1" else rows.exclude(due_on__lt=today)


class FalseSaleFilter(DealerTextFilter):
    dealer_path = "record__seller"
    cause = django_filters.ChoiceFilter(label=_("Reason"), choices=FalseSale.Cause.choices)
    since = django_filters.DateFilter(
        label=_("Confirmed from"),
        field_name="confirmed_on",
        lookup_expr="gte",
        widget=DateInput(attrs={"type": "date"}),
    )
    until = django_filters.DateFilter(
        label=_("Confirmed until"),
        field_name="confirmed_on",
        lookup_expr="lte",
        widget=DateInput(attrs={"type": "date"}),
    )
    event_no = django_filters.CharFilter(label=_("Event number"), field_name="record__event_no")

    class Meta:
        model = FalseSale
        fields = ("dealer", "cause", "since", "until", "event_no")

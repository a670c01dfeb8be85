"""Parts of a dealer's page: sales trend and visits."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Permission
from audits.queries import dealer_sales, due, visits
from core.charts import Chart, Series
from core.clock import today
from core.views import Crumb, PortalPage, one_or_404
from dealers.models.tiers import BusinessType
from dealers.queries import archive

SHOWN = 8


class DealerPart(PortalPage):
    """A part of a dealer's page; opened by itself it is a page of its own."""

    area = "dealers"
    part = ""

    @cached_property
    def dealer(self) -> Any:
        return one_or_404(archive.dealers(user=self.request.user), pk=self.kwargs["pk"])

    def get_breadcrumbs(self) -> tuple[Crumb, ...]:
        url = reverse("dealers:detail", args=[self.dealer.pk])
        return (Crumb(gettext_lazy("Dealers"), reverse("dealers:list")), Crumb(self.dealer.name, url))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.template_name = self.part if request.headers.get("HX-Request") else "dealers/part.html"
        return self.render(part=self.part, dealer=self.dealer)


class DealerSales(DealerPart):
    """Sales of twelve months by business type."""

    permission = Permission.VIEW_DEALERS
    title = gettext_lazy("Sales")
    part = "audits/dealer_sales.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        trend = dealer_sales.trend(dealer=self.dealer, day=today())
        chart = Chart(
            key=f"sales-{self.dealer.pk}",
            title=_("Sales records by month"),
            kind="stacked",
            categories=[str(month) for month in trend.months],
            category_label=_("Month"),
            series=[Series(BusinessType(one).label, counts) for one, counts in trend.by_type.items()],
            height="low",
        )
        this, last, before = trend.totals[-1], trend.totals[-2], trend.totals[-3]
        return super().get_context(chart=chart, this=this, last=last, before=before, change=last - before, **context)


class DealerVisits(DealerPart):
    """The newest visits, open findings and violations."""

    permission = Permission.VIEW_VISITS
    title = gettext_lazy("Visits")
    part = "audits/dealer_visits.html"

    def get_context(self, **context: Any) -> dict[str, Any]:
        user, dealer = self.request.user, self.dealer
        return super().get_context(
            progress=due.progress(dealer=dealer, day=today()),
            visits=list(visits.of_dealer(user=user, dealer=dealer)[:SHOWN]),
            findings=list(visits.findings(user=user).filter(dealer=dealer, state="open").order_by("-found_at")[:SHOWN]),
            violations=list(visits.violations(user=user).filter(dealer=dealer).order_by("-confirmed_on")[:SHOWN]),
            all_url=f"{reverse('audits:visits')}?whose=all&text={dealer.code}",
            **context,
        )

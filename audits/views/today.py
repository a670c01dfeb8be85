from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.queries import due, visits, weeks
from audits.views.common import LIST
from core.clock import today
from core.views import PortalMixin
from dealers.models import Dealer

SHOWN = 30
IN_PANEL = 5


class Today(PortalMixin):
    """A manager's day: where he is, where he was, and who needs a visit most."""

    permission = Permission.LOG_VISITS
    title = _("Visits today")
    area = "audits"
    breadcrumbs = (LIST,)
    template_name = "audits/today.html"
    limit = SHOWN
    with_plan = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user, day = request.user, today()
        return self.render(
            day=day,
            has_dealers=Dealer.objects.visible_to(user).filter(manager=user).exists(),
            inside=list(visits.own_open(user=user)),
            done=[visit for visit in visits.own_on(user=user, day=day) if visit.state == "done"],
            planned=list(weeks.planned(user, manager=user, first=day, last=day)) if self.with_plan else [],
            waiting=list(due.to_visit(manager=user, day=day, limit=self.limit)),
        )


class TodayPanel(Today):
    """The same in short, for the first page."""

    template_name = "audits/today_panel.html"
    limit = IN_PANEL
    with_plan = False


class CoveragePanel(PortalMixin):
    """How far each channel manager has come with the visits of this month."""

    permission = Permission.ASSIGN_MANAGERS
    title = _("Visits this month")
    area = "audits"
    breadcrumbs = (LIST,)
    template_name = "audits/coverage_page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = due.coverage(user=request.user, unit=getattr(request, "unit", None), day=today())
        template = "audits/coverage.html" if request.headers.get("HX-Request") else ""
        return self.render(template, rows=rows)

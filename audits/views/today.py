from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from audits.queries import due, visits
from audits.views.common import LIST
from core.clock import today
from core.views import PortalMixin

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

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user, day = request.user, today()
        return self.render(
            day=day,
            inside=list(visits.own_open(user=user)),
            done=[visit for visit in visits.own_on(user=user, day=day) if visit.state == "done"],
            waiting=list(due.to_visit(manager=user, day=day, limit=self.limit)),
        )


class TodayPanel(Today):
    """The same in short, for the first page."""

    template_name = "audits/today_panel.html"
    limit = IN_PANEL

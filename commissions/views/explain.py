"""Why one line is what it is: in place by htmx, or a page of its own."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext

from accounts.roles import Permission
from commissions import tables
from commissions.models import CommissionLine
from commissions.queries import lines
from commissions.queries.explain import explain_line
from commissions.views.common import AREA
from core.views import Crumb, PortalMixin, is_htmx


class ExplainLine(PortalMixin):
    """One line's reason in words and numbers."""

    permission = Permission.VIEW_STATEMENTS
    area = AREA
    template_name = "commissions/explain.html"

    @cached_property
    def line(self) -> CommissionLine:
        found = lines.one_visible(self.kwargs["pk"], self.request.user)
        if found is None:
            raise Http404
        return found

    def get_title(self) -> str:
        return gettext("Why this amount: %(what)s") % {"what": tables.line_title(self.line)}

    def get_breadcrumbs(self) -> list[Crumb]:
        title = gettext("Statement of %(period)s") % {"period": self.line.batch.period}
        return [Crumb(title, tables.statement_url(lines.statement_of(self.line)))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        template = "commissions/explain_part.html" if is_htmx(request) else ""
        return self.render(template, line=self.line, explanation=explain_line(self.line))

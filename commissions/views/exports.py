"""Files of a period as other systems read them: lines, statements, pool ledgers."""

import tempfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions.queries import batches
from commissions.services import exports as service
from commissions.views.common import AREA, period_of, periods_around
from core import clock
from core.periods import InvalidPeriod, parse_period
from core.views import Crumb, PortalMixin, PortalPage


class Files(PortalPage):
    """The downloads of a period."""

    permission = Permission.VIEW_BATCHES
    area = AREA
    title = _("Files of a period")
    template_name = "commissions/files.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Settlement batches"), reverse("commissions:batches"))]

    def get_context(self, **context: Any) -> dict[str, Any]:
        period = period_of(self.request)
        found = batches.overview(self.request.user, period)
        return super().get_context(
            **periods_around(period, clock.today()),
            batches=len(found.batches),
            lines=sum(batch.lines for batch in found.batches),
            statements=sum(batch.dealers for batch in found.batches),
            **context,
        )


class File(PortalMixin):
    """One file, written while it is sent."""

    permission = Permission.VIEW_BATCHES
    area = AREA

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            period = parse_period(self.kwargs["period"])
        except InvalidPeriod as error:
            raise Http404 from error
        user = request.user
        writers: dict[str, Callable[[Any], Any]] = {
            "lines": lambda out: service.write_lines(period=str(period), out=out, user=user),
            "statements": lambda out: service.write_statements(period=str(period), out=out, user=user),
        }
        name = self.kwargs["name"]
        return _download(f"{name}-{period}.csv", writers[name])


class PoolFile(PortalMixin):
    """The whole pool ledger of the dealers in the user's scope."""

    permission = Permission.VIEW_POOL
    area = AREA

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _download("pool.csv", lambda out: service.write_pool(out=out, user=request.user))


def _download(name: str, write: Callable[[Any], Any]) -> FileResponse:
    """The file that `write(out)` writes: on disk first, so that memory does not grow with it."""
    file = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115 - closed by the response
    write(file)
    file.seek(0)
    answer = FileResponse(file, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer

"""Jobs: the tray at the top, one job's page, and the part of it that refreshes."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from core.context_processors import tray
from core.models import Job
from core.tables import Column, Table
from core.views.base import ANYONE_SIGNED_IN, Crumb, PortalMixin, one_or_404
from core.views.lists import PortalListView

JOBS = Table(
    Column("label", _("Job"), value=str, link=lambda job: reverse("core:job", args=[job.pk]), card="title"),
    Column("state", _("State"), kind="badge", states=Job.machine, sort=True, card="state"),
    Column("percent", _("Done %"), kind="number", card="fact"),
    Column("created_at", _("Asked for"), kind="datetime", sort=True, card="fact"),
    Column("finished_at", _("Finished"), kind="datetime", sort=True, card="fact"),
    sort="-created_at",
)


class JobList(PortalListView):
    """The user's own jobs."""

    permission = ANYONE_SIGNED_IN
    title = _("My jobs")
    area = "system"
    table = JOBS
    follows_unit = False
    empty_text = _("No jobs yet. Imports, settlements and large exports appear here with their progress.")

    def get_rows(self, user: Any) -> Any:
        return Job.objects.visible_to(user)


class _OneJob(PortalMixin):
    permission = ANYONE_SIGNED_IN
    area = "system"

    @cached_property
    def job(self) -> Job:
        return one_or_404(Job.objects.visible_to(self.request.user), pk=self.kwargs["pk"])


class JobPage(_OneJob):
    """One job: progress while it runs, result or error afterwards."""

    template_name = "portal/job.html"

    def get_title(self) -> str:
        return str(self.job)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("My jobs"), reverse("core:jobs"))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        result = self.job.result if isinstance(self.job.result, dict) else {}
        url = str(result.get("url", ""))
        local = url_has_allowed_host_and_scheme(url, None)
        return self.render(job=self.job, result_url=url if local else "")


class JobProgress(_OneJob):
    """The progress bar alone; asks again every two seconds while the job is active, then reloads its page."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = self.render("components/progress_fragment.html", job=self.job)
        if not self.job.active:
            response["HX-Refresh"] = "true"
        return response


class JobTray(PortalMixin):
    """The jobs menu of the top bar."""

    permission = ANYONE_SIGNED_IN

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.render("components/tray.html", tray=tray(request.user))

"""Whether the books hold: every check that was made, what the last one looked at, what is broken."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters, tables, tasks
from commissions.queries import ledger_checks
from commissions.views.common import AREA
from core.models import LedgerCheck
from core.views import Action, Crumb, PortalListView, one_or_404
from core.views.base import PortalMixin


class LedgerChecks(PortalListView):
    """Every check of the books, newest first; above it when they last held."""

    permission = Permission.VIEW_LEDGERS
    area = AREA
    title = _("Ledger checks")
    table = tables.LEDGER_CHECKS
    filterset_class = filters.LedgerCheckFilter
    template_name = "commissions/ledger_checks.html"
    follows_unit = False
    empty_text = _("The books have not been checked yet. That happens every night, after a restore, and when you ask.")

    def get_rows(self, user: Any) -> Any:
        return LedgerCheck.objects.visible_to(user).select_related("by")

    def get_primary_action(self) -> Action:
        return Action(
            _("Check now"), reverse("commissions:ledger_check_now"), Permission.VIEW_LEDGERS, post=True, style="primary"
        )

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(last=ledger_checks.last(), held=ledger_checks.last_held(), **context)


class LedgerCheckPage(PortalListView):
    """One check: what was looked at, and what of the user's scope did not hold."""

    permission = Permission.VIEW_LEDGERS
    area = AREA
    table = tables.LEDGER_FINDINGS
    filterset_class = filters.LedgerFindingFilter
    template_name = "commissions/ledger_check.html"
    name = "findings"
    follows_unit = False
    empty_text = _("Nothing in your unit is broken.")

    @cached_property
    def check(self) -> LedgerCheck:
        return one_or_404(LedgerCheck.objects.visible_to(self.request.user), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(_("Ledger check %(number)s")) % {"number": self.check.pk}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Ledger checks"), reverse("commissions:ledger_checks"))]

    def get_rows(self, user: Any) -> Any:
        return ledger_checks.findings(self.check, user)

    def get_context(self, **context: Any) -> dict[str, Any]:
        rows = ledger_checks.by_check(self.check, self.request.user)
        return super().get_context(check=self.check, checks=rows, **context)


class CheckNow(PortalMixin):
    """Asks for a check, as a job; somebody else's that is under way is enough."""

    permission = Permission.VIEW_LEDGERS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        job = tasks.start_ledger_check(by=request.user)
        if job.owner_id == request.user.pk:
            return self.go(reverse("core:job", args=[job.pk]))
        messages.info(request, str(_("A check is under way already; its outcome will stand here.")))
        return self.go(reverse("commissions:ledger_checks"))

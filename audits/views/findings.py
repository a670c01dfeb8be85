"""What a visit found wrong."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audits.forms import FindingForm
from audits.queries import rectifications
from audits.queries import visits as queries
from audits.services import guard
from audits.services import visit as visits
from audits.views.common import OfVisit
from core.clock import now
from core.errors import Refused
from core.views import PortalActionView


class FindingStep(OfVisit):
    """The findings so far, and a form for one more."""

    template_name = "audits/findings.html"
    step = "findings"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_editable()
        return self.render(form=FindingForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = FindingForm(request.POST)
        if form.is_valid():
            try:
                visits.add_finding(visit=self.visit, **form.cleaned_data, by=request.user, at=now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return self.go(request.path)
        return self.render(form=form, status=422)

    def get_context(self, **context: Any) -> dict[str, Any]:
        return super().get_context(
            findings=self.findings,
            under_way=list(rectifications.under_way(self.request.user, dealer=self.visit.dealer)),
            next_url=reverse("audits:visit-check-out", args=[self.visit.pk]),
            **context,
        )


class WithdrawFinding(PortalActionView):
    """Take a finding back that was none."""

    permission = guard.MAKES_VISITS
    title = _("Withdraw the finding")
    area = "audits"
    needs_reason = True
    success_message = _("The finding is withdrawn.")

    def get_rows(self, user: Any) -> Any:
        return queries.findings(user=user)

    def get_back_url(self) -> str:
        return reverse("audits:visit-findings", args=[self.object.visit_id])

    def perform(self, *, form: Any) -> str | None:
        visits.withdraw_finding(finding=self.object, by=self.request.user, at=now(), reason=form.cleaned_data["reason"])
        return None

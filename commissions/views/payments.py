"""Payments of a batch: look at the file, export it, record what became of it."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission as P
from commissions import forms, payment_file, states, tables
from commissions.models import SettlementBatch
from commissions.queries import offers, payments
from commissions.services import payments as service
from commissions.views.batch import tabs
from commissions.views.common import AREA, OfBatch, batch_url
from core import clock, exports
from core.errors import Refused
from core.money import ZERO
from core.views import Crumb, PortalFormView, PortalListView, PortalMixin

SALT = "commissions.payment-results"


class BatchPayments(OfBatch, PortalListView):
    """What is to be paid and why some of it is held; then every attempt with its result."""

    permission = P.VIEW_BATCHES
    table = tables.PAYMENTS
    template_name = "commissions/payments.html"
    name = "payments"
    follows_unit = False
    empty_text = _("No payment has been issued yet.")

    def get_title(self) -> str:
        return f"{self.batch} · {gettext('Payments')}"

    def get_rows(self, user: Any) -> Any:
        return payments.of_batch(self.batch)

    def get_context(self, **context: Any) -> dict[str, Any]:
        batch = self.batch
        frozen = batch.state in states.FROZEN
        due = service.preview(batch=batch) if frozen and batch.state != "paid" else []
        held = [row for row in due if row.hold_reason]
        ready = [row for row in due if not row.hold_reason]
        offer = next((one for one in offers.offers(batch, self.request.user) if one.action == "pay"), None)
        return super().get_context(
            tabs=tabs(batch, "batch_payments"),
            state=SettlementBatch.machine.state(batch.state),
            frozen=frozen,
            ready=ready,
            ready_sum=sum((row.amount for row in ready), ZERO),
            held=held,
            held_sum=sum((row.amount for row in held), ZERO),
            counts=payments.counts(batch),
            offer=offer,
            next_step=offers.next_step(batch),
            **context,
        )


class PaymentFile(OfBatch, PortalMixin):
    """POST issues the payments and answers with the file: the batch is paying from then on."""

    permission = P.PAY_BATCHES
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        as_ = request.POST.get("as", "xlsx")
        if as_ not in ("xlsx", "csv"):
            as_ = "xlsx"
        rows = service.export(batch=self.batch, by=request.user, at=clock.now())
        return exports.response(gettext("Payments %(number)s") % {"number": self.batch.number}, payment_file.sheet(rows), as_=as_)

    def get_back_url(self) -> str:
        return batch_url(self.batch, "batch_payments")


class PaymentResults(PortalFormView):
    """Upload a result file; what it says is shown before it is recorded."""

    permission = P.PAY_BATCHES
    area = AREA
    title = _("Record the results of payments")
    form_class = forms.PaymentResultsForm
    template_name = "commissions/payment_results.html"
    submit_label = _("Check the file")

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Settlement batches"), reverse("commissions:batches"))]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.POST.get("checked"):
            return self.record(request)
        form = self.get_form(data=request.POST, files=request.FILES)
        if not form.is_valid():
            return self.render(form=form, status=422)
        rows = form.cleaned_data["file"]
        found = payments.look_up(rows, request.user)
        return self.render(
            form=form,
            found=found,
            checked=signing.dumps(rows, salt=SALT, compress=True),
            ok=sum(one.result == "ok" and not one.problem for one in found),
            failed=sum(one.result == "failed" and not one.problem for one in found),
            problems=sum(bool(one.problem) for one in found),
        )

    def record(self, request: HttpRequest) -> HttpResponseBase:
        try:
            rows = signing.loads(request.POST["checked"], salt=SALT, max_age=24 * 3600)
        except signing.BadSignature:
            messages.error(request, gettext("The checked file is too old. Upload it again."))
            return self.go(request.path)
        try:
            counts = service.record(rows=rows, by=request.user, at=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal.message))
            return self.go(request.path)
        messages.success(
            request,
            gettext("Recorded: %(ok)s paid, %(failed)s failed.")
            % {"ok": counts.get("ok", 0), "failed": counts.get("failed", 0)},
        )
        return self.go(payments.url_after(rows, request.user))

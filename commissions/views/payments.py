"""Payments of a batch: look at the file, export it, record what became of it."""

from datetime import datetime
from functools import cached_property
from typing import Any

import structlog
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import forms, payment_file, states, tables
from commissions.models import SettlementBatch
from commissions.queries import offers, payments
from commissions.services import payments as service
from commissions.services import pool_payments
from commissions.views.batch import tabs
from commissions.views.common import AREA, OfBatch, batch_url
from core import clock, exports
from core.errors import Refused
from core.money import ZERO
from core.views import Crumb, PortalFormView, PortalListView, PortalMixin

SALT = "commissions.payment-results"

log = structlog.get_logger(__name__)


class BatchPayments(OfBatch, PortalListView):
    """What is to be paid and why some of it is held; then every attempt with its result."""

    permission = Permission.VIEW_BATCHES
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
        due = service.preview(batch=batch, today=clock.today()) if frozen and batch.state != "paid" else []
        open_ = [row for row in due if row.state in ("", "failed")]
        held = [row for row in open_ if row.hold]
        ready = [row for row in open_ if not row.hold]
        offer = next((one for one in offers.offers(batch, self.request.user) if one.action == "pay"), None)
        return super().get_context(
            tabs=tabs(batch, "batch_payments"),
            state=SettlementBatch.machine.state(batch.state),
            frozen=frozen,
            ready=ready,
            ready_sum=sum((row.amount for row in ready), ZERO),
            held=held,
            held_sum=sum((row.amount for row in held), ZERO),
            counts=self.counts,
            files=payments.exports(batch),
            may_pay=self.request.user.can(Permission.PAY_BATCHES),
            offer=offer,
            next_step=self.next_step(ready=bool(ready)),
            **context,
        )

    @cached_property
    def counts(self) -> dict[str, Any]:
        return payments.counts(self.batch)

    def next_step(self, *, ready: bool) -> Any:
        """In words, what the payments wait for."""
        if self.batch.state != "paying":
            return offers.next_step(self.batch)
        if ready:
            return _("Some payments can be issued now.")
        if self.counts["issued"]:
            return offers.next_step(self.batch)
        return _("What is on hold waits until its reason is cleared; then it can be issued.")


class IssuePayments(OfBatch, PortalMixin):
    """Issues a payment for all that can be paid: the batch is paying from then on."""

    permission = Permission.PAY_BATCHES
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = service.export(batch=self.batch, by=request.user, at=clock.now())
        paid = [row for row in rows if not row.hold]
        if paid:
            text = ngettext(
                "%(count)s payment over ¥%(amount)s is issued. Download its file and send it to the bank.",
                "%(count)s payments over ¥%(amount)s are issued. Download their file and send it to the bank.",
                len(paid),
            )
            amount = sum((row.amount for row in paid), ZERO)
            messages.success(request, text % {"count": len(paid), "amount": f"{amount:,.2f}"})
        else:
            messages.warning(request, gettext("Nothing could be issued: see below what is on hold and why."))
        return self.go(batch_url(self.batch, "batch_payments"))

    def get_back_url(self) -> str:
        return batch_url(self.batch, "batch_payments")


class PaymentFile(OfBatch, PortalMixin):
    """A file that went out, with full account numbers; that it was taken is logged.

    The newest names what is on hold too, with the reason.
    """

    permission = Permission.PAY_BATCHES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        as_ = request.GET.get("as", "xlsx")
        try:
            at = datetime.fromisoformat(request.GET.get("at", ""))
        except ValueError as error:
            raise Http404 from error
        rows: list[Any] = list(payments.issued(self.batch, at)) if timezone.is_aware(at) else []
        if not rows or as_ not in ("xlsx", "csv"):
            raise Http404
        if at == payments.exports(self.batch)[0].issued_at:
            rows += [
                row for row in service.preview(batch=self.batch, today=clock.today()) if row.hold and row.state != "ok"
            ]
        log.info("payment_file_taken", batch=self.batch.number, payments=len(rows), user=request.user.pk)
        name = gettext("Payments %(number)s") % {"number": f"{self.batch.number} {timezone.localtime(at):%Y%m%d-%H%M}"}
        return exports.response(name, payment_file.sheet(rows), as_=as_)


class PaymentResults(PortalFormView):
    """Upload a result file; what it says is shown before it is recorded."""

    permission = Permission.PAY_BATCHES
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
            counts = pool_payments.record(rows=rows, by=request.user, at=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal.message))
            return self.go(request.path)
        messages.success(
            request,
            gettext("Recorded: %(ok)s paid, %(failed)s failed.")
            % {"ok": counts.get("ok", 0), "failed": counts.get("failed", 0)},
        )
        return self.go(payments.url_after(rows, request.user))

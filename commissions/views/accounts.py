"""Payment accounts that wait for a second person."""

from collections.abc import Sequence
from typing import Any

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from commissions import filters, tables
from commissions.queries import payments
from commissions.views.common import AREA
from core import clock
from core.views import Crumb, PortalActionView, PortalDetailView, PortalListView
from dealers.services import account as service

log = structlog.get_logger(__name__)


class Accounts(PortalListView):
    """Accounts of dealers; those that wait stand first."""

    permission = Permission.VERIFY_ACCOUNTS
    area = AREA
    title = _("Payment accounts")
    table = tables.ACCOUNTS
    filterset_class = filters.AccountFilter
    empty_text = _("No account has been entered yet. Counties enter accounts on the dealer's page or import them.")

    def get_rows(self, user: Any) -> Any:
        return payments.accounts(user)


class AccountDetail(PortalDetailView):
    """One account in full, to compare with the papers. That it was shown is logged."""

    permission = Permission.VERIFY_ACCOUNTS
    area = AREA
    template_name = "commissions/account.html"

    def get_rows(self, user: Any) -> Any:
        return payments.accounts(user)

    def get_title(self) -> str:
        return gettext("Account of %(dealer)s") % {"dealer": self.object.dealer.name}

    def get_breadcrumbs(self) -> list[Crumb]:
        return [Crumb(_("Payment accounts"), reverse("commissions:accounts") + "?state=entered")]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        log.info("account_shown", account=self.object.pk, dealer=self.object.dealer.code, user=request.user.pk)
        return super().get(request, *args, **kwargs)

    def get_context(self, **context: Any) -> dict[str, Any]:
        account = self.object
        present = payments.accounts(self.request.user).filter(dealer=account.dealer, state="verified").first()
        return super().get_context(
            account=account,
            present=present if present and present.pk != account.pk else None,
            own_entry=account.entered_by_id == self.request.user.pk,
            waits=account.state == "entered",
            **context,
        )


class _Decide(PortalActionView):
    permission = Permission.VERIFY_ACCOUNTS
    area = AREA

    def get_rows(self, user: Any) -> Any:
        return payments.accounts(user)

    def get_breadcrumbs(self) -> list[Crumb]:
        return [
            Crumb(_("Payment accounts"), reverse("commissions:accounts") + "?state=entered"),
            Crumb(self.object.dealer.name, reverse("commissions:account", args=[self.object.pk])),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.object.entered_by_id == request.user.pk:
            messages.warning(request, gettext("You entered this account, so somebody else has to verify it."))
            return self.go(self.get_back_url())
        return super().get(request, *args, **kwargs)

    def done(self) -> str:
        return reverse("commissions:accounts") + "?state=entered"


class VerifyAccount(_Decide):
    """The second person's word that the account is right."""

    title = _("Verify the account")
    submit_label = _("Verify")

    def get_effects(self) -> Sequence[Any]:
        return [_("Payments go to this account from now on; a verified one of the same dealer is replaced.")]

    def perform(self, *, form: Any) -> str:
        service.verify(account=self.object, by=self.request.user, at=clock.now())
        return self.done()

    def get_success_message(self) -> str:
        return gettext("The account of %(dealer)s is verified.") % {"dealer": self.object.dealer.name}


class RejectAccount(_Decide):
    """The second person's word that the account is wrong."""

    title = _("Reject the account")
    submit_label = _("Reject")
    needs_reason = True
    destructive = True

    def get_effects(self) -> Sequence[Any]:
        return [_("Nothing is paid to this account; the county has to enter another one.")]

    def perform(self, *, form: Any) -> str:
        service.reject(account=self.object, by=self.request.user, at=clock.now(), reason=form.cleaned_data["reason"])
        return self.done()

    def get_success_message(self) -> str:
        return gettext("The account of %(dealer)s is rejected.") % {"dealer": self.object.dealer.name}

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from core.clock import now
from core.views import PortalFormView
from dealers.forms import AccountForm
from dealers.services import account
from dealers.views.common import OfDealer


class EnterAccount(OfDealer, PortalFormView):
    """A new payment account, which someone of finance verifies before it takes effect."""

    permission = Permission.ENTER_ACCOUNTS
    title = _("New payment account")
    form_class = AccountForm
    intro = _("Finance verifies the account before anything is paid to it. Until then the present one stays.")
    submit_label = _("Send for verification")
    success_message = _("The account waits for finance to verify it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"holder": self.dealer.legal_name or self.dealer.name}}

    def perform(self, form: AccountForm) -> str:
        data = form.cleaned_data
        account.enter(
            dealer=self.dealer,
            bank=data["bank"],
            number=data["number"],
            holder=data["holder"],
            by=self.request.user,
            at=now(),
        )
        return f"{self.dealer_url}#accounts"

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock
from core.commanding import PortalCommand
from core.errors import Forbidden, Refused
from dealers.models import DealerAccount
from dealers.services import account as accounts


class Command(PortalCommand):
    help = "Verify the payment accounts that wait for a second person: all of them, or those of some dealers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("dealer_code", nargs="*")

    def work(self, *, user: Any, dealer_code: list[str], **options: Any) -> dict[str, Any]:
        if user is None:
            raise Forbidden(_("Say with --as who verifies."))
        waiting = DealerAccount.objects.visible_to(user).filter(state="entered").order_by("dealer__code", "pk")
        if dealer_code:
            waiting = waiting.filter(dealer__code__in=dealer_code)
        verified, refused = [], []
        for account in waiting.select_related("dealer"):
            try:
                accounts.verify(account=account, by=user, at=clock.now())
                verified.append(account.dealer.code)
            except Refused as refusal:
                refused.append({"dealer_code": account.dealer.code, "reason": str(refusal)})
        missing = sorted(set(dealer_code) - set(verified) - {item["dealer_code"] for item in refused})
        refused += [{"dealer_code": code, "reason": str(_("No account waits for verification."))} for code in missing]
        self.failed = bool(refused)
        return {"verified": verified, "refused": refused}

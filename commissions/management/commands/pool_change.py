from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from commissions.models import PoolChange
from commissions.services import pool_change
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused


class Command(PortalCommand):
    help = "Decide pool change requests: approve or reject, with the rights of --as."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["approve", "reject"])
        parser.add_argument("reference", nargs="+")
        parser.add_argument("--reason", default="")

    def work(self, *, user: Any, action: str, reference: list[str], reason: str, **options: Any) -> dict[str, Any]:
        decided, refused = [], []
        for name in reference:
            try:
                change = self._decide(action, name, user, reason)
                decided.append(
                    {
                        "reference": change.reference,
                        "dealer_code": change.dealer.code,
                        "amount": change.amount,
                        "state": change.state,
                    }
                )
            except Refused as refusal:
                refused.append({"reference": name, "reason": str(refusal), "code": refusal.code})
        self.failed = bool(refused)
        return {"action": action, "changes": decided, "refused": refused}

    def _decide(self, action: str, reference: str, user: Any, reason: str) -> PoolChange:
        visible = PoolChange.objects.visible_to(user) if user is not None else PoolChange.objects.all()
        change = visible.filter(reference=reference).first()
        if change is None:
            raise Refused(_("There is no request %(reference)s.") % {"reference": reference}, code="unknown_change")
        decide = pool_change.approve if action == "approve" else pool_change.reject
        return decide(change=change, by=user, at=clock.now(), reason=reason)

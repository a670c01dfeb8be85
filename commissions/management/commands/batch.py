from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from commissions.models import SettlementBatch
from commissions.queries import summaries
from commissions.services import batch as batches
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused

ACTIONS = {
    "submit": batches.submit,
    "return": batches.return_to_county,
    "review": batches.review,
    "approve": batches.approve,
    "void": batches.void,
}


class Command(PortalCommand):
    help = "Move batches: submit, return, review, approve or void, with the rights of --as."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("number", nargs="+")
        parser.add_argument("--reason", default="")

    def work(self, *, user: Any, action: str, number: list[str], reason: str, **options: Any) -> dict[str, Any]:
        moved, refused = [], []
        for name in number:
            try:
                moved.append(summaries.batch(self._move(action, name, user, reason)))
            except Refused as refusal:
                refused.append({"number": name, "reason": str(refusal), "code": refusal.code})
        self.failed = bool(refused)
        return {"action": action, "batches": moved, "refused": refused}

    def _move(self, action: str, number: str, user: Any, reason: str) -> SettlementBatch:
        visible = SettlementBatch.objects.visible_to(user) if user is not None else SettlementBatch.objects.all()
        batch = visible.filter(number=number).first()
        if batch is None:
            raise Refused(_("There is no batch %(number)s.") % {"number": number}, code="unknown_batch")
        return ACTIONS[action](batch=batch, by=user, at=clock.now(), reason=reason)

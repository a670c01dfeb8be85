from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from commissions.models import PoolRound
from commissions.queries import summaries
from commissions.services import pool_round
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused


class Command(PortalCommand):
    help = "Move payout rounds: submit, return or approve, with the rights of --as."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["submit", "return", "approve"])
        parser.add_argument("number", nargs="+")
        parser.add_argument("--reason", default="")

    def work(self, *, user: Any, action: str, number: list[str], reason: str, **options: Any) -> dict[str, Any]:
        moved, refused = [], []
        for name in number:
            try:
                moved.append(summaries.pool_round(self._move(action, name, user, reason)))
            except Refused as refusal:
                refused.append({"number": name, "reason": str(refusal), "code": refusal.code})
        self.failed = bool(refused)
        return {"action": action, "rounds": moved, "refused": refused}

    def _move(self, action: str, number: str, user: Any, reason: str) -> PoolRound:
        visible = PoolRound.objects.visible_to(user) if user is not None else PoolRound.objects.all()
        round_ = visible.filter(number=number).first()
        if round_ is None:
            raise Refused(_("There is no payout round %(number)s.") % {"number": number}, code="unknown_round")
        at = clock.now()
        if action == "submit":
            return pool_round.submit(round_=round_, by=user, at=at, today=clock.today(), reason=reason)
        if action == "approve":
            return pool_round.approve(round_=round_, by=user, at=at, today=clock.today(), reason=reason)
        return pool_round.return_to_county(round_=round_, by=user, at=at, reason=reason)

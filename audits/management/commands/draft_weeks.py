from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from audits.services import week
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused
from core.periods import Week


class Command(PortalCommand):
    help = "Draft this week's visits of channel managers who have no plan, or of those that are named anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("managers", nargs="*", metavar="USER")

    def work(self, *, user: Any, managers: list[str], **options: Any) -> dict[str, Any]:
        day = clock.today()
        this = Week.of(day)
        if not managers and user is None:
            return {"week": this.first, "drafted": week.draft_all(day=day), "refused": []}
        drafted, refused = {}, []
        for name in managers or [user.username]:
            try:
                manager = self.user(name)
                drafted[name] = week.draft(manager=manager, week=this, by=user, day=day)
            except (Refused, CommandError) as refusal:
                refused.append({"manager": name, "reason": str(refusal)})
        self.failed = bool(refused)
        return {"week": this.first, "drafted": drafted, "refused": refused}

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from channels_portal import backups
from commissions.services import ledgers
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Restore what `backup` has written into an empty portal, and check every invariant of the ledgers."
    acts_as = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def work(self, *, user: Any, file: Path, **options: Any) -> dict[str, Any]:
        restored = backups.read(file, progress=self.say)
        _, report = ledgers.check_books(cause="restore", by=None, progress=self.say)
        self.failed = bool(report.count)
        return {**restored, **report.as_dict()}

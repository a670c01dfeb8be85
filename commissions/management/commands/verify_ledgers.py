from argparse import ArgumentParser
from typing import Any

from commissions.services import ledgers
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Check every invariant of batches, statements, pools and payments, and keep the outcome."
    acts_as = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after-restore", action="store_true", help="say that the data were just restored")

    def work(self, *, user: Any, **options: Any) -> dict[str, Any]:
        cause = "restore" if options["after_restore"] else "command"
        _, report = ledgers.check_books(cause=cause, by=None, progress=self.say)
        self.failed = bool(report.count)
        return report.as_dict()

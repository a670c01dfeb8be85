from argparse import ArgumentParser
from typing import Any

from commissions.queries import explain
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Say of a sales record what it earned in each instalment and why, or why nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("event_no")

    def work(self, *, user: Any, event_no: str, **options: Any) -> dict[str, Any]:
        return explain.explain_record(event_no, user=user)

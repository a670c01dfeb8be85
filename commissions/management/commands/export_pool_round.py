from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from commissions.rules.pool import RoundPeriod
from commissions.services import exports
from core.commanding import PortalCommand
from core.periods import InvalidPeriod


class Command(PortalCommand):
    help = "Write the dealers of a period's payout rounds as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def work(self, *, user: Any, period: str, out: Path, **options: Any) -> dict[str, Any]:
        try:
            parsed = RoundPeriod.parse(period)
        except InvalidPeriod as error:
            raise CommandError(f"{period!r} is neither a half-year like 2026H1 nor a year.", returncode=2) from error
        with out.open("wb") as file:
            exports.write_round(period=str(parsed), out=file, user=user)
        return {"period": str(parsed), "file": out.name}

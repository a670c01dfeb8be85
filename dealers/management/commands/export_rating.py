from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from core.commanding import PortalCommand
from core.periods import InvalidPeriod
from dealers.queries import ratings
from dealers.rules.rating import RatingPeriod


class Command(PortalCommand):
    help = "Write the changes of tier that the rating of a period proposed, but for those that were rejected, as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def work(self, *, user: Any, period: str, out: Path, **options: Any) -> dict[str, Any]:
        try:
            parsed = RatingPeriod.parse(period)
        except InvalidPeriod as error:
            raise CommandError(f"{period!r} is neither a quarter like 2026Q3 nor a year.", returncode=2) from error
        rows = ratings.changes(user, period=str(parsed))
        with out.open("wb") as file:
            ratings.write(rows, file)
        return {"period": str(parsed), "rows": len(rows), "file": out.name}

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from audits.services import cross_region
from core import clock, sql
from core.commanding import PortalCommand
from core.periods import InvalidPeriod, Month
from inventory.bulk.cross_region import ROWS, params


class Command(PortalCommand):
    help = "Flag the activations of a month (2026-09) on cells of another county, and open cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the flags as CSV")

    def work(self, *, user: Any, month: str, out: Path | None, **options: Any) -> dict[str, Any]:
        try:
            parsed = Month.parse(month)
        except InvalidPeriod as error:
            raise CommandError(f"{month!r} is not a month like 2026-09.", returncode=2) from error
        found = cross_region.detect(month=parsed, by=user, at=clock.now())
        if out is not None:
            path = user.org_unit.path if user is not None else ""
            with out.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["dealer_code", "event_no", "flag"])
                writer.writerows(sql.stream(ROWS, params(parsed, path)))
        return {"month": str(parsed), **found}

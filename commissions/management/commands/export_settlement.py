from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from commissions.services import exports
from core.commanding import PortalCommand
from core.periods import InvalidPeriod, parse_period


class Command(PortalCommand):
    help = "Write lines.csv and statements.csv of a period's live batches into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def work(self, *, user: Any, period: str, out: Path, **options: Any) -> dict[str, Any]:
        try:
            period = str(parse_period(period))
        except InvalidPeriod as error:
            raise CommandError(
                f"{period!r} is not a month like 2026-09 or a week like 2026-W37.", returncode=2
            ) from error
        out.mkdir(parents=True, exist_ok=True)
        with (out / "lines.csv").open("wb") as lines:
            exports.write_lines(period=period, out=lines, user=user)
        with (out / "statements.csv").open("wb") as statements:
            exports.write_statements(period=period, out=statements, user=user)
        return {"period": period, "files": ["lines.csv", "statements.csv"]}

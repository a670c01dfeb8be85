"""`effectiveness PERIOD --by county|chain_type|segment|dealer [--out FILE]`: the score of chapter "Reports" in docs."""

import csv
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import OrgUnit, User
from accounts.roles import Permission
from core.errors import Refused
from core.periods import InvalidPeriod
from reports.periods import Span, parse_span
from reports.queries import effectiveness
from reports.queries.effectiveness import Dimension
from reports.queries.effectiveness_rows import FILE_COLUMNS, file_rows


class Command(BaseCommand):
    help = "Score the effectiveness of commission of a month (2026-09) or quarter (2026Q3). Prints one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--by", choices=[one.value for one in Dimension], default=Dimension.COUNTY.value)
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the groups as CSV too")
        parser.add_argument("--as", dest="user", metavar="USERNAME", help="see what this user sees")

    def handle(self, **options: Any) -> None:
        span, unit = self._span(options["period"]), self._unit(options["user"])
        try:
            report = effectiveness.report(span=span, dimension=Dimension(options["by"]), unit=unit)
        except Refused as refusal:
            self.stdout.write(json.dumps({"refused": str(refusal), "code": refusal.code}, ensure_ascii=False))
            sys.exit(1)
        groups = file_rows(report)
        if options["out"]:
            with options["out"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, FILE_COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(groups)
        answer = {"groups": groups, "left_out": [one.group for one in report.result.left_out]}
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _span(self, text: str) -> Span:
        try:
            return parse_span(text)
        except InvalidPeriod as error:
            raise CommandError(
                f"{text} is neither a month like 2026-09 nor a quarter like 2026Q3.", returncode=2
            ) from error

    def _unit(self, username: str | None) -> OrgUnit | None:
        """Where the user may look; everywhere without one."""
        if not username:
            return None
        user = User.objects.select_related("org_unit").filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"No such user: {username}", returncode=2)
        if user.is_dealer or not user.can(Permission.VIEW_REPORTS) or user.org_unit is None:
            self.stdout.write(json.dumps({"refused": "May not see reports.", "code": "forbidden"}))
            sys.exit(1)
        return user.org_unit

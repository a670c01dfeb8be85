from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from commissions.rules.points import Quarter
from commissions.services import points
from core import clock
from core.commanding import PortalCommand
from core.periods import InvalidPeriod, Month


class Command(PortalCommand):
    help = "Enter the points of a month that is over (earn 2026-09), or let old ones expire (expire 2026Q3)."
    acts_as = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["earn", "expire"])
        parser.add_argument("period")

    def work(self, *, user: Any, action: str, period: str, **options: Any) -> dict[str, Any]:
        moment: dict[str, Any] = {"today": clock.today(), "by": None, "at": clock.now()}
        try:
            if action == "earn":
                return {"month": period, "counted": points.earn(month=Month.parse(period), **moment)}
            return {"quarter": period, "dealers": points.expire(quarter=Quarter.parse(period), **moment)}
        except InvalidPeriod as error:
            raise CommandError(f"{period!r} is no month like 2026-09 or quarter like 2026Q3.", returncode=2) from error

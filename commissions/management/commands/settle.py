from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.queries import summaries
from commissions.services import settlement
from core import clock
from core.commanding import PortalCommand
from core.errors import Forbidden, Refused
from core.periods import InvalidPeriod, parse_period


class Command(PortalCommand):
    help = "Calculate or recalculate the batches of a month (2026-09) or an ISO week (2026-W37)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--county", nargs="+", metavar="CODE", help="only these counties")

    def work(self, *, user: Any, period: str, county: list[str] | None, **options: Any) -> dict[str, Any]:
        try:
            parsed = parse_period(period)
        except InvalidPeriod as error:
            raise CommandError(
                f"{period!r} is not a month like 2026-09 or a week like 2026-W37.", returncode=2
            ) from error
        if user is not None and not user.can(Permission.SETTLE):
            raise Forbidden(_("Your role may not settle."))
        visible = OrgUnit.objects.visible_to(user) if user is not None else OrgUnit.objects.all()
        counties = visible.filter(level="county").order_by("code")
        if county:
            counties = counties.filter(code__in=county)
            unknown = sorted(set(county) - {unit.code for unit in counties})
            if unknown:
                raise Refused(_("There is no county %(codes)s.") % {"codes": ", ".join(unknown)}, code="unknown_county")
        outcome = settlement.settle_period(
            period=parsed, counties=counties, by=user, at=clock.now(), today=clock.today(), progress=self.say
        )
        self.failed = bool(outcome.refused)
        return {
            "period": str(parsed),
            "batches": [summaries.batch(batch) for batch in outcome.batches],
            "refused": [
                {"county": item.county.code, "reason": item.reason, "months": item.months} for item in outcome.refused
            ],
        }

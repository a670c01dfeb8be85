from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from commissions.queries import summaries
from commissions.rules.pool import RoundPeriod
from commissions.services import pool_round
from core import clock
from core.commanding import PortalCommand
from core.errors import Forbidden, Refused
from core.periods import InvalidPeriod


class Command(PortalCommand):
    help = "Calculate or recalculate the payout rounds of a half-year (2026H1, 2026H2) or a year (2026)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--county", nargs="+", metavar="CODE", help="only these counties")

    def work(self, *, user: Any, period: str, county: list[str] | None, **options: Any) -> dict[str, Any]:
        try:
            parsed = RoundPeriod.parse(period)
        except InvalidPeriod as error:
            raise CommandError(f"{period!r} is neither a half-year like 2026H1 nor a year.", returncode=2) from error
        if user is not None and not user.can(Permission.SETTLE):
            raise Forbidden(_("Your role may not calculate payout rounds."))
        visible = OrgUnit.objects.visible_to(user) if user is not None else OrgUnit.objects.all()
        counties = visible.filter(level="county").order_by("code")
        if county:
            counties = counties.filter(code__in=county)
            unknown = sorted(set(county) - {unit.code for unit in counties})
            if unknown:
                raise Refused(_("There is no county %(codes)s.") % {"codes": ", ".join(unknown)}, code="unknown_county")
        outcome = pool_round.calculate_period(
            period=parsed, counties=counties, by=user, at=clock.now(), today=clock.today()
        )
        self.failed = bool(outcome.refused)
        return {
            "period": str(parsed),
            "rounds": [summaries.pool_round(round_) for round_ in outcome.rounds],
            "refused": [
                {"county": unit.code, "reason": str(refusal), "code": refusal.code} for unit, refusal in outcome.refused
            ],
        }

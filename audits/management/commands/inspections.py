from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit, User
from audits.models import InspectionRound
from audits.queries import inspections as queries
from audits.services import inspection as service
from core import clock
from core.commanding import PortalCommand
from core.errors import Refused
from core.periods import InvalidPeriod
from dealers.rules.rating import RatingPeriod


class Command(PortalCommand):
    help = "Order mystery inspections of a quarter, draw spot checks, or draw those of a round again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["mystery", "draw", "drawn"])
        parser.add_argument("of", help="the quarter (2026Q4), how many stores, or the number of a round")
        parser.add_argument("--unit", metavar="CODE", help="the city or county")
        parser.add_argument("--inspectors", nargs="+", default=[], metavar="USER")
        parser.add_argument("--due", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def work(self, *, user: Any, what: str, of: str, **options: Any) -> dict[str, Any]:
        if what == "drawn":
            return self._drawn(user, of)
        if not (options["unit"] and options["inspectors"] and options["due"]):
            raise CommandError("Give --unit, --inspectors and --due.", returncode=2)
        order = {
            "unit": self._unit(user, options["unit"]),
            "inspectors": list(User.objects.filter(username__in=options["inspectors"]).order_by("username")),
            "due_on": options["due"],
            "by": user,
            "at": clock.now(),
        }
        if what == "mystery":
            try:
                found = service.order_mystery(**order, period=RatingPeriod.parse(of))
            except InvalidPeriod as error:
                raise CommandError(f"{of!r} is not a quarter like 2026Q4.", returncode=2) from error
        else:
            if not of.isdecimal():
                raise CommandError(f"{of!r} is no number of stores.", returncode=2)
            found = service.order_spot_checks(**order, size=int(of))
        return self._answer(found)

    def _drawn(self, user: Any, number: str) -> dict[str, Any]:
        rows = InspectionRound.objects.visible_to(user) if user is not None else InspectionRound.objects.all()
        found = rows.filter(number=number).exclude(seed="").first()
        if found is None:
            raise Refused(_("There is no draw %(number)s.") % {"number": number}, code="unknown_round")
        again = queries.drawn(found)
        self.failed = not again.same
        return {
            "number": number,
            "seed": found.seed,
            "pool": again.pool,
            "drawn": dict(again.stores),
            "same": again.same,
        }

    def _unit(self, user: Any, code: str) -> OrgUnit:
        units = OrgUnit.objects.visible_to(user) if user is not None else OrgUnit.objects.all()
        found = units.filter(code=code).first()
        if found is None:
            raise Refused(_("There is no unit %(code)s.") % {"code": code}, code="unknown_unit")
        return found

    def _answer(self, found: InspectionRound) -> dict[str, Any]:
        given = found.inspections.order_by("inspector__username", "dealer__code")
        stores: dict[str, list[str]] = {}
        for name, dealer in given.values_list("inspector__username", "dealer__code"):
            stores.setdefault(name, []).append(dealer)
        return {"number": found.number, "kind": found.kind, "stores": found.size, "seed": found.seed, "given": stores}

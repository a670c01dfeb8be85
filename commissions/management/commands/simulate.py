import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from commissions import simulation_file
from commissions.models import CommissionPolicy
from commissions.queries import simulations
from commissions.services import simulation as service
from core import clock
from core.commanding import PortalCommand, plain
from core.errors import Refused
from core.exports import csv_lines, xlsx_bytes
from core.periods import InvalidPeriod, Month


class Command(PortalCommand):
    help = "Try a policy on a settled month: what it would have come to, in all and per dealer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy_code")
        parser.add_argument("period", help="a settled month, 2026-09")
        parser.add_argument("--out", type=Path, metavar="FILE", help="the result as .xlsx, .csv (dealers) or .json")

    def work(self, *, user: Any, policy_code: str, period: str, out: Path | None, **options: Any) -> dict[str, Any]:
        try:
            month = Month.parse(period)
        except InvalidPeriod as error:
            raise CommandError(f"{period!r} is not a month like 2026-09.", returncode=2) from error
        visible = CommissionPolicy.objects.visible_to(user) if user is not None else CommissionPolicy.objects.all()
        policy = visible.filter(code=policy_code).first()
        if policy is None:
            raise Refused(_("There is no policy %(code)s.") % {"code": policy_code}, code="unknown_policy")
        simulation = service.simulate(policy=policy, month=month, by=user, at=clock.now(), progress=self.say)
        self.failed = bool(simulation.result["refused"])
        written = simulations.written(simulation)
        if out is not None:
            _write(out, simulation, written)
        return written


def _write(out: Path, simulation: Any, written: dict[str, Any]) -> None:
    suffix = out.suffix.lower()
    if suffix == ".json":
        out.write_text(json.dumps(written, ensure_ascii=False, indent=2, default=plain) + "\n", encoding="utf-8")
    elif suffix == ".csv":
        out.write_bytes(b"".join(csv_lines(simulation_file.dealers(simulation), bom=False)))
    else:
        out.write_bytes(b"".join(xlsx_bytes(simulation_file.sheets(simulation))))

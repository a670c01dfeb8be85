"""`seed_demo [--scale small|city|province] [--seed N]`: a deterministic, believable data set."""

import json
import sys
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from channels_portal.demo import seed
from channels_portal.demo.plan import SCALES, Plan
from core import clock
from core.errors import Refused


class Command(BaseCommand):
    help = "Load a believable city into an empty portal. Prints one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", choices=list(SCALES), default="small")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--date", type=date.fromisoformat, help="the day that today means")
        parser.add_argument("--users-only", action="store_true", help="only org units and users")
        parser.add_argument("--no-settle", action="store_true", help="leave all months unsettled")
        parser.add_argument("--force", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(SCALES[options["scale"]], options["seed"], options["date"] or clock.today())
        began = time.monotonic()
        try:
            seed.demand_place(force=options["force"])
            if options["users_only"]:
                answer: dict[str, Any] = {"users": len(seed.create_users(plan))}
            else:
                answer = seed.run(plan, progress=self.tell, settle=not options["no_settle"])
        except Refused as refusal:
            self.stdout.write(json.dumps({"refused": str(refusal), "code": refusal.code}, ensure_ascii=False))
            sys.exit(1)
        self.stdout.write(json.dumps({**answer, "seconds": f"{time.monotonic() - began:.1f}"}, ensure_ascii=False))

    def tell(self, done: int, total: int, note: str = "") -> None:
        self.stderr.write(f"{done * 100 // total:3d} % {note}")

"""`enqueue_demo`: the demo's users at once, its data as a job. For the first start of an empty portal."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from channels_portal.demo import job, seed
from channels_portal.demo.plan import SCALES, Plan
from core import clock
from core.errors import Refused


class Command(BaseCommand):
    help = "Create the demo's users and enqueue the job that loads its data. Prints one JSON object."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", choices=list(SCALES), default="small")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--force", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        """In production it only says that it does nothing: an empty portal has to start there as well."""
        plan = Plan(SCALES[options["scale"]], options["seed"], clock.today())
        try:
            seed.demand_place(force=options["force"])
        except Refused as refusal:
            self.stdout.write(json.dumps({"job": None, "refused": str(refusal)}, ensure_ascii=False))
            return
        people = seed.create_users(plan)
        queued = job.enqueue(plan, owner=people["admin"])
        self.stdout.write(json.dumps({"job": queued.pk, "users": len(people)}))

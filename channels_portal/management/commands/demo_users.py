"""`demo_users`: who can sign in to the demo, and how."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from channels_portal.demo import units, users
from channels_portal.demo.plan import SCALES, Plan
from core import clock


class Command(BaseCommand):
    help = "Print the demo's users with their password as a JSON list; an empty one in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["force"]:
            self.stderr.write("This is a production system: the demo's users are not shown.")
            self.stdout.write("[]")
            return
        plan = Plan(SCALES["small"], 1, clock.today())
        rows = users.listed(users.roster(plan, units.tree(plan)))
        self.stdout.write(json.dumps(rows, ensure_ascii=False))

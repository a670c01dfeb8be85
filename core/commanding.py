"""What the portal's commands share: one JSON object on standard output, who acts, which day it is.

Exit status 0: done; 1: refused or rows rejected (the JSON says why); 2: wrong usage.
"""

import json
import os
import sys
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.functional import Promise

from core.errors import Refused


def plain(value: Any) -> Any:
    """Money with two decimals, days and translated text as JSON has them."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, Promise | date):
        return str(value)
    raise TypeError(f"{value!r} is not JSON.")


class PortalCommand(BaseCommand):
    """Base of the commands of docs/data-contracts.md. Subclasses write `work` and return the JSON.

    `work` may set `self.failed` to end with status 1; a `Refused` becomes
    {"refused": reason, "code": code} and status 1.
    """

    acts_as = True
    failed = False
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--date", type=date.fromisoformat, help="the day that “today” means (YYYY-MM-DD)")
        parser.add_argument("--language", choices=["zh-hans", "en"], help="language of messages and explanations")
        if self.acts_as:
            parser.add_argument("--as", dest="username", help="act with this user's rights; else as the system")
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing beyond the common ones."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["date"]:
            os.environ["PORTAL_TODAY"] = options["date"].isoformat()
        user = self.user(options.get("username"))
        language = options["language"] or getattr(user, "language", "") or "zh-hans"
        with translation.override(language):
            try:
                result = self.work(user=user, **{k: v for k, v in options.items() if k not in ("username", "date")})
            except Refused as refusal:
                self.failed = True
                result = {"refused": str(refusal), "code": refusal.code, **refusal.params}
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=plain))
        if self.failed:
            sys.exit(1)

    def work(self, *, user: Any, **options: Any) -> dict[str, Any]:
        """Do it and return what is printed."""
        raise NotImplementedError

    def user(self, username: str | None) -> Any:
        """The active user of that name; None for the system."""
        if not username:
            return None
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {username!r}.", returncode=2)
        return user

    def say(self, done: int, total: int, note: str = "") -> None:
        """Progress, on standard error."""
        self.stderr.write(f"{done}/{total} {note}".rstrip(), ending="\n", style_func=str)

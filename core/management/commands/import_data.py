"""`import_data KIND FILE`: load a file; one JSON object on standard output. See docs/data-contracts.md."""

import json
import os
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from core.errors import Refused
from core.imports import errorfile, registry, runs
from core.imports.problems import FileRefused
from core.imports.spec import Kind


class Command(BaseCommand):
    help = "Load a file of one kind: all of it or nothing, unless --partial."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=registry.names())
        parser.add_argument("file", type=Path)
        parser.add_argument("--partial", action="store_true", help="apply the good rows even if others are rejected")
        parser.add_argument("--publish", action="store_true", help="publish the policy (needs --as)")
        parser.add_argument("--as", dest="user", metavar="USERNAME", help="act with this user's rights")
        parser.add_argument("--date", type=date.fromisoformat, help="the day that today means")
        parser.add_argument("--errors", type=Path, metavar="OUT", help="write the rejected rows to OUT (.csv or .xlsx)")
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])

    def handle(self, **options: Any) -> None:
        kind = registry.get(options["kind"])
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"No such file: {path}", returncode=2)
        if options["publish"] and not (kind.json and options["user"]):
            raise CommandError("--publish is for policies and needs --as.", returncode=2)
        if options["date"]:
            os.environ["PORTAL_TODAY"] = options["date"].isoformat()
        user = self._user(options["user"])
        with translation.override(options["language"]):
            result, good = self._load(kind, path, user, options)
        self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        if not good:
            sys.exit(1)

    def _user(self, username: str | None) -> Any:
        if not username:
            return None
        user = get_user_model()._default_manager.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"No such user: {username}", returncode=2)
        return user

    def _load(self, kind: Kind, path: Path, user: Any, options: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The JSON object, and whether everything was accepted."""
        at, today = runs.now()
        run = runs.create(kind=kind, path=path, file_name=path.name, user=user, partial=options["partial"])
        result: dict[str, Any] = {
            "kind": kind.name,
            "rows": 0,
            "accepted": 0,
            "unchanged": 0,
            "rejected": 0,
            "errors": [],
        }
        before = runs.same_file(run)
        if before:
            result["same_file"] = {"imported_at": before.created_at.isoformat(), "by": str(before.by or "system")}
        try:
            if kind.json:
                result |= runs.load_json(run=run, path=path, at=at, today=today, publish=options["publish"])
                return result, True
            outcome = runs.load(run=run, path=path, at=at, today=today, progress=self._progress)
        except FileRefused as refusal:
            return result | {"errors": runs.refusal_errors(refusal), "refused": refusal.code}, False
        except Refused as refusal:
            error = {"row": 1, "column": "", "value": "", "reason": str(refusal)}
            return result | {"errors": [error], "refused": refusal.code}, False
        result |= {
            "rows": outcome.rows,
            "accepted": outcome.accepted,
            "unchanged": outcome.unchanged,
            "rejected": outcome.rejected,
            "errors": [
                {name: error[name] for name in ("row", "column", "value", "reason")}
                for error in runs.described(kind, outcome.errors)
            ],
        }
        if options["errors"] and outcome.rejected:
            errorfile.write(run=run, kind=kind, out=options["errors"])
        return result, not outcome.rejected

    def _progress(self, done: int, total: int, note: str = "") -> None:
        self.stderr.write(f"{done * 100 // max(total, 1)} %", ending="\r")

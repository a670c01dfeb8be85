"""Everything between a running database and the first page; quick when nothing changed.

Talks on stderr. Prints the demo users on stdout, as a JSON list, when there are any.
"""

import argparse
import hashlib
import io
import json
import os
import sys
import time
from collections.abc import Callable

import django
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from channels_portal.runtime.home import CHECKOUT, Home


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-demo", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channels_portal.settings")
    django.setup()
    from channels_portal import messages

    home = Home.from_environment()
    step("Database schema", migrate)
    step("Translations", messages.compile_all)
    step("Static files", lambda: collect_static(home))
    if not options.no_demo:
        step("Demo users", begin_demo)
    print(json.dumps(demo_users()))


def step(label: str, work: Callable[[], object]) -> None:
    began = time.monotonic()
    print(f"  {label} ...", end="", file=sys.stderr, flush=True)
    work()
    print(f" {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def migrate() -> None:
    """Apply what is missing; knowing that nothing is takes a quarter of the time."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static(home: Home) -> None:
    """Gather the static files, unless they are those of the last time."""
    folders = [CHECKOUT / "static", *CHECKOUT.glob("[a-z]*/static")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    facts = [(CHECKOUT / "requirements.txt").read_text()]
    for path in files:
        state = path.stat()
        facts.append(f"{path} {state.st_size} {state.st_mtime_ns}")
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    stamp = home.run / "static.sha256"
    if not (stamp.exists() and stamp.read_text() == digest):
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(digest)


def begin_demo() -> None:
    """In an empty database: the demo users at once, their data as a job that the portal shows."""
    if not get_user_model().objects.exists():
        call_command("enqueue_demo", stdout=io.StringIO())


def demo_users() -> list[dict[str, str]]:
    """Who can sign in to the demo, as `manage.py demo_users` tells it."""
    answer = io.StringIO()
    call_command("demo_users", stdout=answer, stderr=sys.stderr)
    return json.loads(answer.getvalue() or "[]")  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()

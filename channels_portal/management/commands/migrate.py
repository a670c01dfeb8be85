from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from channels_portal import schedule
from channels_portal.quick_migrations import quick_migrations


class Command(migrate.Command):
    """Django's own command, the quick way on an empty database; then the schedule's defaults."""

    def handle(self, *args: Any, **options: Any) -> None:
        if MigrationRecorder(connections[options["database"]]).applied_migrations():
            super().handle(*args, **options)
        else:
            with quick_migrations():
                super().handle(*args, **options)
        if not (options["app_label"] or options["plan"] or options["check_unapplied"]):
            schedule.ensure_defaults()

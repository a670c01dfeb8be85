from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from channels_portal.quick_migrations import quick_migrations


class Command(migrate.Command):
    """Django's own command; on an empty database it takes the quick way."""

    def handle(self, *args: Any, **options: Any) -> None:
        if MigrationRecorder(connections[options["database"]]).applied_migrations():
            super().handle(*args, **options)
            return
        with quick_migrations():
            super().handle(*args, **options)

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from channels_portal import backups
from core import clock
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Write the database and the uploads into one file, while the portal goes on."
    acts_as = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def work(self, *, user: Any, file: Path, **options: Any) -> dict[str, Any]:
        return backups.write(file, at=clock.now(), progress=self.say)

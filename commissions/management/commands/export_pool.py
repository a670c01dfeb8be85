from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from commissions.services import exports
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Write the pool ledger as CSV, of all dealers or of some."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
        parser.add_argument("--dealer", nargs="+", metavar="CODE")

    def work(self, *, user: Any, out: Path, dealer: list[str] | None, **options: Any) -> dict[str, Any]:
        with out.open("wb") as file:
            exports.write_pool(out=file, dealers=dealer, user=user)
        return {"file": out.name}

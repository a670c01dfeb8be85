from typing import Any

from commissions.services import ledgers
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Check every invariant of batches, statements, pools and payments."
    acts_as = False

    def work(self, *, user: Any, **options: Any) -> dict[str, Any]:
        result = ledgers.verify()
        self.failed = bool(result["broken"])
        return result

"""What follows on a floor above, event by event, in the same transaction. See docs/architecture.md."""

from audits.services import visit
from core import followups

followups.on("manager_assigned", visit.hand_over)

"""What follows on a floor above, event by event, in the same transaction. See docs/architecture.md."""

from audits.bulk import breaches
from audits.services import visit, week
from core import followups
from inventory.bulk import dealer_months, dealer_nodes

followups.on("dealers_changed", dealer_nodes.keep)
followups.on("manager_assigned", visit.hand_over)
followups.on("manager_assigned", week.hand_over)
followups.on("rating_begins", dealer_months.post_all)
followups.on("rating_begins", breaches.post)

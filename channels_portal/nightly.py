"""What is done to dealers, pools, points and deadlines each night: by the scheduled job and by the command `nightly`.

Each step is safe to run again and counts what it did.
"""

from datetime import date, datetime
from typing import Any

from audits.services import notice, rectification, week
from commissions.services import deadlines, points, pool_termination
from dealers.models import Dealer
from dealers.services import agreement, life_cycle, standing
from inventory.bulk import dealer_months, levels, material_months


def run(*, today: date, at: datetime) -> dict[str, Any]:
    """Dealers' standing, pools that are due, deadlines, points, stock levels; counts by what was done."""
    trials = life_cycle.end_trials(day=today, at=at)
    changed = standing.refresh(dealer_ids=list(Dealer.objects.values_list("pk", flat=True)), day=today)
    forfeited = pool_termination.forfeit(today=today, at=at)
    return {
        "date": today.isoformat(),
        "dealers_changed": changed,
        "trials_ended": trials,
        "agreements_ending": agreement.remind(day=today),
        "pools_forfeited": forfeited["dealers"],
        "amount_forfeited": f"{forfeited['amount']:.2f}",
        **deadlines.run(today=today, at=at),
        "notices_standing": notice.lapse(today=today, at=at),
        "rectifications_overdue": rectification.escalate(today=today, at=at),
        "weeks_drafted": week.draft_all(day=today),
        "points": points.nightly(today=today, at=at),
        "dealer_months": dealer_months.nightly(today=today),
        "material_months": material_months.nightly(today=today),
        "stock_levels": levels.post(day=today),
    }

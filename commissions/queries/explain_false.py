"""What a clawback line takes back."""

from typing import Any

from django.utils.translation import gettext as _

from commissions import words
from commissions.models import CommissionLine

SHIFT = 32


def original(line: CommissionLine, found: dict[str, Any]) -> str:
    """The line that a clawback takes back, in words; '' if it is not there."""
    origin = line.origin or 0
    rows = CommissionLine.objects.filter(batch_id=origin >> SHIFT, pk=origin).select_related("batch")
    row = rows.first()
    if row is None:
        return ""
    found["original"] = {"batch": row.batch.number, "amount": str(row.amount), "pool_amount": str(row.pool_amount)}
    return _("Settled with %(period)s: %(amount)s, %(pool)s of it for the pool") % {
        "period": row.batch.period,
        "amount": words.yuan(row.amount),
        "pool": words.yuan(row.pool_amount),
    }

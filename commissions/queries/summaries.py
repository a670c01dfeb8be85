"""A batch in one row, as commands print it."""

from typing import Any

from commissions.models import SettlementBatch


def batch(batch: SettlementBatch) -> dict[str, Any]:
    """number, county code, state, counts, and the sums in yuan."""
    return {
        "number": batch.number,
        "county": batch.county.code,
        "state": batch.state,
        "lines": batch.lines,
        "gross": batch.gross,
        "withheld": batch.withheld,
        "pool": batch.pool,
        "net": batch.net,
        "paid": batch.paid,
        "unpriced": batch.unpriced,
    }

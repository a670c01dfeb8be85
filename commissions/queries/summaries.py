"""A batch or a payout round in one row, as commands print it."""

from typing import Any

from commissions.models import PoolRound, SettlementBatch


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


def pool_round(round_: PoolRound) -> dict[str, Any]:
    """number, county code, state, how many dealers, and the sums in yuan."""
    return {
        "number": round_.number,
        "county": round_.county.code,
        "state": round_.state,
        "dealers": round_.dealers,
        "payout": round_.payout,
        "forfeit": round_.forfeit,
    }

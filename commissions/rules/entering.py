"""Which monthly batch a correction of some month will enter. See docs/commissions.md#adjustment."""

from collections.abc import Mapping

from core.periods import Month

OPEN = ("calculating", "calculated")


def enters(month: Month, batches: Mapping[Month, str]) -> Month:
    """The month whose batch takes in a correction of `month`, as things stand.

    `batches` are the states of the county's live monthly batches. A batch can take it in as
    long as the county may still calculate it; whoever comes later goes into the first that is
    calculated after.
    """
    still_open = [one for one, state in batches.items() if one >= month and state in OPEN]
    if still_open:
        return min(still_open)
    latest = max(batches, default=None)
    return month if latest is None or latest < month else latest + 1

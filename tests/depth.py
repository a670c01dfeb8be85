"""How much is tried at random: `TIMES=20 ./script/test tests/commissions` tries twenty times as much."""

import os

TIMES = int(os.environ.get("TIMES", "1"))


def times(usual: int) -> int:
    """So many examples, seeds or walks instead of the `usual` ones."""
    return usual * TIMES

"""What a phone's position says about where a visit took place. See docs/visits.md, "Distance and length"."""


def evidence(*, distance: float | None, accuracy: float | None, farthest: int) -> str:
    """How sure it is that the phone was at the store; metres.

    `distance` is None without a position of the phone or of the store (`none`). The phone was within `accuracy` of
    where it said; where it did not say how exact it was, it is taken as exact enough for neither `there` nor `away`.
    """
    if distance is None:
        return "none"
    near = distance <= farthest
    if accuracy is None:
        return "likely" if near else "unlikely"
    if distance + accuracy <= farthest:
        return "there"
    if distance - accuracy > farthest:
        return "away"
    return "likely" if near else "unlikely"

"""Where a store is."""

from dealers.models import Dealer
from dealers.rules.coordinates import Position, distance


def metres_from(*, dealer: Dealer, latitude: float, longitude: float) -> float | None:
    """Metres from the store to a WGS-84 position; None if the store's position is unknown."""
    store = of(dealer)
    return distance(store, Position(latitude, longitude)) if store else None


def of(dealer: Dealer) -> Position | None:
    """Where the store is, as WGS-84; None if that is not known."""
    if dealer.latitude is None or dealer.longitude is None:
        return None
    return Position(float(dealer.latitude), float(dealer.longitude))

"""Where a store is."""

from dealers.models import Dealer
from dealers.rules.coordinates import Position, distance


def metres_from(*, dealer: Dealer, latitude: float, longitude: float) -> float | None:
    """Metres from the store to a WGS-84 position; None if the store's position is unknown."""
    if dealer.latitude is None or dealer.longitude is None:
        return None
    store = Position(float(dealer.latitude), float(dealer.longitude))
    return distance(store, Position(latitude, longitude))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealers.rules.coordinates import (
    Datum,
    Position,
    bd09_to_gcj02,
    distance,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    to_wgs84,
    wgs84_to_gcj02,
)

YANSHAN = Position(23.605768, 104.337244)
chinese = st.builds(Position, st.floats(18.5, 53), st.floats(74, 134))


@pytest.mark.parametrize(
    ("place", "on_the_map"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),  # Shanghai
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),  # Shenzhen
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),  # Peking
        ((23.605768, 104.337244), (23.603212756374603, 104.33949728014684)),  # Yanshan
    ],
)
def test_the_shift_is_that_of_chinese_maps(place, on_the_map):
    shifted = wgs84_to_gcj02(Position(*place))
    assert (shifted.latitude, shifted.longitude) == pytest.approx(on_the_map, abs=1e-11)


def test_baidus_shift_comes_on_top():
    shifted = gcj02_to_bd09(Position(39.915, 116.404))
    assert (shifted.latitude, shifted.longitude) == pytest.approx((39.92133699351, 116.41036949371), abs=1e-10)


@given(chinese)
def test_there_and_back_is_the_same_place(position):
    assert distance(gcj02_to_wgs84(wgs84_to_gcj02(position)), position) < 0.01
    assert distance(bd09_to_gcj02(gcj02_to_bd09(position)), position) < 2


@given(chinese)
def test_each_datum_is_brought_back_to_the_stored_one(position):
    gcj = wgs84_to_gcj02(position)
    assert distance(to_wgs84(gcj, Datum.GCJ02), position) < 0.01
    assert distance(to_wgs84(gcj02_to_bd09(gcj), Datum.BD09), position) < 2
    assert to_wgs84(position, Datum.WGS84) == position


@pytest.mark.parametrize("abroad", [Position(48.8584, 2.2945), Position(-33.9, 151.2), Position(60.0, 100.0)])
def test_outside_china_nothing_is_shifted(abroad):
    assert wgs84_to_gcj02(abroad) == abroad == gcj02_to_wgs84(abroad)


@pytest.mark.parametrize(
    ("other", "metres"),
    [
        (YANSHAN, 0),
        (Position(23.605768 + 0.001, 104.337244), 111.19508),
        (Position(23.605768, 104.337244 + 0.001), 101.89055),
        (Position(23.369216, 104.244277), 27_959.948),  # the seat of the prefecture
        (Position(-33.9, -151.2), 12_722_044.98),
    ],
)
def test_distances_in_metres(other, metres):
    assert distance(YANSHAN, other) == pytest.approx(metres, rel=1e-7)
    assert distance(other, YANSHAN) == pytest.approx(metres, rel=1e-7)


def test_to_the_other_side_of_the_earth():
    assert distance(Position(0, 0), Position(0, 180)) == pytest.approx(20_015_115, rel=1e-4)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (-91, 0), (0, 181), (0, -181), (float("nan"), 0)])
def test_impossible_positions_are_refused(latitude, longitude):
    with pytest.raises(ValueError, match=r"^A latitude lies between -90 and 90, a longitude between -180 and 180\.$"):
        Position(latitude, longitude)


@pytest.mark.parametrize(("latitude", "longitude"), [(90, 180), (-90, -180)])
def test_the_earth_has_its_edges(latitude, longitude):
    assert Position(latitude, longitude).latitude == latitude


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (0.8293, 72.004, True),
        (55.8271, 137.8347, True),
        (0.8292, 100, False),
        (55.8272, 100, False),
        (30, 72.0039, False),
        (30, 137.8348, False),
    ],
)
def test_where_maps_are_shifted(latitude, longitude, inside):
    assert in_china(Position(latitude, longitude)) is inside

"""The time zone of a position (checklist row 5)."""

import pytest

from services.media.places import zone_of


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [
        (52.52, 13.405, "Europe/Berlin"),
        (40.7033, -73.9881, "America/New_York"),
        (27.7, 85.3, "Asia/Kathmandu"),
        (-13.83, -171.77, "Pacific/Apia"),
        (-90.0, 0.0, "Antarctica/McMurdo"),
    ],
)
def test_the_zone_of_a_place(lat: float, lon: float, zone: str) -> None:
    assert zone_of(lat, lon) == zone


@pytest.mark.parametrize(("lat", "lon"), [(30.0, -40.0), (None, 13.4), (52.5, None), (None, None)])
def test_none_at_sea_and_without_a_position(lat: float | None, lon: float | None) -> None:
    assert zone_of(lat, lon) is None

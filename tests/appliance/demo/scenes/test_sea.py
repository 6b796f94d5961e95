import numpy as np
import pytest

from appliance.demo.scenes.sea import LIGHTS, above, beach, lighthouse, sailing
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", sorted(LIGHTS))
def test_water_lies_below_the_horizon_and_shows_the_light_of_the_hour(paint: Paint, mood: str) -> None:
    picture = paint(sailing, mood)
    warm = picture[:90].mean(axis=(0, 1))
    assert (warm[0] > warm[2]) == (mood == "sunset")
    assert picture[150:].mean() < picture[40:90].mean()


def test_boats_sail_on_with_the_moment(paint: Paint) -> None:
    first, second = (paint(sailing, "noon", moment=moment) for moment in (0.0, 1.0))
    change = np.abs(first - second).mean(axis=2)
    assert change[60:125].max() > 0.3
    assert np.median(change[:20]) < 0.01


def test_seen_from_above_water_is_on_the_left_and_sand_on_the_right(paint: Paint) -> None:
    picture = paint(above, "noon")
    water, sand = picture[:, :30].mean(axis=(0, 1)), picture[100:, 225:].mean(axis=(0, 1))
    assert water[2] > 2 * water[0]
    assert sand[0] > 1.2 * sand[2]


def test_the_beach_has_sand_in_front(paint: Paint) -> None:
    sand = paint(beach, "noon")[140:160, 150:180].mean(axis=(0, 1))
    assert sand[0] > sand[2]


def test_the_lamp_is_lit_at_dusk_only(paint: Paint) -> None:
    lamps = [paint(lighthouse, mood)[28:40, 150:176].mean() for mood in ("sunset", "noon")]
    dark = paint(lighthouse, "sunset")[110:, :].mean()
    assert lamps[0] > 2 * dark
    beams = [np.ptp(paint(lighthouse, mood)[30:60, 60:70].mean(axis=(1, 2))) for mood in ("sunset", "noon")]
    assert beams[0] > 0.05

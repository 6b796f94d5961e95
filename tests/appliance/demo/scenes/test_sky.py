import numpy as np

from appliance.demo.scenes.sky import aurora, balloons, camp, fireworks
from tests.appliance.demo.scenes.conftest import Paint


def test_northern_lights_are_green_and_mirrored(paint: Paint) -> None:
    picture = paint(aurora, "violet")
    assert picture[20:70].mean(axis=(0, 1)).argmax() == 1
    assert picture[124:150].mean(axis=(0, 1)).argmin() == 0


def test_the_tent_is_the_warm_light_in_the_night(paint: Paint) -> None:
    picture = paint(camp, "night")
    warmth = picture[..., 0] - picture[..., 2]
    row, column = np.unravel_index(int(warmth.argmax()), warmth.shape)
    assert row > 130
    assert 90 < column < 190


def test_a_shooting_star_passes_once(paint: Paint) -> None:
    before, during = (paint(camp, "night", moment=moment)[:60] for moment in (0.1, 0.45))
    assert np.abs(before - during).max() > 0.25


def test_fireworks_colour_the_sky_and_the_water(paint: Paint) -> None:
    picture = paint(fireworks, "night", seed=4)
    sky, water = picture[20:90], picture[140:]
    assert sky.max() > 0.9
    assert water.max() > 0.35
    assert picture[128:132].mean() < 0.25


def test_balloons_hang_in_both_lights(paint: Paint) -> None:
    dawn, noon = (paint(balloons, mood) for mood in ("dawn", "noon"))
    assert dawn[70:100].mean(axis=(0, 1)).argmax() == 0
    assert noon[10:40].mean(axis=(0, 1)).argmax() == 2
    assert noon[20:70, 40:100].std() > noon[20:70, 200:].std()

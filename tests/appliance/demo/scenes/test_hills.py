import numpy as np

from appliance.demo.scenes.hills import hills
from tests.appliance.demo.scenes.conftest import Paint


def test_the_evening_is_warmer_than_the_day(paint: Paint) -> None:
    evening, day = (paint(hills, mood)[:70].mean(axis=(0, 1)) for mood in ("evening", "day"))
    assert evening[0] - evening[2] > day[0] - day[2] + 0.1


def test_cypresses_stand_dark_on_bright_slopes(paint: Paint) -> None:
    slopes = paint(hills, "day")[90:].mean(axis=2)
    assert slopes.min() < 0.25
    assert np.median(slopes) > 0.45

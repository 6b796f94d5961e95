import numpy as np
import pytest

from appliance.demo.scenes.mountains import LIGHTS, jetty, lake, ranges
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", sorted(LIGHTS))
def test_the_lake_mirrors_the_peaks(paint: Paint, mood: str) -> None:
    picture = paint(lake, mood, seed=4).mean(axis=2)
    shore = 113
    above, below = picture[shore - 50 : shore - 12, 80:160][::-1], picture[shore + 12 : shore + 50, 80:160]
    assert np.corrcoef(above.ravel(), below.ravel())[0, 1] > 0.35


def test_nights_are_dark_and_days_are_blue(paint: Paint) -> None:
    night, noon = (paint(ranges, mood) for mood in ("night", "noon"))
    assert night.mean() < 0.5 * noon.mean()
    assert noon[:60].mean(axis=(0, 1)).argmax() == 2


def test_the_jetty_leads_from_the_lower_edge_to_the_middle(paint: Paint) -> None:
    picture = paint(jetty, "noon")
    planks, water = picture[165:175, 100:150].mean(axis=(0, 1)), picture[165:175, 2:14].mean(axis=(0, 1))
    assert np.abs(planks - water).max() > 0.1
    assert picture[150:175, 100:150].mean(axis=(1, 2)).std() > 0.005, "gaps between the planks"


def test_seeds_give_different_mountains(paint: Paint) -> None:
    assert np.abs(paint(lake, "dawn", seed=1) - paint(lake, "dawn", seed=2)).mean() > 0.02

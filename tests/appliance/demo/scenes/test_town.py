import numpy as np
import pytest

from appliance.demo.scenes.town import bicycle, rain, skyline
from tests.appliance.demo.scenes.conftest import Paint


def test_windows_are_lit_and_mirrored(paint: Paint) -> None:
    picture = paint(skyline, "night", size=(480, 360))
    warm = (picture[..., 0] > 0.6) & (picture[..., 0] > picture[..., 2] + 0.1)
    assert warm[100:250].sum() > 200
    assert picture[254:].max() > 0.4


def test_dusk_is_redder_than_night(paint: Paint) -> None:
    dusk, night = (paint(skyline, mood)[60:110].mean(axis=(0, 1)) for mood in ("dusk", "night"))
    assert dusk[0] > 1.5 * night[0]


@pytest.mark.parametrize("mood", ["warm", "cold"])
def test_the_lights_behind_the_window_are_of_many_colours(paint: Paint, mood: str) -> None:
    picture = paint(rain, mood)
    heaviest = picture.argmax(axis=2)[picture.max(axis=2) > 0.35]
    assert len(np.unique(heaviest)) >= 2
    assert picture.mean() < 0.45


def test_the_bicycle_stands_dark_before_the_evening(paint: Paint) -> None:
    picture = paint(bicycle, "evening", size=(480, 360))
    assert picture[335:].mean() < 0.25
    assert picture[150:200, 300:320].mean() > 0.6
    spokes = picture[255:300, 90:150].mean(axis=2)
    assert spokes.min() < 0.3 < spokes.max()

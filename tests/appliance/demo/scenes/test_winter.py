import numpy as np
import pytest

from appliance.demo.paint import Canvas
from appliance.demo.scenes.winter import cabin, snowfall, snowman
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", ["evening", "night"])
def test_the_cabins_windows_are_the_warm_light(paint: Paint, mood: str) -> None:
    picture = paint(cabin, mood, size=(480, 360))
    warm = picture[..., 0] - picture[..., 2] > 0.3
    rows, columns = np.nonzero(warm)
    assert len(rows) > 60
    assert 200 < np.median(rows) < 300
    assert 120 < np.median(columns) < 300


def test_snow_covers_the_ground(paint: Paint) -> None:
    ground = paint(cabin, "evening")[165:].mean(axis=2)
    assert np.median(ground) > 0.6


def test_flakes_fall_and_the_fall_repeats_without_a_jump() -> None:
    frames = []
    for moment in (0.0, 0.5, 1.0):
        canvas = Canvas(96, 96, 3, moment)
        snowfall(canvas, "night")
        frames.append(canvas.pixels)
    assert np.abs(frames[0] - frames[1]).max() > 0.2
    assert np.abs(frames[0] - frames[2]).max() < 0.05


def test_the_snowman_wears_a_red_scarf(paint: Paint) -> None:
    picture = paint(snowman, "day", size=(480, 360))
    red = (picture[..., 0] > 0.5) & (picture[..., 1] < 0.35) & (picture[..., 2] < 0.45)
    rows, columns = np.nonzero(red)
    assert len(rows) > 100
    assert 220 < np.median(columns) < 320
    assert picture[:, :100].min() > 0.05

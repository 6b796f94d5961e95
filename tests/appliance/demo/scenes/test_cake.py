import numpy as np

from appliance.demo.paint import Canvas
from appliance.demo.scenes import cake
from tests.appliance.demo.scenes.conftest import Paint


def test_more_candles_give_more_light(paint: Paint) -> None:
    few, many = paint(cake.cake, "1"), paint(cake.cake, "9")
    assert many[:80].mean() > few[:80].mean() + 0.01


def test_flames_move_and_the_cake_does_not(paint: Paint) -> None:
    first, second = (paint(cake.cake, "5", moment=moment) for moment in (0.0, 0.35))
    change = np.abs(first - second).mean(axis=2)
    assert change[30:70].max() > 0.2
    assert change[150:].max() < 0.02


def test_candles_are_painted_over_any_backdrop() -> None:
    canvas = Canvas(120, 90, 1)
    cake.candles(canvas, "3")
    assert canvas.pixels.max() > 0.8

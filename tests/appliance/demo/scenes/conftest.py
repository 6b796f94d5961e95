"""Scenes painted small: `paint(scene, mood)` answers pixels from 0 to 1, rows first."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.demo.paint import Canvas, Pixels
from appliance.demo.scenes.registry import Scene

Paint = Callable[..., Pixels]


@pytest.fixture
def paint() -> Paint:
    def painted(
        scene: Scene, mood: str, seed: int = 1, size: tuple[int, int] = (240, 180), moment: float = 0.0
    ) -> Pixels:
        canvas = Canvas(*size, seed, moment)
        scene(canvas, mood)
        picture = np.asarray(canvas.finished(grain=0.0), np.float32) / 255
        assert picture.shape == (size[1], size[0], 3)
        return picture

    return painted

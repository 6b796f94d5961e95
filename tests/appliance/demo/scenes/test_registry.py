import numpy as np
import pytest

from appliance.demo.album import CAMERA, NAS, PHONE
from appliance.demo.paint import Canvas
from appliance.demo.scenes.registry import MOTIONS, SCENES


@pytest.mark.parametrize("name", sorted(MOTIONS))
def test_a_motion_is_its_scene_in_two_parts(name: str) -> None:
    """What stands still and what moves, painted on one canvas, are the scene."""
    mood = {"cake": "5", "sailing": "noon"}.get(name, "night")
    whole, parts = Canvas(96, 72, 2), Canvas(96, 72, 2)
    SCENES[name](whole, mood)
    MOTIONS[name].still(parts, mood)
    MOTIONS[name].moving(parts, mood)
    assert np.array_equal(whole.pixels, parts.pixels)


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_scene_of_the_album_paints_at_every_shape(name: str) -> None:
    moods = {shot.mood for shot in (*PHONE, *CAMERA, *NAS) if shot.scene == name}
    assert moods, "a scene that nobody looks at"
    for mood in moods:
        for size in ((96, 64), (64, 96)):
            canvas = Canvas(*size, 1)
            SCENES[name](canvas, mood)
            assert np.isfinite(canvas.pixels).all()
            assert canvas.pixels.std() > 0.05

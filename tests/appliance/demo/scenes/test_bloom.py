import pytest

from appliance.demo.scenes.bloom import bloom
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize(("mood", "heaviest"), [("sunflower", 0), ("dahlia", 0)])
def test_petals_have_their_colour_before_a_green_garden(paint: Paint, mood: str, heaviest: int) -> None:
    picture = paint(bloom, mood)
    petals, garden = picture[40:130, 70:155].mean(axis=(0, 1)), picture[:, :24].mean(axis=(0, 1))
    assert petals.argmax() == heaviest
    assert garden.argmax() == 1


def test_a_daisy_is_white_around_a_yellow_heart(paint: Paint) -> None:
    picture = paint(bloom, "daisy")
    white = (picture.min(axis=2) > 0.75).mean()
    heart = picture[78:92, 105:121].mean(axis=(0, 1))
    assert white > 0.1
    assert heart[0] > 2 * heart[2]

import pytest

from appliance.demo.scenes.home import cat
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", ["evening", "grey"])
def test_the_cat_is_dark_before_a_bright_window(paint: Paint, mood: str) -> None:
    picture = paint(cat, mood).mean(axis=2)
    assert picture[115:135, 92:100].mean() < 0.15
    assert picture[60:100, 40:60].mean() > 0.45


def test_its_collar_is_red(paint: Paint) -> None:
    picture = paint(cat, "evening", size=(480, 360))
    neck = picture[180:215, 170:215]
    assert ((neck[..., 0] > 0.45) & (neck[..., 1] < 0.3)).sum() > 20

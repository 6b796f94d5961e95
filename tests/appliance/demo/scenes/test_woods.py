import pytest

from appliance.demo.scenes.woods import PALETTES, birches, walk
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", sorted(PALETTES))
def test_light_stands_at_the_end_of_the_path(paint: Paint, mood: str) -> None:
    picture = paint(walk, mood, seed=6).mean(axis=2)
    assert picture[70:100, 100:145].mean() > picture[70:100, :25].mean() + 0.1


def test_each_season_has_its_leaves(paint: Paint) -> None:
    autumn, spring = (paint(walk, mood)[:60].mean(axis=(0, 1)) for mood in ("autumn", "spring"))
    assert autumn.argmax() == 0
    assert spring.argmax() == 1


def test_birches_are_white_with_dark_marks(paint: Paint) -> None:
    picture = paint(birches, "autumn", size=(480, 360))
    pale = picture.min(axis=2) > 0.7
    assert pale[150:260].mean() > 0.08
    assert picture[150:260].min() < 0.2

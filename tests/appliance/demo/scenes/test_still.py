import pytest

from appliance.demo.scenes.still import still
from tests.appliance.demo.scenes.conftest import Paint


@pytest.mark.parametrize("mood", ["fruit", "tulips", "coffee"])
def test_things_stand_on_a_warm_table_before_a_cool_wall(paint: Paint, mood: str) -> None:
    picture = paint(still, mood)
    table, wall = picture[165:, :40].mean(axis=(0, 1)), picture[20:100, :40].mean(axis=(0, 1))
    assert table[0] - table[2] > wall[0] - wall[2] + 0.05
    assert picture[80:150, 90:150].std() > 0.1


def test_the_cup_and_the_vase_are_white_and_the_bowl_is_not(paint: Paint) -> None:
    places = {"coffee": (110, 95), "tulips": (128, 116), "fruit": (125, 130)}
    whites = {}
    for mood, (row, column) in places.items():
        whites[mood] = paint(still, mood)[row - 6 : row + 6, column - 5 : column + 5].mean(axis=(0, 1))
    assert whites["coffee"].min() > 0.55
    assert whites["tulips"].min() > 0.55
    assert whites["fruit"][2] > whites["fruit"][0]

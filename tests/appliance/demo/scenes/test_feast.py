import numpy as np
import pytest

from appliance.demo.scenes.feast import table, toast
from tests.appliance.demo.scenes.conftest import Paint


def test_the_lamps_shine_above_a_dark_wood(paint: Paint) -> None:
    picture = paint(table, "evening")
    lamps, wood = picture[20:70].max(axis=2), picture[100:106].mean(axis=2)
    assert (lamps > 0.9).sum() > 40
    assert np.median(wood) < 0.3


@pytest.mark.parametrize("size", [(240, 180), (180, 240)])
def test_two_glasses_stand_side_by_side(paint: Paint, size: tuple[int, int]) -> None:
    picture = paint(toast, "evening", size=size)
    golden = (picture[..., 0] > 0.75) & (picture[..., 2] < 0.62) & (picture[..., 1] > 0.5)
    columns = golden[size[1] * 35 // 100 : size[1] * 65 // 100].sum(axis=0)
    middle = size[0] // 2
    assert columns[middle - 60 : middle - 5].sum() > 60
    assert columns[middle + 5 : middle + 60].sum() > 60
    assert columns[middle - 1 : middle + 2].sum() < 12

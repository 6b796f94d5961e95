import numpy as np

from appliance.demo.scenes.wedding import bouquet, couple
from tests.appliance.demo.scenes.conftest import Paint


def test_she_wears_white_and_he_a_dark_suit(paint: Paint) -> None:
    picture = paint(couple, "evening", size=(480, 360))
    dress, suit = picture[285:315, 205:225], picture[240:300, 262:278]
    assert np.median(dress.mean(axis=2)) > 0.7
    assert np.median(suit.mean(axis=2)) < 0.3


def test_they_stand_under_an_arch_of_leaves_and_roses(paint: Paint) -> None:
    picture = paint(couple, "evening", size=(480, 360))
    sides = np.concatenate([picture[200:300, 128:142], picture[200:300, 338:352]])
    middle = picture[150:190, 225:255]
    assert sides.std() > 1.5 * middle.std()


def test_the_bouquet_is_rosy_on_pale_linen_and_the_rings_are_gold(paint: Paint) -> None:
    picture = paint(bouquet, "day", size=(480, 360))
    roses, linen = picture[110:220, 160:270].mean(axis=(0, 1)), picture[300:350, 20:80].mean(axis=(0, 1))
    assert roses[0] > roses[1] + 0.05
    assert linen.min() > 0.55
    rings = picture[270:330, 370:460]
    assert ((rings[..., 0] - rings[..., 2]) > 0.3).sum() > 50

import numpy as np

from appliance.demo.scenes.screen import weather
from tests.appliance.demo.scenes.conftest import Paint


def test_the_report_is_white_text_on_a_blue_sky(paint: Paint) -> None:
    picture = paint(weather, "Freiburg", size=(300, 650))
    assert picture[:200].mean(axis=(0, 1)).argmax() == 2
    assert (picture[110:190, 90:210].min(axis=2) > 0.9).mean() > 0.05


def test_the_town_is_written(paint: Paint) -> None:
    one, other = (paint(weather, town, size=(300, 650)) for town in ("Freiburg", "Meersburg"))
    assert np.abs(one - other)[60:100].max() > 0.2
    assert np.abs(one - other)[300:].max() == 0

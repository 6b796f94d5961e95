from appliance.demo.scenes.meadow import poppies, rows
from tests.appliance.demo.scenes.conftest import Paint


def test_tulips_come_in_many_colours_and_lavender_in_one(paint: Paint) -> None:
    spread = [paint(rows, mood)[90:].reshape(-1, 3).std(axis=0).mean() for mood in ("tulips", "lavender")]
    assert spread[0] > 1.3 * spread[1]
    field = paint(rows, "lavender")[90:].mean(axis=(0, 1))
    assert field.argmin() == 1


def test_poppies_are_red_and_grow_towards_the_viewer(paint: Paint) -> None:
    picture = paint(poppies, "evening")
    red = (picture[..., 0] > 0.6) & (picture[..., 1] < 0.42)
    assert red.mean() > 0.03
    assert red[:80].sum() == 0

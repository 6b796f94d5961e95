import numpy as np
import pytest

from appliance.demo.paint import Canvas, blurred, mix, ramp, rgb, sampled, smooth


def test_colours() -> None:
    assert rgb("ff8000").tolist() == pytest.approx([1, 128 / 255, 0])
    assert mix("000000", "ffffff", 0.25).tolist() == pytest.approx([0.25] * 3)


def test_a_ramp_passes_through_its_stops_for_few_positions_and_for_many() -> None:
    stops = ((0.2, "000000"), (0.6, "ff0000"), (1.0, "ffffff"))
    few = ramp(np.array([0.0, 0.2, 0.4, 0.6, 1.0, 2.0]), *stops)
    assert few[:, 0].tolist() == pytest.approx([0, 0, 0.5, 1, 1, 1])
    many = ramp(np.linspace(0, 1.2, 6000), *stops)
    assert np.abs(many - ramp(np.linspace(0, 1.2, 6000)[:2000], *stops)[0]).max() <= 1
    assert many[3000].tolist() == pytest.approx([1, 0, 0], abs=2e-3)


def test_smooth_rises_and_falls() -> None:
    assert smooth(0, 1, [-1, 0.5, 2]).tolist() == [0, 0.5, 1]
    assert smooth(1, 0, [-1, 0.5, 2]).tolist() == [1, 0.5, 0]


def test_the_same_seed_paints_the_same_and_another_does_not() -> None:
    fields = [Canvas(80, 60, seed).noise(0.3) for seed in (1, 1, 2)]
    assert np.array_equal(fields[0], fields[1])
    assert not np.array_equal(fields[0], fields[2])


def test_noise_fills_its_range_at_any_size() -> None:
    for wide, high in ((64, 64), (200, 50), (31, 97)):
        field = Canvas(wide, high, 3).noise(0.2, 6, 3.0)
        assert field.shape == (high, wide)
        assert field.min() >= 0
        assert field.max() <= 1
        assert field.std() > 0.1


def test_below_a_line_is_covered_and_the_edge_is_antialiased() -> None:
    canvas = Canvas(10, 100, 1)
    mask = canvas.below(np.full(10, 0.503, np.float32))
    assert mask[10].max() == 0
    assert mask[90].min() == 1
    assert 0 < mask[50, 0] < 1


def test_cover_mixes_and_shine_never_burns_out() -> None:
    canvas = Canvas(8, 8, 1)
    half = np.full((8, 8), 0.5, np.float32)
    canvas.cover(half, "ffffff")
    assert np.allclose(canvas.pixels, 0.5)
    for _ in range(20):
        canvas.shine(half * 2, "ffe0a0")
    assert canvas.pixels.max() <= 1


def test_a_glow_is_brightest_at_its_centre() -> None:
    canvas = Canvas(120, 80, 1)
    canvas.glow(0.5, 0.5, 0.2, "ffffff")
    light = canvas.pixels[..., 0]
    assert light[40, 60] > 0.8
    assert light[40, 60] > light[40, 80] > light[40, 110]
    canvas.glow(9, 9, 0.1, "ffffff")  # beyond the edge: nothing happens
    assert np.array_equal(light, canvas.pixels[..., 0])


def test_still_water_mirrors_what_is_above() -> None:
    canvas = Canvas(40, 40, 1)
    canvas.wash((0, "000000"), (0.5, "ffffff"), (1, "ff0000"))
    canvas.mirror(0.5, 0.0)
    assert np.allclose(canvas.pixels[20:], canvas.pixels[:20][::-1], atol=0.06)


def test_waves_are_the_same_when_asked_again() -> None:
    canvas = Canvas(40, 40, 1)
    waves = canvas.waves(20)
    assert canvas.waves(20) is waves
    assert np.abs(waves).max() <= 1


def test_stars_are_added_and_stay_inside() -> None:
    canvas = Canvas(60, 60, 1)
    canvas.dots(50, 0, 0.5, 0.02, ["ffffff"])
    assert canvas.pixels[:36].max() > 0.2
    assert canvas.pixels[40:].max() == 0


def test_blur_keeps_the_light_and_spreads_it() -> None:
    picture = np.zeros((60, 60, 3), np.float32)
    picture[20:40, 20:40] = 1
    soft = blurred(picture, 6)
    assert soft.mean() == pytest.approx(picture.mean(), rel=0.05)
    assert 0.2 < soft[20, 30, 0] < 0.8


def test_samples_wrap_around() -> None:
    plane = np.arange(12, dtype=np.float32).reshape(3, 4)
    found = sampled(plane, np.array([0.5, 4.0, -1.0]), np.array([0.0, 3.0, 0.0]))
    assert found.tolist() == [0.5, 0.0, 3.0]


def test_finished_pictures_have_dark_corners_and_grain() -> None:
    canvas = Canvas(100, 100, 1)
    canvas.pixels[:] = 0.6
    picture = np.asarray(canvas.finished(grain=0.02), np.float32)
    assert picture[:8, :8].mean() < picture[46:54, 46:54].mean() - 10
    assert 2 < picture[40:60, 40:60, 0].std() < 10

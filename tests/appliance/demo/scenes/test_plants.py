import numpy as np

from appliance.demo.paint import Canvas
from appliance.demo.scenes.plants import grass, gulls, pine, pine_row, rose
from appliance.demo.sheets import Sheet


def white() -> Canvas:
    canvas = Canvas(120, 120, 3)
    canvas.pixels[:] = 1
    return canvas


def test_a_pine_is_narrow_at_its_tip_and_wide_at_its_foot() -> None:
    canvas = white()
    sheet = Sheet(canvas)
    pine(canvas, sheet, 0.5, 0.9, 0.8, "000000")
    sheet.laid()
    dark = canvas.pixels[..., 0] < 0.5
    assert dark[16:24].sum(axis=1).mean() < 0.4 * dark[88:104].sum(axis=1).mean()
    assert not dark[:8].any()


def test_snow_lies_on_its_branches() -> None:
    bare, snowy = white(), white()
    for canvas, snow in ((bare, None), (snowy, "ff0000")):
        sheet = Sheet(canvas)
        pine(canvas, sheet, 0.5, 0.9, 0.8, "000000", snow)
        sheet.laid()
    red = snowy.pixels[..., 0] - snowy.pixels[..., 2]
    assert (red > 0.3).sum() > 30
    assert np.abs(bare.pixels[..., 0] - bare.pixels[..., 2]).max() == 0


def test_a_row_stands_on_its_line_within_its_span() -> None:
    canvas = white()
    pine_row(canvas, np.full(120, 0.8, np.float32), "000000", (0.2, 0.3), 0.03, span=(0.5, 1.0))
    dark = canvas.pixels[..., 0] < 0.5
    assert dark[:, 66:].any(axis=0).mean() > 0.5
    assert not dark[:, :48].any()
    assert not dark[:48].any()


def test_grass_grows_from_its_base() -> None:
    canvas = white()
    grass(canvas, 1.0, 0.3, 200, [canvas.pixels[0, 0] * 0])
    dark = canvas.pixels[..., 0] < 0.5
    assert dark[112:].mean() > dark[86:94].mean()
    assert not dark[:82].any()


def test_gulls_fly_on_with_the_moment() -> None:
    flights = []
    for moment in (0.0, 0.5):
        canvas = Canvas(120, 120, 3, moment)
        canvas.pixels[:] = 1
        gulls(canvas, 3, 0.2, 0.4, 0.05, "000000")
        flights.append(canvas.pixels[..., 0] < 0.7)
    assert flights[0].any()
    assert not np.array_equal(flights[0], flights[1])
    assert not flights[0][60:].any()


def test_a_rose_is_round_and_shaded() -> None:
    canvas = white()
    sheet = Sheet(canvas)
    rose(canvas, sheet, 0.5, 0.5, 0.3, "f7c0c0")
    sheet.laid()
    inside = canvas.pixels[40:80, 40:80, 1]
    assert inside.std() > 0.03
    assert canvas.pixels[:10].min() == 1

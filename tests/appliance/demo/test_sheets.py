import numpy as np
import pytest

from appliance.demo.paint import Canvas
from appliance.demo.sheets import Sheet, cast_shadow, curve, turned


def white(wide: int = 100, high: int = 50) -> Canvas:
    canvas = Canvas(wide, high, 1)
    canvas.pixels[:] = 1
    return canvas


def test_a_box_covers_its_part_and_nothing_else() -> None:
    canvas = white()
    Sheet(canvas).box(0.25, 0.5, 0.75, 0.8, "ff0000").laid()
    assert canvas.pixels[30, 50].tolist() == [1, 0, 0]
    assert canvas.pixels[10, 50].tolist() == [1, 1, 1]
    assert canvas.pixels[30, 10].tolist() == [1, 1, 1]


def test_an_oval_is_round_in_units_whatever_the_shape_of_the_canvas() -> None:
    sheet = Sheet(white(200, 50))
    mask = sheet.oval(0.5, 0.5, 0.4, 0.4, "000000").mask()
    rows, columns = mask.sum(axis=0).max(), mask.sum(axis=1).max()
    assert rows == pytest.approx(columns, abs=1.5)
    assert rows == pytest.approx(40, abs=2)


def test_edges_are_smooth_and_alpha_shows_what_is_below() -> None:
    canvas = white()
    Sheet(canvas).polygon([(0.1, 0.1), (0.9, 0.13), (0.9, 0.9), (0.1, 0.9)], "000000", 0.5).laid()
    assert canvas.pixels[30, 50].tolist() == pytest.approx([0.5] * 3, abs=0.01)
    assert len(np.unique(canvas.pixels[4:8, 10:90, 0])) > 2


def test_an_empty_sheet_changes_nothing() -> None:
    canvas = white()
    Sheet(canvas).laid()
    Sheet(canvas).box(1.5, 1.5, 2, 2, "000000").laid()
    assert canvas.pixels.min() == 1


def test_softened_shapes_reach_further_and_stay_as_strong() -> None:
    crisp, soft = Sheet(white()), Sheet(white())
    for sheet in (crisp, soft):
        sheet.box(0.4, 0.4, 0.6, 0.6, "000000")
    before, after = crisp.mask(), soft.soften(0.04).mask()
    assert (after > 0.02).sum() > (before > 0.02).sum()
    assert after.sum() == pytest.approx(before.sum(), rel=0.05)


def test_turned_outlines_move_turn_and_scale() -> None:
    canvas = Canvas(200, 100, 1)
    (place,) = turned(canvas, 0.5, 0.5, 0.2, np.pi / 2, [(1, 0)])
    assert place == pytest.approx((0.5, 0.7))


def test_curves_pass_through_their_points() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    outline = curve(corners, 4)
    assert len(outline) == 16
    assert outline[::4] == corners


def test_a_ring_is_hollow_and_a_stroke_is_thick() -> None:
    canvas = white(100, 100)
    Sheet(canvas).ring(0.5, 0.5, 0.3, "000000", 0.05).stroke([(0, 0.05), (1, 0.05)], "000000", 0.04).laid()
    dark = canvas.pixels[..., 0] < 0.5
    assert not dark[50, 50]
    assert dark[50, 19:26].any()
    assert 3 <= dark[:12, 50].sum() <= 6


def test_shadows_are_soft() -> None:
    canvas = white(100, 100)
    cast_shadow(canvas, 0.5, 0.5, 0.2, 0.1, 1.0)
    assert canvas.pixels[50, 50, 0] < 0.2
    assert 0.2 < canvas.pixels[50, 70, 0] < 0.95

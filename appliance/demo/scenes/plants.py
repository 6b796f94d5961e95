"""Trees, grass and birds that several scenes share, drawn on sheets."""

import numpy as np

from appliance.demo.paint import Canvas, Colour, Pixels, Point, mix
from appliance.demo.sheets import Sheet, curve, turned


def pine(
    canvas: Canvas,
    sheet: Sheet,
    x: float,
    foot: float,
    tall: float,
    colour: Colour,
    snow: Colour | None = None,
) -> None:
    """A conifer of ragged tiers; `tall` is a fraction of the height. With `snow`, its branches carry some."""
    rng = canvas.rng
    ratio = canvas.height / canvas.width
    reach = tall * 0.22 * ratio
    tiers = int(np.clip(tall * canvas.height / 7, 7, 22))
    left: list[Point] = []
    right: list[Point] = []
    loads: list[list[Point]] = []
    for tier in range(tiers):
        share = (tier + 1) / tiers
        level = foot - tall * (1 - share * 0.94)
        wide = reach * share**0.85
        ends = wide * rng.uniform(0.72, 1.1, 2)
        drop = tall / tiers
        left += [(x - ends[0] * 0.42, level - drop * 0.55), (x - ends[0], level + drop * 0.28)]
        right += [(x + ends[1] * 0.42, level - drop * 0.55), (x + ends[1], level + drop * 0.28)]
        if snow is not None:
            for side, reach_out in ((-1, ends[0]), (1, ends[1])):
                if rng.random() < 0.75:
                    tip = x + side * reach_out * rng.uniform(0.75, 1.0)
                    inner = x + side * reach_out * rng.uniform(0.05, 0.4)
                    top = level - drop * rng.uniform(0.3, 0.5)
                    loads.append([(inner, top), (tip, level + drop * 0.18), (inner, level - drop * 0.02)])
    sheet.polygon([(x, foot - tall), *right, (x, foot), *reversed(left)], colour)
    sheet.box(x - reach * 0.07, foot - tall * 0.05, x + reach * 0.07, foot + tall * 0.02, colour)
    if snow is not None:
        for load in loads:
            sheet.polygon(load, mix(snow, colour, float(rng.uniform(0, 0.35))))


def pine_row(
    canvas: Canvas,
    line: Pixels,
    colour: Colour,
    tall: tuple[float, float],
    spacing: float,
    keep: float = 1.0,
    snow: Colour | None = None,
    span: tuple[float, float] = (-0.02, 1.02),
) -> None:
    """A wood's edge: conifers standing on a line of heights from left to right."""
    sheet = Sheet(canvas)
    x = span[0]
    while x < span[1]:
        if canvas.rng.random() < keep:
            foot = float(line[int(np.clip(x, 0, 0.999) * canvas.width)])
            size = canvas.rng.uniform(*tall) * (1.25 if canvas.rng.random() < 0.12 else 1)
            tint = mix(colour, "000000", canvas.rng.uniform(0, 0.18))
            pine(canvas, sheet, x, foot + 0.02 + 0.06 * float(size), float(size), tint, snow)
        x += spacing * canvas.rng.uniform(0.5, 1.5)
    sheet.laid()


def grass(canvas: Canvas, base: float, tall: float, count: int, colours: list[Colour]) -> None:
    """Blades along the lower edge, bent by the wind."""
    sheet = Sheet(canvas)
    for _ in range(count):
        x = float(canvas.rng.uniform(-0.05, 1.05))
        height = tall * float(canvas.rng.uniform(0.35, 1))
        lean = float(canvas.rng.normal(0.012, 0.02))
        thick = float(canvas.rng.uniform(0.0012, 0.0035))
        blade = [
            (x - thick, base), (x + lean * 0.35 - thick * 0.6, base - height * 0.6), (x + lean, base - height),
            (x + lean * 0.35 + thick * 0.6, base - height * 0.6), (x + thick, base),
        ]  # fmt: skip
        sheet.polygon(blade, colours[int(canvas.rng.integers(len(colours)))])
    sheet.laid()


def gulls(canvas: Canvas, count: int, top: float, bottom: float, size: float, colour: Colour) -> None:
    """Birds in flight, each two bent wings."""
    sheet = Sheet(canvas)
    for _ in range(count):
        x, y = float(canvas.rng.uniform(0.15, 0.85)), float(canvas.rng.uniform(top, bottom))
        x += canvas.moment * 0.06
        span = size * float(canvas.rng.uniform(0.5, 1.15))
        lift = float(canvas.rng.uniform(0.15, 0.5)) * (
            0.4 + 0.6 * abs(float(np.cos(canvas.moment * 9 + x * 20)))
        )
        wing = [(-1.0, -0.1 - lift * 0.2), (-0.45, -0.25 - lift), (0, 0), (0.45, -0.28 - lift), (1.0, -0.05),
                (0.42, -0.12 - lift), (0, 0.13), (-0.42, -0.1 - lift)]  # fmt: skip
        tilt = float(canvas.rng.normal(0, 0.2))
        sheet.polygon(turned(canvas, x, y, span, tilt, curve(wing, 5)), colour)
    sheet.laid()


def rose(canvas: Canvas, sheet: Sheet, x: float, y: float, size: float, tint: str) -> None:
    """A rose of nested petals, each turn lighter."""
    start = float(canvas.rng.uniform(0, 6.3))
    for ring in range(5):
        reach = size * (1 - 0.19 * ring)
        for petal in range(5):
            angle = start + ring * 0.63 + petal * 2 * np.pi / 5
            px = x + float(np.cos(angle)) * reach * 0.42 * canvas.unit / canvas.width
            py = y + float(np.sin(angle)) * reach * 0.42 * canvas.unit / canvas.height
            shade = mix(tint, "8a3040", 0.32 - 0.03 * ring + 0.10 * float(np.sin(angle)))
            sheet.oval(px, py, reach * 0.62, reach * 0.58, mix(shade, "6a2038", 0.18))
            sheet.oval(
                px - reach * 0.03,
                py - reach * 0.05,
                reach * 0.56,
                reach * 0.51,
                mix(shade, "ffffff", 0.10 + 0.05 * ring),
            )
    sheet.oval(x, y, size * 0.13, size * 0.12, mix(tint, "8a3040", 0.4))

"""At the window: a cat looking out at the evening sky or at a grey day."""

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, smooth
from appliance.demo.sheets import Sheet, curve, turned


def cat(canvas: Canvas, mood: str) -> None:
    """A cat looking out of the window at the evening sky, or at the rain of a grey day."""
    if mood == "grey":
        sky: tuple[tuple[float, str], ...] = ((0, "8fa3b5"), (0.5, "c3ced6"), (0.8, "e3e2dc"), (1, "d5d0c8"))
        roof, wall, glow = "75838f", "3c4450", "f4f6f5"
    else:
        sky = ((0, "44508f"), (0.35, "b06a93"), (0.6, "f5956b"), (0.8, "ffd08a"), (1, "ffdc9c"))
        roof, wall, glow = "7a4a63", "2c1a2c", "ffe9b8"
    canvas.wash(*sky)
    canvas.glow(0.62, 0.56, 0.5, glow, 0.7)
    if mood != "grey":
        canvas.disc(0.62, 0.56, 0.06, "fff6d8")
    lanes = smooth(0.5, 0.95, canvas.noise(0.14, 6, 4.0, 0.55)) * smooth(0.7, 0.1, canvas.y)
    canvas.cover(lanes * 0.6, mix(glow, roof, 0.25))
    for index in range(3):
        _house_tops(canvas, 0.66 + 0.05 * index, mix(mix(roof, glow, 0.45), roof, index / 2))
    canvas.blur(np.ones((canvas.height, canvas.width), np.float32), 0.003)
    _window(canvas, wall, glow)
    _plant(canvas, 0.80, 0.815, mix(wall, "2f5a3a", 0.45), mix(wall, "b5694a", 0.45))
    _sitting_cat(canvas, 0.40, 0.825, 0.36, mix(wall, "000000", 0.45), glow)
    canvas.bloom(0.45, 0.72)


def _house_tops(canvas: Canvas, level: float, tone: Pixels) -> None:
    sheet = Sheet(canvas)
    x = -0.1
    while x < 1.05:
        wide, tall = (float(value) for value in canvas.rng.uniform((0.10, 0.05), (0.2, 0.12)))
        sheet.polygon(
            [(x, 0.95), (x, level), (x + wide / 2, level - tall * 0.7), (x + wide, level), (x + wide, 0.95)],
            mix(tone, "000000", float(canvas.rng.uniform(0, 0.12))),
        )
        if canvas.rng.random() < 0.6:
            sheet.box(x + wide * 0.62, level - tall * 0.75, x + wide * 0.7, level - 0.01, tone)
        for _ in range(2):
            wx = x + wide * float(canvas.rng.uniform(0.2, 0.75))
            wy = level + float(canvas.rng.uniform(0.015, 0.08))
            sheet.box(wx, wy, wx + 0.012, wy + 0.022, mix(tone, "ffdf9a", 0.7))
        x += wide * 0.95
    sheet.laid()


def _window(canvas: Canvas, wall: str, glow: str) -> None:
    """Frame, sill and curtains around the view, the light falling in."""
    sheet = Sheet(canvas)
    for left, top, right, bottom in ((0, 0, 0.10, 1), (0.90, 0, 1, 1), (0, 0, 1, 0.05), (0, 0.80, 1, 1)):
        sheet.box(left, top, right, bottom, wall)
    frame = mix(wall, "6b4a44", 0.35)
    for left, top, right, bottom in (
        (0.10, 0.05, 0.125, 0.8),
        (0.875, 0.05, 0.9, 0.8),
        (0.10, 0.05, 0.9, 0.08),
        (0.565, 0.05, 0.585, 0.8),
        (0.10, 0.3, 0.9, 0.318),
    ):
        sheet.box(left, top, right, bottom, frame)
    sheet.polygon([(0.07, 0.80), (0.93, 0.80), (0.985, 0.865), (0.015, 0.865)], mix(frame, glow, 0.35))
    sheet.box(0.015, 0.865, 0.985, 0.895, mix(frame, wall, 0.5))
    sheet.laid()
    canvas.glow(0.6, 0.82, 0.26, glow, 0.30, 2.0)
    folds = Sheet(canvas)
    for side in (0, 1):
        for fold in range(7):
            start, end = 0.028 * fold, 0.028 * (fold + 1.35)
            drawn = 0.55 + 0.45 * fold / 7
            near = [
                (start, 0.0),
                (end, 0.0),
                (end * drawn, 0.45),
                (end * 0.62, 0.70),
                (end * 0.72, 1.0),
                (start * 0.72, 1.0),
                (start * 0.6, 0.70),
                (start * drawn, 0.45),
            ]
            shape = near if side == 0 else [(1 - px, py) for px, py in near]
            tint = mix(mix(wall, "c98a72", 0.42), glow, 0.10 + 0.10 * (fold % 2) + 0.04 * fold)
            folds.polygon(shape, tint)
    folds.soften(0.0016)
    folds.laid()


def _plant(canvas: Canvas, x: float, foot: float, leaf: Pixels, pot: Pixels) -> None:
    sheet = Sheet(canvas)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, foot, 0.13, 0, points)

    for _ in range(17):
        angle = float(canvas.rng.uniform(-1.25, 1.25))
        reach = float(canvas.rng.uniform(1.0, 1.9))
        tip = (float(np.sin(angle)) * reach, -0.7 - float(np.cos(angle)) * reach)
        middle = (tip[0] * 0.5 - 0.1, (tip[1] - 0.7) * 0.55)
        other = (tip[0] * 0.5 + 0.12, (tip[1] - 0.7) * 0.5)
        sheet.polygon(
            at(curve([(0, -0.7), middle, tip, other], 8)),
            mix(leaf, "d9e6a0", float(canvas.rng.uniform(0, 0.22))),
        )
    sheet.polygon(at([(-0.42, -0.75), (0.42, -0.75), (0.3, 0), (-0.3, 0)]), pot)
    sheet.polygon(at([(0.12, -0.75), (0.42, -0.75), (0.3, 0), (0.1, 0)]), mix(pot, "000000", 0.25))
    sheet.polygon(
        at([(-0.48, -0.86), (0.48, -0.86), (0.46, -0.68), (-0.46, -0.68)]), mix(pot, "ffdab0", 0.12)
    )
    sheet.laid()


def _sitting_cat(canvas: Canvas, x: float, foot: float, size: float, ink: Pixels, glow: str) -> None:
    """The cat from behind: body, head with ears, tail hanging over the sill; a rim of light."""

    def at(points: list[tuple[float, float]], off: float = 0.0) -> list[tuple[float, float]]:
        return turned(canvas, x + off, foot, size, 0, points)

    body = curve(
        [
            (-0.36, 0.0),
            (-0.40, -0.22),
            (-0.27, -0.60),
            (-0.17, -0.80),
            (0.0, -0.86),
            (0.17, -0.80),
            (0.25, -0.60),
            (0.37, -0.24),
            (0.36, 0.0),
            (0.0, 0.03),
        ],
        10,
    )
    head = curve(
        [
            (-0.215, -0.93),
            (-0.235, -1.06),
            (-0.13, -1.165),
            (0.0, -1.185),
            (0.13, -1.165),
            (0.235, -1.06),
            (0.215, -0.93),
            (0.1, -0.83),
            (-0.1, -0.83),
        ],
        10,
    )
    ears = [
        [(-0.225, -1.05), (-0.235, -1.36), (-0.04, -1.17)],
        [(0.225, -1.05), (0.235, -1.36), (0.04, -1.17)],
    ]
    tail = [(0.22, -0.05), (0.42, -0.03), (0.52, 0.08), (0.50, 0.26), (0.40, 0.38), (0.42, 0.46)]
    rim = Sheet(canvas)
    for outline in (body, head, *ears):
        rim.polygon(at(outline, 0.004), mix(ink, glow, 0.75))
    rim.laid()
    sheet = Sheet(canvas)
    for outline in (body, head, *ears):
        sheet.polygon(at(outline), ink)
    smooth_tail = curve([*tail, *reversed(tail)], 8)
    sheet.stroke(at(smooth_tail[: len(smooth_tail) // 2]), ink, 0.034)
    sheet.polygon(
        at(curve([(-0.14, -0.75), (0, -0.79), (0.14, -0.75), (0, -0.71)], 6)), mix("c8404a", ink, 0.25)
    )
    for side in (-1, 1):
        for lift in (-0.04, 0.02):
            sheet.stroke(at([(side * 0.2, -0.95), (side * 0.36, -0.97 + lift)]), mix(ink, glow, 0.5), 0.001)
    sheet.laid()

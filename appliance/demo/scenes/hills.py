"""Rolling hills with a farmhouse, cypresses and mist in the hollows."""

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, ramp, smooth
from appliance.demo.scenes.plants import gulls
from appliance.demo.sheets import Sheet, curve, turned


def hills(canvas: Canvas, mood: str) -> None:
    """Rolling hills with a farmhouse, cypresses and mist in the hollows."""
    if mood == "evening":
        canvas.wash((0, "4d5f96"), (0.25, "b58aa6"), (0.42, "f6b889"), (0.55, "ffdf9f"), (1, "ffdf9f"))
        haze, far, near = "f5c08c", "b08a6c", "4a5428"
    else:
        canvas.wash((0, "6f9fcb"), (0.3, "b6cfdc"), (0.5, "f3e6c8"), (1, "f3e6c8"))
        haze, far, near = "efe2c0", "b4bd92", "5a7a35"
    canvas.glow(0.25, 0.4, 0.55, "fff4d0", 0.7)
    if mood == "evening":
        canvas.disc(0.25, 0.4, 0.045, "fff8e0")
    lanes = smooth(0.5, 0.95, canvas.noise(0.12, 6, 4.0, 0.55)) * smooth(0.45, 0.05, canvas.y)
    canvas.cover(lanes * 0.6, "fff0e0")
    for index in range(6):
        share = index / 5
        swell = 0.055 * np.sin(canvas.x[0] * (4 + index) + float(canvas.rng.uniform(0, 6.3)))
        line = (0.46 + 0.095 * index + swell + 0.008 * canvas.line(0.4, 3)).astype(np.float32)
        down = canvas.y - line
        furrow = 0.5 + 0.5 * np.sin((down * (70 - 34 * share) + canvas.x * (16 if index % 2 else -12)) * 2.2)
        tone = ramp(
            smooth(0, 0.2, down),
            (0, mix(mix(far, near, share), "fff0b8", 0.30)),
            (1, mix(haze, near, 0.2 + 0.6 * share)),
        )
        tone = (
            tone * (0.93 + 0.10 * furrow * share * (index % 2 == 0) + 0.07 * canvas.noise(0.05, 4))[..., None]
        )
        canvas.cover(canvas.below(line), tone.astype(np.float32))
        if index == 2:
            _farm(canvas, 0.62, float(line[int(0.62 * canvas.width)]) + 0.01, 0.055)
        if index in (1, 3, 4):
            _cypresses(
                canvas,
                line,
                mix(mix("26351c", haze, 0.5 - 0.13 * index), "000000", 0.05),
                0.03 + 0.024 * index,
                4 + index,
            )
    gulls(canvas, 5, 0.1, 0.35, 0.014, "6b5560")
    canvas.bloom(0.4, 0.74)


def _cypresses(canvas: Canvas, line: Pixels, tone: Pixels, tall: float, count: int) -> None:
    sheet = Sheet(canvas)
    start = float(canvas.rng.uniform(0.05, 0.6))
    for index in range(count):
        x = start + index * tall * 0.42 * float(canvas.rng.uniform(0.8, 1.25))
        foot = float(line[int(np.clip(x, 0, 0.999) * canvas.width)]) + 0.006
        size = tall * float(canvas.rng.uniform(0.8, 1.2)) * canvas.height / canvas.unit
        shape = curve([(0, 0), (-0.11, -0.25), (-0.085, -0.62), (0, -1.05), (0.085, -0.62), (0.11, -0.25)], 6)
        sheet.polygon(
            turned(canvas, x, foot, size, 0, [(0.06, 0.0), (0.95, 0.16), (0.8, 0.2), (-0.04, 0.03)]),
            mix(tone, "6a7a3a", 0.55),
            0.5,
        )
        sheet.polygon(turned(canvas, x, foot, size, 0, shape), tone)
        lit = curve([(-0.02, -0.05), (-0.105, -0.25), (-0.08, -0.62), (0, -1.0), (-0.02, -0.6)], 6)
        sheet.polygon(turned(canvas, x, foot, size, 0, lit), mix(tone, "d8b86a", 0.28))
    sheet.laid()


def _farm(canvas: Canvas, x: float, foot: float, size: float) -> None:
    sheet = Sheet(canvas)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, foot, size * canvas.height / canvas.unit, 0, points)

    for left, right, top, wall in (
        (-0.9, 0.5, -0.6, "e9cfa4"),
        (0.4, 1.1, -0.42, "d9bb8c"),
        (-0.35, 0.05, -1.05, "f0dab0"),
    ):
        sheet.polygon(at([(left, 0), (right, 0), (right, top), (left, top)]), wall)
        sheet.polygon(
            at(
                [
                    (left + (right - left) * 0.55, 0),
                    (right, 0),
                    (right, top),
                    (left + (right - left) * 0.55, top),
                ]
            ),
            mix(wall, "8a6242", 0.3),
        )
        sheet.polygon(
            at(
                [
                    (left - 0.08, top),
                    (right + 0.08, top),
                    ((left + right) / 2 + 0.2, top - 0.25),
                    ((left + right) / 2 - 0.2, top - 0.25),
                ]
            ),
            "b0623c",
        )
    for wx, wy in ((-0.7, -0.4), (-0.5, -0.4), (0.2, -0.4), (0.7, -0.25), (-0.2, -0.85)):
        sheet.polygon(at([(wx, wy), (wx + 0.09, wy), (wx + 0.09, wy + 0.16), (wx, wy + 0.16)]), "5a4334")
    sheet.laid()

"""One flower close by: sunflower, daisy or dahlia, the garden out of focus behind it."""

import numpy as np

from appliance.demo.paint import Canvas, mix, smooth
from appliance.demo.sheets import Sheet, curve, turned


def bloom(canvas: Canvas, mood: str) -> None:
    """One flower close by, the garden out of focus behind it; the mood is its kind."""
    kinds = {
        "sunflower": ("f6b21b", "c9680b", "3b2010", 34, 0.5, 2.6),
        "daisy": ("fdfcf8", "cfd6e4", "f2b90f", 24, 0.27, 1.75),
        "dahlia": ("e2557a", "8f1f4f", "f4a06a", 21, 0.16, 2.0),
    }
    petal, shade, heart, count, core, narrow = kinds[mood]
    canvas.wash((0, "5f8a4a"), (0.5, "4a7a45"), (1, "22401f"))
    canvas.cover(canvas.noise(0.5, 3) * 0.7, mix("9fc46a", petal, 0.25))
    canvas.cover(smooth(0.45, 0.9, canvas.noise(0.4, 3)) * 0.6, "1f3d22")
    sheet = Sheet(canvas)
    for _ in range(36):
        x, y = (float(value) for value in canvas.rng.random(2))
        size = float(canvas.rng.uniform(0.02, 0.07))
        tint = mix(
            ["fff3c0", petal, "b7d97a", "f4a6b8"][int(canvas.rng.integers(4))],
            "47743f",
            float(canvas.rng.uniform(0.2, 0.6)),
        )
        sheet.oval(x, y, size, size, tint, 0.75)
    sheet.soften(0.006)
    sheet.laid(0.8)
    canvas.blur(np.ones((canvas.height, canvas.width), np.float32), 0.012)
    canvas.glow(0.85, 0.05, 0.7, "fff6cf", 0.55)
    x, y, size = 0.47 + float(canvas.rng.uniform(-0.04, 0.04)), 0.47, 0.36
    _stalk(canvas, x, y)
    layers = {
        "sunflower": [(1.0, 0.0, 0.30), (0.86, 0.5, 0.12), (0.70, 0.25, 0.0)],
        "daisy": [(1.0, 0.0, 0.30), (0.86, 0.5, 0.12)],
        "dahlia": [
            (1.0, 0.0, 0.45), (0.88, 0.5, 0.34), (0.75, 0.2, 0.24), (0.62, 0.7, 0.15),
            (0.49, 0.4, 0.08), (0.36, 0.1, 0.0), (0.24, 0.6, 0.0),
        ],
    }  # fmt: skip
    for reach, offset, dark in layers[mood]:
        _petals(canvas, (x, y), size * reach, count, offset, (petal, shade), dark, narrow)
    _heart(canvas, x, y, size * core, heart)
    canvas.bloom(0.35, 0.78)


def _stalk(canvas: Canvas, x: float, y: float) -> None:
    sheet = Sheet(canvas)
    sheet.stroke([(x, y), (x + 0.02, 0.75), (x + 0.01, 1.05)], "4e7a35", 0.028)
    sheet.stroke([(x - 0.006, y), (x + 0.014, 0.75), (x + 0.004, 1.05)], "84ac55", 0.008)
    for side in (-1, 1):
        leaf = curve([(0, 0), (side * 0.5, -0.42), (side * 1.15, -0.5), (side * 0.8, -0.02)], 8)
        sheet.polygon(
            turned(canvas, x + 0.012, 0.93, 0.26, 0, leaf), mix("3f6e2f", "8fb65a", 0.3 + 0.25 * side)
        )
        sheet.stroke(
            turned(canvas, x + 0.012, 0.93, 0.26, 0, [(0, 0), (side * 0.6, -0.27), (side * 1.1, -0.47)]),
            "9cc068",
            0.003,
        )
    sheet.laid()


def _petals(
    canvas: Canvas, at: tuple[float, float], reach: float, count: int, offset: float,
    tints: tuple[str, str], dark: float, narrow: float,
) -> None:  # fmt: skip
    sheet = Sheet(canvas)
    order = canvas.rng.permutation(count)
    for index in order:
        angle = (int(index) + offset) * 2 * np.pi / count + float(canvas.rng.normal(0, 0.03))
        length = reach * float(canvas.rng.uniform(0.92, 1.05))
        wide = narrow * 2 * np.pi / count * 0.36
        base = mix(tints[0], tints[1], dark + float(canvas.rng.uniform(0, 0.16)))
        shape = [
            (0.15, 0.0),
            (0.45, wide * 0.8),
            (0.78, wide * 0.85),
            (1.0, 0.0),
            (0.78, -wide * 0.85),
            (0.45, -wide * 0.8),
        ]
        sheet.polygon(turned(canvas, *at, length, angle, curve(shape, 6)), mix(base, tints[1], 0.45))
        inner = [(px, py * 0.86) for px, py in shape]
        sheet.polygon(turned(canvas, *at, length * 0.985, angle, curve(inner, 6)), base)
        light = [
            (0.3, 0.0),
            (0.5, wide * 0.30),
            (0.8, wide * 0.36),
            (0.95, 0.0),
            (0.8, -wide * 0.08),
            (0.5, -wide * 0.05),
        ]
        sheet.polygon(turned(canvas, *at, length, angle, curve(light, 5)), mix(base, "ffffff", 0.22))
        sheet.stroke(
            turned(canvas, *at, length, angle, [(0.2, 0), (0.9, 0)]), mix(base, tints[1], 0.4), 0.0014
        )
    sheet.laid()


def _heart(canvas: Canvas, x: float, y: float, radius: float, tone: str) -> None:
    """Florets in the golden angle's spiral."""
    sheet = Sheet(canvas)
    sheet.oval(x, y, radius, radius, mix(tone, "000000", 0.45))
    for index in range(620):
        share = np.sqrt(index / 620)
        angle = index * 2.39996
        px = x + float(np.cos(angle)) * share * radius * canvas.unit / canvas.width
        py = y + float(np.sin(angle)) * share * radius * canvas.unit / canvas.height
        lit = 0.5 - 0.35 * float(np.sin(angle)) * share
        tint = mix(mix(tone, "000000", 0.3), mix(tone, "ffdf8a", 0.6), lit * (0.4 + 0.6 * share))
        dot = radius * 0.042 * (0.7 + 0.6 * share)
        sheet.oval(px, py, dot, dot, tint)
    sheet.laid()

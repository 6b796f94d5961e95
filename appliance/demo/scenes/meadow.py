"""Open country in the warm months: rows of flowers, poppies, one bloom close by, hills with cypresses."""

from dataclasses import dataclass

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import gulls
from appliance.demo.sheets import Sheet, curve, turned


@dataclass(frozen=True, slots=True)
class Field:
    """Rows of one kind of flower: their colours, the leaf, the sky and the far hills."""

    rows: tuple[str, ...]
    leaf: str
    sky: tuple[tuple[float, str], ...]
    hill: str
    tall: bool


FIELDS = {
    "tulips": Field(
        ("d7263d", "f4d35e", "e76f9a", "f28b30", "f7f3ee", "7a3b8f", "d7263d", "f2a1b5"), "4f7a3a",
        ((0, "4a90c8"), (0.5, "9cc8e4"), (1, "e8f1f0")), "9db8b4", False,
    ),
    "lavender": Field(
        ("7a5bb0", "8a6cc2", "6b4aa0", "9a80d0"), "6f7a4a",
        ((0, "5d5f9f"), (0.4, "c08aa8"), (0.75, "f7b58c"), (1, "ffdca0")), "8d7aa8", True,
    ),
}  # fmt: skip


def rows(canvas: Canvas, mood: str) -> None:
    """Rows of flowers that run to the horizon."""
    field = FIELDS[mood]
    horizon = 0.40
    canvas.pixels[:] = ramp(canvas.y[:, 0] / horizon, *field.sky)[:, None, :]
    warm = mood == "lavender"
    canvas.glow(0.7, 0.34 if warm else 0.05, 0.5, "fff0cf", 0.6)
    if warm:
        canvas.disc(0.7, 0.33, 0.04, "fff6dc")
    lanes = smooth(0.5, 0.92, canvas.noise(0.14, 6, 3.0, 0.55)) * smooth(horizon, 0.05, canvas.y)
    canvas.cover(lanes * 0.75, "ffffff" if not warm else "ffd9c4")
    for index in range(2):
        hills = horizon + 0.005 - (0.06 - 0.025 * index) * (0.7 + 0.5 * canvas.line(0.8, 5, 0.45))
        canvas.cover(canvas.below(hills.astype(np.float32)), mix(field.hill, field.leaf, 0.35 * index))
    if not warm:
        _windmill(canvas, 0.24, horizon + 0.004, 0.2)
    _stripes(canvas, field, horizon)
    gulls(canvas, 4, 0.08, 0.25, 0.015, mix(field.hill, "202030", 0.5))
    canvas.bloom(0.35, 0.78)


def _stripes(canvas: Canvas, field: Field, horizon: float) -> None:
    """The rows in perspective: far ones as bands, near ones as single flowers, back to front."""
    vanish = 0.5 + float(canvas.rng.uniform(-0.15, 0.15))
    depth = np.maximum((canvas.y - horizon) / (1 - horizon), 0.0)
    across = (canvas.x - vanish) * canvas.width / canvas.unit / np.maximum(depth, 0.004)
    count = 3.1
    band = np.floor(across * count)
    place = across * count - band
    tones = np.array([rgb(tone) for tone in field.rows])
    colour = tones[band.astype(int) % len(tones)]
    gap = smooth(0.30, 0.42, np.abs(place - 0.5))
    speckle = canvas.noise(0.012, 3, 1.6, 0.8)
    colour = colour * (0.72 + 0.5 * speckle)[..., None]
    leaf = rgb(field.leaf) * (0.55 + 0.6 * speckle)[..., None]
    colour = colour + (leaf - colour) * (gap * 0.95)[..., None]
    haze = np.exp(-depth * 9)[..., None] * 0.55
    colour = colour + (rgb(field.sky[-1][1]) - colour) * haze
    canvas.cover(np.broadcast_to((canvas.y > horizon).astype(np.float32), speckle.shape), colour.astype(np.float32))
    sheet = Sheet(canvas)
    level = 0.06
    while level < 1.12:
        for row in range(-14, 15):
            x = vanish + (row + 0.5) / count * level * canvas.unit / canvas.width
            if -0.1 < x < 1.1:
                tone = field.rows[row % len(field.rows)]
                _clump(canvas, sheet, x, horizon + level * (1 - horizon), level, tone, field)
        level *= 1.055
    sheet.laid()


def _clump(canvas: Canvas, sheet: Sheet, x: float, y: float, level: float, tone: str, field: Field) -> None:
    """The flowers of one row at one depth."""
    size = 0.026 * level
    for _ in range(5 if level > 0.25 else 3):
        fx = x + float(canvas.rng.normal(0, 0.055 * level)) * canvas.unit / canvas.width
        fy = y + float(canvas.rng.uniform(-0.5, 0.5)) * 0.04 * level
        tint = mix(tone, "ffffff" if canvas.rng.random() < 0.5 else "2a1030", float(canvas.rng.uniform(0, 0.22)))
        stem = mix(field.leaf, "1f3018", float(canvas.rng.uniform(0, 0.5)))
        sheet.polygon(turned(canvas, fx, fy, size, 0, [(-0.12, 2.4), (0.0, 0.2), (0.14, 2.4)]), stem)
        if field.tall:
            for bud in range(6):
                sheet.oval(fx, fy - 0.42 * size * bud, size * (0.34 - 0.035 * bud), size * 0.24, mix(tint, "ffffff", 0.06 * bud))
            continue
        sheet.polygon(turned(canvas, fx, fy, size, 0, [(-0.1, 2.4), (-0.7, 0.7), (-0.25, 1.7)]), mix(stem, "a9c47a", 0.25))
        cup = [(-0.62, -0.15), (-0.5, -0.95), (-0.2, -0.6), (0, -1.05), (0.2, -0.6), (0.5, -0.95), (0.62, -0.15), (0.35, 0.5), (-0.35, 0.5)]
        sheet.polygon(turned(canvas, fx, fy, size, 0, cup), tint)
        sheet.polygon(turned(canvas, fx, fy, size, 0, [(0, -1.05), (0.2, -0.55), (0.1, 0.48), (-0.12, 0.48), (-0.2, -0.55)]), mix(tint, "ffffff", 0.22))


def _windmill(canvas: Canvas, x: float, foot: float, size: float) -> None:
    sheet = Sheet(canvas)
    body, roof, arm = "6d5546", "4a3a34", "3d312c"
    sheet.polygon(turned(canvas, x, foot, size, 0, [(-0.16, 0), (0.16, 0), (0.085, -0.62), (-0.085, -0.62)]), body)
    sheet.polygon(turned(canvas, x, foot, size, 0, [(0.02, 0), (0.16, 0), (0.085, -0.62), (0.02, -0.62)]), mix(body, "000000", 0.2))
    sheet.polygon(turned(canvas, x, foot, size, 0, curve([(-0.1, -0.61), (0, -0.76), (0.1, -0.61), (0, -0.6)], 6)), roof)
    hub = turned(canvas, x, foot, size, 0, [(0, -0.66)])[0]
    for blade in range(4):
        angle = 0.45 + blade * np.pi / 2
        sheet.polygon(turned(canvas, *hub, size, angle, [(0.03, -0.005), (0.5, -0.015), (0.5, -0.085), (0.07, -0.085)]), "efe7d8")
        sheet.stroke(turned(canvas, *hub, size, angle, [(0, 0), (0.52, 0)]), arm, 0.002)
    sheet.laid()


def poppies(canvas: Canvas, mood: str) -> None:
    """Poppies and cornflowers in tall grass, the sun low behind them."""
    canvas.wash((0, "86b4d0"), (0.3, "d8dfcc"), (0.5, "f4e3b0"), (0.6, "b9c27a"), (0.8, "6c8a44"), (1, "2f4a24"))
    canvas.glow(0.68, 0.28, 0.65, "fff3cf", 0.8)
    trees = (0.47 - 0.055 * np.clip(canvas.line(0.16, 4) + 0.5, 0, 1.4)).astype(np.float32)
    canvas.cover(canvas.below(trees, 0.02) * smooth(0.62, 0.45, canvas.y), "a9b684")
    canvas.cover(smooth(0.5, 1, canvas.y) * canvas.noise(0.03, 4, 0.4, 0.7) * 0.5, "3b5a28")
    for layer, (low, size, count, soft) in enumerate(
        ((0.53, 0.010, 220, 0.003), (0.60, 0.020, 110, 0.0016), (0.70, 0.040, 42, 0.0), (0.84, 0.075, 13, 0.0))
    ):
        _blades(canvas, low, layer)
        sheet = Sheet(canvas)
        for _ in range(count):
            x, y = float(canvas.rng.uniform(-0.03, 1.03)), low + float(canvas.rng.uniform(-0.05, 0.07))
            if canvas.rng.random() < 0.78:
                _poppy(canvas, sheet, x, y, size * float(canvas.rng.uniform(0.75, 1.2)))
            else:
                _cornflower(canvas, sheet, x, y, size * 0.6)
        if soft:
            sheet.soften(soft)
        sheet.laid()
    for _ in range(24):
        x, y = float(canvas.rng.random()), float(canvas.rng.uniform(0.3, 0.9))
        canvas.glow(x, y, float(canvas.rng.uniform(0.006, 0.014)), "fff2b8", 0.45)
    canvas.bloom(0.45, 0.72)


def _blades(canvas: Canvas, low: float, layer: int) -> None:
    sheet = Sheet(canvas)
    for _ in range(260 + 60 * layer):
        x = float(canvas.rng.uniform(-0.05, 1.05))
        foot = low + 0.13 + 0.1 * layer
        tall = (0.10 + 0.07 * layer) * float(canvas.rng.uniform(0.5, 1.1))
        lean = float(canvas.rng.normal(0.01, 0.02))
        thick = 0.0007 + 0.0006 * layer
        tint = mix(mix("5f7f38", "c7d07f", float(canvas.rng.random()) ** 1.6), "22381a", 0.12 * layer)
        sheet.polygon([(x - thick, foot), (x + lean * 0.4, foot - tall * 0.6), (x + lean, foot - tall), (x + lean * 0.4 + thick * 1.4, foot - tall * 0.6), (x + thick, foot)], tint)
    sheet.laid()


def _poppy(canvas: Canvas, sheet: Sheet, x: float, y: float, size: float) -> None:
    """Four crumpled petals around a dark heart."""
    lean = float(canvas.rng.normal(0, 0.25))
    stem = turned(canvas, x, y, size, 0, [(0, 0.2), (lean, 2.2), (lean * 1.6, 4.5)])
    sheet.stroke(stem, "4f6a2f", max(0.001, size * 0.07))
    red = mix("e0301e", "ff6a3d", float(canvas.rng.random()))
    flat = float(canvas.rng.uniform(0.55, 0.8))
    for angle, tone in ((3.6, 0.25), (5.8, 0.18), (0.5, 0.0), (2.6, 0.06)):
        petal = []
        for step in range(14):
            turn = angle + (step / 13 - 0.5) * 2.3
            reach = 0.98 * (1 - 0.35 * abs(step / 13 - 0.5) ** 2) + float(canvas.rng.uniform(-0.05, 0.05))
            petal.append((float(np.cos(turn)) * reach, float(np.sin(turn)) * reach * flat))
        sheet.polygon(turned(canvas, x, y, size, lean * 0.5, [(0, 0.05), *petal]), mix(red, "5a0a0a", tone + float(canvas.rng.uniform(0, 0.08))))
    sheet.oval(x, y, size * 0.2, size * 0.15, "24121a")
    sheet.oval(x, y - size * 0.03 * canvas.unit / canvas.height, size * 0.09, size * 0.06, "6f7a4a")


def _cornflower(canvas: Canvas, sheet: Sheet, x: float, y: float, size: float) -> None:
    sheet.stroke(turned(canvas, x, y, size, 0, [(0, 0.2), (0.2, 6)]), "4f6a2f", max(0.0008, size * 0.07))
    for petal in range(11):
        angle = petal * 2 * np.pi / 11 + float(canvas.rng.uniform(-0.1, 0.1))
        tint = mix("3a5fcf", "7f9bf0", float(canvas.rng.random()))
        sheet.polygon(turned(canvas, x, y, size, angle, [(0, 0), (0.7, -0.22), (1.05, -0.1), (0.85, 0.0), (1.05, 0.1), (0.7, 0.22)]), tint)
    sheet.oval(x, y, size * 0.25, size * 0.25, "2c2c70")


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
        tint = mix(["fff3c0", petal, "b7d97a", "f4a6b8"][int(canvas.rng.integers(4))], "47743f", float(canvas.rng.uniform(0.2, 0.6)))
        sheet.oval(x, y, size, size, tint, 0.75)
    sheet.soften(0.006)
    sheet.laid(0.8)
    canvas.blur(np.ones((canvas.height, canvas.width), np.float32), 0.012)
    canvas.glow(0.85, 0.05, 0.7, "fff6cf", 0.55)
    x, y, size = 0.47 + float(canvas.rng.uniform(-0.04, 0.04)), 0.47, 0.36
    _stalk(canvas, x, y)
    layers = ((1.0, 0.0, 0.30), (0.86, 0.5, 0.12), (0.70, 0.25, 0.0)) if mood != "dahlia" else (
        (1.0, 0.0, 0.45), (0.88, 0.5, 0.34), (0.75, 0.2, 0.24), (0.62, 0.7, 0.15), (0.49, 0.4, 0.08), (0.36, 0.1, 0.0), (0.24, 0.6, 0.0),
    )  # fmt: skip
    for reach, offset, dark in layers[: 2 if mood == "daisy" else None]:
        _petals(canvas, (x, y), size * reach, count, offset, (petal, shade), dark, narrow)
    _heart(canvas, x, y, size * core, heart)
    canvas.bloom(0.35, 0.78)


def _stalk(canvas: Canvas, x: float, y: float) -> None:
    sheet = Sheet(canvas)
    sheet.stroke([(x, y), (x + 0.02, 0.75), (x + 0.01, 1.05)], "4e7a35", 0.028)
    sheet.stroke([(x - 0.006, y), (x + 0.014, 0.75), (x + 0.004, 1.05)], "84ac55", 0.008)
    for side in (-1, 1):
        leaf = curve([(0, 0), (side * 0.5, -0.42), (side * 1.15, -0.5), (side * 0.8, -0.02)], 8)
        sheet.polygon(turned(canvas, x + 0.012, 0.93, 0.26, 0, leaf), mix("3f6e2f", "8fb65a", 0.3 + 0.25 * side))
        sheet.stroke(turned(canvas, x + 0.012, 0.93, 0.26, 0, [(0, 0), (side * 0.6, -0.27), (side * 1.1, -0.47)]), "9cc068", 0.003)
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
        shape = [(0.15, 0.0), (0.45, wide * 0.8), (0.78, wide * 0.85), (1.0, 0.0), (0.78, -wide * 0.85), (0.45, -wide * 0.8)]
        sheet.polygon(turned(canvas, *at, length, angle, curve(shape, 6)), mix(base, tints[1], 0.45))
        inner = [(px, py * 0.86) for px, py in shape]
        sheet.polygon(turned(canvas, *at, length * 0.985, angle, curve(inner, 6)), base)
        light = [(0.3, 0.0), (0.5, wide * 0.30), (0.8, wide * 0.36), (0.95, 0.0), (0.8, -wide * 0.08), (0.5, -wide * 0.05)]
        sheet.polygon(turned(canvas, *at, length, angle, curve(light, 5)), mix(base, "ffffff", 0.22))
        sheet.stroke(turned(canvas, *at, length, angle, [(0.2, 0), (0.9, 0)]), mix(base, tints[1], 0.4), 0.0014)
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
        tone = ramp(smooth(0, 0.2, down), (0, mix(mix(far, near, share), "fff0b8", 0.30)), (1, mix(haze, near, 0.2 + 0.6 * share)))
        tone = tone * (0.93 + 0.10 * furrow * share * (index % 2 == 0) + 0.07 * canvas.noise(0.05, 4))[..., None]
        canvas.cover(canvas.below(line), tone.astype(np.float32))
        if index == 2:
            _farm(canvas, 0.62, float(line[int(0.62 * canvas.width)]) + 0.01, 0.055)
        if index in (1, 3, 4):
            _cypresses(canvas, line, mix(mix("26351c", haze, 0.5 - 0.13 * index), "000000", 0.05), 0.03 + 0.024 * index, 4 + index)
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
        sheet.polygon(turned(canvas, x, foot, size, 0, [(0.06, 0.0), (0.95, 0.16), (0.8, 0.2), (-0.04, 0.03)]), mix(tone, "6a7a3a", 0.55), 0.5)
        sheet.polygon(turned(canvas, x, foot, size, 0, shape), tone)
        lit = curve([(-0.02, -0.05), (-0.105, -0.25), (-0.08, -0.62), (0, -1.0), (-0.02, -0.6)], 6)
        sheet.polygon(turned(canvas, x, foot, size, 0, lit), mix(tone, "d8b86a", 0.28))
    sheet.laid()


def _farm(canvas: Canvas, x: float, foot: float, size: float) -> None:
    sheet = Sheet(canvas)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, foot, size * canvas.height / canvas.unit, 0, points)

    for left, right, top, wall in ((-0.9, 0.5, -0.6, "e9cfa4"), (0.4, 1.1, -0.42, "d9bb8c"), (-0.35, 0.05, -1.05, "f0dab0")):
        sheet.polygon(at([(left, 0), (right, 0), (right, top), (left, top)]), wall)
        sheet.polygon(at([(left + (right - left) * 0.55, 0), (right, 0), (right, top), (left + (right - left) * 0.55, top)]), mix(wall, "8a6242", 0.3))
        sheet.polygon(at([(left - 0.08, top), (right + 0.08, top), ((left + right) / 2 + 0.2, top - 0.25), ((left + right) / 2 - 0.2, top - 0.25)]), "b0623c")
    for wx, wy in ((-0.7, -0.4), (-0.5, -0.4), (0.2, -0.4), (0.7, -0.25), (-0.2, -0.85)):
        sheet.polygon(at([(wx, wy), (wx + 0.09, wy), (wx + 0.09, wy + 0.16), (wx, wy + 0.16)]), "5a4334")
    sheet.laid()

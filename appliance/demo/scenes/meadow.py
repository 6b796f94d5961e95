"""Fields in flower: rows of tulips or lavender to the horizon, poppies and cornflowers in the grass."""

from dataclasses import dataclass

import numpy as np

from appliance.demo.paint import Canvas, mix, ramp, rgb, smooth
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
    canvas.cover(
        np.broadcast_to((canvas.y > horizon).astype(np.float32), speckle.shape), colour.astype(np.float32)
    )
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
        tint = mix(
            tone, "ffffff" if canvas.rng.random() < 0.5 else "2a1030", float(canvas.rng.uniform(0, 0.22))
        )
        stem = mix(field.leaf, "1f3018", float(canvas.rng.uniform(0, 0.5)))
        sheet.polygon(turned(canvas, fx, fy, size, 0, [(-0.12, 2.4), (0.0, 0.2), (0.14, 2.4)]), stem)
        if field.tall:
            for bud in range(6):
                sheet.oval(
                    fx,
                    fy - 0.42 * size * bud,
                    size * (0.34 - 0.035 * bud),
                    size * 0.24,
                    mix(tint, "ffffff", 0.06 * bud),
                )
            continue
        sheet.polygon(
            turned(canvas, fx, fy, size, 0, [(-0.1, 2.4), (-0.7, 0.7), (-0.25, 1.7)]),
            mix(stem, "a9c47a", 0.25),
        )
        cup = [
            (-0.62, -0.15),
            (-0.5, -0.95),
            (-0.2, -0.6),
            (0, -1.05),
            (0.2, -0.6),
            (0.5, -0.95),
            (0.62, -0.15),
            (0.35, 0.5),
            (-0.35, 0.5),
        ]
        sheet.polygon(turned(canvas, fx, fy, size, 0, cup), tint)
        sheet.polygon(
            turned(
                canvas, fx, fy, size, 0, [(0, -1.05), (0.2, -0.55), (0.1, 0.48), (-0.12, 0.48), (-0.2, -0.55)]
            ),
            mix(tint, "ffffff", 0.22),
        )


def _windmill(canvas: Canvas, x: float, foot: float, size: float) -> None:
    sheet = Sheet(canvas)
    body, roof, arm = "6d5546", "4a3a34", "3d312c"
    sheet.polygon(
        turned(canvas, x, foot, size, 0, [(-0.16, 0), (0.16, 0), (0.085, -0.62), (-0.085, -0.62)]), body
    )
    sheet.polygon(
        turned(canvas, x, foot, size, 0, [(0.02, 0), (0.16, 0), (0.085, -0.62), (0.02, -0.62)]),
        mix(body, "000000", 0.2),
    )
    sheet.polygon(
        turned(canvas, x, foot, size, 0, curve([(-0.1, -0.61), (0, -0.76), (0.1, -0.61), (0, -0.6)], 6)), roof
    )
    hub = turned(canvas, x, foot, size, 0, [(0, -0.66)])[0]
    for blade in range(4):
        angle = 0.45 + blade * np.pi / 2
        sheet.polygon(
            turned(canvas, *hub, size, angle, [(0.03, -0.005), (0.5, -0.015), (0.5, -0.085), (0.07, -0.085)]),
            "efe7d8",
        )
        sheet.stroke(turned(canvas, *hub, size, angle, [(0, 0), (0.52, 0)]), arm, 0.002)
    sheet.laid()


def poppies(canvas: Canvas, mood: str) -> None:
    """Poppies and cornflowers in tall grass, the sun low behind them."""
    canvas.wash(
        (0, "86b4d0"), (0.3, "d8dfcc"), (0.5, "f4e3b0"), (0.6, "b9c27a"), (0.8, "6c8a44"), (1, "2f4a24")
    )
    canvas.glow(0.68, 0.28, 0.65, "fff3cf", 0.8)
    trees = (0.47 - 0.055 * np.clip(canvas.line(0.16, 4) + 0.5, 0, 1.4)).astype(np.float32)
    canvas.cover(canvas.below(trees, 0.02) * smooth(0.62, 0.45, canvas.y), "a9b684")
    canvas.cover(smooth(0.5, 1, canvas.y) * canvas.noise(0.03, 4, 0.4, 0.7) * 0.5, "3b5a28")
    for layer, (low, size, count, soft) in enumerate(
        (
            (0.53, 0.010, 220, 0.003),
            (0.60, 0.020, 110, 0.0016),
            (0.70, 0.040, 42, 0.0),
            (0.84, 0.075, 13, 0.0),
        )
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
        sheet.polygon(
            [
                (x - thick, foot),
                (x + lean * 0.4, foot - tall * 0.6),
                (x + lean, foot - tall),
                (x + lean * 0.4 + thick * 1.4, foot - tall * 0.6),
                (x + thick, foot),
            ],
            tint,
        )
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
        sheet.polygon(
            turned(canvas, x, y, size, lean * 0.5, [(0, 0.05), *petal]),
            mix(red, "5a0a0a", tone + float(canvas.rng.uniform(0, 0.08))),
        )
    sheet.oval(x, y, size * 0.2, size * 0.15, "24121a")
    sheet.oval(x, y - size * 0.03 * canvas.unit / canvas.height, size * 0.09, size * 0.06, "6f7a4a")


def _cornflower(canvas: Canvas, sheet: Sheet, x: float, y: float, size: float) -> None:
    sheet.stroke(turned(canvas, x, y, size, 0, [(0, 0.2), (0.2, 6)]), "4f6a2f", max(0.0008, size * 0.07))
    for petal in range(11):
        angle = petal * 2 * np.pi / 11 + float(canvas.rng.uniform(-0.1, 0.1))
        tint = mix("3a5fcf", "7f9bf0", float(canvas.rng.random()))
        sheet.polygon(
            turned(
                canvas,
                x,
                y,
                size,
                angle,
                [(0, 0), (0.7, -0.22), (1.05, -0.1), (0.85, 0.0), (1.05, 0.1), (0.7, 0.22)],
            ),
            tint,
        )
    sheet.oval(x, y, size * 0.25, size * 0.25, "2c2c70")

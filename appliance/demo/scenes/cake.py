"""A birthday cake with burning candles."""

import numpy as np

from appliance.demo.paint import Canvas, mix, ramp, smooth
from appliance.demo.sheets import Sheet, cast_shadow, curve, turned


def cake(canvas: Canvas, mood: str) -> None:
    """A birthday cake with burning candles; the mood is how many (`5`)."""
    party(canvas, mood)
    candles(canvas, mood)


def candles(canvas: Canvas, mood: str) -> None:
    """What moves before `party`: the candles' flames."""
    _candles(canvas, int(mood), 0.495, 0.19)
    canvas.bloom(0.7, 0.6)


def party(canvas: Canvas, mood: str) -> None:
    """What stands still: lights out of focus, the plate and the cake."""
    canvas.wash((0, "1d1028"), (0.5, "3a1d36"), (0.75, "4a2536"), (1, "1a0d16"))
    _party_lights(canvas)
    cast_shadow(canvas, 0.5, 0.93, 0.42, 0.05, 0.8)
    sheet = Sheet(canvas)
    sheet.oval(0.5, 0.905, 0.43, 0.075, "8f8ea0").oval(0.5, 0.897, 0.425, 0.07, "d9d6e0")
    sheet.laid()
    _layer(canvas, 0.69, 0.90, 0.33, "e9a3b0", "f8e9e0")
    _layer(canvas, 0.50, 0.69, 0.235, "f3d9b8", "fbf1e6")


def _party_lights(canvas: Canvas) -> None:
    sheet = Sheet(canvas)
    for _ in range(46):
        x, y = float(canvas.rng.random()), float(canvas.rng.uniform(0, 0.62))
        size = float(canvas.rng.uniform(0.015, 0.05))
        tint = mix(
            ["ffb35c", "ff7a6b", "ffe0a0", "c98aff", "7ab8ff"][int(canvas.rng.integers(5))],
            "2a1530",
            float(canvas.rng.uniform(0.3, 0.75)),
        )
        sheet.oval(x, y, size, size, tint)
    sheet.soften(0.004)
    canvas.shine(np.ones((canvas.height, canvas.width), np.float32) * 0.75, sheet.picture())


def _layer(canvas: Canvas, top: float, bottom: float, radius: float, sponge: str, icing: str) -> None:
    """One tier: shaded side, icing that drips, sprinkles and a row of berries."""
    across = (canvas.x - 0.5) * canvas.width / canvas.unit / radius
    curve_down = 0.17 * radius * canvas.unit / canvas.height * np.sqrt(np.clip(1 - across**2, 0, 1))
    inside = (
        smooth(1.0, 0.992, np.abs(across))
        * smooth(top - 0.001, top + 0.001, canvas.y)
        * smooth(bottom + curve_down + 0.001, bottom + curve_down - 0.001, canvas.y)
    )
    light = np.clip(
        0.92 - 0.55 * np.abs(across + 0.1) ** 2 - 0.35 * smooth(top, bottom + 0.05, canvas.y), 0, 1
    )
    crumb = canvas.noise(0.012, 3)
    tone = ramp(
        np.clip(light + 0.10 * (crumb - 0.5), 0, 1),
        (0, mix(sponge, "2a0f1c", 0.72)),
        (0.6, mix(sponge, "5a2030", 0.2)),
        (1, mix(sponge, "fff0d0", 0.3)),
    )
    canvas.cover(inside.astype(np.float32), tone)
    drip = 0.035 + 0.028 * np.sin(across * 17 + radius * 40) + 0.016 * np.sin(across * 41)
    runs = smooth(top + curve_down + drip + 0.002, top + curve_down + drip - 0.002, canvas.y) * inside
    canvas.cover(
        runs.astype(np.float32), ramp(light, (0, mix(icing, "5a3040", 0.6)), (0.7, icing), (1, "ffffff"))
    )
    sheet = Sheet(canvas)
    sheet.oval(0.5, top, radius, 0.17 * radius, mix(icing, "c98a8a", 0.12)).oval(
        0.5, top - 0.002, radius * 0.985, 0.165 * radius, icing
    )
    for step in range(20):
        angle = np.pi * (step + 0.5) / 20
        x = 0.5 + float(np.cos(angle)) * radius * 0.93 * canvas.unit / canvas.width
        y = top + float(np.sin(angle)) * radius * 0.15 * canvas.unit / canvas.height
        size = radius * 0.062
        sheet.oval(x, y, size, size, "9f1f3a").oval(
            x - size * 0.2, y - size * 0.3, size * 0.72, size * 0.66, "d43a55"
        ).oval(x - size * 0.25, y - size * 0.5, size * 0.2, size * 0.15, "ffd0d6")
    for _ in range(int(190 * radius)):
        x = 0.5 + float(canvas.rng.uniform(-0.9, 0.9)) * radius * canvas.unit / canvas.width
        y = float(canvas.rng.uniform(top + 0.11, bottom))
        tint = ["f4d35e", "7ac7c4", "f78c6b", "ffffff", "b388eb"][int(canvas.rng.integers(5))]
        sheet.polygon(
            turned(
                canvas,
                x,
                y,
                0.008,
                float(canvas.rng.uniform(0, 3)),
                [(-1, -0.3), (1, -0.3), (1, 0.3), (-1, 0.3)],
            ),
            tint,
        )
    sheet.laid()


def _candles(canvas: Canvas, count: int, level: float, spread: float) -> None:
    tints = ["7ac7e8", "f4a6b8", "f7d774", "9fd8a0", "c9a8f0"]
    flames: list[tuple[float, float]] = []
    sheet = Sheet(canvas)
    for index in range(count):
        share = (index + 0.5) / count * 2 - 1
        x = 0.5 + share * spread * canvas.unit / canvas.width
        foot = level + 0.022 * (1 if index % 2 else -1) * (1 - share**2)
        tall, half = 0.145, 0.0085 * canvas.unit / canvas.width
        tint = mix(tints[index % 5], "fff0d0", 0.15)
        sheet.box(x - half, foot - tall, x + half, foot, tint)
        for stripe in range(6):
            y = foot - tall * (stripe + 0.8) / 6.2
            sheet.polygon(
                [(x - half, y), (x + half, y - 0.014), (x + half, y - 0.004), (x - half, y + 0.01)], "ffffff"
            )
        sheet.box(x + half * 0.45, foot - tall, x + half, foot, mix(tint, "3a1020", 0.35))
        sheet.oval(x, foot - tall, 0.0085, 0.003, mix(tint, "ffffff", 0.6))
        sheet.stroke([(x, foot - tall), (x + 0.001, foot - tall - 0.014)], "2a1a14", 0.002)
        flames.append((x, foot - tall - 0.012))
    sheet.laid()
    fire = Sheet(canvas)
    for index, (x, y) in enumerate(flames):
        sway = 0.22 * float(np.sin(canvas.moment * 31 + index * 1.9)) + 0.12 * float(
            np.sin(canvas.moment * 73 + index)
        )
        tall = 0.050 * (1 + 0.12 * float(np.sin(canvas.moment * 47 + index * 2.6)))
        canvas.glow(x, y - 0.02, 0.15, "ff9a3c", 0.30)
        outer = [(0, 0.1), (-0.26, -0.22), (-0.1, -0.75), (sway * 0.4, -1.25), (0.12, -0.72), (0.26, -0.22)]
        inner = [(0, 0.08), (-0.24, -0.25), (-0.05, -0.8), (sway * 0.3, -1.15), (0.1, -0.7), (0.24, -0.25)]
        fire.polygon(turned(canvas, x, y, tall, sway * 0.5, curve(outer, 8)), "ffb02e")
        fire.polygon(turned(canvas, x, y, tall * 0.68, sway * 0.4, curve(inner, 8)), "fff0b0")
    fire.soften(0.0016)
    fire.laid()

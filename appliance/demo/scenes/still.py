"""Still lifes in window light: fruit in a bowl, tulips in a vase, coffee."""

import numpy as np

from appliance.demo.paint import Canvas, Colour, mix, ramp, rgb, smooth
from appliance.demo.sheets import Sheet, cast_shadow, curve, turned


def still(canvas: Canvas, mood: str) -> None:
    """A still life in window light: fruit in a bowl, or tulips in a vase."""
    wall, table = ("6f7f78", "8a5f3f") if mood == "fruit" else ("a9a29a", "c2a98c")
    if mood == "coffee":
        wall, table = "4d5560", "6b4630"
    level = 0.64
    canvas.wash((0, mix(wall, "000000", 0.3)), (0.64, wall), (1, wall))
    canvas.cover(canvas.noise(0.25, 5) * 0.25, mix(wall, "ffffff", 0.2))
    _window_light(canvas)
    grain = canvas.noise(0.02, 5, 14.0, 0.7)
    wood = ramp(
        np.clip(grain, 0, 1), (0, mix(table, "2a1508", 0.4)), (0.6, table), (1, mix(table, "ffe2b8", 0.2))
    )
    depth = smooth(level, 1.0, canvas.y)
    canvas.cover(canvas.below(level), (wood * (1.05 - 0.35 * depth)[..., None]).astype(np.float32))
    {"fruit": _fruit, "tulips": _vase, "coffee": _coffee}[mood](canvas)
    canvas.glow(0.0, 0.1, 0.8, "fff0cf", 0.18)
    canvas.bloom(0.25, 0.82)


def _window_light(canvas: Canvas) -> None:
    """Panes of sunlight slanting over the wall."""
    sheet = Sheet(canvas)
    for row in range(2):
        for column in range(2):
            left, top = 0.30 + 0.2 * column, 0.06 + 0.24 * row + 0.05 * column
            sheet.polygon(
                [(left, top), (left + 0.18, top + 0.045), (left + 0.18, top + 0.255), (left, top + 0.21)],
                "ffffff",
            )
    sheet.soften(0.006)
    canvas.shine(sheet.mask() * 0.26, "ffe7b8")


def _ball(
    canvas: Canvas, x: float, y: float, radius: float, tint: Colour, rough: float = 0.0, squash: float = 1.0
) -> None:
    """A lit sphere: soft shade, a highlight, light thrown back from the table."""
    across = (canvas.x - x) * canvas.width / canvas.unit / radius
    down = (canvas.y - y) * canvas.height / canvas.unit / radius / squash
    away = np.sqrt(across**2 + down**2)
    rows = np.flatnonzero(away.min(axis=1) < 1.05)
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(np.abs(across[0]) < 1.05)
    side = slice(int(columns[0]), int(columns[-1]) + 1)
    u, v, r = (
        np.broadcast_to(across, away.shape)[part, side],
        np.broadcast_to(down, away.shape)[part, side],
        away[part, side],
    )
    high = np.sqrt(np.clip(1 - r**2, 0, 1))
    light = np.clip(-0.62 * u - 0.48 * v + 0.55 * high, 0, 1)
    bounce = np.clip(0.4 * v + 0.4 * u, 0, 1) * (1 - high) * 0.35
    tone = ramp(
        np.clip(light + rough * canvas.rng.standard_normal(light.shape) * high, 0, 1),
        (0, mix(tint, "1a0a10", 0.72)),
        (0.35, mix(tint, "2a0a08", 0.28)),
        (0.8, tint),
        (1, mix(tint, "fff4d0", 0.35)),
    )
    tone = tone + bounce[..., None] * rgb("d9a070")
    spark = np.exp(-((u + 0.40) ** 2 + (v + 0.42) ** 2) / 0.022) * 0.75
    tone = tone + (1 - tone) * np.clip(spark, 0, 1)[..., None]
    mask = smooth(1.0, 1 - 2.4 / (radius * canvas.unit), r)[..., None]
    view = canvas.pixels[part, side]
    view += (tone - view) * mask


def _fruit(canvas: Canvas) -> None:
    cast_shadow(canvas, 0.60, 0.80, 0.42, 0.05)
    fruits = [
        (0.38, 0.52, 0.105, "d9482b"),
        (0.62, 0.52, 0.10, "f0a52a"),
        (0.50, 0.47, 0.115, "e8b93a"),
        (0.43, 0.57, 0.10, "f08a24"),
        (0.56, 0.575, 0.10, "a8b83a"),
        (0.50, 0.60, 0.085, "c43a34"),
    ]
    for x, y, radius, tint in fruits:
        _ball(canvas, x + float(canvas.rng.uniform(-0.01, 0.01)), y, radius, tint, 0.02)
    sheet = Sheet(canvas)
    for x, y in ((0.38, 0.425), (0.50, 0.37)):
        sheet.stroke([(x, y + 0.01), (x + 0.008, y - 0.03)], "4a3018", 0.006)
        sheet.polygon(
            turned(
                canvas,
                x + 0.006,
                y - 0.012,
                0.06,
                -0.4,
                curve([(0, 0), (0.5, -0.28), (1.1, 0), (0.5, 0.2)], 6),
            ),
            "5d8a3a",
        )
    sheet.laid()
    _bowl(canvas, 0.50, 0.60, 0.34)
    for x, y, tint in ((0.80, 0.80, "c9342c"), (0.185, 0.835, "f2c230")):
        cast_shadow(canvas, x + 0.05, y + 0.062, 0.10, 0.02)
        _ball(canvas, x, y, 0.075, tint, 0.015)


def _bowl(canvas: Canvas, x: float, top: float, radius: float) -> None:
    """A glazed bowl: a half ellipse shaded from side to side."""
    across = (canvas.x - x) * canvas.width / canvas.unit / radius
    down = (canvas.y - top) * canvas.height / canvas.unit / radius
    shape = np.sqrt(np.abs(across) ** 2.3 + np.maximum(0, down / 0.62) ** 2)
    rim = 0.05 * np.sqrt(np.clip(1 - across**2, 0, 1))
    mask = smooth(1.0, 0.985, shape) * smooth(rim - 0.006, rim + 0.004, down) * (np.abs(across) < 1)
    light = np.clip(0.62 - 0.62 * across - 0.45 * down + 0.2 * np.exp(-(((across + 0.45) / 0.1) ** 2)), 0, 1)
    tone = ramp(light, (0, "14222f"), (0.4, "2f5770"), (0.8, "6fa3b8"), (1, "e3f2f4"))
    canvas.cover(mask.astype(np.float32), tone)
    band = smooth(0.02, 0.012, np.abs(down - rim - 0.10)) * mask
    canvas.cover((band * 0.7).astype(np.float32), "e9dcc0")
    edge = smooth(0.014, 0.006, np.abs(down - rim)) * (np.abs(across) < 0.995)
    canvas.cover((edge * 0.9).astype(np.float32), "cfe3e8")


def _vase(canvas: Canvas) -> None:
    cast_shadow(canvas, 0.60, 0.87, 0.26, 0.035)
    sheet = Sheet(canvas)
    tints = ["e8577a", "f4a6b8", "f6d5c2", "d9304f", "f7e6d8"]
    heads = []
    for index in range(11):
        angle = (index - 5) * 0.19 + float(canvas.rng.normal(0, 0.05))
        reach = float(canvas.rng.uniform(0.30, 0.46))
        x = 0.5 + float(np.sin(angle)) * reach * canvas.unit / canvas.width
        y = 0.58 - float(np.cos(angle)) * reach * canvas.unit / canvas.height
        heads.append((x, y, angle))
        sheet.stroke(
            [(0.5, 0.62), (0.5 + (x - 0.5) * 0.45, 0.62 - (0.62 - y) * 0.6), (x, y)], "5f8a45", 0.007
        )
    for _ in range(13):
        angle = float(canvas.rng.uniform(-1.3, 1.3))
        leaf = curve([(0, 0), (0.10, -0.45), (0.02, -1.0), (-0.08, -0.45)], 8)
        sheet.polygon(
            turned(canvas, 0.5, 0.60, float(canvas.rng.uniform(0.22, 0.36)), angle, leaf),
            mix("4a7a3c", "a8c47a", float(canvas.rng.random())),
        )
    for x, y, angle in sorted(heads, key=lambda head: head[1]):
        tint = tints[int(canvas.rng.integers(len(tints)))]
        for shape, shift in (
            ([(-0.5, 0.35), (-0.62, -0.2), (-0.40, -0.95), (0.0, -0.4), (0.0, 0.5)], 0.16),
            ([(0.5, 0.35), (0.62, -0.2), (0.40, -0.95), (0.0, -0.4), (0.0, 0.5)], 0.28),
            ([(0.0, -1.02), (0.34, -0.4), (0.3, 0.3), (0.0, 0.55), (-0.3, 0.3), (-0.34, -0.4)], 0.0),
        ):
            sheet.polygon(turned(canvas, x, y, 0.062, angle, curve(shape, 6)), mix(tint, "5a1030", shift))
        sheet.polygon(
            turned(
                canvas,
                x,
                y,
                0.062,
                angle,
                curve([(-0.08, -0.8), (0.02, -0.3), (-0.06, 0.35), (-0.22, -0.1)], 6),
            ),
            mix(tint, "ffffff", 0.35),
        )
    sheet.laid()
    across = (canvas.x - 0.5) * canvas.width / canvas.unit
    level = (canvas.y - 0.58) * canvas.height / canvas.unit
    wide = 0.055 + 0.075 * np.sin(np.clip(level / 0.29, 0, 1) * np.pi * 0.92) ** 1.2
    mask = (
        smooth(wide, wide - 0.003, np.abs(across))
        * smooth(-0.002, 0.002, level)
        * smooth(0.292, 0.288, level)
    )
    side = across / wide
    light = np.clip(0.62 - 0.6 * side + 0.35 * np.exp(-(((side + 0.5) / 0.12) ** 2)), 0, 1)
    canvas.cover(mask.astype(np.float32), ramp(light, (0, "6d7f86"), (0.5, "c9d6d6"), (1, "ffffff")))
    petals = Sheet(canvas)
    for x, y in ((0.30, 0.90), (0.36, 0.86), (0.72, 0.92)):
        petals.polygon(
            turned(canvas, x, y, 0.045, x * 9, curve([(-0.9, 0), (0, -0.4), (0.9, 0.05), (0, 0.25)], 6)),
            tints[int(x * 10) % 5],
        )
    petals.laid()


def _coffee(canvas: Canvas) -> None:
    cast_shadow(canvas, 0.52, 0.80, 0.34, 0.055)
    sheet = Sheet(canvas)
    sheet.oval(0.46, 0.775, 0.33, 0.085, "b8ab9c").oval(0.46, 0.768, 0.325, 0.082, "efe8dc").oval(
        0.46, 0.775, 0.20, 0.045, "cfc4b4"
    )
    sheet.ring(0.46 + 0.22 * canvas.unit / canvas.width, 0.60, 0.075, "e6ddcf", 0.026)
    sheet.laid()
    across = (canvas.x - 0.46) * canvas.width / canvas.unit
    level = (canvas.y - 0.50) * canvas.height / canvas.unit
    wide = 0.225 - 0.10 * np.clip(level / 0.26, 0, 1) ** 2.6
    mask = (
        smooth(wide, wide - 0.003, np.abs(across))
        * smooth(0, 0.003, level)
        * smooth(0.272, 0.268, level - 0.02 * np.sqrt(np.clip(1 - (across / 0.2) ** 2, 0, 1)))
    )
    side = across / wide
    light = np.clip(0.66 - 0.5 * side + 0.25 * np.exp(-(((side + 0.55) / 0.12) ** 2)), 0, 1)
    canvas.cover(mask.astype(np.float32), ramp(light, (0, "8a7f74"), (0.5, "e0d6c8"), (1, "fffaf0")))
    top = Sheet(canvas)
    top.oval(0.46, 0.50, 0.227, 0.052, "fbf5ea").oval(0.46, 0.503, 0.212, 0.045, "8a7868").oval(
        0.46, 0.508, 0.206, 0.040, "6b3f20"
    ).oval(0.46, 0.510, 0.17, 0.031, "a8703c")
    for step in range(4):
        top.polygon(
            turned(
                canvas,
                0.46,
                0.497 + 0.007 * step,
                0.105 - 0.022 * step,
                0,
                curve([(-1, -0.05), (0, 0.10), (1, -0.05), (0, 0.26)], 8),
            ),
            "f3dfc0" if step % 2 == 0 else "a8703c",
        )
    top.laid()
    steam = np.zeros((canvas.height, canvas.width), np.float32)
    for shift in (-0.05, 0.01, 0.06):
        drift = (
            0.46 + shift + 0.02 * np.sin((canvas.y * 17) + shift * 60 + canvas.moment * 6) * (0.55 - canvas.y)
        )
        steam += (
            np.exp(-(((canvas.x - drift) / (0.012 + 0.05 * np.maximum(0, 0.5 - canvas.y))) ** 2))
            * smooth(0.51, 0.42, canvas.y)
            * smooth(0.05, 0.35, canvas.y)
        )
    canvas.shine(steam * 0.30 * canvas.noise(0.15, 4), "ffffff")
    biscuit = Sheet(canvas)
    for x, y, turn in ((0.79, 0.83, 0.3), (0.85, 0.86, 1.2)):
        biscuit.oval(x + 0.012, y + 0.014, 0.066, 0.034, "2a150a", 0.5).oval(
            x, y, 0.065, 0.034, "b07a3e"
        ).oval(x, y - 0.007, 0.063, 0.031, "d9a45c")
        for chip in range(6):
            angle = turn + chip * 1.05
            biscuit.oval(
                x + float(np.cos(angle)) * 0.03,
                y - 0.007 + float(np.sin(angle)) * 0.014,
                0.008,
                0.005,
                "4a2814",
            )
    biscuit.laid()

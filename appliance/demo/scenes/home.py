"""At home: a cat on the window sill, fruit in a bowl, tulips in a vase, a birthday cake."""

import numpy as np

from appliance.demo.paint import Canvas, Colour, Pixels, mix, ramp, rgb, smooth
from appliance.demo.sheets import Sheet, curve, turned


def cat(canvas: Canvas, mood: str) -> None:
    """A cat looking out of the window at the evening sky, or at the rain of a grey day."""
    if mood == "grey":
        sky = ((0, "8fa3b5"), (0.5, "c3ced6"), (0.8, "e3e2dc"), (1, "d5d0c8"))
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
        sheet.polygon([(x, 0.95), (x, level), (x + wide / 2, level - tall * 0.7), (x + wide, level), (x + wide, 0.95)], mix(tone, "000000", float(canvas.rng.uniform(0, 0.12))))
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
    for left, top, right, bottom in ((0.10, 0.05, 0.125, 0.8), (0.875, 0.05, 0.9, 0.8), (0.10, 0.05, 0.9, 0.08), (0.565, 0.05, 0.585, 0.8), (0.10, 0.3, 0.9, 0.318)):
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
            near = [(start, 0.0), (end, 0.0), (end * drawn, 0.45), (end * 0.62, 0.70), (end * 0.72, 1.0), (start * 0.72, 1.0), (start * 0.6, 0.70), (start * drawn, 0.45)]
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
        sheet.polygon(at(curve([(0, -0.7), middle, tip, other], 8)), mix(leaf, "d9e6a0", float(canvas.rng.uniform(0, 0.22))))
    sheet.polygon(at([(-0.42, -0.75), (0.42, -0.75), (0.3, 0), (-0.3, 0)]), pot)
    sheet.polygon(at([(0.12, -0.75), (0.42, -0.75), (0.3, 0), (0.1, 0)]), mix(pot, "000000", 0.25))
    sheet.polygon(at([(-0.48, -0.86), (0.48, -0.86), (0.46, -0.68), (-0.46, -0.68)]), mix(pot, "ffdab0", 0.12))
    sheet.laid()


def _sitting_cat(canvas: Canvas, x: float, foot: float, size: float, ink: Pixels, glow: str) -> None:
    """The cat from behind: body, head with ears, tail hanging over the sill; a rim of light."""

    def at(points: list[tuple[float, float]], off: float = 0.0) -> list[tuple[float, float]]:
        return turned(canvas, x + off, foot, size, 0, points)

    body = curve([(-0.36, 0.0), (-0.40, -0.22), (-0.27, -0.60), (-0.17, -0.80), (0.0, -0.86), (0.17, -0.80), (0.25, -0.60), (0.37, -0.24), (0.36, 0.0), (0.0, 0.03)], 10)
    head = curve([(-0.215, -0.93), (-0.235, -1.06), (-0.13, -1.165), (0.0, -1.185), (0.13, -1.165), (0.235, -1.06), (0.215, -0.93), (0.1, -0.83), (-0.1, -0.83)], 10)
    ears = [[(-0.225, -1.05), (-0.235, -1.36), (-0.04, -1.17)], [(0.225, -1.05), (0.235, -1.36), (0.04, -1.17)]]
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
    sheet.polygon(at(curve([(-0.14, -0.75), (0, -0.79), (0.14, -0.75), (0, -0.71)], 6)), mix("c8404a", ink, 0.25))
    for side in (-1, 1):
        for lift in (-0.04, 0.02):
            sheet.stroke(at([(side * 0.2, -0.95), (side * 0.36, -0.97 + lift)]), mix(ink, glow, 0.5), 0.001)
    sheet.laid()


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
    wood = ramp(np.clip(grain, 0, 1), (0, mix(table, "2a1508", 0.4)), (0.6, table), (1, mix(table, "ffe2b8", 0.2)))
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
            sheet.polygon([(left, top), (left + 0.18, top + 0.045), (left + 0.18, top + 0.255), (left, top + 0.21)], "ffffff")
    sheet.soften(0.006)
    canvas.shine(sheet.mask() * 0.26, "ffe7b8")


def _ball(canvas: Canvas, x: float, y: float, radius: float, tint: Colour, rough: float = 0.0, squash: float = 1.0) -> None:
    """A lit sphere: soft shade, a highlight, light thrown back from the table."""
    across = (canvas.x - x) * canvas.width / canvas.unit / radius
    down = (canvas.y - y) * canvas.height / canvas.unit / radius / squash
    away = np.sqrt(across**2 + down**2)
    rows = np.flatnonzero(away.min(axis=1) < 1.05)
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(np.abs(across[0]) < 1.05)
    side = slice(int(columns[0]), int(columns[-1]) + 1)
    u, v, r = np.broadcast_to(across, away.shape)[part, side], np.broadcast_to(down, away.shape)[part, side], away[part, side]
    high = np.sqrt(np.clip(1 - r**2, 0, 1))
    light = np.clip(-0.62 * u - 0.48 * v + 0.55 * high, 0, 1)
    bounce = np.clip(0.4 * v + 0.4 * u, 0, 1) * (1 - high) * 0.35
    tone = ramp(np.clip(light + rough * canvas.rng.standard_normal(light.shape) * high, 0, 1), (0, mix(tint, "1a0a10", 0.72)), (0.35, mix(tint, "2a0a08", 0.28)), (0.8, tint), (1, mix(tint, "fff4d0", 0.35)))
    tone = tone + bounce[..., None] * rgb("d9a070")
    spark = np.exp(-((u + 0.40) ** 2 + (v + 0.42) ** 2) / 0.022) * 0.75
    tone = tone + (1 - tone) * np.clip(spark, 0, 1)[..., None]
    mask = smooth(1.0, 1 - 2.4 / (radius * canvas.unit), r)[..., None]
    view = canvas.pixels[part, side]
    view += (tone - view) * mask


def _shadow(canvas: Canvas, x: float, y: float, wide: float, high: float, strength: float = 0.6) -> None:
    sheet = Sheet(canvas).oval(x, y, wide, high, "120804")
    sheet.soften(0.02)
    sheet.laid(strength)


def _fruit(canvas: Canvas) -> None:
    _shadow(canvas, 0.60, 0.80, 0.42, 0.05)
    fruits = [(0.38, 0.52, 0.105, "d9482b"), (0.62, 0.52, 0.10, "f0a52a"), (0.50, 0.47, 0.115, "e8b93a"), (0.43, 0.57, 0.10, "f08a24"), (0.56, 0.575, 0.10, "a8b83a"), (0.50, 0.60, 0.085, "c43a34")]
    for x, y, radius, tint in fruits:
        _ball(canvas, x + float(canvas.rng.uniform(-0.01, 0.01)), y, radius, tint, 0.02)
    sheet = Sheet(canvas)
    for x, y in ((0.38, 0.425), (0.50, 0.37)):
        sheet.stroke([(x, y + 0.01), (x + 0.008, y - 0.03)], "4a3018", 0.006)
        sheet.polygon(turned(canvas, x + 0.006, y - 0.012, 0.06, -0.4, curve([(0, 0), (0.5, -0.28), (1.1, 0), (0.5, 0.2)], 6)), "5d8a3a")
    sheet.laid()
    _bowl(canvas, 0.50, 0.60, 0.34)
    for x, y, tint in ((0.80, 0.80, "c9342c"), (0.185, 0.835, "f2c230")):
        _shadow(canvas, x + 0.05, y + 0.062, 0.10, 0.02)
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
    _shadow(canvas, 0.60, 0.87, 0.26, 0.035)
    sheet = Sheet(canvas)
    tints = ["e8577a", "f4a6b8", "f6d5c2", "d9304f", "f7e6d8"]
    heads = []
    for index in range(11):
        angle = (index - 5) * 0.19 + float(canvas.rng.normal(0, 0.05))
        reach = float(canvas.rng.uniform(0.30, 0.46))
        x = 0.5 + float(np.sin(angle)) * reach * canvas.unit / canvas.width
        y = 0.58 - float(np.cos(angle)) * reach * canvas.unit / canvas.height
        heads.append((x, y, angle))
        sheet.stroke([(0.5, 0.62), (0.5 + (x - 0.5) * 0.45, 0.62 - (0.62 - y) * 0.6), (x, y)], "5f8a45", 0.007)
    for _ in range(13):
        angle = float(canvas.rng.uniform(-1.3, 1.3))
        leaf = curve([(0, 0), (0.10, -0.45), (0.02, -1.0), (-0.08, -0.45)], 8)
        sheet.polygon(turned(canvas, 0.5, 0.60, float(canvas.rng.uniform(0.22, 0.36)), angle, leaf), mix("4a7a3c", "a8c47a", float(canvas.rng.random())))
    for x, y, angle in sorted(heads, key=lambda head: head[1]):
        tint = tints[int(canvas.rng.integers(len(tints)))]
        for shape, shift in (
            ([(-0.5, 0.35), (-0.62, -0.2), (-0.40, -0.95), (0.0, -0.4), (0.0, 0.5)], 0.16),
            ([(0.5, 0.35), (0.62, -0.2), (0.40, -0.95), (0.0, -0.4), (0.0, 0.5)], 0.28),
            ([(0.0, -1.02), (0.34, -0.4), (0.3, 0.3), (0.0, 0.55), (-0.3, 0.3), (-0.34, -0.4)], 0.0),
        ):
            sheet.polygon(turned(canvas, x, y, 0.062, angle, curve(shape, 6)), mix(tint, "5a1030", shift))
        sheet.polygon(turned(canvas, x, y, 0.062, angle, curve([(-0.08, -0.8), (0.02, -0.3), (-0.06, 0.35), (-0.22, -0.1)], 6)), mix(tint, "ffffff", 0.35))
    sheet.laid()
    across = (canvas.x - 0.5) * canvas.width / canvas.unit
    level = (canvas.y - 0.58) * canvas.height / canvas.unit
    wide = 0.055 + 0.075 * np.sin(np.clip(level / 0.29, 0, 1) * np.pi * 0.92) ** 1.2
    mask = smooth(wide, wide - 0.003, np.abs(across)) * smooth(-0.002, 0.002, level) * smooth(0.292, 0.288, level)
    side = across / wide
    light = np.clip(0.62 - 0.6 * side + 0.35 * np.exp(-(((side + 0.5) / 0.12) ** 2)), 0, 1)
    canvas.cover(mask.astype(np.float32), ramp(light, (0, "6d7f86"), (0.5, "c9d6d6"), (1, "ffffff")))
    petals = Sheet(canvas)
    for x, y in ((0.30, 0.90), (0.36, 0.86), (0.72, 0.92)):
        petals.polygon(turned(canvas, x, y, 0.045, x * 9, curve([(-0.9, 0), (0, -0.4), (0.9, 0.05), (0, 0.25)], 6)), tints[int(x * 10) % 5])
    petals.laid()


def _coffee(canvas: Canvas) -> None:
    _shadow(canvas, 0.52, 0.80, 0.34, 0.055)
    sheet = Sheet(canvas)
    sheet.oval(0.46, 0.775, 0.33, 0.085, "b8ab9c").oval(0.46, 0.768, 0.325, 0.082, "efe8dc").oval(0.46, 0.775, 0.20, 0.045, "cfc4b4")
    sheet.ring(0.46 + 0.22 * canvas.unit / canvas.width, 0.60, 0.075, "e6ddcf", 0.026)
    sheet.laid()
    across = (canvas.x - 0.46) * canvas.width / canvas.unit
    level = (canvas.y - 0.50) * canvas.height / canvas.unit
    wide = 0.225 - 0.10 * np.clip(level / 0.26, 0, 1) ** 2.6
    mask = smooth(wide, wide - 0.003, np.abs(across)) * smooth(0, 0.003, level) * smooth(0.272, 0.268, level - 0.02 * np.sqrt(np.clip(1 - (across / 0.2) ** 2, 0, 1)))
    side = across / wide
    light = np.clip(0.66 - 0.5 * side + 0.25 * np.exp(-(((side + 0.55) / 0.12) ** 2)), 0, 1)
    canvas.cover(mask.astype(np.float32), ramp(light, (0, "8a7f74"), (0.5, "e0d6c8"), (1, "fffaf0")))
    top = Sheet(canvas)
    top.oval(0.46, 0.50, 0.227, 0.052, "fbf5ea").oval(0.46, 0.503, 0.212, 0.045, "8a7868").oval(0.46, 0.508, 0.206, 0.040, "6b3f20").oval(0.46, 0.510, 0.17, 0.031, "a8703c")
    for step in range(4):
        top.polygon(turned(canvas, 0.46, 0.497 + 0.007 * step, 0.105 - 0.022 * step, 0, curve([(-1, -0.05), (0, 0.10), (1, -0.05), (0, 0.26)], 8)), "f3dfc0" if step % 2 == 0 else "a8703c")
    top.laid()
    steam = np.zeros((canvas.height, canvas.width), np.float32)
    for shift in (-0.05, 0.01, 0.06):
        drift = 0.46 + shift + 0.02 * np.sin((canvas.y * 17) + shift * 60 + canvas.moment * 6) * (0.55 - canvas.y)
        steam += np.exp(-(((canvas.x - drift) / (0.012 + 0.05 * np.maximum(0, 0.5 - canvas.y))) ** 2)) * smooth(0.51, 0.42, canvas.y) * smooth(0.05, 0.35, canvas.y)
    canvas.shine(steam * 0.30 * canvas.noise(0.15, 4), "ffffff")
    biscuit = Sheet(canvas)
    for x, y, turn in ((0.79, 0.83, 0.3), (0.85, 0.86, 1.2)):
        biscuit.oval(x + 0.012, y + 0.014, 0.066, 0.034, "2a150a", 0.5).oval(x, y, 0.065, 0.034, "b07a3e").oval(x, y - 0.007, 0.063, 0.031, "d9a45c")
        for chip in range(6):
            angle = turn + chip * 1.05
            biscuit.oval(x + float(np.cos(angle)) * 0.03, y - 0.007 + float(np.sin(angle)) * 0.014, 0.008, 0.005, "4a2814")
    biscuit.laid()


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
    _shadow(canvas, 0.5, 0.93, 0.42, 0.05, 0.8)
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
        tint = mix(["ffb35c", "ff7a6b", "ffe0a0", "c98aff", "7ab8ff"][int(canvas.rng.integers(5))], "2a1530", float(canvas.rng.uniform(0.3, 0.75)))
        sheet.oval(x, y, size, size, tint)
    sheet.soften(0.004)
    canvas.shine(np.ones((canvas.height, canvas.width), np.float32) * 0.75, sheet.picture())


def _layer(canvas: Canvas, top: float, bottom: float, radius: float, sponge: str, icing: str) -> None:
    """One tier: shaded side, icing that drips, sprinkles and a row of berries."""
    across = (canvas.x - 0.5) * canvas.width / canvas.unit / radius
    curve_down = 0.17 * radius * canvas.unit / canvas.height * np.sqrt(np.clip(1 - across**2, 0, 1))
    inside = smooth(1.0, 0.992, np.abs(across)) * smooth(top - 0.001, top + 0.001, canvas.y) * smooth(bottom + curve_down + 0.001, bottom + curve_down - 0.001, canvas.y)
    light = np.clip(0.92 - 0.55 * np.abs(across + 0.1) ** 2 - 0.35 * smooth(top, bottom + 0.05, canvas.y), 0, 1)
    crumb = canvas.noise(0.012, 3)
    tone = ramp(np.clip(light + 0.10 * (crumb - 0.5), 0, 1), (0, mix(sponge, "2a0f1c", 0.72)), (0.6, mix(sponge, "5a2030", 0.2)), (1, mix(sponge, "fff0d0", 0.3)))
    canvas.cover(inside.astype(np.float32), tone)
    drip = 0.035 + 0.028 * np.sin(across * 17 + radius * 40) + 0.016 * np.sin(across * 41)
    runs = smooth(top + curve_down + drip + 0.002, top + curve_down + drip - 0.002, canvas.y) * inside
    canvas.cover(runs.astype(np.float32), ramp(light, (0, mix(icing, "5a3040", 0.6)), (0.7, icing), (1, "ffffff")))
    sheet = Sheet(canvas)
    sheet.oval(0.5, top, radius, 0.17 * radius, mix(icing, "c98a8a", 0.12)).oval(0.5, top - 0.002, radius * 0.985, 0.165 * radius, icing)
    for step in range(20):
        angle = np.pi * (step + 0.5) / 20
        x = 0.5 + float(np.cos(angle)) * radius * 0.93 * canvas.unit / canvas.width
        y = top + float(np.sin(angle)) * radius * 0.15 * canvas.unit / canvas.height
        size = radius * 0.062
        sheet.oval(x, y, size, size, "9f1f3a").oval(x - size * 0.2, y - size * 0.3, size * 0.72, size * 0.66, "d43a55").oval(x - size * 0.25, y - size * 0.5, size * 0.2, size * 0.15, "ffd0d6")
    for _ in range(int(190 * radius)):
        x = 0.5 + float(canvas.rng.uniform(-0.9, 0.9)) * radius * canvas.unit / canvas.width
        y = float(canvas.rng.uniform(top + 0.11, bottom))
        tint = ["f4d35e", "7ac7c4", "f78c6b", "ffffff", "b388eb"][int(canvas.rng.integers(5))]
        sheet.polygon(turned(canvas, x, y, 0.008, float(canvas.rng.uniform(0, 3)), [(-1, -0.3), (1, -0.3), (1, 0.3), (-1, 0.3)]), tint)
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
            sheet.polygon([(x - half, y), (x + half, y - 0.014), (x + half, y - 0.004), (x - half, y + 0.01)], "ffffff")
        sheet.box(x + half * 0.45, foot - tall, x + half, foot, mix(tint, "3a1020", 0.35))
        sheet.oval(x, foot - tall, 0.0085, 0.003, mix(tint, "ffffff", 0.6))
        sheet.stroke([(x, foot - tall), (x + 0.001, foot - tall - 0.014)], "2a1a14", 0.002)
        flames.append((x, foot - tall - 0.012))
    sheet.laid()
    fire = Sheet(canvas)
    for index, (x, y) in enumerate(flames):
        sway = 0.22 * float(np.sin(canvas.moment * 31 + index * 1.9)) + 0.12 * float(np.sin(canvas.moment * 73 + index))
        tall = 0.050 * (1 + 0.12 * float(np.sin(canvas.moment * 47 + index * 2.6)))
        canvas.glow(x, y - 0.02, 0.15, "ff9a3c", 0.30)
        outer = [(0, 0.1), (-0.26, -0.22), (-0.1, -0.75), (sway * 0.4, -1.25), (0.12, -0.72), (0.26, -0.22)]
        inner = [(0, 0.08), (-0.24, -0.25), (-0.05, -0.8), (sway * 0.3, -1.15), (0.1, -0.7), (0.24, -0.25)]
        fire.polygon(turned(canvas, x, y, tall, sway * 0.5, curve(outer, 8)), "ffb02e")
        fire.polygon(turned(canvas, x, y, tall * 0.68, sway * 0.4, curve(inner, 8)), "fff0b0")
    fire.soften(0.0016)
    fire.laid()

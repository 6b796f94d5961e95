"""Scenes whose subject is above: northern lights, the Milky Way over a tent, fireworks, balloons."""

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, ramp, smooth
from appliance.demo.scenes.plants import gulls, pine_row
from appliance.demo.sheets import Sheet, curve, turned


def aurora(canvas: Canvas, mood: str) -> None:
    """Northern lights over a frozen fjord; the mood is the colour of their upper seam."""
    horizon = 0.68
    canvas.wash((0, "04081c"), (0.4, "0a1e3a"), (0.7, "16405a"), (1, "0c2236"))
    canvas.dots(1300, 0, horizon, 0.0014, ["ffffff", "cfe4ff", "ffe9cf"])
    seam = "d05ce3" if mood == "violet" else "e0488b"
    for band in range(3):
        _curtain(canvas, 0.30 + 0.12 * band, 0.30 - 0.05 * band, "3dff9e", seam, 1.0 - 0.22 * band)
    far = horizon - 0.02 - 0.10 * np.maximum(0, 0.8 - np.abs(canvas.line(0.7, 8, 0.5)))
    hills = far.astype(np.float32)
    snow = smooth(0.3, 0.8, canvas.noise(0.12, 7, 0.35, 0.65)) * smooth(0.1, 0.0, canvas.y - hills)
    tint = ramp(snow, (0, "0f2638"), (1, "3f7f84"))
    canvas.cover(canvas.below(hills), tint)
    canvas.mirror(horizon, 0.004)
    canvas.cover(canvas.below(horizon) * 0.38, "0a1c2e")
    bank = 0.93 - 0.10 * (canvas.x[0] - 0.3) ** 2 + 0.012 * canvas.line(0.5, 4)
    down = smooth(0, 0.12, canvas.y - bank)
    canvas.cover(canvas.below(bank.astype(np.float32)), ramp(down, (0, "7fb5b2"), (1, "2c5566")))
    pine_row(canvas, bank.astype(np.float32), "04121c", (0.10, 0.26), 0.05, 0.8, "4f8587", (-0.02, 0.3))
    pine_row(canvas, bank.astype(np.float32), "04121c", (0.08, 0.2), 0.05, 0.7, "4f8587", (0.78, 1.02))
    canvas.bloom(0.4, 0.6)


def _curtain(canvas: Canvas, foot: float, tall: float, low: str, high: str, strength: float) -> None:
    """One band of northern lights: rays that rise from a winding seam."""
    wave = canvas.rng.uniform(0, 6.3, 3)
    x = canvas.x[0]
    seam = (
        foot
        + 0.10 * np.sin(x * 4.5 + wave[0])
        + 0.04 * np.sin(x * 11 + wave[1])
        + 0.012 * canvas.line(0.3, 4)
    )
    rays = np.clip(0.62 + 0.3 * canvas.line(0.07, 5, 0.6), 0.12, 1) * (0.72 + 0.28 * np.sin(x * 5 + wave[2]))
    above = seam - canvas.y
    rise = np.exp(-np.maximum(above, 0) / (tall * (0.3 + 0.7 * rays))) * smooth(-0.035, 0.03, above)
    rim = 0.16 * rays * np.exp(-((above / 0.026) ** 2))
    tone = ramp(
        np.clip(above / tall, -0.1, 1.6), (-0.05, "a8ffd0"), (0.12, low), (0.7, "22b58c"), (1.5, high)
    )
    canvas.shine(((rise * (0.35 + 0.65 * rays) + rim) * strength).astype(np.float32), tone)
    canvas.shine((0.16 * strength * np.exp(-(((above - 0.05) / 0.16) ** 2))).astype(np.float32), low)


def camp(canvas: Canvas, mood: str) -> None:
    """A lit tent under the Milky Way, or at the last light of the evening."""
    clearing(canvas, mood)
    lantern(canvas, mood)


def clearing(canvas: Canvas, mood: str) -> None:
    """What stands still around the tent: the night, the woods, the ground."""
    if mood == "dusk":
        canvas.wash((0, "14204a"), (0.35, "3e4a86"), (0.6, "c0708a"), (0.75, "f4a56f"), (1, "f4a56f"))
    else:
        canvas.wash((0, "060a1c"), (0.5, "13234a"), (0.75, "32507a"), (1, "32507a"))
    _milky_way(canvas, 0.4 if mood == "dusk" else 1.0)
    haze = "8a5c7e" if mood == "dusk" else "2c466e"
    for index in range(3):
        line = (0.70 + 0.05 * index - 0.07 * canvas.line(0.8 - 0.2 * index, 7)).astype(np.float32)
        tone = mix(haze, "060913", 0.3 + 0.3 * index)
        pine_row(canvas, line, tone, (0.02 + 0.02 * index, 0.04 + 0.035 * index), 0.012 + 0.008 * index)
        canvas.cover(canvas.below(line), tone)
    ground = (0.90 - 0.02 * canvas.line(1.2, 3)).astype(np.float32)
    texture = canvas.noise(0.04, 4, 2.5, 0.7)
    canvas.cover(canvas.below(ground), ramp(texture, (0, "070b10"), (1, "141c1c")))
    pine_row(canvas, ground, "04060b", (0.35, 0.6), 0.07, 0.9, span=(-0.03, 0.2))


def lantern(canvas: Canvas, mood: str) -> None:
    """What moves before `clearing`: the tent in the light of its lantern, a shooting star."""
    flicker = 1 + 0.16 * float(np.sin(canvas.moment * 41)) + 0.10 * float(np.sin(canvas.moment * 97))
    _tent(canvas, 0.56, 0.925, 0.17, flicker)
    if 0.3 < canvas.moment < 0.6:
        share = (canvas.moment - 0.3) / 0.3
        x, y = 0.25 + 0.4 * share, 0.12 + 0.16 * share
        trail = Sheet(canvas).polygon([(x, y), (x - 0.12, y - 0.05), (x, y + 0.004)], "ffffff")
        trail.laid(float(np.sin(np.pi * share)))
    canvas.bloom(0.5, 0.6)


def _milky_way(canvas: Canvas, strength: float) -> None:
    across = (canvas.x - 0.5) * canvas.width / canvas.unit
    down = (canvas.y - 0.35) * canvas.height / canvas.unit
    off = across * 0.62 + down * 0.78 + 0.08 * (canvas.noise(0.6, 3) - 0.5)
    cloud = canvas.noise(0.3, 7, 1.0, 0.6)
    band = np.exp(-((off / 0.17) ** 2)) * (0.25 + 0.9 * cloud)
    dust = np.exp(-(((off + 0.02) / 0.06) ** 2)) * smooth(0.45, 0.8, canvas.noise(0.2, 6, 1.0, 0.6))
    light = np.clip(band - 0.8 * dust, 0, 1) * strength
    canvas.shine((light * 0.55).astype(np.float32), "b9b4e6")
    canvas.shine((np.clip(light - 0.4, 0, 1) * 0.8).astype(np.float32), "ffd9c4")
    canvas.dots(int(2600 * strength), 0, 0.8, 0.0013, ["ffffff", "cfdcff", "ffe6cf"])


def _tent(canvas: Canvas, x: float, y: float, size: float, lit: float) -> None:
    """A ridge tent lit from inside, its glow on the grass."""
    canvas.glow(x, y + 0.01, size * 1.3, "ffae57", 0.55 * lit, 2.2)
    sheet = Sheet(canvas)
    left, front, back = (-1.05, 0.0), (0.0, 0.0), (0.75, -0.05)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, y, size, 0, points)

    sheet.polygon(at([(-0.45, -0.78), (0.52, -0.72), (1.08, -0.03), (0.2, 0.03)]), "c8622c")
    sheet.polygon(at([(-0.45, -0.78), (0.52, -0.72), (0.7, -0.5), (-0.27, -0.55)]), "e08a3f")
    sheet.polygon(at([(-0.45, -0.78), left, (0.2, 0.03)]), "f6b45c")
    sheet.polygon(at([(-0.45, -0.72), (-0.62, 0.015), (-0.2, 0.02)]), "ffe9b0")
    sheet.polygon(at([(-0.45, -0.72), (-0.45, 0.018), (-0.2, 0.02)]), "ffd588")
    sheet.stroke(at([(-0.45, -0.78), (0.52, -0.72)]), "fbd08a", 0.002)
    for start, end in (((-0.45, -0.78), (-1.35, 0.06)), ((0.52, -0.72), (1.4, 0.05)), (back, front)):
        if end != front:
            sheet.stroke(at([start, end]), "d9b98a", 0.0012)
    sheet.laid()
    canvas.glow(x - size * 0.35 * canvas.unit / canvas.width, y - 0.04, size * 0.6, "ffd88a", 0.5 * lit)


def fireworks(canvas: Canvas, mood: str) -> None:
    """Fireworks over a town by the water."""
    horizon = 0.74
    canvas.wash((0, "060a20"), (0.5, "16204a"), (0.74, "3a3a6a"), (1, "101a38"))
    canvas.shine(canvas.noise(0.3, 6, 1.8, 0.6) * smooth(0.9, 0.2, canvas.y) * 0.14, "9a86c8")
    palettes = [
        ("ffd166", "fff3c4"),
        ("ef476f", "ffd0dc"),
        ("4cc9f0", "e0f8ff"),
        ("9bf6a0", "f0fff0"),
        ("c77dff", "f3e2ff"),
    ]
    spots = [
        (0.30, 0.24, 0.26),
        (0.66, 0.17, 0.22),
        (0.50, 0.42, 0.18),
        (0.84, 0.38, 0.17),
        (0.13, 0.44, 0.14),
    ]
    order = canvas.rng.permutation(len(palettes))
    for index, (x, y, radius) in enumerate(spots):
        outer, inner = palettes[int(order[index])]
        x += float(canvas.rng.uniform(-0.04, 0.04))
        canvas.glow(x, y, radius * 1.1, outer, 0.34)
        _burst(canvas, x, y, radius, outer, inner)
    line = _roofs(canvas, horizon)
    canvas.cover(canvas.below(line), "0a0d1f")
    _lit_windows(canvas, line, horizon)
    canvas.mirror(horizon, 0.014, 3)
    canvas.cover(canvas.below(horizon) * 0.3, "0a1230")
    canvas.bloom(0.8, 0.5, 0.02)


def _burst(canvas: Canvas, x: float, y: float, radius: float, outer: str, inner: str) -> None:
    """One shell: curved trails of sparks that fade and fall."""
    sheet = Sheet(canvas)
    wide, high = canvas.unit / canvas.width, canvas.unit / canvas.height
    for _ in range(110):
        angle = float(canvas.rng.uniform(0, 2 * np.pi))
        reach = radius * float(np.sqrt(canvas.rng.uniform(0.12, 1)))
        path = []
        for step in range(9):
            share = 0.18 + 0.82 * step / 8
            fall = 0.22 * radius * share**2.4
            path.append(
                (x + np.cos(angle) * reach * share * wide, y + (np.sin(angle) * reach * share + fall) * high)
            )
        for part in range(8):
            tint = mix(outer, inner, max(0.0, 1 - part / 5) if part < 6 else 0.6)
            tone = mix("141a3c", tint, 0.35 + 0.65 * (part / 7) ** 0.7)
            sheet.stroke(path[part : part + 2], tone, 0.0012 + 0.0012 * part / 7)
        sheet.oval(*path[-1], 0.0028, 0.0028, inner)
    light = sheet.picture()
    canvas.pixels += (1 - np.minimum(canvas.pixels, 1)) * light


def _roofs(canvas: Canvas, horizon: float) -> Pixels:
    """The outline of an old town: gables, a dome, two towers."""
    line = np.full(canvas.width, horizon - 0.02, np.float32)
    x = 0.0
    while x < 1:
        wide = float(canvas.rng.uniform(0.02, 0.05))
        tall = float(canvas.rng.uniform(0.03, 0.08))
        gable = float(canvas.rng.uniform(0.01, 0.03)) * (canvas.rng.random() < 0.8)
        inside = (canvas.x[0] >= x) & (canvas.x[0] < x + wide)
        slope = 1 - np.abs((canvas.x[0] - x) / wide * 2 - 1)
        line = np.where(inside, horizon - tall - gable * slope, line)
        x += wide
    for middle, tall in ((0.36, 0.24), (0.43, 0.24), (0.78, 0.18)):
        off = np.abs(canvas.x[0] - middle)
        tower = np.where(
            off < 0.012, horizon - tall * 0.72 - 0.28 * tall * np.clip(1 - off / 0.012, 0, 1) ** 0.8, 1
        )
        line = np.minimum(line, tower)
    return line.astype(np.float32)


def _lit_windows(canvas: Canvas, line: Pixels, horizon: float) -> None:
    sheet = Sheet(canvas)
    for _ in range(320):
        x = float(canvas.rng.random())
        y = horizon - float(canvas.rng.uniform(0.006, 0.075))
        if y > float(line[int(x * canvas.width)]) + 0.014:
            warm = mix("ffb454", "ffe3a8", float(canvas.rng.random()))
            sheet.box(x, y, x + 0.0022, y + 0.0052, warm)
    for x in np.arange(0.01, 1, 0.035):
        sheet.oval(float(x), horizon - 0.006, 0.003, 0.003, "fff0c8")
    sheet.laid()


def balloons(canvas: Canvas, mood: str) -> None:
    """Hot-air balloons over hazy hills in the morning."""
    if mood == "noon":
        canvas.wash((0, "3f86c0"), (0.45, "8fc1e0"), (0.75, "e2eef2"), (1, "f3ead8"))
        haze, near = "d5dfe4", "5f7050"
    else:
        canvas.wash((0, "46618f"), (0.3, "9a8fb0"), (0.5, "f0b49a"), (0.68, "ffe0a8"), (1, "ffe9c2"))
        haze, near = "f2c6a0", "5a3f4a"
    canvas.glow(0.72, 0.62, 0.5, "fff2cc", 0.6)
    if mood != "noon":
        canvas.disc(0.72, 0.62, 0.04, "fff8e2")
    lanes = smooth(0.5, 0.95, canvas.noise(0.12, 6, 4.0, 0.55)) * smooth(0.6, 0.1, canvas.y)
    canvas.cover(lanes * 0.6, "ffeadb")
    cloths = [("d1495b", "f6e7cb"), ("edae49", "7a2e3a"), ("00798c", "f2e8cf"), ("6a4c93", "f4a259"),
              ("2f6690", "f4d35e"), ("bc4b51", "f4e285"), ("5b8e7d", "f4f1de")]  # fmt: skip
    order = canvas.rng.permutation(len(cloths))
    spots = [
        (0.62, 0.2, 0.035),
        (0.87, 0.34, 0.042),
        (0.12, 0.46, 0.05),
        (0.44, 0.38, 0.06),
        (0.72, 0.46, 0.085),
        (0.27, 0.3, 0.15),
    ]
    for index in range(5):
        share = index / 4
        base = 0.74 + 0.075 * index
        line = base - 0.06 * canvas.line(0.7 - 0.1 * index, 5, 0.42)
        tone = mix(haze, near, share**1.1)
        down = smooth(0, 0.15, canvas.y - line)
        canvas.cover(canvas.below(line.astype(np.float32)), ramp(down, (0, tone), (1, mix(tone, haze, 0.6))))
        if index == 1:
            for at, (x, y, size) in enumerate(spots[:4]):
                _balloon(
                    canvas, x, y, size, cloths[int(order[at])], mix(haze, "ffffff", 0.2), 0.45 - 0.1 * at
                )
    for at, (x, y, size) in enumerate(spots[4:]):
        _balloon(canvas, x, y, size, cloths[int(order[4 + at])], haze, 0.12 - 0.12 * at)
    gulls(canvas, 6, 0.1, 0.6, 0.012, near)
    canvas.bloom(0.4, 0.75)


def _balloon(
    canvas: Canvas, x: float, y: float, radius: float, cloth: tuple[str, str], haze: Pixels | str, far: float
) -> None:
    """A balloon of striped gores, lit from the right, with its basket; `far` fades it into the haze."""
    x += float(canvas.rng.uniform(-0.03, 0.03))
    y += float(canvas.rng.uniform(-0.03, 0.03)) - 0.02 * canvas.moment
    sheet = Sheet(canvas)
    levels = np.linspace(-1, 1.32, 40)
    wide = np.where(levels < 0.15, np.sqrt(np.maximum(0, 1 - levels**2)), 0.0)
    taper = np.maximum(0, (levels - 0.15) / 1.17)
    wide = np.where(levels >= 0.15, 0.989 * (1 - taper**1.35) + 0.16 * taper, wide)
    gores = 14
    for gore in range(gores):
        left = float(np.sin((gore / gores - 0.5) * np.pi))
        right = float(np.sin(((gore + 1) / gores - 0.5) * np.pi))
        tint = mix(cloth[gore % 2], "24121f", max(0.0, 0.42 - 0.30 * (left + right + 0.6)))
        tint = mix(tint, "fff3d6", max(0.0, 0.28 * (0.55 - abs((left + right) / 2 - 0.45))))
        outline = [(wide[i] * left, levels[i]) for i in range(40)] + [
            (wide[i] * right, levels[i]) for i in range(39, -1, -1)
        ]
        sheet.polygon(turned(canvas, x, y, radius, 0, outline), mix(tint, haze, far))
        for low, high in ((-0.22, -0.06), (0.16, 0.22)):
            rows = [i for i in range(40) if low <= levels[i] <= high + 0.06]
            belt = [(wide[i] * left, levels[i]) for i in rows] + [
                (wide[i] * right, levels[i]) for i in reversed(rows)
            ]
            band = mix(
                mix(cloth[(gore + 1) % 2], "24121f", max(0.0, 0.36 - 0.3 * (left + right + 0.6))), haze, far
            )
            sheet.polygon(turned(canvas, x, y, radius, 0, belt), band)
    dark = mix("3b2518", haze, far)
    for side in (-0.15, -0.05, 0.05, 0.15):
        sheet.stroke(turned(canvas, x, y, radius, 0, [(side, 1.3), (side * 0.8, 1.62)]), dark, 0.0012)
    basket = curve([(-0.13, 1.6), (0.13, 1.6), (0.11, 1.8), (-0.11, 1.8)], 4)
    sheet.polygon(turned(canvas, x, y, radius, 0, basket), mix("7a4f2b", haze, far))
    sheet.stroke(turned(canvas, x, y, radius, 0, [(-0.14, 1.6), (0.14, 1.6)]), dark, 0.002)
    sheet.laid()
    if far < 0.05:
        canvas.glow(x, y + radius * 1.36 * canvas.unit / canvas.height, radius * 0.22, "ffd27a", 0.9)

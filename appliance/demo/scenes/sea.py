"""The sea: open water with sailing boats, the beach from the dunes and from above, a lighthouse."""

from dataclasses import dataclass

import numpy as np

from appliance.demo.paint import Canvas, Colour, Pixels, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import gulls
from appliance.demo.sheets import Sheet, curve, turned


@dataclass(frozen=True, slots=True)
class Light:
    """The light of an hour over water."""

    sky: tuple[tuple[float, str], ...]
    sun: str
    sun_at: tuple[float, float]
    sun_size: float
    deep: str
    shallow: str
    cloud: str
    sail: str
    ink: str


LIGHTS = {
    "sunset": Light(
        ((0, "27325f"), (0.3, "6b4a86"), (0.55, "d0667a"), (0.8, "f7a25e"), (1, "ffdd8f")),
        "fff2c8", (0.5, 0.9), 0.05, "1c2350", "e07a5f", "f2907e", "2a1c38", "1b1430",
    ),
    "noon": Light(
        ((0, "2a7ac0"), (0.5, "6fb4e0"), (1, "cfe9f2")),
        "fffdf0", (0.75, 0.15), 0.0, "0b5c86", "43b3c4", "ffffff", "fdfcf7", "7a3b2e",
    ),
    "morning": Light(
        ((0, "86a8c8"), (0.4, "b9cbd8"), (0.75, "f0d9c8"), (1, "fce9d2")),
        "fff6e2", (0.3, 0.72), 0.035, "3f6b86", "a8c4c8", "fff0e4", "fbf4ea", "394b5e",
    ),
    "moon": Light(
        ((0, "050a1e"), (0.5, "11264d"), (1, "33557f")),
        "f4f1dc", (0.62, 0.38), 0.05, "050c20", "26466e", "4d6d97", "8fa6c4", "060a18",
    ),
}  # fmt: skip


def sailing(canvas: Canvas, mood: str) -> None:
    """A sailing boat or three on open water, the sun's path on the waves."""
    open_sea(canvas, mood)
    under_sail(canvas, mood)


def open_sea(canvas: Canvas, mood: str) -> None:
    """What stands still behind the boats: the sky and a far coast."""
    horizon = _horizon(canvas)
    _sky(canvas, LIGHTS[mood], horizon)
    _far_coast(canvas, LIGHTS[mood], horizon)


def under_sail(canvas: Canvas, mood: str) -> None:
    """What moves before `open_sea`: water, boats and gulls."""
    light, horizon = LIGHTS[mood], _horizon(canvas)
    _water(canvas, light, horizon, _sun(canvas, light, horizon))
    boats = [(0.32, 0.30, 0.0), (0.72, 0.1, 0.03), (0.86, 0.06, 0.05)][: 3 if mood != "moon" else 1]
    for x, tall, drift in boats:
        place = x + float(canvas.rng.uniform(-0.05, 0.05)) + canvas.moment * (0.05 + drift)
        bob = 0.004 * float(np.sin(canvas.moment * 12.6 + x * 9))
        _boat(canvas, light, place, horizon + 0.015 + tall * 0.38 + bob, tall)
    gulls(canvas, 6, 0.12, 0.42, 0.022, light.ink)
    canvas.bloom(0.5, 0.72)


def _horizon(canvas: Canvas) -> float:
    return 0.56 if canvas.width >= canvas.height else 0.6


def beach(canvas: Canvas, mood: str) -> None:
    """Waves running up on sand, seen from the dunes, with grass in front."""
    light = LIGHTS[mood]
    horizon = 0.42
    sun = _sky(canvas, light, horizon)
    _far_coast(canvas, light, horizon)
    _water(canvas, light, horizon, sun)
    sand, wet = mix("e8cfa0", light.sky[-1][1], 0.25), mix("b79468", light.shallow, 0.35)
    edge = (0.72 + 0.05 * np.sin(canvas.x[0] * 4.2 + 1) + 0.012 * canvas.line(0.25, 4)).astype(np.float32)
    shallow = smooth(-0.2, 0.0, canvas.y - edge) * 0.75
    canvas.cover(shallow, mix(light.shallow, sand, 0.35))
    texture = canvas.noise(0.05, 6, 3.0, 0.7)
    down = smooth(0.0, 0.1, canvas.y - edge)
    ground = ramp(down, (0, wet), (1, sand)) * (0.93 + 0.12 * texture)[..., None]
    canvas.cover(canvas.below(edge), ground.astype(np.float32))
    for at, strength in ((-0.11, 0.55), (-0.055, 0.8), (-0.004, 1.0)):
        crest = edge + at + 0.014 * canvas.line(0.3, 5)
        foam = smooth(0.45, 0.75, canvas.noise(0.03, 4, 3.5, 0.7))
        band = np.exp(-(((canvas.y - crest) / (0.008 + 0.05 * (0.14 + at))) ** 2))
        canvas.cover((band * (0.4 + 0.6 * foam) * strength).astype(np.float32), "fdfbf5")
    _parasols(canvas, light)
    _dune(canvas, light)
    gulls(canvas, 5, 0.08, 0.3, 0.02, mix(light.ink, "ffffff", 0.1))
    canvas.bloom(0.35, 0.8)


def above(canvas: Canvas, mood: str) -> None:
    """The beach from straight above: turquoise water, foam, sand and parasols."""
    field = canvas.noise(0.5, 6, 1.0, 0.5)
    shore = canvas.x * 0.9 + canvas.y * 0.45 + 0.13 * (field - 0.5) + 0.03 * np.sin(canvas.y * 9)
    depth = (0.72 - shore) / 0.72
    ripple = canvas.noise(0.05, 4, 1.6, 0.6)
    water = ramp(
        np.clip(depth + 0.05 * (ripple - 0.5), 0, 1),
        (0, "b5e8df"), (0.08, "7fd8d4"), (0.3, "2fb3bf"), (0.65, "13809f"), (1, "0c5a80"),
    )  # fmt: skip
    canvas.pixels[:] = water
    net = np.abs(canvas.noise(0.09, 4, 1.0, 0.55) - 0.5)
    canvas.shine(smooth(0.035, 0.0, net) * smooth(0.75, 0.0, depth) * 0.28, "e8fff8")
    sand = ramp(canvas.noise(0.02, 4, 1, 0.8), (0, "e2c08c"), (0.5, "f0d5a6"), (1, "f8e6c2"))
    wet = smooth(0.0, -0.09, depth)
    beach_colour = sand * (0.74 + 0.26 * wet)[..., None]
    canvas.cover(smooth(0.004, -0.004, depth), beach_colour.astype(np.float32))
    lace = canvas.noise(0.06, 6, 1.0, 0.75)
    for at, wide in ((0.0, 0.016), (0.075, 0.022), (0.16, 0.018)):
        off = depth - at - 0.02 * (lace - 0.5)
        foam = np.exp(-((off / wide) ** 2)) * smooth(0.28, 0.62, lace) * (1 - at * 2.6)
        trail = smooth(0, 0.004, off) * smooth(0.06, 0.0, off) * smooth(0.5, 0.75, lace) * 0.6
        canvas.cover(np.clip(foam + trail, 0, 1).astype(np.float32), "ffffff")
    _parasols_above(canvas, depth)


def lighthouse(canvas: Canvas, mood: str) -> None:
    """A lighthouse on its rock, its lamp lit."""
    light = LIGHTS[mood]
    horizon = 0.66
    sun = _sky(canvas, light, horizon)
    _water(canvas, light, horizon, sun)
    side = 0.68
    cliff = 0.60 + 0.5 * np.maximum(0, side - 0.22 - canvas.x[0]) ** 0.9 + 0.02 * canvas.line(0.2, 7)
    rock = mix(light.ink, light.deep, 0.35)
    texture = canvas.noise(0.05, 5, 1.6, 0.65)
    grass = mix("4d6b3c", light.ink, 0.45 if mood != "noon" else 0.0)
    stone = mix("8d7b6a", rock, 0.6 if mood != "noon" else 0.1)
    down = np.clip((canvas.y - cliff) / 0.05 + 0.5 * (texture - 0.5), 0, 1)
    strata = 0.72 + 0.34 * canvas.noise(0.16, 6, 0.35, 0.65) + 0.12 * (texture - 0.5)
    fall = 1 - 0.55 * smooth(0.05, 0.4, canvas.y - cliff)
    ground = ramp(down, (0, grass), (0.5, grass), (0.75, stone), (1, stone)) * (strata * fall)[..., None]
    canvas.cover(canvas.below(cliff.astype(np.float32)), ground.astype(np.float32))
    surf = smooth(0.5, 0.8, canvas.noise(0.04, 5, 3)) * np.exp(-(((canvas.y - 0.985) / 0.02) ** 2))
    canvas.cover(surf.astype(np.float32), "ffffff")
    _tower(canvas, light, side, 0.61)
    if mood != "noon":
        lamp = (side, 0.2)
        canvas.glow(*lamp, 0.10, "ffe9a8", 0.9)
        angle = np.arctan2((canvas.y - lamp[1]) * canvas.height, (canvas.x - lamp[0]) * canvas.width)
        beam = np.exp(-(((np.abs(angle) - 3.0) / 0.05) ** 2)) * np.exp(-canvas.distance(*lamp) / 0.55)
        canvas.shine((beam * 0.55).astype(np.float32), "ffe9b0")
    gulls(canvas, 7, 0.12, 0.5, 0.02, light.ink if mood != "noon" else "ffffff")
    canvas.bloom(0.45, 0.75)


def _sun(canvas: Canvas, light: Light, horizon: float) -> tuple[float, float]:
    """Where the sun or moon stands; the seed moves it a little sideways."""
    return light.sun_at[0] + 0.16 * (canvas.seed * 0.618 % 1 - 0.5), light.sun_at[1] * horizon


def _sky(canvas: Canvas, light: Light, horizon: float) -> tuple[float, float]:
    canvas.pixels[:] = ramp(canvas.y[:, 0] / horizon, *light.sky)[:, None, :]
    x, y = _sun(canvas, light, horizon)
    if light.deep == LIGHTS["moon"].deep:
        canvas.dots(500, 0, horizon * 0.95, 0.0016, ["ffffff", "d4e2ff"])
    canvas.glow(x, y, 0.55, light.sun, 0.4, 1.3)
    canvas.glow(x, y, 0.16, light.sun, 0.6)
    if light.sun_size:
        canvas.disc(x, y, light.sun_size, light.sun)
    streaks = canvas.noise(0.10, 6, 5.0, 0.55)
    high = smooth(horizon, horizon * 0.2, canvas.y) * (0.3 + 0.7 * canvas.noise(0.9, 2))
    canvas.cover(smooth(0.5, 0.95, streaks) * high * 0.8, light.cloud)
    return x, y


def _far_coast(canvas: Canvas, light: Light, horizon: float) -> None:
    if canvas.rng.random() < 0.35:
        return
    side = float(canvas.rng.uniform(0.55, 1.0))
    swell = np.exp(-(((canvas.x[0] - side) / 0.26) ** 2))
    line = horizon + 0.004 - 0.05 * swell * (1 + 0.25 * canvas.line(0.3, 6))
    canvas.cover(canvas.below(line.astype(np.float32)), mix(light.sky[-1][1], light.deep, 0.4))


def _water(canvas: Canvas, light: Light, horizon: float, sun: tuple[float, float]) -> None:
    """Waves that mirror the sky at a grazing look, show their depth near by, and glitter below the sun."""
    canvas.mirror(horizon, 0.016, 2.0)
    top = int(horizon * canvas.height)
    y = canvas.y[top:]
    depth = (y - horizon) / (1 - horizon)
    waves = canvas.waves(canvas.height - top)
    part = canvas.pixels[top:]
    colour = ramp(
        depth[:, 0], (0, mix(light.shallow, light.sky[-1][1], 0.5)), (0.25, light.shallow), (1, light.deep)
    )
    see = (0.32 + 0.45 * smooth(0, 0.8, depth)) * np.clip(1 + 0.7 * waves, 0, 1.6)
    part += (colour[:, None, :] - part) * np.clip(see, 0, 1)[..., None]
    spread = 0.05 + 0.30 * depth
    path = np.exp(-(((canvas.x - sun[0]) * canvas.width / canvas.unit / spread) ** 2))
    glitter = smooth(0.12 + 0.25 * depth, 0.5 + 0.25 * depth, waves) * path
    gain = 1.0 if light.sun_size else 0.35
    part += (
        (1 - np.minimum(part, 1))
        * np.clip((glitter * 1.3 + path * 0.16) * gain, 0, 1)[..., None]
        * rgb(light.sun)
    )
    canvas.cover((np.exp(-(((canvas.y - horizon) / 0.003) ** 2)) * 0.5).astype(np.float32), light.sky[-1][1])


def _boat(canvas: Canvas, light: Light, x: float, y: float, tall: float) -> None:
    """A sloop with a main and a foresail, and its image in the water."""
    size = tall * canvas.height / canvas.unit
    lean = 0.06 + 0.03 * float(np.sin(canvas.moment * 6.3))

    def placed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, y, size, lean, points)

    image = Sheet(canvas)
    spread = [(-0.2, 0.05), (0.22, 0.05), (0.1, 0.32), (0.06, 0.5), (-0.02, 0.62), (-0.06, 0.4)]
    image.polygon(turned(canvas, x, y, size, 0.0, curve(spread, 6)), light.ink, 0.32)
    image.polygon(
        turned(canvas, x, y, size, 0.0, curve([(-0.28, 0.02), (0.3, 0.02), (0, 0.11)], 6)), light.ink, 0.45
    )
    image.soften(0.006)
    image.laid()
    sheet = Sheet(canvas)
    main = [(0.02, -0.95), (0.02, -0.1), (-0.34, -0.08), (-0.25, -0.38), (-0.12, -0.7)]
    fore = [(0.045, -0.86), (0.3, -0.1), (0.06, -0.1), (0.12, -0.4)]
    sheet.polygon(placed(main), light.sail)
    sheet.polygon(
        placed([(0.02, -0.95), (0.02, -0.1), (-0.13, -0.09), (-0.09, -0.5)]), mix(light.sail, light.ink, 0.13)
    )
    sheet.polygon(placed(fore), mix(light.sail, light.cloud, 0.25))
    for height in (-0.3, -0.52, -0.72):
        wide = 0.34 * (1 + height) + 0.02
        sheet.stroke(
            placed([(0.02, height), (-wide, height + 0.02)]), mix(light.sail, light.ink, 0.25), 0.0012
        )
    sheet.stroke(placed([(0.03, 0.0), (0.03, -1.0)]), light.ink, max(0.0016, 0.016 * size))
    sheet.stroke(placed([(-0.37, -0.07), (0.03, -0.09)]), light.ink, max(0.001, 0.01 * size))
    hull = [(-0.33, -0.05), (0.36, -0.06), (0.27, 0.03), (0.16, 0.06), (-0.24, 0.06)]
    sheet.polygon(placed(hull), light.ink)
    sheet.stroke(
        placed([(-0.33, -0.035), (0.345, -0.045)]), mix(light.ink, "ffffff", 0.75), max(0.001, 0.01 * size)
    )
    sheet.laid()


def _parasols(canvas: Canvas, light: Light) -> None:
    """A few parasols with deck chairs on the sand."""
    sheet = Sheet(canvas)
    cloths = ["d95d4e", "f2f0e6", "3f88a5", "f0b84a"]
    for index, (x, y, size) in enumerate(((0.20, 0.80, 0.10), (0.45, 0.83, 0.12), (0.80, 0.81, 0.11))):
        cloth = mix(cloths[int(canvas.rng.integers(4))], light.ink, 0.12 if light.sun_size else 0)
        _parasol(canvas, sheet, (x, y, size), cloth, mix(cloths[index], "ffffff", 0.15))
    sheet.laid()


def _parasol(
    canvas: Canvas, sheet: Sheet, spot: tuple[float, float, float], cloth: Colour, seat: Colour
) -> None:
    x, y, size = spot
    tilt = float(canvas.rng.uniform(-0.18, 0.18))

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, y, size, tilt, points)

    sheet.oval(x + 0.02, y + 0.005, size * 0.75, size * 0.10, "5b4630", 0.35)
    sheet.stroke(at([(0, 0), (0, -1)]), "efe6d6", 0.004)
    arc = [step / 24 for step in range(25)]
    dome = [(1.44 * share - 0.72, -0.78 - 0.36 * float(np.sin(np.pi * share)) ** 0.8) for share in arc]
    hem = [(0.48, -0.84), (0.24, -0.78), (0, -0.84), (-0.24, -0.78), (-0.48, -0.84)]
    sheet.polygon(at([*dome, *hem]), cloth)
    for left, right in ((4, 8), (12, 16), (20, 24)):
        panel = [*dome[left:right], (0.06 * (left - 12), -0.8)]
        sheet.polygon(at(panel), mix(cloth, "ffffff", 0.8), 0.9)
    sheet.stroke(at([(0.3, -0.05), (0.55, -0.14), (0.75, -0.48)]), seat, 0.010)
    sheet.stroke(at([(0.35, 0.02), (0.62, -0.16)]), "6b4f36", 0.004)
    sheet.stroke(at([(0.62, 0.02), (0.42, -0.12)]), "6b4f36", 0.004)


def _parasols_above(canvas: Canvas, depth: Pixels) -> None:
    """Round parasols with their shadows, towels beside them, on the dry sand."""
    shadow, sheet = Sheet(canvas), Sheet(canvas)
    cloths: list[Colour] = ["e4572e", "f3a712", "2e86ab", "f6f1e7", "d1495b", "66a182"]
    spots: list[tuple[float, float]] = []
    for _ in range(260):
        x, y = (float(value) for value in canvas.rng.uniform(0.03, 0.97, 2))
        here = float(depth[int(y * canvas.height), int(x * canvas.width)])
        far = all(
            np.hypot((x - px) * canvas.width, (y - py) * canvas.height) > 0.15 * canvas.unit
            for px, py in spots
        )
        if here < -0.13 and far:
            spots.append((x, y))
    for x, y in spots:
        radius = float(canvas.rng.uniform(0.034, 0.046))
        cloth = cloths[int(canvas.rng.integers(len(cloths)))]
        angle = float(canvas.rng.uniform(0, 3))
        towel = turned(
            canvas,
            x + 0.03,
            y + 0.045,
            0.05,
            angle,
            [(-0.35, -0.75), (0.35, -0.75), (0.35, 0.75), (-0.35, 0.75)],
        )
        sheet.polygon(towel, cloths[int(canvas.rng.integers(len(cloths)))])
        stripe = turned(
            canvas, x + 0.03, y + 0.045, 0.05, angle, [(-0.1, -0.75), (0.1, -0.75), (0.1, 0.75), (-0.1, 0.75)]
        )
        sheet.polygon(stripe, "ffffff", 0.7)
        shadow.oval(x + 0.014, y + 0.022, radius, radius, "4a3319", 0.5)
        for wedge in range(8):
            turn = [angle + np.pi * (wedge + step / 5) / 4 for step in range(6)]
            rim = [(float(np.cos(t)), float(np.sin(t))) for t in turn]
            tint = cloth if wedge % 2 else mix(cloth, "ffffff", 0.82)
            lit = mix(tint, "000000", 0.09 * (1 + float(np.cos(turn[2] - 0.8))))
            sheet.polygon(turned(canvas, x, y, radius, 0, [(0, 0), *rim]), lit)
        sheet.oval(x, y, 0.003, 0.003, "ffffff")
    shadow.soften(0.006)
    shadow.laid()
    sheet.laid()


def _dune(canvas: Canvas, light: Light) -> None:
    """A dune with marram grass in the lower corner."""
    line = 1.0 - 0.16 * np.exp(-(((canvas.x[0] - 0.02) / 0.34) ** 2)) - 0.05 * canvas.x[0] ** 3
    line = (line + 0.004 * canvas.line(0.1, 4)).astype(np.float32)
    sand = mix("d9bd8b", light.ink, 0.15 if light.sun_size else 0.0)
    canvas.cover(canvas.below(line, 0.004), sand)
    sheet = Sheet(canvas)
    for _ in range(420):
        x = float(canvas.rng.beta(0.8, 2.6)) * 1.1 - 0.05
        foot = float(line[int(np.clip(x, 0, 0.999) * canvas.width)]) + float(canvas.rng.uniform(0, 0.1))
        tall = float(canvas.rng.uniform(0.06, 0.17))
        bend = float(canvas.rng.normal(0.03, 0.03))
        tint = mix(
            mix("7f8a4a", "c9b770", float(canvas.rng.random())), light.ink, 0.3 if light.sun_size else 0.05
        )
        sheet.polygon(
            [(x - 0.0016, foot), (x + bend * 0.3, foot - tall * 0.65), (x + bend, foot - tall),
             (x + bend * 0.3 + 0.002, foot - tall * 0.65), (x + 0.0016, foot)], tint,
        )  # fmt: skip
    sheet.laid()


def _tower(canvas: Canvas, light: Light, x: float, foot: float) -> None:
    """The lighthouse: a tapered tower in red and white, gallery, lantern and a keeper's house."""
    dim = 0.0 if light.sun_size == 0 else 0.45
    white, red, roof = (mix(tint, light.ink, dim) for tint in ("f7f3ea", "c8402f", "7d2f26"))
    sheet = Sheet(canvas)
    size = 0.40 * canvas.height / canvas.unit

    def at(points: list[tuple[float, float]], offset: float = 0.0) -> list[tuple[float, float]]:
        return turned(canvas, x + offset, foot, size, 0, points)

    sheet.polygon(at([(0.1, 0.05), (0.1, -0.17), (0.48, -0.17), (0.48, 0.05)]), white)
    sheet.polygon(at([(0.06, -0.16), (0.15, -0.29), (0.43, -0.29), (0.52, -0.16)]), roof)
    for left in (0.2, 0.34):
        sheet.polygon(
            at([(left, -0.11), (left + 0.06, -0.11), (left + 0.06, -0.03), (left, -0.03)]),
            "ffd98a" if dim else "40566b",
        )
    bands = 6
    for band in range(bands):
        low, high = -0.88 * band / bands, -0.88 * (band + 1) / bands
        w0, w1 = 0.135 + 0.055 * low, 0.135 + 0.055 * high
        tint = white if band % 2 else red
        for left, shadow in ((-1.0, 0.0), (0.1, 0.12), (0.55, 0.28)):
            outline = [(w0 * left, low + 0.03), (w0, low + 0.03), (w1, high), (w1 * left, high)]
            sheet.polygon(at(outline), mix(tint, light.ink, shadow))
    sheet.polygon(at([(-0.125, -0.88), (0.125, -0.88), (0.125, -0.905), (-0.125, -0.905)]), light.ink)
    sheet.polygon(
        at([(-0.06, -0.9), (0.06, -0.9), (0.06, -1.03), (-0.06, -1.03)]), "ffefb5" if dim else "cfe3ea"
    )
    for bar in (-0.06, -0.02, 0.02, 0.06):
        sheet.stroke(at([(bar, -0.9), (bar, -1.03)]), light.ink, 0.0016)
    sheet.polygon(at(curve([(-0.085, -1.03), (0.0, -1.12), (0.085, -1.03), (0.0, -1.025)], 6)), red)
    sheet.stroke(at([(0, -1.1), (0, -1.19)]), light.ink, 0.002)
    for rail in np.linspace(-0.12, 0.12, 9):
        sheet.stroke(at([(float(rail), -0.905), (float(rail), -0.945)]), light.ink, 0.0012)
    sheet.stroke(at([(-0.12, -0.945), (0.12, -0.945)]), light.ink, 0.0012)
    sheet.laid()

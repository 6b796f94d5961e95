"""Mountains behind mountains, with mist between them and often a lake in front."""

from dataclasses import dataclass

import numpy as np

from appliance.demo.paint import Canvas, Colour, Pixels, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import gulls, pine_row
from appliance.demo.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Light:
    """The light of an hour: sky from top to horizon, haze, the nearest slope, and the sun or moon."""

    sky: tuple[tuple[float, str], ...]
    haze: str
    near: str
    sun: str
    sun_at: tuple[float, float]
    sun_size: float
    cloud: str
    snow: str
    stars: int = 0


LIGHTS = {
    "dawn": Light(
        ((0, "3d5a80"), (0.25, "8fa7c4"), (0.45, "e6b8a2"), (0.6, "fbd9a5"), (1, "fbe3c0")),
        "f3c9ac", "1f2f3f", "fff1cf", (0.66, 0.42), 0.03, "ffd9c2", "ffdcc8",
    ),
    "noon": Light(
        ((0, "2f74b5"), (0.3, "6aa8d8"), (0.6, "c4def0"), (1, "e4f0f6")),
        "b9d3e4", "1d3b35", "ffffff", (0.2, 0.08), 0.0, "ffffff", "ffffff",
    ),
    "dusk": Light(
        ((0, "231f4a"), (0.22, "5b3f7a"), (0.42, "c05c7e"), (0.56, "f3a06b"), (0.66, "ffd58a"), (1, "ffe0a0")),
        "e08a74", "171530", "fff0c4", (0.36, 0.5), 0.036, "ff9f86", "f7c6c4", 40,
    ),
    "night": Light(
        ((0, "050b1f"), (0.35, "0f2145"), (0.6, "2d4a78"), (1, "56749c")),
        "3f5f8c", "04070f", "f5f3e0", (0.7, 0.2), 0.038, "8fa9cf", "b4c8e8", 900,
    ),
    "autumn": Light(
        ((0, "4f86b8"), (0.3, "93bbd8"), (0.6, "e8e0c8"), (1, "f6e6c0")),
        "d6c6a4", "3a3220", "fff4d6", (0.78, 0.3), 0.0, "fff6e6", "fffaf2",
    ),
}  # fmt: skip


def lake(canvas: Canvas, mood: str) -> None:
    """Peaks mirrored in a still lake, conifers on its shore."""
    light = LIGHTS[mood]
    shore = 0.62 if canvas.width >= canvas.height else 0.66
    _sky(canvas, light, shore)
    _ranges(canvas, light, shore, count=5)
    bank = shore + 0.004 + 0.004 * canvas.line(0.5, 3)
    far = mix(light.near, light.haze, 0.35)
    pine_row(canvas, bank - 0.008, mix(far, light.haze, 0.12), (0.03, 0.055), 0.008)
    canvas.cover(canvas.below(bank), far)
    canvas.mirror(shore + 0.006, 0.006)
    depth = smooth(shore, 1.15, canvas.y)
    deep = mix(light.near, light.sky[0][1], 0.55)
    canvas.cover(canvas.below(shore + 0.006) * (0.18 + 0.55 * depth), deep)
    band = np.exp(-(((canvas.y - shore - 0.008) / 0.012) ** 2)) * (0.35 + 0.3 * canvas.noise(0.4, 3, 4))
    canvas.cover(band.astype(np.float32), mix(light.haze, "ffffff", 0.25))
    side = bool(canvas.rng.random() < 0.5)
    _near_bank(canvas, light, side)
    gulls(canvas, 5, 0.16, 0.32, 0.014, mix(light.near, light.haze, 0.3))
    canvas.bloom(0.4, 0.75)


def ranges(canvas: Canvas, mood: str) -> None:
    """Ridge after ridge to the horizon, mist in the valleys, a wood's edge in front."""
    light = LIGHTS[mood]
    _sky(canvas, light, 0.55)
    _ranges(canvas, light, 0.99, count=7, rise=0.52, snow=0.0)
    for height, share in ((0.66, 0.25), (0.78, 0.55)):
        near = (height + 0.06 * canvas.line(0.9, 5)).astype(np.float32)
        tone = mix(light.haze, light.near, 0.5 + share * 0.6)
        pine_row(canvas, near, tone, (0.03 + 0.05 * share, 0.06 + 0.09 * share), 0.009 + 0.012 * share)
        down = smooth(0.0, 0.16, canvas.y - near)
        canvas.cover(canvas.below(near), ramp(down, (0, tone), (1, mix(tone, light.haze, 0.55))))
    near = (0.95 + 0.05 * canvas.line(0.7, 5)).astype(np.float32)
    pine_row(canvas, near, light.near, (0.1, 0.24), 0.03)
    canvas.cover(canvas.below(near), light.near)
    canvas.bloom(0.4, 0.75)


def jetty(canvas: Canvas, mood: str) -> None:
    """A wooden landing stage that leads out into a lake below far hills."""
    light = LIGHTS[mood]
    shore = 0.5
    _sky(canvas, light, shore)
    _ranges(canvas, light, shore, count=3)
    canvas.mirror(shore, 0.007)
    canvas.cover(
        canvas.below(shore) * (0.15 + 0.45 * smooth(shore, 1.1, canvas.y)),
        mix(light.near, light.sky[0][1], 0.6),
    )
    sheet = Sheet(canvas)
    wood = mix(mix(light.near, light.haze, 0.28), "8a6446", 0.4)
    start, end, top = 1.08, 0.60, 0.605
    for plank in range(46):
        share = plank / 46
        y0 = top + (start - top) * share**2.2
        y1 = top + (start - top) * ((plank + 0.86) / 46) ** 2.2
        half0, half1 = (0.028 + 0.30 * (y - top) / (start - top) for y in (y0, y1))
        middle0, middle1 = (end - 0.16 * (y - top) / (start - top) for y in (y0, y1))
        tint = mix(wood, light.haze, float(canvas.rng.uniform(0.0, 0.22)) + 0.25 * (1 - share))
        sheet.polygon(
            [(middle0 - half0, y0), (middle0 + half0, y0), (middle1 + half1, y1), (middle1 - half1, y1)], tint
        )
    for post in (0.0, 0.16, 0.36, 0.66):
        y = top + (start - top) * post**1.3
        half = 0.028 + 0.30 * (y - top) / (start - top)
        middle = end - 0.16 * (y - top) / (start - top)
        tall, thick = 0.05 + 0.16 * post, 0.004 + 0.012 * post
        for x in (middle - half, middle + half):
            sheet.box(x - thick, y - tall, x + thick, y + tall * 0.35, light.near)
    sheet.laid()
    canvas.bloom(0.45, 0.72)


def _sky(canvas: Canvas, light: Light, horizon: float) -> None:
    canvas.pixels[:] = ramp(canvas.y[:, 0] / horizon * 0.66, *light.sky)[:, None, :]
    if light.stars:
        canvas.dots(
            light.stars,
            0,
            horizon * (0.9 if light.stars > 100 else 0.4),
            0.0016,
            ["ffffff", "cfe0ff", "fff0d8"],
        )
    x, y = light.sun_at
    x = x + float(canvas.rng.uniform(-0.08, 0.08))
    streaks = canvas.noise(0.14, 6, 4.5, 0.55)
    lanes = (
        smooth(0.52, 0.92, streaks) * smooth(horizon, 0.12, canvas.y) * (0.35 + 0.65 * canvas.noise(0.9, 2))
    )
    canvas.glow(x, y, 0.5, light.sun, 0.45)
    canvas.glow(x, y, 0.14, light.sun, 0.6)
    if light.sun_size:
        canvas.disc(x, y, light.sun_size, light.sun)
    canvas.cover(lanes * 0.75, light.cloud)


def _ranges(
    canvas: Canvas, light: Light, foot: float, count: int, rise: float = 0.3, snow: float = 1.0
) -> None:
    """The ridges, far to near, each fading into the haze below it; the highest is `rise` high."""
    rock = canvas.noise(0.22, 7, 0.4, 0.6)
    lean = np.clip(rock - np.roll(rock, -max(1, canvas.width // 200), axis=1), -0.09, 0.09) / 0.09
    for index in range(count):
        share = index / max(1, count - 1)
        base = foot - 0.02 - (1 - share) ** 1.2 * rise * 0.66
        high = rise * (0.55 + 0.7 * np.sin(np.pi * (0.2 + 0.55 * share))) * (1 - 0.62 * share)
        hills = canvas.line(0.75 - 0.25 * share, 8, 0.46)
        peaks = np.maximum(0, 0.75 - np.abs(hills)) ** 1.15 + 0.2 * hills
        line = (base - high * peaks).astype(np.float32)
        body = mix(mix(light.haze, light.sky[0][1], 0.42), light.near, share**1.15)
        top = max(0, int((float(line.min()) - 0.01) * canvas.height))
        rows = slice(top, min(canvas.height, int((foot + 0.03) * canvas.height) + 1))
        facets = np.roll(lean, (index * 97, index * 211), axis=(0, 1))[rows]
        colour = _slope(canvas.y[rows], light, line, body, facets, share, snow)
        part = canvas.pixels[rows]
        edge = np.clip((canvas.y[rows] - line) * canvas.height + 0.5, 0, 1)[..., None]
        part += (colour - part) * edge


def _slope(
    y: Pixels, light: Light, line: Pixels, body: Colour, lean: Pixels, share: float, amount: float
) -> Pixels:
    """Colours of one range: lit and shaded facets, snow near the tops, haze at the foot."""
    down = y - line
    facets = 1 + lean * np.float32(0.09 + 0.09 * (1 - share))
    cover = smooth(0.1, 0.85, np.clip(down / 0.27, 0, 1)) * np.float32(0.9 - 0.55 * share)
    if share < 0.7 and amount:
        limit = 0.11 + 0.10 * (1 - share)
        depth = down / limit + 0.34 * lean
        white = smooth(0.6, 0.2, depth) * np.float32((0.95 - 0.5 * share) * amount)
        white *= np.clip((float(line.min()) + 0.17 - line) / 0.10, 0, 1)
    else:
        white = np.zeros_like(down)
    rock, snow, haze = rgb(body), rgb(light.snow), rgb(light.haze)
    ground = facets * (1 - white) * (1 - cover)
    lit = (0.86 + 0.14 * lean) * white * (1 - cover)
    return np.asarray(ground[..., None] * rock + lit[..., None] * snow + cover[..., None] * haze)


def _near_bank(canvas: Canvas, light: Light, left: bool) -> None:
    """A corner of dark shore in front, which gives the picture its depth."""
    across = canvas.x[0] if left else 1 - canvas.x[0]
    line = 1.02 - 0.12 * np.maximum(0, 1 - across / 0.55) ** 1.4 + 0.006 * canvas.line(0.12, 4)
    canvas.cover(canvas.below(line), mix(light.near, "000000", 0.15))
    span = (-0.02, 0.24) if left else (0.76, 1.02)
    pine_row(canvas, line.astype(np.float32), mix(light.near, "000000", 0.1), (0.2, 0.46), 0.045, span=span)

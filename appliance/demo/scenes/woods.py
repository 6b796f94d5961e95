"""Woods: beeches in autumn with light between the trunks, birches in spring, an avenue."""

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, ramp, smooth
from appliance.demo.sheets import Sheet, turned

PALETTES = {
    "autumn": (["d9772b", "e8a13a", "c4501f", "f2c14e", "a83a1c"], "ffe2a6", "6a3d1e", "3a2416"),
    "spring": (["8ebf4a", "b6d86a", "5f9a3c", "d7ea8f", "74b04f"], "fbf8cf", "5d7a3a", "2f3b24"),
    "misty": (["6f8a78", "8ba596", "57705f", "a8bdb0", "4d6456"], "e9f0ea", "5f7a6e", "22302b"),
}


def walk(canvas: Canvas, mood: str) -> None:
    """A path through trees, light at its end, leaves in the air and on the ground."""
    leaves, light, ground, bark = PALETTES[mood]
    end = (0.52 + float(canvas.rng.uniform(-0.08, 0.08)), 0.56)
    canvas.wash((0, mix(leaves[0], light, 0.45)), (0.5, light), (0.6, mix(light, ground, 0.25)), (1, ground))
    blotch = canvas.noise(0.12, 5, 1.0, 0.6)
    canvas.cover(smooth(0.6, 0.2, canvas.y) * smooth(0.4, 0.7, blotch) * 0.5, mix(leaves[1], light, 0.4))
    canvas.glow(*end, 0.42, light, 0.9)
    for layer in range(5):
        near = layer / 4
        _floor(
            canvas,
            0.60 + 0.055 * layer,
            mix(mix(ground, light, 0.6 - 0.45 * near), leaves[layer % 5], 0.25),
            near,
        )
        _trunks(canvas, end[0], near, mix(mix(bark, light, 0.72), bark, near**0.8), light)
        _crowns(canvas, leaves, light, near, end)
        canvas.glow(end[0], end[1] - 0.02, 0.34, light, 0.45 * (1 - near) ** 1.2)
    _path(canvas, end, mix(ground, light, 0.35), light)
    _litter(canvas, leaves, end)
    _rays(canvas, end, light)
    canvas.bloom(0.45, 0.72)


def _floor(canvas: Canvas, level: float, colour: Pixels, near: float) -> None:
    line = (level + 0.012 * canvas.line(0.4, 4)).astype(np.float32)
    texture = canvas.noise(0.03 + 0.03 * near, 4, 2.5, 0.7)
    canvas.cover(canvas.below(line, 0.01 * (1 - near)), colour * (0.85 + 0.3 * texture)[..., None])


def _trunks(canvas: Canvas, gap: float, near: float, colour: Pixels, light: str) -> None:
    """Trunks to both sides of the path, thicker and darker the nearer; the side to the light is lit."""
    sheet = Sheet(canvas)
    foot = 0.62 + 0.30 * near**1.3
    thick = (0.007 + 0.038 * near**1.6) * canvas.unit / canvas.width
    clear = 0.05 + 0.20 * near
    for _ in range(int(22 - 14 * near)):
        x = float(canvas.rng.uniform(-0.05, 1.05))
        if abs(x - gap) < clear:
            continue
        half = thick * float(canvas.rng.uniform(0.6, 1.25))
        lean = float(canvas.rng.normal(0, 0.02))
        tint = mix(colour, "000000", float(canvas.rng.uniform(0, 0.2)))
        base = foot + float(canvas.rng.uniform(-0.015, 0.03))
        outline = [(x - half * 1.7, base + 0.01), (x - half, base - 0.06), (x + lean - half * 0.7, -0.05),
                   (x + lean + half * 0.7, -0.05), (x + half, base - 0.06), (x + half * 1.8, base + 0.012)]  # fmt: skip
        sheet.polygon(outline, tint)
        side = 1 if x < gap else -1
        rim = [(x + side * half * 0.45, base - 0.04), (x + lean + side * half * 0.3, -0.05),
               (x + lean + side * half * 0.7, -0.05), (x + side * half, base - 0.06)]  # fmt: skip
        sheet.polygon(rim, mix(tint, light, 0.30 - 0.1 * near))
        for _ in range(2):
            y = float(canvas.rng.uniform(0.05, 0.4))
            out = float(canvas.rng.choice([-1, 1])) * float(canvas.rng.uniform(0.05, 0.13))
            sheet.stroke(
                [(x + lean * 0.6, y + 0.08), (x + out * 0.6, y + 0.01), (x + out, y - 0.05)],
                tint,
                half * 0.55,
            )
    sheet.laid()


def _crowns(canvas: Canvas, leaves: list[str], light: str, near: float, end: tuple[float, float]) -> None:
    """Clouds of leaves in the upper half, open around the light."""
    sheet = Sheet(canvas)
    count = int(700 + 450 * near)
    clusters = canvas.rng.uniform((-0.05, -0.1), (1.05, 0.42 - 0.12 * near), (26, 2))
    for _ in range(count):
        cx, cy = clusters[int(canvas.rng.integers(len(clusters)))]
        x, y = float(cx + canvas.rng.normal(0, 0.07)), float(cy + canvas.rng.normal(0, 0.055))
        gone = np.hypot(x - end[0], (y - end[1] + 0.08) * 0.9)
        if gone < 0.14 + 0.14 * near:
            continue
        lit = max(0.0, 1 - gone / 0.6) * (1 - 0.5 * near)
        tint = mix(
            leaves[int(canvas.rng.integers(len(leaves)))],
            "1a0e08",
            float(canvas.rng.uniform(0, 0.35 + 0.2 * near)),
        )
        tint = mix(tint, light, 0.55 * (1 - near) + 0.35 * lit)
        size = (0.005 + 0.0068 * near) * float(canvas.rng.uniform(0.6, 1.5))
        leaf = [(-1, 0), (-0.2, -0.55), (1, 0), (-0.2, 0.55)]
        sheet.polygon(turned(canvas, x, y, size, float(canvas.rng.uniform(0, 6.3)), leaf), tint)
    sheet.laid()


def _path(canvas: Canvas, end: tuple[float, float], colour: Pixels, light: str) -> None:
    depth = np.clip((canvas.y - 0.60) / 0.4, 0, 1)
    middle = end[0] + 0.05 * np.sin(depth * 3.2) - 0.04 * depth
    half = 0.018 + 0.26 * depth**1.35
    edge = (half - np.abs(canvas.x - middle) + 0.02 * (canvas.noise(0.05, 4) - 0.5) * (0.3 + depth)) / (
        0.012 + 0.05 * depth
    )
    mask = np.clip(edge, 0, 1) * (canvas.y > 0.6)
    canvas.cover(
        (mask * 0.62).astype(np.float32),
        ramp(depth[:, 0], (0, light), (0.5, colour), (1, mix(colour, "000000", 0.35)))[:, None, :],
    )


def _litter(canvas: Canvas, leaves: list[str], end: tuple[float, float]) -> None:
    """Fallen leaves, larger towards the viewer, and a few still falling."""
    sheet = Sheet(canvas)
    for index in range(1150):
        depth = float(canvas.rng.random()) ** 1.6 if index < 1100 else 0.5
        x = float(canvas.rng.uniform(-0.02, 1.02))
        y = 0.63 + 0.39 * depth if index < 1100 else float(canvas.rng.uniform(0.25, 0.7))
        lit = float(np.exp(-(((x - end[0]) / 0.2) ** 2))) * (1 - depth)
        tint = mix(
            leaves[int(canvas.rng.integers(len(leaves)))], "2a1408", float(canvas.rng.uniform(0.0, 0.45))
        )
        size = 0.0025 + 0.011 * depth
        angle = float(canvas.rng.uniform(0, 6.3))
        flat = turned(canvas, 0, 0, size, angle, [(-1, 0), (-0.3, -0.6), (0.9, -0.1), (0.1, 0.55)])
        sheet.polygon([(x + px, y + py * 0.6) for px, py in flat], mix(tint, "fff0c8", 0.45 * lit))
    sheet.laid()


def _rays(canvas: Canvas, end: tuple[float, float], light: str) -> None:
    angle = np.arctan2((canvas.y - end[1] + 0.12) * canvas.height, (canvas.x - end[0]) * canvas.width)
    table = np.clip(0.5 + 0.5 * canvas.line(0.05, 5, 0.7), 0, 1)
    place = ((angle + np.pi) / (2 * np.pi) * (canvas.width - 1)).astype(np.int32)
    reach = np.exp(-canvas.distance(*end) / 0.45)
    canvas.shine((smooth(0.45, 1.0, table[place]) * reach * 0.45).astype(np.float32), light)


def birches(canvas: Canvas, mood: str) -> None:
    """White trunks close together, their leaves yellow or green."""
    leaves, light, ground, bark = PALETTES[mood]
    canvas.wash((0, mix(leaves[3], light, 0.5)), (0.55, light), (1, mix(ground, leaves[1], 0.4)))
    canvas.cover(canvas.noise(0.12, 5, 1.0, 0.6) * 0.5, mix(leaves[1], light, 0.25))
    canvas.blur(np.ones((canvas.height, canvas.width), np.float32), 0.008)
    for layer in range(4):
        near = layer / 3
        _floor(canvas, 0.74 + 0.06 * layer, mix(mix(ground, leaves[2], 0.4), light, 0.45 - 0.4 * near), near)
        _white_trunks(canvas, near, mix(light, "f4efe4", near), bark)
        _crowns(canvas, leaves, light, near, (0.5, 1.4))
    _litter(canvas, leaves, (0.5, 0.5))
    canvas.bloom(0.35, 0.8)


def _white_trunks(canvas: Canvas, near: float, colour: Pixels, bark: str) -> None:
    sheet = Sheet(canvas)
    x = -0.03 + float(canvas.rng.uniform(0, 0.05))
    ratio = canvas.unit / canvas.width
    while x < 1.03:
        half = (0.007 + 0.022 * near**1.3) * ratio * float(canvas.rng.uniform(0.8, 1.2))
        foot = 0.77 + 0.14 * near + float(canvas.rng.uniform(-0.01, 0.03))
        lean = float(canvas.rng.normal(0, 0.012))
        for part in range(6):
            left, right = -1 + part / 3, -1 + (part + 1) / 3
            shade = mix(colour, mix(bark, "6f7f92", 0.5), 0.08 + 0.5 * (part / 5) ** 1.5)
            sheet.polygon([(x + half * left, foot), (x + half * right, foot), (x + lean + half * 0.7 * right, -0.02),
                           (x + lean + half * 0.7 * left, -0.02)], shade)  # fmt: skip
        for _ in range(int(14 + 14 * near)):
            share = float(canvas.rng.random())
            y, middle = foot * share, x + lean * (1 - share)
            wide = half * float(canvas.rng.uniform(0.25, 0.9))
            side = float(canvas.rng.choice([-1, 1])) * (half * 0.9 - wide)
            mark = [
                (middle + side - wide, y),
                (middle + side, y - 0.004 - 0.003 * near),
                (middle + side + wide, y),
                (middle + side, y + 0.003),
            ]
            sheet.polygon(mark, mix(bark, colour, 0.25 * (1 - near)))
        x += ratio * (0.07 + 0.17 * near) * float(canvas.rng.uniform(0.6, 1.5))
    sheet.laid()

"""A wedding by the lake: the couple under their arch, flowers and rings."""

import numpy as np

from appliance.demo.paint import Canvas, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import grass, gulls, rose
from appliance.demo.sheets import Sheet, curve, turned


def couple(canvas: Canvas, mood: str) -> None:
    """The couple under an arch of flowers, the sun going down behind the lake."""
    canvas.wash((0, "56679f"), (0.3, "c48aa8"), (0.5, "f8b48c"), (0.62, "ffe0a6"), (1, "ffe0a6"))
    canvas.glow(0.5, 0.55, 0.6, "fff2cc", 0.75)
    canvas.disc(0.5, 0.55, 0.07, "fffae8")
    lanes = smooth(0.5, 0.95, canvas.noise(0.12, 6, 5.0, 0.55)) * smooth(0.6, 0.05, canvas.y)
    canvas.cover(lanes * 0.6, "ffd9c0")
    for index in range(2):
        line = (0.61 - (0.07 - 0.03 * index) * (0.6 + 0.5 * canvas.line(0.6, 6, 0.45))).astype(np.float32)
        canvas.cover(canvas.below(line), mix("e0a08c", "9a6478", 0.5 * index + 0.2))
    canvas.mirror(0.625, 0.010, 2.5)
    lawn = (0.83 + 0.008 * canvas.line(0.5, 3)).astype(np.float32)
    tone = ramp(canvas.noise(0.02, 4, 2.0, 0.7), (0, "2c3a22"), (1, "5c6a38"))
    canvas.cover(canvas.below(lawn, 0.003), tone)
    canvas.glow(0.5, 0.86, 0.3, "ffcf8a", 0.3, 1.8)
    _arch(canvas)
    _pair(canvas, 0.5, 0.90, 0.30)
    grass(canvas, 1.01, 0.09, 320, [rgb("27331c"), rgb("3a4a26"), rgb("1d2716")])
    gulls(canvas, 5, 0.1, 0.35, 0.014, "7a5068")
    canvas.bloom(0.5, 0.7)


def _arch(canvas: Canvas) -> None:
    """A round arch wound with leaves and roses."""
    sheet = Sheet(canvas)
    ratio = canvas.unit / canvas.width
    places = []
    for step in range(200):
        share = step / 199
        if share < 0.28:
            x, y = -0.30, 0.90 - share / 0.28 * 0.36
        elif share > 0.72:
            x, y = 0.30, 0.54 + (share - 0.72) / 0.28 * 0.36
        else:
            turn = np.pi * (1 - (share - 0.28) / 0.44)
            x, y = 0.30 * float(np.cos(turn)), 0.54 - 0.30 * float(np.sin(turn)) * canvas.unit / canvas.height
        places.append((0.5 + x * ratio, y))
    sheet.stroke(places, "4a3a2c", 0.012)
    for _ in range(900):
        x, y = places[int(canvas.rng.integers(len(places)))]
        x, y = x + float(canvas.rng.normal(0, 0.014)), y + float(canvas.rng.normal(0, 0.014))
        leaf = curve([(-1, 0), (0, -0.4), (1, 0), (0, 0.4)], 4)
        sheet.polygon(
            turned(
                canvas, x, y, float(canvas.rng.uniform(0.008, 0.016)), float(canvas.rng.uniform(0, 6.3)), leaf
            ),
            mix("2f4a2a", "7a9a58", float(canvas.rng.random())),
        )
    for _ in range(95):
        x, y = places[int(canvas.rng.beta(1.2, 1.2) * len(places)) % len(places)]
        x, y = x + float(canvas.rng.normal(0, 0.016)), y + float(canvas.rng.normal(0, 0.016))
        rose(
            canvas,
            sheet,
            x,
            y,
            float(canvas.rng.uniform(0.011, 0.022)),
            ["f7e3df", "eeb0b4", "d97f8e", "fbf3ea"][int(canvas.rng.integers(4))],
        )
    sheet.laid()


def _pair(canvas: Canvas, x: float, foot: float, size: float) -> None:
    """Two people from behind, hand in hand: a dress with a train, a dark suit."""
    sheet = Sheet(canvas)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, foot, size, 0, points)

    shade = Sheet(canvas)
    shade.polygon(at(curve([(-0.7, 0.02), (0.0, -0.03), (0.6, 0.02), (0.4, 0.5), (-0.6, 0.5)], 8)), "1c2414")
    shade.soften(0.012)
    shade.laid(0.6)
    suit, skin, hair = "262a3d", "c98f74", "4a2c1e"
    sheet.polygon(
        at(
            [(0.13, -0.55), (0.40, -0.55), (0.39, 0.0), (0.28, 0.0), (0.265, -0.40), (0.25, 0.0), (0.14, 0.0)]
        ),
        suit,
    )
    sheet.polygon(
        at(
            curve(
                [(0.10, -0.98), (0.16, -1.04), (0.37, -1.04), (0.43, -0.98), (0.41, -0.48), (0.12, -0.48)], 6
            )
        ),
        suit,
    )
    sheet.polygon(at([(0.262, -0.95), (0.27, -0.95), (0.27, -0.5), (0.262, -0.5)]), mix(suit, "000000", 0.4))
    sheet.stroke(at([(0.12, -0.96), (0.06, -0.74), (0.02, -0.56)]), suit, 0.024)
    sheet.stroke(at([(0.42, -0.96), (0.47, -0.74), (0.46, -0.55)]), suit, 0.024)
    sheet.polygon(at([(0.225, -1.1), (0.305, -1.1), (0.305, -1.0), (0.225, -1.0)]), skin)
    sheet.polygon(
        at(
            curve(
                [
                    (0.265, -1.30),
                    (0.35, -1.22),
                    (0.335, -1.11),
                    (0.265, -1.07),
                    (0.195, -1.11),
                    (0.18, -1.22),
                ],
                8,
            )
        ),
        hair,
    )
    sheet.polygon(at(curve([(0.22, -1.08), (0.265, -1.05), (0.31, -1.08), (0.265, -1.12)], 6)), skin)
    dress = "f7eee4"
    gown = curve(
        [
            (-0.33, -0.58),
            (-0.17, -0.58),
            (-0.10, -0.3),
            (0.03, 0.02),
            (-0.10, 0.09),
            (-0.50, 0.10),
            (-0.68, 0.04),
            (-0.42, -0.3),
        ],
        10,
    )
    sheet.polygon(at(gown), dress)
    for fold, tone in ((-0.46, 0.30), (-0.34, 0.18), (-0.22, 0.26), (-0.12, 0.14)):
        sheet.polygon(
            at([(-0.25 + fold * 0.1, -0.56), (fold - 0.02, 0.08), (fold + 0.045, 0.085)]),
            mix(dress, "b58a84", tone),
        )
    sheet.polygon(
        at(curve([(-0.35, -0.90), (-0.25, -0.86), (-0.15, -0.90), (-0.155, -0.56), (-0.345, -0.56)], 6)),
        mix(dress, "e3c8bc", 0.25),
    )
    sheet.stroke(at([(-0.14, -0.93), (-0.09, -0.74), (0.01, -0.56)]), skin, 0.016)
    sheet.stroke(at([(-0.36, -0.93), (-0.42, -0.76), (-0.40, -0.60)]), skin, 0.016)
    sheet.polygon(
        at(curve([(-0.36, -0.94), (-0.25, -0.985), (-0.14, -0.94), (-0.16, -0.86), (-0.34, -0.86)], 6)), skin
    )
    sheet.polygon(at([(-0.285, -1.05), (-0.215, -1.05), (-0.215, -0.95), (-0.285, -0.95)]), skin)
    sheet.polygon(
        at(
            curve(
                [
                    (-0.25, -1.24),
                    (-0.165, -1.16),
                    (-0.18, -1.05),
                    (-0.25, -1.01),
                    (-0.32, -1.05),
                    (-0.335, -1.16),
                ],
                8,
            )
        ),
        "6b3f22",
    )
    sheet.polygon(at(curve([(-0.25, -1.22), (-0.20, -1.18), (-0.25, -1.13), (-0.30, -1.18)], 6)), "52301a")
    veil = curve(
        [(-0.30, -1.14), (-0.20, -1.14), (-0.12, -0.8), (-0.16, -0.3), (-0.40, -0.28), (-0.37, -0.8)], 8
    )
    sheet.laid()
    gauze = Sheet(canvas).polygon(at(veil), "fff6ec")
    gauze.laid(0.45)
    flowers = Sheet(canvas)
    bx, by = at([(-0.43, -0.56)])[0]
    for _ in range(9):
        rose(
            canvas,
            flowers,
            bx + float(canvas.rng.normal(0, 0.009)),
            by + float(canvas.rng.normal(0, 0.009)),
            0.011,
            ["f7e3df", "eeb0b4", "d97f8e"][int(canvas.rng.integers(3))],
        )
    flowers.laid()


def bouquet(canvas: Canvas, mood: str) -> None:
    """Roses and eucalyptus seen from above on linen, two rings beside them."""
    weave = canvas.noise(0.006, 2, 1.0) * 0.5 + canvas.noise(0.3, 4) * 0.5
    canvas.pixels[:] = ramp(weave, (0, "cfc3b4"), (0.5, "e6ddd0"), (1, "f6f0e6"))
    canvas.glow(0.1, 0.1, 0.8, "fffaf0", 0.4)
    shadow = Sheet(canvas).oval(0.47, 0.50, 0.40, 0.36, "4a3a30")
    shadow.soften(0.03)
    shadow.laid(0.55)
    sheet = Sheet(canvas)
    for _ in range(190):
        angle, reach = float(canvas.rng.uniform(0, 6.3)), float(canvas.rng.uniform(0.18, 0.40))
        x = 0.45 + float(np.cos(angle)) * reach * canvas.unit / canvas.width
        y = 0.46 + float(np.sin(angle)) * reach * canvas.unit / canvas.height
        leaf = curve([(-1, 0), (-0.2, -0.42), (0.8, -0.16), (1, 0), (0.8, 0.16), (-0.2, 0.42)], 5)
        tint = mix("55705f", "a9bfae", float(canvas.rng.random()))
        size = float(canvas.rng.uniform(0.03, 0.055))
        turn = angle + float(canvas.rng.normal(0, 0.5))
        sheet.polygon(turned(canvas, x, y, size, turn, leaf), mix(tint, "24382c", 0.25))
        sheet.polygon(turned(canvas, x, y - 0.002, size * 0.93, turn, leaf), tint)
        sheet.stroke(
            turned(canvas, x, y, size, turn, [(-0.9, 0), (0.9, 0)]), mix(tint, "ffffff", 0.3), 0.0012
        )
    tints = ["f6e4da", "efc2bd", "dd97a0", "fbf4ea", "c96f80"]
    for ring, (count, reach) in enumerate(((13, 0.255), (8, 0.15), (3, 0.055))):
        for step in range(count):
            angle = step * 2 * np.pi / count + ring * 0.7 + float(canvas.rng.normal(0, 0.08))
            x = 0.45 + float(np.cos(angle)) * reach * canvas.unit / canvas.width
            y = 0.46 + float(np.sin(angle)) * reach * canvas.unit / canvas.height
            rose(
                canvas,
                sheet,
                x,
                y,
                float(canvas.rng.uniform(0.062, 0.085)),
                tints[int(canvas.rng.integers(len(tints)))],
            )
    for _ in range(60):
        angle, reach = float(canvas.rng.uniform(0, 6.3)), float(canvas.rng.uniform(0.06, 0.36))
        x = 0.45 + float(np.cos(angle)) * reach * canvas.unit / canvas.width
        y = 0.46 + float(np.sin(angle)) * reach * canvas.unit / canvas.height
        sheet.oval(x, y, 0.007, 0.007, "fffdf6").oval(x, y, 0.003, 0.003, "e8d28a")
    sheet.laid()
    _rings(canvas)
    canvas.bloom(0.25, 0.85)


def _rings(canvas: Canvas) -> None:
    ratio = canvas.unit / canvas.width
    for x, y, radius in ((0.83, 0.80, 0.055), (0.83 + 0.068 * ratio, 0.845, 0.062)):
        shade = Sheet(canvas).ring(x + 0.006, y + 0.010, radius, "3a2a18", 0.016)
        shade.soften(0.005)
        shade.laid(0.5)
        away = canvas.distance(x, y)
        band = smooth(0.0085, 0.0065, np.abs(away - radius + 0.006))
        angle = np.arctan2((canvas.y - y) * canvas.height, (canvas.x - x) * canvas.width)
        light = 0.5 + 0.38 * np.cos(angle + 2.2) + 0.22 * np.cos(3 * angle) + 18 * (away - radius + 0.006)
        tone = ramp(np.clip(light, 0, 1), (0, "7a4f14"), (0.45, "d9a441"), (0.75, "f7d98a"), (1, "fffbe6"))
        canvas.cover(band, tone)

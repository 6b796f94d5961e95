"""A wedding by the lake: the couple at sunset, the long table under lights, glasses, flowers, rings."""

import numpy as np

from appliance.demo.paint import Canvas, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import grass, gulls, pine_row
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
        sheet.polygon(turned(canvas, x, y, float(canvas.rng.uniform(0.008, 0.016)), float(canvas.rng.uniform(0, 6.3)), leaf), mix("2f4a2a", "7a9a58", float(canvas.rng.random())))
    for _ in range(95):
        x, y = places[int(canvas.rng.beta(1.2, 1.2) * len(places)) % len(places)]
        x, y = x + float(canvas.rng.normal(0, 0.016)), y + float(canvas.rng.normal(0, 0.016))
        _rose(canvas, sheet, x, y, float(canvas.rng.uniform(0.011, 0.022)), ["f7e3df", "eeb0b4", "d97f8e", "fbf3ea"][int(canvas.rng.integers(4))])
    sheet.laid()


def _rose(canvas: Canvas, sheet: Sheet, x: float, y: float, size: float, tint: str) -> None:
    """A rose of nested petals, each turn lighter."""
    start = float(canvas.rng.uniform(0, 6.3))
    for ring in range(5):
        reach = size * (1 - 0.19 * ring)
        for petal in range(5):
            angle = start + ring * 0.63 + petal * 2 * np.pi / 5
            px = x + float(np.cos(angle)) * reach * 0.42 * canvas.unit / canvas.width
            py = y + float(np.sin(angle)) * reach * 0.42 * canvas.unit / canvas.height
            shade = mix(tint, "8a3040", 0.32 - 0.03 * ring + 0.10 * float(np.sin(angle)))
            sheet.oval(px, py, reach * 0.62, reach * 0.58, mix(shade, "6a2038", 0.18))
            sheet.oval(px - reach * 0.03, py - reach * 0.05, reach * 0.56, reach * 0.51, mix(shade, "ffffff", 0.10 + 0.05 * ring))
    sheet.oval(x, y, size * 0.13, size * 0.12, mix(tint, "8a3040", 0.4))


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
    sheet.polygon(at([(0.13, -0.55), (0.40, -0.55), (0.39, 0.0), (0.28, 0.0), (0.265, -0.40), (0.25, 0.0), (0.14, 0.0)]), suit)
    sheet.polygon(at(curve([(0.10, -0.98), (0.16, -1.04), (0.37, -1.04), (0.43, -0.98), (0.41, -0.48), (0.12, -0.48)], 6)), suit)
    sheet.polygon(at([(0.262, -0.95), (0.27, -0.95), (0.27, -0.5), (0.262, -0.5)]), mix(suit, "000000", 0.4))
    sheet.stroke(at([(0.12, -0.96), (0.06, -0.74), (0.02, -0.56)]), suit, 0.024)
    sheet.stroke(at([(0.42, -0.96), (0.47, -0.74), (0.46, -0.55)]), suit, 0.024)
    sheet.polygon(at([(0.225, -1.1), (0.305, -1.1), (0.305, -1.0), (0.225, -1.0)]), skin)
    sheet.polygon(at(curve([(0.265, -1.30), (0.35, -1.22), (0.335, -1.11), (0.265, -1.07), (0.195, -1.11), (0.18, -1.22)], 8)), hair)
    sheet.polygon(at(curve([(0.22, -1.08), (0.265, -1.05), (0.31, -1.08), (0.265, -1.12)], 6)), skin)
    dress = "f7eee4"
    gown = curve([(-0.33, -0.58), (-0.17, -0.58), (-0.10, -0.3), (0.03, 0.02), (-0.10, 0.09), (-0.50, 0.10), (-0.68, 0.04), (-0.42, -0.3)], 10)
    sheet.polygon(at(gown), dress)
    for fold, tone in ((-0.46, 0.30), (-0.34, 0.18), (-0.22, 0.26), (-0.12, 0.14)):
        sheet.polygon(at([(-0.25 + fold * 0.1, -0.56), (fold - 0.02, 0.08), (fold + 0.045, 0.085)]), mix(dress, "b58a84", tone))
    sheet.polygon(at(curve([(-0.35, -0.90), (-0.25, -0.86), (-0.15, -0.90), (-0.155, -0.56), (-0.345, -0.56)], 6)), mix(dress, "e3c8bc", 0.25))
    sheet.stroke(at([(-0.14, -0.93), (-0.09, -0.74), (0.01, -0.56)]), skin, 0.016)
    sheet.stroke(at([(-0.36, -0.93), (-0.42, -0.76), (-0.40, -0.60)]), skin, 0.016)
    sheet.polygon(at(curve([(-0.36, -0.94), (-0.25, -0.985), (-0.14, -0.94), (-0.16, -0.86), (-0.34, -0.86)], 6)), skin)
    sheet.polygon(at([(-0.285, -1.05), (-0.215, -1.05), (-0.215, -0.95), (-0.285, -0.95)]), skin)
    sheet.polygon(at(curve([(-0.25, -1.24), (-0.165, -1.16), (-0.18, -1.05), (-0.25, -1.01), (-0.32, -1.05), (-0.335, -1.16)], 8)), "6b3f22")
    sheet.polygon(at(curve([(-0.25, -1.22), (-0.20, -1.18), (-0.25, -1.13), (-0.30, -1.18)], 6)), "52301a")
    veil = curve([(-0.30, -1.14), (-0.20, -1.14), (-0.12, -0.8), (-0.16, -0.3), (-0.40, -0.28), (-0.37, -0.8)], 8)
    sheet.laid()
    gauze = Sheet(canvas).polygon(at(veil), "fff6ec")
    gauze.laid(0.45)
    flowers = Sheet(canvas)
    bx, by = at([(-0.43, -0.56)])[0]
    for _ in range(9):
        _rose(canvas, flowers, bx + float(canvas.rng.normal(0, 0.009)), by + float(canvas.rng.normal(0, 0.009)), 0.011, ["f7e3df", "eeb0b4", "d97f8e"][int(canvas.rng.integers(3))])
    flowers.laid()


def table(canvas: Canvas, mood: str) -> None:
    """The long table in the evening: strings of lamps, candles, flowers, people's places laid."""
    canvas.wash((0, "131b3c"), (0.35, "2d3560"), (0.55, "7d5a7a"), (0.64, "c98a78"), (1, "2c2f2a"))
    canvas.dots(160, 0, 0.4, 0.0014, ["ffffff"])
    for level, tone, size in ((0.52, "2c3152", 0.10), (0.56, "171e30", 0.17)):
        edge = (level + 0.012 * canvas.line(0.4, 3)).astype(np.float32)
        pine_row(canvas, edge, rgb(tone), (size * 0.6, size * 1.3), size * 0.14)
        canvas.cover(canvas.below(edge), tone)
    canvas.cover(canvas.below(0.62, 0.01), ramp(canvas.noise(0.03, 4, 2), (0, "1a2418"), (1, "34422c")))
    _lamps(canvas)
    _board(canvas)
    canvas.bloom(0.8, 0.55, 0.02)


def _lamps(canvas: Canvas) -> None:
    bulbs: list[tuple[float, float, float]] = []
    wires = Sheet(canvas)
    for strand in range(5):
        start, end = (-0.05, 0.10 + 0.075 * strand), (1.05, 0.06 + 0.085 * strand)
        size = 0.011 - 0.0014 * strand
        path = []
        for step in range(61):
            share = step / 60
            sag = 0.085 * (1 - (2 * share - 1) ** 2) * (1 - 0.1 * strand)
            path.append((start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share + sag))
        wires.stroke(path, "0c1020", 0.002)
        bulbs += [(x, y + 0.012, size) for x, y in path[2 + strand % 2 :: 4]]
    wires.laid()
    sheet = Sheet(canvas)
    for x, y, size in bulbs:
        sheet.oval(x, y, size, size * 1.2, "ffdf9a").oval(x, y, size * 0.6, size * 0.75, "fffbe8")
    halo = Sheet(canvas)
    for x, y, size in bulbs:
        halo.oval(x, y, size * 2.6, size * 2.6, "ffb45a")
    halo.soften(0.02)
    canvas.shine(np.ones((canvas.height, canvas.width), np.float32) * 0.75, halo.picture())
    sheet.laid()


def _board(canvas: Canvas) -> None:
    """The table in perspective and what stands on it, far to near."""
    sheet = Sheet(canvas)
    far, near = 0.58, 1.05

    def edge(depth: float, side: float) -> tuple[float, float]:
        y = far + (near - far) * depth
        return 0.5 + side * (0.07 + 0.46 * depth), y

    sheet.polygon([edge(0, -1), edge(0, 1), edge(1, 1), edge(1, -1)], "cfc4bb")
    sheet.polygon([edge(0, -0.22), edge(0, 0.22), edge(1, 0.22), edge(1, -0.22)], "8f9a86")
    sheet.laid()
    depth = smooth(far, 1.0, canvas.y)
    canvas.shade((canvas.below(far) * (0.28 + 0.15 * depth)).astype(np.float32), 1.0)
    for level in (0.02, 0.08, 0.16, 0.27, 0.42, 0.62):
        size = 0.16 + 0.9 * level
        for side in (-1, 1):
            _place(canvas, *edge(level + 0.03, side * 0.66), size)
        _centre(canvas, *edge(level, 0.0), size)


def _place(canvas: Canvas, x: float, y: float, size: float) -> None:
    sheet = Sheet(canvas)
    sheet.oval(x, y, 0.10 * size, 0.036 * size, "b8aca6").oval(x, y - 0.003, 0.098 * size, 0.034 * size, "f1e9e2").oval(x, y - 0.002, 0.065 * size, 0.02 * size, "d9cec6")
    glass = x + (0.12 * size if x < 0.5 else -0.12 * size) * 0.9 * canvas.unit / canvas.width
    sheet.stroke([(glass, y), (glass, y - 0.08 * size)], "e8e2ea", 0.005 * size)
    sheet.polygon(turned(canvas, glass, y - 0.08 * size, 0.12 * size, 0, curve([(-0.24, -0.9), (0.24, -0.9), (0.2, -0.2), (0.0, 0.0), (-0.2, -0.2)], 5)), "b9a9b8")
    sheet.polygon(turned(canvas, glass, y - 0.08 * size, 0.12 * size, 0, curve([(-0.22, -0.55), (0.22, -0.55), (0.18, -0.2), (0.0, -0.03), (-0.18, -0.2)], 5)), "e8b25a")
    sheet.oval(x, y + 0.002, 0.10 * size, 0.001, "ffffff")
    sheet.laid(0.92)


def _centre(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A candle in a glass and a small bunch of roses."""
    sheet = Sheet(canvas)
    for _ in range(int(16 + 20 * size)):
        leaf = curve([(-1, 0), (0, -0.4), (1, 0), (0, 0.4)], 4)
        sheet.polygon(turned(canvas, x + float(canvas.rng.normal(0, 0.05 * size)), y - 0.02 * size + float(canvas.rng.normal(0, 0.025 * size)), 0.03 * size, float(canvas.rng.uniform(0, 6)), leaf), mix("2c4528", "6f8f58", float(canvas.rng.random())))
    for _ in range(7):
        _rose(canvas, sheet, x + float(canvas.rng.normal(0, 0.042 * size)), y - 0.03 * size + float(canvas.rng.normal(0, 0.02 * size)), 0.032 * size, ["f3d9d2", "e3a2a8", "c9788a", "f7efe6"][int(canvas.rng.integers(4))])
    sheet.laid()
    for side in (-1, 1):
        cx = x + side * 0.105 * size * canvas.unit / canvas.width
        top = y - 0.10 * size
        canvas.glow(cx, top, 0.10 * size, "ffb050", 0.8)
        glass = Sheet(canvas)
        half = 0.018 * size * canvas.unit / canvas.width
        glass.box(cx - half, top - 0.01 * size, cx + half, y, "f0c890", 0.9)
        glass.box(cx - half, top + 0.05 * size, cx + half, y, "fff0d2")
        glass.polygon(turned(canvas, cx, top + 0.045 * size, 0.045 * size, 0, curve([(0, 0), (-0.22, -0.35), (0, -1.1), (0.22, -0.35)], 6)), "fffbe0")
        glass.laid()


def toast(canvas: Canvas, mood: str) -> None:
    """Two glasses of sparkling wine touching, lights out of focus behind them."""
    canvas.wash((0, "2a1d33"), (0.5, "5a3a44"), (1, "20141c"))
    sheet = Sheet(canvas)
    for _ in range(90):
        x, y = float(canvas.rng.random()), float(canvas.rng.random())
        size = float(canvas.rng.uniform(0.02, 0.06))
        tint = mix(["ffcf8a", "ffe9c0", "ff9f7a", "f7b0c0"][int(canvas.rng.integers(4))], "2a1a28", float(canvas.rng.uniform(0.25, 0.8)))
        sheet.oval(x, y, size, size, tint)
    sheet.soften(0.005)
    canvas.shine(np.full((canvas.height, canvas.width), 0.6, np.float32), sheet.picture())
    canvas.glow(0.5, 0.35, 0.5, "ffcf8a", 0.3)
    for x, lean in ((0.375, 0.20), (0.625, -0.20)):
        _flute(canvas, x, 0.74, lean)
    canvas.glow(0.5, 0.17, 0.05, "fff6dc", 0.9)
    canvas.bloom(0.6, 0.65)


def _flute(canvas: Canvas, x: float, y: float, lean: float) -> None:
    """A tall glass leaning towards its neighbour, bubbles rising in it."""
    size = 0.36 * canvas.height / canvas.unit

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, y, size, lean, points)

    bowl = [(-0.17, -1.62), (-0.20, -1.1), (-0.17, -0.55), (-0.06, -0.25), (0.0, -0.2), (0.06, -0.25), (0.17, -0.55), (0.20, -1.1), (0.17, -1.62)]
    body = Sheet(canvas).polygon(at(bowl), "ffffff")
    body.laid(0.13)
    wine = Sheet(canvas)
    fill = [(-0.192, -1.22 - 0.19 * lean), (-0.197, -1.0), (-0.165, -0.56), (-0.06, -0.27), (0.0, -0.22), (0.06, -0.27), (0.165, -0.56), (0.197, -1.0), (0.192, -1.22 + 0.19 * lean)]
    wine.polygon(at(fill), "f0b64a")
    wine.polygon(at([(-0.05, -1.2), (0.08, -1.2), (0.06, -0.4), (-0.03, -0.4)]), "f8d27a")
    wine.polygon(at([(0.12, -1.2), (0.192, -1.2), (0.16, -0.56), (0.10, -0.5)]), "c98426")
    wine.laid(0.82)
    lines = Sheet(canvas)
    lines.stroke(at(bowl), "fff6e6", 0.003)
    lines.stroke(at([(-0.17, -1.62), (0, -1.645), (0.17, -1.62), (0, -1.60), (-0.17, -1.62)]), "fff6e6", 0.0025)
    lines.stroke(at([(0, -0.2), (0, 0.45)]), "f0e2d0", 0.009)
    lines.stroke(at([(-0.012, -0.2), (-0.012, 0.45)]), "ffffff", 0.002)
    lines.polygon(at(curve([(-0.24, 0.47), (0, 0.43), (0.24, 0.47), (0, 0.51)], 8)), "e0d0c0")
    lines.polygon(at([(-0.155, -1.5), (-0.125, -1.5), (-0.13, -0.7), (-0.15, -0.75)]), "ffffff")
    for _ in range(95):
        bx, by = float(canvas.rng.normal(0, 0.075)), float(canvas.rng.uniform(-1.2, -0.3))
        if abs(bx) < 0.16 + 0.1 * min(0, by + 0.8):
            (px, py) = at([(bx, by)])[0]
            lines.oval(px, py, 0.0025, 0.0025, "fff6d8")
    lines.laid(0.85)


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
        sheet.stroke(turned(canvas, x, y, size, turn, [(-0.9, 0), (0.9, 0)]), mix(tint, "ffffff", 0.3), 0.0012)
    tints = ["f6e4da", "efc2bd", "dd97a0", "fbf4ea", "c96f80"]
    for ring, (count, reach) in enumerate(((13, 0.255), (8, 0.15), (3, 0.055))):
        for step in range(count):
            angle = step * 2 * np.pi / count + ring * 0.7 + float(canvas.rng.normal(0, 0.08))
            x = 0.45 + float(np.cos(angle)) * reach * canvas.unit / canvas.width
            y = 0.46 + float(np.sin(angle)) * reach * canvas.unit / canvas.height
            _rose(canvas, sheet, x, y, float(canvas.rng.uniform(0.062, 0.085)), tints[int(canvas.rng.integers(len(tints)))])
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


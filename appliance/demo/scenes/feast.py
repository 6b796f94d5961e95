"""The evening of the wedding: the long table under lamps, glasses of wine."""

import numpy as np

from appliance.demo.paint import Canvas, mix, ramp, rgb, smooth
from appliance.demo.scenes.plants import pine_row, rose
from appliance.demo.sheets import Sheet, curve, turned


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
            path.append(
                (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share + sag)
            )
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
    sheet.oval(x, y, 0.10 * size, 0.036 * size, "b8aca6").oval(
        x, y - 0.003, 0.098 * size, 0.034 * size, "f1e9e2"
    ).oval(x, y - 0.002, 0.065 * size, 0.02 * size, "d9cec6")
    glass = x + (0.12 * size if x < 0.5 else -0.12 * size) * 0.9 * canvas.unit / canvas.width
    sheet.stroke([(glass, y), (glass, y - 0.08 * size)], "e8e2ea", 0.005 * size)
    sheet.polygon(
        turned(
            canvas,
            glass,
            y - 0.08 * size,
            0.12 * size,
            0,
            curve([(-0.24, -0.9), (0.24, -0.9), (0.2, -0.2), (0.0, 0.0), (-0.2, -0.2)], 5),
        ),
        "b9a9b8",
    )
    sheet.polygon(
        turned(
            canvas,
            glass,
            y - 0.08 * size,
            0.12 * size,
            0,
            curve([(-0.22, -0.55), (0.22, -0.55), (0.18, -0.2), (0.0, -0.03), (-0.18, -0.2)], 5),
        ),
        "e8b25a",
    )
    sheet.oval(x, y + 0.002, 0.10 * size, 0.001, "ffffff")
    sheet.laid(0.92)


def _centre(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A candle in a glass and a small bunch of roses."""
    sheet = Sheet(canvas)
    for _ in range(int(16 + 20 * size)):
        leaf = curve([(-1, 0), (0, -0.4), (1, 0), (0, 0.4)], 4)
        sheet.polygon(
            turned(
                canvas,
                x + float(canvas.rng.normal(0, 0.05 * size)),
                y - 0.02 * size + float(canvas.rng.normal(0, 0.025 * size)),
                0.03 * size,
                float(canvas.rng.uniform(0, 6)),
                leaf,
            ),
            mix("2c4528", "6f8f58", float(canvas.rng.random())),
        )
    for _ in range(7):
        rose(
            canvas,
            sheet,
            x + float(canvas.rng.normal(0, 0.042 * size)),
            y - 0.03 * size + float(canvas.rng.normal(0, 0.02 * size)),
            0.032 * size,
            ["f3d9d2", "e3a2a8", "c9788a", "f7efe6"][int(canvas.rng.integers(4))],
        )
    sheet.laid()
    for side in (-1, 1):
        cx = x + side * 0.105 * size * canvas.unit / canvas.width
        top = y - 0.10 * size
        canvas.glow(cx, top, 0.10 * size, "ffb050", 0.8)
        glass = Sheet(canvas)
        half = 0.018 * size * canvas.unit / canvas.width
        glass.box(cx - half, top - 0.01 * size, cx + half, y, "f0c890", 0.9)
        glass.box(cx - half, top + 0.05 * size, cx + half, y, "fff0d2")
        glass.polygon(
            turned(
                canvas,
                cx,
                top + 0.045 * size,
                0.045 * size,
                0,
                curve([(0, 0), (-0.22, -0.35), (0, -1.1), (0.22, -0.35)], 6),
            ),
            "fffbe0",
        )
        glass.laid()


def toast(canvas: Canvas, mood: str) -> None:
    """Two glasses of sparkling wine touching, lights out of focus behind them."""
    canvas.wash((0, "2a1d33"), (0.5, "5a3a44"), (1, "20141c"))
    sheet = Sheet(canvas)
    for _ in range(90):
        x, y = float(canvas.rng.random()), float(canvas.rng.random())
        size = float(canvas.rng.uniform(0.02, 0.06))
        tint = mix(
            ["ffcf8a", "ffe9c0", "ff9f7a", "f7b0c0"][int(canvas.rng.integers(4))],
            "2a1a28",
            float(canvas.rng.uniform(0.25, 0.8)),
        )
        sheet.oval(x, y, size, size, tint)
    sheet.soften(0.005)
    canvas.shine(np.full((canvas.height, canvas.width), 0.6, np.float32), sheet.picture())
    canvas.glow(0.5, 0.35, 0.5, "ffcf8a", 0.3)
    reach = canvas.unit / canvas.width
    for side in (-1, 1):
        _flute(canvas, 0.5 + side * 0.172 * reach, 0.5 + 0.245 * canvas.unit / canvas.height, -0.20 * side)
    canvas.glow(0.5, 0.5 - 0.325 * canvas.unit / canvas.height, 0.05, "fff6dc", 0.9)
    canvas.bloom(0.6, 0.65)


def _flute(canvas: Canvas, x: float, y: float, lean: float) -> None:
    """A tall glass leaning towards its neighbour, bubbles rising in it."""
    size = 0.36

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, y, size, lean, points)

    bowl = [
        (-0.17, -1.62),
        (-0.20, -1.1),
        (-0.17, -0.55),
        (-0.06, -0.25),
        (0.0, -0.2),
        (0.06, -0.25),
        (0.17, -0.55),
        (0.20, -1.1),
        (0.17, -1.62),
    ]
    body = Sheet(canvas).polygon(at(bowl), "ffffff")
    body.laid(0.13)
    wine = Sheet(canvas)
    fill = [
        (-0.192, -1.22 + 0.19 * lean),
        (-0.197, -1.0),
        (-0.165, -0.56),
        (-0.06, -0.27),
        (0.0, -0.22),
        (0.06, -0.27),
        (0.165, -0.56),
        (0.197, -1.0),
        (0.192, -1.22 - 0.19 * lean),
    ]
    wine.polygon(at(fill), "f0b64a")
    wine.polygon(at([(-0.05, -1.2), (0.08, -1.2), (0.06, -0.4), (-0.03, -0.4)]), "f8d27a")
    wine.polygon(at([(0.12, -1.2), (0.192, -1.2), (0.16, -0.56), (0.10, -0.5)]), "c98426")
    wine.laid(0.82)
    lines = Sheet(canvas)
    lines.stroke(at(bowl), "fff6e6", 0.003)
    lines.stroke(
        at([(-0.17, -1.62), (0, -1.645), (0.17, -1.62), (0, -1.60), (-0.17, -1.62)]), "fff6e6", 0.0025
    )
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

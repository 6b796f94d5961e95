"""The town: a skyline at night, lights behind a rainy window, a bicycle at the river in the evening."""

import numpy as np

from appliance.demo.paint import Canvas, Colour, Pixels, mix, rgb, smooth
from appliance.demo.scenes.plants import grass, gulls
from appliance.demo.sheets import Sheet, curve, turned


def skyline(canvas: Canvas, mood: str) -> None:
    """Towers with lit windows across the water, after sunset or deep in the night."""
    shore = 0.70
    if mood == "dusk":
        canvas.wash(
            (0, "1b2a5c"), (0.3, "4a4b8c"), (0.5, "b2648f"), (0.64, "f39a78"), (0.7, "ffc98a"), (1, "ffc98a")
        )
        far, near = "8a5f8c", "1a1a3a"
    else:
        canvas.wash((0, "070b22"), (0.4, "141f48"), (0.7, "3b4a7e"), (1, "3b4a7e"))
        canvas.dots(350, 0, 0.5, 0.0014, ["ffffff", "d8e4ff"])
        canvas.glow(0.18, 0.16, 0.2, "e8ecff", 0.35)
        canvas.disc(0.18, 0.16, 0.035, "f4f3e4")
        far, near = "3c4a7c", "080b1c"
    lanes = smooth(0.55, 0.95, canvas.noise(0.1, 6, 5.0, 0.55)) * smooth(0.6, 0.1, canvas.y)
    canvas.cover(lanes * 0.5, mix(far, "ffffff", 0.2))
    for layer in range(3):
        share = layer / 2
        _blocks(canvas, shore, mix(far, near, 0.15 + 0.85 * share), share)
        canvas.glow(0.5, shore, 0.5, mix("ffb070", far, 0.4), 0.16 * (1 - share), 2.4)
    _quay(canvas, shore)
    canvas.mirror(shore + 0.004, 0.018, 2.6)
    canvas.cover(canvas.below(shore + 0.004) * (0.22 + 0.3 * smooth(shore, 1.1, canvas.y)), "0c1230")
    canvas.bloom(0.7, 0.55, 0.015)


def _blocks(canvas: Canvas, shore: float, colour: Pixels, near: float) -> None:
    """One row of towers with their windows."""
    sheet = Sheet(canvas)
    x = -0.02
    while x < 1.02:
        wide = float(canvas.rng.uniform(0.028, 0.075)) * (0.8 + 0.45 * near)
        middle = x + wide / 2
        swell = 0.55 + 0.7 * float(np.exp(-(((middle - 0.55) / 0.28) ** 2)))
        tall = float(canvas.rng.uniform(0.10, 0.36)) * swell * (1.15 - 0.5 * near)
        top = shore - tall
        body = mix(colour, "000000", float(canvas.rng.uniform(0, 0.2)))
        sheet.box(x, top, x + wide, shore + 0.01, body)
        sheet.box(x + wide * 0.62, top, x + wide, shore + 0.01, mix(body, "000000", 0.22))
        _crown(canvas, sheet, x, wide, top, body)
        _windows(canvas, sheet, (x, top, x + wide, shore - 0.012), body, near)
        x += wide * float(canvas.rng.uniform(0.92, 1.35 - 0.2 * near))
    sheet.laid()


def _crown(canvas: Canvas, sheet: Sheet, x: float, wide: float, top: float, body: Pixels) -> None:
    """What stands on a roof: a step, a slope or a mast with its red light."""
    kind = int(canvas.rng.integers(5))
    if kind == 0:
        sheet.box(x + wide * 0.2, top - 0.02, x + wide * 0.8, top, body)
        sheet.box(x + wide * 0.35, top - 0.035, x + wide * 0.65, top, body)
    elif kind == 1:
        sheet.polygon([(x, top), (x + wide, top), (x + wide, top - 0.04)], body)
    elif kind == 2:
        sheet.polygon([(x, top), (x + wide, top), (x + wide / 2, top - 0.05)], body)
        sheet.stroke([(x + wide / 2, top - 0.04), (x + wide / 2, top - 0.09)], body, 0.003)
    elif kind == 3:
        sheet.stroke([(x + wide * 0.7, top), (x + wide * 0.7, top - 0.06)], body, 0.003)
        sheet.oval(x + wide * 0.7, top - 0.06, 0.003, 0.003, "ff5a4a")


def _windows(
    canvas: Canvas, sheet: Sheet, box: tuple[float, float, float, float], body: Pixels, near: float
) -> None:
    left, top, right, bottom = box
    step_x = 0.0085 * canvas.unit / canvas.width * (1 + 0.35 * near)
    step_y = 0.0135 * canvas.unit / canvas.height * (1 + 0.35 * near)
    glass = ["ffd27a", "ffe7b5", "fff6dc", "ffb35c", "cfe6ff"]
    lit = float(canvas.rng.uniform(0.2, 0.6))
    columns = int((right - left) / step_x) - 1
    rows = int((bottom - top) / step_y) - 1
    tints = canvas.rng.integers(0, len(glass), (max(rows, 1), max(columns, 1)))
    chances = canvas.rng.random(tints.shape)
    floors = canvas.rng.random(max(rows, 1))
    for row in range(rows):
        for column in range(columns):
            if chances[row, column] < lit or floors[row] < 0.08:
                x = left + step_x * (column + 0.75)
                y = top + step_y * (row + 0.8)
                tone = mix(
                    body,
                    glass[int(tints[row, column])],
                    0.45 + 0.5 * float(chances[row, column]) / max(lit, 0.1),
                )
                sheet.box(x, y, x + step_x * 0.5, y + step_y * 0.5, tone)


def _quay(canvas: Canvas, shore: float) -> None:
    sheet = Sheet(canvas)
    sheet.box(0, shore - 0.008, 1, shore + 0.006, "0a0c1c")
    for x in np.arange(0.02, 1, 0.045):
        sheet.stroke([(float(x), shore - 0.005), (float(x), shore - 0.03)], "0a0c1c", 0.002)
        sheet.oval(float(x), shore - 0.031, 0.0042, 0.0042, "fff0c4")
    sheet.laid()


def rain(canvas: Canvas, mood: str) -> None:
    """Drops on a window, a street at night out of focus behind them."""
    signs = (
        ["ff6b5e", "7fd1ff", "8affc1", "ff9ad1", "ffd27a"]
        if mood != "cold"
        else ["9cc9ff", "d7ecff", "b5a8ff"]
    )
    lamp = "ffbf6a" if mood != "cold" else "d7ecff"
    canvas.wash((0, "0d1530"), (0.45, "2a2f55"), (0.6, "4a3a50"), (0.7, "241f33"), (1, "0f0e1a"))
    _street(canvas)
    lights: list[tuple[float, float, float, str, float]] = []
    for side in (-1, 1):
        for step in range(7):
            near = (step / 6) ** 1.5
            lights.append(
                (0.5 + side * (0.05 + 0.42 * near), 0.52 - 0.34 * near, 0.014 + 0.050 * near, lamp, 0.75)
            )
    for index in range(26):
        side, near = 1 if index % 2 else -1, float(canvas.rng.random())
        x, y = 0.5 + side * (0.07 + 0.43 * near), 0.60 - 0.42 * near * float(canvas.rng.random())
        tint = signs[int(canvas.rng.integers(len(signs)))]
        lights.append((x, y, 0.014 + 0.045 * near, tint, float(canvas.rng.uniform(0.2, 0.55))))
    for x, y, radius in (
        (0.40, 0.645, 0.020),
        (0.45, 0.635, 0.020),
        (0.27, 0.72, 0.036),
        (0.37, 0.715, 0.036),
    ):
        lights.append((x, y, radius, "fff1d6", 0.85))
    for x, y, radius in ((0.55, 0.63, 0.016), (0.59, 0.63, 0.016), (0.63, 0.69, 0.028), (0.72, 0.69, 0.028)):
        lights.append((x, y, radius, "ff4a3c", 0.8))
    for x, y, radius, tint, strength in lights:
        canvas.glow(x, 1.34 - y * 0.94, radius * 1.6, tint, 0.45 * strength, 0.30)
        _out_of_focus(canvas, x, y, radius, mix("000000", tint, strength))
    _drops(canvas, canvas.pixels.copy())
    canvas.bloom(0.35, 0.7)


def _street(canvas: Canvas) -> None:
    """House fronts to both sides that lead to where the lamps meet."""
    sheet = Sheet(canvas)
    for side in (-1, 1):
        for near, tall, tint in (
            (1.0, 0.62, "10132a"),
            (0.62, 0.50, "191d3a"),
            (0.36, 0.38, "262a4c"),
            (0.2, 0.26, "353660"),
        ):
            edge = 0.5 + side * (0.03 + 0.40 * near)
            outer = 0.5 + side * 0.6
            sheet.polygon(
                [(edge, 0.62 - tall), (outer, 0.60 - tall * 1.15), (outer, 0.66), (edge, 0.64)], tint
            )
    sheet.soften(0.008)
    sheet.laid()


def _out_of_focus(canvas: Canvas, x: float, y: float, radius: float, tint: Colour) -> None:
    """A point of light as a lens shows it out of focus: an even disc with a slightly brighter rim."""
    reach = canvas.distance(x, y) / radius
    disc = smooth(1.05, 0.97, reach) * (0.75 + 0.35 * smooth(0.5, 1, reach))
    canvas.shine(disc, tint)


def _drops(canvas: Canvas, scene: Pixels) -> None:
    """Each drop is a small lens: it shows the lights behind it upside down, with a bright rim."""
    height, width = canvas.height, canvas.width
    sizes = np.concatenate([canvas.rng.uniform(0.0025, 0.007, 700), canvas.rng.uniform(0.008, 0.022, 110)])
    for size in sizes:
        x, y = canvas.rng.random(2)
        radius = float(size) * canvas.unit
        tall = radius * float(canvas.rng.uniform(1.0, 1.35))
        left, right = int(max(0, x * width - radius - 2)), int(min(width, x * width + radius + 2))
        top, bottom = int(max(0, y * height - tall - 2)), int(min(height, y * height + tall + 2))
        if right - left < 3 or bottom - top < 3:
            continue
        u = (np.arange(left, right)[None, :] - x * width) / radius
        v = (np.arange(top, bottom)[:, None] - y * height) / tall
        away = np.sqrt(u * u + v * v)
        inside = smooth(1.0, 1.0 - 1.8 / radius, away)
        from_x = np.clip(x * width - u * 60 * radius**0.5, 0, width - 1).astype(int)
        from_y = np.clip(y * height - v * 60 * radius**0.5, 0, height - 1).astype(int)
        lens = scene[np.broadcast_to(from_y, away.shape), np.broadcast_to(from_x, away.shape)]
        lens = lens * (1.25 - 0.75 * away[..., None] ** 3) + 0.10 * smooth(0.2, -0.9, v)[..., None]
        spark = np.exp(-(((u + 0.35) ** 2 + (v + 0.4) ** 2) / 0.03))[..., None]
        part = canvas.pixels[top:bottom, left:right]
        part += (np.clip(lens + 0.8 * spark, 0, 1) - part) * inside[..., None]


def bicycle(canvas: Canvas, mood: str) -> None:
    """A bicycle leaning on a rail by the water, against the evening sky."""
    canvas.wash((0, "3d4b86"), (0.3, "a4658f"), (0.55, "f08a6c"), (0.72, "ffc37a"), (1, "ffdc9a"))
    canvas.glow(0.64, 0.55, 0.6, "fff0c0", 0.55)
    canvas.disc(0.64, 0.55, 0.075, "fff6d8")
    lanes = smooth(0.5, 0.95, canvas.noise(0.1, 6, 5.0, 0.55)) * smooth(0.6, 0.05, canvas.y)
    canvas.cover(lanes * 0.7, "f7a98c")
    hills = 0.66 - 0.05 * canvas.line(0.7, 5, 0.45)
    canvas.cover(canvas.below(hills.astype(np.float32)), "a85f6e")
    canvas.mirror(0.70, 0.012, 2.5)
    canvas.cover(canvas.below(0.70) * 0.25, "7a3d5c")
    ink = "1d1226"
    bank = (0.87 + 0.008 * canvas.line(0.3, 4)).astype(np.float32)
    canvas.cover(canvas.below(bank), ink)
    sheet = Sheet(canvas)
    for x in np.linspace(-0.05, 1.05, 9):
        sheet.box(float(x) - 0.006, 0.66, float(x) + 0.006, 0.9, ink)
    for y in (0.68, 0.755):
        sheet.box(0, y, 1, y + 0.012, ink)
    _bike(canvas, sheet, 0.40, 0.87, 0.30, ink)
    sheet.laid()
    grass(canvas, 1.0, 0.15, 380, [rgb("140c1c"), rgb("221528")])
    gulls(canvas, 5, 0.12, 0.4, 0.02, "3a2238")
    canvas.bloom(0.5, 0.72)


def _bike(canvas: Canvas, sheet: Sheet, x: float, ground: float, size: float, ink: Colour) -> None:
    """A town bicycle with a basket full of flowers, seen from the side."""

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, ground, size, 0, points)

    wheel, hubs = 0.42, ((-0.72, -0.42), (0.72, -0.42))
    for hub in hubs:
        (hx, hy) = at([hub])[0]
        sheet.ring(hx, hy, wheel * size, ink, 0.006)
        sheet.ring(hx, hy, wheel * 0.93 * size, ink, 0.0015)
        for spoke in range(16):
            turn = np.pi * spoke / 8 + 0.1
            rim = (hub[0] + wheel * float(np.cos(turn)), hub[1] + wheel * float(np.sin(turn)))
            sheet.stroke(at([hub, rim]), ink, 0.001)
        sheet.oval(hx, hy, 0.008, 0.008, ink)
    crank, seat, head = (-0.12, -0.44), (-0.32, -1.05), (0.50, -1.02)
    tubes: list[list[tuple[float, float]]] = [
        [hubs[0], crank, seat, hubs[0]], [crank, (-0.02, -0.62), (0.2, -0.8), (0.53, -0.92)],
        [(-0.3, -0.98), (-0.05, -0.72), (0.2, -0.84)], [hubs[1], (0.56, -0.9), head], [seat, (-0.36, -1.18)],
    ]  # fmt: skip
    for tube in tubes:
        sheet.stroke(at(tube), ink, 0.0065)
    sheet.stroke(at([head, (0.47, -1.2), (0.36, -1.28), (0.22, -1.24)]), ink, 0.006)
    sheet.polygon(at(curve([(-0.52, -1.2), (-0.36, -1.24), (-0.18, -1.19), (-0.36, -1.14)], 6)), ink)
    cx, cy = at([crank])[0]
    sheet.ring(cx, cy, 0.10 * size, ink, 0.005)
    sheet.stroke(at([crank, (-0.02, -0.26)]), ink, 0.005)
    sheet.stroke(at([(-0.09, -0.26), (0.05, -0.26)]), ink, 0.007)
    sheet.polygon(at([(0.52, -1.18), (0.95, -1.18), (0.9, -0.92), (0.58, -0.92)]), ink)
    sheet.stroke(at([(-0.95, -0.9), (-0.5, -0.9)]), ink, 0.006)
    sheet.stroke(at([(-0.92, -0.9), hubs[0]]), ink, 0.004)
    for _ in range(26):
        px, py = float(canvas.rng.uniform(0.5, 0.97)), float(canvas.rng.uniform(-1.42, -1.16))
        tint = mix(["d95d6a", "f2c14e", "f6e7d8", "8a4f7d"][int(canvas.rng.integers(4))], ink, 0.25)
        (fx, fy), (sx, sy) = at([(px, py), (0.5 * px + 0.36, -1.15)])
        sheet.stroke([(fx, fy), (sx, sy)], mix("40553a", ink, 0.5), 0.002)
        sheet.oval(fx, fy, 0.009, 0.009, tint)

"""Snow: a cabin with lit windows, a white wood under the sun, a sledge run."""

import numpy as np

from appliance.demo.paint import Canvas, Pixels, mix, ramp, smooth
from appliance.demo.scenes.plants import pine, pine_row
from appliance.demo.sheets import Sheet, curve, turned


def cabin(canvas: Canvas, mood: str) -> None:
    """A log cabin in deep snow, smoke over its chimney, flakes in the air."""
    clearing(canvas, mood)
    snowfall(canvas, mood)


def snowfall(canvas: Canvas, mood: str) -> None:
    """What moves before `clearing`: flakes."""
    _flakes(canvas, 700)
    canvas.bloom(0.55, 0.65)


def clearing(canvas: Canvas, mood: str) -> None:
    """What stands still: woods, the cabin with its smoke, conifers under snow."""
    if mood == "evening":
        canvas.wash((0, "1d2a58"), (0.35, "5a5a94"), (0.55, "c98aa6"), (0.65, "f3b99f"), (1, "f3b99f"))
        snow, shade, far, wood = "c9cdea", "6f7fb8", "6d6a9c", "3a2733"
    else:
        canvas.wash((0, "0a1230"), (0.4, "1d2f5e"), (0.65, "46619a"), (1, "46619a"))
        canvas.dots(600, 0, 0.55, 0.0015, ["ffffff", "d5e2ff"])
        canvas.glow(0.8, 0.16, 0.25, "e6ecff", 0.4)
        canvas.disc(0.8, 0.16, 0.035, "f6f5e6")
        snow, shade, far, wood = "8fa6d8", "3d5592", "35508a", "1d1a2e"
    for index in range(3):
        line = (
            0.62
            + 0.03 * index
            - (0.16 - 0.05 * index) * np.maximum(0, 0.7 - np.abs(canvas.line(0.6, 7, 0.48)))
        ).astype(np.float32)
        tone = mix(far, snow, 0.45 - 0.2 * index)
        canvas.cover(
            canvas.below(line), ramp(smooth(0, 0.2, canvas.y - line), (0, tone), (1, mix(tone, snow, 0.4)))
        )
        if index:
            pine_row(
                canvas,
                line,
                mix(far, wood, 0.25 + 0.3 * index),
                (0.05 + 0.03 * index, 0.09 + 0.06 * index),
                0.018,
                0.95,
                mix(snow, far, 0.35),
            )
    ground = (0.745 + 0.02 * np.sin(canvas.x[0] * 5 + 1.5) + 0.006 * canvas.line(0.5, 3)).astype(np.float32)
    _snowfield(canvas, ground, snow, shade)
    x, foot, size = 0.42, 0.80, 0.21
    canvas.glow(x, foot, 0.30, "ffb15a", 0.40, 1.8)
    _smoke(canvas, x + 0.082, 0.47, mix(snow, "ffffff", 0.3))
    _hut(canvas, x, foot, size, wood, mix(snow, "ffffff", 0.35))
    sheet = Sheet(canvas)
    for px, py, tall in (
        (0.78, 0.86, 0.40),
        (0.89, 0.90, 0.52),
        (0.97, 0.85, 0.34),
        (0.08, 0.88, 0.50),
        (-0.01, 0.86, 0.40),
        (0.17, 0.83, 0.26),
    ):
        pine(canvas, sheet, px, py, tall, mix(wood, "16323a", 0.6), mix(snow, "ffffff", 0.2))
    sheet.laid()
    front = (0.915 + 0.03 * np.sin(canvas.x[0] * 3.3 + 4.2) + 0.006 * canvas.line(0.4, 3)).astype(np.float32)
    _snowfield(canvas, front, mix(snow, "ffffff", 0.12), shade)


def _snowfield(canvas: Canvas, line: Pixels, snow: Pixels | str, shade: str) -> None:
    """Snow with soft hollows and a glitter."""
    down = smooth(0, 0.22, canvas.y - line)
    hollow = canvas.noise(0.3, 3, 2.5)
    tone = np.clip(0.15 + 0.55 * down + 0.45 * (hollow - 0.5), 0, 1)
    canvas.cover(canvas.below(line), ramp(tone, (0, mix(snow, "ffffff", 0.3)), (0.4, snow), (1, shade)))


def _hut(canvas: Canvas, x: float, foot: float, size: float, wood: str, snow: Pixels) -> None:
    sheet = Sheet(canvas)

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(canvas, x, foot, size, 0, points)

    side, face = mix(wood, "8a5a3c", 0.35), mix(wood, "a8683f", 0.55)
    sheet.polygon(at([(-0.35, 0), (0.95, -0.04), (0.95, -0.5), (-0.35, -0.5)]), side)
    sheet.polygon(at([(-0.95, 0.02), (-0.3, 0.03), (-0.3, -0.5), (-0.62, -0.92), (-0.95, -0.5)]), face)
    for log in range(7):
        y = -0.06 - log * 0.065
        sheet.stroke(at([(-0.3, y + 0.02), (0.95, y - 0.01)]), mix(side, "000000", 0.3), 0.0018)
        sheet.stroke(at([(-0.95, y + 0.02), (-0.3, y + 0.03)]), mix(face, "000000", 0.3), 0.0018)
    sheet.polygon(at([(0.42, -0.72), (0.60, -0.72), (0.60, -1.08), (0.42, -1.08)]), mix(wood, "9a6a55", 0.4))
    sheet.polygon(at(curve([(0.39, -1.07), (0.5, -1.14), (0.63, -1.07), (0.5, -1.05)], 5)), snow)
    roof = [
        (-0.68, -1.02),
        (-0.52, -1.06),
        (0.72, -1.02),
        (0.86, -0.92),
        (1.12, -0.50),
        (1.08, -0.42),
        (-0.22, -0.43),
        (-0.30, -0.5),
    ]
    sheet.polygon(at(roof), snow)
    sheet.polygon(
        at([(-0.30, -0.5), (-0.22, -0.43), (1.08, -0.42), (1.12, -0.50), (0.4, -0.52)]),
        mix(snow, "5a6aa8", 0.45),
    )
    sheet.polygon(
        at([(-0.66, -1.03), (-0.58, -1.0), (-1.02, -0.42), (-1.1, -0.46)]), mix(snow, "5a6aa8", 0.2)
    )
    glow = "ffc96b"
    for left, top, wide, high in (
        (-0.74, -0.47, 0.22, 0.22),
        (0.0, -0.38, 0.24, 0.2),
        (0.5, -0.38, 0.24, 0.2),
    ):
        sheet.polygon(
            at(
                [
                    (left - 0.02, top - 0.02),
                    (left + wide + 0.02, top - 0.02),
                    (left + wide + 0.02, top + high + 0.02),
                    (left - 0.02, top + high + 0.02),
                ]
            ),
            mix(wood, "000000", 0.3),
        )
        sheet.polygon(
            at([(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]), glow
        )
        sheet.polygon(
            at(
                [
                    (left, top + high * 0.5),
                    (left + wide, top + high * 0.3),
                    (left + wide, top + high),
                    (left, top + high),
                ]
            ),
            "ffe3a0",
        )
        sheet.stroke(at([(left + wide / 2, top), (left + wide / 2, top + high)]), wood, 0.002)
        sheet.stroke(at([(left, top + high / 2), (left + wide, top + high / 2)]), wood, 0.002)
        sheet.polygon(
            at(
                [
                    (left - 0.03, top + high + 0.02),
                    (left + wide + 0.03, top + high + 0.02),
                    (left + wide, top + high + 0.045),
                    (left, top + high + 0.045),
                ]
            ),
            snow,
        )
    sheet.polygon(at([(0.29, -0.02), (0.44, -0.025), (0.44, -0.36), (0.29, -0.36)]), mix(wood, "6b2f24", 0.6))
    drift = curve(
        [(-1.2, 0.09), (-0.8, -0.04), (-0.2, 0.0), (0.5, -0.07), (1.2, 0.05), (0.6, 0.14), (-0.6, 0.14)], 8
    )
    sheet.polygon(at(drift), snow)
    sheet.laid()
    for wx in (-0.63, 0.12, 0.62):
        (gx, gy) = at([(wx, -0.3)])[0]
        canvas.glow(gx, gy, 0.05, "ffc46a", 0.6)


def _smoke(canvas: Canvas, x: float, y: float, tone: Pixels) -> None:
    drift = x + 0.10 * (y - canvas.y) + 0.02 * np.sin((y - canvas.y) * 16) * smooth(0, 0.3, y - canvas.y)
    wide = 0.010 + 0.10 * np.maximum(0, y - canvas.y)
    puff = (
        np.exp(-(((canvas.x - drift) / wide) ** 2))
        * smooth(y + 0.012, y - 0.02, canvas.y)
        * smooth(y - 0.42, y - 0.1, canvas.y)
    )
    canvas.cover((puff * (0.25 + 0.5 * canvas.noise(0.08, 5))).astype(np.float32), tone)


def _flakes(canvas: Canvas, count: int) -> None:
    sheet = Sheet(canvas)
    for _ in range(count):
        x, y = (float(value) for value in canvas.rng.random(2))
        size = 0.0008 + 0.0028 * float(canvas.rng.random()) ** 3
        fall = (y + canvas.moment * (1 + round(size * 500))) % 1.0
        sway = 0.006 * float(np.sin(fall * 19 + x * 40))
        sheet.oval(x + sway, fall, size, size, "ffffff", 0.75)
    for _ in range(16):
        x, y = (float(value) for value in canvas.rng.random(2))
        sheet.oval(x, (y + 2 * canvas.moment) % 1.0, 0.006, 0.006, "ffffff", 0.3)
    sheet.laid()


def snowman(canvas: Canvas, mood: str) -> None:
    """A snowman on a bright day, a white wood behind him."""
    canvas.wash((0, "3f86c6"), (0.4, "9cc8e6"), (0.62, "e6f1f6"), (1, "e6f1f6"))
    canvas.glow(0.2, 0.12, 0.5, "fffbe8", 0.8)
    for index in range(3):
        line = (0.60 + 0.045 * index - 0.03 * canvas.line(0.7, 4)).astype(np.float32)
        tone = mix("bcd3e6", "eaf3fa", 0.3 * index)
        pine_row(
            canvas,
            line,
            mix("7f9fb4", "2f5560", 0.35 * index),
            (0.06 + 0.05 * index, 0.11 + 0.08 * index),
            0.018 + 0.012 * index,
            0.9,
            "f4f9fd",
        )
        canvas.cover(canvas.below(line), tone)
    ground = (0.76 + 0.02 * np.sin(canvas.x[0] * 4)).astype(np.float32)
    _snowfield(canvas, ground, "edf4fb", "a9c4e2")
    x, foot = 0.55, 0.90
    ratio = canvas.unit / canvas.height
    shadow = Sheet(canvas).oval(x + 0.12, foot + 0.0, 0.26, 0.035, "7f9fc8", 0.7)
    shadow.soften(0.012)
    shadow.laid()
    for y, radius in (
        (foot - 0.125 * ratio, 0.15),
        (foot - 0.335 * ratio, 0.112),
        (foot - 0.50 * ratio, 0.08),
    ):
        _snowball(canvas, x, y, radius)
    _dressed(canvas, x, foot, ratio)
    _flakes(canvas, 160)
    canvas.bloom(0.25, 0.85)


def _snowball(canvas: Canvas, x: float, y: float, radius: float) -> None:
    away = canvas.distance(x, y) / radius
    across = (canvas.x - x) * canvas.width / canvas.unit / radius
    down = (canvas.y - y) * canvas.height / canvas.unit / radius
    high = np.sqrt(np.clip(1 - away**2, 0, 1))
    light = np.clip(-0.55 * across - 0.5 * down + 0.65 * high, 0, 1)
    rough = 0.05 * (canvas.noise(0.02, 3) - 0.5)
    tone = ramp(
        np.clip(light + rough, 0, 1), (0, "8fb0d6"), (0.35, "c4d9ee"), (0.75, "f6fafd"), (1, "ffffff")
    )
    canvas.cover(smooth(1.0, 1 - 2 / (radius * canvas.unit), away), tone)


def _dressed(canvas: Canvas, x: float, foot: float, ratio: float) -> None:
    """Hat, scarf, carrot, coal and two branches."""
    sheet = Sheet(canvas)
    head = foot - 0.50 * ratio

    def at(points: list[tuple[float, float]], y: float = head) -> list[tuple[float, float]]:
        return turned(canvas, x, y, 0.1, 0, points)

    for dx in (-0.26, 0.22):
        ex, ey = at([(dx, -0.18)])[0]
        sheet.oval(ex, ey, 0.0085, 0.0095, "22262e")
    for step in range(5):
        mx, my = at([(-0.3 + 0.14 * step, 0.32 + 0.10 * float(np.sin(np.pi * step / 4)))])[0]
        sheet.oval(mx, my, 0.005, 0.005, "22262e")
    for y in (-0.40, -0.33, -0.26):
        sheet.oval(x - 0.002, foot + y * ratio, 0.0085, 0.0085, "2b2f38")
    sheet.polygon(at([(-0.06, -0.04), (0.03, 0.12), (-0.78, 0.16)]), "f08a2c")
    sheet.polygon(at([(-0.02, 0.06), (0.03, 0.12), (-0.78, 0.16)]), "c9651a")
    scarf = curve([(-0.72, 0.62), (0, 0.78), (0.72, 0.6), (0.76, 0.85), (0, 1.06), (-0.76, 0.88)], 8)
    sheet.polygon(at(scarf), "c8323c")
    sheet.polygon(at([(0.3, 0.9), (0.62, 0.86), (0.78, 1.9), (0.46, 1.95)]), "b22834")
    for stripe in (1.2, 1.5, 1.8):
        sheet.polygon(
            at([(0.36, stripe), (0.70, stripe - 0.03), (0.72, stripe + 0.08), (0.38, stripe + 0.11)]),
            "f2e6d0",
        )
    sheet.polygon(at(curve([(-1.0, -0.66), (0, -0.78), (1.0, -0.66), (0, -0.5)], 8)), "2a2d3a")
    sheet.polygon(at([(-0.56, -0.64), (0.56, -0.64), (0.5, -1.5), (-0.5, -1.5)]), "33374a")
    sheet.polygon(at([(0.1, -0.64), (0.56, -0.64), (0.5, -1.5), (0.1, -1.5)]), "272a38")
    sheet.polygon(at([(-0.56, -0.68), (0.56, -0.68), (0.54, -0.9), (-0.54, -0.9)]), "c8323c")
    for side in (-1, 1):
        arm = [(side * 1.0, 1.5), (side * 1.9, 0.9), (side * 2.5, 0.75)]
        sheet.stroke(at(arm), "5a3f2c", 0.006)
        sheet.stroke(at([(side * 1.9, 0.9), (side * 2.2, 0.45)]), "5a3f2c", 0.004)
        sheet.stroke(at([(side * 2.05, 0.87), (side * 2.45, 1.05)]), "5a3f2c", 0.004)
    sheet.laid()

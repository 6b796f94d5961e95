"""What a telephone's screen shows: the weather of the week, as in a screenshot."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from appliance.demo.paint import Canvas, smooth
from appliance.demo.sheets import Sheet

HOURS = (("Now", 4), ("10", 5), ("11", 7), ("12", 9), ("13", 10), ("14", 9))
DAYS = (("Sunday", 3, 11), ("Monday", 4, 13), ("Tuesday", 2, 9), ("Wednesday", 1, 8), ("Thursday", 5, 14))


def weather(canvas: Canvas, mood: str) -> None:
    """A weather report in cards on a soft sky; the mood is the town's name."""
    canvas.wash((0, "2f62a6"), (0.45, "5f96cc"), (0.8, "7fb0dc"), (1, "8fbbe0"))
    canvas.glow(0.82, 0.10, 0.5, "fff4cf", 0.7)
    canvas.cover(smooth(0.5, 0.9, canvas.noise(0.3, 5, 2.5)) * smooth(0.7, 0.1, canvas.y) * 0.6, "ffffff")
    cards = Sheet(canvas)
    for top, bottom in ((0.40, 0.555), (0.585, 0.945)):
        cards.box(0.05, top, 0.95, bottom, "ffffff", 0.28)
    cards.laid()
    symbols = Sheet(canvas)
    for index in range(len(HOURS)):
        _sun_or_cloud(symbols, 0.125 + 0.15 * index, 0.475, 0.030, index % 3 == 1)
    for index in range(len(DAYS)):
        _sun_or_cloud(symbols, 0.52, 0.632 + 0.067 * index, 0.026, index in (2, 3))
    symbols.laid()
    _words(canvas, mood)


def _sun_or_cloud(sheet: Sheet, x: float, y: float, size: float, cloudy: bool) -> None:
    sheet.oval(x, y, size, size, "ffd25a")
    if cloudy:
        for dx, dy, share in ((-0.02, 0.006, 0.8), (0.02, 0.004, 0.9), (0.0, -0.002, 0.95)):
            sheet.oval(x + dx, y + dy, size * share, size * share * 0.8, "ffffff")


def _words(canvas: Canvas, town: str) -> None:
    """All text, white, drawn at full size so that it is crisp."""
    plate = Image.new("L", (canvas.width, canvas.height))
    draw = ImageDraw.Draw(plate)

    def write(x: float, y: float, size: float, text: str, anchor: str = "mm") -> None:
        font = ImageFont.load_default(max(8, size * canvas.unit))
        draw.text((x * canvas.width, y * canvas.height), text, 255, font, anchor)

    write(0.10, 0.028, 0.042, "09:15")
    write(0.90, 0.028, 0.042, "78 %")
    write(0.5, 0.125, 0.085, town)
    write(0.5, 0.225, 0.26, f"{HOURS[0][1]}°")
    write(0.5, 0.325, 0.05, "Sunny, a light breeze")
    for index, (hour, degrees) in enumerate(HOURS):
        write(0.125 + 0.15 * index, 0.428, 0.040, hour)
        write(0.125 + 0.15 * index, 0.528, 0.045, f"{degrees}°")
    for index, (day, low, high) in enumerate(DAYS):
        y = 0.632 + 0.067 * index
        write(0.09, y, 0.050, day, "lm")
        write(0.75, y, 0.050, f"{low}°", "rm")
        write(0.91, y, 0.050, f"{high}°", "rm")
    canvas.cover(np.asarray(plate, np.float32) / np.float32(255), "ffffff")

"""Sheets: transparent layers of crisp shapes (trees, boats, windows) laid on a canvas.

Shapes are drawn at twice the size and scaled down, which smooths their edges. Places are fractions of
the canvas, widths and radii fractions of its shorter side.
"""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from appliance.demo.paint import Canvas, Colour, Pixels, Point, rgb

OVER = 2


class Sheet:
    """One transparent sheet over a canvas; nothing shows until it is `laid`."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._wide, self._high = canvas.width * OVER, canvas.height * OVER
        self._unit = canvas.unit * OVER
        self._image = Image.new("RGBa", (self._wide, self._high))
        self._draw = ImageDraw.Draw(self._image)
        self._box = (float(self._wide), float(self._high), 0.0, 0.0)

    def polygon(self, points: Iterable[Point], colour: Colour, alpha: float = 1.0) -> Self:
        """A filled outline."""
        placed = [self._place(point) for point in points]
        self._draw.polygon(placed, _ink(colour, alpha))
        return self._touch(placed, 0)

    def stroke(self, points: Iterable[Point], colour: Colour, width: float, alpha: float = 1.0) -> Self:
        """A line through the points, `width` units thick."""
        thick = max(1, round(width * self._unit))
        placed = [self._place(point) for point in points]
        self._draw.line(placed, _ink(colour, alpha), thick, joint="curve")
        return self._touch(placed, thick)

    def oval(
        self, x: float, y: float, across: float, down: float, colour: Colour, alpha: float = 1.0
    ) -> Self:
        """An ellipse around a place; `across` and `down` are its radii in units."""
        left, top = x * self._wide - across * self._unit, y * self._high - down * self._unit
        right, bottom = left + 2 * across * self._unit, top + 2 * down * self._unit
        self._draw.ellipse((left, top, right, bottom), _ink(colour, alpha))
        return self._touch([(left, top), (right, bottom)], 0)

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float) -> Self:
        """A circle's line around a place."""
        reach = radius * self._unit
        left, top = x * self._wide, y * self._high
        box = (left - reach, top - reach, left + reach, top + reach)
        self._draw.ellipse(box, None, _ink(colour, 1), max(1, round(width * self._unit)))
        return self._touch([box[:2], box[2:]], 0)

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, alpha: float = 1.0
    ) -> Self:
        """A rectangle between two corners."""
        corners = (left * self._wide, top * self._high, right * self._wide, bottom * self._high)
        self._draw.rectangle(corners, _ink(colour, alpha))
        return self._touch([corners[:2], corners[2:]], 0)

    def soften(self, radius: float) -> Self:
        """Put what is on the sheet so far out of focus, by `radius` units."""
        reach = radius * self._unit
        left, top, right, bottom = self._box
        self._touch([(left, top), (right, bottom)], 3 * reach)
        box = self._span()
        if box[0] < box[2] and box[1] < box[3]:
            small = self._image.crop(box).reduce(OVER)
            soft = small.filter(ImageFilter.GaussianBlur(reach / OVER))
            self._image.paste(
                soft.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.NEAREST), box[:2]
            )
        return self

    def laid(self, alpha: float = 1.0) -> None:
        """Put the sheet on the canvas."""
        box = self._span()
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        part = self._image.crop(box).reduce(OVER)
        ink = np.asarray(part, np.float32) * np.float32(alpha / 255)
        left, top, right, bottom = (side // OVER for side in box)
        under = self._canvas.pixels[top:bottom, left:right]
        under *= 1 - ink[..., 3:]
        under += ink[..., :3]

    def picture(self) -> Pixels:
        """What is on the sheet before black, as light that may be added to a canvas."""
        return np.asarray(self._image.reduce(OVER), np.float32)[..., :3] / np.float32(255)

    def mask(self) -> Pixels:
        """How much each pixel is covered, 0 to 1."""
        return np.asarray(self._image.reduce(OVER), np.float32)[..., 3] / np.float32(255)

    def _touch(self, points: Sequence[Point], reach: float) -> Self:
        """Remember where was drawn: only that part is laid."""
        across, down = [x for x, _ in points], [y for _, y in points]
        left, top, right, bottom = self._box
        self._box = (
            min(left, min(across) - reach), min(top, min(down) - reach),
            max(right, max(across) + reach), max(bottom, max(down) + reach),
        )  # fmt: skip
        return self

    def _span(self) -> tuple[int, int, int, int]:
        """The corners of what was drawn, on whole pixels of the canvas."""
        left, top, right, bottom = self._box
        return (
            max(0, int(left // OVER) - 1) * OVER, max(0, int(top // OVER) - 1) * OVER,
            min(self._wide, (int(right // OVER) + 2) * OVER), min(self._high, (int(bottom // OVER) + 2) * OVER),
        )  # fmt: skip

    def _place(self, point: Point) -> Point:
        return point[0] * self._wide, point[1] * self._high


def cast_shadow(canvas: Canvas, x: float, y: float, wide: float, high: float, strength: float = 0.6) -> None:
    """The soft shadow of something that stands on a table."""
    sheet = Sheet(canvas).oval(x, y, wide, high, "120804")
    sheet.soften(0.02)
    sheet.laid(strength)


def turned(
    canvas: Canvas, x: float, y: float, size: float, angle: float, points: Sequence[Point]
) -> list[Point]:
    """A small outline given in its own units, turned by `angle` (radians) and moved to a place."""
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    wide, high = size * canvas.unit / canvas.width, size * canvas.unit / canvas.height
    return [(x + (px * cos - py * sin) * wide, y + (px * sin + py * cos) * high) for px, py in points]


def curve(points: Sequence[Point], steps: int = 12) -> list[Point]:
    """A smooth closed outline through the points (Catmull and Rom's spline)."""
    knots = np.array(points)
    share = np.linspace(0, 1, steps, endpoint=False)[:, None]
    outline: list[Point] = []
    for at in range(len(knots)):
        before, start, end, after = (knots[(at + step) % len(knots)] for step in (-1, 0, 1, 2))
        placed = 0.5 * (
            2 * start
            + (end - before) * share
            + (2 * before - 5 * start + 4 * end - after) * share**2
            + (3 * start - before - 3 * end + after) * share**3
        )
        outline += [(float(x), float(y)) for x, y in placed]
    return outline


def _ink(colour: Colour, alpha: float) -> tuple[int, int, int, int]:
    red, green, blue = (min(255, max(0, int(part * alpha * 255 + 0.5))) for part in rgb(colour).tolist())
    return red, green, blue, int(alpha * 255 + 0.5)

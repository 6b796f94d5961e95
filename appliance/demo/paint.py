"""The canvas that every scene is painted on: colours, gradients, noise, masks, light and the finish.

Owns the arithmetic on pixels, here and only here. Places are fractions of the width and height, radii
and strokes fractions of the shorter side (`unit`), so that a scene looks alike at any size. All chance
comes from the canvas' own generator: the same seed gives the same picture.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Pixels = npt.NDArray[np.floating[Any]]
Colour = str | Pixels
Point = tuple[float, float]

_TABLE = 2048
"""Steps of a gradient over a whole picture: far finer than eight bits show."""


def rgb(colour: Colour) -> Pixels:
    """The colour as three numbers from 0 to 1; a string is hexadecimal, as in `ffb703`."""
    if isinstance(colour, str):
        return np.array([int(colour[at : at + 2], 16) for at in (0, 2, 4)], np.float32) / np.float32(255)
    return colour


def mix(one: Colour, other: Colour, share: float) -> Pixels:
    """The colour on the way from one (share 0) to the other (share 1)."""
    return (rgb(one) * (1 - share) + rgb(other) * share).astype(np.float32)


def smooth(low: Any, high: Any, value: Any) -> Pixels:
    """0 below `low`, 1 above `high`, an S-curve between; falls when `low` is above `high`."""
    share = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def ramp(position: Any, *stops: tuple[float, Colour]) -> Pixels:
    """Colours of a gradient at the given positions: stops are (position, colour), rising."""
    at = np.array([stop[0] for stop in stops])
    colours = np.array([rgb(stop[1]) for stop in stops])
    place = np.asarray(position)
    if place.size <= _TABLE:
        channels = [np.interp(place, at, colours[:, channel]) for channel in range(3)]
        return np.stack(channels, axis=-1).astype(np.float32)
    table = ramp(np.linspace(at[0], at[-1], _TABLE), *stops)
    steps = (place - np.float32(at[0])) * np.float32((_TABLE - 1) / (at[-1] - at[0])) + np.float32(0.5)
    return np.asarray(table[np.clip(steps, 0, _TABLE - 1).astype(np.int32)])


def resized(field: Pixels, width: int, height: int) -> Pixels:
    """A plane of numbers, smoothly resampled to another size."""
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC), np.float32)


class Canvas:
    """A picture being painted, `width` x `height` pixels of three channels from 0 to 1.

    `moment` (0 to 1) lets a scene move on a little: the frames of a burst are the same seed at
    rising moments.
    """

    def __init__(self, width: int, height: int, seed: int, moment: float = 0.0) -> None:
        self.width, self.height, self.moment = width, height, moment
        self.seed = seed
        self.unit = float(min(width, height))
        self.rng = np.random.default_rng(seed)
        self._waves: dict[int, Pixels] = {}
        self.pixels: Pixels = np.zeros((height, width, 3), np.float32)
        self.x: Pixels = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
        self.y: Pixels = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]

    # fields: planes and lines of numbers

    def noise(self, cell: float, octaves: int = 5, stretch: float = 1.0, fade: float = 0.5) -> Pixels:
        """Clouds of chance from 0 to 1; the largest are `cell` units wide and `stretch` times that long."""
        octaves = min(octaves, max(1, round(np.log2(max(2.0, cell * self.unit)))))
        across = max(2, round(self.width / (cell * stretch * self.unit)) + 1)
        down = max(2, round(self.height / (cell * self.unit)) + 1)
        field = self.rng.random((down + 2, across + 2), np.float32) - 0.5
        strength = 1.0
        for _ in range(octaves - 1):
            strength *= fade
            rows, columns = field.shape
            if rows > self.height or columns > self.width * 1.5:
                break
            field = resized(field, columns * 2, rows * 2)
            field = field + strength * (self.rng.random(field.shape, np.float32) - 0.5)
        field = resized(field, self.width, self.height)
        low, high = np.percentile(field[::7, ::7], (1, 99))
        return np.asarray(np.clip((field - low) / max(high - low, 1e-6), 0, 1))

    def line(self, cell: float, octaves: int = 6, fade: float = 0.5) -> Pixels:
        """A jagged line over the width, about -1 to 1: `cell` is the width of its largest hill."""
        total = np.zeros(self.width, np.float32)
        strength, size = 1.0, cell * self.unit / self.width
        for _ in range(octaves):
            knots = int(1 / size) + 4
            values = self.rng.uniform(-1, 1, knots)
            place = self.x[0] / size + self.rng.random()
            share = place - np.floor(place)
            if size == cell * self.unit / self.width:
                share = share * share * (3 - 2 * share)
            base = np.floor(place).astype(int)
            total += strength * (values[base] * (1 - share) + values[base + 1] * share)
            strength, size = strength * fade, size / 2
        return total

    def below(self, line: Any, soft: float = 0.0) -> Pixels:
        """Mask of what lies below a line of heights, its edge antialiased or `soft` units wide."""
        edge = max(1.0, soft * self.unit)
        distance = (self.y - np.asarray(line, np.float32)) * self.height
        return np.asarray(np.clip(distance / edge + 0.5, 0, 1), np.float32)

    def distance(self, x: float, y: float, flat: float = 1.0) -> Pixels:
        """Distance from a place in units; `flat` above 1 makes the rings wider than high."""
        across = (self.x - x) * (self.width / self.unit) / flat
        down = (self.y - y) * (self.height / self.unit)
        return np.asarray(np.sqrt(across * across + down * down))

    # paint

    def wash(self, *stops: tuple[float, Colour]) -> None:
        """A gradient from the top (0) to the bottom (1) over everything."""
        self.pixels[:] = ramp(self.y[:, 0], *stops)[:, None, :]

    def cover(self, mask: Pixels, colour: Colour) -> None:
        """Paint the colour (one, or one a pixel) where the mask says how much."""
        rows = self._rows(mask)
        part, share = self.pixels[rows], mask[rows][..., None]
        paint = share * self._tint(colour, rows)
        part *= 1 - share
        part += paint

    def shine(self, mask: Pixels, colour: Colour) -> None:
        """Add light where the mask says how much; light never burns out beyond white."""
        rows = self._rows(mask)
        _lighten(self.pixels[rows], np.clip(mask[rows], 0, 1), self._tint(colour, rows))

    def shade(self, mask: Pixels, strength: float = 1.0) -> None:
        """Darken by the mask: at strength 1 and mask 1 nothing is left."""
        self.pixels *= 1 - strength * mask[..., None]

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0, flat: float = 1.0
    ) -> None:
        """A soft halo of light around a place."""
        step = max(1, int(radius * self.unit / 20))
        across = (self.x[:, ::step] - x) * (self.width / self.unit) / (flat * radius)
        down = (self.y[::step] - y) * (self.height / self.unit) / radius
        near_x, near_y = np.flatnonzero(np.abs(across[0]) < 4), np.flatnonzero(np.abs(down[:, 0]) < 4)
        if not near_x.size or not near_y.size:
            return
        left, top = int(near_x[0]) * step, int(near_y[0]) * step
        right = min(self.width, (int(near_x[-1]) + 1) * step)
        bottom = min(self.height, (int(near_y[-1]) + 1) * step)
        square = across[:, near_x[0] : near_x[-1] + 1] ** 2 + down[near_y[0] : near_y[-1] + 1] ** 2
        coarse = Image.fromarray(np.exp(-(square**0.625)).astype(np.float32))
        halo = np.asarray(coarse.resize((right - left, bottom - top), Image.Resampling.BILINEAR))
        _lighten(self.pixels[top:bottom, left:right], np.clip(halo * np.float32(strength), 0, 1), rgb(colour))

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A crisp disc, as of the sun or the moon."""
        edge = 1.2 / self.unit
        self.cover(smooth(radius + edge, radius - edge, self.distance(x, y)), colour)

    def dots(self, count: int, top: float, bottom: float, size: float, colours: Sequence[Colour]) -> None:
        """Points of light (stars, sparks) between two heights, most of them faint."""
        reach = max(2, int(size * self.unit * 3))
        ring = np.arange(-reach, reach + 1)
        square = (ring[:, None] ** 2 + ring[None, :] ** 2) / (size * self.unit) ** 2
        stamp = (0.95 * np.exp(-1.6 * square) + 0.22 * np.exp(-0.35 * square)).astype(np.float32)[..., None]
        bright = self.rng.random(count) ** 4 * 0.9 + 0.1
        tints = np.array([rgb(colour) for colour in colours])[self.rng.integers(0, len(colours), count)]
        lights = (tints * bright[:, None]).astype(np.float32)
        columns = self.rng.integers(reach, max(reach + 1, self.width - reach), count)
        rows = self.rng.uniform(top, bottom, count) * self.height
        for column, row, light in zip(
            columns, np.clip(rows, reach, self.height - reach - 1).astype(int), lights, strict=True
        ):
            part = self.pixels[row - reach : row + reach + 1, column - reach : column + reach + 1]
            part += (1 - np.minimum(part, 1)) * stamp[: part.shape[0], : part.shape[1]] * light

    def mirror(self, horizon: float, ripple: float, near: float = 3.0) -> None:
        """Turn everything below the horizon into water that shows what is above it.

        `ripple` is the strength of the waves in units, growing `near` times towards the viewer.
        """
        top = int(horizon * self.height)
        rows = self.height - top
        depth = (np.arange(rows, dtype=np.float32) / max(rows, 1))[:, None]
        waves = self.waves(rows)
        push = waves * ripple * self.unit * (0.3 + near * depth)
        source = top - 1 - np.arange(rows, dtype=np.float32)[:, None] * (top / max(rows, top)) + push * 2.2
        source = np.clip(source, 0, max(top - 1, 0)).astype(np.int32)
        across = np.clip(np.arange(self.width)[None, :] + push * 0.35, 0, self.width - 1).astype(np.int32)
        self.pixels[top:] = self.pixels[source, across]

    def waves(self, rows: int) -> Pixels:
        """Ripples in perspective for so many rows at the foot, -1 to 1: long near by, fine far away.

        Asked again they are the same, so that reflections and glitter lie on one water.
        """
        if rows not in self._waves:
            field = blurred(self.rng.random((512, 512), np.float32), 1.6)
            field -= field.mean()
            depth = np.maximum(np.arange(rows, dtype=np.float32)[:, None] / max(rows, 1), 0.004)
            far = 1 / (depth + 0.05)
            u = (np.arange(self.width, dtype=np.float32)[None, :] / self.unit - 0.5) * far * 26
            v = np.broadcast_to(far * 140 + self.moment * 4, (rows, self.width))
            self._waves[rows] = sampled(field / np.abs(field).max(), u, v)
        return self._waves[rows]

    def _rows(self, mask: Pixels) -> slice:
        """The rows that the mask touches, so that small things cost little."""
        if mask.shape[0] != self.height:
            return slice(None)
        touched = np.flatnonzero(mask.max(axis=1) > 0.002)
        return slice(int(touched[0]), int(touched[-1]) + 1) if touched.size else slice(0, 0)

    def _tint(self, colour: Colour, rows: slice) -> Pixels:
        """The colour, or the part of a coloured plane that lies in these rows."""
        tint = rgb(colour)
        return tint[rows] if tint.ndim == 3 and tint.shape[0] == self.height else tint

    # finish

    def blur(self, mask: Pixels, radius: float) -> None:
        """Put everything out of focus where the mask says so; `radius` in units."""
        self.cover(mask, blurred(self.pixels, radius * self.unit))

    def bloom(self, strength: float = 0.35, threshold: float = 0.7, radius: float = 0.03) -> None:
        """Let bright places shine over their edges, as in a lens."""
        small = self.pixels[::2, ::2]
        bright = np.clip((small - np.float32(threshold)) / np.float32(1 - threshold), 0, 1)
        halo = blurred(bright, radius * self.unit / 2)
        eight = Image.fromarray((halo * 255 + 0.5).astype(np.uint8))
        wide = eight.resize((self.width, self.height), Image.Resampling.BILINEAR)
        kept = np.asarray(wide, np.float32) * np.float32(-strength / 255)
        kept += 1
        self.pixels -= 1
        self.pixels *= kept
        self.pixels += 1

    def finished(self, grain: float = 0.012, vignette: float = 0.22, contrast: float = 0.12) -> Image.Image:
        """The picture: darker corners, a gentle curve, film grain, eight bits."""
        corner = self.distance(0.5, 0.5)[::8, ::8] / (np.hypot(self.width, self.height) / self.unit / 2)
        edge = resized(1 - np.float32(vignette) * smooth(0.45, 1.15, corner), self.width, self.height)
        picture = self.pixels * edge[..., None]
        np.clip(picture, 0, 1, out=picture)
        curve = np.float32(-2) * picture
        curve += 3
        curve *= picture
        curve -= 1
        curve *= picture
        curve *= np.float32(contrast)
        picture += curve
        speckle = self.rng.standard_normal((self.height, self.width), np.float32)
        speckle *= np.float32(grain)
        picture += speckle[..., None]
        np.clip(picture, 0, 1, out=picture)
        picture *= 255
        picture += np.float32(0.5)
        return Image.fromarray(picture.astype(np.uint8))


def _lighten(part: Pixels, light: Pixels, tint: Pixels) -> None:
    """Add coloured light in place, each channel nearing 1 without passing it."""
    kept = light[..., None] * -tint
    kept += 1
    part -= 1
    part *= kept
    part += 1


def sampled(plane: Pixels, u: Any, v: Any) -> Pixels:
    """Values of an endlessly repeated plane at fractional places, linearly interpolated."""
    rows, columns = plane.shape
    left, top = np.floor(u), np.floor(v)
    across, down = (u - left).astype(np.float32), (v - top).astype(np.float32)
    x0, y0 = left.astype(np.int32) % columns, top.astype(np.int32) % rows
    x1, y1 = (x0 + 1) % columns, (y0 + 1) % rows
    upper = plane[y0, x0] * (1 - across) + plane[y0, x1] * across
    lower = plane[y1, x0] * (1 - across) + plane[y1, x1] * across
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def blurred(picture: Pixels, radius: float) -> Pixels:
    """The picture out of focus by `radius` pixels; wide blurs are made on a smaller copy, which is quick."""
    if radius < 0.3:
        return picture
    height, width = picture.shape[:2]
    factor = max(1, int(radius / 3))
    image = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    small = image.reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float32) / np.float32(255)

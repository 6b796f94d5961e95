"""Perceptual fingerprints of an upright picture: what finds the same picture in another size or coding.

`phash` keeps the format of the imagehash library bit for bit, so that fingerprints can be compared with
other programs' without its dependencies. The ThumbHash (evanw.github.io/thumbhash) is the blurred
placeholder that a page shows before the rendition has come.
"""

import base64

import numpy as np
from numpy.fft import irfft
from numpy.typing import NDArray
from PIL import Image

from .types import Fingerprints

Floats = NDArray[np.float64]

PLACEHOLDER = 100
"""ThumbHash is defined for pictures of at most this size."""


def fingerprint(picture: Image.Image) -> Fingerprints:
    """All fingerprints of an upright RGB picture."""
    grey = picture.convert("L")
    small = picture.reduce(-(-max(picture.size) // PLACEHOLDER))
    pixels = np.asarray(small, dtype=np.float64) / 255
    red, green, blue = (int(value * 255 + 0.5) for value in pixels.mean(axis=(0, 1)))
    return Fingerprints(
        phash64=phash(grey, 8),
        phash256=phash(grey, 16),
        thumbhash=base64.b64encode(thumbhash(pixels)).decode("ascii"),
        colour=f"{red:02x}{green:02x}{blue:02x}",
        sharpness=sharpness(grey),
    )


def sharpness(grey: Image.Image) -> float:
    """How sharp a picture in grey is, to be compared with others of the same: its mean squared Laplacian."""
    pixels = np.asarray(grey, dtype=np.int16)
    edges = 4 * pixels[1:-1, 1:-1]
    for beside in (pixels[:-2, 1:-1], pixels[2:, 1:-1], pixels[1:-1, :-2], pixels[1:-1, 2:]):
        edges -= beside
    return round(float(np.square(edges, dtype=np.float32).mean()), 2) if edges.size else 0.0


def phash(picture: Image.Image, side: int) -> str:
    """The perceptual hash of `side` squared bits, hexadecimal: which low frequencies exceed their median."""
    size = 4 * side
    grey = picture if picture.mode == "L" else picture.convert("L")
    grey = grey.resize((size, size), Image.Resampling.LANCZOS)
    frequencies = _dct(_dct(np.asarray(grey, dtype=np.float64)).T).T[:side, :side]
    ordered = np.sort(frequencies, axis=None)
    median = (ordered[ordered.size // 2 - 1] + ordered[ordered.size // 2]) / 2
    bits = frequencies > median
    return np.packbits(bits).tobytes().hex()


def _dct(rows: Floats) -> Floats:
    """DCT-II down the columns of an array of even height, unscaled.

    Computed from a real Fourier transform in the order in which SciPy's pocketfft does it: a picture with
    flat or symmetric parts has coefficients that are zero but for rounding, and these decide bits too.
    """
    count = len(rows)
    half = count // 2
    packed = np.empty((half + 1, rows.shape[1]), dtype=np.complex128)
    odd, even = rows[1:-1:2], rows[2::2]
    packed[0] = 2 * rows[0]
    packed[1:half] = (even + odd) + 1j * (even - odd)
    packed[half] = 2 * rows[-1]
    mixed = irfft(packed, count, axis=0, norm="forward")
    turns = np.cos(np.pi / (2 * count) * np.arange(1, count))[:, None]
    low, high = mixed[1:half], mixed[:half:-1]
    cosines, sines = turns[: half - 1], turns[: half - 1 : -1]
    first = cosines * high + sines * low
    second = cosines * low - sines * high
    result = np.empty_like(mixed)
    result[0] = mixed[0]
    result[1:half] = 0.5 * (first + second)
    result[:half:-1] = 0.5 * (first - second)
    result[half] = mixed[half] * turns[half - 1]
    return result


def thumbhash(pixels: Floats) -> bytes:
    """The ThumbHash of an opaque picture of at most 100 x 100 pixels, given as RGB between 0 and 1."""
    height, width = pixels.shape[:2]
    longest = max(width, height)
    across, down = (max(1, int(7 * side / longest + 0.5)) for side in (width, height))
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    light = _Channel((red + green + blue) / 3, max(3, across), max(3, down))
    yellow = _Channel((red + green) / 2 - blue, 3, 3)
    reddish = _Channel(red - green, 3, 3)
    landscape = width > height
    header = _packed(
        (light.mean * 63, 6), (31.5 + 31.5 * yellow.mean, 6), (31.5 + 31.5 * reddish.mean, 6),
        (31 * light.scale, 5), (0, 1),  # the last: no transparency
        (down if landscape else across, 3), (63 * yellow.scale, 6), (63 * reddish.scale, 6), (landscape, 1),
    )  # fmt: skip
    waves = np.concatenate([light.waves, yellow.waves, reddish.waves])
    nibbles = [(15 * wave, 4) for wave in waves]
    return header.to_bytes(5, "little") + _packed(*nibbles).to_bytes((len(nibbles) + 1) // 2, "little")


class _Channel:
    """One channel of a ThumbHash: its mean, and its low frequencies between 0 and 1 around a half."""

    def __init__(self, values: Floats, across: int, down: int) -> None:
        height, width = values.shape
        terms = _cosines(down, height) @ values @ _cosines(across, width).T / (width * height)
        kept = [terms[y, x] for y in range(down) for x in range(across) if x * down < across * (down - y)]
        self.mean = kept[0]
        waves = np.array(kept[1:])
        self.scale = float(np.abs(waves).max())
        # below that it is rounding noise of an even channel
        self.waves = 0.5 + 0.5 / self.scale * waves if self.scale > 1e-9 else 0 * waves


def _cosines(count: int, length: int) -> Floats:
    """The first `count` cosine waves over `length` samples, one a row."""
    turns: Floats = np.outer(np.arange(count), np.arange(length) + 0.5) * (np.pi / length)
    return np.cos(turns)


def _packed(*fields: tuple[float, int]) -> int:
    """Rounded numbers (halves upwards) packed into bits, the first one lowest."""
    packed = shift = 0
    for value, bits in fields:
        packed |= min(max(int(value + 0.5), 0), (1 << bits) - 1) << shift
        shift += bits
    return packed

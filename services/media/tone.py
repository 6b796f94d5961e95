"""From wide and high-dynamic-range colours to sRGB, by arithmetic: for pictures that state how they are
coded (ITU-T H.273 code points in HEIF, AVIF and video) instead of carrying an ICC profile.

High dynamic range is brought down as a viewer of a bright living room expects: what is darker than
reference white (203 cd/m2, ITU-R BT.2408) keeps its tone, highlights are rolled off smoothly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

PQ, HLG = 16, 18
"""TransferCharacteristics of SMPTE ST 2084 and of hybrid log-gamma (ITU-T H.273, table 3)."""
ADOBE = -1
"""A transfer that H.273 does not number: the plain gamma of Adobe RGB (1998)."""

REFERENCE_WHITE = 203.0
HLG_PEAK = 1000.0
KNEE = 0.6
"""Above this share of reference white tones are rolled off."""

D65 = (0.3127, 0.3290)
# x and y of red, green and blue, by ColourPrimaries (ITU-T H.273, table 2)
PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),  # BT.709, sRGB
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    ADOBE: ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060)),
}
SRGB_PRIMARIES = 1


@dataclass(frozen=True, slots=True)
class Coding:
    """How colours are coded: ColourPrimaries and TransferCharacteristics of ITU-T H.273."""

    primaries: int
    transfer: int

    @property
    def is_hdr(self) -> bool:
        """Whether tones go beyond what a usual screen shows."""
        return self.transfer in (PQ, HLG)

    @property
    def is_foreign(self) -> bool:
        """Whether `to_srgb` would change anything."""
        return self.is_hdr or (self.primaries in PRIMARIES and self.primaries != SRGB_PRIMARIES)


ADOBE_RGB = Coding(ADOBE, ADOBE)


def to_srgb(signal: Floats, coding: Coding) -> Image.Image:
    """An sRGB picture of an RGB signal between 0 and 1."""
    linear = _linear(signal, coding.transfer) @ _gamut(coding.primaries).T
    if coding.is_hdr:
        linear = _rolled_off(np.maximum(linear, 0))
    return Image.fromarray((_encoded(linear) * 255 + 0.5).astype(np.uint8))


def _linear(signal: Floats, transfer: int) -> Floats:
    """Light, 1 being (reference) white. Transfers of standard range are shown as if they were sRGB."""
    if transfer == PQ:
        return _pq(signal) / REFERENCE_WHITE
    if transfer == HLG:
        return _hlg(signal) / REFERENCE_WHITE
    if transfer == ADOBE:
        return signal ** np.float32(563 / 256)
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _pq(signal: Floats) -> Floats:
    """cd/m2 of a perceptual quantizer signal (ITU-R BT.2100, table 4)."""
    power = signal ** np.float32(32 / 2523)
    c1, c2, c3 = 107 / 128, 2413 / 128, 2392 / 128
    return 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** np.float32(8192 / 1305)


def _hlg(signal: Floats) -> Floats:
    """cd/m2 of a hybrid log-gamma signal on a display of 1000 cd/m2 (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal * signal / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
    return HLG_PEAK * scene * np.maximum(luminance, 1e-6)[..., None] ** np.float32(0.2)


def _rolled_off(linear: Floats) -> Floats:
    """Compress what is above the knee by the brightest component, so that hues stay."""
    peak = linear.max(axis=-1, keepdims=True)
    above = 1 - KNEE
    rolled = np.where(peak > KNEE, KNEE + above * (1 - np.exp((KNEE - peak) / above)), peak)
    return linear * (rolled / np.maximum(peak, 1e-6))


def _encoded(linear: Floats) -> Floats:
    """The sRGB signal of light (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** np.float32(1 / 2.4) - 0.055)


def _gamut(primaries: int) -> Floats:
    """The matrix from these primaries to those of sRGB; unknown primaries are taken for sRGB's."""
    source = _to_xyz(PRIMARIES.get(primaries, PRIMARIES[SRGB_PRIMARIES]))
    return (np.linalg.inv(_to_xyz(PRIMARIES[SRGB_PRIMARIES])) @ source).astype(np.float32)


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The matrix from linear RGB with these primaries and white D65 to CIE XYZ."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1.0, (1 - D65[0] - D65[1]) / D65[1]])
    return columns * np.linalg.solve(columns, white)

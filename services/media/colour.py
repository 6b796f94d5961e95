"""Colours of a decoded picture: everything becomes opaque 8-bit sRGB here, and only here.

Renditions drop the gamut outside sRGB and the gain map of an HDR photo; the original keeps them.
"""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

from . import tone

DARK, LIGHT = (32, 32, 32), (255, 255, 255)
"""Backgrounds of transparent pictures: light, unless what is to be seen is nearly white itself."""
NEARLY_WHITE = 225


@functools.cache
def srgb_profile() -> bytes:
    """The ICC profile that goes into renditions, always the same bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes.fromhex("07d000010001000000000000")  # its date: else the moment of making
    data[84:100] = bytes(16)  # its id: a hash over that date
    return bytes(data)


def eight_bit(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled and converted: L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled(image)
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in ("P", "PA", "RGBa") or image.has_transparency_data:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK", "LAB") else image.convert("RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """Grey of 8 bits from 16, 32 or floating-point ones, by their usual range, else by what occurs."""
    values = np.asarray(image)
    top = float(values.max(initial=0))
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    white = next(
        (usual for usual in (1.0 if image.mode == "F" else 255.0, 255.0, 65535.0) if top <= usual), top
    )
    with np.errstate(invalid="ignore"):
        grey = np.nan_to_num(values.astype(np.float32) * (255 / white))
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def to_srgb(image: Image.Image, icc: bytes | None, coding: tone.Coding | None = None) -> Image.Image:
    """Opaque sRGB from a picture of one of `eight_bit`'s modes, by its ICC profile or else by its coding."""
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    base = image.convert(image.mode[:-1]) if alpha else image
    converted = _by_profile(base, icc) if icc else None
    if converted is None and base.mode == "LAB":
        converted = _transform(_lab_profile(), "LAB").apply(base)
    if converted is None:
        converted = base.convert("RGB")
        if coding is not None and coding.is_foreign and base.mode == "RGB":
            converted = tone.to_srgb(np.asarray(converted, dtype=np.float32) / np.float32(255), coding)
    return _on_background(converted, alpha) if alpha else converted


def _by_profile(image: Image.Image, icc: bytes) -> Image.Image | None:
    """The picture through its profile; None when the profile is broken or of another kind of colours."""
    try:
        mode = _mode_of(icc)
        if image.mode == "L" and mode == "RGB":
            image = image.convert("RGB")
        return _transform(icc, image.mode).apply(image) if image.mode == mode else None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _mode_of(icc: bytes) -> str | None:
    """The mode of pictures that a profile describes, from its header (ICC.1:2022, 7.2.8)."""
    return {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK", b"Lab ": "LAB"}.get(icc[16:20])


@functools.lru_cache(maxsize=16)
def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    """The transform to sRGB; cached, because a household's cameras are few."""
    return ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
    )


@functools.cache
def _lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _on_background(image: Image.Image, alpha: Image.Image) -> Image.Image:
    seen = np.asarray(alpha, dtype=np.float32)
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    pale = seen.min() < 128 and float((grey * seen).sum()) > NEARLY_WHITE * float(seen.sum())
    background = Image.new("RGB", image.size, DARK if pale else LIGHT)
    background.paste(image, mask=alpha)
    return background

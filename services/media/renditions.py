"""The recipe of renditions: how a picture becomes the small file that pages and televisions show, here and only here.

Raise `types.RECIPE`, or `television.RECIPE`, with any change that alters pixels or quality.
"""

import io

from PIL import Image

from .colour import srgb_profile
from .sizes import Size, framed
from .television import MOST_BYTES, Profile
from .types import GRID, Rendition

GRID_QUALITY, GRID_METHOD = 75, 2
"""WebP; method 4 takes twice the time of 2 for 8 % fewer bytes."""
VIEW_QUALITY = 80
LESSER_QUALITIES = (75, 65, 50, 35, 20, 10, 5)
"""Tried one after the other where a picture for televisions would be too large: noise, mostly."""


def encode(image: Image.Image, size: int) -> Rendition:
    """Encode upright sRGB pixels: WebP for the grid, JPEG for larger sizes."""
    out = io.BytesIO()
    image = image.copy()
    image.info = {}  # else writers carry comments of the original along
    if size == GRID:
        mime = "image/webp"
        image.save(out, "WEBP", quality=GRID_QUALITY, method=GRID_METHOD, icc_profile=srgb_profile())
    else:
        mime = "image/jpeg"
        image.save(out, "JPEG", quality=VIEW_QUALITY, icc_profile=srgb_profile())
    return Rendition(out.getvalue(), mime, image.width, image.height)


def encode_for_television(image: Image.Image, profile: Profile, original: Size | None = None) -> Rendition:
    """Encode upright sRGB pixels as every television reads them, within the profile's frame and MOST_BYTES.

    A baseline JPEG in 4:2:0 with the standard Huffman tables and nothing but pixels inside: without a profile
    it counts as sRGB, which it is. Of a rendition, whose sides were rounded before, it gets the very size that is
    foreseen of the `original`.
    """
    size = framed(*image.size, profile.frame)
    if original is not None:
        foreseen = profile.size_of(*original)
        near = all(abs(a - b) <= 1 for a, b in zip(size, foreseen, strict=True))
        size = foreseen if near else size
    plain = image.copy() if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
    plain.info = {}
    data = b""
    for quality in (profile.quality, *LESSER_QUALITIES):
        out = io.BytesIO()
        plain.save(out, "JPEG", quality=quality, subsampling="4:2:0", optimize=False, progressive=False)
        data = out.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return Rendition(data, "image/jpeg", *size)

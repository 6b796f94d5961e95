"""RAW photos: the preview that the camera embedded; only where that is too small, a quick development.

Never through Pillow's TIFF reader: it opens DNG and NEF, without a warning, as the tiny picture of their
first directory.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import rawpy
from PIL import Image

from services.errors import DecoderRefused

from .formats.blocks import FormatError
from .formats.jpeg import read_blocks
from .images import Picture, Unreadable, load_picture, upright
from .sizes import fitted

FLIPS = {3: 3, 5: 8, 6: 6}
"""LibRaw's flips to EXIF orientations."""
DEVELOPING_BYTES = 8
"""What developing at half size needs for each pixel of the sensor, at least."""
JPEG_START = b"\xff\xd8\xff"
CANDIDATES = 64
"""How many beginnings of embedded JPEGs are looked at."""


@dataclass(frozen=True, slots=True)
class _Sensor:
    """Size of the sensor picture, not turned, and the EXIF orientation that turns it."""

    width: int
    height: int
    orientation: int

    def orientation_of(self, width: int, height: int) -> int:
        """The same for a preview of this size: some cameras turn the preview themselves.

        What the preview's own EXIF block says is not asked: LibRaw adds one to previews that have none.
        """
        turned = self.orientation >= 5 and (width > height) != (self.width > self.height)
        return 1 if turned else self.orientation

    def picture(self, image: Image.Image) -> Picture:
        """The upright `image`, with the size of the original."""
        size = (self.width, self.height) if self.orientation < 5 else (self.height, self.width)
        return Picture(image, *size)


def load_raw(file: BinaryIO, box: int, *, pixels: int, room: int) -> Picture:
    """The preview of a RAW file so that it fits a square of `box` pixels; raises as `load_picture` does."""
    file.seek(0)
    data = file.read(room + 1)
    if len(data) > room:
        raise DecoderRefused(f"a RAW file of more than {room >> 20} MiB does not fit the memory there is")
    picture = None
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            picture = _by_library(raw, box, pixels, room)
    except (DecoderRefused, MemoryError):
        raise
    except Exception:  # rawpy raises an own family, ValueError and more; the search below is left
        picture = None
    return picture or _by_search(data, box, pixels, room)


def _by_library(raw: Any, box: int, pixels: int, room: int) -> Picture | None:
    """What LibRaw finds as preview, or makes when that is less than half as large as wanted."""
    sizes = raw.sizes
    sensor = _Sensor(sizes.width, sizes.height, FLIPS.get(sizes.flip, 1))
    preview = _preview(raw, sensor, box, pixels, room)
    enough = min(box, sensor.width, sensor.height) // 2
    if preview is not None and max(preview.size) >= enough:
        return sensor.picture(preview)
    developed = _developed(raw, sensor, box, room)
    best = developed or preview
    return sensor.picture(best) if best else None


def _preview(raw: Any, sensor: _Sensor, box: int, pixels: int, room: int) -> Image.Image | None:
    try:
        thumb = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    if thumb.format != rawpy.ThumbFormat.JPEG:
        image = Image.fromarray(thumb.data).convert("RGB")
        orientation = sensor.orientation_of(*image.size)
        return upright(image.resize(fitted(*image.size, box), Image.Resampling.LANCZOS), orientation)
    return _decoded(bytes(thumb.data), sensor, box, pixels, room)


def _decoded(data: bytes, sensor: _Sensor, box: int, pixels: int, room: int) -> Image.Image | None:
    try:
        blocks = read_blocks(io.BytesIO(data))
        orientation = sensor.orientation_of(blocks.width or 0, blocks.height or 0)
        loaded = load_picture(
            io.BytesIO(data), "image/jpeg", box, pixels=pixels, room=room, orientation=orientation
        )
    except (FormatError, Unreadable):
        return None
    return loaded.image


def _developed(raw: Any, sensor: _Sensor, box: int, room: int) -> Image.Image | None:
    if sensor.width * sensor.height * DEVELOPING_BYTES > room:
        return None
    try:
        pixels = raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
    except rawpy.LibRawError:
        return None
    image = Image.fromarray(pixels)  # LibRaw has turned it
    return image.resize(fitted(*image.size, box), Image.Resampling.LANCZOS, reducing_gap=1.1)


def _by_search(data: bytes, box: int, pixels: int, room: int) -> Picture:
    """The largest JPEG anywhere in the file that can be decoded."""
    damaged = None
    for _, at in sorted(_jpegs(data), reverse=True):
        try:
            picture = load_picture(io.BytesIO(data[at:]), "image/jpeg", box, pixels=pixels, room=room)
        except Unreadable:
            continue
        if picture.damaged is None:
            return picture
        damaged = damaged or picture
    if damaged is None:
        raise Unreadable("this RAW file holds no preview that can be shown")
    return damaged


def _jpegs(data: bytes) -> Iterator[tuple[int, int]]:
    """Area and place of embedded JPEGs."""
    at = data.find(JPEG_START)
    for _ in range(CANDIDATES):
        if at < 0:
            return
        try:
            blocks = read_blocks(io.BytesIO(memoryview(data)[at : at + (1 << 20)]))
        except FormatError:
            blocks = None
        if blocks is not None and blocks.width and blocks.height:
            yield blocks.width * blocks.height, at
        at = data.find(JPEG_START, at + 1)

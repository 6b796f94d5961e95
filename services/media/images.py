"""Pictures: from the bytes of a photo to upright sRGB pixels of a wanted size, here and only here.

One decoder is tried, the one for the sniffed type, so none of Pillow's others (PostScript, PSD, FITS...) is
ever reached. JPEG is decoded at a reduced scale, HEIF by its embedded thumbnail where it has a fitting one.
"""

import contextlib
import importlib
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pillow_heif
from PIL import Image, ImageFile, JpegImagePlugin, UnidentifiedImageError

from services.errors import DecoderRefused, HypomosError

from . import colour
from .sizes import fitted
from .tone import ADOBE_RGB, Coding

FORMATS = {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
    "image/avif": ("AVIF",),
}
"""Pillow's names of the formats that are opened, by MIME type (JPEG stands for MPO too)."""

MAX_PIXELS = 256_000_000
"""Pillow refuses twice this on its own; phones make real pictures of 200 megapixels."""
GAP = 1.1
"""How much larger than wanted JPEG is decoded at least (Pillow's usual 2.0 doubles the work)."""
READ = 8 << 20
HEAD = 64 << 10
BYTES_A_PIXEL = {"L": 1, "P": 1, "1": 1, "I;16": 2, "I;16B": 2}
"""What Pillow keeps of a pixel; four bytes in every other mode."""
EXTRA_BYTES = {"HEIF": 4, "AVIF": 4, "WEBP": 4}
"""What a library needs besides, before it hands a pixel to Pillow; a low estimate."""

ORIENTATION, EXIF_IFD, INTEROP_IFD, COLOUR_SPACE, INTEROP_INDEX = 0x0112, 0x8769, 0xA005, 0xA001, 0x0001
Turn = Image.Transpose
# EXIF 2.32, 4.6.4: what has to be done to the stored pixels
TURNS = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_90,
}


OUR_FAULTS = (HypomosError, MemoryError, PermissionError)
"""What does not mean that a file is damaged; a PermissionError is an import that came too late."""


class Unreadable(HypomosError):
    """Raised when no pixel of a file can be shown; the message says why, for its owner."""


class _Undecodable(Unreadable):
    """Raised when the decoder of a picture fails; `cause` is what it says."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"this picture cannot be decoded: {cause}")
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Picture:
    """Upright sRGB pixels (mode RGB), with the upright size of the original in pixels.

    `damaged` says in words what is missing from the pixels, None when all could be decoded.
    """

    image: Image.Image
    width: int
    height: int
    damaged: str | None = None


def prepare() -> None:
    """Set Pillow up, once a process, before pictures are loaded."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # sizes are checked by `_require_room`
    Image.preinit()
    for name in ("Avif", "Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"):
        importlib.import_module(f"PIL.{name}ImagePlugin")
    pillow_heif.register_heif_opener(decode_threads=1, depth_images=False, aux_images=False)


def load_picture(
    file: BinaryIO, mime: str, box: int, *, pixels: int, room: int, orientation: int | None = None
) -> Picture:
    """Decode a photo so that it fits a square of `box` pixels; smaller ones keep their size.

    A file that ends too early gives what there is, the rest grey. `orientation` is used instead of what the
    file states. Raises DecoderRefused when the picture has more than `pixels` pixels or needs more than `room`
    bytes, Unreadable when nothing can be shown.
    """
    wanted = _Wanted(box, pixels, room, orientation)
    try:
        return _load(file, mime, wanted)
    except Unreadable as broken:
        with _truncated_allowed():
            picture = _load(file, mime, wanted)
        if picture.image.convert("L").getcolors(maxcolors=1):  # one colour all over: nothing was there
            raise
        cause = broken.cause if isinstance(broken, _Undecodable) else broken
        return Picture(picture.image, picture.width, picture.height, f"only partly readable: {cause}")


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as an EXIF orientation (1 to 8) says; others change nothing."""
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The arguments of `load_picture`."""

    box: int
    pixels: int
    room: int
    orientation: int | None


def _load(file: BinaryIO, mime: str, wanted: _Wanted) -> Picture:
    """One try; raises as `load_picture` does."""
    try:
        with _opened(file, mime) as source:
            size = source.size
            _require_pixels(size, wanted.pixels)
            image = _shrunk(source, wanted.box, wanted.room)
            orientation = wanted.orientation or _orientation(source)
            icc, coding = source.info.get("icc_profile"), _coding(source, file)
        image = upright(colour.to_srgb(image, icc, coding), orientation)
    except OUR_FAULTS:
        raise
    except Image.DecompressionBombError as error:
        raise DecoderRefused(
            f"more pixels than the limit of {wanted.pixels // 1_000_000} megapixels"
        ) from error
    except Exception as error:  # decoders raise anything on corrupt input, even IndexError and struct.error
        raise _unreadable(error) from error
    width, height = size if orientation < 5 else size[::-1]
    return Picture(image, width, height)


@contextlib.contextmanager
def _opened(file: BinaryIO, mime: str) -> Iterator[ImageFile.ImageFile]:
    formats = FORMATS.get(mime)
    if formats is None:
        raise Unreadable(f"there is no reader for {mime}")
    file.seek(0)
    with Image.open(file, formats=formats) as image:
        yield image


def _require_pixels(size: tuple[int, int], limit: int) -> None:
    if math.prod(size) > limit:
        raise DecoderRefused(
            f"{size[0]} x {size[1]} pixels are more than the limit of {limit // 1_000_000} megapixels"
        )


def _require_room(source: Image.Image, full_area: int, room: int) -> None:
    """Compare what decoding takes at least, by the header, with the memory left."""
    area = math.prod(source.size)
    needed = area * (BYTES_A_PIXEL.get(source.mode, 4) + EXTRA_BYTES.get(source.format or "", 0))
    if isinstance(source, JpegImagePlugin.JpegImageFile) and source.info.get("progressive"):
        needed += _coefficients(source, full_area)
    if needed > room:
        raise DecoderRefused(
            f"decoding {source.size[0]} x {source.size[1]} pixels takes {needed >> 20} MiB of memory,"
            f" more than the {max(room, 0) >> 20} MiB there are"
        )


def _coefficients(source: JpegImagePlugin.JpegImageFile, area: int) -> int:
    """Bytes of the coefficients of a progressive JPEG: all are kept, whatever the scale of the result."""
    samplings = [layer[1] * layer[2] for layer in source.layer]
    return 2 * area * sum(samplings) // max([1, *samplings])


def _shrunk(source: ImageFile.ImageFile, box: int, room: int) -> Image.Image:
    """The first frame in the wanted size and a mode of 8 bits, not yet turned."""
    full_area = math.prod(source.size)
    target = fitted(*source.size, box)
    extent: tuple[float, float, float, float] = (0, 0, *source.size)
    if target != source.size:
        gap = 1.0 if source.format == "HEIF" else GAP
        drafted = source.draft(None, (math.ceil(target[0] * gap), math.ceil(target[1] * gap)))
        extent = drafted[1] if drafted else extent
    _require_room(source, full_area, room)
    source.decodermaxblock = (
        READ  # in few pieces: at the end of each the JPEG decoder falls out of its stride
    )
    source.load()
    image = colour.eight_bit(source)
    if target == image.size:
        return image
    return _resized(image, target, extent)


def _resized(
    image: Image.Image, target: tuple[int, int], extent: tuple[float, float, float, float]
) -> Image.Image:
    """Scale with LANCZOS; with transparency in premultiplied colours, so that hidden ones do not bleed."""
    alpha = {"RGBA": "RGBa", "LA": "La"}.get(image.mode)
    if alpha and image.getchannel("A").getextrema() == (255, 255):
        image, alpha = image.convert(image.mode[:-1]), None
    mode = image.mode
    work = image.convert(alpha) if alpha else image
    work = work.resize(target, Image.Resampling.LANCZOS, box=extent, reducing_gap=GAP)
    return work.convert(mode) if alpha else work


def _orientation(source: ImageFile.ImageFile) -> int:
    """The EXIF orientation still to be applied, 1 when there is none.

    For HEIF and AVIF the container wins: pillow-heif has turned the pixels, Pillow's AVIF reader puts the
    container's turn into the EXIF block. Pillow has turned TIFF on loading.
    """
    if source.format in ("HEIF", "TIFF"):
        return 1
    value = _exif(source).get(ORIENTATION, 1)
    return value if isinstance(value, int) and value in TURNS else 1


def _exif(source: ImageFile.ImageFile) -> Image.Exif:
    """The EXIF block, empty when broken; not by `getexif`, which also takes an orientation from XMP."""
    exif = Image.Exif()
    with contextlib.suppress(Exception):  # corrupt blocks raise anything; such a picture is shown as stored
        exif.load(source.info.get("exif", b""))
    return exif


def _coding(source: ImageFile.ImageFile, file: BinaryIO) -> Coding | None:
    """How colours are coded where there is no ICC profile to say so."""
    if source.format == "HEIF":
        nclx = source.info.get("nclx_profile") or {}
        return Coding(int(nclx.get("color_primaries", 1)), int(nclx.get("transfer_characteristics", 13)))
    if source.format == "AVIF":
        return _nclx(file)
    if source.format in ("JPEG", "MPO"):
        return ADOBE_RGB if _is_adobe_rgb(_exif(source)) else None
    return None


def _nclx(file: BinaryIO) -> Coding | None:
    """The first `colr` box of type `nclx` (ISO/IEC 14496-12, 12.1.5) near the start of the file."""
    file.seek(0)
    _, found, after = file.read(HEAD).partition(b"colrnclx")
    if not found or len(after) < 4:
        return None
    return Coding(int.from_bytes(after[:2], "big"), int.from_bytes(after[2:4], "big"))


def _is_adobe_rgb(exif: Image.Exif) -> bool:
    """Cameras mark Adobe RGB by interoperability index R03 (DCF 2.0), without a profile."""
    try:
        uncalibrated = exif.get_ifd(EXIF_IFD).get(COLOUR_SPACE) == 0xFFFF
        return uncalibrated and str(exif.get_ifd(INTEROP_IFD).get(INTEROP_INDEX, "")).startswith("R03")
    except Exception:  # as in `_exif`
        return False


@contextlib.contextmanager
def _truncated_allowed() -> Iterator[None]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _unreadable(error: Exception) -> Unreadable:
    if isinstance(error, UnidentifiedImageError):
        return Unreadable("this is not a whole picture of its kind")
    lines = str(error).splitlines()
    return _Undecodable(lines[0][:200] if lines else type(error).__name__)

"""Pictures, profiles and films that the tests of pixels make themselves."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pillow_heif
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from services.media.images import Picture, load_picture, prepare

Turn = Image.Transpose
STORED_FOR = {
    1: None,
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_270,
}
"""How an upright picture is turned before it is stored with an orientation."""

CORNERS = ((200, 30, 30), (30, 180, 30), (30, 30, 200), (230, 220, 40))
"""Top left, top right, bottom left, bottom right of `quadrants`."""
MIB = 1 << 20
MIMES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff", "WEBP": "image/webp", "GIF": "image/gif",
    "AVIF": "image/avif", "HEIF": "image/heic", "BMP": "image/bmp",
}  # fmt: skip


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    """A picture that looks different in each orientation."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(CORNERS):
        place = (number % 2 * width // 2, number // 2 * height // 2)
        image.paste(colour, (*place, place[0] + width // 2, place[1] + height // 2))
    return image


def scene(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """A smooth random picture, as photos are."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def detailed(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """A scene with fine structure, which blurring takes away."""
    grain = np.random.default_rng(seed).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    return Image.blend(
        scene(width, height, seed),
        Image.fromarray(grain).resize((width, height), Image.Resampling.NEAREST),
        0.2,
    )


def corners_of(image: Image.Image) -> tuple[tuple[int, ...], ...]:
    """The colours in the middle of the four quarters."""
    width, height = image.size
    places = ((1, 1), (3, 1), (1, 3), (3, 3))
    return tuple(image.getpixel((x * width // 4, y * height // 4)) for x, y in places)  # type: ignore[misc]  # RGB


def is_upright(image: Image.Image) -> bool:
    """Whether the quarters of `quadrants` are where they belong, but for losses of coding."""
    pairs = zip(corners_of(image), CORNERS, strict=True)
    return all(abs(a - b) < 40 for got, wanted in pairs for a, b in zip(got, wanted, strict=True))


def stored(image: Image.Image, kind: str, orientation: int = 1, **options: Any) -> bytes:
    """The bytes of a file that shows `image` upright when its orientation is followed."""
    turn = STORED_FOR[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    prepare()
    image = image.transpose(turn) if turn is not None else image.copy()
    if kind == "HEIF":  # its writer makes boxes of the orientation only when it comes from here
        image.info["exif"] = exif.tobytes()
        return saved(image, kind, **options)
    return saved(image, kind, exif=exif, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """What Pillow writes."""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def load(data: bytes, kind: str, box: int = 320, room: int = 512 * MIB, **more: Any) -> Picture:
    """`load_picture` with limits that do not matter."""
    prepare()
    return load_picture(io.BytesIO(data), MIMES[kind], box, pixels=512_000_000, room=room, **more)


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, idat: bytes = b"") -> bytes:
    """A PNG that announces a size (ISO/IEC 15948), with whatever data is given."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", idat or zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def retagged(data: bytes, orientation: int, old_tag: int = 0x0112) -> bytes:
    """The file with an EXIF entry of value 1 made into one of orientation, and nothing else changed."""
    for order in ("<", ">"):
        old = struct.pack(order + "HHIH", old_tag, 3, 1, 1)
        if old in data:
            return data.replace(old, struct.pack(order + "HHIH", 0x0112, 3, 1, orientation))
    raise AssertionError("nothing to overwrite")


# --- colours -----------------------------------------------------------------------------------------------

SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060))
PROPHOTO_LIKE = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
D65 = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D50_XYZ = np.array([0.9642, 1.0, 0.8249])

Floats = NDArray[np.float64]


def to_xyz(primaries: tuple[tuple[float, float], ...]) -> Floats:
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1, (1 - D65[0] - D65[1]) / D65[1]])
    scaled: Floats = columns * np.linalg.solve(columns, white)
    return scaled


def srgb_decoded(signal: Floats) -> Floats:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def srgb_encoded(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def signal_in(primaries: tuple[tuple[float, float], ...], srgb: Floats, gamma: float | None) -> Floats:
    """The signal that shows sRGB colours (0 to 1) in other primaries; gamma None is sRGB's curve."""
    light = srgb_decoded(srgb) @ (np.linalg.inv(to_xyz(primaries)) @ to_xyz(SRGB)).T
    return srgb_encoded(light) if gamma is None else np.clip(light, 0, 1) ** (1 / gamma)


def lab(srgb: Floats) -> Floats:
    xyz = srgb_decoded(srgb) @ to_xyz(SRGB).T / (to_xyz(SRGB) @ np.ones(3))
    curve = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e(one: Floats, other: Floats) -> float:
    """The largest CIE 1976 difference of two sets of sRGB colours (0 to 1)."""
    return float(np.linalg.norm(lab(one) - lab(other), axis=-1).max())


def icc_profile(primaries: tuple[tuple[float, float], ...] | None, gamma: float | None) -> bytes:
    """A display profile (ICC.1:2022, matrix and curves); of grey when there are no primaries."""

    def xyz(values: Floats) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def text(words: str) -> bytes:
        data = words.encode("utf-16-be")
        return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(data), 28) + data

    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045) if gamma is None else (gamma,)
    curve = b"para" + struct.pack(">IHH", 0, 3 if gamma is None else 0, 0)
    curve += b"".join(struct.pack(">i", round(value * 65536)) for value in numbers)
    tags = {b"desc": text("test"), b"cprt": text("none"), b"wtpt": xyz(D50_XYZ)}
    if primaries is None:
        tags[b"kTRC"] = curve
    else:
        native = to_xyz(primaries)
        cones = BRADFORD @ np.stack([native.sum(axis=1), D50_XYZ], axis=1)
        adapted = np.linalg.inv(BRADFORD) @ np.diag(cones[:, 1] / cones[:, 0]) @ BRADFORD @ native
        tags |= {name + b"XYZ": xyz(adapted[:, n]) for n, name in enumerate((b"r", b"g", b"b"))}
        tags |= {name + b"TRC": curve for name in (b"r", b"g", b"b")}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = bytearray(128)
    header[8:12] = b"\x04\x40\0\0"
    header[12:24] = b"mntr" + (b"GRAY" if primaries is None else b"RGB ") + b"XYZ "
    header[36:40] = b"acsp"
    header[68:80] = xyz(D50_XYZ)[8:]
    header[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(header) + table + body


# --- films -------------------------------------------------------------------------------------------------


def film(
    path: Path,
    frames: int = 20,
    *,
    size: tuple[int, int] = (96, 64),
    codec: Literal["libx264", "mjpeg"] = "libx264",
    still: Image.Image | None = None,
    black: int = 0,
    gop: int = 5,
    options: dict[str, str] | None = None,
) -> bytes:
    """A film of `quadrants`; its first `black` frames are black."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = gop
        for number in range(frames):
            image = Image.new("RGB", size) if number < black else still or quadrants(*size)
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.asarray(image))):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path.read_bytes()


def with_matrix(data: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The MP4 with a display matrix (a, b, c, d) in its first track header (ISO/IEC 14496-12, 8.3.2)."""
    at = data.index(b"tkhd") + 4
    assert data[at] == 0, "version 0"
    place = at + 40
    a, b, c, d = (value * 65536 for value in matrix)
    rows = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return data[:place] + rows + data[place + 36 :]


MATRICES = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip


# --- RAW ---------------------------------------------------------------------------------------------------


def dng(preview: bytes | None, *, width: int = 640, height: int = 480, orientation: int = 1) -> bytes:
    """A DNG (1.4) as cameras build it: a tiny RGB picture first, the sensor and a JPEG preview below it."""
    tiny = bytes((90, 90, 90)) * (16 * 12)
    sensor = b"".join(struct.pack("<H", 200 + (x * 3) % 800) for _ in range(height) for x in range(width))
    parts = [tiny, sensor] + ([preview] if preview else [])
    places, body = [], b""
    for part in parts:
        places.append(8 + len(body))
        body += part + b"\0" * (len(part) % 2)
    short, long_, byte, ascii_, rational = 3, 4, 1, 2, 10
    first = {
        254: (long_, (1,)), 256: (long_, (16,)), 257: (long_, (12,)), 258: (short, (8, 8, 8)),
        259: (short, (1,)), 262: (short, (2,)), 271: (ascii_, b"Maker\0"), 272: (ascii_, b"Model\0"),
        273: (long_, (places[0],)), 274: (short, (orientation,)), 277: (short, (3,)), 278: (long_, (12,)),
        279: (long_, (len(tiny),)), 330: (long_, ()), 50706: (byte, (1, 4, 0, 0)),
        50708: (ascii_, b"Maker Model\0"), 50778: (short, (21,)),
        50721: (rational, tuple(n for v in (1, 0, 0, 0, 1, 0, 0, 0, 1) for n in (v, 1))),
        50728: (5, (1, 1, 1, 1, 1, 1)),
    }  # fmt: skip
    subs = [{
        254: (long_, (0,)), 256: (long_, (width,)), 257: (long_, (height,)), 258: (short, (16,)),
        259: (short, (1,)), 262: (short, (32803,)), 273: (long_, (places[1],)), 277: (short, (1,)),
        278: (long_, (height,)), 279: (long_, (len(sensor),)), 33421: (short, (2, 2)),
        33422: (byte, (0, 1, 1, 2)), 50714: (long_, (100,)), 50717: (long_, (1023,)),
    }]  # fmt: skip
    if preview:
        with Image.open(io.BytesIO(preview)) as shown:
            size = shown.size
        subs.append({
            254: (long_, (1,)), 256: (long_, (size[0],)), 257: (long_, (size[1],)), 258: (short, (8, 8, 8)),
            259: (short, (7,)), 262: (short, (6,)), 273: (long_, (places[2],)), 277: (short, (3,)),
            278: (long_, (size[1],)), 279: (long_, (len(preview),)),
        })  # fmt: skip
    return _tiff_file(body, first, subs)


def _tiff_file(body: bytes, first: dict[int, Any], subs: list[dict[int, Any]]) -> bytes:
    formats = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 10: "ii"}

    def directory(entries: dict[int, Any], at: int) -> bytes:
        table, extra = struct.pack("<H", len(entries)), b""
        beyond = at + 2 + 12 * len(entries) + 4
        for tag, (kind, values) in sorted(entries.items()):
            if kind == 2:
                data, count = values, len(values)
            else:
                count = len(values) // len(formats[kind])
                data = struct.pack(f"<{len(values)}{formats[kind][0]}", *values)
            if len(data) > 4:
                place = struct.pack("<I", beyond + len(extra))
                extra += data + b"\0" * (len(data) % 2)
            else:
                place = data.ljust(4, b"\0")
            table += struct.pack("<HHI", tag, kind, count) + place
        return table + struct.pack("<I", 0) + extra

    at = 8 + len(body)
    places, written = [], b""
    for entries in subs:
        places.append(at + len(written))
        written += directory(entries, places[-1])
    first = first | {330: (4, tuple(places))}
    start = at + len(written)
    return struct.pack("<2sHI", b"II", 42, start) + body + written + directory(first, start)

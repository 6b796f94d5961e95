"""Files that the tests of metadata make themselves: nothing here comes from anybody's camera."""

import io
import struct
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image

from services.media.metadata import read_metadata
from services.media.types import Hints, Metadata

XMP_OPEN = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
XMP_CLOSE = "</rdf:RDF></x:xmpmeta>"
XMP_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "Container": "http://ns.google.com/photos/1.0/container/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
}


def xmp(attributes: Mapping[str, str] | None = None, inside: str = "") -> bytes:
    """A packet with simple properties as attributes and anything else as elements."""
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in XMP_SPACES.items())
    simple = " ".join(f'{name}="{value}"' for name, value in (attributes or {}).items())
    return f"{XMP_OPEN}<rdf:Description {spaces} {simple}>{inside}</rdf:Description>{XMP_CLOSE}".encode()


def bag(name: str, *words: str) -> str:
    """A property with a list."""
    entries = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<{name}><rdf:Bag>{entries}</rdf:Bag></{name}>"


def exif(
    image: Mapping[int, Any] | None = None,
    inner: Mapping[int, Any] | None = None,
    gps: Mapping[int, Any] | None = None,
) -> bytes:
    """An EXIF block as Pillow writes it, from its TIFF header on."""
    block = Image.Exif()
    for tag, value in (image or {}).items():
        block[tag] = value
    for tag, value in (inner or {}).items():
        block.get_ifd(0x8769)[tag] = value
    for tag, value in (gps or {}).items():
        block.get_ifd(0x8825)[tag] = value
    return block.tobytes()[6:]


def position(lat: float = 47.5, lon: float = 11.25, lat_ref: str = "N", lon_ref: str = "E") -> dict[int, Any]:
    """A GPS directory."""
    return {1: lat_ref, 2: (lat, 0.0, 0.0), 3: lon_ref, 4: (lon, 0.0, 0.0)}


def picture(size: tuple[int, int] = (40, 30)) -> Image.Image:
    """Something with shapes in it."""
    image = Image.new("RGB", size, (40, 90, 160))
    image.paste((230, 190, 60), (0, 0, max(size[0] // 2, 1), max(size[1] // 2, 1)))
    return image


def photo(format: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A still picture by Pillow; `exif` is given from its TIFF header on."""
    if "exif" in options:
        options["exif"] = b"Exif\0\0" + options["exif"]
    out = io.BytesIO()
    picture(size).save(out, format, **options)
    return out.getvalue()


def animation(format: str, frames: int = 3, milliseconds: int = 200) -> bytes:
    """An animated picture by Pillow."""
    images = [Image.new("RGB", (20, 10), (60 * index, 20, 90)) for index in range(frames)]
    out = io.BytesIO()
    images[0].save(out, format, save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
    return out.getvalue()


def heic(size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A HEIC by pillow-heif; `exif` is given from its TIFF header on."""
    if "exif" in options:
        options["exif"] = b"Exif\0\0" + options["exif"]
    out = io.BytesIO()
    pillow_heif.from_pillow(picture(size)).save(out, quality=50, **options)
    return out.getvalue()


def insert_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """A JPEG with one more segment right after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + jpeg[2:]


def iptc(*datasets: tuple[int, bytes]) -> bytes:
    """An IPTC block of record 2."""
    return b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(data)) + data for number, data in datasets)


def photoshop(block: bytes) -> bytes:
    """The APP13 data around an IPTC block."""
    padding = b"\0" * (len(block) & 1)
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + padding


def apple_note(texts: Mapping[int, str], order: str = ">") -> bytes:
    """A maker note as iPhones write it: offsets count from the start of the note."""
    start = b"Apple iOS\0\0\1" + (b"MM" if order == ">" else b"II") + struct.pack(order + "H", len(texts))
    entries, data = b"", b""
    base = 16 + 12 * len(texts) + 4
    for tag, text in texts.items():
        value = text.encode() + b"\0"
        entries += struct.pack(order + "HHII", tag, 2, len(value), base + len(data))
        data += value
    return start + entries + b"\0\0\0\0" + data


def box(kind: bytes, *parts: bytes) -> bytes:
    """An ISO base media box."""
    data = b"".join(parts)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def film(
    format: str = "mp4",
    codec: str = "mpeg4",
    seconds: float = 1.0,
    tags: Mapping[str, str] | None = None,
    rotation: float | None = None,
    options: Mapping[str, str] | None = None,
    size: tuple[int, int] = (64, 48),
    transfer: int | None = None,
    voice: str | None = None,
) -> bytes:
    """A short video by PyAV; `rotation` in degrees clockwise. Its index can be moved to the front by `options`.

    `voice` is the codec of its sound track, if it is to have one.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(path, "w", format=format, options=dict(options or {})) as container:
            container.metadata.update(tags or {})
            stream: Any = container.add_stream(codec, rate=10)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            if transfer is not None:
                stream.codec_context.color_trc = transfer
            if rotation is not None:
                stream.set_display_rotation(-rotation)
            track: Any = None if voice is None else container.add_stream(voice, rate=48000, layout="mono")
            for index in range(round(seconds * 10)):
                pixels = np.full((size[1], size[0], 3), (index * 9) % 255, dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode(None))
            if track is not None:
                _hum(container, track)
        return path.read_bytes()


def _hum(container: Any, stream: Any) -> None:
    """One second of a tone, as a track encodes it."""
    tone = (np.sin(np.arange(48000) / 20) * 8000).astype(np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
    frame.sample_rate = 48000
    frame.time_base = Fraction(1, 48000)
    frame.pts = 0
    context = stream.codec_context
    resampler = av.AudioResampler(context.format.name, "mono", 48000, frame_size=context.frame_size or 0)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def sound(
    format: str, codec: str, tags: Mapping[str, str] | None = None, options: Mapping[str, str] | None = None
) -> bytes:
    """One second of a tone by PyAV."""
    out = io.BytesIO()
    with av.open(out, "w", format=format, options=dict(options or {})) as container:
        container.metadata.update(tags or {})
        stream: Any = container.add_stream(codec, rate=48000)
        stream.layout = "mono"
        _hum(container, stream)
    return out.getvalue()


def read(data: bytes, name: str = "file", **hints: Any) -> Metadata:
    """The metadata of bytes as if a scan had found them under this name."""
    return read_metadata(io.BytesIO(data), Hints(name=name, size=len(data), **hints), data[:65536])

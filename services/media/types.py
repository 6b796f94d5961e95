"""What a reader of media bytes reports: plain frozen data, and nothing that imports a decoder.

The service process handles these values without ever loading Pillow, numpy or PyAV; only the
decoder child (`services.media.decoder`) fills them in. `to_json` and `from_json` carry them
between the two over a socket.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Kind = Literal["photo", "video", "audio", "other"]

RECIPE = 1
"""Version of the rendition recipe: part of every rendition's key, raised when pixels would differ."""

GRID = 320
VIEW = 1600


@dataclass(frozen=True, slots=True)
class Hints:
    """What the catalogue knows of a file before it is read.

    `name` is the shown name (NFC), `folder` the shown path of its folder in the storage, `mtime_ns` the
    storage's time in nanoseconds since the epoch (None when it has none), `first_seen_ns` when a scan first
    saw the file, `zone` the owner's IANA time zone, `sidecar` the raw bytes of an XMP sidecar, `takeout` of
    a Takeout JSON.
    """

    name: str
    folder: str = ""
    size: int = 0
    mtime_ns: int | None = None
    first_seen_ns: int | None = None
    zone: str | None = None
    sidecar: bytes | None = None
    takeout: bytes | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """When something was taken.

    `local` is the wall clock as ISO 8601 without offset (`2026-07-01T14:33:39.250`), `offset` minutes
    east of UTC, `utc` the instant as ISO 8601 with `Z`; each None when unknown. `source` names the
    field the date came from, `offset_source` the one the offset came from (`position` for the zone of the
    place, `guessed` for the owner's), `precision` is `subsecond`, `second` or `day`. `suspect` marks a
    date before 1826 or later than a day from now.
    """

    local: str | None = None
    offset: int | None = None
    utc: str | None = None
    source: str = "unknown"
    offset_source: str | None = None
    precision: str = "second"
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about itself; strings are trimmed and cut at the first NUL.

    `width` and `height` are upright, in pixels (after rotation); `orientation` is the EXIF tag as
    written; `rotation` the container's, in degrees clockwise; `audio` whether a video has a sound track. `keywords`
    are in file order without duplicates. `live_id` pairs the two halves of a Live Photo, `burst_id` a camera burst.
    `motion` is (offset, length) of a video inside the picture file. `iso`, `f` (the f-number), `mm` (the focal length
    as it is), `exposure` (seconds) and `flash` (it fired) are the camera's settings. `altitude_m` is negative below the
    sea. `faces` counts the face regions that somebody marked, `people` are the names at them. `sources`
    tells for each field name where the value came from. `problems` are readers' complaints in words, for
    the owner.
    """

    kind: Kind
    mime: str
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    rotation: int | None = None
    duration_s: float | None = None
    fps: float | None = None
    codec: str | None = None
    audio: bool | None = None
    taken: Taken = Taken()
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    iso: int | None = None
    f: float | None = None
    mm: float | None = None
    exposure: float | None = None
    flash: bool | None = None
    lat: float | None = None
    lon: float | None = None
    altitude_m: float | None = None
    rating: int | None = None
    title: str | None = None
    artist: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    live_id: str | None = None
    burst_id: str | None = None
    motion: tuple[int, int] | None = None
    animated: bool = False
    panorama: bool = False
    hdr: bool = False
    faces: int = 0
    people: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Perceptual fingerprints of the upright picture.

    `phash64` and `phash256` are hexadecimal in imagehash's format, `thumbhash` base64, `colour` the
    average as `rrggbb`; `sharpness` tells the sharpest of like pictures, 0 where nothing is sharp.
    """

    phash64: str
    phash256: str
    thumbhash: str
    colour: str
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One full pass over a file: hashes (hexadecimal), metadata, fingerprints and the grid rendition.

    `scan_hash` is the SHA-256 of a JPEG without APPn and COM segments, None for other formats.
    `damaged` says in words what is wrong with the pixels, None when all decoded. `rendition` is a
    WebP of at most 320 px, None when there is nothing to show. `hashes` are those of providers by name
    (`services.media.provider_hashes`), empty when nobody wanted them.
    """

    sha256: str
    size: int
    scan_hash: str | None
    metadata: Metadata
    fingerprints: Fingerprints | None
    rendition: bytes | None
    damaged: str | None = None
    hashes: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The reading as JSON data, without the rendition's bytes."""
        data = dataclasses.asdict(self)
        del data["rendition"]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any], rendition: bytes | None) -> Self:
        """The reverse of `to_json`."""
        prints = data["fingerprints"]
        return cls(
            sha256=data["sha256"],
            size=data["size"],
            scan_hash=data["scan_hash"],
            metadata=metadata_from_json(data["metadata"]),
            fingerprints=None if prints is None else Fingerprints(**prints),
            rendition=rendition,
            damaged=data["damaged"],
            hashes={str(kind): str(value) for kind, value in data["hashes"].items()},
        )


@dataclass(frozen=True, slots=True)
class Glance:
    """What a few ranges of a file told: its metadata; of a long video its poster and that one's fingerprints."""

    metadata: Metadata
    rendition: bytes | None = None
    fingerprints: Fingerprints | None = None


@dataclass(frozen=True, slots=True)
class Hashes:
    """The content hashes of a file that was read for nothing else, as in `Reading`."""

    sha256: str
    size: int
    hashes: dict[str, str]


def metadata_from_json(data: dict[str, Any]) -> Metadata:
    """Metadata from what `dataclasses.asdict` and JSON made of it."""
    meta = dict(data)
    meta["taken"] = Taken(**meta["taken"])
    for name in ("keywords", "people", "problems"):
        meta[name] = tuple(meta[name])
    if meta["motion"] is not None:
        meta["motion"] = (int(meta["motion"][0]), int(meta["motion"][1]))
    return Metadata(**meta)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A derived preview: encoded bytes, their MIME type and size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int

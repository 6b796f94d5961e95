"""Everything that a media file says about itself, from all readers, weighed field by field.

A corrupt file never raises here: what a reader fails on becomes a problem in words, and the others go on.
Runs in the decoder child only: exifread, Pillow and PyAV are imported.
"""

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO, ParamSpec, TypeVar

from . import apple, namedates
from .containers import read_container
from .dates import Rank, Stated, modified, resolve
from .exif import Tags, by_pillow, map_tags, read_exif
from .facts import Facts
from .formats import bmp, gif, heif, jpeg, png, raw, tiff, webp
from .formats.blocks import Blocks, FormatError
from .formats.isobmff import file_size
from .iptc import read_iptc
from .motion import find_motion
from .places import zone_of
from .sniff import Sniffed, sniff
from .subtitles import MOST_BYTES, SUBRIP, mime_of
from .takeout import read_takeout
from .types import Hints, Metadata, Taken
from .xmp import read_xmp

P = ParamSpec("P")
T = TypeVar("T")

WALKERS: dict[str, Callable[[BinaryIO], Blocks]] = {
    "image/jpeg": jpeg.read_blocks,
    "image/png": png.read_blocks,
    "image/webp": webp.read_blocks,
    "image/gif": gif.read_blocks,
    "image/bmp": bmp.read_blocks,
    "image/heic": heif.read_blocks,
    "image/heif": heif.read_blocks,
    "image/avif": heif.read_blocks,
    "image/x-fujifilm-raf": raw.read_raf,
    "image/x-canon-cr3": raw.read_cr3,
}
"""All others are TIFF, among them most RAW formats."""

WORDS = frozenset({"rating", "title", "description", "keywords", "people"})
"""Fields that people write: XMP and IPTC come before EXIF, which cameras fill (MWG guidelines 2.0)."""
PERSON_FIRST = ("sidecar", "XMP", "IPTC", "container", "EXIF", "Takeout")
CAMERA_FIRST = ("sidecar", "header", "EXIF", "maker note", "container", "XMP", "IPTC", "Takeout")
OF_THE_PIXELS = frozenset({"orientation", "width", "height"})
"""What a sidecar cannot change: it describes the stored pixels."""


class Collector:
    """Calls readers, keeps their facts and turns whatever they raise into a problem."""

    def __init__(self) -> None:
        self.facts: list[Facts] = []
        self.problems: list[str] = []

    def attempt(self, what: str, reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What the reader returns, None when it raises anything."""
        try:
            return reader(*args, **kwargs)
        except FormatError as error:
            self.problems.append(f"{what}: {error}")
        except Exception as error:  # parsers of others raise AssertionError, IndexError, EOFError, ...
            told = error.strerror if isinstance(error, OSError) else error  # its text would hold a file name
            self.problems.append(f"{what} cannot be read ({type(error).__name__}: {told})"[:300])
        return None

    def add(self, facts: Facts | None) -> Facts | None:
        """Keeps the facts of a reader, if it had any."""
        if facts is not None:
            self.facts.append(facts)
        return facts

    def xmp(self, packet: bytes | None, source: str) -> Facts | None:
        """Keeps the facts of an XMP packet."""
        if not packet:
            return None
        return self.add(self.attempt(f"{source} metadata", read_xmp, packet, source))


def read_metadata(file: BinaryIO, hints: Hints, head: bytes, *, now: datetime | None = None) -> Metadata:
    """The metadata of a seekable file whose first bytes (up to 64 KiB) are `head`.

    `now` is in UTC without tzinfo, the clock's time by default; it only decides which dates are suspect.
    Never raises for anything in the file.
    """
    sniffed = sniff(head, hints.name)
    collector = Collector()
    if sniffed.kind == "photo":
        metadata = _photo(file, sniffed, collector)
    elif sniffed.kind in ("video", "audio"):
        metadata = _container(file, sniffed, collector)
    else:
        metadata = {"kind": sniffed.kind, "mime": _closer(file, sniffed.mime)}
    if sniffed.kind != "other":
        collector.xmp(hints.sidecar, "sidecar")
        if hints.takeout:
            collector.add(collector.attempt("Takeout JSON", read_takeout, hints.takeout))
    values, sources = _weigh(collector.facts)
    values |= metadata
    taken = _taken(collector, hints, now or datetime.now(UTC).replace(tzinfo=None), values)
    if taken.source != "unknown":
        sources["taken"] = taken.source
    _upright(values)
    return Metadata(**values, taken=taken, sources=sources, problems=tuple(dict.fromkeys(collector.problems)))


def _closer(file: BinaryIO, mime: str) -> str:
    """The MIME type of what is no media: subtitles are read as a whole, for they may tell a place."""
    if mime != SUBRIP:
        return mime
    file.seek(0)
    return mime_of(file.read(MOST_BYTES + 1)) or mime


def _photo(file: BinaryIO, sniffed: Sniffed, collector: Collector) -> dict[str, Any]:
    is_tiff = sniffed.mime not in WALKERS
    walker = WALKERS.get(sniffed.mime, tiff.read_raw if sniffed.raw else tiff.read_blocks)
    blocks = collector.attempt("header", walker, file)
    found = Blocks() if blocks is None else blocks
    collector.problems.extend(found.problems)
    header = Facts("header")
    for name in ("width", "height", "duration_s"):
        header.put(name, getattr(found, name))
    header.put("rotation", found.turn)
    collector.add(header)
    exif = _exif(file, found, collector, whole_file=is_tiff or blocks is None)
    if exif is not None and "apple" in str(exif.values.get("make", "")).lower():
        _apple(io.BytesIO(found.exif) if found.exif else file, collector)
    packet = collector.xmp(found.xmp, "XMP")
    if found.iptc:
        collector.add(collector.attempt("IPTC metadata", read_iptc, found.iptc))
    motion = collector.attempt("motion photo", find_motion, file, file_size(file), packet, found.mpvd)
    if found.hdr:
        header.put("hdr", True)
    return {"kind": "photo", "mime": sniffed.mime, "motion": motion, "animated": found.animated}


def _exif(file: BinaryIO, found: Blocks, collector: Collector, *, whole_file: bool) -> Facts | None:
    if found.exif_inner or found.exif_gps:
        return collector.add(collector.attempt("EXIF", _apart, found))
    if found.exif is None and not whole_file:
        return None
    facts, problems = collector.attempt("EXIF", read_exif, found.exif, file) or (None, [])
    collector.problems.extend(problems)
    return collector.add(facts)


def _apart(found: Blocks) -> Facts:
    """EXIF whose directories are TIFF blocks of their own."""
    blocks = (found.exif, found.exif_inner, found.exif_gps)
    return map_tags(Tags(*(by_pillow(block).image if block else {} for block in blocks)))


def _apple(stream: BinaryIO, collector: Collector) -> None:
    note = collector.attempt("maker note", tiff.maker_note, stream)
    texts = collector.attempt("maker note", apple.read_note, note) if note else None
    if texts:
        facts = Facts("maker note")
        facts.put("live_id", apple.live_id(texts))
        facts.put("burst_id", apple.burst_id(texts))
        collector.add(facts)


def _container(file: BinaryIO, sniffed: Sniffed, collector: Collector) -> dict[str, Any]:
    contents = collector.attempt("container", read_container, file, sniffed.mime)
    if contents is None:
        return {"kind": sniffed.kind, "mime": sniffed.mime}
    collector.problems.extend(contents.problems)
    collector.add(contents.facts)
    collector.xmp(contents.xmp, "XMP")
    return {"kind": contents.mime.split("/", 1)[0], "mime": contents.mime}


def _weigh(found: Iterable[Facts]) -> tuple[dict[str, Any], dict[str, str]]:
    """The value that wins for each field, and where it is from."""
    by_source = {facts.source: facts.values for facts in found}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name in dict.fromkeys(name for fields in by_source.values() for name in fields):
        for source in PERSON_FIRST if name in WORDS else CAMERA_FIRST:
            if name in by_source.get(source, {}) and not (source == "sidecar" and name in OF_THE_PIXELS):
                values[name] = by_source[source][name]
                sources[name] = source
                break
    return values, sources


def _upright(values: dict[str, Any]) -> None:
    """Width and height as shown; a container's own rotation stands instead of the EXIF orientation.

    Videos come upright from their reader.
    """
    if values["kind"] != "photo":
        return
    turn = values.get("rotation")
    sideways = values.get("orientation", 1) >= 5 if turn is None else turn in (90, 270)
    if sideways and "width" in values and "height" in values:
        values["width"], values["height"] = values["height"], values["width"]


def _taken(collector: Collector, hints: Hints, now: datetime, values: dict[str, Any]) -> Taken:
    found = collector.facts
    dates: list[Stated | None] = [date for facts in found for date in facts.dates]
    gps = next((facts for facts in found if facts.gps_time is not None), None)
    if gps is not None:
        dates.append(Stated(Rank.SATELLITE, f"{gps.source} GPS time", utc=gps.gps_time))
    dates += [namedates.from_name(hints.name), namedates.from_folder(hints.folder)]
    dates.append(modified(hints.mtime_ns, hints.first_seen_ns))
    return resolve(
        dates, now=now, zone=hints.zone, gps=None if gps is None else gps.gps_time,
        place=lambda: collector.attempt("position", zone_of, values.get("lat"), values.get("lon")),
    )  # fmt: skip

"""EXIF blocks, Apple's maker note and XMP packets for the sample pictures.

Tag numbers are those of Exif 2.32 (CIPA DC-008), keywords and ratings those of XMP's `dc` and `xmp`
schemas, panoramas Google's `GPano`.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from appliance.demo.cameras import Camera, Place

_EXIF, _GPS = 0x8769, 0x8825


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where: wall clock as ISO 8601, the place if the camera knew it, offset as in `+02:00`."""

    taken: str
    place: Place | None
    offset: str

    @property
    def wall(self) -> datetime:
        """The wall clock."""
        return datetime.fromisoformat(self.taken)

    @property
    def instant(self) -> datetime:
        """The same, as an instant in UTC."""
        hours, minutes = int(self.offset[1:3]), int(self.offset[4:])
        east = timedelta(hours=hours, minutes=minutes) * (-1 if self.offset[0] == "-" else 1)
        return self.wall.replace(tzinfo=timezone(east)).astimezone(UTC)


def block(
    camera: Camera, moment: Moment, *, orientation: int, light: float, note: bytes = b"", title: str = ""
) -> bytes:
    """The EXIF block of a picture, beginning with `Exif`.

    `light` is the picture's mean brightness (0 to 1): the exposure that led to it follows from it.
    """
    data = Image.Exif()
    data[0x010F], data[0x0110], data[0x0112] = camera.make, camera.model, orientation
    data[0x011A] = data[0x011B] = IFDRational(72)
    data[0x0128] = 2
    data[0x0132] = _stamp(moment.wall)
    if camera.software:
        data[0x0131] = camera.software
    if title:
        data[0x010E] = title
    data.get_ifd(_EXIF).update(_exposure(camera, light))
    data.get_ifd(_EXIF).update(_times(camera, moment))
    if note:
        data.get_ifd(_EXIF)[0x927C] = note
    if moment.place is not None:
        data.get_ifd(_GPS).update(_position(moment.place, moment.instant))
    return data.tobytes()


def apple_note(content: str = "", burst: str = "") -> bytes:
    """Apple's maker note: the id shared with a Live Photo's film, and the one shared by a burst."""
    strings = [(tag, text.encode() + b"\0") for tag, text in ((0x000B, burst), (0x0011, content)) if text]
    entries = [struct.pack(">HHIi", 0x0001, 9, 1, 14)]
    start = 16 + 12 * (1 + len(strings)) + 4
    tail = b""
    for tag, text in strings:
        entries.append(struct.pack(">HHII", tag, 2, len(text), start + len(tail)))
        tail += text + b"\0" * (len(text) % 2)
    head = b"Apple iOS\0\0\x01MM" + struct.pack(">H", len(entries))
    return head + b"".join(entries) + b"\0\0\0\0" + tail


def xmp(
    keywords: tuple[str, ...] = (), rating: int = 0, title: str = "", panorama: tuple[int, int] | None = None
) -> bytes:
    """An XMP packet; `panorama` is the width and height of a cylinder's picture."""
    parts = []
    if rating:
        parts.append(f"<xmp:Rating>{rating}</xmp:Rating>")
    if keywords:
        words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in keywords)
        parts.append(f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>")
    if title:
        text = f'<rdf:li xml:lang="x-default">{escape(title)}</rdf:li>'
        parts.append(f"<dc:title><rdf:Alt>{text}</rdf:Alt></dc:title>")
    if panorama is not None:
        wide, high = panorama
        parts.append(
            "<GPano:ProjectionType>cylindrical</GPano:ProjectionType><GPano:UsePanoramaViewer>True</GPano:UsePanoramaViewer>"
            f"<GPano:FullPanoWidthPixels>{wide * 2}</GPano:FullPanoWidthPixels>"
            f"<GPano:FullPanoHeightPixels>{high}</GPano:FullPanoHeightPixels>"
            f"<GPano:CroppedAreaImageWidthPixels>{wide}</GPano:CroppedAreaImageWidthPixels>"
            f"<GPano:CroppedAreaImageHeightPixels>{high}</GPano:CroppedAreaImageHeightPixels>"
        )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' xmlns:GPano="http://ns.google.com/photos/1.0/panorama/">{"".join(parts)}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def _exposure(camera: Camera, light: float) -> dict[int, object]:
    """A plausible exposure: dark pictures took long, at a high sensitivity."""
    steps = max(0, round((0.55 - light) * 12))
    iso = min(6400, camera.base_iso * 2 ** min(steps, 5))
    shutter = max(15, 1000 >> steps)
    return {
        0x829A: IFDRational(1, shutter),
        0x829D: IFDRational(round(camera.aperture * 100), 100),
        0x8827: iso,
        0x9000: b"0232",
        0x9207: 5,
        0x9209: 16,
        0x920A: IFDRational(round(camera.focal * 1000), 1000),
        0xA001: 1,
        0xA405: camera.focal_35mm,
        0xA433: camera.make,
        0xA434: camera.lens,
    }


def _times(camera: Camera, moment: Moment) -> dict[int, object]:
    stamp = _stamp(moment.wall)
    times: dict[int, object] = {0x9003: stamp, 0x9004: stamp}
    if camera.offset:
        times |= {0x9010: moment.offset, 0x9011: moment.offset, 0x9012: moment.offset}
        wall = moment.wall
        thousandths = wall.microsecond // 1000 or (wall.minute * 61 + wall.second * 17) % 1000
        times[0x9291] = times[0x9292] = f"{thousandths:03d}"
    return times


def _position(place: Place, instant: datetime) -> dict[int, object]:
    return {
        0: b"\x02\x03\x00\x00",
        1: "N" if place.lat >= 0 else "S",
        2: _degrees(place.lat),
        3: "E" if place.lon >= 0 else "W",
        4: _degrees(place.lon),
        5: b"\0" if place.height >= 0 else b"\x01",
        6: IFDRational(round(abs(place.height) * 10), 10),
        7: tuple(IFDRational(part) for part in (instant.hour, instant.minute, instant.second)),
        29: instant.strftime("%Y:%m:%d"),
    }


def _degrees(angle: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds to a hundredth."""
    hundredths = round(abs(angle) * 360_000)
    return (
        IFDRational(hundredths // 360_000),
        IFDRational(hundredths // 6000 % 60),
        IFDRational(hundredths % 6000, 100),
    )


def _stamp(wall: datetime) -> str:
    return wall.strftime("%Y:%m:%d %H:%M:%S")

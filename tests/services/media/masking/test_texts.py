"""XMP and IPTC: places and numbers blanked, or the whole packet where that cannot be done neatly."""

import io
from collections.abc import Callable

import pytest

from services.media.masking import apply
from services.media.masking.spaces import Sheet, Space
from services.media.masking.texts import hide_iptc, hide_resources, hide_xmp


def hidden(data: bytes, hide: Callable[[Space], None]) -> bytes:
    sheet = Sheet(io.BytesIO(data), len(data))
    hide(sheet.space(0, len(data)))
    return apply(sheet.masks, 0, data)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<a exif:GPSLatitude="52,1N" dc:x="y"/>', b'<a exif:GPSLatitude="     " dc:x="y"/>'),
        (b"<a exif:GPSLatitude = '52,1N'/>", b"<a exif:GPSLatitude = '     '/>"),
        (b"<aux:SerialNumber>77</aux:SerialNumber>", b"<aux:SerialNumber>  </aux:SerialNumber>"),
        (b'<a drone-dji:GpsLatitude="1" drone-dji:AbsoluteAltitude="2"/>',
         b'<a drone-dji:GpsLatitude=" " drone-dji:AbsoluteAltitude=" "/>'),
        (b'<p:City rdf:about="x">B<i>x</i></p:City >', b'<p:City rdf:about="x">' + b" " * 9 + b"</p:City >"),
        (b"<dc:title>GPS tour of a city</dc:title>", b"<dc:title>GPS tour of a city</dc:title>"),
        (b"<exif:GPSLatitude/>", b"<exif:GPSLatitude/>"),
    ],
)  # fmt: skip
def test_values_become_blanks(before: bytes, after: bytes) -> None:
    assert hidden(before, hide_xmp) == after


@pytest.mark.parametrize(
    "packet",
    [
        b"<exif:GPSLatitude>52<exif:other>",
        b'<a exif:GPSLatitude="52',
        '<a exif:GPSLatitude="52"/>'.encode("utf-16"),
    ],
)
def test_what_cannot_be_told_apart_goes_as_a_whole(packet: bytes) -> None:
    found = hidden(packet, hide_xmp)
    assert b"52" not in found
    assert b"5\x002" not in found
    assert len(found) == len(packet)


def test_iptc() -> None:
    data = b"\x1c\x02\x5a\0\x06Berlin\x1c\x02\x19\0\x04lake"
    assert hidden(data, hide_iptc) == b"\x1c\x02\x5a\0\x06      \x1c\x02\x19\0\x04lake"
    assert hidden(data[:-1], hide_iptc)[11:] == b"\0" * 8  # cut off: nothing of the rest is given
    assert hidden(b"\x1c\x02\x5a\x80\x04\0\0\0\x06Berlin", hide_iptc) == b"\0" * 15


def test_resources() -> None:
    iptc = b"\x1c\x02\x5a\0\x06Berlin\0"[:-1]
    data = b"8BIM\x04\x04\0\0\0\0\0\x0b" + iptc + b"\0" + b"8BIM\x04\x22\0\0\0\0\0\x04EXIF"
    data += b"8BIM\x03\xed\0\0\0\0\0\x02ok"
    found = hidden(data, hide_resources)
    assert b"Berlin" not in found
    assert b"EXIF" not in found
    assert found.endswith(b"ok")
    assert b"rest" not in hidden(b"8BIM\x04\x04\0\0\0\0\xff\xffrest", hide_resources)

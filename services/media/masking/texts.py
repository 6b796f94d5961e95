"""Places and serial numbers in XMP packets and IPTC blocks: covered with blanks, so that they stay what they are.

A packet that holds such a word where it cannot be covered neatly is covered as a whole.
"""

import re

from services.media.formats.jpeg import IPTC_RESOURCE
from services.media.masking.spaces import Space

_WORD = (
    rb"(?:[\w.-]*(?:gps|latitude|longitude|altitude|serial|location|geotag)[\w.-]*"
    rb"|city|state|country[\w]*|provincestate|worldregion|(?:camera)?ownername)"
)
_NAME = rb"(?:[\w.-]+:)?" + _WORD
_ATTRIBUTE = re.compile(rb"[\s\"']" + _NAME + rb"\s*=\s*(\"[^\"<]*\"|'[^'<]*')", re.IGNORECASE)
_ELEMENT = re.compile(rb"<(" + _NAME + rb")(?:\s[^<>]*)?(?<!/)>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_LEFT = re.compile(
    rb"[\s\"']" + _NAME + rb"\s*=\s*[\"'][^\S]*[^\s\"']|<" + _NAME + rb"(?:\s[^<>]*)?(?<!/)>\s*[^\s<]",
    re.IGNORECASE,
)
LONGEST_PACKET = 16 << 20

IPTC_PLACES = frozenset({26, 27, 90, 92, 95, 100, 101})
_XMP_RESOURCE, _EXIF_RESOURCES = 0x0424, frozenset({0x0422, 0x0423})


def hide_xmp(space: Space) -> None:
    """Cover what a packet says of places, serial numbers and the camera's owner."""
    if space.length > LONGEST_PACKET:
        space.cover(0, space.length, b" ")
        return
    data = space.all()
    if b"\0" in data.rstrip(b"\0"):  # UTF-16: words cannot be told apart by bytes
        space.cover(0, space.length)
        return
    hidden = bytearray(data)
    found: list[tuple[int, int]] = []
    for match in _ATTRIBUTE.finditer(data):
        found.append((match.start(1) + 1, match.end(1) - 1))
    for match in _ELEMENT.finditer(data):
        found.append((match.start(2), match.end(2)))
    for start, end in found:
        hidden[start:end] = b" " * (end - start)
    if _LEFT.search(hidden):
        space.cover(0, space.length, b" ")
        return
    for start, end in found:
        space.cover(start, end - start, b" ")


def hide_iptc(space: Space) -> None:
    """Cover the places of an IPTC block (IIM, record 2)."""
    at = 0
    while at + 5 <= space.length:
        head = space.read(at, 5)
        length = int.from_bytes(head[3:5], "big")
        if head[0] != 0x1C or length & 0x8000 or at + 5 + length > space.length:
            if any(space.read(at, space.length - at)):  # not what it should be: nothing of the rest is given
                space.cover(at, space.length - at)
            return
        if head[1] == 2 and head[2] in IPTC_PLACES:
            space.cover(at + 5, length, b" ")
        at += 5 + length


def hide_resources(space: Space) -> None:
    """The Photoshop resources of a file: IPTC, XMP and EXIF blocks among them."""
    at = 0
    while at + 12 <= space.length:
        head = space.read(at, 7)
        if head[:4] != b"8BIM":
            break
        kind, name = int.from_bytes(head[4:6], "big"), head[6] + 1
        start = at + 6 + name + (name & 1)
        if start + 4 > space.length:
            break
        size = space.number(">I", start)
        if start + 4 + size > space.length:
            break
        inside = space.part(start + 4, size)
        if kind == IPTC_RESOURCE:
            hide_iptc(inside)
        elif kind == _XMP_RESOURCE:
            hide_xmp(inside)
        elif kind in _EXIF_RESOURCES:
            inside.cover(0, size)
        at = start + 4 + size + (size & 1)
    if at < space.length:  # cut off, or continued elsewhere
        space.cover(at, space.length - at)

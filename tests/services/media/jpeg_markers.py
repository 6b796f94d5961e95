"""The segments of a JPEG, read by hand (ITU-T T.81, annex B), and the Huffman tables of its annex K."""

import struct
from dataclasses import dataclass, field

AC_LIGHT = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
    "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5"
    "a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
AC_COLOUR = bytes.fromhex(
    "0001020311040521310612415107617113223281081442"
    "91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a63646566"
    "6768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8"
    "c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
)
STANDARD = {
    0x00: bytes.fromhex("00010501010101010100000000000000") + bytes(range(12)),
    0x01: bytes.fromhex("00030101010101010101010000000000") + bytes(range(12)),
    0x10: bytes.fromhex("0002010303020403050504040000017d") + AC_LIGHT,
    0x11: bytes.fromhex("00020102040403040705040400010277") + AC_COLOUR,
}
"""Class and number of a table: how many codes of each length, then what they stand for."""


@dataclass
class Markers:
    """What was found before the picture data: all segments in order, frames by their marker, tables."""

    names: list[int] = field(default_factory=list)
    frames: dict[int, bytes] = field(default_factory=dict)
    tables: dict[int, bytes] = field(default_factory=dict)
    scans: int = 0

    @property
    def sampling(self) -> list[int]:
        """The sampling factors of each component of the baseline frame."""
        frame = self.frames[0xC0]
        return [frame[7 + 3 * n] for n in range(frame[5])]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height by the baseline frame."""
        height, width = struct.unpack_from(">HH", self.frames[0xC0], 1)
        return width, height


def markers_of(data: bytes) -> Markers:
    """Every segment of a JPEG up to its end, that of further scans too."""
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
    found, at = Markers(), 2
    while at < len(data) - 2:
        assert data[at] == 0xFF
        name, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        body = data[at + 4 : at + 2 + length]
        found.names.append(name)
        if name == 0xC4:
            while body:
                count = sum(body[1:17])
                found.tables[body[0]] = body[1 : 17 + count]
                body = body[17 + count :]
        elif 0xC0 <= name <= 0xCF:
            found.frames[name] = body
        at += 2 + length
        if name == 0xDA:
            found.scans += 1
            while data[at] != 0xFF or data[at + 1] == 0:
                at += 1
    return found

import io
import struct
from xml.etree import ElementTree

import exifread
import pytest
from PIL import Image

from appliance.demo import exif
from appliance.demo.cameras import CAMERAS, PLACES
from appliance.demo.exif import Moment

SUMMER = Moment("2024-08-09T20:41:02", PLACES["Sellin"], "+02:00")


def jpeg(block: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), "navy").save(file, "JPEG", exif=block)
    return file.getvalue()


def apple_strings(note: bytes) -> dict[int, str]:
    """Apple's note as readers parse it: offsets count from its start."""
    assert note.startswith(b"Apple iOS\0")
    assert note[12:14] == b"MM"
    (count,) = struct.unpack_from(">H", note, 14)
    found = {}
    for entry in range(count):
        tag, kind, length, offset = struct.unpack_from(">HHII", note, 16 + 12 * entry)
        if kind == 2:
            found[tag] = note[offset : offset + length].rstrip(b"\0").decode()
    return found


def test_round_trip_through_pillow() -> None:
    block = exif.block(CAMERAS["iphone 15"], SUMMER, orientation=6, light=0.5, title="Jana & Tom")
    with Image.open(io.BytesIO(jpeg(block))) as image:
        data = image.getexif()
        details, position = data.get_ifd(0x8769), data.get_ifd(0x8825)
    assert (data[0x010F], data[0x0110], data[0x0112]) == ("Apple", "iPhone 15 Pro", 6)
    assert data[0x010E] == "Jana & Tom"
    assert details[0x9003] == "2024:08:09 20:41:02"
    assert details[0x9011] == "+02:00"
    degrees, minutes, seconds = (float(part) for part in position[2])
    assert (position[1], position[3]) == ("N", "E")
    assert degrees + minutes / 60 + seconds / 3600 == pytest.approx(54.3790, abs=1e-5)
    assert position[29] == "2024:08:09"
    assert tuple(float(part) for part in position[7]) == (18, 41, 2)


def test_round_trip_through_exifread() -> None:
    block = exif.block(CAMERAS["fuji"], SUMMER, orientation=1, light=0.5)
    tags = exifread.process_file(io.BytesIO(jpeg(block)), details=False)
    assert str(tags["Image Model"]) == "X-T4"
    assert str(tags["EXIF DateTimeOriginal"]) == "2024:08:09 20:41:02"
    assert str(tags["GPS GPSLongitudeRef"]) == "E"
    assert "EXIF OffsetTimeOriginal" not in tags, "this camera knows no zone"


def test_without_a_place_there_is_no_position() -> None:
    block = exif.block(
        CAMERAS["canon"], Moment("2020-09-12T06:52:10", None, "+02:00"), orientation=1, light=0.5
    )
    with Image.open(io.BytesIO(jpeg(block))) as image:
        assert dict(image.getexif().get_ifd(0x8825)) == {}


def test_a_dark_picture_took_a_long_exposure_at_a_high_sensitivity() -> None:
    found = []
    for light in (0.1, 0.6):
        block = exif.block(CAMERAS["fuji"], SUMMER, orientation=1, light=light)
        with Image.open(io.BytesIO(jpeg(block))) as image:
            details = image.getexif().get_ifd(0x8769)
            found.append((float(details[0x829A]), details[0x8827]))
    (dark_time, dark_iso), (bright_time, bright_iso) = found
    assert dark_time > 10 * bright_time
    assert dark_iso > 4 * bright_iso


def test_the_maker_note_survives_and_names_live_photo_and_burst() -> None:
    note = exif.apple_note("6F1C9B52-8A0D", "0D9E6A7C-41B8-4C2F")
    assert apple_strings(note) == {0x0011: "6F1C9B52-8A0D", 0x000B: "0D9E6A7C-41B8-4C2F"}
    block = exif.block(CAMERAS["iphone 15"], SUMMER, orientation=1, light=0.5, note=note)
    with Image.open(io.BytesIO(jpeg(block))) as image:
        stored = image.getexif().get_ifd(0x8769)[0x927C]
    assert apple_strings(stored)[0x0011] == "6F1C9B52-8A0D"


def test_an_instant_is_counted_from_the_offset() -> None:
    assert SUMMER.instant.isoformat() == "2024-08-09T18:41:02+00:00"
    west = Moment("2024-01-01T23:30:00", None, "-03:30")
    assert west.instant.isoformat() == "2024-01-02T03:00:00+00:00"


def test_xmp_is_well_formed_and_escapes() -> None:
    packet = exif.xmp(("sea & sand", "family"), 4, "Tom <3", (2000, 700)).decode()
    root = ElementTree.fromstring(packet[packet.index("<x:xmpmeta") : packet.rindex("</x:xmpmeta>") + 12])
    texts = [element.text for element in root.iter() if element.text]
    assert texts[0] == "4"
    assert {"sea & sand", "family", "Tom <3", "cylindrical", "2000", "700"} <= set(texts)

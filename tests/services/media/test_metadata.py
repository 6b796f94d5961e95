"""All readers together (checklist rows 1 to 8, 10 to 14, 17, 19 to 24 and 35)."""

import io
import json
import struct
import time
import unicodedata
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.metadata import read_metadata
from services.media.subtitles import PLACED, SUBRIP
from services.media.types import Hints, Metadata, Taken
from tests.services.media.formats.test_heif import heif, ispe, items
from tests.services.media.formats.test_raw import cr3, raf
from tests.services.media.metadata_samples import (
    animation,
    apple_note,
    bag,
    box,
    exif,
    film,
    heic,
    insert_segment,
    iptc,
    photo,
    photoshop,
    position,
    read,
    sound,
    xmp,
)

NOON = {0x9003: "2026:07:01 12:00:00"}
SEEN = 1_790_000_000_000_000_000


def ns(text: str) -> int:
    """Nanoseconds of an ISO instant."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_upright(format: str, orientation: int) -> None:
    """Row 1: stored after rotation, the tag as written."""
    found = read(photo(format, exif=exif({0x112: orientation})))
    assert (found.width, found.height) == ((40, 30) if orientation < 5 else (30, 40))
    assert (found.orientation, found.rotation) == (orientation, None)


def test_the_container_of_a_heic_wins_over_its_exif() -> None:
    """Row 2: EXIF 6 without `irot` stays as it is; with `irot` it is turned once."""
    block = exif({0x110: "M", 0x112: 6})
    inside = items(b"Exif", 1, 0, len(block) + 4) + box(b"idat", b"\0\0\0\0", block)
    stays = read(heif(ispe(64, 48), before=inside))
    assert (stays.width, stays.height, stays.rotation, stays.orientation) == (64, 48, 0, 6)
    turned = read(heif(ispe(64, 48), box(b"irot", b"\3")))
    assert (turned.width, turned.height, turned.rotation) == (48, 64, 90)
    upside_down = read(heif(ispe(64, 48), box(b"irot", b"\2")))
    assert (upside_down.width, upside_down.height, upside_down.rotation) == (64, 48, 180)


def test_avif_orientation_is_the_containers_too() -> None:
    """Row 2: Pillow turns EXIF 6 into `irot` when it writes an AVIF."""
    found = read(photo("AVIF", exif=exif({0x112: 6})))
    assert (found.width, found.height) == ((40, 30) if found.rotation in (0, 180) else (30, 40))
    assert found.rotation is not None


def test_a_turned_video_is_upright() -> None:
    """Row 3."""
    found = read(film("mov", rotation=90))
    assert (found.kind, found.width, found.height, found.rotation) == ("video", 48, 64, 90)


def test_the_wall_clock_is_kept_with_its_offset() -> None:
    """Rows 4 and 5."""
    block = exif({0x110: "M"}, {**NOON, 0x9291: "250", 0x9011: "+14:00", 0x9010: "+01:00"})
    assert read(photo(exif=block), zone="Europe/Berlin").taken == Taken(
        local="2026-07-01T12:00:00.250",
        offset=840,
        utc="2026-06-30T22:00:00.250Z",
        source="EXIF DateTimeOriginal",
        offset_source="EXIF OffsetTimeOriginal",
        precision="subsecond",
    )


def test_offset_time_never_counts() -> None:
    """Row 5."""
    found = read(photo(exif=exif({0x110: "M"}, {**NOON, 0x9010: "+01:00"})))
    assert (found.taken.offset, found.taken.utc) == (None, None)


def test_the_offset_of_xmp_then_of_satellites() -> None:
    """Row 5."""
    gps = {**position(), 7: (10.0, 0.0, 7.0), 29: "2026:07:01"}
    block = exif({0x110: "M"}, NOON, gps)
    packet = xmp({"exif:DateTimeOriginal": "2026-07-01T12:00:00-06:00"})
    assert read(photo(exif=block, xmp=packet)).taken.offset == -360
    taken = read(photo(exif=block), zone="Asia/Tokyo").taken
    assert (taken.offset, taken.offset_source) == (120, "GPS time")


def test_then_the_zone_of_the_position() -> None:
    """Row 5: also where only a sidecar knows the place; the owner's zone comes after it."""
    taken = read(photo(exif=exif({0x110: "M"}, NOON, position())), zone="Asia/Tokyo").taken
    assert (taken.offset, taken.offset_source, taken.utc) == (120, "position", "2026-07-01T10:00:00Z")
    sidecar = xmp({"exif:GPSLatitude": "40,42.2N", "exif:GPSLongitude": "73,59.3W"})
    taken = read(photo(exif=exif({0x110: "M"}, NOON)), zone="Asia/Tokyo", sidecar=sidecar).taken
    assert (taken.offset, taken.offset_source) == (-240, "position")
    at_sea = read(
        photo(exif=exif({0x110: "M"}, NOON, position(30.0, 40.0, "N", "W"))), zone="Asia/Tokyo"
    ).taken
    assert (at_sea.offset, at_sea.offset_source) == (540, "guessed")


def test_a_position_with_its_time_and_no_other_date() -> None:
    gps = {**position(), 7: (10.0, 0.0, 7.0), 29: "2026:07:01"}
    taken = read(photo(exif=exif({0x110: "M"}, gps=gps)), zone="Asia/Tokyo").taken
    assert (taken.local, taken.offset_source, taken.source) == (
        "2026-07-01T12:00:07",
        "position",
        "EXIF GPS time",
    )


TAKEOUT = json.dumps({"photoTakenTime": {"timestamp": "1719838800"}, "description": "from Takeout"}).encode()


def test_dates_from_the_sidecar_down_to_the_time_of_last_change() -> None:
    """Row 6, one source after the other taken away."""
    block = exif({0x110: "M"}, {0x9003: "2021:01:01 10:00:00", 0x9004: "2022:01:01 10:00:00"})
    hints: dict[str, Any] = {
        "sidecar": xmp({"photoshop:DateCreated": "2020-01-01T10:00:00"}),
        "takeout": TAKEOUT,
        "folder": "x/2025-01-01",
        "mtime_ns": ns("2025-06-01T00:00:00Z"),
        "first_seen_ns": SEEN,
        "zone": "UTC",
    }
    name = "IMG_20240101_100000.jpg"
    assert read(photo(exif=block), name, **hints).taken.local == "2020-01-01T10:00:00"
    hints["sidecar"] = None
    assert read(photo(exif=block), name, **hints).taken.local == "2021-01-01T10:00:00"
    block = exif({0x110: "M"}, {0x9004: "2022:01:01 10:00:00"})
    assert read(photo(exif=block), name, **hints).taken.local == "2022-01-01T10:00:00"
    assert read(photo(), name, **hints).taken.source == "Takeout photoTakenTime"
    hints["takeout"] = None
    assert read(photo(), name, **hints).taken.local == "2024-01-01T10:00:00"
    assert read(photo(), "IMG-20240102-WA0001.jpg", **hints).taken.local == "2024-01-02T00:00:00"
    assert read(photo(), "a.jpg", **hints).taken.source == "folder name"
    hints["folder"] = ""
    assert read(photo(), "a.jpg", **hints).taken.source == "mtime"
    hints["first_seen_ns"] = hints["mtime_ns"]
    assert read(photo(), "a.jpg", **hints).taken == Taken()


def test_whatsapp_keeps_the_time_of_the_same_day() -> None:
    """Row 6."""
    hints = {"mtime_ns": ns("2024-07-01T20:15:00Z"), "first_seen_ns": SEEN, "zone": "Europe/Berlin"}
    taken = read(photo(), "IMG-20240701-WA0001.jpg", **hints).taken
    assert (taken.local, taken.source) == ("2024-07-01T22:15:00", "WhatsApp name")


def test_takeout_comes_before_the_name() -> None:
    """Row 6."""
    found = read(photo(), "IMG_20200101_100000.jpg", takeout=TAKEOUT, zone="UTC")
    assert (found.taken.local, found.description) == ("2024-07-01T13:00:00", "from Takeout")
    assert found.sources["description"] == "Takeout"


def test_a_video_header_is_utc_shown_in_the_owners_zone() -> None:
    """Row 7."""
    data = film(tags={"creation_time": "2026-01-05T23:30:00Z"})
    taken = read(data, zone="Europe/Berlin").taken
    assert (taken.local, taken.offset_source) == ("2026-01-06T00:30:00", "guessed")


def test_keys_beat_the_header() -> None:
    """Row 6."""
    keys = {
        "com.apple.quicktime.creationdate": "2020-05-04T18:39:10-0400",
        "creation_time": "2022-02-02T22:00:00Z",
    }
    taken = read(
        film("mov", tags=keys, options={"movflags": "use_metadata_tags"}), zone="Europe/Berlin"
    ).taken
    assert (taken.local, taken.utc) == ("2020-05-04T18:39:10", "2020-05-04T22:39:10Z")


@pytest.mark.parametrize(("text", "suspect"), [("1790:01:01 10:00:00", True), ("2026:07:03 10:00:00", True)])
def test_ancient_and_future_dates_are_suspect(text: str, suspect: bool) -> None:
    """Row 8."""
    data = photo(exif=exif({0x110: "M"}, {0x9003: text}))
    found = read_metadata(io.BytesIO(data), Hints("a.jpg"), data, now=datetime(2026, 7, 1))
    assert (found.taken.suspect, found.taken.local) == (suspect, text.replace(":", "-", 2).replace(" ", "T"))


def test_the_clocks_time_is_asked_when_none_is_given() -> None:
    """Row 8."""
    assert read(photo(exif=exif({0x110: "M"}, {0x9003: "2999:01:01 10:00:00"}))).taken.suspect
    assert not read(photo(exif=exif({0x110: "M"}, NOON | {0x9003: "2020:01:01 10:00:00"}))).taken.suspect


def test_epochs_are_missing_in_pictures_and_films() -> None:
    """Row 8."""
    assert read(photo(exif=exif({0x110: "M"}, {0x9003: "1970:01:01 00:00:00"}))).taken == Taken()
    assert read(film("matroska", tags={"creation_time": "1904-01-01T00:00:00Z"})).taken == Taken()


def test_positions() -> None:
    """Row 10."""
    found = read(photo(exif=exif({0x110: "M"}, gps={**position(33.5, 70.25, "S", "W"), 5: b"\1", 6: 3.0})))
    assert (found.lat, found.lon, found.altitude_m, found.sources["lat"]) == (-33.5, -70.25, -3.0, "EXIF")
    nowhere = read(photo(exif=exif({0x110: "M"}, gps=position(0.0, 0.0))))
    assert (nowhere.lat, nowhere.lon) == (None, None)


SIDECAR = xmp(
    {"xmp:Rating": "5", "tiff:Orientation": "8", "tiff:Model": "Other"}, bag("dc:subject", "by hand")
)


def test_a_sidecar_wins_field_by_field() -> None:
    """Row 11: but never about the stored pixels."""
    block = exif({0x10F: "Canon", 0x110: "EOS", 0x112: 6, 0x4746: 2}, NOON)
    found = read(photo(exif=block), sidecar=SIDECAR.decode().encode("utf-16"))
    assert (found.rating, found.keywords, found.model, found.make) == (5, ("by hand",), "Other", "Canon")
    assert (found.orientation, found.taken.local) == (6, "2026-07-01T12:00:00")
    assert found.sources["rating"] == found.sources["keywords"] == "sidecar"
    assert found.sources["make"] == "EXIF"


def test_a_broken_sidecar_is_a_problem_and_the_file_is_read() -> None:
    """Row 11."""
    found = read(photo(exif=exif({0x110: "EOS"})), sidecar=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")
    assert found.model == "EOS"
    assert found.problems == ("sidecar metadata: XMP with a DOCTYPE or entities is refused",)


def test_a_subtitle_file_that_tells_a_place_is_known_by_all_of_it() -> None:
    begin = b"1\n00:00:01,000 --> 00:00:02,000\nwords\n\n" * 3000
    for data, mime in ((begin, SUBRIP), (begin + b"GPS(1.2345, 6.7891)\n", PLACED)):
        found = read(data)
        assert (found.kind, found.mime, found.lat, found.problems) == ("other", mime, None, ())


def test_words_come_from_people_before_cameras() -> None:
    """Row 11: XMP, then IPTC, then EXIF."""
    block = exif({0x110: "M", 0x10E: "by the camera", 0x4746: 1})
    words = iptc((25, b"from IPTC"), (120, b"caption"))
    data = insert_segment(photo(exif=block), 0xED, photoshop(words))
    found = read(data)
    assert (found.keywords, found.description, found.rating) == (("from IPTC",), "caption", 1)
    packet = xmp({"xmp:Rating": "3"}, bag("dc:subject", "from XMP"))
    found = read(insert_segment(photo(exif=block, xmp=packet), 0xED, photoshop(words)))
    assert (found.keywords, found.description, found.rating) == (("from XMP",), "caption", 3)
    assert found.sources["keywords"] == "XMP"


@pytest.mark.parametrize("make", ["jpeg", "heic"])
def test_the_identifiers_of_live_photos_and_bursts(make: str) -> None:
    """Rows 12 and 14."""
    note = apple_note({0x11: "1745E022-9712-43C7-B024-F308EC6413CB", 0x0B: "0F2B8D1C-73A1"})
    block = exif({0x10F: "Apple", 0x110: "iPhone"}, {**NOON, 0x927C: note})
    found = read(photo(exif=block) if make == "jpeg" else heic(exif=block))
    assert (found.live_id, found.burst_id) == ("1745E022-9712-43C7-B024-F308EC6413CB", "0F2B8D1C-73A1")
    assert found.sources["live_id"] == "maker note"


def test_the_other_half_of_a_live_photo() -> None:
    """Row 12."""
    tags = {"com.apple.quicktime.content.identifier": "1745E022"}
    assert read(film("mov", tags=tags, options={"movflags": "use_metadata_tags"})).live_id == "1745E022"


def test_the_video_in_a_motion_photo() -> None:
    """Row 13: found without copying it."""
    video = film(seconds=0.2)
    inside = (
        "<Container:Directory><rdf:Seq><rdf:li><Container:Item Item:Semantic='Primary'/></rdf:li>"
        f"<rdf:li><Container:Item Item:Semantic='MotionPhoto' Item:Length='{len(video)}'/></rdf:li></rdf:Seq>"
        "</Container:Directory>"
    )
    still = photo(xmp=xmp({"GCamera:MotionPhoto": "1"}, inside))
    found = read(still + video)
    assert (found.kind, found.motion) == ("photo", (len(still), len(video)))
    assert read(still).motion is None


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animations_are_marked(format: str) -> None:
    """Row 19: with the length of one run where the header tells it."""
    found = read(animation(format))
    assert (found.animated, found.width, found.height) == (True, 20, 10)
    assert found.duration_s == (None if format == "AVIF" else 0.6)
    assert not read(photo(format)).animated


def test_duration_rate_and_codec() -> None:
    """Row 20."""
    found = read(film(seconds=2.0))
    assert (found.duration_s, found.fps, found.codec) == (2.0, 10.0, "mpeg4")
    assert read(sound("flac", "flac")).codec == "flac"


def test_panoramas_and_gain_maps() -> None:
    """Rows 17 and 21."""
    found = read(photo(xmp=xmp({"GPano:ProjectionType": "equirectangular", "hdrgm:Version": "1.0"})))
    assert (found.panorama, found.hdr) == (True, True)
    assert read(heif(ispe(4, 3), box(b"colr", b"nclx", struct.pack(">HHHB", 9, 16, 9, 0)))).hdr


def test_pixels_are_counted_without_decoding_them() -> None:
    """Row 23: a picture of 900 megapixels and one of 4 gigapixels are described, not opened."""
    large = photo("PNG")
    large = large[:16] + struct.pack(">II", 30_000, 30_000) + large[24:]
    start = time.process_time()
    found = read(large)
    assert (found.width, found.height, found.problems) == (30_000, 30_000, ())
    jpeg = photo()
    at = jpeg.index(b"\xff\xc0") + 5
    found = read(jpeg[:at] + struct.pack(">HH", 65_535, 65_535) + jpeg[at + 4 :])
    assert (found.width, found.height) == (65_535, 65_535)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", ["<svg xmlns='http://www.w3.org/2000/svg'/>", "<!doctype html><p>", "hello"])
def test_what_only_poses_as_a_picture(text: str) -> None:
    """Row 23."""
    found = read(text.encode(), "photo.jpg")
    assert (found.kind, found.width, found.problems) == ("other", None, ())


def test_an_empty_file_says_nothing() -> None:
    """Row 22."""
    assert read(b"", "a.jpg") == Metadata(kind="other", mime="application/octet-stream")


def test_a_film_cut_off_says_so() -> None:
    """Row 22."""
    data = film("mov")
    found = read(data[: data.index(b"moov") - 4])
    assert (found.kind, found.width) == ("video", None)
    assert found.problems


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "name", ["Ménthon 100% #1.jpg", "IMG_20240701_143339 Ü.jpg", "a\udcff.jpg", "line\nbreak.jpg", ""]
)
def test_any_name_is_survived(name: str, form: Any) -> None:
    """Row 24."""
    found = read(photo(exif=exif({0x110: "M"}, NOON)), unicodedata.normalize(form, name), folder=name)
    assert found.taken.local == "2026-07-01T12:00:00"


def test_new_year_in_samoa() -> None:
    """Row 35: a header in UTC of the 31st at 10:30 is the 31st at 23:30 there."""
    data = film(tags={"creation_time": "2025-12-31T10:30:00Z"})
    assert read(data, zone="Pacific/Apia").taken.local == "2025-12-31T23:30:00"
    assert read(data, zone="Pacific/Midway").taken.local == "2025-12-30T23:30:00"


def test_raw_files_that_are_no_tiff() -> None:
    parts = {
        "CMT1": exif({0x10F: "Canon", 0x110: "EOS R5", 0x112: 8}),
        "CMT2": exif({0x9003: "2026:07:01 12:00:00", 0xA434: "RF50mm"}),
        "CMT4": exif(position()),
    }
    found = read(cr3(**parts))
    assert (found.mime, found.model, found.lens, found.rating) == ("image/x-canon-cr3", "EOS R5", "RF50mm", 3)
    assert (found.taken.local, found.lat) == ("2026-07-01T12:00:00", 47.5)
    found = read(raf(photo(exif=exif({0x110: "X-T5", 0x112: 6}, NOON))))
    assert (found.model, found.width, found.height) == ("X-T5", 30, 40)
    assert found.taken.local == "2026-07-01T12:00:00"


def test_strings_are_cut_at_nul() -> None:
    found = read(photo(exif=exif({0x10F: "NIKON\0\0xyz", 0x110: " D70s "}, NOON)))
    assert (found.make, found.model) == ("NIKON", "D70s")


MADE = {
    "jpeg": photo(
        exif=exif({0x10F: "Apple", 0x110: "M"}, {**NOON, 0x927C: apple_note({0x11: "ABCDEFGH"})}, position()),
        xmp=SIDECAR,
    ),
    "png": photo("PNG", exif=exif({0x110: "M"})),
    "webp": photo("WEBP", exif=exif({0x110: "M"}), xmp=SIDECAR),
    "gif": animation("GIF"),
    "tiff": photo("TIFF", exif=exif({0x110: "M"}, NOON)),
    "heic": heic(exif=exif({0x110: "M"}, NOON), xmp=SIDECAR),
    "avif": photo("AVIF", exif=exif({0x110: "M"}, NOON)),
    "cr3": cr3(CMT1=exif({0x110: "M"}), CMT2=exif(NOON), CMT4=exif(position())),
    "raf": raf(photo(exif=exif({0x110: "M"}, NOON))),
    "mov": film("mov", seconds=0.3),
    "mkv": film("matroska", seconds=0.3),
    "avi": film("avi", seconds=0.3),
    "mp3": sound("mp3", "libmp3lame", {"title": "a"})[:4000],
}


@pytest.mark.parametrize("kind", MADE)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_no_damage_escapes(kind: str, data: st.DataObject) -> None:
    """Row 22: bytes overwritten, cut off, or added; the answer is always metadata."""
    whole = MADE[kind]
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(st.binary(max_size=40))
    for damaged in (whole[:at] + junk + whole[at + len(junk) :], whole[:at], whole[:at] + junk + whole[at:]):
        assert read(damaged, f"a.{kind}", zone="Europe/Berlin").kind in ("photo", "video", "audio", "other")


def test_a_large_file_is_not_read_whole() -> None:
    """Row 23, and remote files: the head and what it points to, however much lies behind."""

    class Counting(io.BytesIO):
        total = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.total += len(data)
            return data

    filling = b"\0" * (30 << 20)
    for data in (
        photo(exif=exif({0x110: "M"}, NOON)) + filling,
        heic(exif=exif({0x110: "M"}, NOON)) + box(b"free", filling),
        photo("PNG") + filling,
        film("mov") + box(b"free", filling),
    ):
        file = Counting(data)
        read_metadata(file, Hints("a"), data[:65536])
        assert file.total < 1 << 20

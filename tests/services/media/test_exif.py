"""EXIF fields (checklist rows 1, 4, 5, 8, 10 and 23)."""

import io
import struct
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.TiffImagePlugin import IFDRational

from services.media.dates import Rank, Stated
from services.media.exif import Tags, by_exifread, by_pillow, map_tags, read_exif
from services.media.facts import Facts
from tests.services.media.metadata_samples import exif, photo, position

BLOCK = exif(
    {0x10E: "A day at the sea", 0x10F: "Canon", 0x110: "Canon EOS R5", 0x112: 6, 0x4746: 4},
    {
        **{0x9003: "2026:07:01 14:33:39", 0x9291: "25", 0x9011: "+02:00"},
        **{0x9004: "2026:07:01 14:33:40", 0x9012: "-07:00", 0xA434: "RF50mm F1.8 STM"},
        **{0x9010: "+14:00", 0x132: "2030:01:01 00:00:00", 0xA002: 8192, 0xA003: 5464},
    },
    {**position(47.5, 11.25, "S", "W"), 5: b"\1", 6: 12.5, 7: (12.0, 33.0, 38.0), 29: "2026:07:01"},
)


def facts(block: bytes) -> Facts:
    found, problems = read_exif(block, io.BytesIO(block))
    assert found is not None
    assert problems == []
    return found


@pytest.mark.parametrize(
    "tags", [by_exifread(io.BytesIO(BLOCK)), by_pillow(BLOCK)], ids=["exifread", "Pillow"]
)
def test_both_parsers_give_the_same_facts(tags: Tags) -> None:
    found = map_tags(tags)
    assert found.values == {
        **{"make": "Canon", "model": "Canon EOS R5", "lens": "RF50mm F1.8 STM", "orientation": 6},
        **{"rating": 4, "description": "A day at the sea", "width": 8192, "height": 5464},
        **{"lat": -47.5, "lon": -11.25, "altitude_m": -12.5},
    }
    assert found.gps_time == datetime(2026, 7, 1, 12, 33, 38)


@pytest.mark.parametrize(
    "parse", [lambda b: by_exifread(io.BytesIO(b)), by_pillow], ids=["exifread", "Pillow"]
)
def test_how_it_was_taken(parse: Callable[[bytes], Tags]) -> None:
    inner = {0x829A: IFDRational(1, 250), 0x829D: 2.8, 0x8827: 400, 0x9209: 0x19, 0x920A: 35.0}
    found = map_tags(parse(exif({0x110: "Camera"}, inner))).values
    assert {name: found[name] for name in ("iso", "f", "mm", "exposure", "flash")} == {
        "iso": 400, "f": 2.8, "mm": 35.0, "exposure": 0.004, "flash": True,
    }  # fmt: skip
    assert map_tags(parse(exif({0x110: "Camera"}, {0x9209: 0x10}))).values["flash"] is False


def test_settings_that_cannot_be_are_not_known() -> None:
    inner = {0x829A: IFDRational(0, 1), 0x829D: IFDRational(0, 0), 0x8827: 0, 0x920A: IFDRational(0, 10)}
    found = facts(exif({0x110: "Camera"}, inner)).values
    assert not {"iso", "f", "mm", "exposure", "flash"} & found.keys()


def test_each_date_has_its_own_offset_and_offset_time_is_never_used() -> None:
    """Rows 4 and 5: OffsetTime (+14:00) belongs to ModifyDate (2030); neither appears."""
    assert facts(BLOCK).dates == [
        Stated(
            Rank.ORIGINAL,
            "EXIF DateTimeOriginal",
            local=datetime(2026, 7, 1, 14, 33, 39, 250000),
            offset=120,
            precision="subsecond",
            offset_source="EXIF OffsetTimeOriginal",
        ),
        Stated(
            Rank.DIGITISED,
            "EXIF DateTimeDigitized",
            local=datetime(2026, 7, 1, 14, 33, 40),
            offset=-420,
            offset_source="EXIF OffsetTimeDigitized",
        ),
    ]
    only_modified = exif({0x110: "Camera", 0x132: "2030:01:01 00:00:00"}, {0x9010: "+14:00"})
    assert facts(only_modified).dates == []


@pytest.mark.parametrize(
    "text", ["    :  :     :  :  ", "0000:00:00 00:00:00", "2026:02:30 10:00:00", "1970:01:01 00:00:00"]
)
def test_blank_and_impossible_dates_are_missing(text: str) -> None:
    """Row 8."""
    assert facts(exif({0x110: "Camera"}, {0x9003: text})).dates == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_told_as_written(orientation: int) -> None:
    """Row 1."""
    assert facts(exif({0x112: orientation})).values == {"orientation": orientation}


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_is_left_out(orientation: int) -> None:
    assert facts(exif({0x110: "Camera", 0x112: orientation})).values == {"model": "Camera"}


NOTHING = IFDRational(0, 0)


@pytest.mark.parametrize(
    "gps",
    [
        position(0.0, 0.0),
        position(lat_ref="", lon_ref=""),
        position(91.0, 5.0),
        {**position(), 2: (NOTHING, NOTHING, NOTHING)},
        {1: "N", 3: "E"},
        {1: "N", 2: (47.5,), 3: "E", 4: (11.0,)},
        {},
    ],
    ids=["0,0", "no hemisphere", "out of range", "0/0", "no numbers", "one number", "empty"],
)
def test_what_is_no_position(gps: dict[int, Any]) -> None:
    """Row 10."""
    assert "lat" not in facts(exif({0x110: "Camera"}, gps=gps)).values


def test_seconds_that_are_zero_by_zero_count_as_none() -> None:
    """Row 10."""
    found = facts(exif({0x110: "Camera"}, gps={**position(), 2: (47.0, 30.0, NOTHING)}))
    assert found.values["lat"] == 47.5


@pytest.mark.parametrize("clock", [(25.0, 0.0, 0.0), (10.0, 99.0, 0.0), (NOTHING, 0.0, 0.0)])
def test_satellite_times_that_no_clock_shows_are_missing(clock: tuple[Any, ...]) -> None:
    assert facts(exif({0x110: "Camera"}, gps={7: clock, 29: "2026:07:01"})).gps_time is None


def test_strings_without_an_end_are_cut_and_cameras_own_words_left_out() -> None:
    block = exif({0x10E: "OLYMPUS DIGITAL CAMERA         ", 0x10F: "Maker\0junk", 0x110: "Model   "})
    assert facts(block).values == {"make": "Maker", "model": "Model"}


def test_windows_words() -> None:
    block = exif(
        {0x110: "M", 0x9C9B: "Bäume\0".encode("utf-16-le"), 0x9C9E: "sea; sun;sea\0".encode("utf-16-le")}
    )
    assert facts(block).values == {"model": "M", "title": "Bäume", "keywords": ("sea", "sun")}


def test_a_whole_tiff_is_read_where_it_lies() -> None:
    data = photo("TIFF", tiffinfo={0x10F: "Phase One", 0x110: "P 45+"})
    found, problems = read_exif(None, io.BytesIO(data))
    assert found is not None
    assert (found.values["make"], problems) == ("Phase One", [])


def test_the_second_parser_reads_what_the_first_fails_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(file: object) -> Tags:
        raise AssertionError("as exifread does on corrupt input")

    monkeypatch.setattr("services.media.exif.by_exifread", failing)
    assert facts(BLOCK).values["model"] == "Canon EOS R5"


def test_what_both_fail_on_is_a_complaint() -> None:
    found, problems = read_exif(b"\xff\xd8\xff", io.BytesIO())
    assert found is None
    assert [problem.split(":")[0] for problem in problems] == ["EXIF", "EXIF"]


def test_counts_that_lead_nowhere_end_soon() -> None:
    """Row 23: a maker note and a text of 4 GB in a few bytes; exifread alone reads byte by byte for hours."""
    entries = b"".join(
        struct.pack("<HHII", tag, kind, 0xFFFFFFF0, 8) for tag, kind in ((0x10F, 2), (0x927C, 7), (0x9286, 7))
    )
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + entries + b"\0\0\0\0"
    start = time.process_time()
    read_exif(block, io.BytesIO(block))
    read_exif(None, io.BytesIO(block + b"x" * (40 << 20)))
    assert time.process_time() - start < 10


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=120), st.integers(0, len(BLOCK) - 1))
def test_any_damage_is_survived(data: bytes, at: int) -> None:
    block = BLOCK[:at] + data + BLOCK[at + len(data) :]
    read_exif(block, io.BytesIO(block))
    read_exif(None, io.BytesIO(block))

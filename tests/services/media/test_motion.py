"""Motion photos (checklist row 13)."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.facts import Facts
from services.media.motion import find_motion
from tests.services.media.metadata_samples import film, photo

PICTURE, VIDEO = photo(), film(seconds=0.3)


def hints(**extra: object) -> Facts:
    return Facts("XMP", extra=dict(extra))


def container(*items: dict[str, str]) -> Facts:
    return Facts("XMP", extra={"GCamera:MotionPhoto": 1, "items": [{"Semantic": "Primary"}, *items]})


def samsung(video: bytes, kind: int = 0x0A30) -> bytes:
    """A trailer with another entry before the video, as Samsung's camera writes it."""
    other = struct.pack("<HHI", 0, 0x0A01, 14) + b"Image_UTC_Data" + b"1588632251000"
    entry = struct.pack("<HHI", 0, kind, 16) + b"MotionPhoto_Data" + video
    directory = b"SEFH" + struct.pack("<II", 106, 2)
    directory += struct.pack("<HHII", 0, 0x0A01, len(other) + len(entry), len(other))
    directory += struct.pack("<HHII", 0, kind, len(entry), len(entry))
    return other + entry + directory + struct.pack("<I", len(directory)) + b"SEFT"


def motion(
    data: bytes, facts: Facts | None = None, mpvd: tuple[int, int] | None = None
) -> tuple[int, int] | None:
    return find_motion(io.BytesIO(data), len(data), facts, mpvd)


def test_the_container_counts_from_the_end() -> None:
    found = container({"Semantic": "MotionPhoto", "Mime": "video/mp4", "Length": str(len(VIDEO))})
    assert motion(PICTURE + VIDEO, found) == (len(PICTURE), len(VIDEO))


def test_items_after_the_video_and_padding_are_counted() -> None:
    found = container(
        {"Semantic": "GainMap", "Mime": "image/jpeg", "Length": "100"},
        {"Semantic": "MotionPhoto", "Mime": "video/mp4", "Length": str(len(VIDEO)), "Padding": "7"},
        {"Semantic": "Other", "Mime": "application/octet-stream", "Length": "20"},
    )
    data = PICTURE + b"g" * 100 + VIDEO + b"p" * 7 + b"o" * 20
    assert motion(data, found) == (len(PICTURE) + 100, len(VIDEO))


def test_the_older_offset_counts_from_the_end() -> None:
    found = hints(**{"GCamera:MicroVideo": 1, "GCamera:MicroVideoOffset": len(VIDEO)})
    assert motion(PICTURE + VIDEO, found) == (len(PICTURE), len(VIDEO))


def test_the_box_of_a_heic() -> None:
    place = (len(PICTURE), len(VIDEO))
    assert motion(PICTURE + VIDEO + b"trailer", None, place) == place


def test_the_box_knows_the_length_better_than_the_container() -> None:
    found = container({"Semantic": "MotionPhoto", "Mime": "video/mp4", "Length": str(len(VIDEO) + 7)})
    place = (len(PICTURE), len(VIDEO))
    assert motion(PICTURE + VIDEO + b"trailer", found, place) == place


def test_the_trailer_of_samsung() -> None:
    data = PICTURE + samsung(VIDEO)
    place = motion(data)
    assert place is not None
    assert data[place[0] : sum(place)] == VIDEO


def test_a_wrong_hint_gives_way_to_a_right_one() -> None:
    found = hints(**{"GCamera:MicroVideoOffset": 17})
    data = PICTURE + samsung(VIDEO)
    assert motion(data, found) == motion(data)
    assert motion(data) is not None


@pytest.mark.parametrize(
    "facts",
    [
        None,
        hints(**{"GCamera:MicroVideoOffset": 10**9}),
        hints(**{"GCamera:MicroVideoOffset": -5}),
        container({"Semantic": "MotionPhoto", "Length": "-20"}),
        container({"Semantic": "MotionPhoto", "Length": "x"}),
        container({"Semantic": "MotionPhoto"}),
        Facts("XMP", extra={"GCamera:MotionPhoto": 0, "items": [{}, {"Mime": "video/mp4", "Length": "9"}]}),
        Facts("XMP", extra={"GCamera:MotionPhoto": 1, "items": []}),
    ],
)
def test_a_picture_without_a_video_has_none(facts: Facts | None) -> None:
    assert motion(PICTURE, facts, (5, 20)) is None


@pytest.mark.parametrize("length", [0, 11, 0xFFFFFFFF])
def test_a_trailer_of_impossible_length_is_none(length: int) -> None:
    assert motion(PICTURE + struct.pack("<I", length) + b"SEFT") is None
    assert motion(b"SEFT") is None


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_trailer_is_survived(data: bytes) -> None:
    for trailer in (data, b"SEFH" + data + struct.pack("<I", len(data) + 4) + b"SEFT"):
        motion(PICTURE + trailer)

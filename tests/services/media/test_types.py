"""Readings survive the way between the decoder child and the service."""

import dataclasses
import json

from services.media.types import Fingerprints, Metadata, Reading, Taken

METADATA = Metadata(
    kind="photo",
    mime="image/jpeg",
    width=40,
    height=30,
    taken=Taken(local="2026-07-01T12:00:00", offset=120, utc="2026-07-01T10:00:00Z", source="EXIF"),
    altitude_m=-3.0,
    keywords=("sea", "sun"),
    artist="Anna",
    motion=(100, 200),
    faces=2,
    people=("Anna", "Zoë"),
    sources={"width": "header"},
    problems=("something",),
)
READING = Reading("00" * 32, 4711, "11" * 32, METADATA, Fingerprints("0f", "f0", "AA==", "102030"), b"webp")


def test_a_reading_is_the_same_after_the_way_through_json() -> None:
    data = json.loads(json.dumps(READING.to_json()))
    assert Reading.from_json(data, b"webp") == READING


def test_absent_parts_stay_absent() -> None:
    bare = Reading("00" * 32, 0, None, Metadata("other", "application/octet-stream"), None, None, "empty")
    assert Reading.from_json(json.loads(json.dumps(bare.to_json())), None) == bare


def test_the_rendition_is_no_part_of_the_json() -> None:
    assert "rendition" not in READING.to_json()
    assert {field.name for field in dataclasses.fields(Reading)} - {"rendition"} == set(READING.to_json())

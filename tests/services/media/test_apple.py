"""Apple's maker note (checklist rows 12 and 14)."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.apple import burst_id, live_id, read_note
from tests.services.media.metadata_samples import apple_note

LIVE, BURST = "1745E022-9712-43C7-B024-F308EC6413CB", "0F2B8D1C-73A1-4E5E-9C8E-0D1A2B3C4D5E"


@pytest.mark.parametrize("order", [">", "<"])
def test_identifiers_are_whole(order: str) -> None:
    """exifread gives them without their first 14 characters."""
    texts = read_note(apple_note({0x0011: LIVE, 0x000B: BURST}, order))
    assert (live_id(texts), burst_id(texts)) == (LIVE, BURST)


def test_other_notes_and_other_tags_say_nothing() -> None:
    assert read_note(b"Nikon\0\2\x10" + b"\0" * 40) == {}
    assert live_id(read_note(apple_note({0x0015: "something"}))) is None


def test_a_note_that_points_beyond_its_end_says_nothing() -> None:
    note = apple_note({0x0011: LIVE})
    assert read_note(note[:-10]) == {}
    assert read_note(note[:14] + struct.pack(">H", 60_000) + note[16:]) == {0x0011: LIVE}


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_survived(data: bytes) -> None:
    read_note(b"Apple iOS\0\0\1MM" + data)

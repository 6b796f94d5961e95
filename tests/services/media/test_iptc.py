"""IPTC records (checklist rows 4 to 6)."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.dates import Rank, Stated
from services.media.iptc import read_iptc
from tests.services.media.metadata_samples import iptc


def test_words_in_utf8_and_latin1() -> None:
    block = iptc(
        (5, b"Title"), (25, "Überflug".encode()), (25, "Ménthon".encode("latin-1")), (120, b"Words\n")
    )
    assert read_iptc(block).values == {
        "keywords": ("Überflug", "Ménthon"),
        "title": "Title",
        "description": "Words",
    }


def test_dates_have_their_offset() -> None:
    found = read_iptc(iptc((55, b"20220110"), (60, b"151544-0400"), (62, b"20220110"), (63, b"151545+0530")))
    assert found.dates == [
        Stated(Rank.ORIGINAL, "IPTC DateCreated", local=datetime(2022, 1, 10, 15, 15, 44), offset=-240),
        Stated(
            Rank.DIGITISED, "IPTC DigitalCreationDate", local=datetime(2022, 1, 10, 15, 15, 45), offset=330
        ),
    ]


def test_a_zero_offset_is_what_programs_write_for_none() -> None:
    (date,) = read_iptc(iptc((55, b"20220110"), (60, b"151544+0000"))).dates
    assert date.offset is None


def test_a_time_without_a_day_and_a_day_that_is_none_are_no_dates() -> None:
    assert read_iptc(iptc((60, b"151544-0400"))).dates == []
    assert read_iptc(iptc((55, b"20100000"))).dates == []
    (day,) = read_iptc(iptc((55, b"20220110"), (60, b"no time"))).dates
    assert day.precision == "day"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    read_iptc(data)
    read_iptc(b"\x1c\x02\x19" + data)

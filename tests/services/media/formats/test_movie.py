"""Boxes of films (checklist rows 3, 6 and 22)."""

import io
import struct

import pytest

from services.media.formats.blocks import FormatError
from services.media.formats.movie import XMP_UUID, read_movie
from tests.services.media.metadata_samples import box, film, sound, xmp


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
def test_rotation_without_decoding_wherever_the_index_lies(rotation: int, options: dict[str, str]) -> None:
    """Rows 3 and 20."""
    data = film("mov", rotation=rotation, options=options)
    assert (data.index(b"moov") < data.index(b"mdat")) == bool(options)
    assert read_movie(io.BytesIO(data)).rotation == rotation


def test_sound_has_no_rotation() -> None:
    assert read_movie(io.BytesIO(sound("ipod", "aac"))).rotation is None


def quicktime_text(text: bytes) -> bytes:
    return box(b"\xa9day", struct.pack(">HH", len(text), 0x15C7), text)


def test_dates_in_user_data() -> None:
    """Row 6."""
    date = box(b"date", b"2020-11-20T15:04:02+0100")
    for user_data, expected in (
        (date, "2020-11-20T15:04:02+0100"),
        (quicktime_text(b"2020-11-20"), "2020-11-20"),
        (quicktime_text(b"2019") + date, "2020-11-20T15:04:02+0100"),
        (box(b"date", b"x" * 1000), None),
    ):
        data = box(b"ftyp", b"mp42") + box(b"moov", box(b"udta", user_data))
        assert read_movie(io.BytesIO(data)).date == expected


def test_xmp_in_its_box_or_in_user_data() -> None:
    packet = xmp({"xmp:Rating": "3"})
    moov = box(b"moov", box(b"udta", box(b"XMP_", packet)))
    assert read_movie(io.BytesIO(moov)).xmp == packet
    data = box(b"moov") + box(b"uuid", XMP_UUID, packet) + box(b"uuid", b"another sixteen!", b"data")
    assert read_movie(io.BytesIO(data)).xmp == packet


def test_without_an_index_the_file_is_cut_off() -> None:
    """Row 22."""
    data = film("mov")
    with pytest.raises(FormatError, match="cut off or still being written"):
        read_movie(io.BytesIO(data[: data.index(b"moov") - 4]))

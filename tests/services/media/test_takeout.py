"""Takeout JSON (checklist rows 6 and 36)."""

import json
from datetime import datetime
from typing import Any

import pytest

from services.media.dates import Rank, Stated
from services.media.formats.blocks import FormatError
from services.media.takeout import read_takeout


def written(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_date_position_and_words() -> None:
    found = read_takeout(
        written(
            photoTakenTime={"timestamp": "1588632251"},
            geoData={"latitude": 0.0, "longitude": 0.0},
            geoDataExif={"latitude": 40.7, "longitude": -73.9},
            description="At the river",
        )
    )
    assert found.dates == [
        Stated(Rank.TAKEOUT, "Takeout photoTakenTime", utc=datetime(2020, 5, 4, 22, 44, 11))
    ]
    assert found.values == {"lat": 40.7, "lon": -73.9, "description": "At the river"}


@pytest.mark.parametrize("timestamp", ["0", "x", None, "1e30", [1]])
def test_no_date(timestamp: object) -> None:
    assert read_takeout(written(photoTakenTime={"timestamp": timestamp}, geoData=[])).dates == []


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe\x00", b"[" * 100_000, b" " * (2 << 20)])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_takeout(data)

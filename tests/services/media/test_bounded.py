"""A parser that follows hostile counts comes to an end (checklist row 23)."""

import io

import pytest

from services.media.bounded import BoundedFile
from services.media.formats.blocks import FormatError


def test_it_reads_like_the_file_while_within_its_limits() -> None:
    view = BoundedFile(io.BytesIO(b"0123456789"), limit=100, calls=10)
    assert view.seekable()
    assert view.readable()
    view.seek(4)
    assert (view.read(3), view.tell(), view.read()) == (b"456", 7, b"789")


def test_it_never_gives_more_bytes_than_allowed() -> None:
    view = BoundedFile(io.BytesIO(b"x" * 100), limit=30, calls=10)
    assert len(view.read(20)) == 20
    assert len(view.read(1 << 40)) == 10
    with pytest.raises(FormatError, match="more reading than is allowed"):
        view.read(1)


def test_it_never_answers_more_calls_than_allowed() -> None:
    view = BoundedFile(io.BytesIO(b"x" * 100), limit=1000, calls=3)
    for _ in range(3):
        view.read(1)
    with pytest.raises(FormatError):
        view.read(1)

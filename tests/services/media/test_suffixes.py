"""What names promise."""

import pytest

from services.media.sniff import STARTS
from services.media.suffixes import PROMISES, promised


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_1.HEIC", ("photo", "image/heic")),
        ("a.b.Mov", ("video", "video/quicktime")),
        ("song.flac", ("audio", "audio/flac")),
        ("notes.txt", None),
        ("jpg", None),
        (".jpg", None),
        ("", None),
    ],
)
def test_a_name_promises(name: str, expected: tuple[str, str] | None) -> None:
    assert promised(name) == expected


def test_kinds_fit_their_types() -> None:
    for kind, mime in PROMISES.values():
        assert mime.split("/")[0] == {"photo": "image"}.get(kind, kind)
    known = {found.mime: found.kind for _, found in STARTS}
    for kind, mime in PROMISES.values():
        assert known.get(mime, kind) == kind

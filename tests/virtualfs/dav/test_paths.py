"""Paths: any encoding of the same bytes, and nothing that climbs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualfs.dav.errors import Refused
from virtualfs.dav.paths import href, segments_of


def scope(raw: bytes, root: str = "/dav") -> dict[str, object]:
    return {"raw_path": raw, "path": "", "root_path": root}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"/dav/", ()),
        (b"/dav", ()),
        (b"/dav/a/b", ("a", "b")),
        (b"/dav//a///b/", ("a", "b")),
        (b"/%64av/a%2eb", ("a.b",)),
        (b"/dav/100%25%20%231%3F", ("100% #1?",)),
        (b"/dav/caf%C3%A9%5b1%5D", ("caf\u00e9[1]",)),
        (b"/dav/caf%c3%a9", ("caf\u00e9",)),
        (b"/dav/caf%E9", ("caf\udce9",)),
        (b"/dav/a+b", ("a+b",)),
        (b"/dav/a?x=/y/..", ("a",)),
    ],
)
def test_segments(raw: bytes, expected: tuple[str, ...]) -> None:
    assert segments_of(scope(raw)) == expected


@pytest.mark.parametrize(
    "raw", [b"/dav/..", b"/dav/a/%2e%2E/b", b"/dav/.", b"/dav/a%2Fb", b"/dav/a%00", b"/dav/%2f"]
)
def test_climbing_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        segments_of(scope(raw))
    assert refused.value.status == 400


def test_without_raw_bytes_the_path_will_do() -> None:
    assert segments_of({"path": "/dav/a b/c", "root_path": "/dav"}) == ("a b", "c")


def test_addresses() -> None:
    assert href("/dav", [], is_folder=True) == "/dav/"
    assert href("/dav", ["a b", "c[1]"], is_folder=True) == "/dav/a%20b/c%5B1%5D/"
    assert href("/dav", ["100% #1?&;é.jpg"], is_folder=False) == "/dav/100%25%20%231%3F%26%3B%C3%A9.jpg"


@given(
    st.lists(
        st.text(min_size=1).filter(lambda s: s not in {".", ".."} and not set(s) & {"/", "\0"}), max_size=4
    )
)
def test_there_and_back(segments: list[str]) -> None:
    raw = href("/dav", segments, is_folder=False).encode()
    assert segments_of(scope(raw)) == tuple(segments)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UsageError
from services.storages import paths

NAMES = st.binary(min_size=1, max_size=20).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_"))


@given(st.lists(NAMES.filter(lambda name: name not in {b".", b".."}), max_size=4))
def test_any_bytes_go_there_and_back(names: list[bytes]) -> None:
    raw = b"/".join(names)
    path = paths.to_text(raw)
    assert paths.to_bytes(path) == raw
    assert paths.parts(path) == [paths.to_text(name) for name in names]


@pytest.mark.parametrize("path", ["/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../../b", "a\0", "\0"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="is no path") as caught:
        paths.parts(path)
    assert caught.value.field == "path"


@pytest.mark.parametrize("path", ["half\ud800", "../\ud800"])
def test_half_a_character_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        paths.to_bytes(path)


def test_dots_in_names_are_just_dots() -> None:
    assert paths.parts("..a/b../.../.c") == ["..a", "b..", "...", ".c"]


def test_taking_apart_and_putting_together() -> None:
    assert (paths.parent("a/b/c"), paths.leaf("a/b/c")) == ("a/b", "c")
    assert (paths.parent("a"), paths.leaf("a")) == ("", "a")
    assert (paths.parent(""), paths.leaf("")) == ("", "")
    assert paths.join("", "a") == "a"
    assert paths.join("a/b", "c") == "a/b/c"


def test_within_is_by_whole_names() -> None:
    assert paths.is_within("a/b", "a")
    assert paths.is_within("a", "a")
    assert paths.is_within("a", "")
    assert not paths.is_within("ab", "a")
    assert not paths.is_within("a", "a/b")


@given(st.binary(max_size=40))
def test_every_path_goes_through_json_and_back(raw: bytes) -> None:
    path = paths.to_text(raw)
    told = paths.to_json(path)
    told.encode()  # no half character: PostgreSQL and browsers take it
    assert paths.from_json(told) == path
    assert told == path or "%" in told  # and an ordinary name is as it was


def test_what_differs_in_letters_alone_is_in_one_folder() -> None:
    assert paths.differ_in_letters("2026/a.jpg", "2026/A.JPG")
    assert paths.differ_in_letters("caf\u00e9", "cafe\u0301")
    assert not paths.differ_in_letters("a.jpg", "a.jpg")
    assert not paths.differ_in_letters("album/a.jpg", "Album/a.jpg")
    assert not paths.differ_in_letters("a.jpg", "b.jpg")

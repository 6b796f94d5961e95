"""Names as rclone writes them: legal in a path, and never two of one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.storages import paths
from services.storages.feeds.rclone_names import DROPBOX, GOOGLE, ONEDRIVE, Encoding, below, name

SAID = {
    "IMG_1.jpg": ("IMG_1.jpg", "IMG_1.jpg", "IMG_1.jpg"),
    "ü 🏔": ("ü 🏔", "ü 🏔", "ü 🏔"),
    "a.b．c": ("a.b．c", "a.b．c", "a.b．c"),
    "...": ("...", "...", "..."),
    "．": ("．", "‛．", "．"),
    "．．": ("．．", "‛．‛．", "．．"),
    "‛．": ("‛．", "‛‛．", "‛．"),
    "‛．‛．": ("‛．‛．", "‛‛．‛‛．", "‛．‛．"),
    "a．": ("a.", "a．", "a．"),
    "a／b": ("a／b", "a‛／b", "a／b"),
    "a‛／b": ("a‛／b", "a‛‛‛／b", "a‛／b"),
    "a＼b": ("a\\b", "a＼b", "a\\b"),
    "a\\b": ("a\\b", "a\\b", "a\\b"),
    "12：30": ("12:30", "12：30", "12：30"),
    "‛：": ("：", "‛‛：", "‛‛："),
    "＜＞＂？＊｜": ('<>"?*|', "＜＞＂？＊｜", "＜＞＂？＊｜"),
    "␠a␠": (" a ", "␠a␠", "␠a "),
    "～a～": ("~a～", "～a～", "～a～"),
    " a ": (" a ", " a ", " a "),
    "\x01\n\x1f": ("␁␊␟", "␁␊␟", "␁␊␟"),
    "␁␊": ("␁␊", "‛␁‛␊", "‛␁‛␊"),
    "\x7f": ("␡", "␡", "␡"),
    "␡": ("␡", "‛␡", "␡"),
    "␀": ("␀", "␀", "␀"),
    "‛": ("‛‛", "‛‛", "‛‛"),
    "‛‛": ("‛‛", "‛‛", "‛‛"),
}
"""What rclone 1.75 lists a name as, with the default encoding of OneDrive, Drive and Dropbox: got by giving
the same encodings to its type `local`."""


@pytest.mark.parametrize("raw", SAID)
def test_as_rclone_lists_it(raw: str) -> None:
    assert tuple(name(raw, encoding) for encoding in (ONEDRIVE, GOOGLE, DROPBOX)) == SAID[raw]


@pytest.mark.parametrize("encoding", [ONEDRIVE, GOOGLE, DROPBOX], ids=["onedrive", "google", "dropbox"])
@given(raw=st.text(alphabet="a/.．／\x00\x01\x7f␀␁␡‛␠ ", min_size=1, max_size=6))
@example(raw="..")
@example(raw="a/b")
def test_every_name_is_one_part_of_a_path(encoding: Encoding, raw: str) -> None:
    assert paths.parts(name(raw, encoding)) == [name(raw, encoding)]


@given(*[st.text(alphabet="a/.．／\x01␁\x7f␡", min_size=1, max_size=5)] * 2)
def test_two_names_stay_two(one: str, other: str) -> None:
    """In a drive whose names are not written with look-alikes."""
    assert (name(one, GOOGLE) == name(other, GOOGLE)) == (one == other)


@pytest.mark.parametrize(
    ("path", "root", "found"),
    [
        ("a/b", "", "a/b"),
        ("a/b", "a", "b"),
        ("a", "a", ""),
        ("", "", ""),
        ("", "a", None),
        ("ab/c", "a", None),
        ("A/b", "a", None),
        (None, "", None),
    ],
)
def test_below_the_root(path: str | None, root: str, found: str | None) -> None:
    assert below(path, root) == found


def test_below_whatever_the_case() -> None:
    assert below("STRASSE/b", "straße", ignore_case=True) == "b"
    assert below("x/b", "straße", ignore_case=True) is None

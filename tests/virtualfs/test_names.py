"""Names: legal everywhere, unique, stable, and to be had back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.names import fold, shown
from virtualfs import names

HOSTILE = [
    "a:b.jpg", "what?.jpg", "a\\b.jpg", "pipe|.jpg", '"quoted".jpg', "<tag>.jpg", "star*.jpg", "trailing.", "trailing ",
    "..", ".", "...", " ", "CON", "con.txt", "Nul .tar.gz", "COM1", "lpt9.jpg", "com¹.x", "line\nbreak.jpg",
    "tab\there.jpg", "zero\x01.jpg", "del\x7f.jpg", "right\u202eto-left.jpg", "mark‛：.jpg", "‛‛", "：", "␠", "x␠",
    "100% #1 [a] {b} & <c>.jpg", "caf\udce9.jpg", "emoji👩\u200d👧.jpg", "nfd-e\u0301.jpg", "\ufffe.jpg", "\uffff",
    "ß.jpg", "İ.jpg", "a" * 300 + ".jpeg", "漢" * 100 + ".jpg", ":" * 200, "x." + "y" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_legal_on_every_client(name: str) -> None:
    safe = names.safe(name)
    assert safe
    assert len(safe.encode()) <= names.MAX_BYTES
    assert unicodedata.is_normalized("NFC", safe)
    assert not set(safe) & set('<>:"/\\|?*\ufffe\uffff')
    assert not any(ord(c) < 0x20 or 0x202A <= ord(c) <= 0x202E for c in safe)
    assert not safe.endswith((".", " "))
    stem = safe.partition(".")[0].rstrip(" ").casefold()
    assert stem not in {"con", "prn", "aux", "nul", "com1", "com¹", "lpt9"}


@pytest.mark.parametrize(
    "name", [n for n in HOSTILE if len(names.safe(n).encode()) < 250 and "\\x" not in shown(n)]
)
def test_the_mapping_goes_both_ways(name: str) -> None:
    assert names.restore(names.safe(name)) == unicodedata.normalize("NFC", name)


@given(st.text(alphabet=st.sampled_from('aA:："‛␀.．  ␠?？\\＼／con'), min_size=1, max_size=12))
def test_different_names_stay_different(name: str) -> None:
    assert names.restore(names.safe(name)) == name
    assert names.asked(names.safe(name)) == names.safe(name)


@pytest.mark.parametrize("name", ["a／b.jpg", "／etc／passwd", "‛／", "a␀b"])
def test_no_name_leads_into_another_folder(name: str) -> None:
    """What stands for a slash is shown for one, as in the name of a collection; no file has one."""
    assert not set(names.restore(name)) & set("/\0")
    assert names.restore(names.safe(name)) == name
    assert names.safe("a/b") == "a／b"


def test_ordinary_names_are_left_alone() -> None:
    for name in (
        "IMG_0412.jpg",
        "Sommer in Köln.jpg",
        "a (2).jpg",
        ".hidden",
        "console.txt",
        "com.apple.jpg",
        "x",
    ):
        assert names.safe(name) == name


def test_long_names_keep_their_ending_and_stay_two() -> None:
    one, two = names.safe("a" * 400 + "1.jpeg"), names.safe("a" * 400 + "2.jpeg")
    assert one != two
    assert one.endswith(".jpeg")
    assert len(one.encode()) == names.MAX_BYTES
    assert names.may_be_cut(one)


def test_a_suffix_comes_from_the_id_and_can_be_taken_off() -> None:
    taken = {"a (7).jpg"}
    assert names.suffixed("a.jpg", 9, taken.__contains__) == "a (9).jpg"
    assert names.suffixed("a.jpg", 7, taken.__contains__) == "a (7) (7).jpg"
    assert list(names.unsuffixed("a (9).jpg")) == [("a.jpg", 9)]
    assert list(names.unsuffixed("folder (9)")) == [("folder", 9)]
    assert list(names.unsuffixed("a (7) (7).jpg")) == [("a (7).jpg", 7), ("a.jpg", 7)]
    assert list(names.unsuffixed("a (8) (7).jpg")) == [("a (8).jpg", 7)]
    assert list(names.unsuffixed("a.jpg")) == []
    long = names.suffixed("é" * 120 + ".jpg", 123456789, lambda _: False)
    assert len(long.encode()) <= names.MAX_BYTES
    assert long.endswith(" (123456789).jpg")


def test_a_name_is_asked_in_any_form() -> None:
    assert names.asked("e\u0301.jpg") == "\u00e9.jpg"
    assert names.asked("caf\udce9.jpg") == names.safe("caf\udce9.jpg")
    assert fold(names.asked("CAFE\u0301")) == "caf\u00e9"


def test_junk_and_markers_are_known_by_name() -> None:
    for name in (
        "._IMG_1.jpg",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "Desktop.ini",
        ".localized",
        "autorun.inf",
    ):
        assert names.is_junk(name)
    assert not names.is_junk("folder.jpg")
    assert names.is_marker(".metadata_never_index")
    assert not names.is_marker(".hidden")

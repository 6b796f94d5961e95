"""Sidecars, adjustments and Takeout JSON by name (checklist rows 11, 16 and 36)."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.companions import (
    ending_of,
    fold,
    is_companion,
    pair_adjustments,
    pair_sidecars,
    pair_subtitles,
    pair_takeout,
    stem_of,
    subtitle_words,
)


def test_the_sidecar_of_the_whole_name_comes_first() -> None:
    """Row 11."""
    assert pair_sidecars(["a.jpg"], ["a.jpg.xmp", "a.xmp"]) == {"a.jpg": "a.jpg.xmp"}
    assert pair_sidecars(["a.jpg"], ["a.xmp"]) == {"a.jpg": "a.xmp"}


def test_the_sidecar_of_a_stem_needs_one_owner() -> None:
    """Row 11: of two pictures it belongs to neither; Lightroom writes it for the RAW file."""
    assert pair_sidecars(["a.jpg", "a.png"], ["a.xmp"]) == {}
    assert pair_sidecars(["a.jpg", "a.CR2"], ["a.xmp"]) == {"a.CR2": "a.xmp"}
    assert pair_sidecars(["a.dng", "a.CR2"], ["a.xmp"]) == {}
    pairs = pair_sidecars(["a.jpg", "a.png"], ["a.jpg.xmp", "a.png.xmp"])
    assert pairs == {"a.jpg": "a.jpg.xmp", "a.png": "a.png.xmp"}


def test_orphans_are_in_no_pair() -> None:
    """Row 11."""
    assert pair_sidecars(["a.jpg"], ["b.xmp", "b.jpg.xmp", "a.jpg.txt"]) == {}


def test_names_are_compared_in_nfc_without_case() -> None:
    """Row 11, and row 24: a copy by a Mac writes names decomposed."""
    media, sidecar = unicodedata.normalize("NFD", "Ménthon.JPG"), "ménthon.jpg.XMP"
    assert pair_sidecars([media], [sidecar]) == {media: sidecar}


def test_adjustments_of_ios() -> None:
    """Row 16."""
    pairs = pair_adjustments(
        ["IMG_1234.HEIC", "IMG_E1234.JPG"], ["IMG_1234.AAE", "IMG_O1234.AAE", "IMG_9.AAE"]
    )
    assert pairs == {"IMG_1234.AAE": "img_1234", "IMG_O1234.AAE": "img_1234"}


LONG = "a-very-long-name-of-a-picture-that-somebody-once-took.jpg"
EMOJI = "🍂" * 30 + ".jpg"


@pytest.mark.parametrize(
    ("media", "json"),
    [
        ("a.jpg", "a.jpg.json"),
        ("a.jpg", "a.jpg.supplemental-metadata.json"),
        ("a.jpg", "A.JPG.supplemental-metadata.json"),
        ("IMG_20240701_143339123.jpg", "IMG_20240701_143339123.jpg.supplemental-metada.json"),
        ("IMG_20240701_143339123.MP.jpg", "IMG_20240701_143339123.MP.jpg.supplemental-met.json"),
        ("a(1).jpg", "a.jpg(1).json"),
        ("a(1).jpg", "a.jpg.supplemental-metadata(1).json"),
        ("a(1).jpg", "a(1).jpg.json"),
        ("a-edited.jpg", "a.jpg.supplemental-metadata.json"),
        ("a-bearbeitet.jpg", "a.jpg.json"),
        ("a-edited(1).jpg", "a.jpg(1).json"),
        (LONG, LONG[:46] + ".json"),
        (EMOJI, EMOJI[:23] + ".json"),
        (EMOJI, EMOJI[:46] + ".json"),
    ],
)
def test_takeout_cuts_names_and_moves_numbers(media: str, json: str) -> None:
    """Row 36."""
    assert pair_takeout([media], [json, "other.json", "metadata.json"]) == {media: json}


@pytest.mark.parametrize(
    ("media", "json"),
    [("a.jpg", "a.json"), ("ab.jpg", "a.jpg.json"), ("a.jpg", "a.jpg(1).json"), (LONG, LONG[:20] + ".json")],
)
def test_other_json_belongs_to_nobody(media: str, json: str) -> None:
    assert pair_takeout([media], [json]) == {}


def test_each_copy_has_its_own_json() -> None:
    """Row 36."""
    jsons = ["a.jpg.supplemental-metadata.json", "a.jpg.supplemental-metadata(1).json"]
    pairs = pair_takeout(["a.jpg", "a(1).jpg", "a-edited.jpg"], jsons)
    assert pairs == {"a.jpg": jsons[0], "a(1).jpg": jsons[1], "a-edited.jpg": jsons[0]}


def test_what_may_be_a_companion() -> None:
    assert [is_companion(n) for n in ("a.XMP", "a.aae", "a.json", "a.Srt", "a.jpg", "xmp")] == [True] * 4 + [
        False
    ] * 2
    assert (stem_of("A.b.JPG"), ending_of("A.b.JPG"), fold("Ä")) == ("a.b", ".jpg", "ä")


NAMES = st.lists(
    st.from_regex(r"[abAB]{1,2}(\([12]\))?(-edited)?\.(jpg|CR2)(\.json|\.xmp)?", fullmatch=True),
    max_size=12,
    unique=True,
)


@settings(deadline=None)
@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(names: list[str], chance: random.Random) -> None:
    shuffled = chance.sample(names, len(names))
    for pair in (pair_sidecars, pair_takeout, pair_adjustments):
        first, second = (
            pair([n for n in given if not is_companion(n)], [n for n in given if is_companion(n)])
            for given in (names, shuffled)
        )
        assert first == second
        assert set(first) | set(first.values()) <= set(names) | {stem_of(name) for name in names}


def test_subtitles_belong_to_the_video_of_their_stem() -> None:
    names = [
        "Film.SRT",
        "film.de.srt",
        "FILM.en.forced.srt",
        "film.pt-BR.sdh.srt",
        "Other.srt",
        "film.speech.srt",
        "srt",
    ]
    assert pair_subtitles(["Film.mp4"], [*names, "film.xmp"]) == dict.fromkeys(names[:4], "Film.mp4")
    decomposed = unicodedata.normalize("NFD", "Über.de.srt")
    assert pair_subtitles(["über.MP4"], [decomposed]) == {decomposed: "über.MP4"}


def test_the_longest_stem_has_the_subtitle() -> None:
    videos = ["a.mp4", "a.de.mp4"]
    assert pair_subtitles(videos, ["a.srt", "a.de.srt", "a.de.de.srt", "a.fr.srt"]) == {
        "a.srt": "a.mp4", "a.de.srt": "a.de.mp4", "a.de.de.srt": "a.de.mp4", "a.fr.srt": "a.mp4",
    }  # fmt: skip


def test_a_subtitle_of_several_videos_belongs_to_nobody() -> None:
    assert pair_subtitles(["a.mp4", "a.mov"], ["a.srt", "a.de.srt"]) == {}
    assert pair_subtitles(["a.mp4", "A.mp4"], ["a.srt"]) == {}
    whole = {"a.mov.srt": "a.mov", "a.mov.de.srt": "a.mov"}
    assert pair_subtitles(["a.mp4", "a.mov"], ["a.srt", *whole]) == whole, "but for the whole name"
    assert pair_subtitles(["a.mp4"], ["a.mov.srt", "a.mkv.srt", "a.2019.srt", ".srt", "a..srt"]) == {}
    assert pair_subtitles(["a.mp4"], ["a.de.en.fr.forced.sdh.srt"]) == {}, "five words are none of ours"


def test_what_a_subtitle_says_in_its_name() -> None:
    for name, words in {
        "film.srt": ("", ()), "Film.DE.srt": ("de", ()), "film.en.forced.srt": ("en", ("forced",)),
        "film.mp4.german.cc.srt": ("de", ("cc",)), "film.forced.srt": ("", ("forced",)),
        "film.en.hi.srt": ("en", ("hi",)),
        "film.hi.srt": ("hi", ()), "film.sdh.fr.srt": ("fr", ("sdh",)), "other.de.srt": ("", ()),
    }.items():  # fmt: skip
        assert subtitle_words(name, "Film.mp4") == words

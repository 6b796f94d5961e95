"""Which small file belongs to which media file of a folder, by names alone: XMP sidecars, AAE, Takeout JSON, subtitles.

Pure functions. Names are compared in NFC and without case; the answers hold the names as given.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from .languages import language_of

XMP_ENDING, AAE_ENDING, JSON_ENDING, SRT_ENDING = ".xmp", ".aae", ".json", ".srt"
RAW_ENDINGS = frozenset(
    (
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".nef", ".nrw"),
        *(".orf", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srw", ".x3f"),
    )
)
"""Lightroom writes `a.xmp` for the RAW file alone when a JPEG lies beside it."""
TAKEOUT_WORD = ".supplemental-metadata"
TAKEOUT_LENGTH = 46
"""Takeout cuts the name before `.json` at this length, in characters or in UTF-16 units."""
TAKEOUT_COPY = re.compile(r"(?P<before>.*)(?P<copy>\(\d+\))", re.DOTALL)
EDITED = re.compile(
    r"(?P<stem>.+)-(?:edited|edit|bearbeitet|modifié|modificato|editado|bewerkt|redigeret|edytowane|编辑|編集済み)",
    re.IGNORECASE | re.DOTALL,
)
"""Google Photos in the languages it exports in, and Lightroom."""
SUBTITLE_NOTES = frozenset({"forced", "sdh", "cc", "hi", "full", "default"})
"""What stands in names of subtitles besides a language: of what is foreign only, for the hard of hearing, all of it."""
MOST_WORDS = 4
IOS_NAME = re.compile(r"(?P<before>[a-z]{3}_)(?P<mark>[eo])(?P<number>\d{4,})")
"""`img_e1234` is the edit of `img_1234`; `img_o1234` appears on adjustments only."""


def fold(name: str) -> str:
    """A name as compared: NFC, without case."""
    return unicodedata.normalize("NFC", name).casefold()


def stem_of(name: str) -> str:
    """The folded name without its last extension."""
    return PurePath(fold(name)).stem


def ending_of(name: str) -> str:
    """The folded last extension with its dot."""
    return PurePath(fold(name)).suffix


def is_companion(name: str) -> bool:
    """Whether a file of this name may belong to a media file; it is never shown as an item."""
    return ending_of(name) in (XMP_ENDING, AAE_ENDING, JSON_ENDING, SRT_ENDING)


def is_subtitle(name: str) -> bool:
    """Whether a file of this name may hold subtitles."""
    return ending_of(name) == SRT_ENDING


def pair_sidecars(media: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """The XMP sidecar of each media file that has one.

    `a.jpg.xmp` belongs to `a.jpg`. `a.xmp` belongs to the one media file with that stem; of several it
    belongs to the only RAW file, and to nobody when there is no such one. An orphan is in no pair.
    """
    sidecars = {fold(name): name for name in sorted(others) if ending_of(name) == XMP_ENDING}
    by_stem: dict[str, list[str]] = {}
    for name in sorted(media):
        by_stem.setdefault(stem_of(name), []).append(name)
    pairs: dict[str, str] = {}
    for stem, names in by_stem.items():
        for name in names:
            exact = sidecars.get(fold(name) + XMP_ENDING)
            if exact is not None:
                pairs[name] = exact
        raws = [name for name in names if ending_of(name) in RAW_ENDINGS]
        only = names if len(names) == 1 else raws
        if len(only) == 1 and stem + XMP_ENDING in sidecars:
            pairs.setdefault(only[0], sidecars[stem + XMP_ENDING])
    return pairs


def pair_subtitles(videos: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """The video of each subtitle file that has one.

    `film.srt`, `film.de.srt`, `film.en.forced.srt` belong to the one video with the stem `film`, and to nobody when
    there are several; `film.mp4.srt` belongs to `film.mp4` whatever lies beside it. The longest stem counts.
    """
    known: dict[str, list[str]] = {}
    for name in videos:
        for each in (fold(name), stem_of(name)):
            known.setdefault(each, []).append(name)
    pairs = {}
    for name in others:
        for stem, _ in _stems(name) if is_subtitle(name) else ():
            found = known.get(stem, [])
            if len(found) == 1:
                pairs[name] = found[0]
            if found:
                break
    return pairs


def subtitle_words(name: str, video: str) -> tuple[str, tuple[str, ...]]:
    """What a subtitle file of a video says in its name: the language, empty where it names none, and the notes."""
    known = {fold(video), stem_of(video)}
    words = next((words for stem, words in _stems(name) if stem in known), ())
    for word in words:
        if (language := language_of(word)) is not None:
            return language, tuple(other for other in words if other in SUBTITLE_NOTES and other is not word)
    return "", words


def _stems(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The stems of videos that a subtitle file may belong to, the longest first, each with the words behind it."""
    stem = stem_of(name)
    words: tuple[str, ...] = ()
    yield stem, words
    while len(words) < MOST_WORDS:
        stem, dot, word = stem.rpartition(".")
        if not (stem and dot) or (word not in SUBTITLE_NOTES and language_of(word) is None):
            return
        words = (word, *words)
        yield stem, words


def pair_adjustments(media: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """For each iOS `.AAE` file the folded stem of the media it adjusts: `img_1234`, also for `IMG_O1234`."""
    stems = {stem_of(name) for name in media}
    pairs = {}
    for name in others:
        if ending_of(name) == AAE_ENDING:
            stem = stem_of(name)
            marked = IOS_NAME.fullmatch(stem)
            plain = marked["before"] + marked["number"] if marked else stem
            if plain in stems or stem in stems:
                pairs[name] = plain if plain in stems else stem
    return pairs


def pair_takeout(media: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """The Takeout JSON of each media file that has one.

    `a.jpg.json` and `a.jpg.supplemental-metadata.json`, cut off at 46 characters; the number of a copy
    moves (`a(1).jpg` has `a.jpg(1).json`); an edited version shares the JSON of its original.
    """
    jsons = {
        fold(name)[: -len(JSON_ENDING)]: name for name in sorted(others) if ending_of(name) == JSON_ENDING
    }
    pairs: dict[str, str] = {}
    for name in sorted(media) if jsons else ():
        found = _takeout_base(fold(name), jsons) or _takeout_base(_without_edit(fold(name)), jsons)
        if found is not None:
            pairs[name] = jsons[found]
    return pairs


def _without_edit(name: str) -> str:
    path = PurePath(name)
    copy = TAKEOUT_COPY.fullmatch(path.stem)
    found = EDITED.fullmatch(copy["before"] if copy else path.stem)
    return found["stem"] + (copy["copy"] if copy else "") + path.suffix if found else name


def _takeout_base(name: str, jsons: dict[str, str]) -> str | None:
    """The JSON name (without ending) for a media name; the longest that fits."""
    path = PurePath(name)
    found = TAKEOUT_COPY.fullmatch(path.stem)
    copy = found["copy"] if found else ""
    plain = found["before"] + path.suffix if found else name
    whole = plain + TAKEOUT_WORD
    fitting = [whole[:end] + copy for end in range(len(whole), 0, -1) if _may_end(plain, whole, end)]
    # a real "(1)" in the name that Takeout left in place
    fitting += [
        (name + TAKEOUT_WORD)[:end] for end in range(len(name) + len(TAKEOUT_WORD), len(name) - 1, -1)
    ]
    return next((base for base in fitting if base in jsons), None)


def _may_end(plain: str, whole: str, end: int) -> bool:
    """Whether Takeout cuts a name there: anywhere after the file's own name, inside it only at the limit."""
    units = len(whole[:end].encode("utf-16-le", "surrogatepass")) // 2
    return end >= len(plain) or TAKEOUT_LENGTH - 1 <= units <= TAKEOUT_LENGTH + 1 or end == TAKEOUT_LENGTH

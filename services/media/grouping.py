"""What belongs together: the files of one item, here and only here. Bursts are in `services.media.bursts`.

Pure functions on names and metadata of one folder's files; the answer never depends on their order.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .companions import (
    EDITED,
    IOS_NAME,
    ending_of,
    fold,
    is_companion,
    is_subtitle,
    pair_adjustments,
    pair_sidecars,
    pair_subtitles,
    pair_takeout,
    stem_of,
)
from .subtitles import SUBRIP
from .types import Kind

Role = Literal["original", "raw", "live", "edit", "sidecar", "subtitle"]

LIVE_SECONDS = 4.0
LIVE_APART = 3.0
RAW_APART = 2.0
"""Seconds: the longest Live Photo video, and how far apart the two halves of a pair may have been taken."""
QUARTER = 15 * 60.0
ZONES_APART = 26 * 3600.0 + LIVE_APART
"""No two places have clocks that differ by more than 26 hours, nor by anything but quarters of hours."""
PIXEL_RAW = re.compile(r"\.raw-0[12](?:\.mp)?\.(?:cover|original)")
VERSION = re.compile(r"(?P<stem>.+)~(?P<number>\d+)", re.DOTALL)
COPY = re.compile(r"(?P<stem>.+?) ?\((?P<number>[1-9]\d{0,2})\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of a folder; `key` is the caller's, `taken_local` an ISO wall clock, maybe `guessed` from an instant."""

    key: int
    name: str
    kind: Kind
    mime: str
    raw: bool = False
    taken_local: str | None = None
    guessed: bool = False
    duration_s: float | None = None
    make: str | None = None
    model: str | None = None
    live_id: str | None = None
    burst_id: str | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one item: role by key, the key of the cover, and in words why (empty for a single file).

    Exactly one file is the original. The cover is the newest edit, else the original.
    """

    roles: Mapping[int, Role]
    cover: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Link:
    """A file hangs on another; `shown` when it should be the cover, by its version."""

    to: int
    role: Role
    reason: str
    shown: int = 0


class _Folder:
    """The files of a folder in the order of their names, with what is looked up often."""

    def __init__(self, files: Iterable[Candidate]) -> None:
        self.files = sorted(files, key=lambda file: (fold(file.name), file.name, file.key))
        self.place = {file.key: index for index, file in enumerate(self.files)}
        self.stem = {file.key: stem_of(file.name) for file in self.files}
        self.by_stem: dict[str, list[Candidate]] = {}
        self.by_shot: dict[str, list[Candidate]] = {}
        for file in self.files:
            self.by_stem.setdefault(self.stem[file.key], []).append(file)
            self.by_shot.setdefault(self.shot(file), []).append(file)

    def shot(self, file: Candidate) -> str:
        """The stem that the files of one shot share; Pixel phones mark RAW and JPEG differently."""
        return PIXEL_RAW.sub("", self.stem[file.key])


def group_folder(candidates: Iterable[Candidate], apart: Collection[int] = ()) -> list[Group]:
    """One group for each item of a folder, in the order of names.

    Every photo, video and sound is in exactly one group; companions (`.xmp`, `.aae`, Takeout `.json`, `.srt`) are
    in the group of their media file, orphans in none. Files whose key is in `apart` were taken apart by a
    person and are never joined again.
    """
    files = list(candidates)
    media = _Folder(file for file in files if file.kind != "other")
    free = _Folder(file for file in media.files if file.key not in apart)
    links = _raws(free)
    links |= {key: link for key, link in _edits(free).items() if key not in links}
    links |= _lives(free, links)
    members: dict[int, list[Candidate]] = {}
    for file in media.files:
        members.setdefault(_root(file.key, links), []).append(file)
    companions = _companions(media, _Folder(file for file in files if file.kind == "other"))
    originals = (file for file in media.files if file.key in members)
    return [_group(original, members[original.key], links, companions) for original in originals]


def pair_live(candidates: Iterable[Candidate]) -> list[tuple[int, int]]:
    """(photo, video) keys of Live Photos whose halves lie in different folders of one storage, by identifier.

    Give only files that found no partner in their own folder. Of several copies of a half the lowest key
    is taken, the others stay alone.
    """
    photos: dict[str, list[Candidate]] = {}
    videos: dict[str, list[Candidate]] = {}
    for file in sorted(candidates, key=lambda file: file.key):
        if file.live_id and file.kind in ("photo", "video") and not file.raw:
            (photos if file.kind == "photo" else videos).setdefault(file.live_id.upper(), []).append(file)
    pairs = []
    for live_id in sorted(photos.keys() & videos.keys()):
        photo, video = min(
            ((photo, video) for photo in photos[live_id] for video in videos[live_id]),
            key=lambda pair: (stem_of(pair[0].name) != stem_of(pair[1].name), pair[0].key, pair[1].key),
        )
        pairs.append((photo.key, video.key))
    return pairs


def seconds_apart(one: Candidate, other: Candidate) -> float | None:
    """Seconds between two wall clocks, None when either is unknown."""
    if one.taken_local is None or other.taken_local is None:
        return None
    difference = datetime.fromisoformat(one.taken_local) - datetime.fromisoformat(other.taken_local)
    return abs(difference.total_seconds())


def same_camera(one: Candidate, other: Candidate) -> bool:
    """Whether two files may be from one camera; an unknown model contradicts nothing."""
    return one.model is None or other.model is None or one.model.casefold() == other.model.casefold()


def _within(one: Candidate, other: Candidate, limit: float) -> bool:
    """Whether two wall clocks are as near as this.

    One that is unknown contradicts nothing; where that of one was guessed by a time zone they may be
    whole quarters of hours apart besides.
    """
    apart = seconds_apart(one, other)
    if apart is not None and one.guessed != other.guessed and apart <= ZONES_APART:
        apart = abs((apart + QUARTER / 2) % QUARTER - QUARTER / 2)
    return apart is None or apart <= limit


def _raws(folder: _Folder) -> dict[int, _Link]:
    """RAW files hang on the picture of the same stem, camera and time; a JPEG comes before other formats."""
    links = {}
    for raw in folder.files:
        partners = [
            file
            for file in (folder.by_shot[folder.shot(raw)] if raw.raw else [])
            if file.kind == "photo"
            and not file.raw
            and same_camera(file, raw)
            and _within(file, raw, RAW_APART)
        ]
        if partners:
            partner = min(partners, key=lambda file: (file.mime != "image/jpeg", folder.place[file.key]))
            links[raw.key] = _Link(partner.key, "raw", "RAW and picture of one shot")
    return links


def _edits(folder: _Folder) -> dict[int, _Link]:
    """Edited versions hang on the file they were made from, when that is there."""
    links = {}
    for file in folder.files:
        version = None if file.raw else _version(folder.stem[file.key])
        if version is None:
            continue
        originals = [
            other
            for other in folder.by_stem.get(version.stem, [])
            if other.kind == file.kind and same_camera(other, file) and _may_derive(other, file, version)
        ]
        if originals:
            ending = ending_of(file.name)
            original = min(
                originals,
                key=lambda other: (other.raw, ending_of(other.name) != ending, folder.place[other.key]),
            )
            reason = "edited version" if version.number else "copy"
            links[file.key] = _Link(original.key, "edit", reason, version.number)
    return links


@dataclass(frozen=True, slots=True)
class _Version:
    """The stem of the original and the edit's number, 0 for a mere copy "(1)"."""

    stem: str
    number: int


def _version(stem: str) -> _Version | None:
    """What the folded stem of an edit says, None for any other name."""
    ios = IOS_NAME.fullmatch(stem)
    if ios is not None:
        return _Version(ios["before"] + ios["number"], 1) if ios["mark"] == "e" else None
    numbered = VERSION.fullmatch(stem)
    if numbered is not None:
        return _Version(numbered["stem"], int(numbered["number"]))
    copied = COPY.fullmatch(stem)
    edited = EDITED.fullmatch(copied["stem"] if copied else stem)
    if edited is not None:
        return _Version(edited["stem"], int(copied["number"]) + 1 if copied else 1)
    return _Version(copied["stem"], 0) if copied else None


def _may_derive(original: Candidate, edit: Candidate, version: _Version) -> bool:
    """An edit keeps the time it was taken; "(1)" is also what another picture of the same name gets."""
    apart = seconds_apart(original, edit)
    if version.number == 0:
        return apart == 0
    return apart is None or apart <= RAW_APART


def _lives(folder: _Folder, taken: Mapping[int, _Link]) -> dict[int, _Link]:
    """The links known so far and the videos of Live Photos: by identifier, else by stem, length and time."""
    by_id: dict[str, list[Candidate]] = {}
    for file in folder.files:
        if file.live_id:
            by_id.setdefault(fold(file.live_id), []).append(file)
    links = dict(taken)
    used: set[int] = set()
    for first in (True, False):
        for video in folder.files:
            if video.kind != "video" or video.key in links:
                continue
            near = (
                by_id.get(fold(video.live_id or ""), []) if first else folder.by_stem[folder.stem[video.key]]
            )
            halves = [
                photo
                for photo in near
                if photo.kind == "photo"
                and photo.key not in taken
                and photo.key not in used
                and (first or _looks_live(photo, video))
            ]
            if halves:
                half = min(halves, key=lambda photo: _distance(folder, photo, video))
                links[video.key] = _Link(half.key, "live", "Live Photo")
                used.add(half.key)
    return links


def _distance(folder: _Folder, photo: Candidate, video: Candidate) -> tuple[bool, int]:
    return folder.stem[photo.key] != folder.stem[video.key], folder.place[photo.key]


def _looks_live(photo: Candidate, video: Candidate) -> bool:
    """Without two identifiers to compare: a short video, taken with the photo of its stem."""
    return (
        not (photo.live_id and video.live_id)
        and video.duration_s is not None
        and video.duration_s <= LIVE_SECONDS
        and _within(photo, video, LIVE_APART)
    )


def _root(key: int, links: Mapping[int, _Link]) -> int:
    while key in links:
        key = links[key].to
    return key


def _companions(media: _Folder, others: _Folder) -> dict[int, list[tuple[int, str]]]:
    """Keys and names of companions by the key of the media file they belong to."""
    owners = {file.name: file.key for file in reversed(media.files)}
    keys = {file.name: file.key for file in reversed(others.files) if is_companion(file.name)}
    found: dict[int, list[tuple[int, str]]] = {}
    for pairs in (pair_sidecars(owners, keys), pair_takeout(owners, keys)):
        for name, companion in pairs.items():
            found.setdefault(owners[name], []).append((keys[companion], companion))
    for companion, stem in sorted(pair_adjustments(owners, keys).items()):
        found.setdefault(media.by_stem[stem][0].key, []).append((keys[companion], companion))
    videos = [file.name for file in media.files if file.kind == "video"]
    subtitles = [file.name for file in others.files if file.mime.startswith(SUBRIP)]
    for companion, name in sorted(pair_subtitles(videos, subtitles).items()):
        found.setdefault(owners[name], []).append((keys[companion], companion))
    return found


def _group(
    original: Candidate,
    members: list[Candidate],
    links: Mapping[int, _Link],
    companions: Mapping[int, list[tuple[int, str]]],
) -> Group:
    roles: dict[int, Role] = {original.key: "original"}
    reasons: set[str] = set()
    cover, newest = original.key, 0
    for member in members:
        link = links.get(member.key)
        if link is not None:
            roles[member.key] = link.role
            reasons.add(link.reason)
            if link.shown > newest and member.kind == original.kind:
                cover, newest = member.key, link.shown
    for member in members:
        for key, name in companions.get(member.key, []):
            role: Role = "subtitle" if is_subtitle(name) else "sidecar"
            if role == "sidecar" or original.kind == "video":  # nothing is read along in a Live Photo
                roles.setdefault(key, role)
                reasons.add(role)
    return Group(dict(sorted(roles.items())), cover, ", ".join(sorted(reasons)))

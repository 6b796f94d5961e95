"""Grouping: applies what `services.media.grouping` says of a folder's files to the items they made.

Live Photos, RAW+JPEG, edited versions, sidecars and subtitles become one item with several assets; the frames of
a burst stay items and share a stack.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.catalogue import ungrouped
from services.catalogue.labelling import refresh_tokens
from services.catalogue.merging import merge
from services.catalogue.recording import fill_item, refresh_presence
from services.catalogue.timeline import recount
from services.clock import now
from services.filters import facts
from services.masks import RECIPE
from services.matching import rematch
from services.media import bursts
from services.media.companions import subtitle_words
from services.media.dates import is_guessed_clock
from services.media.grouping import Candidate, Group, Role, group_folder, pair_live
from services.media.subtitles import MOST_BYTES, SUBRIP
from services.media.types import Taken
from services.models import Asset, File, Fingerprint, Item, Storage, counters, database, transaction
from services.models.items import COMPANIONS
from services.scanning.lane import Write

AT_ONCE = 5
"""So many groups are written at once: each is as much work as recording some files."""
MARKS_AT_ONCE = 100
ALIKE_BITS = 10
ALIKE_ASPECT = 0.01


_IS_KNOWN = (File.read_state == "done") | (File.glance == "done")
"""What a file says of itself is known, if only from a glance."""


@dataclass(frozen=True, slots=True)
class _Member:
    file: File
    candidate: Candidate


def group(storage: Storage, folders: Iterable[int], write: Write = transaction) -> bool:
    """Group the files of these folders; return whether some must be read again (a sidecar came late).

    Everything is written inside of `write`.
    """
    again = False
    lonely: dict[int, _Member] = {}
    marks = ungrouped.marks(storage)
    at_last: ungrouped.Marks = {}
    for folder in sorted(folders):
        members = {m.file.id: m for m in _members(folder)}
        apart = [key for key, m in members.items() if m.file.asset is not None and m.file.asset.apart]
        groups = group_folder((m.candidate for m in members.values()), apart)
        again |= _apply_all(groups, write)
        for found in groups:
            if len(found.roles) == 1 and (only := members[found.cover]).candidate.live_id:
                lonely[only.file.id] = only
        grouped = {key for found in groups for key in found.roles}
        _release((m.file for key, m in members.items() if key not in grouped), write)
        done = {folder: marks[folder]} if folder in marks else {}
        if lonely.keys() & members.keys():
            at_last |= done
            done = {}
        _stack(storage, folder, done, write)
    _pair_far(storage, lonely, write)
    for batch in database.batches(list(at_last), MARKS_AT_ONCE):
        with write():
            ungrouped.lift({folder: at_last[folder] for folder in batch})
    return again


def _members(folder: int) -> list[_Member]:
    rows = (
        File.select(File, Asset, Item).left_outer_join(Asset).left_outer_join(Item)
        .where((File.folder == folder) & (File.presence != "missing") & _IS_KNOWN)
        .order_by(File.id)
    )  # fmt: skip
    return [_Member(file, _candidate(file)) for file in rows]


def _candidate(file: File) -> Candidate:
    if file.asset is None or file.asset.role in COMPANIONS:
        return Candidate(file.id, file.name, "other", file.mime or "")
    meta: dict[str, Any] = file.asset.meta
    return Candidate(
        key=file.id, name=file.name, kind=meta["kind"], mime=file.asset.mime, raw=is_raw(file.asset.mime),
        taken_local=meta["taken"]["local"],
        guessed=meta["kind"] == "video" and is_guessed_clock(Taken(**meta["taken"])),
        duration_s=meta["duration_s"], make=meta["make"], model=meta["model"],
        live_id=meta["live_id"], burst_id=meta["burst_id"], rating=meta["rating"],
    )  # fmt: skip


def is_raw(mime: str) -> bool:
    """Whether this is the MIME type of a camera's RAW format: all of them are unregistered `image/x-…`."""
    return mime.startswith("image/x-")


def _apply_all(groups: Iterable[Group], write: Write) -> bool:
    """Make the files of each group one item; return whether media of some must be read again."""
    again = False
    for batch in database.batches([found for found in groups if len(found.roles) > 1], AT_ONCE):
        with write():
            for found in batch:
                again |= _apply(found)
    return again


def _apply(found: Group) -> bool:
    """Make the files of one group one item; return whether its media must be read again."""
    files = {key: File.get_by_id(key) for key in found.roles}
    media = {k: f for k, f in files.items() if found.roles[k] not in COMPANIONS and f.asset_id is not None}
    items = {f.asset.item_id for f in media.values()}
    if not items or not _may_be_one(items):
        return False
    keep = Item.get_by_id(min(items))
    days = {(keep.owner_id, keep.day)}
    for other in sorted(items - {keep.id}):
        gone = Item.get_by_id(other)
        days.add((gone.owner_id, gone.day))
        merge(keep, gone)
    for key in media:  # merging may have given a file another asset
        Asset.update(role=found.roles[key]).where(Asset.id == File.get_by_id(key).asset_id).execute()
    beside = {k: role for k, role in found.roles.items() if role in COMPANIONS}
    of_others = (
        Asset.select(Asset.item_id).join(File).where(File.id.in_(list(beside)) & (Asset.item != keep.id))
    )
    left = {row[0] for row in of_others.tuples()}
    late = [_attach(keep, files[k], role, media) and role == "sidecar" for k, role in beside.items()]
    cover = File.get_by_id(found.cover)
    fill_item(Item.get_by_id(keep.id), cover.asset, cover.name)
    days |= refresh_presence([keep.id, *left])
    if left:
        counters.bump_policy()  # what came with one item comes with another now
    refresh_tokens([keep.id])
    recount(days)
    counters.bump_content()
    if any(late):
        newest = max(files[k].seen_at for k, role in beside.items() if role == "sidecar")
        stale = File.id.in_(list(media)) & (File.read_at < newest)
        return bool(File.update(read_state="pending").where(stale).execute())
    return False


def _may_be_one(items: set[int]) -> bool:
    """Whether these have the same say over them: nothing comes to be seen as a part of what is shown already, because a
    guest dropped it under the right name, and nothing is hidden with what was taken back."""
    found = list(Item.select().where(Item.id.in_(items)))
    waiting = facts.unapproved(found)
    same = {(item.contributed_by_id, item.taken_back_at is None, item.id in waiting) for item in found}
    return len(same) == 1


def _attach(item: Item, file: File, role: Role, media: Mapping[int, File]) -> bool:
    """Make a companion file an asset of the item; return whether it is new to it."""
    if file.sha256 is None or (role == "subtitle" and not 0 < file.size <= MOST_BYTES):
        return False
    values = _of_subtitle(file, media) if role == "subtitle" else {"meta": {}}
    known = Asset.get_or_none((Asset.item == item.id) & (Asset.sha256 == file.sha256))
    if known is None:
        known = Asset.create(
            item=item.id, role=role, size=file.size, sha256=file.sha256, created_at=now(),
            **{"mime": file.mime or "application/octet-stream", **values},
        )  # fmt: skip
    elif role == known.role == "subtitle" and known.meta != values["meta"]:  # it has another name now
        Asset.update(**values).where(Asset.id == known.id).execute()
    if file.asset_id == known.id:
        return False
    File.update(asset=known.id).where(File.id == file.id).execute()
    return True


def _of_subtitle(file: File, media: Mapping[int, File]) -> dict[str, Any]:
    """What is kept of a subtitle: its language and notes by its name, and whether it tells a place.

    Of one that does nothing is masked, for words cannot be: it is not for whom the place is kept back from.
    """
    told = (subtitle_words(file.name, each.name) for each in media.values())
    language, notes = next((each for each in told if any(each)), ("", ()))
    meta: dict[str, Any] = {"language": language, "notes": list(notes)}
    if file.mime == SUBRIP:
        return {"mime": SUBRIP, "meta": meta, "masks": []}
    return {"mime": SUBRIP, "meta": meta | {"unmaskable": RECIPE}, "masks": None}


def _release(files: Iterable[File], write: Write) -> None:
    """Subtitles whose video is not beside them any more are files like others again."""
    stray = [file for file in files if file.asset is not None and file.asset.role == "subtitle"]
    if not stray:
        return
    with write():
        File.update(asset=None).where(
            File.id.in_([file.id for file in stray]) & File.asset.in_([file.asset_id for file in stray])
        ).execute()
        recount(refresh_presence({file.asset.item_id for file in stray}))
        counters.bump_policy()
        counters.bump_content()


def _pair_far(storage: Storage, lonely: dict[int, _Member], write: Write) -> None:
    """Live Photos whose halves lie in different folders of the storage."""
    for member in list(lonely.values()):
        rows = (
            File.select(File, Asset, Item).join(Asset).join(Item)
            .where((File.storage == storage) & (File.presence != "missing") & _IS_KNOWN
                   & (File.id != member.file.id) & (Asset.meta["live_id"] == member.candidate.live_id))
        )  # fmt: skip
        for file in rows:
            lonely.setdefault(file.id, _Member(file, _candidate(file)))
    pairs = pair_live(m.candidate for m in lonely.values())
    _apply_all(
        [Group({photo: "original", video: "live"}, photo, "Live Photo") for photo, video in pairs], write
    )


def _stack(storage: Storage, folder: int, grouped: ungrouped.Marks, write: Write) -> None:
    """Set the stacks of a folder's series, and lift those that are none any more; then all of it is `grouped`."""
    members = [m for m in _members(folder) if m.file.asset is not None and m.file.asset.role == "original"]
    by_file = {m.file.id: m.file.asset for m in members}
    sharpness = {key: asset.meta.get("sharpness") or 0.0 for key, asset in by_file.items()}
    series = bursts.find_bursts([m.candidate for m in members], sharpness=sharpness, alike=_alike(by_file))
    ours = f"{storage.id}:{folder}:"
    wanted: dict[int, tuple[str, bool]] = {}
    for burst in series:
        items = {by_file[key].item_id for key in burst.keys}
        if len(items) > 1:
            cover = by_file[burst.cover].item_id
            for key in burst.keys:
                item = by_file[key].item_id
                wanted[item] = (ours + burst.stack, item == cover)
    with write():
        for item in {a.item_id: a.item for a in by_file.values()}.values():
            stack, is_cover = wanted.get(item.id, (None, True))
            if stack is None and not (item.stack or "").startswith(ours):
                continue  # a series in another folder that holds a copy
            if (item.stack, item.stack_cover) != (stack, is_cover):
                Item.update(stack=stack, stack_cover=is_cover).where(Item.id == item.id).execute()
                rematch([item.id])
        if wanted:
            counters.bump_content()
        ungrouped.lift(grouped)


def _alike(assets: dict[int, Asset]) -> Callable[[int, int], bool]:
    """Whether two frames look alike: the same aspect, perceptual hashes near each other."""
    rows = Fingerprint.select(Fingerprint.asset_id, Fingerprint.value).where(
        Fingerprint.asset.in_([a.id for a in assets.values()]) & (Fingerprint.kind == "phash64")
    )
    prints = {asset: int.from_bytes(bytes(value)) for asset, value in rows.tuples()}

    def alike(first: int, key: int) -> bool:
        one, other = assets[first], assets[key]
        if one.id not in prints or other.id not in prints:
            return False
        near = (prints[one.id] ^ prints[other.id]).bit_count() <= ALIKE_BITS
        return near and abs(one.item.ratio - other.item.ratio) <= ALIKE_ASPECT * one.item.ratio

    return alike

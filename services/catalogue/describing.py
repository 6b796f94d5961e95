"""Items with what surrounds them: labels, state, files. A page costs a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from peewee import fn

from services import access
from services.access import Rights
from services.catalogue.labelling import people_of
from services.catalogue.subtitles import subtitles_of
from services.models import Asset, File, Folder, Item, ItemLabel, Label, Overlay, Storage, User
from services.models.items import COMPANIONS
from services.viewers import Viewer

State = Literal["online", "offline", "missing", "damaged", "trashed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Described:
    """An item as a viewer sees it. `own` tells whether it is theirs, `unread` that it was only listed so far.

    Of an item of somebody else `item` holds what this viewer may know and thinks of it: without the place
    where that is kept back, and with their own favourite and rating.
    """

    item: Item
    owner: str
    owner_display: str
    own: bool
    labels: tuple[str, ...]
    state: State
    sha256: str
    rights: Rights
    unread: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file of an item lies: the storage's name and the path in it, for its owner only."""

    file: File
    storage: str
    storage_pid: str
    path: str
    role: str
    presence: str


def describe(viewer: Viewer, items: Sequence[Item]) -> list[Described]:
    """The items with labels, owner and state, in the same order.

    One that stopped being visible since it was found is left out.
    """
    rights = access.rights_of(viewer, items)
    items = [i for i in items if i.id in rights]
    labels = _labels(viewer, [i.id for i in items])
    away = _away([i.cover_id for i in items if i.cover_id is not None])
    unread = _unread([i.cover_id for i in items if i.colour is None or i.type == "video"])
    people = User.select(User.id, User.login, User.display).where(User.id.in_({i.owner_id for i in items}))
    owners = {row.id: row for row in people}
    thought = overlays(viewer, [i.id for i in items])
    return [
        Described(
            item=_as_seen(i, rights[i.id], thought.get(i.id)),
            owner=owners[i.owner_id].login,
            owner_display=owners[i.owner_id].display,
            own=rights[i.id].is_owner,
            labels=tuple(labels.get(i.id, ())),
            state=_state(i, away.get(i.cover_id, True)),
            sha256=_sha(i.cover_id) if len(items) == 1 and rights[i.id].is_owner else "",
            rights=rights[i.id],
            unread=i.cover_id in unread,
            hidden=i.id in thought and thought[i.id].hidden,
        )
        for i in items
    ]


def overlays(viewer: Viewer, ids: Sequence[int]) -> dict[int, Overlay]:
    """What this person thinks of items, by the item's id."""
    rows = Overlay.select().where((Overlay.user == viewer.user_id) & Overlay.item.in_(ids))
    return {row.item_id: row for row in rows}


def _as_seen(item: Item, rights: Rights, thought: Overlay | None) -> Item:
    if rights.is_owner:
        return item
    values = dict(item.__data__) | {
        "favourite": thought is not None and thought.favourite,
        "rating": None if thought is None else thought.rating,
        "extra": {},
        "withdrawn_at": None,
    }
    if not rights.place:
        values |= {"lat": None, "lon": None}
    return Item(**values)


def assets(viewer: Viewer, item: Item) -> list[Asset]:
    """The assets of a visible item, its cover first.

    Sidecars tell more than the picture: they are its owner's. Of subtitles there are those that the viewer gets.
    """
    here = Asset.item == item.id
    if item.owner_id != viewer.user_id:
        given = [each.asset_id for each in subtitles_of(viewer, item)]
        here &= Asset.role.not_in(COMPANIONS) | Asset.id.in_(given)
    found = list(Asset.select().where(here).order_by(Asset.id))
    return sorted(found, key=lambda a: a.id != item.cover_id)


def locations(viewer: Viewer, item: Item) -> list[Location]:
    """Where the files of an item lie; empty for everybody but its owner."""
    rows = (
        access.visible_files(viewer)
        .select(File, Asset.role.alias("role"), Storage.name.alias("storage_name"),
                Storage.pid.alias("storage_pid"), Folder.path.alias("folder_path"))
        .join(Asset, on=(File.asset == Asset.id))
        .join(Storage, on=(File.storage == Storage.id))
        .join(Folder, on=(File.folder == Folder.id))
        .where(Asset.item == item.id)
        .order_by(File.id)
        .objects()
    )  # fmt: skip
    return [
        Location(
            file=row,
            storage=row.storage_name,
            storage_pid=row.storage_pid,
            path=_join(row.folder_path, row.raw_name),
            role=row.role,
            presence=row.presence,
        )
        for row in rows
    ]


def people(viewer: Viewer, item: Item) -> list[str]:
    """The names at the faces in an item; none for everybody but its owner."""
    return people_of([item.id]).get(item.id, []) if item.owner_id == viewer.user_id else []


def hand_labels(viewer: Viewer, item: Item) -> list[str]:
    """The labels this viewer set on an item by hand."""
    rows = (
        ItemLabel.select(Label.name)
        .join(Label)
        .where(
            (ItemLabel.item == item.id) & (ItemLabel.source == "hand") & (ItemLabel.author == viewer.user_id)
        )
    )
    return [name for (name,) in rows.order_by(Label.name_fold).tuples()]


def _labels(viewer: Viewer, ids: Sequence[int]) -> dict[int, list[str]]:
    """Labels out of the file, of the item's owner, and the viewer's own: what others call it is theirs to know."""
    known = (
        (ItemLabel.source != "hand") | (ItemLabel.author == Item.owner) | (ItemLabel.author == viewer.user_id)
    )
    rows = (
        ItemLabel.select(ItemLabel.item_id, Label.name)
        .join(Label)
        .switch(ItemLabel)
        .join(Item)
        .where(ItemLabel.item.in_(ids) & known)
        .group_by(ItemLabel.item_id, Label.name, Label.name_fold)
        .order_by(Label.name_fold)
    )
    found: dict[int, list[str]] = {}
    for item, name in rows.tuples():
        found.setdefault(item, []).append(name)
    return found


def _away(covers: Sequence[int]) -> dict[int, bool]:
    """For each cover asset whether no location of it can be reached now."""
    reachable = (File.presence == "present") & Storage.state.in_(("online", "slow", "paused"))
    rows = (
        File.select(File.asset_id, fn.SUM(reachable.cast("integer")))
        .join(Storage)
        .where(File.asset.in_(covers) & Storage.removed_at.is_null())
        .group_by(File.asset_id)
    )
    return {asset: not n for asset, n in rows.tuples()}


def _unread(covers: Sequence[int | None]) -> set[int]:
    """Those cover assets whose bytes nobody has read yet; a picture whose colour is known was read."""
    wanted = [cover for cover in covers if cover is not None]
    if not wanted:
        return set()
    rows = Asset.select(Asset.id).where(Asset.id.in_(wanted) & Asset.sha256.is_null())
    return {row[0] for row in rows.tuples()}


def _state(item: Item, away: bool) -> State:
    """trashed > withdrawn > missing > offline > damaged > online."""
    if item.trashed_at is not None:
        return "trashed"
    if item.withdrawn_at is not None:
        return "withdrawn"
    if item.missing:
        return "missing"
    if away or item.suspect:
        return "offline"
    return "damaged" if item.damaged else "online"


def _sha(cover: int | None) -> str:
    row = Asset.select(Asset.sha256).where(Asset.id == cover).tuples().first()
    return bytes(row[0]).hex() if row and row[0] is not None else ""


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

"""The names under which a person handed files to a collection: only its owner ever meets them.

Whoever writes a file looks for it under its name at once, while reading it takes a job and may show that it is
known under another one.
"""

from dataclasses import dataclass

from services import access
from services.catalogue.tree_rows import FILE, FileRow
from services.clock import HOUR, now
from services.matching import handed, rematch
from services.models import Collection, File, Handed, Storage, counters, database, transaction
from services.names import fold
from services.viewers import Viewer

STALE = HOUR
"""So long a name waits for its bytes that was only announced."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a collection. While it `waits` its `file` is no item of it, and nobody but its owner finds it.

    Without a file it was only announced. `asset` is what it leads to afterwards, `also` as for the row.
    """

    name: str
    waits: bool
    also: bool
    file: FileRow | None
    asset: int | None
    created_at: int


def names_in(viewer: Viewer, collection: int, *, loose: bool = False, name: str | None = None) -> list[Name]:
    """The names in a collection of the viewer's, in the order in which they were given.

    With `loose` those alone that wait, or that an item has besides another; with `name` this one alone, if it is there.
    """
    mine = Collection.select(Collection.id).where(
        (Collection.id == collection) & (Collection.owner == viewer.user_id)
    )
    rows = (
        Handed.select(
            Handed.name, Handed.waits, Handed.also, Handed.created_at, File.asset, File.storage, *FILE
        )
        .left_outer_join(File)
        .where(Handed.collection.in_(mine))
        .order_by(Handed.id)
    )
    if loose:
        rows = rows.where(Handed.waits | Handed.also)
    if name is not None:
        rows = rows.where(Handed.name_fold == fold(name))
    own = {id_ for (id_,) in access.visible_storages(viewer).select(Storage.id).tuples()}
    found = []
    for called, waits, also, at, asset, storage, *columns in rows.tuples():
        file = FileRow(*columns) if columns[0] is not None else None
        is_there = file is not None and storage in own and file.presence != "missing"
        if not waits or file is None or is_there:
            found.append(Name(called, waits, also, file if is_there else None, asset, at))
    return found


def named(viewer: Viewer, collection: int, name: str) -> Handed | None:
    """The row of a name in a collection of the viewer's, if it was handed a file there."""
    here = (Handed.collection == collection) & (Handed.name_fold == fold(name))
    found: Handed | None = (
        Handed.select().join(Collection).where(here & (Collection.owner == viewer.user_id)).first()
    )
    return found


def announce(viewer: Viewer, collection: Collection, name: str) -> None:
    """A file of this name will come: until then the name is there, and empty."""
    with transaction():
        if named(viewer, collection.id, name) is None:
            _give(viewer, collection, name, None, waits=True)


def hand(viewer: Viewer, collection: Collection, name: str, file: int, *, written: bool = False) -> None:
    """From now on the name leads to a file, and its item comes in, at once or when it is read.

    Call inside a transaction.
    """
    # whoever records a reading of it waits for this row, and then finds the name; or is done, and we find its item
    database.hold(File.seen_at, File.id == file)
    _give(viewer, collection, name, file, waits=True, written=written)
    rematch(handed.settle([file]))


def call(viewer: Viewer, collection: Collection, name: str, file: int) -> None:
    """Let a member of the collection be called so there; `file` is one of its files."""
    with transaction():
        asset = File.get_by_id(file).asset_id
        known = Handed.select().join(File).where((Handed.collection == collection.id) & (File.asset == asset))
        is_second = known.where(~Handed.waits & ~Handed.also & (Handed.name_fold != fold(name))).exists()
        _give(viewer, collection, name, file, waits=False)
        if is_second:
            same = (Handed.collection == collection.id) & (Handed.name_fold == fold(name))
            Handed.update(also=True).where(same).execute()


def forget(viewer: Viewer, collection: Collection, name: str) -> None:
    """The name is gone, and with it what still waits to come in by it; the file stays where it lies."""
    with transaction():
        row = named(viewer, collection.id, name)
        if row is not None:
            Handed.delete().where(Handed.id == row.id).execute()
            touch(collection.id)


def forget_stale() -> int:
    """Forget the names that were announced, and to which nothing came; answers how many."""
    with transaction():
        old = Handed.file.is_null() & (Handed.created_at < now() - STALE)
        gone = int(Handed.delete().where(old).execute())
        if gone:
            counters.bump_content()
    return gone


def _give(
    viewer: Viewer, collection: Collection, name: str, file: int | None, *, waits: bool, written: bool = False
) -> None:
    if collection.owner_id != viewer.user_id:
        raise AssertionError("a file was handed to a collection of somebody else's")
    before = named(viewer, collection.id, name)
    if before is not None:
        if _is_same(before, file):
            return
        Handed.delete().where(Handed.id == before.id).execute()
    Handed.create(
        collection=collection, name=name, name_fold=fold(name), file=file, waits=waits, written=written,
        created_at=now(),
    )  # fmt: skip
    touch(collection.id)


def _is_same(row: Handed, file: int | None) -> bool:
    """Whether a name that waits for nothing leads to what this file holds already."""
    if row.waits or row.file_id is None or file is None:
        return False
    held = {asset for (asset,) in File.select(File.asset).where(File.id.in_([row.file_id, file])).tuples()}
    return len(held) == 1 and None not in held


def touch(collection: int) -> None:
    """The collection shows something else under a name; call inside a transaction."""
    Collection.update(changed_at=now()).where(Collection.id == collection).execute()
    counters.bump_content()

"""Which files a download holds: the originals of what the viewer may download, each once, under its name.

A plan is made of what may be downloaded now. It is small whatever the files are; each is opened, and its right asked
again, when its turn comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services import access, broker, masks
from services.broker import Original
from services.collections import seeing
from services.downloads.names import Unique, safe
from services.errors import NotFound, UsageError
from services.models import Asset, File, Item, Storage, database
from services.viewers import Viewer

MOST = 20_000
"""Files in one download."""
BATCH = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_Date = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a download. `date` is when it was taken, by the clock there, else when it was changed."""

    file_id: int
    name: str
    size: int
    date: _Date

    def original(self) -> Original:
        """What is known of its bytes now; raises NotFound when the file is gone."""
        file = File.get_or_none(File.id == self.file_id)
        if file is None:
            raise NotFound
        return broker.describe_file(file)


@dataclass(frozen=True, slots=True)
class Plan:
    """A download: its name, its files in order, and the names of those that are not in it.

    Those are files whose storage is away, and those that cannot be given without telling where they were taken.
    `waiting` are assets of which nobody has looked yet what tells that: they can be in the next plan.
    """

    name: str
    entries: Sequence[Entry]
    away: Sequence[str]
    waiting: Sequence[Asset] = ()

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(entry.size for entry in self.entries)


def plan_collection(viewer: Viewer, pid: str) -> Plan:
    """A collection of the viewer's, or one that is shared with them. Raises NotFound, UsageError."""
    card = seeing.get(viewer, pid)
    return plan_items(viewer, seeing.items_of(viewer, card), card.collection.name)


def plan_items(viewer: Viewer, items: Any, name: str) -> Plan:
    """Of a query of visible items, or of public ids (each must be visible), what may be downloaded.

    Raises NotFound, also when there is nothing that may be or could; UsageError for more than 20,000 files.
    """
    if isinstance(items, list | tuple):
        if not 0 < len(items) <= MOST:
            raise UsageError(f"Choose 1 to {MOST} items for one download.", field="ids")
        found: Iterable[Item] = access.get_items(viewer, map(str, items))
    else:
        found = _walked(items)
    folder, unique = safe(name, "Hypomos"), Unique()
    entries: list[Entry] = []
    away: list[str] = []
    waiting: list[Asset] = []
    for batch in _batches(found):
        for file, item, is_given in _files(viewer, batch):
            if not is_given and file.asset.role == "subtitle":
                continue  # it tells the place: nobody from whom that is kept back learns that it is there
            title = unique.name(safe(file.name))  # nor by the number that another one gets
            if not is_given:
                away.append(title)
                if file.asset.sha256 is not None and not masks.is_unmaskable(file.asset):
                    waiting.append(file.asset)
            elif file.presence == "missing" or file.storage.state in {"offline", "sign-in"}:
                away.append(title)
            elif len(entries) < MOST:
                entries.append(Entry(file.id, f"{folder}/{title}", file.size, _date(item, file)))
            else:
                raise UsageError(f"One download holds at most {MOST} files. Choose fewer.")
    if not entries and not away:
        raise NotFound
    return Plan(name, entries, away, waiting)


def _walked(query: Any) -> Iterator[Item]:
    """The items of a query, oldest first, without holding them all."""
    after: tuple[int, int] | None = None
    while True:
        page = query.order_by(Item.sort_at, Item.id).limit(BATCH)
        if after is not None:
            at, last = after
            page = page.where((Item.sort_at > at) | ((Item.sort_at == at) & (Item.id > last)))
        rows = database.objects(page)
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].sort_at, rows[-1].id


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _files(viewer: Viewer, items: list[Item]) -> Iterator[tuple[File, Item, bool]]:
    """The best file of each asset that may be downloaded, in the order of the items, and whether it can be given."""
    rights = access.rights_of(viewer, items)
    ids = [i.id for i in items if i.id in rights and rights[i.id].download]
    rows = (
        File.select(File, Asset, Storage)
        .join(Asset, on=(File.asset == Asset.id))
        .switch(File)
        .join(Storage, on=(File.storage == Storage.id))
        .where(Asset.item.in_(ids) & (Asset.role != "sidecar") & Storage.removed_at.is_null())
        .order_by(File.presence == "missing", Storage.state != "online", File.id)
    )
    best: dict[int, dict[int, File]] = {}
    for file in rows:
        best.setdefault(file.asset.item_id, {}).setdefault(file.asset_id, file)
    for item in items:
        for _, file in sorted(best.get(item.id, {}).items()):
            yield file, item, rights[item.id].whole or file.asset.masks is not None


def _date(item: Item, file: File) -> _Date:
    """What a zip can say: 1980 to 2107, in steps of two seconds."""
    micros = item.taken_local if item.taken_local is not None else (file.mtime_ns or 0) // 1000
    try:
        at = EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        at = EPOCH
    if not 1980 <= at.year <= 2107:
        return 1980, 1, 1, 0, 0, 0
    return at.year, at.month, at.day, at.hour, at.minute, at.second

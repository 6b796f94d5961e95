"""`Library/<year>/<year-month>/<name>` and `Library/Undated/`: a person's own items by taken month.

Every asset of an item is a file here (the picture, its RAW, the video of a Live Photo), under the name
of its oldest file that is not missing. The wall clock at the place decides the month. A month of more
than 1,000 entries is shown as `(1)`, `(2)`… by the ids of the assets, and stays so; an entry still
answers at its unsplit path, and at that of every block.

Names are stable: who had a name first keeps it, also while it is missing or elsewhere. That, and that a
month is split, is remembered in the catalogue.

Threading: the months kept in memory are guarded by a lock; everything else is local.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.catalogue import tree_rows
from services.catalogue.tree_rows import LibraryRow
from services.errors import NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import file_node, folder_tag
from virtualfs.nodes import File, Folder, Node, Place

MAX_ENTRIES = 1000
"""Most entries that a folder shows before it is split."""

UNDATED = "Undated"
KEPT_ENTRIES = 20_000
"""Entries of recently asked months that stay in memory (some ten megabytes)."""

_SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Month:
    """The entries of a month. `blocks` is empty unless the month is split; `ids` are assets by file."""

    files: tuple[File, ...]
    blocks: tuple[tuple[File, ...], ...]
    by_name: dict[str, File]
    by_fold: dict[str, File]
    by_id: dict[int, tuple[str, File]]

    def find(self, name: str) -> File | None:
        """The entry of this name: written exactly so, else but for case, else with its id."""
        found = self.by_name.get(name) or self.by_fold.get(fold(name))
        if found is not None:
            return found
        for natural, asset in names.unsuffixed(name):
            known, entry = self.by_id.get(asset, ("", None))
            if fold(known) == fold(natural):
                return entry
        return None


class LibraryBranch:
    """The branch of a person's own items."""

    name = "Library"

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], tuple[tuple[int, int], Month]] = OrderedDict()
        self._lock = threading.Lock()

    def top(self, viewer: Viewer) -> Folder:
        """See Branch."""
        return self._folders(viewer)(self.name, "top")

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        months = tree_rows.library_months(viewer)
        if fold(first) == fold(UNDATED) and 0 in months:
            return self._in_month(viewer, 0, rest)
        year = _number(first, 4)
        if not any(month // 100 == year for month in months if month):
            raise NotFound
        if not rest:
            return self._folders(viewer)(first, "year", year)
        number = _number(rest[0].replace("-", "", 1), 6) if rest[0][4:5] == "-" else -1
        if number not in months or number // 100 != year:
            raise NotFound
        return self._in_month(viewer, number, rest[1:])

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        place = folder.place
        if place.kind == "month":
            month = self._month(viewer, place.number)
            if not month.blocks:
                return month.files
            make = self._folders(viewer)
            return [make(f"({n})", "block", place.number, n) for n in range(1, len(month.blocks) + 1)]
        if place.kind == "block":
            blocks = self._month(viewer, place.number).blocks
            return blocks[place.block - 1] if place.block <= len(blocks) else ()
        months, make = tree_rows.library_months(viewer), self._folders(viewer)
        if place.kind == "year":
            found = [month for month in months if month and month // 100 == place.number]
            return [make(_month_name(month), "month", month) for month in found]
        years = dict.fromkeys(month // 100 for month in months if month)
        return [make(f"{year:04}", "year", year) for year in years] + [
            make(UNDATED, "month") for month in months if not month
        ]

    def _in_month(self, viewer: Viewer, number: int, rest: Sequence[str]) -> Node:
        if not rest:
            return self._folders(viewer)(_month_name(number), "month", number)
        month = self._month(viewer, number)
        block = _block_number(rest[0])
        if 1 <= block <= len(month.blocks):
            if len(rest) == 1:
                return self._folders(viewer)(rest[0], "block", number, block)
            rest = rest[1:]
        found = month.find(rest[0]) if len(rest) == 1 else None
        if found is None:
            raise NotFound
        return found

    def _month(self, viewer: Viewer, number: int) -> Month:
        """A month laid out, from memory while neither rights nor content have moved."""
        key, version = (viewer.user_id, number), tree_rows.version(viewer)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(key)
                return kept[1]
        month = lay_out(viewer, number)
        with self._lock:
            self._kept[key] = (version, month)
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(len(m.files) for _, m in self._kept.values()) > KEPT_ENTRIES:
                self._kept.popitem(last=False)
        return month

    def _folders(self, viewer: Viewer) -> Callable[..., Folder]:
        """Makes folders. Each seems to have changed at the newest scan, so that clients list it again."""
        rows, tag = tree_rows.storages(viewer), folder_tag(tree_rows.version(viewer))
        changed = max((row.scanned_at or row.created_at for row in rows), default=0) / 1e6

        def make(name: str, kind: str, number: int = 0, block: int = 0) -> Folder:
            return Folder(name, changed, changed, tag, Place(self.name, kind, number, block))

        return make


def lay_out(viewer: Viewer, number: int) -> Month:
    """Give every asset of a month its file, its name and its block."""
    assets = [list(rows) for _, rows in groupby(tree_rows.library(viewer, number), key=lambda r: r.asset_id)]
    chosen = [next((r for r in rows if r.file.presence != "missing"), rows[0]) for rows in assets]
    natural = {row.asset_id: names.safe(row.file.name) for row in chosen if not names.is_junk(row.file.name)}
    chosen = [row for row in chosen if row.asset_id in natural]
    memory = tree_rows.remembered(viewer, str(number))
    given = _given_names(viewer, number, natural, memory)
    is_split = _SPLIT in memory or len(chosen) > MAX_ENTRIES
    if is_split and _SPLIT not in memory:
        tree_rows.remember(viewer, str(number), {_SPLIT: 1})
    nodes = [_node(given[row.asset_id], row) for row in chosen]
    blocks = (
        [_present(nodes[i : i + MAX_ENTRIES]) for i in range(0, len(nodes), MAX_ENTRIES)] if is_split else []
    )
    there = [(row, node) for row, node in zip(chosen, nodes, strict=True) if node is not None]
    by_name: dict[str, File] = {}
    for row, node in there:
        by_name.setdefault(natural[row.asset_id], node)
    by_name.update((node.name, node) for _, node in there)
    return Month(
        files=_present(nodes),
        blocks=tuple(blocks),
        by_name=by_name,
        by_fold={fold(node.name): node for _, node in there},
        by_id={row.asset_id: (natural[row.asset_id], node) for row, node in there},
    )


def _given_names(
    viewer: Viewer, number: int, natural: dict[int, str], memory: dict[str, int]
) -> dict[int, str]:
    """The name of each asset: the first of a name has it for good, the others get their ids."""
    alike: dict[str, list[int]] = {}
    for asset, name in natural.items():  # by id
        alike.setdefault(fold(name), []).append(asset)
    fresh: dict[str, int] = {}
    given: dict[int, str] = {}
    for folded, assets in alike.items():
        key = tree_rows.memory_key(folded) if memory or len(assets) > 1 else ""
        holder = memory.get(key, assets[0])
        if len(assets) > 1 and key not in memory:
            fresh[key] = holder
        for asset in assets:
            name = natural[asset]
            given[asset] = name if asset == holder else names.suffixed(name, asset, alike.__contains__)
    if fresh:
        tree_rows.remember(viewer, str(number), fresh)
    return given


def _node(name: str, row: LibraryRow) -> File | None:
    """The entry; None when its file is missing: the name is taken, and nothing is there."""
    if row.file.presence == "missing":
        return None
    return file_node(name, row.file, created=row.taken / 1e6 if row.taken > 0 else None)


def _present(nodes: Iterable[File | None]) -> tuple[File, ...]:
    return tuple(node for node in nodes if node is not None)


def _month_name(number: int) -> str:
    return f"{number // 100:04}-{number % 100:02}" if number else UNDATED


def _number(text: str, digits: int) -> int:
    """A number of exactly so many ASCII digits; -1 for anything else."""
    return int(text) if len(text) == digits and text.isascii() and text.isdigit() else -1


def _block_number(text: str) -> int:
    """The number in `(3)`; 0 for anything else."""
    inner = text[1:-1]
    is_block = text == f"({inner})" and inner.isascii() and inner.isdigit() and inner[:1] != "0"
    return int(inner) if is_block and len(inner) <= 6 else 0

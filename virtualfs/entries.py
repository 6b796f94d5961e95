"""The files in a folder of items: which file stands for each asset, under which name, in which block.

Every asset is a file (the picture, its RAW, the video of a Live Photo), under the name of its oldest
file that is not missing. Names are stable: who had a name first keeps it, also while it is missing or
elsewhere. That, and that a folder is split, is remembered in the catalogue, for each viewer by what they
see themselves.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from services.catalogue import tree_rows
from services.catalogue.tree_rows import LibraryRow
from services.names import fold
from services.viewers import Viewer
from virtualfs import names
from virtualfs.branches import file_node
from virtualfs.nodes import File

MAX_ENTRIES = 1000
"""Most entries that a folder shows before it is split."""

SPLIT = "split"
NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entries:
    """The files of a folder. `blocks` is empty unless it is split; `by_id` are assets by file."""

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


def lay_out(
    viewer: Viewer, folder: str, rows: Iterable[LibraryRow], *, blocks: bool = True,
    called: Mapping[int, str] = NOTHING, reserved: Collection[str] = (),
) -> Entries:  # fmt: skip
    """Give every asset its file, its name and its block; `rows` come by asset and file.

    `folder` names what is remembered of it. Without `blocks` it is never split here. `called` are the names that
    the viewer gave to some of the assets, before all others; `reserved` are folded names that none may have.
    """
    assets = [list(found) for _, found in groupby(rows, key=lambda r: r.asset_id)]
    chosen = [next((r for r in found if r.file.presence != "missing"), found[0]) for found in assets]
    natural = {row.asset_id: names.safe(row.file.name) for row in chosen if not names.is_junk(row.file.name)}
    chosen = [row for row in chosen if row.asset_id in natural]
    for asset, name in natural.items():
        if asset in called:
            natural[asset] = names.safe(called[asset])
        elif reserved and fold(name) in reserved:
            natural[asset] = names.suffixed(name, asset, reserved.__contains__)
    memory = tree_rows.remembered(viewer, folder)
    if called:
        firm = {tree_rows.memory_key(fold(natural[a])): a for a in called if a in natural}
        memory = memory | firm
    given = given_names(viewer, folder, natural, memory)
    is_split = blocks and (SPLIT in memory or len(chosen) > MAX_ENTRIES)
    if is_split and SPLIT not in memory:
        tree_rows.remember(viewer, folder, {SPLIT: 1})
    nodes = [_node(given[row.asset_id], row) for row in chosen]
    parts = [_present(nodes[i : i + MAX_ENTRIES]) for i in range(0, len(nodes), MAX_ENTRIES)]
    there = [(row, node) for row, node in zip(chosen, nodes, strict=True) if node is not None]
    by_name: dict[str, File] = {}
    for row, node in there:
        by_name.setdefault(natural[row.asset_id], node)
    by_name.update((node.name, node) for _, node in there)
    return Entries(
        files=_present(nodes),
        blocks=tuple(parts) if is_split else (),
        by_name=by_name,
        by_fold={fold(node.name): node for _, node in there},
        by_id={row.asset_id: (natural[row.asset_id], node) for row, node in there},
    )


def given_names(
    viewer: Viewer, folder: str, natural: dict[int, str], memory: dict[str, int]
) -> dict[int, str]:
    """The name of each entry by its id: the first of a name has it for good, the others get their ids."""
    alike: dict[str, list[int]] = {}
    for entry, name in natural.items():  # by id
        alike.setdefault(fold(name), []).append(entry)
    fresh: dict[str, int] = {}
    given: dict[int, str] = {}
    for folded, entries in alike.items():
        key = tree_rows.memory_key(folded) if memory or len(entries) > 1 else ""
        holder = memory.get(key, entries[0])
        if len(entries) > 1 and key not in memory:
            fresh[key] = holder
        for entry in entries:
            name = natural[entry]
            given[entry] = name if entry == holder else names.suffixed(name, entry, alike.__contains__)
    if fresh:
        tree_rows.remember(viewer, folder, fresh)
    return given


def _node(name: str, row: LibraryRow) -> File | None:
    """The entry; None when its file is missing: the name is taken, and nothing is there."""
    if row.file.presence == "missing":
        return None
    created = row.taken / 1e6 if row.taken > 0 else None
    return file_node(name, row.file, created=created, masked=row.masked)


def _present(nodes: Sequence[File | None]) -> tuple[File, ...]:
    return tuple(node for node in nodes if node is not None)

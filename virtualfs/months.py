"""`<year>/<year-month>/<name>` and `Undated/<name>`: items by the month in which they were taken.

The wall clock at the place decides the month. A month of more than 1,000 entries is shown as `(1)`,
`(2)`… by the ids of the assets, and stays so; an entry still answers at its unsplit path, and at that of
every block.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.catalogue.tree_rows import LibraryRow
from services.errors import NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs.entries import Entries, lay_out
from virtualfs.keeping import Kept
from virtualfs.nodes import Folder, Node, Place

UNDATED = "Undated"
KEPT_ENTRIES = 20_000
"""Entries of recently asked months that stay in memory (some ten megabytes)."""

KINDS = frozenset({"year", "month", "block"})
"""The folders here, by `Place.kind`."""


class Source(Protocol):
    """Where the items come from, for one viewer and one request."""

    viewer: Viewer

    @property
    def called(self) -> Mapping[int, str]:
        """The names that the viewer gave to some of the assets."""

    def months(self) -> Mapping[int, int]:
        """How many there are in each month (yyyymm, 0 is undated), newest first."""

    def rows(self, month: int) -> Iterable[LibraryRow]:
        """The files of a month, by asset and file."""

    def memory(self, month: int) -> str:
        """The name under which it is remembered what a month looks like; different for every month and source."""

    def folder(self, name: str, kind: str, number: int = 0, block: int = 0) -> Folder:
        """A folder of this source."""


class Months:
    """Resolves and lists, whatever the source; keeps the months that were asked for last."""

    def __init__(self, *, ends_by_clock: bool = False) -> None:
        self.kept: Kept[Entries] = Kept(
            lambda: KEPT_ENTRIES, lambda entries: len(entries.files), ends_by_clock=ends_by_clock
        )

    def resolve(self, source: Source, path: Sequence[str]) -> Node:
        """What lies at a path (never empty); raises NotFound."""
        first, *rest = path
        months = source.months()
        if fold(first) == fold(UNDATED) and 0 in months:
            return self._in_month(source, 0, rest)
        year = _number(first, 4)
        if not any(month // 100 == year for month in months if month):
            raise NotFound
        if not rest:
            return source.folder(first, "year", year)
        number = _number(rest[0].replace("-", "", 1), 6) if rest[0][4:5] == "-" else -1
        if number not in months or number // 100 != year:
            raise NotFound
        return self._in_month(source, number, rest[1:])

    def years(self, source: Source) -> list[Folder]:
        """What lies at the top."""
        months = source.months()
        years = dict.fromkeys(month // 100 for month in months if month)
        return [source.folder(f"{year:04}", "year", year) for year in years] + [
            source.folder(UNDATED, "month") for month in months if not month
        ]

    def children(self, source: Source, place: Place) -> Iterable[Node]:
        """The entries of one of the folders below."""
        if place.kind == "month":
            month = self._month(source, place.number)
            if not month.blocks:
                return month.files
            numbers = range(1, len(month.blocks) + 1)
            return [source.folder(f"({n})", "block", place.number, n) for n in numbers]
        if place.kind == "block":
            blocks = self._month(source, place.number).blocks
            return blocks[place.block - 1] if place.block <= len(blocks) else ()
        found = [month for month in source.months() if month and month // 100 == place.number]
        return [source.folder(_month_name(month), "month", month) for month in found]

    def _in_month(self, source: Source, number: int, rest: Sequence[str]) -> Node:
        if not rest:
            return source.folder(_month_name(number), "month", number)
        month = self._month(source, number)
        block = block_number(rest[0])
        if 1 <= block <= len(month.blocks):
            if len(rest) == 1:
                return source.folder(rest[0], "block", number, block)
            rest = rest[1:]
        found = month.find(rest[0]) if len(rest) == 1 else None
        if found is None:
            raise NotFound
        return found

    def _month(self, source: Source, number: int) -> Entries:
        viewer, memory = source.viewer, source.memory(number)
        return self.kept.get(
            viewer, memory, lambda: lay_out(viewer, memory, source.rows(number), called=source.called)
        )


def _month_name(number: int) -> str:
    return f"{number // 100:04}-{number % 100:02}" if number else UNDATED


def _number(text: str, digits: int) -> int:
    """A number of exactly so many ASCII digits; -1 for anything else."""
    return int(text) if len(text) == digits and text.isascii() and text.isdigit() else -1


def block_number(text: str) -> int:
    """The number in `(3)`; 0 for anything else."""
    inner = text[1:-1]
    is_block = text == f"({inner})" and inner.isascii() and inner.isdigit() and inner[:1] != "0"
    return int(inner) if is_block and len(inner) <= 6 else 0

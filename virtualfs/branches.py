"""The contract of a branch: one top folder of the tree with all that is below it."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from services.broker import describe_file
from services.catalogue.tree_rows import FileRow
from services.viewers import Viewer
from virtualfs.nodes import File, Folder, Node


class Branch(Protocol):
    """A top folder. `name` is its name, and the `branch` of every `Place` it makes.

    A branch asks the catalogue with the viewer each time; what it keeps between two questions MUST be
    keyed by viewer, policy epoch and content version. `ends_by_clock` tells whether a right to something in
    it can end by itself, which neither counter tells: then nothing is kept outside of the branch.
    """

    name: str
    ends_by_clock: bool

    def top(self, viewer: Viewer) -> Folder:
        """The top folder itself."""

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """What lies at a path below the top (never empty); raises NotFound."""

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """The entries of a folder of this branch, each once, in no order. May be read in pieces."""


def file_node(name: str, row: FileRow, *, created: float | None = None, masked: bool = False) -> File:
    """A file row, or what masks leave of it, as a node under this name.

    `created` is its modification time unless told otherwise.
    """
    columns: Any = row  # a row with the columns of a file model, by the same names
    original = describe_file(columns, masked=masked)
    mtime = original.mtime
    return File(
        name, original.size, mtime, mtime if created is None else created, original.etag, original.mime, original
    )  # fmt: skip


def folder_tag(version: tuple[int, int]) -> str:
    """The entity tag of every folder: it moves with any change, so nobody keeps an old listing."""
    return f"{version[0]:x}-{version[1]:x}"

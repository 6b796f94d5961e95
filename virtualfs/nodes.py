"""What the facades know of a place in the tree: a folder or a file, as frozen values.

Times are seconds since 1970, entity tags are bare (without quotes).
"""

from typing import NamedTuple, TypeAlias

from services.broker import Original


class Place(NamedTuple):
    """Where in the tree a folder is, for the branch that made it and for nobody else."""

    branch: str
    kind: str
    number: int = 0
    block: int = 0
    within: int = 0


class Folder(NamedTuple):
    """A folder. `etag` moves whenever anything in the catalogue does; `place` leads to its entries."""

    name: str
    mtime: float
    created: float
    etag: str
    place: Place


class File(NamedTuple):
    """A file. `original` opens its bytes through the broker; None: it is empty and made up by the tree."""

    name: str
    size: int
    mtime: float
    created: float
    etag: str
    mime: str
    original: Original | None


Node: TypeAlias = Folder | File

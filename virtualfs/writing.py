"""The contract of writing: what a branch of the tree lets a person change, and how that is asked.

A branch shows; its writer changes. A branch without a writer is for reading only, and says why. Whoever
asks (a facade) has judged the request before: its path, its conditions, its locks. A writer judges rights,
does it, and raises errors of `services.errors`; it blocks.

How a facade answers the errors: ReadOnly 403 with its words, NotFound 404, Conflict 409, Changed of a put 412,
StorageFull 507, UsageError 403 with its words, every other StorageError 503.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.errors import ReadOnly
from services.viewers import Viewer
from virtualfs.nodes import File, Folder, Node

Act = Literal["put", "make_folder", "delete", "move", "copy", "lock", "describe"]
"""What may be done to a path: `move` is to take it away from there, `copy` that a copy (or what is moved) arrives
there, `describe` to set properties and times."""

Path = Sequence[str]
"""Names as a client wrote them. In the methods of a writer they are those below its branch: never empty, but for
`inside`."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of a file. `source` may be read once, in the thread that writes, and raises when its sender ends early.

    `size` is what it gives together (None: unknown), `mtime_ns` the time the file is to have (None: now).
    `if_match`: only the file with this bare entity tag may be replaced, else Changed. `if_absent`: none may
    be replaced, else Conflict.
    """

    source: Iterable[bytes]
    size: int | None = None
    mtime_ns: int | None = None
    if_match: str | None = None
    if_absent: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are taken, and bytes that are free; None where the storage does not say."""

    used: int | None
    free: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """What is copied: a node of any branch, with what is in it. All of it is what the viewer may see."""

    node: Node
    entries: Callable[[Folder], Iterable[Node]]

    def below(self) -> Iterator["Source"]:
        """What is in a folder; nothing in a file."""
        if isinstance(self.node, Folder):
            for node in self.entries(self.node):
                yield Source(node, self.entries)


@dataclass(frozen=True, slots=True)
class Inside:
    """What can be locked of the entries of a folder, and their canonical addresses; as it stands, nothing.

    `files` and `folders` are the address that each of the one and the other kind is below, empty for a kind that
    cannot be locked. `own` are folders that have an address of their own, by name.
    """

    files: str = ""
    folders: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    def address(self, node: Node, encoded: str) -> str:
        """The address of an entry with this encoded name; empty when it cannot be locked."""
        if not isinstance(node, File) and node.name in self.own:
            return self.own[node.name]
        above = self.files if isinstance(node, File) else self.folders
        return f"{above}/{encoded}" if above else ""

    @property
    def above(self) -> str:
        """An address that all of them are below; empty where nothing can be locked."""
        return self.files or self.folders or next(iter(self.own.values()), "").rpartition("/")[0]


class Writer:
    """What may be changed in the branch called `name`: nothing, until a subclass says what.

    Every method takes the viewer and the names below the branch. What is not overridden is refused with
    `why`, which is fit for the person who tried.
    """

    def __init__(self, name: str, why: str = "") -> None:
        self.name = name
        self.why = why or f"“{name}” is for reading only."

    def require(self, viewer: Viewer, path: Path, act: Act) -> None:
        """Raise ReadOnly when this may not be done here; NotFound, Unavailable when there is no such place.

        Asked before anything is received, locked or described; the methods below are not asked without it.
        A path may be one that does not exist yet.
        """
        raise ReadOnly(self.why)

    def canonical(self, viewer: Viewer, path: Path) -> str:
        """The address of what a lock is about: the same for every way to it, and for every person who may write there.

        It begins with `/` and the name of the branch, and has no `/` at its end. What lies in a folder is at the
        folder's address, a slash, and its name as the tree shows it, all but unreserved characters encoded. May be
        asked without `require`; raises ReadOnly where nothing can be locked.
        """
        raise ReadOnly(self.why)

    def inside(self, viewer: Viewer, path: Path) -> Inside:
        """What can be locked in a folder, for all that is in it at once: of each entry what `canonical` says of it.

        The path is empty for the branch itself. Raises ReadOnly, or NotFound, where nothing can.
        """
        raise ReadOnly(self.why)

    def put(self, viewer: Viewer, path: Path, upload: Upload) -> str | None:
        """Write a file; returns its bare entity tag, None when what was given is not a file here yet.

        Nothing is kept of what ends early. Old bytes are kept as a version.
        """
        raise ReadOnly(self.why)

    def make_folder(self, viewer: Viewer, path: Path) -> None:
        """Make a folder in one that exists; Conflict when the name is taken."""
        raise ReadOnly(self.why)

    def delete(self, viewer: Viewer, path: Path) -> None:
        """Take away a file, or a folder with all in it: all or nothing, with a way back."""
        raise ReadOnly(self.why)

    def move(self, viewer: Viewer, path: Path, target: Path, *, over: bool = True) -> None:
        """Give something another name or place in this branch; what is at the target is taken away first.

        `require` was asked for `move` of the one and `copy` to the other. Unless `over` what is at the target stays,
        also when it is known since this moment only: Conflict.
        """
        raise ReadOnly(self.why)

    def copy(self, viewer: Viewer, source: Source, target: Path, *, deep: bool, over: bool = True) -> None:
        """Put a copy of a file or folder here; what is at the target is taken away first, or stays, as in `move`.

        Of a folder that is not `deep` only the folder itself. The source may be in this branch or another.
        """
        raise ReadOnly(self.why)

    def room(self, viewer: Viewer, path: Path) -> Room | None:
        """The room in a folder, as far as it is known without asking anybody; None when it is not."""
        return None

    def set_mtime(self, viewer: Viewer, path: Path, mtime_ns: int) -> None:
        """Give a file the time that a client says it was changed; quietly nothing where that cannot be."""

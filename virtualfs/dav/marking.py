"""What a listing tells of each row besides the node: locks, properties that clients set, the room of a storage.

An entry of a listing has the marks that it has when it is asked for alone. Where nothing can be written nothing of
that is asked for, so such a listing costs what it cost without. Otherwise it is two questions for a folder of any size;
for one that a collection is shown as, one more for each 500 entries.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from services.drive import locks, properties
from services.drive.locks import Lock
from services.names import fold
from services.viewers import Viewer
from virtualfs.dav.discovery import covering, discovery
from virtualfs.dav.places import Places, Segments, empty_file, is_of
from virtualfs.dav.properties import DAV, LOCKABLE, PLAIN, Marks, Wanted
from virtualfs.nodes import File, Folder, Node
from virtualfs.subjects import subject_of
from virtualfs.writing import Inside

_AVAILABLE, _USED = "quota-available-bytes", "quota-used-bytes"


class Marking:
    """For one listing of `node`, which is at `segments`, and for the client at `href`.

    `deep`: its entries are listed too. `no_room`: nothing is said of room.
    """

    def __init__(
        self, places: Places, viewer: Viewer, segments: Segments, node: Node, href: str, wanted: Wanted, *,
        deep: bool, no_room: bool,
    ) -> None:  # fmt: skip
        self._places = places
        self._viewer = viewer
        self._segments = segments
        self._node = node
        self._href = href
        subject = subject_of(node)
        self._is_real = subject is not None and subject.kind == "folder"
        self._inside = places.inside(viewer, segments) if deep else Inside()
        above = self._inside.above
        self._url = above if above and self._is_real else places.url(viewer, segments) or ""
        found = locks.near(above) if above else locks.around(self._url) if self._url else []
        self._locks = [lock for lock in found if is_of(viewer, lock)]
        self._asks_room = not no_room and any((DAV, name) in wanted.names for name in (_AVAILABLE, _USED))
        self._dead = properties.inside(viewer, subject.id) if above and self._is_real and subject else {}
        self._of_folders: Marks | None = None
        self._seen: set[str] = set()

    def of_itself(self) -> Marks:
        """Of the node that was asked for."""
        if not self._url:
            return PLAIN
        subject = subject_of(self._node)
        dead = {} if subject is None else properties.get(self._viewer, subject)
        return self._marks(self._url, self._href, dead, self._room(self._segments, self._node))

    def of_entry(self, entry: Node, encoded: str) -> Marks:
        """Of one of its entries, by its encoded name."""
        is_folder, url = isinstance(entry, Folder), self._inside.address(entry, encoded)
        if not url:
            return PLAIN
        if not self._locks and not self._dead:
            return self._plain_folder(entry) if is_folder else LOCKABLE
        self._seen.add(fold(entry.name))
        subject = subject_of(entry)
        dead = {} if subject is None else self._dead.get(subject, {})
        if not dead and not covering(self._locks, url):
            return self._plain_folder(entry) if is_folder else LOCKABLE
        base = self._href if self._href.endswith("/") else self._href + "/"
        href = base + encoded + ("/" if is_folder else "")
        return self._marks(url, href, dead, self._plain_folder(entry).hidden if is_folder else {})

    def known(self, entries: Iterable[Node]) -> Iterable[Node]:
        """The entries to be listed. Where they lie in no folder of a storage, what is set on them is asked for."""
        if self._is_real or not self._inside.above:
            return entries
        listed = list(entries)
        found = [subject_of(each) for each in listed if self._inside.address(each, "")]
        self._dead = properties.of(self._viewer, [subject for subject in found if subject is not None])
        return listed

    def to_come(self) -> Iterator[File]:
        """The empty files of locks on names that are not there yet; asked after the entries."""
        for lock in self._locks:
            above, _, name = lock.url.rpartition("/")
            is_here = above == self._url == self._inside.files
            if lock.empty and is_here and fold(unquote(name)) not in self._seen:
                yield empty_file(unquote(name))

    def _plain_folder(self, folder: Node) -> Marks:
        """Of a folder that has no locks and no properties of its own. In a storage the room is the same for all."""
        if not self._asks_room:
            return LOCKABLE
        if self._of_folders is None or folder.name in self._inside.own:
            room = self._room((*self._segments, folder.name), folder)
            self._of_folders = Marks(True, hidden=room) if room else LOCKABLE
        return self._of_folders

    def _marks(self, url: str, href: str, dead: properties.Properties, room: Mapping[str, str]) -> Marks:
        held: list[Lock] = covering(self._locks, url) if self._locks else []
        if not held and not dead and not room:
            return LOCKABLE
        return Marks(True, discovery(held, url, href) if held else "", dead, room)

    def _room(self, segments: Segments, node: Node) -> dict[str, str]:
        if not self._asks_room or not isinstance(node, Folder):
            return {}
        room = self._places.tree.room(self._viewer, segments)
        if room is None:
            return {}
        told = {_AVAILABLE: room.free, _USED: room.used}
        return {name: f"<D:{name}>{count}</D:{name}>" for name, count in told.items() if count is not None}

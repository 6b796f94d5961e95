"""The bytes of a file that is put into a collection: to the person's default storage, unless they have them already.

When it is done the file lies in the storage and its name leads to it. Nothing is kept of what ends early, of what is
no picture, video or sound, and of what may not come in any more when its last byte is there.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from services import broker
from services.accounts.acting import require_current
from services.collections import members
from services.errors import UsageError
from services.filing import Filing
from services.filing.hands import Hands
from services.handing import names
from services.handing.folders import Folders
from services.media.sniff import HEAD, sniff
from services.models import Asset, Collection, File, Folder, Handed, Item, Storage, transaction
from services.models.items import COMPANIONS
from services.storages import paths
from services.uploads.names import clean
from services.viewers import Viewer

NO_MEDIA = (
    "Only pictures, videos and sounds can be put here. Other files can be put into the folder of a storage."
)


@dataclass(frozen=True, slots=True)
class Into:
    """Where files are put: a collection of the person's, and the folder of their storage that the bytes go to.

    `find` gives the collection, None as long as there is nothing in it, and `make` too, which makes it first. Both
    raise what keeps files out: they are asked before the first byte, at the last, and when it is recorded.
    With `own_only` nothing of others comes in.
    """

    folder: str
    find: Callable[[], Collection | None]
    make: Callable[[], Collection]
    own_only: bool = False


class _Known(Exception):
    """Raised at the last byte of what the person has already: nothing of it is stored again."""

    def __init__(self, file: File) -> None:
        super().__init__()
        self.file = file


class Handing:
    """Threading: may be used from any thread; it blocks for as long as the bytes take."""

    def __init__(self, filing: Filing, hands: Hands) -> None:
        self._filing = filing
        self._folders = Folders(filing, hands)

    def require_storage(self, viewer: Viewer) -> Storage:
        """The storage to which the viewer's files go; raises UsageError when there is none that may be written."""
        return self._filing.default_storage(viewer)

    def put(
        self, viewer: Viewer, into: Into, name: str, source: Iterable[bytes], *, size: int | None,
        mtime_ns: int | None = None, instead: Item | None = None,
    ) -> str | None:  # fmt: skip
        """Put a file into a collection under a name; returns its entity tag, None for one that is empty.

        An empty one only announces the name. `instead` is the item that has the name now: it leaves the collection.
        What was put under the name and is not read yet is replaced, and kept as a version. Raises UsageError.
        """
        into.find()
        storage = self.require_storage(viewer)
        pieces = iter(source)
        first = list(_head(pieces))
        head = b"".join(first)
        if not head:
            if instead is None:
                with transaction():
                    names.announce(viewer, into.make(), name)
            return None
        if sniff(head, name).kind == "other":
            raise UsageError(NO_MEDIA, field="name")
        watched = _watched(viewer, into, chain(first, pieces), size)
        try:
            file = self._write(viewer, storage, into, name, watched, size, mtime_ns)
            is_known = False
        except _Known as known:
            file, is_known = known.file, True
        _record(viewer, into, name, file, is_known=is_known, instead=instead)
        return broker.describe_file(File.get_by_id(file.id)).etag

    def _write(
        self, viewer: Viewer, storage: Storage, into: Into, name: str, pieces: Iterator[bytes],
        size: int | None, mtime_ns: int | None,
    ) -> File:  # fmt: skip
        before = _replaceable(viewer, into, name)
        if before is not None:
            path = paths.join(before.folder.path, before.raw_name)
            return self._filing.upload(
                viewer, before.storage.pid, path, pieces, size=size, mtime_ns=mtime_ns, taken="replace"
            ).file
        with self._folders.for_file(viewer, storage, into.folder):
            path = paths.join(into.folder, clean(name))
            return self._filing.upload(
                viewer, storage.pid, path, pieces, size=size, mtime_ns=mtime_ns, taken="free"
            ).file


def _head(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The first pieces: enough to tell what the file is."""
    got = 0
    while got < HEAD:
        piece = next(pieces, None)
        if piece is None:
            return
        got += len(piece)
        yield piece


def _watched(viewer: Viewer, into: Into, pieces: Iterable[bytes], size: int | None) -> Iterator[bytes]:
    """The pieces; at their end raises _Known for what the viewer has, or what keeps them out by then."""
    digest, got = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        got += len(piece)
        yield piece
    if size is not None and got != size:
        return  # whoever writes it says so
    require_current(viewer)
    into.find()
    known = _known(viewer, digest.digest())
    if known is not None:
        raise _Known(known)


def _known(viewer: Viewer, sha256: bytes) -> File | None:
    """A file that is there and has these bytes, of an item of the viewer's own that they did not throw away.

    What a guest dropped is the guest's to take back.
    """
    same = (Asset.sha256 == sha256) & (File.sha256 == sha256) & Asset.role.not_in(COMPANIONS)
    found: File | None = (
        File.select().join(Asset).join(Item).switch(File).join(Storage)
        .where(same & (Item.owner == viewer.user_id) & (Storage.owner == viewer.user_id))
        .where((File.presence == "present") & (File.read_state == "done") & Storage.removed_at.is_null())
        .where(Item.trashed_at.is_null() & Item.contributed_by_id.is_null())
        .order_by(File.id).first()
    )  # fmt: skip
    return found


def _replaceable(viewer: Viewer, into: Into, name: str) -> File | None:
    """The file that was made for this name, and is nothing but that yet: no item, in no other place."""
    collection = into.find()
    row = None if collection is None else names.named(viewer, collection.id, name)
    if row is None or row.file_id is None or not (row.waits and row.written):
        return None
    found: File | None = (
        File.select(File, Folder, Storage).join(Folder).switch(File).join(Storage)
        .where((File.id == row.file_id) & File.sha256.is_null() & (File.presence == "present"))
        .where((Storage.owner == viewer.user_id) & Storage.removed_at.is_null() & Storage.writable)
        .first()
    )  # fmt: skip
    others = Handed.select().where((Handed.file == row.file_id) & (Handed.id != row.id))
    return None if others.exists() else found


def _record(
    viewer: Viewer, into: Into, name: str, file: File, *, is_known: bool, instead: Item | None
) -> None:
    with transaction():
        require_current(viewer)
        collection = into.make()
        names.hand(viewer, collection, name, file.id, written=not is_known)
        leave(viewer, collection, instead, file.id)


def leave(viewer: Viewer, collection: Collection, instead: Item | None, file: int | None) -> None:
    """What had the name leaves the collection, unless it is the item of the file that has it now."""
    known = Asset.get_or_none(Asset.id.in_(File.select(File.asset).where(File.id == file)))
    if instead is not None and (known is None or known.item_id != instead.id):
        members.take_out(viewer, collection.pid, [instead.pid])

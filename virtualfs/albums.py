"""A collection as a folder: its own, one that others share, or that of an event; what all their branches do.

It shows the originals of its items; of those of others only what the viewer may download. One of more than
1,000 entries is shown by year and month, and stays so; an entry still answers at its unsplit path. What has no month
yet, because nobody has read it, stands above the years, and is shown as `(1)`, `(2)`… when it is more than 1,000. Names
are given as in the library, by what this viewer sees and nothing else.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from services.catalogue import tree_rows
from services.catalogue.tree_rows import LibraryRow
from services.collections import files
from services.collections.files import Inside
from services.errors import NotFound
from services.handing import Name
from services.models import Collection
from services.names import fold
from services.viewers import Viewer
from virtualfs import entries, names
from virtualfs.branches import file_node, folder_tag
from virtualfs.entries import Entries, lay_out
from virtualfs.keeping import Kept
from virtualfs.months import KINDS, Months, block_number
from virtualfs.nodes import File, Folder, Node, Place

LOOSE = "loose"
"""A folder of what is loose, by `Place.kind`."""
KEPT_COLLECTIONS = 500
"""How many collections' shapes stay in memory."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A collection that a branch shows under `name`; `inside` asks what the viewer finds in it now.

    `handed` asks under which names the viewer put files there, as `services.handing.names_in` does, and `reserved` are
    folded names that no entry has.
    """

    collection: Collection
    name: str
    inside: Callable[[], Inside]
    handed: Callable[..., Sequence[Name]] = lambda **_: ()
    reserved: frozenset[str] = frozenset()


class Album:
    """One collection for one viewer and one request: the source of its months.

    `number` is what its folders know it by, in its branch; `tag` tells their entity tag, for several alike.
    """

    def __init__(
        self,
        branch: str,
        viewer: Viewer,
        name: str,
        shown: Shown,
        *,
        key: str = "collection",
        number: int = 0,
        tag: Callable[[], str] | None = None,
    ) -> None:
        self.viewer = viewer
        self._tag = tag or _tag_for(viewer)
        self.name = name
        self.collection = shown.collection
        self.inside = shown.inside
        self.reserved = shown.reserved
        self.number = number or shown.collection.id
        self._branch = branch
        self._shown = shown
        self.key = f"{key}:{shown.collection.id}"

    @cached_property
    def called(self) -> Mapping[int, str]:
        """See Source. The first of its names is that of an asset."""
        return _called(self._shown.handed())

    def called_so(self, name: str) -> Mapping[int, str]:
        """The same, of one name alone."""
        return _called(self._shown.handed(name=name))

    def loose(self) -> dict[str, File]:
        """The files that are here by their names alone, by the folded name: unread, announced, or here once more."""
        handed = self._shown.handed(loose=True)
        more = [each for each in handed if not each.waits and each.file is not None]
        assets = [each.asset for each in more if each.asset is not None]
        there = {row.asset_id for row in files.named(self.inside(), "", assets)} if assets else set()
        waiting = [each for each in handed if each.waits]
        found = [*waiting, *(each for each in more if each.asset in there)]
        return {fold(each.name): _loose(each) for each in found}

    def months(self) -> Mapping[int, int]:
        """See Source."""
        return files.months(self.inside())

    def rows(self, month: int) -> Iterable[LibraryRow]:
        """See Source."""
        return files.rows(self.inside(), month)

    def memory(self, month: int) -> str:
        """See Source."""
        return f"{self.key}:{month}"

    def folder(self, name: str, kind: str, number: int = 0, block: int = 0) -> Folder:
        """See Source. When somebody else changed their collection is theirs to know."""
        collection = self.collection
        is_own = collection.owner_id == self.viewer.user_id
        changed = collection.changed_at if is_own else collection.created_at
        place = Place(self._branch, kind, number, block, self.number)
        return Folder(name, changed / 1e6, collection.created_at / 1e6, self._tag(), place)

    def root(self) -> Folder:
        """The folder of the collection itself."""
        return self.folder(self.name, "collection")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a collection looks: by month, or all its entries in one folder; and what is loose in it, in blocks or not."""

    months: Mapping[int, int] | None
    whole: Entries | None
    loose: Mapping[str, File]
    blocks: tuple[tuple[File, ...], ...] = ()


class Albums:
    """What every branch does with a collection."""

    def __init__(self) -> None:
        self._months = Months(ends_by_clock=True)
        self._shapes: Kept[_Shape] = Kept(lambda: KEPT_COLLECTIONS, lambda shape: 1, ends_by_clock=True)

    def resolve(self, album: Album, path: Sequence[str]) -> Node:
        """What lies at a path in a collection; raises NotFound."""
        if not path:
            return album.root()
        shape = self._shape(album)
        block = block_number(path[0])
        if 1 <= block <= len(shape.blocks):
            return _in_block(album, shape, block, path)
        found = _loose_at(shape, path)
        if found is not None:
            return found
        if shape.whole is not None:
            found = shape.whole.find(path[0]) if len(path) == 1 else None
        else:
            try:
                return self._months.resolve(album, path)
            except NotFound:
                found = _unsplit(album, path[0]) if len(path) == 1 else None
        if found is None:
            raise NotFound
        return found

    def children(self, album: Album, place: Place) -> Iterable[Node]:
        """The entries of a folder in a collection."""
        if place.kind in KINDS:
            return self._months.children(album, place)
        shape = self._shape(album)
        if place.kind == LOOSE:
            return shape.blocks[place.block - 1] if place.block <= len(shape.blocks) else ()
        if shape.whole is None:
            numbers = range(1, len(shape.blocks) + 1)
            beside = [_block(album, n) for n in numbers] if shape.blocks else shape.loose.values()
            return [*self._months.years(album), *beside]
        if not shape.loose:
            return shape.whole.files
        hidden = {fold(file.name) for file in shape.loose.values()}
        return [*(f for f in shape.whole.files if fold(f.name) not in hidden), *shape.loose.values()]

    def _shape(self, album: Album) -> _Shape:
        return self._shapes.get(album.viewer, album.key, lambda: _shape_of(album))


def _shape_of(album: Album) -> _Shape:
    loose = album.loose()  # first: what comes in meanwhile is there twice then, and not for a moment nowhere
    months = album.months()
    if _is_split(album, album.key, sum(months.values()) + len(loose)):
        return _Shape(months, None, loose, _blocks(album, list(loose.values())))
    whole = _laid_out(album, files.rows(album.inside()), album.called)
    return _Shape(None, whole, loose)


def _is_split(album: Album, memory: str, count: int) -> bool:
    """Whether what is remembered under this name is split: with so many entries, or once before."""
    if entries.SPLIT in tree_rows.remembered(album.viewer, memory):
        return True
    if count > entries.MAX_ENTRIES:
        tree_rows.remember(album.viewer, memory, {entries.SPLIT: 1})
        return True
    return False


def _blocks(album: Album, loose: Sequence[File]) -> tuple[tuple[File, ...], ...]:
    """What is loose in blocks, in the order in which it came; none where it fits."""
    if not loose or not _is_split(album, f"{album.key}:{LOOSE}", len(loose)):
        return ()
    most = entries.MAX_ENTRIES
    return tuple(tuple(loose[i : i + most]) for i in range(0, len(loose), most))


def _block(album: Album, number: int) -> Folder:
    return album.folder(f"({number})", LOOSE, block=number)


def _in_block(album: Album, shape: _Shape, number: int, path: Sequence[str]) -> Node:
    """A block of what is loose, or what lies in it; each answers at the path of every block. Raises NotFound."""
    if len(path) == 1:
        return _block(album, number)
    found = _loose_at(shape, path[1:])
    if found is None:
        raise NotFound
    return found


def _loose_at(shape: _Shape, path: Sequence[str]) -> File | None:
    return shape.loose.get(fold(names.restore(path[0]))) if len(path) == 1 else None


def _unsplit(album: Album, name: str) -> File | None:
    """The entry that had this path before the collection was split, without a look at all of it."""
    ids = [asset for _, asset in names.unsuffixed(name)]
    called = album.called_so(names.restore(name))
    rows = files.named(album.inside(), fold(names.restore(name)), [*ids, *called])
    return _laid_out(album, rows, called).find(name)


def _laid_out(album: Album, rows: Iterable[LibraryRow], called: Mapping[int, str]) -> Entries:
    return lay_out(album.viewer, album.key, rows, blocks=False, called=called, reserved=album.reserved)


def _called(handed: Iterable[Name]) -> Mapping[int, str]:
    given: dict[int, str] = {}
    for each in handed:
        if each.asset is not None and not each.waits and not each.also:
            given.setdefault(each.asset, each.name)
    return given


def _loose(each: Name) -> File:
    name = names.safe(each.name)
    if each.file is not None:
        return file_node(name, each.file)
    at = each.created_at / 1e6
    return File(name, 0, at, at, f"announced-{each.created_at:x}", "application/octet-stream", None)


class AlbumBranch:
    """What the branches of collections are: their albums, and a top that changes with rights and content."""

    name = ""
    ends_by_clock = True

    def __init__(self) -> None:
        self.albums = Albums()

    def top(self, viewer: Viewer) -> Folder:
        """See Branch."""
        return Folder(self.name, 0.0, 0.0, folder_tag(tree_rows.version(viewer)), Place(self.name, "top"))


class ListBranch(AlbumBranch, ABC):
    """A branch whose top lists its collections."""

    @abstractmethod
    def all(self, viewer: Viewer) -> dict[str, Album]:
        """What the viewer finds here now, by name."""

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        return self.albums.resolve(find(self.all(viewer), first), rest)

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        found = self.all(viewer)
        if folder.place.kind == "top":
            return [album.root() for album in found.values()]
        return entries_of(self.albums, found.values(), folder.place)


def named(branch: str, viewer: Viewer, memory: str, shown: Iterable[Shown]) -> dict[str, Album]:
    """Collections under their names: the first of a name has it for good."""
    by_id = {each.collection.id: each for each in shown}
    natural = {each: names.safe(by_id[each].name) for each in sorted(by_id)}
    natural = {each: name for each, name in natural.items() if not names.is_junk(name)}
    given = entries.given_names(viewer, memory, natural, tree_rows.remembered(viewer, memory))
    tag = _tag_for(viewer)
    return {name: Album(branch, viewer, name, by_id[each], tag=tag) for each, name in given.items()}


def _tag_for(viewer: Viewer) -> Callable[[], str]:
    """The entity tag of folders, asked for once and when it is first wanted."""
    return cache(lambda: folder_tag(tree_rows.version(viewer)))


def find(albums: Mapping[str, Album], name: str) -> Album:
    """The collection of this name: written exactly so, else but for case. Raises NotFound."""
    found = albums.get(name) or next((a for known, a in albums.items() if fold(known) == fold(name)), None)
    if found is None:
        raise NotFound
    return found


def entries_of(albums: Albums, known: Iterable[Album], place: Place) -> Iterable[Node]:
    """The entries of a folder in one of these collections; none when it is not among them any more."""
    album = next((each for each in known if each.number == place.within), None)
    return () if album is None else albums.children(album, place)

"""`Collections/<name>/…` and `Shared with me/<owner>/<collection>/…`: what is in collections, as files.

A collection shows the originals of its items; of those of others only what the viewer may download, and
one of which they may download nothing is not here. One of more than 1,000 entries is shown by year and
month, and stays so; an entry still answers at its unsplit path. Names are given as in the library, by
what this viewer sees and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services import collections
from services.catalogue import tree_rows
from services.catalogue.tree_rows import LibraryRow
from services.collections import Card, files
from services.errors import NotFound
from services.names import fold
from services.viewers import Viewer
from virtualfs import entries, names
from virtualfs.branches import folder_tag
from virtualfs.entries import Entries, lay_out
from virtualfs.keeping import Kept
from virtualfs.months import KINDS, Months
from virtualfs.nodes import File, Folder, Node, Place

KEPT_COLLECTIONS = 500
"""How many collections' shapes stay in memory."""


class Album:
    """One collection for one viewer and one request: the source of its months."""

    def __init__(self, branch: str, viewer: Viewer, name: str, card: Card) -> None:
        self.viewer = viewer
        self.name = name
        self.card = card
        self._branch = branch
        self.key = f"collection:{card.collection.id}"

    def months(self) -> Mapping[int, int]:
        """See Source."""
        return files.months(self.viewer, self.card)

    def rows(self, month: int) -> Iterable[LibraryRow]:
        """See Source."""
        return files.rows(self.viewer, self.card, month)

    def memory(self, month: int) -> str:
        """See Source."""
        return f"{self.key}:{month}"

    def folder(self, name: str, kind: str, number: int = 0, block: int = 0) -> Folder:
        """See Source. When somebody else changed their collection is theirs to know."""
        collection = self.card.collection
        changed = collection.changed_at if self.card.own else collection.created_at
        tag = folder_tag(tree_rows.version(self.viewer))
        place = Place(self._branch, kind, number, block, collection.id)
        return Folder(name, changed / 1e6, collection.created_at / 1e6, tag, place)

    def root(self) -> Folder:
        """The folder of the collection itself."""
        return self.folder(self.name, "collection")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a collection looks: by month, or all its entries in one folder."""

    months: Mapping[int, int] | None
    whole: Entries | None


class Albums:
    """What both branches do with a collection."""

    def __init__(self) -> None:
        self._months = Months(ends_by_clock=True)
        self._shapes: Kept[_Shape] = Kept(lambda: KEPT_COLLECTIONS, lambda shape: 1, ends_by_clock=True)

    def resolve(self, album: Album, path: Sequence[str]) -> Node:
        """What lies at a path in a collection; raises NotFound."""
        if not path:
            return album.root()
        shape = self._shape(album)
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
        return self._months.years(album) if shape.whole is None else shape.whole.files

    def _shape(self, album: Album) -> _Shape:
        return self._shapes.get(album.viewer, album.key, lambda: _shape_of(album))


def _shape_of(album: Album) -> _Shape:
    months = album.months()
    is_split = entries.SPLIT in tree_rows.remembered(album.viewer, album.key)
    if not is_split and sum(months.values()) > entries.MAX_ENTRIES:
        tree_rows.remember(album.viewer, album.key, {entries.SPLIT: 1})
        is_split = True
    if is_split:
        return _Shape(months, None)
    rows = files.rows(album.viewer, album.card)
    return _Shape(None, lay_out(album.viewer, album.key, rows, blocks=False))


def _unsplit(album: Album, name: str) -> File | None:
    """The entry that had this path before the collection was split, without a look at all of it."""
    ids = [asset for _, asset in names.unsuffixed(name)]
    rows = files.named(album.viewer, album.card, fold(names.restore(name)), ids)
    return lay_out(album.viewer, album.key, rows, blocks=False).find(name)


class _AlbumBranch:
    """What both branches of collections are: their albums, and a top that changes with rights and content."""

    name = ""
    ends_by_clock = True

    def __init__(self) -> None:
        self._albums = Albums()

    def top(self, viewer: Viewer) -> Folder:
        """See Branch."""
        return Folder(self.name, 0.0, 0.0, folder_tag(tree_rows.version(viewer)), Place(self.name, "top"))


class CollectionsBranch(_AlbumBranch):
    """The branch of a person's own collections."""

    name = "Collections"

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        return self._albums.resolve(_find(self._all(viewer), first), rest)

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        found = self._all(viewer)
        if folder.place.kind == "top":
            return [album.root() for album in found.values()]
        return _children(self._albums, found.values(), folder.place)

    def _all(self, viewer: Viewer) -> dict[str, Album]:
        cards = collections.cards(viewer, theirs=False, counted=False)
        return _named(self.name, viewer, "collections", cards)


class SharedBranch(_AlbumBranch):
    """The branch of what others share with a person."""

    name = "Shared with me"

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        owner, albums = self._owner(viewer, first)
        if not rest:
            return self._folder(viewer, owner, albums)
        return self._albums.resolve(_find(albums, rest[0]), rest[1:])

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        place, owners = folder.place, self._owners(viewer)
        if place.kind == "top":
            return [self._folder(viewer, owner, albums) for owner, albums in owners.items()]
        everything = [album for albums in owners.values() for album in albums.values()]
        if place.kind == "owner":
            mine = [album for album in everything if album.card.collection.owner_id == place.number]
            return [album.root() for album in mine]
        return _children(self._albums, everything, place)

    def _owners(self, viewer: Viewer) -> dict[str, dict[str, Album]]:
        """The collections by the safe login of their owners, which is unique and stays."""
        by_owner: dict[int, list[Card]] = {}
        for card in collections.cards(viewer, mine=False, counted=False):
            if card.rights.download and card.collection.purpose == "own":
                by_owner.setdefault(card.collection.owner_id, []).append(card)
        given = entries.given_names(
            viewer, "shared", {id_: names.safe(by_owner[id_][0].owner) for id_ in sorted(by_owner)},
            tree_rows.remembered(viewer, "shared"),
        )  # fmt: skip
        return {
            given[owner]: _named(self.name, viewer, f"shared:{owner}", cards)
            for owner, cards in by_owner.items()
        }

    def _owner(self, viewer: Viewer, name: str) -> tuple[str, dict[str, Album]]:
        owners = self._owners(viewer)
        found = next((known for known in owners if fold(known) == fold(name)), None)
        if found is None:
            raise NotFound
        return found, owners[found]

    def _folder(self, viewer: Viewer, name: str, albums: Mapping[str, Album]) -> Folder:
        first = min(album.card.collection.created_at for album in albums.values()) / 1e6
        owner = next(iter(albums.values())).card.collection.owner_id
        tag = folder_tag(tree_rows.version(viewer))
        return Folder(name, first, first, tag, Place(self.name, "owner", owner))


def _named(branch: str, viewer: Viewer, memory: str, cards: Iterable[Card]) -> dict[str, Album]:
    """Collections under their names: the first of a name has it for good."""
    by_id = {card.collection.id: card for card in cards}
    natural = {each: names.safe(by_id[each].collection.name) for each in sorted(by_id)}
    natural = {each: name for each, name in natural.items() if not names.is_junk(name)}
    given = entries.given_names(viewer, memory, natural, tree_rows.remembered(viewer, memory))
    return {name: Album(branch, viewer, name, by_id[each]) for each, name in given.items()}


def _find(albums: Mapping[str, Album], name: str) -> Album:
    """The collection of this name: written exactly so, else but for case."""
    found = albums.get(name) or next((a for known, a in albums.items() if fold(known) == fold(name)), None)
    if found is None:
        raise NotFound
    return found


def _children(albums: Albums, known: Iterable[Album], place: Place) -> Iterable[Node]:
    album = next((each for each in known if each.card.collection.id == place.within), None)
    return () if album is None else albums.children(album, place)

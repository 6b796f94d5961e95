"""`Collections/<name>/…` and `Shared with me/<owner>/<collection>/…`: what is in collections, as files.

Of those of others only what the viewer may download is here, and one of which they may download nothing is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from services import collections
from services.catalogue import tree_rows
from services.collections import Card, files
from services.errors import NotFound
from services.handing import names_in
from services.names import fold
from services.viewers import Viewer
from virtualfs import entries, names
from virtualfs.albums import Album, AlbumBranch, ListBranch, Shown, entries_of, find, named
from virtualfs.branches import folder_tag
from virtualfs.nodes import Folder, Node, Place


class CollectionsBranch(ListBranch):
    """The branch of a person's own collections."""

    name = "Collections"

    def all(self, viewer: Viewer) -> dict[str, Album]:
        """See ListBranch."""
        cards = collections.cards(viewer, theirs=False, counted=False)
        return named(self.name, viewer, "collections", _mine(viewer, cards))


class SharedBranch(AlbumBranch):
    """The branch of what others share with a person."""

    name = "Shared with me"

    def resolve(self, viewer: Viewer, segments: Sequence[str]) -> Node:
        """See Branch."""
        first, *rest = [names.asked(segment) for segment in segments]
        owner, albums = self._owner(viewer, first)
        if not rest:
            return self._folder(viewer, owner, albums)
        return self.albums.resolve(find(albums, rest[0]), rest[1:])

    def children(self, viewer: Viewer, folder: Folder) -> Iterable[Node]:
        """See Branch."""
        place, owners = folder.place, self._owners(viewer)
        if place.kind == "top":
            return [self._folder(viewer, owner, albums) for owner, albums in owners.items()]
        everything = [album for albums in owners.values() for album in albums.values()]
        if place.kind == "owner":
            mine = [album for album in everything if album.collection.owner_id == place.number]
            return [album.root() for album in mine]
        return entries_of(self.albums, everything, place)

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
            given[owner]: named(self.name, viewer, f"shared:{owner}", _shown(viewer, cards))
            for owner, cards in by_owner.items()
        }

    def _owner(self, viewer: Viewer, name: str) -> tuple[str, dict[str, Album]]:
        owners = self._owners(viewer)
        found = next((known for known in owners if fold(known) == fold(name)), None)
        if found is None:
            raise NotFound
        return found, owners[found]

    def _folder(self, viewer: Viewer, name: str, albums: Mapping[str, Album]) -> Folder:
        first = min(album.collection.created_at for album in albums.values()) / 1e6
        owner = next(iter(albums.values())).collection.owner_id
        tag = folder_tag(tree_rows.version(viewer))
        return Folder(name, first, first, tag, Place(self.name, "owner", owner))


def _mine(viewer: Viewer, cards: Iterable[Card]) -> list[Shown]:
    """One's own: where one puts files oneself they have the names that one gave them."""
    return [
        Shown(
            card.collection, card.collection.name, partial(files.inside, viewer, card),
            handed=partial(names_in, viewer, card.collection.id),
        )
        for card in cards
    ]  # fmt: skip


def _shown(viewer: Viewer, cards: Iterable[Card]) -> list[Shown]:
    return [
        Shown(card.collection, card.collection.name, partial(files.inside, viewer, card)) for card in cards
    ]

"""Names that a person's queries may say: of labels, people, storages, collections and events they may know of.

Nothing else is found by name, and no id of anything else gets its name shown.
"""

import difflib
from functools import cached_property

from services import access
from services.access import paths
from services.models import Collection, Event, EventPerson, Storage, User, database
from services.names import fold, plain
from services.viewers import Viewer

SIMILAR = 5

_LABELS = """
    SELECT l.id, l.name FROM label l WHERE EXISTS (
        SELECT 1 FROM item_label il JOIN item i ON i.id = il.item_id
        WHERE il.label_id = l.id AND (
            i.owner_id = ? OR il.author_id = ?
            OR ((il.source <> 'hand' OR il.author_id = i.owner_id) AND i.id IN (SELECT item_id FROM ({paths}) way))
        )
    ) ORDER BY l.name_fold, l.id
"""


class ViewerNames:
    """Looks things up for one viewer; what it has found it keeps, so it is for one query."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def find(self, kind: str, name: str) -> int | None:
        """The id of the thing with this name, in any case, or else without accents."""
        for form in (fold, plain):
            for id, known in self.known(kind).items():
                if form(known) == form(name):
                    return id
        return self._by_display(name) if kind == "user" else None

    def name(self, kind: str, id: int) -> str | None:
        """The name by which `find` gives this id."""
        found = self.known(kind).get(id)
        return found if found is not None and self.find(kind, found) == id else None

    def similar(self, kind: str, name: str) -> tuple[str, ...]:
        """Names that may have been meant."""
        known = {plain(each): each for each in self.known(kind).values()}
        return tuple(known[n] for n in difflib.get_close_matches(plain(name), known, n=SIMILAR, cutoff=0.5))

    def known(self, kind: str) -> dict[int, str]:
        """All things of a kind that the viewer may know of, with their names."""
        return {
            "label": lambda: self._labels, "user": lambda: self._people, "storage": lambda: self._storages,
            "collection": lambda: self._collections, "event": lambda: self._events,
        }[kind]()  # fmt: skip

    @cached_property
    def _labels(self) -> dict[int, str]:
        found = paths.paths(self._viewer)
        me = self._viewer.user_id
        return dict(database.rows(_LABELS.replace("{paths}", found.sql), me, me, *found.values))

    @cached_property
    def _people(self) -> dict[int, str]:
        if self._viewer.kind != "person":
            return {}
        return dict(User.select(User.id, User.login).where(User.active).order_by(User.id).tuples())

    @cached_property
    def _storages(self) -> dict[int, str]:
        rows = access.visible_storages(self._viewer).select(Storage.id, Storage.name)
        return dict(rows.order_by(Storage.id).tuples())

    @cached_property
    def _collections(self) -> dict[int, str]:
        own = (Collection.owner == self._viewer.user_id) & Collection.deleted_at.is_null()
        rows = Collection.select(Collection.id, Collection.name).where(own & (Collection.purpose == "own"))
        return dict(rows.order_by(Collection.id).tuples())

    @cached_property
    def _events(self) -> dict[int, str]:
        joined = EventPerson.select(EventPerson.event_id).where(
            (EventPerson.user == self._viewer.user_id) & EventPerson.left_at.is_null()
        )
        rows = Event.select(Event.id, Event.name).where(
            (Event.owner == self._viewer.user_id) | Event.id.in_(joined)
        )
        return dict(rows.order_by(Event.id).tuples())

    def _by_display(self, name: str) -> int | None:
        found = [
            id
            for id, display in User.select(User.id, User.display)
            .where(User.id.in_(list(self._people)))
            .tuples()
            if fold(display) == fold(name)
        ]
        return found[0] if len(found) == 1 else None

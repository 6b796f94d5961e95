"""Collections in the household at work: made, filled by hand, thrown away and brought back."""

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services import collections, matching
from services.collections import Draft
from services.errors import NotFound
from services.models import Arrival, Collection, CollectionItem, Grant
from tests.rights.oracle import Album, Thing
from tests.rights.people import NUMBER, People

Key = tuple[int, int]
"""A collection and an item."""


class Albums(People):
    """What is in a collection, and what that brings to another one.

    `last` tells when something was decided last, going out or not, about an item in a collection.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[tuple[bool, Key], int] = {}
        for number, owner in enumerate(self.ids):
            album = self._collect(owner, asks=number % 2 == 0)
            mine = [t for t in self.home.things.values() if t.owner == owner]
            collections.add(self.viewer(owner), album.pid, [t.pid for t in mine])
            album.items |= {t.id for t in mine}

    def _collect(self, owner: int, *, asks: bool) -> Album:
        more = {"arrivals": "owner" if asks else "none"}
        made = collections.create(self.viewer(owner), Draft(f"Album {len(self.home.albums)}"), more)
        self.home.albums[made.id] = Album(made.id, made.pid, owner, asks)
        return self.home.albums[made.id]

    @rule(actor=NUMBER, asks=st.booleans())
    def collect(self, actor: int, asks: bool) -> None:
        if len(self.home.albums) < 8:
            self._collect(self.active(actor), asks=asks)

    def _own_albums(self) -> list[Album]:
        return [a for a in self.home.albums.values() if not a.deleted and self.home.people[a.owner].active]

    def _keep_up(self) -> None:
        """What a worker does: queries about items of others are held again.

        What they find by a new right may take until then; nobody sees by them what they have no right to meanwhile.
        All else that queries find, also by way of other collections, they find in the moment in which it is so.
        """
        for album in self._asking():
            if album.query and album.query.owners:
                matching.evaluate(album.id)
        self.home.look_for_all()

    def _asking(self) -> list[Album]:
        """The collections whose queries ask for items of others, or for other collections."""
        found = [album for album in self.home.albums.values() if album.query and not album.deleted]
        return [a for a in found if a.query and (a.query.owners or a.query.album is not None)]

    @invariant()
    def a_worker_keeps_up(self) -> None:
        """One collection after the other is held over all items, which finds the same as holding it over each.

        Its name lets this be the first of what is asked after a step.
        """
        self._require_arrived()
        asking = self._asking()
        if asking:
            matching.evaluate(asking[self.turn % len(asking)].id)
            self._require_members()

    def _require_arrived(self) -> None:
        self._keep_up()
        self.home.hand_on()
        rows = {(a.collection_id, a.item_id): a for a in Arrival.select(Arrival, Grant).join(Grant)}
        found = {key: (row.grant.pid, row.state, bool(row.reason)) for key, row in rows.items()}
        told = {key: (c.having.pid, c.state, c.known) for key, c in self.home.arrived.items()}
        assert found == told, [(key, found.get(key), told.get(key)) for key in {*found, *told}]
        self._require_members()

    def _require_members(self) -> None:
        """What was said to the items of dynamic collections is known, also of what nobody sees."""
        rows = CollectionItem.select().join(Collection).where(Collection.kind == "dynamic")
        found = {
            (row.collection_id, row.item_id): (row.matches, row.rule, row.approval, row.proposed)
            for row in rows
        }
        gone = {id for id, album in self.home.albums.items() if album.deleted}
        told = {key: (m.finds, m.rule, m.said, m.proposed) for key, m in self.home.members.items()}
        wrong = [
            (key, found.get(key), told.get(key)) for key in {*found, *told} if found.get(key) != told.get(key)
        ]
        assert [each for each in wrong if each[0][0] not in gone] == [], wrong

    @rule(album=NUMBER, thing=NUMBER)
    def put_in(self, album: int, thing: int) -> None:
        free = [a for a in self._own_albums() if a.purpose != "contribution"]
        chosen = self.pick(album, free)
        if chosen is not None:
            self.put_in_album(chosen, self.pick(thing, list(self.home.things.values())))

    def put_in_album(self, chosen: Album, item: Thing) -> None:
        try:
            collections.add(self.viewer(chosen.owner), chosen.pid, [item.pid])
        except NotFound:
            assert not self.home.looks(chosen.owner, item)
        else:
            assert self.home.looks(chosen.owner, item)
            self._came(chosen, item)

    def _came(self, album: Album, thing: Thing) -> None:
        """An item is in a collection now, and wherever that is contributed to."""
        if album.query is None:
            album.items.add(thing.id)
            self.home.bring(album)
        else:
            self.home.rule_on(album, thing, "always")
        self._require_arrived()

    @rule(album=NUMBER, thing=NUMBER)
    def take_out(self, album: int, thing: int) -> None:
        chosen = self.pick(album, [a for a in self._own_albums() if a.items])
        if chosen is not None:
            item = self.home.things[self.pick(thing, sorted(chosen.items))]
            self.home.clock += 1  # of what was contributed this is a decision, and none is of the same moment
            collections.remove(self.viewer(chosen.owner), chosen.pid, [item.pid])
            self._went(chosen, item)

    def _went(self, album: Album, thing: Thing) -> None:
        """An item was taken out of a collection: also what was contributed is refused by that."""
        came = self.home.arrived.get((album.id, thing.id))
        if came is not None and came.state == "approved" and album.purpose == "own":
            came.state = "rejected"
            self.last[False, (album.id, thing.id)] = self.home.clock
        if album.query is None:
            album.items.discard(thing.id)
            self.home.bring(album)
        else:
            self.home.rule_on(album, thing, "never")
        self._require_arrived()

    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        album = self.pick(number, [a for a in self._own_albums() if a.purpose == "own"])
        if album is not None and number % 4 == 0:
            collections.delete(self.viewer(album.owner), album.pid)
            album.deleted = True
            for promise in self.home.promises:
                promise.ended = promise.ended or promise.album == album.id
            for having in self.home.havings:
                if album.id in (having.promise.album, having.into):
                    self.home.end(having)

    @rule(number=NUMBER)
    def restore(self, number: int) -> None:
        gone = [a for a in self.home.albums.values() if a.deleted and self.home.people[a.owner].active]
        album = self.pick(number, gone)
        if album is not None:
            collections.restore(self.viewer(album.owner), album.pid)
            album.deleted = False
            if album.query is not None:
                self.home.look_for(album)

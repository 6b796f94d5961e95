"""What ends a right in the household at work: revoked, left, withdrawn, or gone with a storage."""

from typing import Any

from hypothesis.stateful import rule

from services import sharing
from services.errors import Conflict
from services.sharing import ending
from tests.rights.oracle import Having, Promise, Thing
from tests.rights.people import NUMBER, People


class Ends(People):
    """An owner ends what they gave, a recipient leaves it, an item or a storage is held back."""

    def _open(self) -> list[Having]:
        return [h for h in self.home.havings if not h.ended and self.home.people[h.promise.owner].active]

    @rule(number=NUMBER)
    def revoke_one(self, number: int) -> None:
        having = self.pick(number, self._open())
        if having is not None:
            sharing.revoke(self.viewer(having.promise.owner), {"grant": having.pid})
            having.taken = True
            self.home.end(having)
            self._end_if_empty(having.promise)

    def _end_if_empty(self, promise: Promise) -> None:
        if promise.kind != "group" and all(h.ended for h in self.home.havings if h.promise is promise):
            promise.ended = True

    @rule(number=NUMBER)
    def end_passing(self, number: int) -> None:
        """An owner ends what somebody passes on of theirs, and nothing else of what goes that way."""
        active = [who for who, person in self.home.people.items() if person.active]
        passed = [(who, theirs) for who in active for _, theirs in sorted(self.home.passed_on(who))]
        owner, pid = self.pick(number, passed) or (0, "")
        if owner:
            sharing.revoke(self.viewer(owner), {"grant": pid})
            having = next(h for h in self.home.havings if h.pid == pid)
            self.home.stopped.add((having.promise.pid, owner, having.user))

    @rule(number=NUMBER)
    def revoke_share(self, number: int) -> None:
        open_ = [p for p in self.home.promises if not p.ended and self.home.people[p.owner].active]
        promise = self.pick(number, open_)
        if promise is not None:
            sharing.revoke_share(self.viewer(promise.owner), promise.pid)
            promise.ended = True
            for having in self.home.havings:
                if having.promise is promise:
                    self.home.end(having)

    @rule(actor=NUMBER, person=NUMBER)
    def revoke_person(self, actor: int, person: int) -> None:
        owner, who = self.active(actor), self.pick(person, self.ids)
        login = self.home.people[who].login
        sharing.revoke(self.viewer(owner), {"user": login})
        self._revoked(owner, who)

    def _revoked(self, owner: int, who: int) -> None:
        theirs = {album.id for album in self.home.albums.values() if album.owner == who}
        for having in self.home.havings:
            to_them = having.user == who or having.into in theirs
            if having.promise.owner == owner and having.user == who:
                having.taken, having.refused = having.taken or having.refused, False  # nor is it taken back
            if having.promise.owner == owner and to_them and not having.ended:
                having.taken = True
                self.home.end(having)
                self._end_if_empty(having.promise)

    @rule(number=NUMBER)
    def leave(self, number: int) -> None:
        having = self.pick(number, self._to_leave())
        if having is not None:
            sharing.leave(self.viewer(having.user), having.pid)
            self.home.end(having)

    def _to_leave(self) -> list[Having]:
        people = self.home.people
        there = [h for h in self.home.havings if not h.ended and not h.waits and h.user is not None]
        return [h for h in there if h.user is not None and people[h.user].active]

    @rule(number=NUMBER)
    def withdraw(self, number: int) -> None:
        thing = self._own_thing(number)
        if thing is not None:
            sharing.withdraw(self.viewer(thing.owner), [thing.pid])
            thing.withdrawn = True

    @rule(number=NUMBER)
    def unwithdraw(self, number: int) -> None:
        thing = self._own_thing(number)
        if thing is None:
            return
        try:
            sharing.unwithdraw(self.viewer(thing.owner), [thing.pid])
        except Conflict:
            assert thing.taken_back
        else:
            assert not thing.taken_back
            thing.withdrawn = False

    def _own_thing(self, number: int) -> Any:
        return self.pick(number, [t for t in self.home.things.values() if self.home.people[t.owner].active])

    @rule(number=NUMBER)
    def withhold(self, number: int) -> None:
        stored = self._own_storage(number)
        if stored is not None:
            ending.withhold(self.viewer(stored.owner), stored.pid)
            for thing in self.home.things.values():
                thing.withdrawn = thing.withdrawn or thing.storage == stored.id

    @rule(number=NUMBER)
    def remove_storage(self, number: int) -> None:
        stored = self._own_storage(number)
        if stored is None or number % 3:
            return
        self.asking.hypomos.connecting.remove(self.viewer(stored.owner), stored.pid)
        stored.removed = True
        for thing in self.home.things.values():
            if thing.storage == stored.id and self._is_shared(thing):
                thing.withdrawn = True

    def _is_shared(self, thing: Thing) -> bool:
        return any(
            h.promise.owner == thing.owner
            and not h.ended
            and (
                thing.id in self.home.albums[h.promise.album].items
                or (h.promise.album, thing.id) in self.home.members  # also what waits, or may come back
            )
            for h in self.home.havings
        )

    def _own_storage(self, number: int) -> Any:
        there = [s for s in self.home.storages.values() if not s.removed and self.home.people[s.owner].active]
        return self.pick(number, there)

    @rule()
    def start_again(self) -> None:
        """The journal says at every start what has ended; here it has nothing new to say."""
        assert self.asking.journal.replay() == 0

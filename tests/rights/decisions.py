"""Decisions in the household at work: what waits to come in or to go out, and for a moment that is undone."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import clock, sharing
from services.errors import NotFound
from tests.rights.albums import Albums, Key
from tests.rights.people import NUMBER

STATES = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True)
class Decided:
    """What somebody decided when, how it is undone, and what was said before."""

    who: int
    key: Key
    goes_out: bool
    undo: str
    at: int
    before: str
    before_at: int


class Decisions(Albums):
    """What somebody decides, and what they take back."""

    def __init__(self) -> None:
        super().__init__()
        self.undos: list[Decided] = []

    @rule(number=NUMBER, decision=st.sampled_from(["approve", "reject"]))
    def decide(self, number: int, decision: Any) -> None:
        albums = self.home.albums
        keys = [(who, k) for k in self.home.arrived if not albums[k[0]].deleted for who in self._decide(k[0])]
        who, key = self.pick(number, keys) or (0, (0, 0))
        if not who:
            return
        thing, came = self.home.things[key[1]], self.home.arrived[key]
        if came.known and came.state != "approved" and thing.owner != who:
            with pytest.raises(NotFound):
                sharing.decide(self.viewer(who), [self._named(key, goes_out=False)], decision)
            return
        self._decided(who, key, decision, came.state, goes_out=False)
        came.state = STATES[decision]
        self.home.look_for_all()

    @rule(number=NUMBER, decision=st.sampled_from(["approve", "approve", "reject"]))
    def decide_out(self, number: int, decision: Any) -> None:
        """Their owner says what goes out of a dynamic collection: mostly of what waits for that."""
        own = {album.id: album.owner for album in self._own_albums()}
        asked = [key for key, member in self.home.members.items() if key[0] in own and member.said != "none"]
        waits = [key for key in asked if self.home.members[key].waits]
        key = self.pick(number, waits if waits and number % 4 else asked)
        if key is not None:
            self._decide_out(own[key[0]], key, decision)

    def _decide_out(self, who: int, key: Key, decision: Any) -> None:
        member = self.home.members[key]
        self._decided(who, key, decision, member.said, goes_out=True)
        member.said = STATES[decision]
        self.home.show(self.home.albums[key[0]])
        self._require_arrived()

    def _decided(self, who: int, key: Key, decision: Any, before: str, *, goes_out: bool) -> None:
        self.home.clock += 1  # no two decisions are of the same moment
        undo = sharing.decide(self.viewer(who), [self._named(key, goes_out=goes_out)], decision)
        before_at = self.last.get((goes_out, key), 0)
        self.undos.append(Decided(who, key, goes_out, undo, self.home.clock, before, before_at))
        self.last[goes_out, key] = self.home.clock

    def _named(self, key: Key, *, goes_out: bool) -> str:
        album, thing = self.home.albums[key[0]], self.home.things[key[1]]
        return f"{'out' if goes_out else 'in'}.{album.pid}.{thing.pid}"

    def _decide(self, album: int) -> list[int]:
        """Those who decide what comes into a collection."""
        people = [p.id for p in self.home.people.values() if p.active]
        return [
            who for who in people if self.home.albums[album].owner == who or self.home.organises(who, album)
        ]

    @precondition(lambda self: self.undos)
    @rule()
    def undo(self) -> None:
        """The last decision is taken back, unless it is too late or somebody decided about it since."""
        done = self.undos.pop()
        if not self._may_undo(done) or not 0 <= self.home.clock - done.at < 10 * clock.MINUTE:
            return
        sharing.undo(self.viewer(done.who), done.undo)
        self.last[done.goes_out, done.key] = done.before_at
        if not done.goes_out:
            self.home.arrived[done.key].state = done.before
            self.home.look_for_all()
            return
        member = self.home.members[done.key]
        is_by_hand = (
            done.before == "pending" and member.rule == "always"
        )  # who put it in is not asked any more
        member.said = "none" if is_by_hand else done.before
        self.home.show(self.home.albums[done.key[0]])
        self._require_arrived()

    def _may_undo(self, done: Decided) -> bool:
        album = self.home.albums[done.key[0]]
        if album.deleted or self.last[done.goes_out, done.key] != done.at:
            return False
        if done.goes_out:
            return self.home.people[done.who].active
        came = self.home.arrived[done.key]
        return done.who in self._decide(album.id) and (
            not came.known or came.having.promise.owner == done.who
        )

"""Who wants to be asked first in the household at work: what waits gives nothing, and is accepted or declined.

What is offered is in the inbox of whom it is offered to, with as many pictures as would come, and of nobody else.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from services import clock, profiles, sharing
from services.errors import NotFound
from tests.rights.groups import Groups
from tests.rights.oracle import Having
from tests.rights.people import NUMBER


@dataclass(frozen=True)
class Answered:
    """What somebody said to an offer when, and how it is undone."""

    having: Having
    accepted: bool
    undo: str
    at: int


class Answers(Groups):
    """Who is asked, what they answer, and what they take back."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[Answered] = []

    @rule(person=NUMBER, first=st.sampled_from([True, True, False]))
    def want_to_be_asked(self, person: int, first: bool) -> None:
        """From now on: what waits goes on waiting, what is there stays."""
        who = self.active(person)
        profiles.edit_profile(self.viewer(who), self.asking.hypomos.jobs, ask_first=first)
        self.home.people[who].asks_first = first

    @rule(
        album=NUMBER, to=NUMBER, rights=st.sets(st.sampled_from(["download", "reshare", "contribute"])),
        hours=st.sampled_from([None, None, 1]), then=st.sampled_from(["wait", "accept", "accept", "decline", "undo"]),
    )  # fmt: skip
    def offer_to_who_asks(self, album: int, to: int, rights: set[str], hours: int | None, then: str) -> None:
        """Somebody wants to be asked, is offered something, and answers: chance alone hardly ever does all of it."""
        own, active = self._own_albums(), [p.id for p in self.home.people.values() if p.active]
        chosen = self.pick(album, [a for a in own if a.purpose == "own"])
        who = self.pick(to, [each for each in active if chosen and each != chosen.owner])
        if who is None:
            return
        self.want_to_be_asked(active.index(who), True)
        before = len(self.home.promises)
        self._offer(own.index(chosen), self.ids.index(who), "user", rights, True, hours)
        if len(self.home.promises) == before:
            return
        having = next(h for h in self._open() if h.promise is self.home.promises[-1])
        assert having.waits
        self.everybody_sees_what_is_theirs()
        if then != "wait":
            self._answer(having, accepted=then == "accept" or (then == "undo" and album % 2 == 0))
        if then == "undo":
            self.everybody_sees_what_is_theirs()
            self.take_answer_back()

    @rule(number=NUMBER, accepted=st.sampled_from([True, True, False]))
    def answer(self, number: int, accepted: bool) -> None:
        people = self.home.people
        waits = [h for h in self.home.havings if h.waits and h.user is not None and people[h.user].active]
        having = self.pick(number, waits)
        if having is not None:
            self._answer(having, accepted=accepted)

    def _answer(self, having: Having, *, accepted: bool) -> None:
        self.home.clock += 1  # no two answers are of the same moment
        viewer, pid = self.viewer(having.user or 0), f"offer.{having.pid}"
        decision: Any = "approve" if accepted else "reject"
        if not self.home.is_offered(having):
            try:
                sharing.decide(viewer, [pid], decision)
            except NotFound:
                return
            raise AssertionError("what has ended was answered")
        undo = sharing.decide(viewer, [pid], decision)
        having.waits = False
        having.ended = having.refused = not accepted
        self.answered.append(Answered(having, accepted, undo, self.home.clock))

    @precondition(lambda self: self.answered)
    @rule()
    def take_answer_back(self) -> None:
        """The last answer is taken back, unless something has ended since, or was offered anew."""
        done = self.answered.pop()
        having, home = done.having, self.home
        is_late = not 0 <= home.clock - done.at < 10 * clock.MINUTE
        if is_late or not home.people[having.user or 0].active:
            return
        viewer = self.viewer(having.user or 0)
        if not (self._may_wait_again(having) if not done.accepted else not having.ended):
            try:
                sharing.undo(viewer, done.undo)
            except NotFound:
                return
            raise AssertionError("what has ended waits again")
        assert sharing.undo(viewer, done.undo) == 1
        having.waits, having.ended, having.refused = True, False, False
        if done.accepted:
            home.keep_to_rights(having.user or 0, having.promise.album)

    def _may_wait_again(self, having: Having) -> bool:
        promise, home = having.promise, self.home
        if promise.ended or not having.refused:
            return False
        if promise.group is not None:
            return having.user in home.groups[promise.group]
        return not any(
            h.user == having.user and not h.ended and h.promise.album == promise.album and h.promise.kind == "user"
            for h in home.havings
        )  # fmt: skip

    @invariant()
    def each_is_asked_about_what_waits_for_them(self) -> None:
        home = self.home
        for who, person in home.people.items():
            if not person.active:
                continue
            viewer = self.viewer(who)
            offered = {h.pid: h for h in home.havings if h.user == who and home.is_offered(h)}
            found = {o.pid.removeprefix("offer."): o.items for o in sharing.offered(viewer)}
            assert set(found) == set(offered), person.login
            assert sharing.count_offered(viewer, most=99) == len(offered), person.login
            for pid, items in found.items():
                would_come = [t for t in home.things.values() if home.would_bring(offered[pid], t)]
                assert items == len(would_come), (person.login, pid)

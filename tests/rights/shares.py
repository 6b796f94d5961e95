"""Shares in the household at work: offered, refused, changed, passed on, and contributions to somebody else."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services import clock, sharing
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Grant, Share
from services.sharing import Terms
from tests.rights.clocks import Clocks
from tests.rights.drive import Drive
from tests.rights.oracle import Album, Having, Promise, soonest
from tests.rights.people import NUMBER
from tests.rights.streams import Streams

ENDED = ("nothing", "an hour passes", "revoke", "change", "again", "leave")
"""What becomes of the right to contribute."""
PASSED = ("nothing", "an hour passes", "revoke", "end")
"""What becomes of what is passed on."""


class Shares(Drive, Streams, Clocks):
    """An owner offers a collection: to a person, a group, or somebody else's collection."""

    @rule(
        album=NUMBER, to=NUMBER, kind=st.sampled_from(["user", "user", "user", "group", "collection", "collection"]),
        rights=st.sets(st.sampled_from(["download", "reshare", "contribute"])), place=st.booleans(),
        hours=st.sampled_from([None, None, 1, 5]),
    )  # fmt: skip
    def offer(self, album: int, to: int, kind: str, rights: set[str], place: bool, hours: int | None) -> None:
        """Something is offered, and if that is to a person, they begin to look, and somebody copies something.

        Who wants to be asked first has nothing to look at.
        """
        before = len(self.home.promises)
        self._offer(album, to, kind, rights, place, hours)
        if kind == "user" and len(self.home.promises) > before:
            self.begin_stream(self.ids.index(self.home.promises[-1].target), to)
            self.copy(to, "nothing" if album % 3 else "revoke", masked=album % 2 == 0)

    def _offer(
        self, album: int, to: int, kind: str, rights: set[str], place: bool, hours: int | None
    ) -> None:
        chosen = self.pick(album, self._own_albums())
        if chosen is None:
            return
        expires = None if hours is None else self.home.now + hours * clock.HOUR
        terms = Terms.of(rights, place=place, expires=expires)
        target, named = self._target(kind, to, chosen)
        if target is None:
            return
        if chosen.purpose != "own":
            self._refused(NotFound, chosen, named, terms)
        elif kind == "user" and (target == chosen.owner or not self.home.people[target].active):
            self._refused(UsageError, chosen, named, terms)
        elif kind == "collection" and not self._may_contribute(chosen.owner, target):
            self._refused((AccessDenied, NotFound), chosen, named, terms)
        elif self._given_already(chosen, kind, target):
            self._refused(Conflict, chosen, named, terms)
        else:
            share = sharing.offer(self.viewer(chosen.owner), chosen.pid, named, terms)
            if kind == "collection":
                expires = soonest(expires, self.home.may_bring_until(chosen.owner, target))
            promise = Promise(
                share.pid, chosen.owner, chosen.id, kind, 0 if kind == "group" else target,
                terms.download, terms.reshare, terms.place, terms.contribute, expires,
                target if kind == "group" else None,
            )  # fmt: skip
            self.home.promises.append(promise)
            self._grants_of(promise)

    @rule(
        album=NUMBER, hours=st.sampled_from([None, 1]), then=st.sampled_from(PASSED),
    )  # fmt: skip
    def pass_on(self, album: int, hours: int | None, then: str) -> None:
        """An album goes on by whom it was given to: three offers in a row, which chance alone hardly ever makes."""
        chosen = self.pick(album, [a for a in self._own_albums() if a.purpose == "own"])
        others = [p.id for p in self.home.people.values() if p.active and chosen and p.id != chosen.owner]
        hers = next((a for a in self._own_albums() if others and a.owner == others[0]), None)
        if chosen is None or hers is None or len(others) < 2:
            return
        people, albums = list(self.home.people), self._own_albums()
        rights = {"download", "reshare"}
        self._offer(albums.index(chosen), people.index(others[0]), "user", rights, True, hours)
        for thing in sorted(chosen.items):
            self.put_in_album(hers, self.home.things[thing])
        self._offer(albums.index(hers), people.index(others[1]), "user", rights, True, None)
        given = [h for h in self._open() if h.promise.album == chosen.id and h.user == others[0]]
        if then == "an hour passes":
            self.time_passes(61)
        elif then == "revoke" and given:
            self.revoke_one(self._open().index(given[0]))
        elif then == "end":
            self.end_passing(album)

    @rule(album=NUMBER, hours=st.sampled_from([None, 1]), then=st.sampled_from(ENDED))
    def bring(self, album: int, hours: int | None, then: str) -> None:
        """Somebody is asked for contributions, makes one, and may contribute no more: chance hardly ever does all."""
        own = [a for a in self._own_albums() if a.purpose == "own"]
        chosen = self.pick(album, own)
        source = self.pick(album // 8, [a for a in own if chosen and a.owner != chosen.owner and a.items])
        if chosen is None or source is None:
            return
        people, who = self.ids, source.owner
        self.offer(self._own_albums().index(chosen), people.index(who), "user", {"contribute"}, True, hours)
        into = [a for a in self.home.albums.values() if a.owner != source.owner and not a.deleted]
        number = self._own_albums().index(source)
        self.offer(number, into.index(chosen), "collection", {"download"}, True, None)
        right = [h for h in self._open() if h.promise.album == chosen.id and h.user == who]
        if then == "an hour passes":
            self.time_passes(61)
        elif right and then == "revoke":
            self.revoke_one(self._open().index(right[0]))
        elif right and then == "leave" and right[0] in self._to_leave():
            self.leave(self._to_leave().index(right[0]))
        elif right and then in {"change", "again"}:
            open_ = [p for p in self.home.promises if not p.ended and self.home.people[p.owner].active]
            for rights in (set(), {"contribute"}) if then == "again" else (set(),):
                self.change(open_.index(right[0].promise), rights, True, hours)

    def _target(self, kind: str, to: int, album: Album) -> tuple[Any, dict[str, str]]:
        if kind == "user":
            person = self.pick(to, list(self.home.people.values()))
            return person.id, {"user": person.login}
        if kind == "group":
            group = self.pick(to, list(self.home.groups))
            return group, {"group": group or ""}
        into = self.pick(
            to, [a for a in self.home.albums.values() if a.owner != album.owner and not a.deleted]
        )
        return (None, {}) if into is None else (into.id, {"collection": into.pid})

    def _may_contribute(self, who: int, into: int) -> bool:
        return any(
            h.user == who and h.promise.album == into and self.home.lives(h) and h.promise.contribute
            for h in self.home.havings
        )

    def _given_already(self, album: Album, kind: str, target: Any) -> bool:
        if kind == "group":
            return any(p.album == album.id and p.group == target and not p.ended for p in self.home.promises)
        return any(
            not h.ended
            and h.promise.album == album.id
            and h.promise.kind == kind
            and target in (h.user, h.into)
            for h in self.home.havings
        )

    def _refused(self, kinds: Any, album: Album, named: dict[str, str], terms: Terms) -> None:
        try:
            sharing.offer(self.viewer(album.owner), album.pid, named, terms)
        except kinds:
            return
        raise AssertionError("this could not be offered")

    def _have(self, promise: Promise) -> set[int | None]:
        return {h.user for h in self.home.havings if h.promise is promise and not h.ended}

    def _grants_of(self, promise: Promise, joined: int | None = None) -> None:
        """What the offer gave, by the rows' public ids, which only the catalogue knows.

        With `joined` what a group has for one more: what was taken from them alone, or declined, does not come back.
        """
        before = self._have(promise)
        share = Share.get(Share.pid == promise.pid)
        known = {h.pid for h in self.home.havings}
        for grant in Grant.select().where(Grant.share == share):
            if grant.pid not in known:
                waits = grant.user_id is not None and self.home.people[grant.user_id].asks_first
                self.home.havings.append(
                    Having(grant.pid, promise, grant.user_id, grant.into_id, waits=waits)
                )
        people = self._have(promise)
        if promise.kind == "group":
            over = any(
                h.promise is promise and h.user == joined and (h.taken or h.refused)
                for h in self.home.havings
            )
            more = set() if over else {joined}
            members = self.home.groups[promise.group or ""] if joined is None else before | more
            assert people == members - {promise.owner}, "a group is given what its members are given"
        elif promise.kind == "user":
            assert people == {promise.target}
        else:
            (having,) = [h for h in self.home.havings if h.promise is promise]
            self.home.arrive(having)
            self._require_arrived()

    @rule(
        number=NUMBER, rights=st.sets(st.sampled_from(["download", "reshare", "contribute"])), place=st.booleans(),
        hours=st.sampled_from([None, 1, 5]),
    )  # fmt: skip
    def change(self, number: int, rights: set[str], place: bool, hours: int | None) -> None:
        open_ = [p for p in self.home.promises if not p.ended and self.home.people[p.owner].active]
        promise = self.pick(number, open_)
        if promise is None:
            return
        if promise.kind in {"link", "screen"}:
            rights = rights & {"download"}
        if promise.kind == "screen" and place:
            with pytest.raises(UsageError):
                sharing.change(self.viewer(promise.owner), promise.pid, {"place": True})
            place = False
        expires = None if hours is None else self.home.now + hours * clock.HOUR
        changes = {"rights": sorted(rights), "place": place, "expires": expires}
        if self.home.albums[promise.album].purpose == "event":
            with pytest.raises(UsageError):
                sharing.change(self.viewer(promise.owner), promise.pid, changes)
            return
        into = self.home.albums[promise.target] if promise.kind == "collection" else None
        if (
            into is not None
            and into.purpose == "own"
            and self._is_given(promise)
            and expires != promise.expires
        ):
            ends = self.home.may_bring_until(promise.owner, into.id)
            if not ends:
                with pytest.raises(AccessDenied):
                    sharing.change(self.viewer(promise.owner), promise.pid, changes)
                return
            expires = soonest(expires, ends)
        sharing.change(self.viewer(promise.owner), promise.pid, changes)
        promise.download, promise.reshare = "download" in rights, "reshare" in rights
        promise.contribute, promise.place, promise.expires = "contribute" in rights, place, expires
        for having in self.home.havings:
            if having.promise is promise and having.user is not None and not having.ended:
                self.home.keep_to_rights(having.user, promise.album)

    def _is_given(self, promise: Promise) -> bool:
        return any(h.promise is promise and not h.ended for h in self.home.havings)

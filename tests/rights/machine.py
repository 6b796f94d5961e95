"""The household at work, at random: everything that gives or ends a right, done by the services themselves.

After each step an oracle that knows only what was done says who sees what, and every surface is asked.
Streams that were opened end before their next chunk exactly when the oracle says so.
"""

import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import httpx2 as httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services import access, accounts, clock, collections, screens, sharing
from services.accounts import OPERATOR
from services.broker import Revoked, Stream, original_of
from services.catalogue.timeline import recount
from services.collections import Draft
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.media.masking import Mask, apply, to_json
from services.models import (
    Arrival,
    Asset,
    Collection,
    Event,
    File,
    Grant,
    Guest,
    Item,
    Screen,
    Share,
    User,
    counters,
    transaction,
)
from services.sharing import LinkEnded, LinkTerms, NewGuest, Terms, ending, groups
from services.storages.local import _LocalHandle
from services.viewers import Viewer
from tests.rights.asking import Asking
from tests.rights.oracle import Album, Having, Household, Person, Promise, Stored, Thing, Tv, Visitor, soonest
from tests.rights.surfaces import (
    AT_MOST,
    BY_PLACE,
    GUEST_PROBES,
    MOUNTED,
    PROBES,
    SCREEN_PROBES,
    SERVICES,
    addresses_of,
    feasts_with,
    files_in,
    inboxes_with,
    name_apart,
    tag_of,
)  # fmt: skip

PEOPLE = ("anna", "ben", "cleo", "dora")
CHILD = "cleo"
WORDS = ("alpine", "bridge", "candle", "desert", "estuary", "fjord", "garden", "harbour")
SIZE = 1000
CHUNK = 40
BEGIN = 1_900_000_000 * clock.SECOND
NUMBER = st.integers(0, 1 << 16)
MOST_SCREENS = 2
COPIES = "copies"
"""The storage to which everybody copies what others share."""
MOST_COPIES = 6
MASK = Mask(100, 300)
"""Where the place would be told."""


@dataclass
class Running:
    """A stream somebody began."""

    who: int
    thing: Thing
    stream: Stream
    chunks: AsyncIterator[bytes]
    got: int = 0


class RightsMachine(RuleBasedStateMachine):
    """See the module. `asking` and `thorough` are set by the test."""

    asking: ClassVar[Asking]
    thorough: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.home = Household(clock=BEGIN)
        self.running: list[Running] = []
        self.made = self.turn = 0
        self.seen: dict[tuple[int, int], set[str]] = {}
        self.undos: list[tuple[int, str, int, list[tuple[tuple[int, int], str]]]] = []
        clock.source = lambda: self.home.clock / clock.SECOND
        self.asking.clear()
        for login in PEOPLE:
            user = self.asking.person(login, role="child" if login == CHILD else "adult")
            self.home.people[user.id] = Person(user.id, login, child=login == CHILD)
        self.ids = list(self.home.people)
        words = iter(WORDS)
        for number, owner in enumerate(self.ids):
            self._furnish(owner, number, words)

    def _furnish(self, owner: int, number: int, words: Any) -> None:
        make, login = self.asking.make, self.home.people[owner].login
        root = self.asking.data.parent / "roots" / login / COPIES
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        node = self.asking.hypomos.settings.node_name
        make.storage(User.get_by_id(owner), COPIES, root, node=node, writable=True)
        for place in ("a", "b"):
            root = self.asking.data.parent / "roots" / login / place
            root.mkdir(parents=True, exist_ok=True)
            storage = make.storage(User.get_by_id(owner), place, root, node=node)
            self.home.storages[storage.id] = Stored(storage.id, storage.pid, owner)
            name = f"{next(words)}.jpg"
            data = hashlib.sha256(name.encode()).digest() * (SIZE // 32 + 1)
            (root / name).write_bytes(data[:SIZE])
            day, photo = 20260701 + 2 * number + (place == "b"), number < 3 or place == "a"
            item = make.item(
                User.get_by_id(owner),
                name,
                taken=day * clock.SECOND,
                day=day,
                type="photo" if photo else "video",
                size=SIZE,
            )
            name_apart(item)
            asset = make.asset(item, data[:SIZE])
            Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
            make.file(
                storage, name, asset=asset, sha256=asset.sha256, size=SIZE, read_state="done", mime="image/jpeg",
                mtime_ns=(root / name).stat().st_mtime_ns,
            )  # fmt: skip
            self.asking.keep_pictures(asset)
            with transaction():
                recount([(owner, day)])
            self.home.things[item.id] = Thing(item.id, item.pid, owner, storage.id, photo)
        self._collect(owner, asks=number % 2 == 0)
        for album in list(self.home.albums.values())[-1:]:
            mine = [t for t in self.home.things.values() if t.owner == owner]
            collections.add(self.viewer(owner), album.pid, [t.pid for t in mine])
            album.items |= {t.id for t in mine}

    def _collect(self, owner: int, *, asks: bool) -> None:
        more = {"arrivals": "owner" if asks else "none"}
        made = collections.create(self.viewer(owner), Draft(f"Album {len(self.home.albums)}"), more)
        self.home.albums[made.id] = Album(made.id, made.pid, owner, asks)

    def viewer(self, who: int) -> Viewer:
        return accounts.viewer_for(self.home.people[who].login)

    def pick(self, number: int, of: list[Any]) -> Any:
        return of[number % len(of)] if of else None

    def active(self, number: int) -> int:
        return self.pick(number, [p.id for p in self.home.people.values() if p.active])

    def adult(self, number: int) -> int:
        return self.pick(number, [p.id for p in self.home.people.values() if p.active and not p.child])

    # giving

    @rule(actor=NUMBER, asks=st.booleans())
    def collect(self, actor: int, asks: bool) -> None:
        if len(self.home.albums) < 8:
            self._collect(self.active(actor), asks=asks)

    @rule(
        album=NUMBER, to=NUMBER, kind=st.sampled_from(["user", "user", "user", "group", "collection", "collection"]),
        rights=st.sets(st.sampled_from(["download", "reshare", "contribute"])), place=st.booleans(),
        hours=st.sampled_from([None, None, 1, 5]),
    )  # fmt: skip
    def offer(self, album: int, to: int, kind: str, rights: set[str], place: bool, hours: int | None) -> None:
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
            if kind == "user":
                self.begin_stream(self.ids.index(target), to)
                self.copy(to, "nothing" if album % 3 else "revoke", masked=album % 2 == 0)

    @rule(
        album=NUMBER, hours=st.sampled_from([None, 1]), then=st.sampled_from(["nothing", "an hour passes", "revoke"]),
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
        self.offer(albums.index(chosen), people.index(others[0]), "user", rights, True, hours)
        for thing in sorted(chosen.items):
            self.put_in_album(hers, self.home.things[thing])
        self.offer(albums.index(hers), people.index(others[1]), "user", rights, True, None)
        given = [h for h in self._open() if h.promise.album == chosen.id and h.user == others[0]]
        if then == "an hour passes":
            self.time_passes(61)
        elif then == "revoke" and given:
            self.revoke_one(self._open().index(given[0]))

    @rule(
        album=NUMBER, hours=st.sampled_from([None, 1]),
        then=st.sampled_from(["nothing", "an hour passes", "revoke", "change", "again", "leave"]),
    )  # fmt: skip
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
        elif right and then == "leave":
            self.leave(self._to_leave().index(right[0]))
        elif right and then in {"change", "again"}:
            open_ = [p for p in self.home.promises if not p.ended and self.home.people[p.owner].active]
            for rights in (set(), {"contribute"}) if then == "again" else (set(),):
                self.change(open_.index(right[0].promise), rights, True, hours)

    def _own_albums(self) -> list[Album]:
        return [a for a in self.home.albums.values() if not a.deleted and self.home.people[a.owner].active]

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

        With `joined` what a group has for one more: who left what was shared with it does not get it back by that.
        """
        before = self._have(promise)
        share = Share.get(Share.pid == promise.pid)
        known = {h.pid for h in self.home.havings}
        for grant in Grant.select().where(Grant.share == share):
            if grant.pid not in known:
                self.home.havings.append(Having(grant.pid, promise, grant.user_id, grant.into_id))
        people = self._have(promise)
        if promise.kind == "group":
            members = self.home.groups[promise.group or ""] if joined is None else before | {joined}
            assert people == members - {promise.owner}, "a group is given what its members are given"
        elif promise.kind == "user":
            assert people == {promise.target}
        else:
            (having,) = [h for h in self.home.havings if h.promise is promise]
            self.home.arrive(having)
            self._require_arrived()

    def _require_arrived(self) -> None:
        self.home.hand_on()
        rows = {(a.collection_id, a.item_id): a for a in Arrival.select(Arrival, Grant).join(Grant)}
        found = {key: (row.grant.pid, row.state, row.reason == "known") for key, row in rows.items()}
        assert found == {key: (c.having.pid, c.state, c.known) for key, c in self.home.arrived.items()}

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
        album.items.add(thing.id)
        for having in self.home.havings:
            if having.promise.album == album.id and having.into is not None and not having.ended:
                self.home.arrive(having)
        self._require_arrived()

    @rule(album=NUMBER, thing=NUMBER)
    def take_out(self, album: int, thing: int) -> None:
        chosen = self.pick(album, [a for a in self._own_albums() if a.items])
        if chosen is not None:
            item = self.home.things[self.pick(thing, sorted(chosen.items))]
            collections.remove(self.viewer(chosen.owner), chosen.pid, [item.pid])
            chosen.items.discard(item.id)

    # links and screens

    @rule(album=NUMBER, download=st.booleans(), place=st.booleans(), hours=st.sampled_from([None, 1, 5]))
    def make_link(self, album: int, download: bool, place: bool, hours: int | None) -> None:
        chosen = self.pick(album, [a for a in self._own_albums() if a.purpose == "own"])
        if chosen is None or sum(p.kind == "link" for p in self.home.promises) > 2:
            return
        expires = None if hours is None else self.home.now + hours * clock.HOUR
        terms = LinkTerms(download=download, place=place, expires=expires)
        if self.home.people[chosen.owner].child:
            with pytest.raises(AccessDenied):
                self.asking.hypomos.links.make(self.viewer(chosen.owner), chosen.pid, terms)
            return
        link = self.asking.hypomos.links.make(self.viewer(chosen.owner), chosen.pid, terms)
        promise = Promise(
            link.share.pid, chosen.owner, chosen.id, "link", 0, download, False, place, False, expires
        )
        self.home.promises.append(promise)
        self.home.havings.append(Having(Grant.get(Grant.share == link.share).pid, promise, None, None))
        assert link.secret is not None
        self._welcome(self.asking.hypomos.links.exchange(link.secret, ip="203.0.113.7"), None, promise)

    def _welcome(self, came: NewGuest, feast: int | None, promise: Promise | None) -> None:
        row = Guest.get(Guest.pid == came.pid)
        self.home.visitors.append(Visitor(row.id, came.pid, came.secret, feast, promise))

    @rule(album=NUMBER, download=st.booleans(), place=st.booleans())
    def show_on_screen(self, album: int, download: bool, place: bool) -> None:
        """A television is let in, if there are not two, and shows a collection; the place it never shows."""
        chosen = self.pick(album, self._own_albums())
        if len(self.home.screens) < MOST_SCREENS and album % 2 == 0:
            self._let_a_television_in(album)
        tv = self.pick(album // 2, [tv for tv in self.home.screens if not tv.removed])
        if chosen is None or tv is None:
            return
        expires = None if album % 3 else self.home.now + 5 * clock.HOUR
        named, terms = {"screen": tv.pid}, Terms(download=download, place=place, expires=expires)
        if chosen.purpose != "own":
            self._refused(NotFound, chosen, named, terms)
        elif not self.home.is_screen(tv):
            self._refused(UsageError, chosen, named, terms)
        elif self._shown_already(chosen, tv):
            self._refused(Conflict, chosen, named, terms)
        else:
            share = sharing.offer(self.viewer(chosen.owner), chosen.pid, named, terms)
            promise = Promise(
                share.pid, chosen.owner, chosen.id, "screen", tv.id, download, False, False, False, expires
            )
            self.home.promises.append(promise)
            self.home.havings.append(Having(Grant.get(Grant.share == share).pid, promise, None, None))

    def _shown_already(self, album: Album, tv: Tv) -> bool:
        return any(
            not h.ended and h.promise.album == album.id and (h.promise.kind, h.promise.target) == ("screen", tv.id)
            for h in self.home.havings
        )  # fmt: skip

    def _let_a_television_in(self, actor: int) -> None:
        address = f"192.168.1.{len(self.home.screens) + 1}"
        device = screens.identify(address).pid
        self.made += 1
        screen = screens.approve(self.viewer(self.adult(actor)), device, name=f"TV {self.made}")
        self.home.screens.append(Tv(screen.id, screen.pid, device, address))

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER, decision=st.sampled_from(["refuse", "again", "let in", "let in"]))
    def decide_on_television(self, number: int, actor: int, decision: str) -> None:
        """It is turned away or let in, as the screen that it was or, when that has ended, as a new one."""
        tv, viewer = self.pick(number, self.home.screens), self.viewer(self.adult(actor))
        if decision != "let in":
            (screens.refuse if decision == "refuse" else screens.ask_again)(viewer, tv.device)
            tv.let_in = False
        elif tv.let_in:
            with pytest.raises(Conflict):
                screens.approve(viewer, tv.device, screen=tv.pid)
        elif tv.removed:
            self.made += 1
            screen = screens.approve(viewer, tv.device, name=f"TV {self.made}")
            tv.id, tv.pid, tv.removed, tv.until, tv.let_in = screen.id, screen.pid, False, None, True
        elif not self.home.is_screen(tv):
            with pytest.raises(UsageError):
                screens.approve(viewer, tv.device, screen=tv.pid)
        else:
            screens.approve(viewer, tv.device, screen=tv.pid)
            tv.let_in = True

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER, hours=st.sampled_from([None, 1, 5]))
    def change_screen(self, number: int, actor: int, hours: int | None) -> None:
        tv = self.pick(number, self.home.screens)
        until = None if hours is None else self.home.now + hours * clock.HOUR
        ask = (self.viewer(self.adult(actor)), tv.pid, {"until": until})
        if tv.removed:
            with pytest.raises(NotFound):
                screens.change(*ask)
        else:
            screens.change(*ask)
            tv.until = until

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER)
    def end_screen(self, number: int, actor: int) -> None:
        tv = self.pick(number, [tv for tv in self.home.screens if not tv.removed])
        if tv is None or actor % 3:
            return
        screens.remove(self.viewer(self.adult(actor)), tv.pid)
        tv.let_in, tv.removed = False, True
        for having in self.home.havings:
            if (having.promise.kind, having.promise.target) == ("screen", tv.id):
                self.home.end(having)
                having.promise.ended = True

    # groups

    @rule(actor=NUMBER)
    def make_group(self, actor: int) -> None:
        if len(self.home.groups) < 2:
            who = self.adult(actor)
            self.made += 1
            made = groups.make_group(self.viewer(who), f"Group {self.made}")
            self.home.groups[made.pid] = {who}

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER, person=NUMBER)
    def join(self, group: int, actor: int, person: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        who = self.active(person)
        if member is None:
            return
        groups.join_group(self.viewer(member), pid, self.home.people[who].login)
        if who in self.home.groups[pid]:
            return
        self.home.groups[pid].add(who)
        for promise in self.home.promises:
            if promise.group == pid and not promise.ended:
                self._grants_of(promise, who)

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER, person=NUMBER)
    def leave_group(self, group: int, actor: int, person: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        if member is None:
            return
        who = self.pick(person, sorted(self.home.groups[pid]))
        groups.leave_group(self.viewer(member), pid, self.home.people[who].login)
        self.home.groups[pid].discard(who)
        for having in self.home.havings:
            if having.promise.group == pid and having.user == who:
                self.home.end(having)

    @precondition(lambda self: self.home.groups)
    @rule(group=NUMBER, actor=NUMBER)
    def dissolve(self, group: int, actor: int) -> None:
        pid = self.pick(group, list(self.home.groups))
        member = self.pick(actor, self._members(pid))
        if member is None:
            return
        groups.remove_group(self.viewer(member), pid)
        del self.home.groups[pid]
        for having in self.home.havings:
            if having.promise.group == pid:
                self.home.end(having)
                having.promise.ended = True
        for promise in self.home.promises:
            promise.ended = promise.ended or promise.group == pid

    def _members(self, pid: str) -> list[int]:
        """Those who run it: adults."""
        people = [self.home.people[who] for who in sorted(self.home.groups[pid])]
        return [person.id for person in people if person.active and not person.child]

    # ending

    def _open(self) -> list[Having]:
        return [h for h in self.home.havings if not h.ended and self.home.people[h.promise.owner].active]

    @rule(number=NUMBER)
    def revoke_one(self, number: int) -> None:
        having = self.pick(number, self._open())
        if having is not None:
            sharing.revoke(self.viewer(having.promise.owner), {"grant": having.pid})
            self.home.end(having)
            self._end_if_empty(having.promise)

    def _end_if_empty(self, promise: Promise) -> None:
        if promise.kind != "group" and all(h.ended for h in self.home.havings if h.promise is promise):
            promise.ended = True

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
            if having.promise.owner == owner and to_them and not having.ended:
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
        return [h for h in self.home.havings if not h.ended and h.user is not None and people[h.user].active]

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
        if promise.kind == "event":
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

    # people, storages, time

    @rule(number=NUMBER)
    def disable(self, number: int) -> None:
        who = self.active(number)
        if len([p for p in self.home.people.values() if p.active]) > 2:
            accounts.disable_person(OPERATOR, self._user_pid(who))
            self.home.people[who].active = False
            self.asking.forget(who)

    @rule(number=NUMBER)
    def enable(self, number: int) -> None:
        who = self.pick(number, [p.id for p in self.home.people.values() if not p.active])
        if who is not None:
            accounts.enable_person(OPERATOR, self._user_pid(who))
            self.home.people[who].active = True
            self.asking.forget(who)

    def _user_pid(self, who: int) -> str:
        return str(User.get_by_id(who).pid)

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
            and thing.id in self.home.albums[h.promise.album].items
            for h in self.home.havings
        )

    def _own_storage(self, number: int) -> Any:
        there = [s for s in self.home.storages.values() if not s.removed and self.home.people[s.owner].active]
        return self.pick(number, there)

    @rule(minutes=st.sampled_from([1, 30, 61, 299, 301]))
    def time_passes(self, minutes: int) -> None:
        """Nothing is written, so what is kept has to notice by itself."""
        for passed in (0, minutes):
            self.home.clock += passed * clock.MINUTE
            for who in self.ids:
                self._ask_what_is_kept(who)

    @rule()
    def time_is_noted(self) -> None:
        with transaction():
            self.home.mark = counters.raise_clock(self.home.clock)

    @precondition(lambda self: self.home.mark)
    @rule(hours=st.sampled_from([1, 6]))
    def clock_is_set_back(self, hours: int) -> None:
        self.home.clock = max(self.home.clock - hours * clock.HOUR, BEGIN)
        # that a clock which ran ahead ended a right may be remembered until anything is written
        with transaction():
            counters.bump_content()

    # decisions

    @rule(number=NUMBER, decision=st.sampled_from(["approve", "reject"]))
    def decide(self, number: int, decision: Any) -> None:
        albums = self.home.albums
        keys = [(who, k) for k in self.home.arrived if not albums[k[0]].deleted for who in self._decide(k[0])]
        who, key = self.pick(number, keys) or (0, (0, 0))
        if not who:
            return
        album, thing, came = albums[key[0]], self.home.things[key[1]], self.home.arrived[key]
        named = [f"in.{album.pid}.{thing.pid}"]
        if came.known and came.state != "approved" and thing.owner != who:
            with pytest.raises(NotFound):
                sharing.decide(self.viewer(who), named, decision)
            return
        undo = sharing.decide(self.viewer(who), named, decision)
        self.undos.append((who, undo, self.home.clock, [(key, came.state)]))
        came.state = {"approve": "approved", "reject": "rejected"}[decision]

    def _decide(self, album: int) -> list[int]:
        """Those who decide what comes into a collection."""
        people = [p.id for p in self.home.people.values() if p.active]
        return [
            who for who in people if self.home.albums[album].owner == who or self.home.organises(who, album)
        ]

    @precondition(lambda self: self.undos)
    @rule()
    def undo(self) -> None:
        who, pid, at, before = self.undos.pop()
        there = not any(self.home.albums[key[0]].deleted for key, _ in before)
        may = all(
            who in self._decide(key[0])
            and (not (came := self.home.arrived[key]).known or came.having.promise.owner == who)
            for key, _ in before
        )
        if may and there and 0 <= self.home.clock - at < 10 * clock.MINUTE:
            sharing.undo(self.viewer(who), pid)
            for key, state in before:
                self.home.arrived[key].state = state

    @rule()
    def start_again(self) -> None:
        """The journal says at every start what has ended; here it has nothing new to say."""
        assert self.asking.journal.replay() == 0

    # streams

    @rule(person=NUMBER, thing=NUMBER)
    def begin_stream(self, person: int, thing: int) -> None:
        who = self.active(person)
        theirs = [t for t in self.home.things.values() if t.owner != who and self.home.reads(who, t)]
        item = self.pick(thing, theirs)
        if item is None or len(self.running) > 5:
            return
        viewer = self.viewer(who)
        stream = self.asking.broker.open(viewer, original_of(viewer, Item.get_by_id(item.id)))
        self.running.append(Running(who, item, stream, aiter(stream)))

    @invariant()
    def every_stream_goes_on_or_ends(self) -> None:
        """After each step every stream is asked for its next chunk."""
        self.home.hand_on()
        for running in list(self.running):
            self._next(running)

    def _next(self, running: Running) -> None:
        may = self.home.reads(running.who, running.thing)
        try:
            chunk = self.asking.loop.run_until_complete(anext(running.chunks))
        except Revoked:
            assert not may, "a stream was cut whose right is there"
            self._stop(running)
        except StopAsyncIteration:
            assert running.got == SIZE
            self._stop(running)
        else:
            assert may, "a chunk went out after the right had ended"
            running.got += len(chunk)

    def _stop(self, running: Running) -> None:
        running.stream.close()
        self.running.remove(running)

    # copies over the network drive

    @rule(number=NUMBER, meanwhile=st.sampled_from(["nothing", "revoke"]), masked=st.booleans())
    def copy(self, number: int, meanwhile: str, masked: bool) -> None:
        """Somebody copies what others share into a storage of their own: theirs from then on, whatever ends later.

        `masked`: for once it is known how to keep its place back, and who may not know the place gets what that leaves.
        """
        if len(self.home.copies) >= MOST_COPIES:
            return
        active = [who for who, person in self.home.people.items() if person.active]
        tried = [(who, t) for who in active for t in self.home.things.values() if t.owner != who]
        there = [(who, t) for who, t in tried if self.home.mounts(who, t, masked=masked)]
        who, thing = self.pick(number, there if there and number % 4 else tried)
        with self._known_to_mask(thing, masked=masked):
            self._try_to_copy(who, thing, meanwhile, masked=masked)

    @contextmanager
    def _known_to_mask(self, thing: Thing, *, masked: bool) -> Iterator[None]:
        for masks in (to_json([MASK]), None) if masked else ():
            with transaction():
                Asset.update(masks=masks).where(Asset.item == thing.id).execute()
                counters.bump_policy()
            if masks is not None:
                yield
        if not masked:
            yield

    def _try_to_copy(self, who: int, thing: Thing, meanwhile: str, *, masked: bool) -> None:
        viewer, item = self.viewer(who), Item.get_by_id(thing.id)
        seen = self.seen.setdefault((who, thing.id), set())
        found = addresses_of(self.asking, viewer, item)
        assert bool(found) == self.home.mounts(who, thing, masked=masked), (viewer.login, item.name)
        seen |= found
        if found:
            self._copy(who, thing, min(found), meanwhile, masked=masked)
            return
        seen |= {self._guess(album, item) for album in self.home.albums.values() if item.id in album.items}
        for address in sorted(seen):  # what was there once, or might be
            assert self._copied(who, address).status_code == 404, address

    def _copy(self, who: int, thing: Thing, address: str, meanwhile: str, *, masked: bool) -> None:
        owner, login = self.home.people[thing.owner], self.home.people[who].login
        read, done, whole = _LocalHandle.pread, list[bool](), self.home.reads(who, thing)

        def reading(handle: _LocalHandle, offset: int, length: int) -> bytes:
            data = read(handle, offset, length)
            if not done and meanwhile == "revoke" and owner.active:
                done.append(True)
                sharing.revoke(self.viewer(owner.id), {"user": login})
            return data

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_LocalHandle, "pread", reading)
            answer = self._copied(who, address)
        if done:
            self._revoked(owner.id, who)
        if not self.home.reads(who, thing, masked=masked and not whole):
            assert answer.status_code == 404, "it was read on when the right had ended"
            return
        assert answer.status_code == 201, answer.text
        file = File.get(File.raw_name == f"{self.made}.jpg")
        self.home.copies[file.id] = who
        data = _bytes_of(File.get(File.asset == Item.get_by_id(thing.id).cover_id))
        assert _bytes_of(file) == (data if whole else apply([MASK], 0, data))

    def _copied(self, who: int, address: str) -> httpx.Response:
        """Try it; what is refused leaves nothing."""
        self.made += 1
        name = f"{self.made}.jpg"
        target = f"/dav/Storages/{COPIES}/{name}"
        answer = self.asking.dav(self.viewer(who), "COPY", address, Destination=target)
        root = self.asking.data.parent / "roots" / self.home.people[who].login / COPIES
        left = {path.name for path in root.iterdir() if not path.name.startswith(".hypomos-trash")}
        known = {file.raw_name for file in File.select() if self.home.copies.get(file.id) == who}
        assert left - known == ({name} if answer.status_code == 201 else set())
        return answer

    def _guess(self, album: Album, item: Item) -> str:
        """Where it would be if its album were shared."""
        names = ("Shared with me", self.home.people[album.owner].login, Collection.get_by_id(album.id).name)
        return "/dav/" + "/".join(map(quote, (*names, item.name)))

    # asking

    @initialize()
    def begin(self) -> None:
        self.ask(0, 0)

    @rule(person=NUMBER, thing=NUMBER)
    def ask(self, person: int, thing: int) -> None:
        """Every surface, for one person and one item."""
        self._ask(self.pick(person, self.ids), self.pick(thing, list(self.home.things.values())))

    def _ask(self, who: int, thing: Thing) -> None:
        home = self.home
        viewer, item = self.viewer(who), Item.get_by_id(thing.id)
        expected = {
            "list": home.lists(who, thing),
            "look": home.looks(who, thing),
            "read": home.reads(who, thing),
            "fetch": home.fetches(who, thing),
        }
        outside = expected
        for name, (gives, probe) in PROBES.items():
            if not home.people[who].active and not name.startswith(
                ("page", "API", "plain", "month", "broker")
            ):
                continue  # a service is asked by whoever proved who they are
            found = probe(self.asking, viewer, item)
            assert found == outside[gives], (name, home.people[who].login, item.name)
        if home.people[who].active:
            for name, (gives, probe) in AT_MOST.items():
                found = probe(self.asking, viewer, item)
                assert outside[gives] or not found, (name, viewer.login, item.name)
                assert found or "finds" not in name or thing.owner != who, f"{name} asks nothing"
            place = BY_PLACE
            for name in ("collections", "API: collections", "page of a collection", "page of collections"):
                assert place[name](self.asking, viewer, item) == home.gathers(who, thing), (
                    name,
                    viewer.login,
                )
            assert feasts_with(viewer, item) == home.feasts_with(who, thing), viewer.login
            assert inboxes_with(self.asking, viewer, item) == home.brought_to(who, thing), viewer.login
            assert place["drive: shared"](self.asking, viewer, item) == home.mounts(who, thing)
            own = thing.owner == who and not home.storages[thing.storage].removed
            assert place["drive: library"](self.asking, viewer, item) == own
            assert place["drive: storages"](self.asking, viewer, item) == own

    @rule(visitor=NUMBER, thing=NUMBER)
    def ask_as_stranger(self, visitor: int, thing: int) -> None:
        """Every surface that a guest or a screen has, for one item."""
        who = self.pick(visitor, self._strangers())
        if who is not None:
            self._ask_as_stranger(who, self.pick(thing, list(self.home.things.values())))

    def _ask_as_stranger(self, who: Visitor | Tv, thing: Thing) -> None:
        home, item, viewer = self.home, Item.get_by_id(thing.id), self.stranger(who)
        assert (viewer is not None) == home.present(who)
        gives = {
            "list": home.lists(who, thing),
            "look": home.looks(who, thing),
            "read": home.reads(who, thing),
            "fetch": home.fetches(who, thing),
        }
        if viewer is not None:
            for name in SERVICES:
                what, probe = PROBES[name]
                assert probe(self.asking, viewer, item) == gives[what], (name, who, item.name)
        if isinstance(who, Visitor):
            for name, (what, ask) in GUEST_PROBES.items():
                assert ask(self.asking, who.pid, who.secret, item) == gives[what], (name, who, item.name)
        elif who.let_in or not home.is_screen(who):  # it is another machine of this screen that asks here
            gives["play"] = gives["read"] and not thing.photo
            for name, (shows, show) in SCREEN_PROBES.items():
                assert show(self.asking, who.id, item) == gives[shows], (name, who, item.name)

    def _strangers(self) -> list[Visitor | Tv]:
        return [*self.home.visitors, *self.home.screens]

    def stranger(self, who: Visitor | Tv) -> Viewer | None:
        """The viewer of a guest or a screen; None when they are not let in any more."""
        if isinstance(who, Tv):
            return screens.identify(who.address).viewer
        try:
            return sharing.visit(who.pid, who.secret).viewer
        except LinkEnded:
            return None

    @invariant()
    def strangers_see_what_was_given_to_them(self) -> None:
        files = {f.id: self.home.things[f.asset.item_id] for f in File.select(File, Asset).join(Asset)}
        for who in self._strangers():
            viewer = self.stranger(who)
            assert (viewer is not None) == self.home.present(who), who
            if viewer is None:
                continue
            expected = {t.id for t in self.home.things.values() if self.home.lists(who, t)}
            assert {i.id for i in access.visible_items(viewer)} == expected, who
            for file, thing in files.items():
                assert access.may_read(viewer, file) == self.home.reads(who, thing), (who, thing.pid)

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        self.home.hand_on()
        for who, person in self.home.people.items():
            if not person.active:
                continue
            viewer = self.viewer(who)
            expected = {t.id for t in self.home.things.values() if self.home.lists(who, t)}
            assert {i.id for i in access.visible_items(viewer)} == expected, person.login
            files = {f.id: f for f in File.select()}
            for file in files.values():
                may = access.may_read(viewer, file.id)
                if file.id in self.home.copies:
                    assert may == (self.home.copies[file.id] == who), (person.login, file.name)
                    continue
                thing = self.home.things[file.asset.item_id]
                assert may == self.home.reads(who, thing), (person.login, file.name)

    @invariant()
    def an_owner_is_told_who_sees_an_item(self) -> None:
        """Of one item after the other: nobody is missing, and nobody is named who sees nothing."""
        home, thing = self.home, list(self.home.things.values())[self.turn % len(self.home.things)]
        if not home.people[thing.owner].active:
            return
        strangers: list[tuple[str, Visitor | Tv]] = [
            ("a link", Visitor(0, "", "", None, h.promise))
            for h in home.havings if h.promise.kind == "link" and not h.ended
        ]  # fmt: skip
        strangers += [
            (Event.get_by_id(feast.id).name, Visitor(0, "", "", feast.id, None))
            for feast in home.feasts.values()
        ]
        strangers += [(Screen.get_by_id(tv.id).name, tv) for tv in home.screens if home.is_screen(tv)]
        expected = {name for name, who in strangers if list(home.ways(who, thing, waiting=True))}
        expected |= {
            person.login
            for who, person in home.people.items()
            if who != thing.owner and home.looks(who, thing)
        }
        seen = sharing.audience(self.viewer(thing.owner), thing.pid)
        named = {w.login or w.event or w.screen or ("a link" if w.link else "") for w in seen}
        assert named == expected, thing.pid

    @invariant()
    def what_is_kept_is_what_is_theirs(self) -> None:
        """Of one person after the other."""
        self.turn += 1
        self._ask_what_is_kept(self.ids[self.turn % len(self.ids)])

    def _ask_what_is_kept(self, who: int) -> None:
        """The drive's folders and the counts of days are kept, and what ended must not be."""
        if not self.home.people[who].active:
            return
        viewer, things = self.viewer(who), self.home.things.values()
        shown = {file.etag for top in MOUNTED for file in files_in(self.asking.tree, viewer, top)}
        for thing in things:
            is_there = tag_of(Item.get_by_id(thing.id)) in shown
            assert is_there == self.home.mounts(who, thing), (viewer.login, thing.pid)
        counted = sum(count for _, count, _ in access.visible_days(viewer))
        assert counted == sum(self.home.lists(who, thing) for thing in things), viewer.login

    def teardown(self) -> None:
        try:
            for running in list(self.running):
                self._next(running)
            if self.thorough:
                for thing in self.home.things.values():
                    for who in self.ids:
                        self._ask(who, thing)
                    for stranger in self._strangers():
                        self._ask_as_stranger(stranger, thing)
        finally:
            for running in list(self.running):
                self._stop(running)


def _bytes_of(file: File) -> bytes:
    return (Path(file.storage.root) / file.raw_name).read_bytes()

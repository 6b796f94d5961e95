"""Events in the household at work: made, changed and closed, with whoever comes to them and whatever they bring."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services import clock, events
from services.catalogue.timeline import recount
from services.errors import Conflict, NotFound, UsageError
from services.models import (
    Collection,
    Event,
    Grant,
    Guest,
    Item,
    Share,
    Storage,
    Upload,
    User,
    counters,
    transaction,
)
from services.sharing import LinkEnded
from tests.rights.machine import RightsMachine
from tests.rights.oracle import Album, Arrived, Feast, Having, Promise, Query, Thing, Visitor
from tests.rights.people import SIZE, noon, original
from tests.rights.queries import FAMILY, PRIVATE, QUERIES, RULES, THEN
from tests.rights.surfaces import name_apart

IP = "203.0.113.7"
MOST_THINGS = 14
MODES = ("view", "contribute", "contribute", "contribute", "contribute", "drop")
HOURS = (None, 1, 5)
FREQUENT = ("bring", "bring all", "put in", "drop", "decide", "stream", "ask a guest")
RARE = (
    "make", "change", "close", "tell the time", "join", "come", "organise", "leave", "dismiss", "renew", "take out",
    "take back", "go", "undo", "withdraw", "give back", "revoke", "revoke a share", "end passing", "offer", "link",
    "screen", "show it", "show it", "decide on a screen", "end a screen",
    "label", "label", "match", "match", "rule", "decide out", "read again", "ask otherwise", "collect by",
    "shut out", "let in", "time passes", "note the time", "set the clock back", "start again", "ask",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that happens. `number` says at which event, by whom or of which guest; the others what else."""

    what: str
    number: int
    other: int
    third: int
    mode: str
    flags: tuple[bool, bool, bool]
    hours: int | None
    query: Query
    word: str
    then: str


def drawn(chance: random.Random) -> Step:
    """Something at random: what brings things in more often than what ends them."""
    number, other, third = (chance.randrange(1 << 16) for _ in range(3))
    flags = (chance.random() < 0.6, chance.random() < 0.6, chance.random() < 0.6)
    what = chance.choice((*FREQUENT * 4, *RARE))
    asked = chance.choice(QUERIES), chance.choice((FAMILY, FAMILY, PRIVATE)), chance.choice(THEN)
    return Step(what, number, other, third, chance.choice(MODES), flags, chance.choice(HOURS), *asked)


class FeastMachine(RightsMachine):
    """What the household does at events, and around them.

    Driven by chance and not by rules: of so many rules hardly one would be about an event, and it takes several of
    them, one after the other, until anybody sees anything there.
    """

    def live(self, chance: random.Random, steps: int) -> None:
        """Do so many things, and see after each that everybody sees what is theirs."""
        self.done: list[Step] = []
        self.make_event(chance.randrange(4), chance.choice(MODES), *self._flags(chance), 5)
        (feast,) = self.home.feasts.values()
        others = [who for who in self.ids if who != feast.owner]
        self._join(others[0], feast)
        self._join(others[1], feast)
        self._come(feast)
        self._come(feast)
        self.show_event(0, False)
        for _ in range(steps):
            step = drawn(chance)
            self.done.append(step)
            self._do(step)
            self.every_stream_goes_on_or_ends()
            self.everybody_sees_what_is_theirs()
            self.strangers_see_what_was_given_to_them()
            self.turn += 1
            self.an_owner_is_told_who_sees_an_item()
            self.an_owner_is_told_what_others_pass_on()

    def _flags(self, chance: random.Random) -> tuple[bool, bool, bool]:
        return chance.random() < 0.5, chance.random() < 0.8, chance.random() < 0.8

    def _do(self, step: Step) -> None:
        n, other, flags = step.number, step.other, step.flags
        what: dict[str, Callable[[], None]] = {
            "make": lambda: self.make_event(other, step.mode, *flags, step.hours),
            "change": lambda: self.change_event(n, step.mode, *flags, step.hours),
            "close": lambda: self.close_event(n),
            "tell the time": self.events_are_told_the_time,
            "join": lambda: self.join_event(other, n),
            "come": lambda: self.a_guest_comes(n),
            "organise": lambda: self.name_organiser(n, other),
            "leave": lambda: self.leave_event(n, other, flags[0]),
            "dismiss": lambda: self.dismiss(n),
            "renew": lambda: self.renew_door(n, flags[0]),
            "bring": lambda: self.bring_one(n, other, step.third, *flags[:2]),
            "bring all": lambda: self.bring_collection(n, other, *flags[:2]),
            "put in": lambda: self.put_in_event(n, other),
            "take out": lambda: self.take_out_of_event(n, other),
            "drop": lambda: self.drop(n, not (flags[0] or flags[1]), other),
            "take back": lambda: self.take_back(n, other),
            "go": lambda: self.a_guest_leaves(n),
            "decide": lambda: self.decide(n, "approve" if flags[0] or flags[1] else "reject"),
            "undo": lambda: self.undo() if self.undos else None,
            "stream": lambda: self.begin_stream(other, n),
            "ask": lambda: self.ask(other, n),
            "ask a guest": lambda: self.ask_as_stranger(other, n),
            "withdraw": lambda: self.withdraw(n),
            "give back": lambda: self.unwithdraw(n),
            "revoke": lambda: self.revoke_one(n),
            "revoke a share": lambda: self.revoke_share(n),
            "end passing": lambda: self.end_passing(n),
            "offer": lambda: self.offer(n, other, "user", {"download", "reshare"}, flags[0], step.hours),
            "link": lambda: self.make_link(n, *flags[:2], step.hours),
            "screen": lambda: self.show_on_screen(n, *flags[:2]),
            "show it": lambda: self.show_event(n, flags[0]),
            "decide on a screen": lambda: self.decide_on_a_screen(n, other, flags),
            "end a screen": lambda: self.end_screen(n, other) if self.home.screens else None,
            "label": lambda: self.label(n, other, step.word),
            "match": lambda: self.match(n, other, step.third, step.then),
            "rule": lambda: self.rule_on(n, other, RULES[n % len(RULES)]),
            "decide out": lambda: self.decide_out(n, "approve" if flags[0] else "reject"),
            "read again": lambda: self.read_again(n, {step.word} if flags[0] else set()),
            "ask otherwise": lambda: self.ask_otherwise(n, step.query, flags[0], flags[1]),
            "collect by": lambda: self.collect_by(n, step.query, flags[0], flags[1]),
            "shut out": lambda: self.disable(n),
            "let in": lambda: self.enable(n),
            "time passes": lambda: self.time_passes(61),
            "note the time": self.time_is_noted,
            "set the clock back": lambda: self.clock_is_set_back(6) if self.home.mark else None,
            "start again": self.start_again,
        }
        what[step.what]()

    def decide_on_a_screen(self, number: int, actor: int, flags: tuple[bool, bool, bool]) -> None:
        if self.home.screens:
            what = "let in" if flags[0] else "refuse" if flags[1] else "again"
            self.decide_on_television(number, actor, what)

    # whose they are

    def _feasts(self) -> list[Feast]:
        """Those that are to be changed: of somebody who is let in."""
        return [f for f in self.home.feasts.values() if self.home.people[f.owner].active]

    def _organiser(self, feast: Feast, number: int) -> int:
        there = [w for w, role in feast.roles.items() if role == "organiser" and self.home.people[w].active]
        return self.pick(number, sorted(there)) or 0

    def _promise(self, feast: Feast) -> Promise:
        return next(h.promise for h in self.home.havings if h.feast == feast.id)

    def _is_welcome(self, feast: Feast) -> bool:
        return self.home.is_open(feast) and self.home.people[feast.owner].active

    @property
    def _events(self) -> Any:
        return self.asking.hypomos.events

    def make_event(
        self, actor: int, mode: str, asks: bool, download: bool, place: bool, hours: int | None
    ) -> None:
        if sum(self.home.is_open(f) for f in self.home.feasts.values()) > 1 or len(self.home.feasts) > 3:
            return
        who = self.adult(actor)
        expires = None if hours is None else self.home.now + hours * clock.HOUR
        given = {
            "name": f"Feast {len(self.home.feasts)}", "guests": mode, "download": download, "place": place,
            "approval": "organiser" if asks else "none", "expires": expires,
        }  # fmt: skip
        event = self._events.make(self.viewer(who), given)
        made = event.collection
        self.home.albums[made.id] = Album(made.id, made.pid, who, asks, purpose="event")
        share, grant = Share.get(Share.collection == made), Grant.get(Grant.event == event)
        promise = Promise(share.pid, who, made.id, "event", event.id, download, False, place, False, expires)
        self.home.promises.append(promise)
        self.home.havings.append(Having(grant.pid, promise, None, None, feast=event.id))
        door = self._events.doors.show(self.viewer(who), event.pid)
        self.home.feasts[event.id] = Feast(
            event.id, event.pid, who, made.id, door.token, mode, {who: "organiser"}
        )

    def change_event(
        self, number: int, mode: str, asks: bool, download: bool, place: bool, hours: int | None
    ) -> None:
        """Its end moves, and who may do what; contributions that end with it move along, and none is made longer."""
        feast = self.pick(number, list(self.home.feasts.values()))
        who = self._organiser(feast, number)
        if not who:
            return
        end = None if hours is None else self.home.now + hours * clock.HOUR
        changes = {
            "guests": mode, "download": download, "place": place, "expires": end,
            "approval": "organiser" if asks else "none",
        }  # fmt: skip
        if not self.home.is_open(feast):
            self._refuses(Conflict, self._events.change, self.viewer(who), feast.pid, changes)
            return
        self._events.change(self.viewer(who), feast.pid, changes)
        promise = self._promise(feast)
        for having in self.home.havings:
            given = having.promise
            if having.into == feast.album and not having.ended:
                is_longer = end is not None and (given.expires is None or given.expires > end)
                if given.expires == promise.expires or is_longer:
                    given.expires = end
            if given.album == feast.album and given.kind == "screen" and not having.ended:
                given.download, given.expires = given.download and download, end
        promise.download, promise.place, promise.expires = download, place, end
        feast.guests, self.home.albums[feast.album].asks = mode, asks

    def show_event(self, number: int, originals: bool) -> None:
        """On a television, which shows it until it is over; or there no more."""
        if not self.home.screens:
            self._let_a_television_in(number)
        feast = self.pick(number, list(self.home.feasts.values()))
        tv = self.pick(number // 2, [tv for tv in self.home.screens if not tv.removed])
        who = self._organiser(feast, number)
        if not who or tv is None:
            return
        viewer, album = self.viewer(who), self.home.albums[feast.album]
        if self._shown_already(album, tv) and number % 3:
            events.end_on(viewer, feast.pid, tv.pid)
            for having in self.home.havings:
                if (
                    having.promise.album == album.id
                    and having.promise.target == tv.id
                    and having.feast is None
                ):
                    having.ended = having.promise.ended = True
            return
        ask = (events.show_on, viewer, feast.pid, tv.pid)
        promise = self._promise(feast)
        if not self.home.is_open(feast) or (
            feast.guests != "drop"
            and (promise.download or not originals)
            and self.home.is_screen(tv)
            and self._shown_already(album, tv)
        ):
            self._refuses(Conflict, *ask, originals=originals)
        elif feast.guests == "drop" or (originals and not promise.download) or not self.home.is_screen(tv):
            self._refuses(UsageError, *ask, originals=originals)
        else:
            events.show_on(viewer, feast.pid, tv.pid, originals=originals)
            grant = Grant.select().order_by(Grant.id.desc()).get()
            shown = Promise(
                grant.share.pid, feast.owner, album.id, "screen", tv.id, originals, False, False, False,
                promise.expires,
            )  # fmt: skip
            self.home.promises.append(shown)
            self.home.havings.append(Having(grant.pid, shown, None, None))

    def close_event(self, number: int) -> None:
        feast = self.pick(number, list(self.home.feasts.values()))
        who = self._organiser(feast, number)
        if who and number % 2:
            self._events.close(self.viewer(who), feast.pid)
            self.home.close(feast)

    def events_are_told_the_time(self) -> None:
        due = [f for f in self.home.feasts.values() if f.open and not self.home.is_open(f)]
        assert events.close_due() == len(due)
        for feast in due:
            self.home.close(feast)

    # who comes and goes

    def join_event(self, person: int, number: int) -> None:
        self._join(self.active(person), self.pick(number, list(self.home.feasts.values())))

    def _join(self, who: int, feast: Feast) -> None:
        if not self._is_welcome(feast):
            self._refuses(LinkEnded, self._events.doors.join, self.viewer(who), feast.token, ip=IP)
            return
        self._events.doors.join(self.viewer(who), feast.token, ip=IP)
        feast.roles.setdefault(who, "participant")

    def a_guest_comes(self, number: int) -> None:
        feast = self.pick(number, list(self.home.feasts.values()))
        if sum(not v.ended for v in self.home.visitors) < 5:
            self._come(feast)

    def _come(self, feast: Feast) -> None:
        name = f"Guest {len(self.home.visitors)}"
        if not self._is_welcome(feast):
            self._refuses(LinkEnded, self._events.doors.enter, feast.token, name, ip=IP)
            return
        self._welcome(self._events.doors.enter(feast.token, name, ip=IP), feast.id, None)

    def name_organiser(self, number: int, person: int) -> None:
        feast = self.pick(number, list(self.home.feasts.values()))
        by, who = self._organiser(feast, number), self.active(person)
        if not by:
            return
        ask = (self.viewer(by), feast.pid, self.home.people[who].login)
        if self.home.people[who].child:
            self._refuses(UsageError, events.name_organiser, *ask)
        else:
            events.name_organiser(*ask)
            feast.roles[who] = "organiser"

    def leave_event(self, number: int, person: int, removed: bool) -> None:
        """Of themselves, or because an organiser wants it; what they brought goes with them."""
        feast = self.pick(number, list(self.home.feasts.values()))
        who = self.pick(person, [w for w in sorted(feast.roles) if removed or self.home.people[w].active])
        by = self._organiser(feast, number) if removed else who
        if not who or not by:
            return
        login = self.home.people[who].login
        viewer = self.viewer(by)
        if who == feast.owner:
            what = (events.remove, viewer, feast.pid, login) if removed else (events.leave, viewer, feast.pid)
            self._refuses((Conflict, NotFound), *what)
            return
        if removed:
            events.remove(viewer, feast.pid, login)
        else:
            events.leave(viewer, feast.pid)
        self._takes_part_no_more(feast, who)

    def _takes_part_no_more(self, feast: Feast, who: int) -> None:
        del feast.roles[who]
        for having in self.home.havings:
            if having.into == feast.album and having.promise.owner == who:
                having.ended = True

    def _revoked(self, owner: int, who: int) -> None:
        """Whom an owner shows nothing more takes part in no event of theirs either."""
        super()._revoked(owner, who)
        for feast in self.home.feasts.values():
            if feast.owner == owner != who and who in feast.roles:
                self._takes_part_no_more(feast, who)

    def _guests(self) -> list[Visitor]:
        return [v for v in self.home.visitors if v.feast is not None and not v.ended]

    def dismiss(self, number: int) -> None:
        visitor = self.pick(number, self._guests())
        if visitor is None:
            return
        feast = self.home.feasts[visitor.feast]
        who = self._organiser(feast, number)
        if who:
            events.dismiss(self.viewer(who), feast.pid, visitor.pid)
            visitor.ended = True

    def renew_door(self, number: int, guests_too: bool) -> None:
        feast = self.pick(number, list(self.home.feasts.values()))
        who = self._organiser(feast, number)
        if not who:
            return
        if not self.home.is_open(feast):
            self._refuses(Conflict, self._events.doors.renew, self.viewer(who), feast.pid)
            return
        door = self._events.doors.renew(self.viewer(who), feast.pid, guests_too=guests_too)
        self._refuses(NotFound, self._events.doors.look, feast.token, ip=IP)
        self.asking.forget_guesses()
        feast.token = door.token
        for visitor in self._guests():
            visitor.ended = visitor.ended or (guests_too and visitor.feast == feast.id)

    # what they bring

    def _may_bring(self, who: int, feast: Feast) -> bool:
        role = feast.roles.get(who)
        return self.home.is_open(feast) and (
            role == "organiser" or (role is not None and feast.guests != "view")
        )

    def bring_one(self, number: int, person: int, thing: int, download: bool, place: bool) -> None:
        feast = self.pick(number, list(self.home.feasts.values()))
        there = [who for who in sorted(feast.roles) if self.home.people[who].active]
        who = (self.pick(person, there) if person % 5 else None) or self.active(person)
        mine = [t for t in self.home.things.values() if t.owner == who]
        item = self.pick(thing, mine if thing % 5 else list(self.home.things.values()))
        ask = (events.contribute_items, self.viewer(who), feast.pid, [item.pid])
        if who not in feast.roles or (self._may_bring(who, feast) and not self.home.looks(who, item)):
            self._refuses(NotFound, *ask)
        elif not self._may_bring(who, feast):
            self._refuses(Conflict, *ask)
        elif item.owner != who:
            self._refuses(UsageError, *ask)
        else:
            events.contribute_items(self.viewer(who), feast.pid, [item.pid], download=download, place=place)
            if who == feast.owner:
                self._came(self.home.albums[feast.album], item)
            else:
                having = self._single(feast, who, download, place)
                self._came(self.home.albums[having.promise.album], item)

    def _single(self, feast: Feast, owner: int, download: bool, place: bool) -> Having:
        """The contribution of what somebody brings by hand, or of what guests drop; noted when it is new."""
        for having in self.home.havings:
            album = self.home.albums[having.promise.album]
            mine = having.into == feast.album and album.owner == owner and album.purpose == "contribution"
            if mine and not having.ended:
                return having
        known = set(self.home.albums)
        made = Collection.get((Collection.purpose == "contribution") & Collection.id.not_in(known))
        self.home.albums[made.id] = Album(made.id, made.pid, owner, False, purpose="contribution")
        return self._given(Grant.get(Grant.collection == made), feast, download, place)

    def _given(self, grant: Grant, feast: Feast, download: bool, place: bool) -> Having:
        end = self._promise(feast).expires
        promise = Promise(
            grant.share.pid, grant.owner_id, grant.collection_id, "collection", feast.album, download, False, place,
            False, end,
        )  # fmt: skip
        having = Having(grant.pid, promise, None, feast.album)
        self.home.promises.append(promise)
        self.home.havings.append(having)
        return having

    def put_in_event(self, number: int, thing: int) -> None:
        """What its owner puts in by hand: also what somebody else lets them see."""
        feast = self.pick(number, list(self.home.feasts.values()))
        if self.home.people[feast.owner].active:
            self.put_in_album(
                self.home.albums[feast.album], self.pick(thing, list(self.home.things.values()))
            )

    def bring_collection(self, number: int, album: int, download: bool, place: bool) -> None:
        feast, albums = self.pick(number, list(self.home.feasts.values())), self._own_albums()
        there = [a for a in albums if a.owner in feast.roles and a.purpose == "own"]
        chosen = (self.pick(album, there) if album % 4 else None) or self.pick(album, albums)
        if chosen is None:
            return
        ask = (events.contribute_collection, self.viewer(chosen.owner), feast.pid, chosen.pid)
        is_given = any(
            h.into == feast.album and h.promise.album == chosen.id and not h.ended for h in self.home.havings
        )
        if chosen.owner not in feast.roles:
            self._refuses(NotFound, *ask)
        elif not self._may_bring(chosen.owner, feast):
            self._refuses(Conflict, *ask)
        elif chosen.purpose != "own":
            self._refuses(NotFound, *ask)
        elif is_given:
            self._refuses(Conflict, *ask)
        else:
            grant = events.contribute_collection(
                self.viewer(chosen.owner), feast.pid, chosen.pid, download=download, place=place
            )
            self.home.arrive(self._given(grant, feast, download, place))
            self._require_arrived()

    def take_out_of_event(self, number: int, thing: int) -> None:
        """Somebody takes single pictures of theirs back, or their whole contribution."""
        mine = [
            h
            for h in self.home.havings
            if h.into in {f.album for f in self.home.feasts.values()} and not h.ended
            and self.home.people[h.promise.owner].active
        ]  # fmt: skip
        having = self.pick(number, mine)
        if having is None:
            return
        album, who = self.home.albums[having.promise.album], having.promise.owner
        feast = next(f for f in self.home.feasts.values() if f.album == having.into)
        if who not in feast.roles:
            return
        if album.purpose == "contribution" and album.items and who != feast.owner and number % 3:
            item = self.home.things[self.pick(thing, sorted(album.items))]
            assert events.withdraw_items(self.viewer(who), feast.pid, [item.pid]) == 1
            album.items.discard(item.id)
        else:
            events.withdraw_contribution(self.viewer(who), feast.pid, having.pid)
            having.ended = having.promise.ended = True

    # what guests drop

    def drop(self, number: int, thrown_away: bool, thing: int) -> None:
        """A guest's file is an item of theirs now, also if its owner has the same in the trash. They may have left."""
        came = [v for v in self.home.visitors if v.feast is not None]
        visitor = self.pick(number, came)
        if visitor is None or len(self.home.things) >= MOST_THINGS:
            return
        feast = self.home.feasts[visitor.feast]
        there = [s for s in self.home.storages.values() if s.owner == feast.owner and not s.removed]
        storage = self.pick(thing, there)
        if storage is None:
            return
        item = self._stored(feast.owner, storage.id)
        Item.update(contributed_by_id=visitor.id).where(Item.id == item.id).execute()
        row = Item.get_by_id(item.id)
        upload = Upload.create(
            pid=f"u{self.made}", guest=visitor.id, event=feast.id, storage=storage.id, name=row.name, node="here",
            size=SIZE, created_at=self.home.clock, expires_at=self.home.clock,
        )  # fmt: skip
        self.made += 1
        with transaction():
            events.landed(upload, row, thrown_away)
        item.by = visitor.id
        if visitor.ended or not self.home.is_open(feast):
            if self._has_left(visitor, feast):
                item.withdrawn = item.taken_back = True
            return
        having = self._single(feast, feast.owner, True, bool(Event.get_by_id(feast.id).shows_place))
        self.home.albums[having.promise.album].items.add(item.id)
        waits = thrown_away or self.home.albums[feast.album].asks
        arrived = Arrived(having, "pending" if waits else "approved", thrown_away)
        self.home.arrived[feast.album, item.id] = arrived
        self._require_arrived()

    def _has_left(self, visitor: Visitor, feast: Feast) -> bool:
        """Whether a guest was gone before the event was over: what came of them then is thrown away."""
        ended, closed = Guest.get_by_id(visitor.id).ended_at, Event.get_by_id(feast.id).closed_at
        return ended is not None and (closed is None or ended < closed)

    def _stored(self, owner: int, storage: int) -> Thing:
        """A new picture in a storage of the organiser's, as it is once it is read."""
        row, number = Storage.get_by_id(storage), len(self.home.things)
        name = f"dropped{number}.jpg"
        data = original(name)
        path = self.asking.data.parent / "roots" / self.home.people[owner].login / row.name / name
        path.write_bytes(data)
        make, day = self.asking.make, 20260801 + number
        item = make.item(User.get_by_id(owner), name, taken=noon(day), day=day, size=SIZE)
        name_apart(item)
        asset = make.asset(item, data)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        make.file(
            row, name, asset=asset, sha256=asset.sha256, size=SIZE, read_state="done", mime="image/jpeg",
            mtime_ns=path.stat().st_mtime_ns,
        )  # fmt: skip
        self.asking.keep_pictures(asset)
        with transaction():
            recount([(owner, day)])
            counters.bump_content()
        thing = self.home.things[item.id] = Thing(item.id, item.pid, owner, storage, True, day)
        return thing

    def take_back(self, number: int, thing: int) -> None:
        visitor = self.pick(number, [v for v in self._guests() if self.home.present(v)])
        if visitor is None:
            return
        theirs = [t for t in self.home.things.values() if t.by == visitor.id]
        item = self.pick(thing, theirs if theirs and thing % 4 else list(self.home.things.values()))
        viewer = self.stranger(visitor)
        assert viewer is not None
        jobs = self.asking.hypomos.jobs
        if item.by != visitor.id or not self.home.looks(visitor, item):
            self._refuses(NotFound, events.take_back, viewer, [item.pid], jobs)
        else:
            assert events.take_back(viewer, [item.pid], jobs) == 1
            item.withdrawn = item.taken_back = True

    def a_guest_leaves(self, number: int) -> None:
        visitor = self.pick(number, [v for v in self._guests() if self.home.present(v)])
        if visitor is None or number % 2:
            return
        viewer = self.stranger(visitor)
        assert viewer is not None
        events.leave_event(viewer, self.asking.hypomos.jobs)
        visitor.ended = True
        for item in self.home.things.values():
            if item.by == visitor.id:
                item.withdrawn = item.taken_back = True

    def _refuses(self, kinds: Any, what: Any, *given: Any, **more: Any) -> None:
        try:
            what(*given, **more)
        except kinds:
            return
        raise AssertionError(f"{what.__name__} was to be refused")

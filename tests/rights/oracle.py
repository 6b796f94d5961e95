"""Who sees what, as a household would explain it: plain objects and loops, without a database.

A share is a promise to one person, to a group, or to a collection of somebody else's; a grant is what one
recipient has by it. Everything here is told by the machine what was done, and never looks at the catalogue.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Person:
    """Somebody of the household. What is a `child`'s stays inside it, whoever shows it.

    Who `asks_first` has nothing of what others share before they accept it.
    """

    id: int
    login: str
    active: bool = True
    child: bool = False
    asks_first: bool = False


@dataclass
class Stored:
    """A storage."""

    id: int
    pid: str
    owner: int
    removed: bool = False


@dataclass
class Thing:
    """An item, with its one original. `by` is the guest who dropped it, who may have taken it back.

    `labels` are words with who set them; None is the file itself, into which some program wrote the word.
    """

    id: int
    pid: str
    owner: int
    storage: int
    photo: bool
    day: int
    withdrawn: bool = False
    by: int | None = None
    taken_back: bool = False
    labels: set[tuple[str, int | None]] = field(default_factory=set)


@dataclass(frozen=True)
class Query:
    """What a dynamic collection asks for: each of these that is given. `days` are the first and the last one.

    `owners` are whose items are meant, its own owner's when nobody is named; `album` is a collection of that owner's in
    which they are.
    """

    label: str = ""
    without: str = ""
    days: tuple[int, int] | None = None
    owners: frozenset[int] = frozenset()
    album: int | None = None


@dataclass
class Album:
    """A collection, dynamic with a `query`. `asks` tells whether its owner decides what comes in.

    `purpose` is as in the catalogue: own, event, or contribution (what somebody brings by hand, or guests drop).
    `items` are those that it shows. Of a dynamic one `asks_out` tells whether its owner decides what goes out, and
    `trusts` whether what programs wrote into files counts.
    """

    id: int
    pid: str
    owner: int
    asks: bool
    items: set[int] = field(default_factory=set)
    deleted: bool = False
    purpose: str = "own"
    query: Query | None = None
    asks_out: bool = False
    trusts: bool = False


@dataclass
class Member:
    """What a query found once, or its owner ruled on.

    `proposed`: only by words that do not count, so that its owner is asked in any case.
    `rule` is always, never or nothing; `said` is none (nobody is asked), pending, approved or rejected. All but
    whether the query `finds` it now stays as it is when it is found no more, and holds when it comes back.
    """

    finds: bool = False
    rule: str = ""
    said: str = "none"
    proposed: bool = False

    @property
    def shown(self) -> bool:
        """Whether it is in the collection."""
        return (
            (self.finds or self.rule == "always")
            and self.rule != "never"
            and self.said in {"none", "approved"}
        )

    @property
    def waits(self) -> bool:
        """Whether its owner is asked about it."""
        return self.finds and not self.rule and self.said == "pending"


@dataclass
class Feast:
    """An event. `roles` are of those who are there now; who is in `roles` is let in by rights, whoever they are."""

    id: int
    pid: str
    owner: int
    album: int
    token: str
    guests: str
    roles: dict[int, str] = field(default_factory=dict)
    open: bool = True


@dataclass
class Visitor:
    """A guest of an event or of a link, with the secret of their session."""

    id: int
    pid: str
    secret: str
    feast: int | None
    promise: "Promise | None"
    ended: bool = False


@dataclass
class Tv:
    """A television: the screen that it looks as now, or was last, and the device by which it asks."""

    id: int
    pid: str
    device: str
    address: str
    let_in: bool = True
    removed: bool = False
    until: int | None = None


Who = int | Visitor | Tv
"""A person by their number, a guest, or a screen."""


@dataclass
class Promise:
    """A share. `target` is a person, a collection, an event or a screen."""

    pid: str
    owner: int
    album: int
    kind: str
    target: int
    download: bool
    reshare: bool
    place: bool
    contribute: bool
    expires: int | None
    group: str | None = None
    ended: bool = False


@dataclass(eq=False)
class Having:
    """A grant: of a person, a link, a screen, everybody at an event, or a collection that is contributed to.

    It `waits` while its person has not accepted it. `refused` is what they declined, and `taken` what its owner took
    from them: neither comes back with a group.
    """

    pid: str
    promise: Promise
    user: int | None
    into: int | None
    ended: bool = False
    feast: int | None = None
    waits: bool = False
    refused: bool = False
    taken: bool = False


@dataclass
class Arrived:
    """What came into a collection, by which contribution, and what was said to it.

    `known` is what a guest brought that its owner had thrown away: she alone sees it, until she decides to show it.
    """

    having: Having
    state: str
    known: bool = False


@dataclass(frozen=True)
class Way:
    """One way by which an item reaches somebody.

    `by` is the grant that they have of it themselves; None when they only receive it to decide, or dropped it.
    `reshare`: its owner lets them pass it on.
    """

    download: bool
    place: bool
    by: Having | None = None
    reshare: bool = False

    @property
    def whole(self) -> bool:
        """Whether the original may be had as it is."""
        return self.download and self.place


@dataclass
class Household:
    """All of it, and the rules."""

    people: dict[int, Person] = field(default_factory=dict)
    storages: dict[int, Stored] = field(default_factory=dict)
    things: dict[int, Thing] = field(default_factory=dict)
    albums: dict[int, Album] = field(default_factory=dict)
    groups: dict[str, set[int]] = field(default_factory=dict)
    feasts: dict[int, Feast] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)
    screens: list[Tv] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    havings: list[Having] = field(default_factory=list)
    arrived: dict[tuple[int, int], Arrived] = field(default_factory=dict)
    members: dict[tuple[int, int], Member] = field(default_factory=dict)
    stopped: set[tuple[str, int, int | None]] = field(default_factory=set)
    """By which promise nothing of an owner's goes on any more, and to whom of those it names."""
    copies: dict[int, int] = field(default_factory=dict)
    """Files that people made of what others shared, and whose they are: nothing that ends later ends them."""
    clock: int = 0
    mark: int = 0

    @property
    def now(self) -> int:
        """A clock that is set back revives nothing."""
        return max(self.clock, self.mark)

    def present(self, who: Who) -> bool:
        """Whether they are let in at all."""
        if isinstance(who, Visitor):
            having = self.of_visitor(who)
            return not who.ended and self.lives(having)
        if isinstance(who, Tv):
            return who.let_in and self.is_screen(who)
        return self.people[who].active

    def is_screen(self, tv: Tv) -> bool:
        """Whether the screen is one, whichever device looks as it."""
        return not tv.removed and (tv.until is None or tv.until > self.now)

    def of_visitor(self, who: Visitor) -> Having:
        """What a guest has: the event's grant, or that of the link."""
        return next(
            h
            for h in self.havings
            if (h.feast == who.feast if who.promise is None else h.promise is who.promise)
        )

    def lists(self, who: Who, thing: Thing) -> bool:
        """Whether it is in their lists and numbers."""
        return self.present(who) and (thing.owner == who or bool(list(self.ways(who, thing, waiting=False))))

    def looks(self, who: Who, thing: Thing) -> bool:
        """Whether they find this one, also to decide about it."""
        return self.present(who) and (thing.owner == who or bool(list(self.ways(who, thing, waiting=True))))

    def reads(self, who: Who, thing: Thing, *, masked: bool = False) -> bool:
        """Whether they get the bytes of the original; or, with `masked`, at least what is left without its place."""
        if not self.present(who) or self.storages[thing.storage].removed:
            return False
        ways = self.ways(who, thing, waiting=True)
        return thing.owner == who or any(
            (way.download or not thing.photo) and (way.place or masked) for way in ways
        )

    def fetches(self, who: Who, thing: Thing) -> bool:
        """Whether it is in an archive that they ask for."""
        if not self.present(who) or self.storages[thing.storage].removed:
            return False
        return thing.owner == who or any(way.whole for way in self.ways(who, thing, waiting=True))

    def mounts(self, who: int, thing: Thing, *, masked: bool = False) -> bool:
        """Whether the network drive has it in any folder of items; `masked` as for `reads`."""
        if not self.people[who].active or self.storages[thing.storage].removed:
            return False
        if thing.owner == who:
            return True
        ways = self.ways(who, thing, waiting=False)
        whole = [way for way in ways if way.whole or (masked and way.download)]
        is_given = any(way.by is not None for way in whole)  # in what is shared with them, or at an event
        own = self.gathers_own(who, thing) or any(
            self.is_open(feast) and self._feasts_own(feast, thing)
            for feast in self.feasts.values()
            if feast.owner == who
        )
        return is_given or (bool(whole) and own)

    def gathers(self, who: int, thing: Thing) -> bool:
        """Whether it is in a collection that they have or are given; those of events are not among them."""
        if not self.lists(who, thing):
            return False
        given = (way.by for way in self.ways(who, thing, waiting=False))
        return self.gathers_own(who, thing) or any(by is not None and by.feast is None for by in given)

    def gathers_own(self, who: int, thing: Thing) -> bool:
        """Whether it is in a collection of theirs, or was let in to one."""
        own = [a for a in self.albums.values() if a.owner == who and not a.deleted and a.purpose == "own"]
        return any(thing.id in album.items or self._arrived(album.id, thing) for album in own)

    def feasts_with(self, who: int, thing: Thing) -> set[str]:
        """The events at which they find it, also when it is over and they are its owner."""
        found: set[str] = set()
        ways = list(self.ways(who, thing, waiting=False))
        for feast in self.feasts.values():
            if feast.owner == who:
                here = self._feasts_own(feast, thing) and self.lists(who, thing) and not thing.withdrawn
            else:
                here = any(way.by is not None and way.by.feast == feast.id for way in ways)
            if here:
                found.add(feast.pid)
        return found

    def brought_to(self, who: int, thing: Thing) -> set[str]:
        """The events in whose inbox somebody finds it on the network drive: what they brought one by one themselves."""
        if thing.owner != who or not self.people[who].active or self.storages[thing.storage].removed:
            return set()
        return {feast.pid for feast in self.feasts.values() if thing.id in self._gathered(who, feast)}

    def _gathered(self, who: int, feast: Feast) -> set[int]:
        role, is_open = feast.roles.get(who), self.is_open(feast) and self.people[feast.owner].active
        if not is_open or role is None or (role != "organiser" and feast.guests == "view"):
            return set()
        if feast.owner == who:
            return self.albums[feast.album].items
        for having in self.havings:
            album = self.albums[having.promise.album]
            mine = having.into == feast.album and album.owner == who and album.purpose == "contribution"
            if mine and not having.ended:
                return album.items
        return set()

    def _feasts_own(self, feast: Feast, thing: Thing) -> bool:
        """Whether its owner has it at an event: put in, or brought and let in and not taken back since."""
        came = self.arrived.get((feast.album, thing.id))
        if thing.id in self.albums[feast.album].items:
            return True
        if (
            came is None
            or came.state != "approved"
            or thing.id not in self.albums[came.having.promise.album].items
        ):
            return False
        return not came.having.ended or not self.is_open(feast)

    def is_open(self, feast: Feast) -> bool:
        """Whether it goes on."""
        having = next(h for h in self.havings if h.feast == feast.id)
        ahead = having.promise.expires is None or having.promise.expires > self.now
        return feast.open and ahead

    def organises(self, who: int, album: int) -> bool:
        """Whether they decide what comes into an event's collection."""
        return any(f.album == album and f.roles.get(who) == "organiser" for f in self.feasts.values())

    def ways(self, who: Who, thing: Thing, *, waiting: bool) -> Iterator[Way]:
        """Every way by which somebody else's item (or one's own, coming back) reaches somebody."""
        if thing.withdrawn or (isinstance(who, Visitor) and self.people[thing.owner].child):
            return
        for having in self.havings:
            if self._has(who, having) and self.lives(having):
                yield from self._through(having, thing)
        if isinstance(who, Visitor):
            if thing.by == who.id and self.present(who):
                yield Way(download=False, place=False)
            return
        if isinstance(who, Tv):
            return
        for having, came in self._contributions(thing):
            into = having.into
            if into is None or not (self.albums[into].owner == who or self.organises(who, into)):
                continue
            if came.state == "approved" or (waiting and not came.known):
                yield Way(having.promise.download, having.promise.place, reshare=having.promise.reshare)

    def _has(self, who: Who, having: Having) -> bool:
        """Whether a grant is theirs."""
        feast = None if having.feast is None else self.feasts[having.feast]
        if isinstance(who, Tv):
            shown = having.promise.kind == "screen" and having.promise.target == who.id
            album = having.promise.album
            return shown and not any(f.album == album and f.guests == "drop" for f in self.feasts.values())
        if isinstance(who, Visitor):
            if feast is not None:
                return who.feast == feast.id and feast.guests != "drop"
            return having.promise is who.promise
        if feast is not None:
            role = feast.roles.get(who)
            return role == "organiser" or (role is not None and feast.guests != "drop")
        return having.user == who

    def lives(self, having: Having) -> bool:
        """Whether a grant is in force."""
        return not having.waits and self._is_given(having)

    def is_offered(self, having: Having) -> bool:
        """Whether a grant waits for its person's word, who can accept it."""
        return having.waits and self._is_given(having)

    def _is_given(self, having: Having) -> bool:
        promise = having.promise
        ahead = promise.expires is None or promise.expires > self.now
        return not having.ended and ahead and self.people[promise.owner].active

    def would_bring(self, having: Having, thing: Thing) -> bool:
        """Whether an item would come by a grant that waits."""
        return not thing.withdrawn and bool(list(self._through(having, thing)))

    def _through(self, having: Having, thing: Thing) -> Iterator[Way]:
        promise = having.promise
        if thing.id in self.albums[promise.album].items:
            if thing.owner == promise.owner:
                yield Way(promise.download, promise.place, having, promise.reshare)
            for source in self._sources(having, thing):
                own = source.promise
                yield Way(promise.download and own.download, promise.place and own.place, having)
        for source, came in self._contributions(thing):
            if source.into == promise.album and came.state == "approved":
                own = source.promise
                download, place = promise.download and own.download, promise.place and own.place
                yield Way(download, place, having, own.reshare)

    def _sources(self, having: Having, thing: Thing) -> Iterator[Having]:
        """By what an item is passed on with a grant: only where its owner allowed it, and has not ended just this."""
        promise = having.promise
        if (promise.pid, thing.owner, having.user) in self.stopped or thing.owner == promise.owner:
            return
        for source in self.havings:
            own = source.promise
            allowed = own.owner == thing.owner and own.reshare and source.user == promise.owner
            if allowed and self.lives(source) and thing.id in self.albums[own.album].items:
                yield source

    def passed_on(self, owner: int) -> set[tuple[str, str]]:
        """What others pass on of somebody's: by which grant of the owner's, and by which of theirs."""
        return {
            (source.pid, having.pid)
            for having in self.havings
            if having.into is None and self.lives(having)
            for thing in self.things.values()
            if thing.owner == owner and not thing.withdrawn and thing.id in self.albums[having.promise.album].items
            and self._is_for_somebody(having, thing)
            for source in self._sources(having, thing)
        }  # fmt: skip

    def _is_for_somebody(self, having: Having, thing: Thing) -> bool:
        """Whether a grant may show it to anybody but its owner and who gave the grant."""
        promise, outside = having.promise, not self.people[thing.owner].child
        if having.feast is not None:
            feast = self.feasts[having.feast]
            others = [role for who, role in feast.roles.items() if who not in (promise.owner, thing.owner)]
            return "organiser" in others or (feast.guests != "drop" and (bool(others) or outside))
        if promise.kind == "screen":
            return any(
                tv.id == promise.target and self.is_screen(tv) and self._has(tv, having)
                for tv in self.screens
            )
        return outside if promise.kind == "link" else having.user != thing.owner

    def _contributions(self, thing: Thing) -> Iterator[tuple[Having, Arrived]]:
        for (_, item), came in self.arrived.items():
            having = came.having
            if item == thing.id and self.lives(having) and item in self.albums[having.promise.album].items:
                yield having, came

    def _arrived(self, album: int, thing: Thing) -> bool:
        """Whether it was ever let in: its owner may have taken it back since, which `lists` knows."""
        came = self.arrived.get((album, thing.id))
        return came is not None and came.state == "approved"

    # dynamic collections

    def finds(self, album: Album, thing: Thing, *, trusts: bool) -> bool:
        """Whether a query finds an item, by the labels that its owner set, or whose source hers trusts."""
        query, by = album.query, {thing.owner, None} if trusts else {thing.owner}
        if query is None or self.waits_at_the_door(thing) or not self._is_meant(album, query, thing):
            return False
        words = {word for word, author in thing.labels if author in by}
        is_in_time = query.days is None or query.days[0] <= thing.day <= query.days[1]
        return (not query.label or query.label in words) and query.without not in words and is_in_time

    def waits_at_the_door(self, thing: Thing) -> bool:
        """Whether a guest dropped it, and nobody let it in."""
        guest = next((v for v in self.visitors if v.id == thing.by), None)
        if guest is None or guest.feast is None:
            return False
        came = self.arrived.get((self.feasts[guest.feast].album, thing.id))
        return came is None or came.state != "approved"

    def _is_meant(self, album: Album, query: Query, thing: Thing) -> bool:
        """Whether a query is about an item: its owner's own, or one whose owner is named and lets it be passed on."""
        if query.album is not None:
            inside = self.albums[query.album]
            if inside.deleted or thing.id not in inside.items:
                return False
        if not query.owners:
            return thing.owner == album.owner
        if thing.owner not in query.owners:
            return False
        ways = self.ways(album.owner, thing, waiting=False)
        return thing.owner == album.owner or any(way.reshare for way in ways)

    def look_for(self, album: Album, only: set[int] | None = None) -> None:
        """What a query finds comes, and waits where its owner is asked; what it finds no more goes.

        With `only` these items are looked at: so many came or went in a collection that it asks for.
        """
        asked = "pending" if album.asks_out else "none"
        for thing in [t for t in self.things.values() if only is None or t.id in only]:
            counts = self.finds(album, thing, trusts=album.trusts)
            is_in_file = any(author is None for _, author in thing.labels)
            proposed = not counts and is_in_file and self.finds(album, thing, trusts=True)
            member = self.members.get((album.id, thing.id))
            if member is not None:
                self._look_again(member, counts, proposed, asked)
            elif counts or proposed:
                self.members[album.id, thing.id] = Member(
                    True, "", "pending" if proposed else asked, proposed
                )
        self.show(album)

    def _look_again(self, member: Member, counts: bool, proposed: bool, asked: str) -> None:
        finds, before = counts or proposed, member.proposed
        proposed = proposed if finds else before
        if (member.finds, before) == (finds, proposed):
            return
        member.finds, member.proposed = finds, proposed
        if proposed and not before and member.said != "rejected":
            member.said = (
                "none" if member.rule == "always" else "pending"
            )  # another word than what was let out
        elif before and not proposed and member.said == "pending":
            member.said = asked  # its owner has said it herself
        elif finds and not proposed and (member.rule, member.said) == ("", "none"):
            member.said = asked  # it was let out when nobody was asked

    def look_for_all(self) -> None:
        """Each dynamic collection there is, after something was said about items: first those that others ask for."""
        for album in sorted(self._dynamic(), key=self._depth):
            self.look_for(album)

    def _dynamic(self) -> list[Album]:
        return [album for album in self.albums.values() if album.query is not None and not album.deleted]

    def _depth(self, album: Album) -> int:
        """By how many collections in a row its query asks."""
        asked_for = None if album.query is None else album.query.album
        return 0 if asked_for is None else 1 + self._depth(self.albums[asked_for])

    def asks_for(self, album: Album, other: int) -> bool:
        """Whether a collection is the other one, or asks for it by its query, or by way of others."""
        asked_for = None if album.query is None else album.query.album
        return album.id == other or (asked_for is not None and self.asks_for(self.albums[asked_for], other))

    def rule_on(self, album: Album, thing: Thing, rule: str) -> None:
        """Its owner's word goes before the query: always, never, or nothing, which leaves it to the query again."""
        asked = "pending" if album.asks_out else "none"
        member = self.members.setdefault((album.id, thing.id), Member(said=asked))
        if rule == "always" and member.said == "pending":
            member.said = "none"  # by her own hand
        elif (member.rule, member.said) == ("always", "none") and not rule:
            member.said = asked  # like what is new
        if not rule and member.proposed and member.said == "none":
            member.said = "pending"
        member.rule = rule
        self.show(album)

    def show(self, album: Album) -> None:
        """What a dynamic collection shows now is in it, and wherever that is contributed to, or asked for."""
        before = album.items
        album.items = {item for (id, item), member in self.members.items() if id == album.id and member.shown}
        self.bring(album)
        for other in self._dynamic() if before != album.items else []:
            if other.query is not None and other.query.album == album.id:
                self.look_for(other, before ^ album.items)

    def waits_for(self, who: int, thing: Thing) -> set[str]:
        """Those of somebody's collections out of which an item goes only when they say so."""
        return {
            album.pid
            for album in self.albums.values()
            if album.owner == who and not album.deleted
            and (member := self.members.get((album.id, thing.id))) is not None
            and member.waits and self.lists(who, thing)
        }  # fmt: skip

    # what the household does that changes several of these

    def bring(self, album: Album) -> None:
        """What a collection holds comes to where it is contributed, and comes by another one if it left this one."""
        for having in self.havings:
            if having.promise.album == album.id and having.into is not None and not having.ended:
                self.arrive(having)
        self.hand_on()

    def arrive(self, having: Having) -> None:
        """What a contribution brings comes in."""
        album, into = self.albums[having.promise.album], having.into
        assert into is not None
        for item in sorted(album.items):
            thing, came = self.things[item], self.arrived.get((into, item))
            if thing.owner != having.promise.owner:
                continue
            if came is None:
                is_own = album.owner == self.albums[into].owner and album.purpose == "own"
                if album.owner != self.albums[into].owner:
                    is_own = self.organises(album.owner, into)
                waits = self.albums[into].asks and not is_own
                self.arrived[into, item] = Arrived(having, "pending" if waits else "approved")

    def hand_on(self) -> None:
        """What a contribution brings no more comes by another one of its owner's that still does."""
        for (into, item), came in self.arrived.items():
            before, brings = (
                came.having,
                [h for h in self.havings if h.into == into and self._brings(h, item)],
            )
            if not self._brings(before, item):
                same = [h for h in brings if h.promise.owner == before.promise.owner]
                came.having = next(iter(same), before)

    def _brings(self, having: Having, item: int) -> bool:
        return not having.ended and item in self.albums[having.promise.album].items

    def end(self, having: Having) -> None:
        """A grant ends; with that of an event or a link all who came by it, and what came into the event."""
        if having.ended:
            return
        having.ended = True
        if having.user is not None:
            self.keep_to_rights(having.user, having.promise.album)
        if having.feast is not None:
            self.close(self.feasts[having.feast])
        elif having.promise.kind == "link":
            for visitor in self.visitors:
                visitor.ended = visitor.ended or visitor.promise is having.promise

    def may_bring_until(self, who: int, album: int) -> list[int | None]:
        """The end of each right of somebody to contribute to a collection."""
        return [
            h.promise.expires
            for h in self.havings
            if h.user == who and h.promise.album == album and h.promise.contribute and not h.ended and not h.waits
            and (h.promise.expires is None or h.promise.expires > self.now)
        ]  # fmt: skip

    def keep_to_rights(self, who: int, album: int) -> None:
        """A right ended, or is another: what somebody contributes lasts as long as they may contribute."""
        ends = self.may_bring_until(who, album)
        for having in self.havings:
            if having.into != album or having.promise.owner != who or having.ended:
                continue
            if ends:
                having.promise.expires = soonest(having.promise.expires, ends)
            else:
                having.ended = having.promise.ended = True

    def close(self, feast: Feast) -> None:
        """An event is over for good."""
        feast.open = False
        for having in self.havings:
            if having.promise.album == feast.album or having.into == feast.album:
                having.ended = having.promise.ended = True
        for visitor in self.visitors:
            visitor.ended = visitor.ended or visitor.feast == feast.id


def soonest(wanted: int | None, ends: list[int | None]) -> int | None:
    """The wanted end, unless the latest of these comes before it; None is never."""
    known = [wanted, None if None in ends else max(end for end in ends if end is not None)]
    return min((end for end in known if end is not None), default=None)

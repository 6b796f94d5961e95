"""Who sees what, as a household would explain it: plain objects and loops, without a database.

A share is a promise to one person, to a group, or to a collection of somebody else's; a grant is what one
recipient has by it. Everything here is told by the machine what was done, and never looks at the catalogue.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Person:
    """Somebody of the household."""

    id: int
    login: str
    active: bool = True


@dataclass
class Stored:
    """A storage."""

    id: int
    pid: str
    owner: int
    removed: bool = False


@dataclass
class Thing:
    """An item, with its one original."""

    id: int
    pid: str
    owner: int
    storage: int
    photo: bool
    withdrawn: bool = False


@dataclass
class Album:
    """A static collection. `asks` tells whether its owner decides what comes in."""

    id: int
    pid: str
    owner: int
    asks: bool
    items: set[int] = field(default_factory=set)
    deleted: bool = False


@dataclass
class Promise:
    """A share."""

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


@dataclass
class Having:
    """A grant: of a person, or of a collection that is contributed to."""

    pid: str
    promise: Promise
    user: int | None
    into: int | None
    ended: bool = False


@dataclass
class Arrived:
    """What came into a collection, by which contribution, and what was said to it."""

    having: Having
    state: str


@dataclass(frozen=True)
class Way:
    """One way by which an item reaches somebody. `given` unless they only receive it to decide."""

    download: bool
    place: bool
    given: bool


@dataclass
class Household:
    """All of it, and the rules."""

    people: dict[int, Person] = field(default_factory=dict)
    storages: dict[int, Stored] = field(default_factory=dict)
    things: dict[int, Thing] = field(default_factory=dict)
    albums: dict[int, Album] = field(default_factory=dict)
    groups: dict[str, set[int]] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    havings: list[Having] = field(default_factory=list)
    arrived: dict[tuple[int, int], Arrived] = field(default_factory=dict)
    clock: int = 0
    mark: int = 0

    @property
    def now(self) -> int:
        """A clock that is set back revives nothing."""
        return max(self.clock, self.mark)

    def lists(self, who: int, thing: Thing) -> bool:
        """Whether it is in their lists and numbers."""
        return self.people[who].active and (
            thing.owner == who or bool(list(self.ways(who, thing, waiting=False)))
        )

    def looks(self, who: int, thing: Thing) -> bool:
        """Whether they find this one, also to decide about it."""
        return self.people[who].active and (
            thing.owner == who or bool(list(self.ways(who, thing, waiting=True)))
        )

    def reads(self, who: int, thing: Thing) -> bool:
        """Whether they get the bytes of the original."""
        if not self.people[who].active or self.storages[thing.storage].removed:
            return False
        ways = self.ways(who, thing, waiting=True)
        return thing.owner == who or any((way.download or not thing.photo) and way.place for way in ways)

    def mounts(self, who: int, thing: Thing) -> bool:
        """Whether the network drive has it in any folder of items."""
        if not self.people[who].active or self.storages[thing.storage].removed:
            return False
        ways = self.ways(who, thing, waiting=False)
        return thing.owner == who or any(way.download and way.place for way in ways)

    def gathers(self, who: int, thing: Thing) -> bool:
        """Whether it is in a collection that they have or are given."""
        if not self.lists(who, thing):
            return False
        own = [album for album in self.albums.values() if album.owner == who and not album.deleted]
        inside = any(thing.id in album.items for album in own)
        came = any(self._arrived(album.id, thing) for album in own)
        return inside or came or any(way.given for way in self.ways(who, thing, waiting=False))

    def ways(self, who: int, thing: Thing, *, waiting: bool) -> Iterator[Way]:
        """Every way by which somebody else's item (or one's own, coming back) reaches a person."""
        if thing.withdrawn:
            return
        for having in self.havings:
            if having.user == who and self.lives(having):
                yield from self._through(having, thing)
        for having, state in self._contributions(thing):
            mine = having.into is not None and self.albums[having.into].owner == who
            if mine and (waiting or state == "approved"):
                yield Way(having.promise.download, having.promise.place, given=False)

    def lives(self, having: Having) -> bool:
        """Whether a grant is in force."""
        promise = having.promise
        ahead = promise.expires is None or promise.expires > self.now
        return not having.ended and ahead and self.people[promise.owner].active

    def _through(self, having: Having, thing: Thing) -> Iterator[Way]:
        promise = having.promise
        if thing.id in self.albums[promise.album].items:
            if thing.owner == promise.owner:
                yield Way(promise.download, promise.place, given=True)
            for source in self.havings:  # passed on: only by whom the item's owner allowed it
                own = source.promise
                allowed = (
                    own.owner == thing.owner != promise.owner and own.reshare and source.user == promise.owner
                )
                if allowed and self.lives(source) and thing.id in self.albums[own.album].items:
                    yield Way(promise.download and own.download, promise.place and own.place, given=True)
        for source, state in self._contributions(thing):
            if source.into == promise.album and state == "approved":
                own = source.promise
                yield Way(promise.download and own.download, promise.place and own.place, given=True)

    def _contributions(self, thing: Thing) -> Iterator[tuple[Having, str]]:
        for (_, item), came in self.arrived.items():
            having = came.having
            if item == thing.id and self.lives(having) and item in self.albums[having.promise.album].items:
                yield having, came.state

    def _arrived(self, album: int, thing: Thing) -> bool:
        """Whether it was ever let in: its owner may have taken it back since, which `lists` knows."""
        came = self.arrived.get((album, thing.id))
        return came is not None and came.state == "approved"

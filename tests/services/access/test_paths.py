"""What others let a viewer see: drawn households against a plain oracle, by every question there is."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services import access, clock
from services.errors import NotFound
from services.identifiers import new_pid
from services.models import (
    TABLES,
    Arrival,
    Asset,
    Audit,
    Collection,
    CollectionItem,
    Counter,
    Event,
    EventPerson,
    File,
    Grant,
    Guest,
    Item,
    Screen,
    Share,
    User,
    counters,
    database,
)
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make
from tests.fixtures import empty

pytestmark = pytest.mark.db

PEOPLE = ("anna", "ben", "cleo", "dora")


@dataclass
class World:
    """A small household with everything that can hold a right up, drawn at random."""

    make: Make
    chance: random.Random
    people: list[User] = field(default_factory=list)
    viewers: list[Viewer] = field(default_factory=list)

    def build(self) -> None:
        self.people = [self.make.user(n, active=self._mostly(), role=self._role()) for n in PEOPLE]
        items = [self._item(owner) for owner in self.people for _ in range(self.chance.randint(1, 3))]
        collections = [
            self.make.collection(owner) for owner in self.people for _ in range(self.chance.randint(1, 2))
        ]
        for collection in collections:
            for item in items:
                if self.chance.random() < (0.6 if item.owner_id == collection.owner_id else 0.25):
                    self._member(collection, item)
        event = self._event(collections[0])
        screen = Screen.create(pid=new_pid(), name="TV", created_at=0)
        shares = [self._share(c, event, screen, collections) for c in collections for _ in range(3)]
        self._arrivals(items)
        guests = [
            self._guest(event=event), self._guest(share_id=shares[0].id),
            *[self._guest(share_id=s.id) for s in shares if s.kind == "link"][:2],
        ]  # fmt: skip
        for item in items:
            if self.chance.random() < 0.1:
                Item.update(contributed_by_id=self.chance.choice(guests).id).where(
                    Item.id == item.id
                ).execute()
        self.viewers = [self.make.viewer(p) for p in self.people]
        self.viewers += [
            Viewer(0, "", g.name, kind="guest", guest_id=g.id, event_id=g.event_id, share_id=g.share_id)
            for g in guests
        ]
        self.viewers.append(Viewer(0, "", "TV", kind="screen", screen_id=screen.id))

    def _mostly(self) -> bool:
        return self.chance.random() < 0.85

    def _role(self) -> str:
        return "adult" if self._mostly() else "child"

    def _item(self, owner: User) -> Item:
        item = self.make.item(
            owner, taken=self.chance.randint(0, 5), type=self.chance.choice(["photo", "video"]),
            withdrawn_at=None if self._mostly() else 1, trashed_at=None if self._mostly() else 1,
            missing=not self._mostly(),
        )  # fmt: skip
        masks: list[Any] | None = self.chance.choice([None, []])
        asset = self.make.asset(
            item, role=self.chance.choice(["original", "original", "sidecar"]), masks=masks
        )
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        storage = self.make.storage(owner, name=f"S{item.id}", removed_at=None if self._mostly() else 1)
        self.make.file(storage, asset=asset)
        return item

    def _member(self, collection: Collection, item: Item) -> None:
        self.make.member(
            collection, item, matches=self._mostly(), rule=self.chance.choice(["", "", "", "always", "never"]),
            approval=self.chance.choice(["none", "none", "approved", "pending", "rejected"]),
        )  # fmt: skip

    def _event(self, collection: Collection) -> Event:
        event = Event.create(
            pid=new_pid(), owner=collection.owner_id, collection=collection, name="Wedding",
            expires_at=self.chance.choice([None, None, clock.now() + clock.HOUR, 1]),
            guests=self.chance.choice(["view", "contribute", "drop"]), may_download=True, created_at=0,
        )  # fmt: skip
        for person in self.people:
            if self.chance.random() < 0.4:
                EventPerson.create(
                    event=event, user=person, role=self.chance.choice(["organiser", "participant"]), joined_at=0,
                    left_at=None if self._mostly() else 1,
                )  # fmt: skip
        return event

    def _share(self, collection: Collection, event: Event, screen: Screen, all_: list[Collection]) -> Share:
        kind = self.chance.choice(["user", "user", "link", "event", "screen", "collection", "collection"])
        share = self.make.share(
            collection, kind, may_download=self.chance.random() < 0.7, may_reshare=self.chance.random() < 0.5,
            shows_place=self.chance.random() < 0.6,
        )  # fmt: skip
        others = [p for p in self.people if p.id != collection.owner_id]
        to: dict[str, Any] = {
            "user": {"user": self.chance.choice(others)},
            "link": {},
            "event": {"event": event},
            "screen": {"screen": screen},
            "collection": {"into": self.chance.choice([c for c in all_ if c.id != collection.id])},
        }[kind]
        state = self.chance.choice(["active"] * 6 + ["pending", "revoked", "left"])
        ended = None if state in {"active", "pending"} else 1
        expires = self.chance.choice([None, None, clock.now() + clock.HOUR, 1])
        self.make.grant(share, state=state, ended_at=ended, expires_at=expires, **to)
        return share

    def _arrivals(self, items: list[Item]) -> None:
        for grant in Grant.select().where(Grant.kind == "collection"):
            for item in items:
                if self.chance.random() < 0.7:
                    state = self.chance.choice(["approved", "approved", "pending", "rejected"])
                    Arrival.insert(
                        collection=grant.into_id, item=item, grant=grant, state=state, arrived_at=0,
                        decided_at=None if state == "pending" else 1, reason=self.chance.choice(["", "", "known"]),
                    ).on_conflict_ignore().execute()  # fmt: skip

    def _guest(self, **of: Any) -> Guest:
        return Guest.create(
            pid=new_pid(), name="Gast", secret=new_pid(), created_at=0, seen_at=0,
            expires_at=clock.now() + clock.HOUR, ended_at=None if self._mostly() else 1, **of,
        )  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One path, as the oracle finds it."""

    download: bool
    place: bool
    reshare: bool


class Oracle:
    """The rules in plain loops over all rows, as DESIGN and the words of `services.access.paths` say them."""

    def __init__(self) -> None:
        self.active = {u.id: u.active for u in User.select()}
        self.adults = {u.id for u in User.select() if u.role == "adult"}
        self.items = {i.id: i for i in Item.select()}
        self.shares = {s.id: s for s in Share.select()}
        self.grants = list(Grant.select())
        self.shown = {(m.collection_id, m.item_id) for m in CollectionItem.select() if m.shown}
        self.arrivals = {(a.collection_id, a.item_id): a for a in Arrival.select()}
        self.event = Event.get()
        self.persons = [p for p in EventPerson.select() if p.left_at is None]
        self.collections = {c.id: c for c in Collection.select()}
        self.guests = {g.id: g for g in Guest.select()}

    def sees(self, viewer: Viewer, item: Item, *, waiting: bool = False) -> bool:
        own = viewer.kind == "person" and item.owner_id == viewer.user_id and item.trashed_at is None
        return own or bool(self.ways(viewer, item, waiting=waiting))

    def reads(self, viewer: Viewer, item: Item, asset: Asset, removed: bool) -> bool:
        alive = self.active.get(viewer.user_id, False)
        if viewer.kind == "guest":
            alive = self.guests[viewer.guest_id or 0].ended_at is None
        if not (alive or viewer.kind == "screen") or removed:
            return False
        if viewer.kind == "person" and item.owner_id == viewer.user_id:
            return True
        return asset.role != "sidecar" and any(
            (way.download or item.type != "photo") and (way.place or asset.masks is not None)
            for way in self.ways(viewer, item, waiting=True)
        )

    def ways(self, viewer: Viewer, item: Item, *, waiting: bool = False) -> list[Way]:
        if item.withdrawn_at or item.trashed_at or item.missing:
            return []
        found = []
        for g in self.grants:
            stays = viewer.kind == "guest" and not {g.owner_id, item.owner_id} <= self.adults
            if self._live(g) and self._is_for(g, viewer) and not stays:
                found += self._through(g, item)
        if viewer.kind == "person":
            found += self._received(viewer, item, waiting)
        own_drop = viewer.kind == "guest" and item.contributed_by_id == viewer.guest_id
        guest = self.guests.get(viewer.guest_id or 0)
        if own_drop and guest and guest.ended_at is None and guest.event_id and self._goes_on():
            found.append(Way(download=False, place=False, reshare=False))
        return found

    def _goes_on(self) -> bool:
        ahead = self.event.expires_at is None or self.event.expires_at > clock.now()
        owner = self.event.owner_id
        return self.event.state == "open" and ahead and self.active[owner] and owner in self.adults

    def _through(self, g: Grant, item: Item) -> list[Way]:
        share, found = self.shares[g.share_id], []
        if (g.collection_id, item.id) in self.shown:
            if item.owner_id == g.owner_id:
                found.append(Way(share.may_download, share.shows_place, share.may_reshare))
            else:
                for r in self.grants:
                    rs = self.shares[r.share_id]
                    gave = r.owner_id == item.owner_id and r.user_id == g.owner_id and rs.may_reshare
                    if gave and self._live(r) and (r.collection_id, item.id) in self.shown:
                        both = share.may_download and rs.may_download, share.shows_place and rs.shows_place
                        found.append(Way(*both, reshare=False))
        for _, cs in self._contributions(g.collection_id, item, {"approved"}):
            both = share.may_download and cs.may_download, share.shows_place and cs.shows_place
            found.append(Way(*both, reshare=cs.may_reshare))
        return found

    def _contributions(self, into: int, item: Item, states: set[str]) -> list[tuple[Grant, Share]]:
        arrival = self.arrivals.get((into, item.id))
        return [
            (c, self.shares[c.share_id])
            for c in self.grants
            if c.into_id == into and self._live(c) and arrival is not None and arrival.grant_id == c.id
            and arrival.state in states and (c.collection_id, item.id) in self.shown
            and item.owner_id == c.owner_id
        ]  # fmt: skip

    def _received(self, viewer: Viewer, item: Item, waiting: bool) -> list[Way]:
        states = {"approved", "pending", "rejected"} if waiting else {"approved"}
        mine = {c.id for c in self.collections.values() if c.owner_id == viewer.user_id}
        if any(p.user_id == viewer.user_id and p.role == "organiser" for p in self.persons):
            mine.add(self.event.collection_id)
        return [
            Way(cs.may_download, cs.shows_place, cs.may_reshare)
            for into in mine
            for _, cs in self._contributions(into, item, states)
            if self.arrivals[into, item.id].reason != "known"
            or self.arrivals[into, item.id].state == "approved"
        ]

    def _live(self, g: Grant) -> bool:
        return (
            g.state == "active"
            and (g.expires_at is None or g.expires_at > clock.now())
            and self.active[g.owner_id]
        )

    def _is_for(self, g: Grant, viewer: Viewer) -> bool:
        if viewer.kind == "person":
            joined = any(
                p.user_id == viewer.user_id and (p.role == "organiser" or self.event.guests != "drop")
                for p in self.persons
            )
            return g.user_id == viewer.user_id or (joined and g.event_id == self.event.id)
        if viewer.kind == "screen":
            shows_nothing = self.event.guests == "drop" and g.collection_id == self.event.collection_id
            return bool(g.screen_id == viewer.screen_id) and not shows_nothing
        if viewer.event_id is not None:
            return bool(g.event_id == viewer.event_id) and self.event.guests != "drop"
        return g.kind == "link" and bool(g.share_id == viewer.share_id)


@settings(
    max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[p for p in Phase if p is not Phase.shrink],  # a seed does not get simpler
)  # fmt: skip
@given(seed=st.integers(0, 1 << 32))
def test_every_question_has_the_answer_of_the_rules(make: Make, seed: int) -> None:
    clear()
    world = World(make, random.Random(seed))
    world.build()
    oracle = Oracle()
    for viewer in world.viewers:
        for waiting in (False, True):
            expected = {i.id for i in oracle.items.values() if oracle.sees(viewer, i, waiting=waiting)}
            for plan in ("time", "rights", None):
                found = [i.id for i in access.visible_items(viewer, plan=plan, waiting=waiting)]
                assert sorted(found) == sorted(expected), (viewer, plan, waiting)
        for item in oracle.items.values():
            check_rights(oracle, viewer, item)
        others = {
            i.id for i in oracle.items.values() if i.owner_id != viewer.user_id and oracle.sees(viewer, i)
        }
        assert sum(n for _, n, _ in access.days.of_others(viewer)) == len(others)


def check_rights(oracle: Oracle, viewer: Viewer, item: Item) -> None:
    """What may be done with the item, and which of its bytes may be read."""
    asset = Asset.get(Asset.item == item)
    file = File.get(File.asset == asset)
    removed = file.storage.removed_at is not None
    assert access.may_read(viewer, file.id) == oracle.reads(viewer, item, asset, removed), (viewer, item.id)
    if viewer.kind == "person" and item.owner_id == viewer.user_id:
        assert access.rights(viewer, item).is_owner
        return
    ways = oracle.ways(viewer, item, waiting=True)
    if not ways:
        with pytest.raises(NotFound):
            access.rights(viewer, item)
        with pytest.raises(NotFound):
            access.get_item(viewer, item.pid)
        return
    assert access.get_item(viewer, item.pid).id == item.id
    assert access.rights(viewer, item) == access.Rights(
        download=any(w.download for w in ways),
        reshare=any(w.reshare for w in ways),
        place=any(w.place for w in ways),
        whole=any(w.download and w.place for w in ways),
    )


def clear() -> None:
    """Throw away what the example before made, and what was remembered of it."""
    counters.bump_policy()
    if not database.is_sqlite():
        empty()
        return
    database.proxy.execute_sql("PRAGMA foreign_keys = OFF")
    for table in TABLES:
        if table not in {Audit, Counter}:
            table.delete().execute()
    database.proxy.execute_sql("PRAGMA foreign_keys = ON")

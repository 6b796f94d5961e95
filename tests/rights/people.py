"""The household at work: how it begins, and its people, who are shut out and let in again.

Every other part of the machine is made upon this one.
"""

import hashlib
import shutil
from datetime import UTC, datetime
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from services import accounts, clock
from services.accounts import OPERATOR
from services.catalogue.timeline import recount
from services.models import Item, User, transaction
from services.viewers import Viewer
from tests.fakes import jpeg_header
from tests.rights.asking import Asking
from tests.rights.oracle import Household, Person, Stored, Thing
from tests.rights.surfaces import name_apart

PEOPLE = ("anna", "ben", "cleo", "dora")
CHILD = "cleo"
WORDS = ("alpine", "bridge", "candle", "desert", "estuary", "fjord", "garden", "harbour")
SIZE = 1000
BEGIN = 1_900_000_000 * clock.SECOND
NUMBER = st.integers(0, 1 << 16)
COPIES = "copies"
"""The storage to which everybody copies what others share."""


def original(name: str) -> bytes:
    """The bytes of the picture of this name: its own, and a picture's by how they begin."""
    return (jpeg_header(8, 8) + hashlib.sha256(name.encode()).digest() * (SIZE // 32 + 1))[:SIZE]


def noon(day: int) -> int:
    """The middle of a day, yyyymmdd, in microseconds since 1970."""
    at = datetime(day // 10000, day // 100 % 100, day % 100, 12, tzinfo=UTC)
    return int(at.timestamp()) * clock.SECOND


class People(RuleBasedStateMachine):
    """See the module. `asking` is set by the test."""

    asking: ClassVar[Asking]

    def __init__(self) -> None:
        super().__init__()
        self.home = Household(clock=BEGIN)
        self.made = self.turn = 0
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
        storage = make.storage(User.get_by_id(owner), COPIES, root, node=node, writable=True)
        User.update(default_storage_id=storage.id).where(User.id == owner).execute()
        for place in ("a", "b"):
            root = self.asking.data.parent / "roots" / login / place
            root.mkdir(parents=True, exist_ok=True)
            storage = make.storage(User.get_by_id(owner), place, root, node=node)
            self.home.storages[storage.id] = Stored(storage.id, storage.pid, owner)
            name = f"{next(words)}.jpg"
            data = original(name)
            (root / name).write_bytes(data)
            day, photo = 20260701 + 2 * number + (place == "b"), number < 3 or place == "a"
            item = make.item(
                User.get_by_id(owner),
                name,
                taken=noon(day),
                day=day,
                type="photo" if photo else "video",
                size=SIZE,
            )
            name_apart(item)
            asset = make.asset(item, data)
            Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
            make.file(
                storage, name, asset=asset, sha256=asset.sha256, size=SIZE, read_state="done", mime="image/jpeg",
                mtime_ns=(root / name).stat().st_mtime_ns,
            )  # fmt: skip
            self.asking.keep_pictures(asset)
            with transaction():
                recount([(owner, day)])
            self.home.things[item.id] = Thing(item.id, item.pid, owner, storage.id, photo, day)

    def viewer(self, who: int) -> Viewer:
        return accounts.viewer_for(self.home.people[who].login)

    def pick(self, number: int, of: list[Any]) -> Any:
        return of[number % len(of)] if of else None

    def active(self, number: int) -> int:
        return self.pick(number, [p.id for p in self.home.people.values() if p.active])

    def adult(self, number: int) -> int:
        return self.pick(number, [p.id for p in self.home.people.values() if p.active and not p.child])

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

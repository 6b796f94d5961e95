"""Random changes, with faults, deaths, scans and somebody else at the same storage: nothing is ever lost.

Each content that was put there is somewhere until its owner deletes it for good: in the storage or in its
trash. After each round the catalogue says what the storage says, and every item is one of those known.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from services import access
from services.errors import HypomosError, Unavailable
from services.filing import recover
from services.models import FileOperation, Item, Tombstone, Trash
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import OLD_NS, Desk

FOLDERS = ["", "summer", "summer/lake", "winter"]
NAMES = ["a.jpg", "b.jpg", "c.jpg"]


class Chaos:
    """One person who does this and that, and a storage that fails now and then."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self.desk, self.dice = desk, dice
        self.memory = desk.memory(desk.one)
        self.contents: set[bytes] = set()
        self.number = 0
        for folder in FOLDERS[1:]:
            self.memory.put(folder, None)
        self.acts: list[Callable[[], object]] = [
            self.upload, self.upload, self.move, self.move_folder, self.delete, self.delete_folder, self.restore,
            self.purge, self.from_outside, self.desk.scan,
        ]  # fmt: skip

    def path(self) -> str:
        there = self.desk.walk(self.desk.one)
        if there and self.dice.random() < 0.7:
            return self.dice.choice(there)
        return f"{self.dice.choice(FOLDERS)}/{self.dice.choice(NAMES)}".lstrip("/")

    def fresh(self) -> bytes:
        self.number += 1
        return photo(n=self.number)

    def upload(self) -> None:
        data = self.fresh()
        self.desk.upload(self.path(), data, taken=self.dice.choice(["refuse", "free", "replace"]))
        self.contents.add(data)  # without an answer it may be there or not

    def move(self) -> None:
        self.desk.filing.move(self.desk.viewer, self.desk.one.pid, self.path(), self.path())

    def move_folder(self) -> None:
        src, dst = (
            self.dice.choice(FOLDERS[1:]),
            self.dice.choice(["summer", "winter", "spring", "winter/lake"]),
        )
        self.desk.filing.move(self.desk.viewer, self.desk.one.pid, src, dst)

    def delete(self) -> None:
        self.desk.filing.delete(self.desk.viewer, self.desk.one.pid, self.path())

    def delete_folder(self) -> None:
        self.desk.filing.delete(self.desk.viewer, self.desk.one.pid, self.dice.choice(FOLDERS[1:]))

    def thrown(self) -> Trash:
        return self.dice.choice(list(Trash.select().order_by(Trash.id)))

    def restore(self) -> None:
        if Trash.select().exists():
            self.desk.trashing.restore(self.desk.viewer, self.thrown().pid)

    def purge(self) -> None:
        """Only what goes for good may be gone afterwards."""
        if Trash.select().count() > 3:
            entry = self.thrown()
            batch = Trash.select().where(Trash.batch == entry.batch)
            self.contents -= set().union(*(self.inside(each) for each in batch))
            self.desk.trashing.delete(self.desk.viewer, entry.pid)

    def from_outside(self) -> None:
        data = self.fresh()
        path = f"{self.dice.choice(FOLDERS)}/outside{self.number}.jpg".lstrip("/")
        self.memory.put(path, data, mtime_ns=OLD_NS + self.number)
        self.contents.add(data)

    def inside(self, entry: Trash) -> set[bytes]:
        node = self.memory._nodes.get(str(entry.place))
        if node is None:
            return set()
        paths = [p for p in self.memory._nodes if p == entry.place or p.startswith(f"{entry.place}/")]
        return {data for p in paths if (data := self.memory._nodes[p].data) is not None}

    def everything(self) -> set[bytes]:
        return {node.data for node in self.memory._nodes.values() if node.data is not None}

    def act(self) -> None:
        if self.dice.random() < 0.3:
            self.memory.faults.fail_on = {self.dice.randint(1, 9): Unavailable("cut")}
        with suppress(HypomosError):
            self.dice.choice(self.acts)()
        self.memory.faults.fail_on = {}

    def check(self) -> None:
        recover(self.desk.hands)
        assert FileOperation.select().count() == 0
        lost = self.contents - self.everything()
        gone = {bytes(t.sha256) for t in Tombstone.select()}
        assert not lost, f"{lost} of which {gone} have a tombstone"
        for entry in Trash.select():
            assert self.inside(entry) or entry.is_dir
        self.desk.work()
        self.desk.scan()
        self.desk.work()
        present = {path for path, presence in self.desk.rows().items() if presence == "present"}
        assert present == set(self.desk.walk(self.desk.one))
        shown = {i.pid for i in access.visible_items(self.desk.viewer)}
        trashed = {i.pid for i in Item.select().where(Item.trashed_at.is_null(False))}
        assert shown | trashed == {i.pid for i in Item.select()}
        assert self.desk.one.state == "online"


@pytest.mark.db
@pytest.mark.parametrize("seed", range(4))
def test_random_changes(make: Make, data: Path, seed: int) -> None:
    desk = Desk(make, data)
    chaos = Chaos(desk, random.Random(seed))
    for _ in range(12):
        for _ in range(8):
            chaos.act()
        chaos.check()
    desk.journal.close()

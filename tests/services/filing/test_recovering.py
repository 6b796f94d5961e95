"""Killed at every step of every change, and killed again while that is put right: nothing is ever lost."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from services.errors import Unavailable
from services.filing import Journal, recover
from services.jobs import Run
from services.models import File, FileOperation, Item, Tombstone, Trash
from tests import tree
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import Desk
from tests.services.filing.killed import NEW, FreeRun

pytestmark = pytest.mark.db

A, B, T = photo(n=1), photo(n=2), photo(n=3)
CHANGES = [
    "upload",
    "replace",
    "folder",
    "move",
    "move-folder",
    "move-over",
    "delete",
    "delete-folder",
    "restore",
    "purge",
]


class Scene:
    """A desk with an album, and one picture in the trash."""

    def __init__(self, make: Make, data: Path, base: Path, killer: "subprocess.Popen[str]") -> None:
        self._killer = killer
        self.desk = Desk(make, data, base=base)
        for path, body in (("album/a.jpg", A), ("album/inner/b.jpg", B), ("album/t.jpg", T)):
            self.desk.put(path, body)
        self.desk.scan()
        self.pids = {i.pid for i in Item.select()}
        self.thrown = self.desk.filing.delete(self.desk.viewer, self.desk.one.pid, "album/t.jpg")
        self.desk.work()
        self._data = data

    def killed(self, change: str, n: int) -> bool:
        """Whether the change died at its n-th step; otherwise it was done."""
        given = [str(self._data), self.desk.one.id, self.desk.anna.id, change, n]
        stdin, stdout = self._killer.stdin, self._killer.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps(given) + "\n")
        stdin.flush()
        ended = stdout.readline().strip()
        assert ended in {"0", "-9"}
        return ended == "-9"

    def check(self, change: str) -> None:
        """Everything is somewhere, the rows say where, and no half file lies around."""
        desk = self.desk
        assert FileOperation.select().count() == 0
        kept = {desk.read(path) for path in desk.walk(desk.one)}
        for entry in Trash.select():
            assert entry.place is not None
            stat = desk.adapter(desk.one).stat(entry.place)
            inside = desk.walk(desk.one, entry.place) if stat.is_dir else [entry.place]
            kept |= {desk.read(path) for path in inside}
        gone = {A, B, T} - kept
        assert gone == (set() if change != "purge" or Trash.select().count() else {T})
        assert Tombstone.select().count() == len(gone)
        assert desk.agrees()
        assert {i.pid for i in Item.select()} == self.pids if not gone else True
        halves = {p.rpartition("/")[2] for p in self.everything() if p.endswith(".part")}
        assert all(name.startswith(".hypomos-") for name in halves)
        assert len(halves) <= (change in {"upload", "replace"})  # a write that died leaves one, passed over
        shelves = {p for p in self.everything() if p.startswith(".hypomos-trash/")}
        known = {str(t.place) for t in Trash.select()}
        assert {p for p in shelves if not any(p == k or p.startswith(k + "/") for k in known)} == set()
        desk.scan()
        assert desk.agrees()
        states = {desk.state(pid) for pid in self.pids if Item.get_or_none(Item.pid == pid)}
        assert states <= {"online", "trashed"}
        assert set(desk.rows().values()) <= {"present"}

    def everything(self) -> list[str]:
        root = Path(self.desk.one.root)
        return [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]


@pytest.fixture(scope="module")
def killer() -> Iterator["subprocess.Popen[str]"]:
    """One process for the whole module: to start Python for each death would take minutes."""
    command = [sys.executable, "-m", "tests.services.filing.killed"]
    process = subprocess.Popen(
        command, cwd=tree.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.communicate(timeout=30)


@pytest.fixture
def scenes(make: Make, data: Path, tmp_path: Path, killer: "subprocess.Popen[str]") -> Iterator[Scene]:
    scene = Scene(make, data, tmp_path, killer)
    yield scene
    scene.desk.journal.close()


@pytest.mark.parametrize(("change", "n"), [(c, n) for c in CHANGES for n in (1, 2)] + [
    ("upload", 3), ("replace", 3), ("replace", 4), ("replace", 5), ("replace", 6), ("replace", 7), ("move-over", 3),
    ("move-over", 4),
])  # fmt: skip
def test_killed_at_each_step(scenes: Scene, change: str, n: int) -> None:
    assert scenes.killed(change, n)
    assert FileOperation.select().count() == 1
    assert recover(scenes.desk.hands) == 1
    scenes.check(change)


@pytest.mark.parametrize("change", CHANGES)
def test_no_step_was_left_out(scenes: Scene, change: str) -> None:
    """Each change has as many steps as were tried above, and is done after them."""
    steps = {"upload": 3, "move-over": 4, "replace": 7}.get(change, 2)
    assert not scenes.killed(change, steps + 1)
    scenes.check(change)


@pytest.mark.parametrize(("change", "n"), [("replace", 5), ("replace", 6), ("purge", 1), ("replace", 3)])
def test_killed_again_while_that_is_put_right(scenes: Scene, change: str, n: int) -> None:
    assert scenes.killed(change, n)
    for again in itertools.count(1):
        if not scenes.killed("recover", again):
            break
        assert FileOperation.select().count() == 1
    assert again > 1
    scenes.check(change)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_move_to_another_storage_is_killed_and_goes_on(scenes: Scene, n: int) -> None:
    """Two steps change something, each with a point before and after it; at the fifth it is done."""
    desk = scenes.desk
    desk.transfers.move(desk.viewer, desk.one.pid, "album/a.jpg", desk.two.pid, "a.jpg")
    assert scenes.killed("transfer", n) == (n < 5)
    there = [desk.read(p, row) for row in (desk.one, desk.two) for p in desk.walk(row)]
    assert there.count(A) == (2 if n in {2, 3} else 1)  # at any moment one whole copy at least
    while (operation := FileOperation.get_or_none()) is not None:
        desk.transfers.run(cast(Run, FreeRun(operation.id)))
    assert desk.rows(desk.two) == {"a.jpg": "present"}
    assert desk.read("a.jpg", desk.two) == A
    assert {i.pid for i in Item.select()} == scenes.pids
    moved = Trash.get(Trash.kind == "moved")
    assert desk.read(moved.place) == A
    scenes.check("transfer")


def test_a_change_under_way_is_left_alone(scenes: Scene) -> None:
    desk = scenes.desk
    operation = desk.journal.begin("delete", desk.one, "album/a.jpg", actor=None, is_dir=False)
    assert recover(desk.hands) == 0
    other = Journal(Path(str(desk.journal._run)), "elsewhere")
    desk.journal.let_go(operation)
    assert recover(desk.new_hands(other)) == 0  # another machine's
    other.close()
    assert recover(desk.hands) == 1
    scenes.check("delete")


def test_a_storage_that_is_away_is_waited_for(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.scan()
    memory = desk.memory(desk.one)
    operation = desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False)
    memory.delete("a.jpg", shelf=operation.shelf)
    desk.journal.let_go(operation)
    memory.faults.offline = True
    assert recover(desk.hands) == 0
    assert FileOperation.get().holder == ""
    memory.faults.offline = False
    assert recover(desk.hands) == 1
    assert (desk.rows(), Trash.get().path) == ({}, "a.jpg")


def test_what_is_at_both_ends_stays_at_both(make: Make, data: Path) -> None:
    """Where a move is a copy and a deletion, a death in the middle leaves two."""
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.scan()
    memory = desk.memory(desk.one)
    move = desk.journal.begin("move", desk.one, "a.jpg", "b.jpg", actor=None)
    desk.put("b.jpg", A)
    desk.journal.let_go(move)
    assert recover(desk.hands) == 1
    assert desk.rows() == {"a.jpg": "present", "b.jpg": "present"}
    delete = desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False)
    memory.put(f".hypomos-trash/{delete.shelf}/a.jpg", A)
    desk.journal.let_go(delete)
    assert recover(desk.hands) == 1
    assert desk.rows() == {"a.jpg": "present", "b.jpg": "present"}
    assert (Trash.get().kind, Trash.get().path) == ("version", "a.jpg")


def test_a_change_that_was_done_again_meanwhile_is_recorded_once(make: Make, data: Path) -> None:
    """The storage did not answer, the owner tried again, and only then is the first try looked after."""
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.scan()
    first = desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False)
    desk.journal.let_go(first)
    desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    assert recover(desk.hands) == 1
    assert Trash.select().count() == 1


def test_a_removed_storage_is_not_touched_any_more(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    operation = desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False)
    desk.journal.let_go(operation)
    desk.one.removed_at = 1
    desk.one.save()
    calls = desk.memory(desk.one).calls
    assert recover(desk.hands) == 1
    assert desk.memory(desk.one).calls == calls


def test_a_storage_that_hangs_is_not_asked_twice(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    memory = desk.memory(desk.one)
    memory.faults.fail_on = {3: Unavailable("hangs")}
    calls = memory.calls
    with pytest.raises(Unavailable):
        desk.upload("a.jpg", NEW)
    assert memory.calls == calls + 3
    assert FileOperation.get().holder == ""
    assert recover(desk.hands) == 1


def test_what_was_written_over_something_alike_is_read_again(make: Make, data: Path, tmp_path: Path) -> None:
    """Killed after an empty or fresh file was replaced: size and time may be the same, and the bytes are not."""
    desk = Desk(make, data, base=tmp_path)
    desk.upload("a.jpg", A)
    desk.work()
    assert File.get().read_state == "done"
    desk.journal.begin("upload", desk.one, "a.jpg", actor=desk.anna.id)
    FileOperation.update(holder="").execute()
    assert recover(desk.hands) == 1
    assert File.get().read_state == "pending"
    desk.journal.close()

"""Killed at every step of every change, and killed again while that is put right: nothing is ever lost."""

import itertools
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from peewee import OperationalError

from services.clock import DAY
from services.errors import Conflict, Forbidden, StorageError, Unavailable
from services.filing import Journal, finishing, recover
from services.filing.recovering import half_path
from services.jobs import Run
from services.models import File, FileOperation, Item, Tombstone, Trash, database
from services.storages.memory import MemoryStorage
from services.storages.values import Caps, Entry
from tests import tree
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import Desk
from tests.services.filing.killed import NEW, FreeRun
from tests.services.filing.letterless import Letterless

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
    """Nobody had looked whether the name was free, so what has it may be somebody else's."""
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


@pytest.mark.parametrize("moved", [False, True])
def test_a_rename_to_other_letters_is_settled_by_what_is_listed(make: Make, data: Path, moved: bool) -> None:
    """Where a file is found by both names."""
    desk = Desk(make, data)
    desk.adapters[desk.one.id] = storage = Letterless(writable=True)
    desk.put("a.jpg", A)
    desk.scan()
    operation = desk.journal.begin("move", desk.one, "a.jpg", "A.jpg", actor=None)
    if moved:
        storage.move("a.jpg", "A.jpg")
    desk.journal.let_go(operation)
    assert recover(desk.hands) == 1
    assert desk.rows() == {"A.jpg" if moved else "a.jpg": "present"}


class Copying(MemoryStorage):
    """Moves by copying, then deleting; `broken` is what a move dies of in between, and `refusing` going on with it."""

    broken: StorageError | None = None
    refusing: StorageError | None = None

    def caps(self) -> Caps:
        return super().caps()._replace(server_move=False)

    def move(self, src: str, dst: str) -> Entry:
        body = self._nodes[src].data
        moved = super().move(src, dst)
        if self.broken is not None:
            assert body is not None
            self.put(src, body, mtime_ns=moved.mtime_ns or 0)
            raise self.broken
        return moved

    def end_move(self, src: str, dst: str) -> None:
        if self.refusing is not None:
            raise self.refusing
        if self._nodes[src].data == self._nodes[dst].data:
            self.take(src)


@pytest.fixture
def copying(make: Make, data: Path) -> tuple[Desk, Copying]:
    """A desk with one picture in such a storage."""
    desk = Desk(make, data)
    desk.adapters[desk.one.id] = storage = Copying(writable=True)
    desk.put("a.jpg", A)
    desk.scan()
    return desk, storage


@pytest.mark.parametrize("error", [Unavailable("away"), Forbidden("refused")])
def test_a_move_that_was_a_copy_so_far_is_gone_on_with(
    copying: tuple[Desk, Copying], error: StorageError
) -> None:
    desk, storage = copying
    before = desk.items()
    storage.broken = storage.refusing = error
    with pytest.raises(type(error)):
        desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg")
    desk.scan()
    assert set(desk.rows()) == {"a.jpg", "b.jpg"}
    assert recover(desk.hands) == 0
    assert FileOperation.get().holder == ""
    storage.broken = storage.refusing = None
    assert recover(desk.hands) == 1
    assert desk.rows() == {"b.jpg": "present"}
    assert desk.read("b.jpg") == A
    assert list(desk.items().values()) == list(before.values())


def test_what_refuses_for_a_day_to_be_gone_on_with_stays_at_both(copying: tuple[Desk, Copying]) -> None:
    desk, storage = copying
    storage.broken = storage.refusing = Forbidden("refused")
    with pytest.raises(Forbidden):
        desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg")
    FileOperation.update(created_at=FileOperation.created_at - DAY).execute()
    assert recover(desk.hands) == 1
    assert desk.rows() == {"a.jpg": "present", "b.jpg": "present"}
    assert (desk.read("a.jpg"), desk.read("b.jpg")) == (A, A)


def test_that_neither_is_there_is_not_believed_at_once(copying: tuple[Desk, Copying]) -> None:
    desk, storage = copying
    storage.broken = storage.refusing = Forbidden("refused")
    with pytest.raises(Forbidden):
        desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg")
    nodes = dict(storage._nodes)
    del storage._nodes["a.jpg"], storage._nodes["b.jpg"]
    assert recover(desk.hands) == 0
    storage._nodes, storage.refusing = nodes, None
    assert recover(desk.hands) == 1
    assert desk.rows() == {"b.jpg": "present"}


def test_a_name_that_somebody_else_was_faster_to_give_is_theirs(
    copying: tuple[Desk, Copying], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name was free when the move was written down; what has it a moment later did not come by the move."""
    desk, storage = copying

    def faster(src: str, dst: str) -> Entry:
        storage.put(dst, A)
        raise Conflict("taken", field="path")

    monkeypatch.setattr(storage, "move", faster)
    with pytest.raises(Conflict):
        desk.filing.move(desk.viewer, desk.one.pid, "a.jpg", "b.jpg")
    assert recover(desk.hands) == 0
    assert desk.rows() == {"a.jpg": "present", "b.jpg": "present"}


def test_what_came_back_from_the_trash_by_half_comes_back(copying: tuple[Desk, Copying]) -> None:
    desk, storage = copying
    thrown = desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    storage.broken = Unavailable("away")
    with pytest.raises(Unavailable):
        desk.trashing.restore(desk.viewer, thrown.pid)
    assert recover(desk.hands) == 1
    assert desk.rows() == {"a.jpg": "present"}
    assert not Trash.select().exists()
    assert [path for path in storage._nodes if path.endswith(".jpg")] == ["a.jpg"]


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


@pytest.mark.parametrize("what", ["album", "album/a.jpg"])
def test_what_is_deleted_twice_at_once_is_in_one_line_of_the_trash(make: Make, data: Path, what: str) -> None:
    """The second one comes between what the first did in the storage and its record."""
    desk = Desk(make, data)
    desk.put("album/a.jpg", A)
    desk.scan()
    pid = desk.items()["a.jpg"]
    first = desk.journal.begin("delete", desk.one, what, actor=None, is_dir=what == "album")
    second = desk.journal.begin("delete", desk.one, "album/a.jpg", actor=None, is_dir=False)
    entry = desk.adapter(desk.one).stat(what)
    place = desk.adapter(desk.one).delete(what, shelf=first.shelf)
    desk.journal.let_go(second)
    assert recover(desk.hands) == 1
    finishing.delete(first, place, entry)
    assert [thrown.place for thrown in Trash.select()] == [place]
    desk.trashing.restore(desk.viewer, Trash.get().pid)
    assert desk.items() == {"a.jpg": pid}


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


def test_what_lies_nowhere_takes_nothing_else_along(make: Make, data: Path) -> None:
    """Something else deleted it on its way to the trash: nobody knows a place. Killed as its line there is deleted."""
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.put("b.jpg", NEW)
    desk.scan()
    desk.journal.let_go(desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False))
    desk.adapter(desk.one).delete("a.jpg", trash=False)
    assert recover(desk.hands) == 1
    thrown = Trash.get()
    assert thrown.place is None
    desk.journal.let_go(
        desk.journal.begin("purge", desk.one, thrown.place or "", actor=None, trash=thrown.id)
    )
    assert recover(desk.hands) == 1
    assert not Trash.select().exists()
    assert desk.read("b.jpg") == NEW


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


@pytest.fixture
def locked(make: Make, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose catalogue somebody else locks while a file goes to the trash."""
    if not database.is_sqlite():
        pytest.skip("the lock of SQLite")
    desk = Desk(make, data, base=tmp_path)
    desk.put("a.jpg", A)
    desk.scan()
    storage, other = desk.adapter(desk.one), sqlite3.connect(data / database.FILE_NAME, isolation_level=None)
    real = storage.delete

    def and_lock(path: str, *, shelf: str | None = None) -> str | None:
        place = real(path, shelf=shelf)
        other.execute("BEGIN IMMEDIATE")
        return place

    monkeypatch.setattr(storage, "delete", and_lock)
    database.proxy.execute_sql("PRAGMA busy_timeout = 1")
    with pytest.raises(OperationalError):
        desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    other.close()
    assert not Trash.select().exists()
    yield desk
    database.proxy.execute_sql("PRAGMA busy_timeout = 5000")


def test_what_the_catalogue_did_not_take_is_settled_when_it_does(locked: Desk) -> None:
    """By the process that had begun it, which lives on."""
    assert recover(locked.hands) == 1
    assert (locked.rows(), Trash.get().path) == ({}, "a.jpg")


def test_another_process_settles_it_once_the_next_change_has_begun(locked: Desk, data: Path) -> None:
    worker = Journal(data, "here")
    assert recover(locked.new_hands(worker)) == 0
    locked.filing.make_folder(locked.viewer, locked.one.pid, "album")
    assert recover(locked.new_hands(worker)) == 1
    assert (locked.rows(), Trash.get().path) == ({}, "a.jpg")
    worker.close()


def test_one_change_that_cannot_be_settled_keeps_no_other_waiting(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.scan()
    strange = desk.journal.begin(
        "restore", desk.one, ".hypomos-trash/x/b.jpg", "b.jpg", actor=None
    )  # of no line
    desk.journal.let_go(strange)
    desk.journal.let_go(desk.journal.begin("delete", desk.one, "a.jpg", actor=None, is_dir=False))
    desk.adapter(desk.one).delete("a.jpg", shelf=FileOperation.get(FileOperation.kind == "delete").shelf)
    assert recover(desk.hands) == 1
    assert (desk.rows(), Trash.get().path) == ({}, "a.jpg")
    assert FileOperation.get().holder == ""


@pytest.mark.parametrize("gone", ["deleted", "moved", "taken"])
def test_what_was_to_be_replaced_where_no_folder_is_any_more_is_in_the_trash(desk: Desk, gone: str) -> None:
    """Its folder went, by the owner or another program, before it was looked what became of it."""
    desk.put("album/a.jpg", A)
    desk.scan()
    (item,) = desk.items().values()
    adapter = desk.adapter(desk.one)
    operation = desk.journal.begin("replace", desk.one, "album/a.jpg", actor=None)
    adapter.write(half_path(operation), [NEW], size=len(NEW))
    place = adapter.delete("album/a.jpg", shelf=operation.shelf)
    desk.journal.let_go(operation)
    if gone == "deleted":
        desk.filing.delete(desk.viewer, desk.one.pid, "album")
    elif gone == "moved":
        desk.filing.move(desk.viewer, desk.one.pid, "album", "summer")
    else:
        adapter.delete(half_path(operation), trash=False)
        adapter.delete("album", trash=False)
    assert recover(desk.hands) == 1
    assert not FileOperation.select().exists()
    version = Trash.get(Trash.kind == "version")
    assert version.place == place
    desk.trashing.restore(desk.viewer, version.pid)
    desk.work()
    assert desk.read("album/a.jpg") == A
    assert desk.items() == {"a.jpg": item}


def test_what_was_written_over_something_alike_is_read_again(make: Make, data: Path, tmp_path: Path) -> None:
    """Killed after an empty file was replaced: size and time may be the same, and the bytes are not."""
    desk = Desk(make, data, base=tmp_path)
    desk.upload("a.jpg", A)
    desk.work()
    assert File.get().read_state == "done"
    desk.journal.begin("upload", desk.one, "a.jpg", actor=desk.anna.id)
    FileOperation.update(holder="").execute()
    assert recover(desk.hands) == 1
    assert File.get().read_state == "pending"
    desk.journal.close()

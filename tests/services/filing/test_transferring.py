"""Moving between storages: a proved copy, the same item, the source in the trash; and what ends one."""

import threading
from pathlib import Path
from typing import Any

import pytest

from services.errors import Changed, Conflict, JobStopped, NotFound, StorageFull, UsageError
from services.filing import transferring
from services.filing.transferring import under_way
from services.models import (
    Audit,
    File,
    FileOperation,
    Job,
    Storage,
    Trash,
    TrashFile,
    database,
    transaction,
)
from services.storages.patterns import TRASH
from services.storages.values import Entry
from tests.factories import Make
from tests.fakes import claimed, photo
from tests.services.filing.desk import Desk

pytestmark = pytest.mark.db

A, B = photo(n=1, taken="2026-07-01T10:00:00"), photo(n=2)


@pytest.fixture
def item(desk: Desk) -> str:
    desk.put("a.jpg", A)
    desk.scan()
    return desk.items()["a.jpg"]


def begin(desk: Desk, target: str = "b.jpg") -> Job:
    return desk.transfers.move(desk.viewer, desk.one.pid, "a.jpg", desk.two.pid, target)


def lay_shelf(desk: Desk) -> str:
    """What a try made that broke off before anything lay there; where it is."""
    shelf = f"{TRASH}/{FileOperation.get().shelf}"
    for folder in (TRASH, shelf):
        desk.adapter(desk.one).make_folder(folder)
    return shelf


def test_a_move_to_another_storage_keeps_the_item(desk: Desk, item: str) -> None:
    begin(desk)
    assert [op.target for op in under_way(desk.viewer, desk.one.pid)] == ["b.jpg"]
    assert "transfer" in desk.work()
    assert (desk.rows(), desk.rows(desk.two)) == ({}, {"b.jpg": "present"})
    assert desk.read("b.jpg", desk.two) == A
    assert desk.items() == {"b.jpg": item}
    thrown = Trash.get()
    assert (thrown.kind, thrown.path, desk.read(thrown.place)) == ("moved", "a.jpg", A)
    assert FileOperation.select().count() == 0
    assert Audit.select().where(Audit.action == "file.transfer").count() == 1
    assert desk.adapter(desk.two).stat("b.jpg").mtime_ns == 1_600_000_000_000_000_000


def test_the_source_comes_back_as_another_location_of_the_item(desk: Desk, item: str) -> None:
    begin(desk)
    desk.work()
    desk.trashing.restore(desk.viewer, Trash.get().pid)
    desk.work()
    assert (desk.rows(), desk.rows(desk.two)) == ({"a.jpg": "present"}, {"b.jpg": "present"})
    assert list(desk.items().values()) == [item]


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_job_that_dies_goes_on_where_it_was(desk: Desk, item: str, kept: int) -> None:
    """It is stopped before each of its steps in turn, after the last one that was written down."""
    begin(desk)
    steps = [0]

    def stop_at(real: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            if steps[0] == kept:
                raise JobStopped("stopped")
            steps[0] += 1
            return real(*given, **named)

        return step

    two, one = desk.adapter(desk.two), desk.adapter(desk.one)
    patched = [(two, "write"), (two, "hashes"), (one, "delete"), (desk.hands, "look_at")]
    real = {(owner, name): getattr(owner, name) for owner, name in patched}
    for owner, name in patched:
        setattr(owner, name, stop_at(real[owner, name]))
    run = claimed(desk.jobs, Job.get((Job.kind == "transfer") & Job.finished_at.is_null()))
    with pytest.raises(JobStopped):
        desk.transfers.run(run)
    for (owner, name), how in real.items():
        setattr(owner, name, how)
    desk.jobs.finish(run.job, {})
    assert desk.transfers.resume("here") == (0 if kept == 3 else 1)
    desk.work()
    assert (desk.rows(), desk.rows(desk.two)) == ({}, {"b.jpg": "present"})
    assert desk.read("b.jpg", desk.two) == A
    assert desk.items() == {"b.jpg": item}
    assert (Trash.select().count(), TrashFile.select().count(), FileOperation.select().count()) == (1, 1, 0)


def test_a_source_that_broke_off_on_its_way_to_the_trash_goes_there(desk: Desk, item: str) -> None:
    """The try before had made the shelf, and nothing else."""
    begin(desk)
    lay_shelf(desk)
    desk.work()
    assert (desk.rows(), desk.rows(desk.two)) == ({}, {"b.jpg": "present"})
    assert desk.read(str(Trash.get().place)) == A
    assert (desk.items(), FileOperation.select().count()) == ({"b.jpg": item}, 0)


@pytest.mark.parametrize(("copied", "goes"), [(A, True), (B.ljust(len(A))[: len(A)], False), (A[:9], False)])
def test_a_source_that_is_copied_to_the_trash_so_far(
    desk: Desk, item: str, monkeypatch: pytest.MonkeyPatch, copied: bytes, goes: bool
) -> None:
    """Where a move is a copy and then a deletion. What is not proved to be copied stays; half a copy is nothing."""
    begin(desk)
    one, place = desk.adapter(desk.one), f"{lay_shelf(desk)}/a.jpg"
    one.write(place, [copied], size=len(copied))

    def end_move(src: str, dst: str) -> None:
        if desk.read(src) == desk.read(dst):
            one.delete(src, trash=False)

    monkeypatch.setattr(one, "end_move", end_move)
    desk.work()
    assert desk.rows() == ({} if goes else {"a.jpg": "present"})
    assert [thrown.place for thrown in Trash.select()] == ([place] if len(copied) == len(A) else [])
    assert {thrown.kind for thrown in Trash.select()} <= {"moved" if goes else "version"}
    assert (desk.read("b.jpg", desk.two), desk.read(place)) == (A, copied)
    assert FileOperation.select().count() == 0


def test_a_source_whose_name_was_given_anew_is_still_in_the_trash(
    desk: Desk, item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try before died of putting it there."""
    begin(desk)
    one = desk.adapter(desk.one)

    def delete(path: str, **more: Any) -> str:
        type(one).delete(one, path, **more)
        desk.put(path, B)
        desk.scan()
        raise JobStopped("stopped")

    run = claimed(desk.jobs, Job.get((Job.kind == "transfer") & Job.finished_at.is_null()))
    monkeypatch.setattr(one, "delete", delete)
    with pytest.raises(JobStopped):
        desk.transfers.run(run)
    monkeypatch.undo()
    desk.jobs.finish(run.job, {})
    assert desk.transfers.resume("here") == 1
    before = desk.items()
    desk.work()
    assert (desk.read(str(Trash.get().place)), desk.read("b.jpg", desk.two)) == (A, A)
    assert desk.read("a.jpg") == B
    assert (desk.items(), before["b.jpg"]) == (before, item)
    assert {thrown.asset_id for thrown in TrashFile.select()} == {None}


def test_a_name_that_was_taken_meanwhile_keeps_both(desk: Desk, item: str) -> None:
    begin(desk)
    desk.put("b.jpg", B, row=desk.two)
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    with pytest.raises(Conflict):
        desk.transfers.run(claimed(desk.jobs, job))
    assert (desk.read("a.jpg"), desk.read("b.jpg", desk.two)) == (A, B)
    assert FileOperation.select().count() == 0


def test_a_copy_that_is_not_the_same_is_no_copy(desk: Desk, item: str) -> None:
    begin(desk)
    two = desk.adapter(desk.two)
    real = two.write

    def write(path: str, src: object, **more: object) -> Entry:
        list(src)  # type: ignore[call-overload]
        return real(path, [b"x" * len(A)], **more)  # type: ignore[arg-type]

    two.write = write  # type: ignore[method-assign]
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    with pytest.raises(Conflict, match="other bytes"):
        desk.transfers.run(claimed(desk.jobs, job))
    assert desk.read("a.jpg") == A
    assert desk.items() == {"a.jpg": item}


def test_a_copy_that_gave_way_to_something_else_is_none(
    desk: Desk, item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was proved before a death, and when the move is taken up again its name is another file's."""
    begin(desk)

    def stop(*given: Any, **named: Any) -> Any:
        raise JobStopped("stopped")

    monkeypatch.setattr(desk.transfers, "_switch", stop)
    run = claimed(desk.jobs, Job.get((Job.kind == "transfer") & Job.finished_at.is_null()))
    with pytest.raises(JobStopped):
        desk.transfers.run(run)
    monkeypatch.undo()
    desk.jobs.finish(run.job, {})
    assert FileOperation.get().detail["step"] == "verified"
    other = A[::-1]  # its size is the same
    desk.filing.upload(desk.viewer, desk.two.pid, "b.jpg", [other], size=len(other), taken="replace")
    desk.transfers.resume("here")
    with pytest.raises(Changed):
        desk.work()
    assert (desk.read("a.jpg"), desk.read("b.jpg", desk.two)) == (A, other)
    assert desk.items()["a.jpg"] == item
    assert (desk.rows(), FileOperation.select().count()) == ({"a.jpg": "present"}, 0)


def test_a_source_that_changes_stays(desk: Desk, item: str) -> None:
    begin(desk)
    one = desk.adapter(desk.one)
    one.delete("a.jpg")
    one.write("a.jpg", [B + b"longer"], size=None)
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    with pytest.raises(Changed):
        desk.transfers.run(claimed(desk.jobs, job))
    assert (desk.read("a.jpg"), desk.walk(desk.two)) == (B + b"longer", [])


@pytest.mark.parametrize("replaced", [False, True])
def test_only_the_copy_of_a_source_that_changes_is_taken_away(desk: Desk, item: str, replaced: bool) -> None:
    """By then its name may be another file's."""
    begin(desk)
    one, two = desk.adapter(desk.one), desk.adapter(desk.two)
    real = two.write

    def write(*given: Any, **more: Any) -> Entry:
        two.write = real  # type: ignore[method-assign]
        done = real(*given, **more)
        one.delete("a.jpg")
        one.write("a.jpg", [B + b"longer"], size=None)
        if replaced:
            desk.filing.upload(desk.viewer, desk.two.pid, "b.jpg", [B], size=len(B), taken="replace")
        return done

    two.write = write  # type: ignore[method-assign]
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    with pytest.raises(Changed):
        desk.transfers.run(claimed(desk.jobs, job))
    assert desk.walk(desk.two) == (["b.jpg"] if replaced else [])
    assert desk.read("a.jpg") == B + b"longer"


def test_what_cannot_be_moved_is_told_before(desk: Desk, item: str, make: Make) -> None:
    desk.put("folder/x.jpg", B)
    desk.put("b.jpg", B, row=desk.two)
    ben = make.viewer(make.user("ben"))
    with pytest.raises(UsageError, match="folder"):
        desk.transfers.move(desk.viewer, desk.one.pid, "folder", desk.two.pid, "folder")
    with pytest.raises(Conflict):
        begin(desk)
    for viewer, pid in ((ben, desk.one.pid), (desk.viewer, "absent")):
        with pytest.raises(NotFound):
            desk.transfers.move(viewer, desk.one.pid, "a.jpg", pid, "c.jpg")
    assert FileOperation.select().count() == 0


def test_a_target_without_room_is_told_before(make: Make, data: Path) -> None:
    desk = Desk(make, data)
    desk.put("a.jpg", A)
    desk.memory(desk.two).faults.capacity = 3
    with pytest.raises(StorageFull):
        begin(desk)
    full = {s.name: bool(s.full_reason) for s in Storage.select()}
    assert full == {"One": False, "Two": True}


def test_a_storage_that_was_removed_ends_it(desk: Desk, item: str) -> None:
    begin(desk)
    desk.two.removed_at = 1
    desk.two.save()
    desk.work()
    assert desk.read("a.jpg") == A
    assert FileOperation.select().count() == 0


@pytest.mark.parametrize("which", ["one", "two"])
@pytest.mark.parametrize("call", ["open_read", "hashes", "stat"])
def test_what_is_in_a_storage_that_is_removed_meanwhile_stays_as_it_is(
    desk: Desk, item: str, monkeypatch: pytest.MonkeyPatch, which: str, call: str
) -> None:
    begin(desk)
    one = desk.adapter(desk.one)
    removed: Storage = getattr(desk, which)
    owner = one if call == "open_read" else desk.adapter(desk.two)
    real = getattr(owner, call)

    def and_remove(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        Storage.update(removed_at=1).where(Storage.id == removed.id).execute()
        return done

    monkeypatch.setattr(owner, call, and_remove)
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    assert desk.transfers.run(claimed(desk.jobs, job))["state"] == "given up"
    assert (desk.read("a.jpg"), desk.read("b.jpg", desk.two)) == (A, A)
    assert (desk.rows(), desk.rows(desk.two)) == ({"a.jpg": "present"}, {})
    assert (FileOperation.select().count(), Trash.select().count()) == (0, 0)


def test_who_removes_a_storage_just_then_finds_what_was_moved_there(
    desk: Desk, item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove() -> None:
        with transaction():
            Storage.update(removed_at=1).where(Storage.id == desk.two.id).execute()
        with transaction():
            File.update(presence="suspect").where(File.storage == desk.two.id).execute()
        database.close()

    other = threading.Thread(target=remove)
    asked: list[bool] = []

    def is_over_and_remove(operation: FileOperation) -> bool:
        asked.append(real(operation))
        if len(asked) == 2:  # inside of the record
            other.start()
            other.join(1)
        if len(asked) == 3:
            other.join()
        return asked[-1]

    real = transferring._is_over
    monkeypatch.setattr(transferring, "_is_over", is_over_and_remove)
    begin(desk)
    job = Job.get((Job.kind == "transfer") & Job.finished_at.is_null())
    desk.transfers.run(claimed(desk.jobs, job))
    assert desk.rows(desk.two) == {"b.jpg": "suspect"}

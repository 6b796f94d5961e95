"""`hypomos worker`: it does what is due, and ends on a signal or with whoever started it."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from appliance.commands import worker
from appliance.container import Hypomos, Workshop, open_appliance
from config import load
from services import clock, room, tasks
from services.jobs import worker_alive
from services.models import File, FileOperation, Grant, Guest, Job, Session, Trash, counters, database
from tests import tree
from tests.factories import Make

WAIT_S = 30.0


@pytest.fixture
def catalogue_of(tmp_path: Path) -> Iterator[Path]:
    """A data directory with a catalogue, bound here as well."""
    hypomos = open_appliance(load(tmp_path / "data", {}))
    hypomos.close()
    database.connect("", tmp_path / "data")
    yield tmp_path / "data"
    database.close()


def start(data: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "appliance", "worker", "--data", str(data), *more]
    process = subprocess.Popen(command, cwd=tree.ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + WAIT_S
    while not worker_alive(None) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert worker_alive(None)
    return process


def test_a_signal_ends_it_in_order(catalogue_of: Path) -> None:
    process = start(catalogue_of)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert not worker_alive(None)
    assert counters.read(counters.CLOCK_MARK) > 0


def test_it_ends_with_whoever_started_it(catalogue_of: Path) -> None:
    process = start(catalogue_of, "--supervised")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(WAIT_S) == 0
    assert process.stderr is not None
    process.stderr.close()


def test_without_a_supervisor_its_standard_input_means_nothing(catalogue_of: Path) -> None:
    process = start(catalogue_of)
    assert process.stdin is not None
    process.stdin.close()
    time.sleep(1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(WAIT_S) == 0
    assert process.stderr is not None
    process.stderr.close()


def test_what_was_interrupted_is_settled_at_the_start(catalogue_of: Path, tmp_path: Path) -> None:
    """A process died between the storage's step and its record; the next one to start finds out."""
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"x")
    make = Make(catalogue_of)
    storage = make.storage(make.user(), root=root, writable=True, node=load(catalogue_of, {}).node_name)
    make.file(storage, "a.jpg", size=1)
    hypomos = open_appliance(load(catalogue_of, {}))
    operation = hypomos.hands.journal.begin("delete", storage, "a.jpg", actor=None, is_dir=False)
    hypomos.adapters(storage).delete("a.jpg", shelf=operation.shelf)
    hypomos.close()
    database.connect("", catalogue_of)
    process = start(catalogue_of)
    deadline = time.monotonic() + WAIT_S
    while FileOperation.select().exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (Trash.get().path, File.select().count()) == ("a.jpg", 0)
    process.terminate()
    process.communicate(timeout=WAIT_S)


@pytest.mark.parametrize(("every_s", "times"), [(3600.0, 1), (0.0, 3)])
def test_abandoned_uploads_are_looked_for_at_the_start_and_each_week(
    monkeypatch: pytest.MonkeyPatch, every_s: float, times: int
) -> None:
    stop, looks, ended = threading.Event(), list[object](), list[str]()

    def settle(hands: object) -> int:
        looks.append(hands)
        if len(looks) == 3:
            stop.set()
        return 0

    monkeypatch.setattr(worker, "DUE_EVERY_S", 0.0)
    monkeypatch.setattr(worker, "ABANDONED_EVERY_S", every_s)
    monkeypatch.setattr(tasks, "settle_files", settle)
    monkeypatch.setattr(tasks, "end_abandoned", lambda background, node: ended.append(node))
    hypomos = SimpleNamespace(hands=None, settings=SimpleNamespace(node_name="here"))
    workshop = SimpleNamespace(scanner=SimpleNamespace(background=None))
    worker._settle(cast(Hypomos, hypomos), cast(Workshop, workshop), stop)
    assert ended == ["here"] * times


def test_what_is_due_by_the_clock(catalogue_of: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DUE_EVERY_S", 0.05)
    monkeypatch.setattr(room, "MIN_FREE", 0)
    hypomos = open_appliance(load(catalogue_of, {"HYPOMOS_NODE": "here"}))
    make = Make(catalogue_of)
    anna = make.user()
    make.storage(anna, kind="memory")
    session = {"user": anna, "cred_version": 1, "created_at": 1, "seen_at": 1, "ip": "", "agent": ""}
    Session.create(pid="old", secret="a", expires_at=2, **session)
    Session.create(pid="new", secret="b", expires_at=clock.now() + clock.DAY, **session)
    link = make.share(make.collection(anna), kind="link")
    visit = {"share_id": link.id, "secret": "g", "created_at": 1, "seen_at": 1, "expires_at": 2}
    Guest.create(pid="gone", **visit)
    bens = make.share(make.collection(make.user("ben")), kind="collection")
    brought = make.grant(bens, into=make.collection(anna))
    living = Grant.ended_at.is_null()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: worker._schedule(hypomos, stop))
    thread.start()
    deadline = time.monotonic() + WAIT_S
    while not (Job.select().exists() and not Grant.select().where(living).exists()):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    stop.set()
    thread.join()
    assert [s.pid for s in Session.select()] == ["new"]
    assert not Guest.select().exists()
    assert Grant.get_by_id(brought.id).state == "revoked", "nothing allows it"
    assert [j.kind for j in Job.select()] == ["scan"]  # one, however often the clock ticks
    assert counters.read(counters.CLOCK_MARK) > 0
    assert (catalogue_of / room.BALLAST).stat().st_size == room.BALLAST_BYTES
    hypomos.close()

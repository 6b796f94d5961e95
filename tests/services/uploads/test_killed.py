"""Killed at every step of storing, and again while that goes on: one file, one item, told once, nothing left over."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from services.filing import recover
from services.jobs import Run
from services.models import Audit, File, FileOperation, Item, Upload
from tests import tree
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.killed import Points
from tests.services.uploads.dock import Dock
from tests.services.uploads.killed import FreeRun, storing

pytestmark = pytest.mark.db

NEVER = 1 << 30


@pytest.fixture(scope="module")
def killer() -> Iterator["subprocess.Popen[str]"]:
    """One process for the whole module: to start Python for each death would take minutes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.uploads.killed"], cwd=tree.ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process
    process.communicate(timeout=30)


@pytest.fixture
def dock(make: Make, data: Path, tmp_path: Path) -> Iterator[Dock]:
    dock = Dock(make, data, tmp_path)
    yield dock
    dock.close()


def killed(killer: "subprocess.Popen[str]", dock: Dock, upload: Upload, n: int) -> bool:
    """Whether storing it died at its n-th step; otherwise it came to its end."""
    stdin, stdout = killer.stdin, killer.stdout
    assert stdin
    assert stdout
    stdin.write(json.dumps([str(dock.data), upload.id, n]) + "\n")
    stdin.flush()
    ended = stdout.readline().strip()
    assert ended in {"0", "-9"}
    return ended == "-9"


def check(dock: Dock, upload: Upload, data: bytes) -> None:
    assert Upload.get_by_id(upload.id).state == "done"
    assert [path for path in dock.files() if dock.desk.read(path) == data] == [
        f"Events/Wedding/{upload.name}"
    ]
    assert File.select().where(File.name == upload.name).count() == 1
    assert Item.select().where(Item.name == upload.name).count() == 1
    assert Audit.select().where((Audit.action == "test.landed") & (Audit.object == upload.pid)).count() == 1


@pytest.mark.parametrize(("viewer", "first"), [("guest", "settled first"), ("person", "stored first")])
def test_killed_at_each_step(dock: Dock, killer: "subprocess.Popen[str]", first: str, viewer: str) -> None:
    n, steps = 0, 0
    while True:
        n += 1
        data, target = photo(n=n), dock.target()
        if viewer == "person":
            target = dock.target(dock.desk.viewer)
        upload = dock.uploads.begin(target, f"{n}.jpg", len(data))
        Upload.update(folder="Events/Wedding").where(Upload.id == upload.id).execute()
        dock.uploads.append(upload, 0, [data])
        if not killed(killer, dock, upload, n):
            break
        steps += 1
        again = n % 7 + 1
        killed(killer, dock, upload, again)  # and once more while that is put right
        if first == "settled first":
            recover(dock.desk.hands)
        storing(dock.data, Points(NEVER)).run(cast(Run, FreeRun(upload.id)))
        recover(dock.desk.hands)
        check(dock, upload, data)
        dock.uploads.housekeep()
        assert FileOperation.select().count() == 0
    assert steps > 12
    check(dock, upload, data)
    dock.desk.scan()
    assert dock.desk.agrees()
    halves = [
        p for p in Path(dock.desk.one.root).rglob("*") if p.is_file() and p.name.startswith(".hypomos-")
    ]
    assert all(p.name.endswith((".part", "root")) for p in halves)

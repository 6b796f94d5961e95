"""A living household behind a real `hypomos serve`, for tests that look at it from outside.

Use it by importing the fixture: `from tests.serving import household  # noqa: F401`. It is made once a
run: the pictures of the demo, drawn small, and two people with their storages, read by a real worker.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.container import Hypomos, open_appliance
from appliance.demo.household import draw
from appliance.demo.people import HOUSEHOLD
from config import load
from services import accounts
from services.accounts import OPERATOR
from services.models import Item, Storage, database
from tests.processes import serving

PASSWORD = "a lake in the morning"
WAIT_S = 120.0


@dataclass(frozen=True)
class Household:
    """Where it answers, and what lies where. `item` finds an item's public id by its file's name."""

    address: str
    data: Path
    media: Path
    items: dict[str, str]
    storages: dict[str, str]

    def item(self, ending: str) -> str:
        """The public id of the first item whose name ends so."""
        return next(pid for name, pid in sorted(self.items.items()) if name.endswith(ending))


@contextmanager
def opened(data: Path) -> Iterator[Hypomos]:
    """The appliance in a data directory, for preparing it; closed before anybody serves it."""
    data.mkdir(parents=True, exist_ok=True)
    hypomos = open_appliance(load(data, {}))
    try:
        yield hypomos
    finally:
        hypomos.close()


@pytest.fixture(scope="session")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """The demo's household, served."""
    folder = tmp_path_factory.mktemp("household")
    _copy(_moved_in(tmp_path_factory), folder)
    with serving(folder / "data") as at:
        items, storages = _read(folder / "data")
        yield Household(at.address, folder / "data", folder / "media", items, storages)


def _moved_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The household with its pictures, drawn small and read by a real worker: once for all workers of a run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "household.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes meanwhile waits
        if not (folder / "moved-in").exists():
            _move_in(folder / "moving-in")
            (folder / "moving-in").rename(folder / "moved-in")
    return folder / "moved-in"


def _move_in(folder: Path) -> None:
    draw(folder / "media", lambda done, total, path: None, detail=0.3)
    with opened(folder / "data") as hypomos:
        for person in HOUSEHOLD.people:
            accounts.add_person(
                OPERATOR, hypomos.passwords, person.login, password=PASSWORD, display=person.display,
                is_admin=person.admin,
            )  # fmt: skip
        for storage in HOUSEHOLD.storages:
            owner = accounts.find_user(storage.owner)
            root = str(folder / "media" / storage.folder)
            hypomos.connecting.add_local(OPERATOR, storage.name, root, owner=owner)
    with serving(folder / "data"):
        _read(folder / "data")


def _copy(first: Path, folder: Path) -> None:
    """Another household like it; by hard links, so that every file is known again by its number."""
    shutil.copytree(first / "media", folder / "media", copy_function=os.link)
    shutil.copytree(first / "data", folder / "data", ignore=shutil.ignore_patterns("run"))
    with opened(folder / "data"):
        for storage in Storage.select():
            root = str(folder / "media" / Path(storage.root).name)
            Storage.update(root=root).where(Storage.id == storage.id).execute()
        database.close()


def _read(data: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Wait until every storage was scanned completely; gives the items and storages of the first person."""
    with opened(data):
        deadline = time.monotonic() + WAIT_S
        while Storage.select().where(Storage.complete_at.is_null()).exists():
            assert time.monotonic() < deadline, "the scans take too long"
            time.sleep(0.2)
        first = accounts.find_user(HOUSEHOLD.people[0].login)
        items = dict(Item.select(Item.name, Item.pid).where(Item.owner == first).tuples())
        storages = dict(Storage.select(Storage.name, Storage.pid).where(Storage.owner == first).tuples())
        database.close()
    return items, storages

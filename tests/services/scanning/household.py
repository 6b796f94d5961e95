"""One person with one storage in memory and a scanner over it, for the tests of scanning."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from services import access, catalogue, clock
from services.background import Background
from services.errors import PutOff
from services.jobs import BY_PERSON, Jobs, Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Asset, DayCount, File, Item, Job, Storage, User
from services.precedence import Precedence
from services.scanning import Scanner
from services.storages.base import Storage as Adapter
from services.storages.memory import MemoryStorage
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """So many seconds pass; then the clock stands."""
    moment = clock.now() / clock.SECOND + seconds
    monkeypatch.setattr(clock, "source", lambda: moment)


class Household:
    """One person with one storage in memory, and a scanner over it."""

    def __init__(self, make: Make, data: Path, *, distant: bool = False, login: str = "anna") -> None:
        self.make = make
        self.anna: User = make.user(login)
        self.viewer = make.viewer(self.anna)
        self.storage: Storage = make.storage(self.anna, kind="memory")
        self.memory = MemoryStorage(distant=distant)
        self.pool, self.store = FakePool(), FakeStore()
        self.jobs = Jobs(lambda lane, job: None, "here")
        self.scanner = Scanner(
            adapter=lambda row: self.memory,
            pool=cast(DecoderPool, self.pool),
            store=cast(RenditionStore, self.store),
            jobs=self.jobs,
            data=data,
            readers=1,
            precedence=Precedence(data),
        )

    def use(self, adapter: Callable[[Storage], Adapter]) -> None:
        """Have the scanner reach storages by another way."""
        self.scanner._adapter = adapter
        self.scanner.background = Background(adapter, self.scanner._precedence)

    def run(self, *, priority: int = BY_PERSON, **payload: Any) -> Run:
        """The run of a fresh scan job, as its owner asks for it."""
        job = self.jobs.enqueue(
            "scan", payload=payload, priority=priority, storage_id=self.storage.id, user_id=self.anna.id
        )
        return claimed(self.jobs, job)

    def scan(self, **payload: Any) -> dict[str, Any]:
        run = self.run(**payload)
        try:
            result = self.scanner.scan(run)
        except PutOff as error:
            self.jobs.put_off(run.job, str(error), error.retry_after)
            raise
        self.jobs.finish(run.job, result)
        return result

    def read(self, **payload: Any) -> dict[str, Any]:
        """One job of reading what is far away."""
        job = self.jobs.enqueue("read", payload=payload, storage_id=self.storage.id, user_id=self.anna.id)
        run = claimed(self.jobs, job)
        result = self.scanner.read(run)
        self.jobs.finish(run.job, result)
        return result

    def read_all(self) -> None:
        """Read what is far away until nothing of it is left."""
        while self.read()["left"]:
            pass

    def settle(self) -> None:
        """Scan, and read whatever is left."""
        self.scan()
        self.read_all()

    def open_jobs(self, kind: str) -> list[Job]:
        """The jobs of a kind that wait."""
        return list(Job.select().where((Job.kind == kind) & (Job.state == "queued")).order_by(Job.id))

    def names(self) -> list[str]:
        return sorted(i.name for i in access.visible_items(self.viewer))

    def state(self, name: str) -> str:
        return catalogue.describe(self.viewer, [Item.get(Item.name == name)])[0].state

    def file(self, name: str) -> File:
        """The row of the file with this name."""
        return File.get(File.name == name)

    def roles(self, item: Item) -> list[str]:
        """The roles of an item's assets."""
        return sorted(a.role for a in Asset.select().where(Asset.item == item.id))

    def day_counts(self) -> dict[int, int]:
        """The stored counts by day."""
        return {d.day: d.n for d in DayCount.select()}

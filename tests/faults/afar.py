"""One person with a storage behind rclone, and everything that uses it: scanner, broker, filing."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from services import access, broker, catalogue, clock
from services.adapters import Adapters
from services.broker import Broker
from services.errors import HypomosError, PutOff, Unavailable
from services.filing import Filing, Journal, Transfers, Trashing, recover
from services.filing.hands import Hands
from services.filing.transferring import TRANSFER
from services.health import report_trip
from services.jobs import BY_PERSON, Jobs
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import (
    Asset,
    File,
    FileOperation,
    Folder,
    Item,
    Job,
    Storage,
    Tombstone,
    Trash,
    TrashFile,
)
from services.precedence import Precedence
from services.scanning import Scanner
from services.storages.base import Storage as Adapter
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed

MakeAdapter = Callable[[Storage], Adapter]

BOUND_S = 40.0
"""Nothing may take longer, whatever is broken: the daemon of these tests gives up after two seconds."""


class Afar:
    """Anna's storage under the name `remote` in rclone's configuration.

    Or of another `kind`; `adapter` makes what reaches it, where that is not made from its row alone.
    """

    def __init__(
        self, make: Make, data: Path, daemon: Daemon | None = None, remote: str = "", *, type: str = "",
        root: str = "", kind: str = "rclone", writable: bool = True, adapter: MakeAdapter | None = None,
        pool: DecoderPool | None = None, store: RenditionStore | None = None,
    ) -> None:  # fmt: skip
        self.anna = make.user()
        self.viewer = make.viewer(self.anna)
        options = {"type": type, "remote": remote} if kind == "rclone" else {}
        self.row: Storage = make.storage(self.anna, kind=kind, root=root, options=options, writable=writable)
        self._make, self._near_root = make, data / "near"
        self._near: Storage | None = None
        if adapter is not None:
            adapter = self._or_near(adapter)
        self.adapters = adapter or Adapters(daemon, data / "spool", on_trip=report_trip)
        """Of the worker, which scans; what people ask is answered by another process with its own."""
        self.serving = adapter or Adapters(daemon, data / "spool", on_trip=report_trip)
        self.jobs = Jobs(lambda lane, job: None, "here")
        self.store = store or cast(RenditionStore, FakeStore())
        self.precedence = Precedence(data)
        self.scanner = Scanner(
            adapter=self.adapters, pool=pool or cast(DecoderPool, FakePool()), store=self.store, jobs=self.jobs,
            data=data, readers=1, precedence=self.precedence,
        )  # fmt: skip
        self.absent: list[int] = []
        self.broker = Broker(self.serving, self.absent.append, threads=2)
        self.journal = Journal(data, "here")
        self.hands = Hands(self.serving, self.jobs, self.journal, self.store)
        self.filing = Filing(self.hands)
        self.trashing = Trashing(self.hands, days=30)
        self.transfers = Transfers(self.hands)

    def close(self) -> None:
        self.broker.close()
        self.journal.close()

    def forget(self) -> None:
        """Begin anew: nothing is known of the storage, as if it had just been connected."""
        for path in self._near_root.glob("*.jpg"):
            path.unlink()
        for table in (FileOperation, TrashFile, Trash, Tombstone, File, Asset, Item, Job):
            table.delete().execute()
        Folder.delete().where(Folder.path != "").execute()
        Storage.update(canaries=None, state="online", state_reason="", failures=0, retry_at=None).execute()

    # --- scanning

    @property
    def storage(self) -> Storage:
        """The row as it is now."""
        return Storage.get_by_id(self.row.id)

    @property
    def adapter(self) -> Any:
        return self.adapters(self.storage)

    def scan(self, **payload: Any) -> dict[str, Any]:
        return self._run("scan", payload)

    def wait_over(self) -> None:
        """The time has come for which the storage asked, or at which it is looked for again."""
        Storage.update(retry_at=clock.now() - 1).where(Storage.retry_at.is_null(False)).execute()

    def read(self) -> dict[str, Any]:
        """One job of reading."""
        return self._run("read", {"again": True})

    def settle(self) -> dict[str, Any]:
        """When it may be asked, scan, and read until nothing is left."""
        self.wait_over()
        result = self.scan()
        assert result["state"] == "online", result
        if not self.adapter.distant:
            return result  # what is near is read by the scan itself
        until = time.monotonic() + BOUND_S
        while self.read()["left"]:
            assert time.monotonic() < until, "it is never done with reading"
            time.sleep(0.2)  # what has just been written is left to settle
        return result

    def _run(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        Job.update(finished_at=1, state="done").where(Job.finished_at.is_null()).execute()
        run = claimed(
            self.jobs,
            self.jobs.enqueue(
                kind, payload=payload, priority=BY_PERSON, storage_id=self.row.id, user_id=self.anna.id
            ),
        )
        try:
            result: dict[str, Any] = getattr(self.scanner, kind)(run)
        except PutOff as error:
            self.jobs.put_off(run.job, str(error), error.retry_after)
            raise
        self.jobs.finish(run.job, result)
        return result

    # --- what a person sees

    def names(self) -> list[str]:
        return sorted(i.name for i in access.visible_items(self.viewer))

    def items(self) -> dict[str, str]:
        """Public ids by name."""
        return {i.name: i.pid for i in access.visible_items(self.viewer)}

    def states(self) -> dict[str, str]:
        """What is said of each item, by name."""
        items = list(access.visible_items(self.viewer))
        return {i.name: d.state for i, d in zip(items, catalogue.describe(self.viewer, items), strict=True)}

    def rows(self) -> dict[str, str]:
        """Presence by path."""
        files = File.select().where(File.storage == self.row)
        return {f"{f.folder.path}/{f.raw_name}".lstrip("/"): f.presence for f in files}

    def download(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of an original by way of the broker; raises what ended it."""
        pieces: list[bytes] = []
        self.stream(name, pieces, start, end)
        return b"".join(pieces)

    def stream(self, name: str, pieces: list[bytes], start: int = 0, end: int | None = None) -> None:
        """The same, with what came before the end in `pieces`."""
        item = Item.get((Item.name == name) & (Item.owner == self.anna))
        stream = self.broker.open(self.viewer, broker.original_of(self.viewer, item), start, end)

        async def run() -> None:
            async for chunk in stream:
                pieces.append(chunk)

        try:
            asyncio.run(run())
        finally:
            stream.close()

    def upload(self, path: str, data: bytes, **more: Any) -> Any:
        return self.filing.upload(self.viewer, self.row.pid, path, iter([data]), size=len(data), **more)

    def transfer(self, path: str) -> None:
        """Move a file to a folder of this machine, under a name that is free there; raises what kept it from that."""
        name = f"{secrets.token_hex(4)}.jpg"
        self._run_transfer(self.transfers.move(self.viewer, self.row.pid, path, self.near.pid, name))

    def empty(self) -> None:
        """Empty the trash; raises Unavailable when something had to be left."""
        Job.update(finished_at=1, state="done").where(Job.finished_at.is_null()).execute()
        run = claimed(self.jobs, self.trashing.empty(self.viewer))
        result = self.trashing.run(run)
        self.jobs.finish(run.job, result)
        if result["left"]:
            raise Unavailable("The storage did not answer in time.")

    def go_on(self) -> None:
        """Take up moves again that were interrupted, as the worker does."""
        Job.update(finished_at=1, state="done").where(Job.finished_at.is_null()).execute()
        self.transfers.resume("here")
        for job in list(Job.select().where((Job.kind == TRANSFER) & Job.finished_at.is_null())):
            with suppress(HypomosError):  # one that ends so is given up, with the file where it was
                self._run_transfer(job)

    @property
    def near(self) -> Storage:
        """Where files are moved to."""
        if self._near is None:
            self._near_root.mkdir()
            self._near = self._make.storage(self.anna, "Near", root=self._near_root, writable=True)
        return self._near

    def moved(self) -> list[bytes]:
        """What lies there."""
        return [path.read_bytes() for path in self._near_root.glob("*.jpg")]

    def _or_near(self, adapter: MakeAdapter) -> MakeAdapter:
        near = Adapters()
        return lambda row: adapter(row) if self._near is None or row.id != self._near.id else near(row)

    def _run_transfer(self, job: Job) -> None:
        run = claimed(self.jobs, job)
        try:
            self.jobs.finish(run.job, self.transfers.run(run))
        except HypomosError as error:
            self.jobs.fail(run.job, str(error), again=False)
            raise

    def recover(self) -> None:
        """As the worker does now and then."""
        recover(self.hands)

    def thrown(self) -> list[Trash]:
        return list(Trash.select().where(Trash.storage == self.row).order_by(Trash.id))


@contextmanager
def in_time(seconds: float = BOUND_S) -> Iterator[None]:
    """What happens inside ends within so many seconds."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds, f"it took {took:.0f} s"

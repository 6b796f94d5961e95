"""One person with two storages and everything that changes files in them, for the tests of filing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from services import access, catalogue, collections, sharing
from services.collections import Draft
from services.filing import Filing, Journal, Transfers, Trashing
from services.filing.hands import Hands
from services.jobs import Jobs, Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import File, Item, Job, Storage, User
from services.scanning import Scanner
from services.sharing import Terms
from services.storages import Storage as Adapter
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed

OLD_NS = 1_600_000_000_000_000_000


class Desk:
    """Anna's storages `one` and `two` (in memory, or folders below `base`), with a scanner over them."""

    def __init__(self, make: Make, data: Path, *, base: Path | None = None, writable: bool = True) -> None:
        self.make = make
        self.anna: User = make.user()
        self.viewer = make.viewer(self.anna)
        self.adapters: dict[int, Adapter] = {}
        self.one = self._storage("One", base, writable)
        self.two = self._storage("Two", base, writable)
        self.jobs = Jobs(lambda lane, job: None, "here")
        self.store = FakeStore()
        self.pool = FakePool()
        self.journal = Journal(data, "here")
        self.hands = self.new_hands(self.journal)
        self.filing = Filing(self.hands)
        self.trashing = Trashing(self.hands, days=30)
        self.transfers = Transfers(self.hands)
        self.scanner = Scanner(
            adapter=self.adapter, pool=cast(DecoderPool, self.pool), store=cast(RenditionStore, self.store),
            jobs=self.jobs, data=data, readers=1,
        )  # fmt: skip

    def _storage(self, name: str, base: Path | None, writable: bool) -> Storage:
        if base is None:
            row = self.make.storage(self.anna, name, kind="memory", writable=writable)
            self.adapters[row.id] = MemoryStorage(writable=writable)
            return row
        root = base / name
        root.mkdir()
        row = self.make.storage(self.anna, name, root=root, writable=writable)
        self.adapters[row.id] = LocalStorage(root, writable=writable)
        return row

    def adapter(self, row: Storage) -> Adapter:
        return self.adapters[row.id]

    def memory(self, row: Storage) -> MemoryStorage:
        found = self.adapters[row.id]
        assert isinstance(found, MemoryStorage)
        return found

    def new_hands(self, journal: Journal, adapter: Callable[[Storage], Adapter] | None = None) -> Hands:
        return Hands(adapter or self.adapter, self.jobs, journal, cast(RenditionStore, self.store))

    def put(self, path: str, data: bytes, *, row: Storage | None = None) -> None:
        """Put a file there, settled since long."""
        adapter = self.adapter(row or self.one)
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            if parts[depth - 1] not in {e.name for e in adapter.list("/".join(parts[: depth - 1])).entries}:
                adapter.make_folder("/".join(parts[:depth]))
        adapter.write(path, [data], size=len(data), mtime_ns=OLD_NS)

    def upload(self, path: str, data: bytes, **more: object):  # type: ignore[no-untyped-def]
        """Upload in two pieces."""
        given = {"size": len(data), "mtime_ns": OLD_NS, **more}
        return self.filing.upload(self.viewer, self.one.pid, path, iter([data[:3], data[3:]]), **given)  # type: ignore[arg-type]

    def read(self, path: str, row: Storage | None = None) -> bytes:
        with self.adapter(row or self.one).open_read(path) as handle:
            return handle.pread(0, handle.entry.size)

    def scan(self, row: Storage | None = None) -> dict[str, object]:
        """A whole scan of a storage."""
        return self._run(self.jobs.enqueue("scan", storage_id=(row or self.one).id, user_id=self.anna.id))

    def scan_after(
        self, call: str, row: Storage | None = None, also: Callable[[], object] = lambda: None
    ) -> None:
        """The next such call on a storage is followed by a whole scan, and by `also`, before its caller knows."""
        adapter = self.adapter(row or self.one)
        real = getattr(adapter, call)

        def and_scan(*args: Any, **more: Any) -> Any:
            done = real(*args, **more)
            setattr(adapter, call, real)
            self.scan(row)
            also()
            return done

        setattr(adapter, call, and_scan)

    def work(self) -> list[str]:
        """Run the jobs that are waiting, as a worker would; returns their kinds."""
        kinds = []
        while job := Job.select().where(Job.finished_at.is_null()).order_by(Job.id).first():
            kinds.append(job.kind)
            Job.update(run_after=0).where(Job.id == job.id).execute()
            self._run(job)
        return kinds

    def _run(self, job: Job) -> dict[str, object]:
        return self.carry_out(claimed(self.jobs, job))

    def carry_out(self, run: Run) -> dict[str, object]:
        """Run a job to its end, and say in its row how that was."""
        how = {
            "scan": self.scanner.scan, "read": self.scanner.read, "transfer": self.transfers.run,
            "purge": self.trashing.run,
        }  # fmt: skip
        try:
            result = how[run.job.kind](run)
        except Exception as error:
            self.jobs.fail(run.job, str(error), again=False)
            raise
        self.jobs.finish(run.job, result)
        return result

    def rows(self, row: Storage | None = None) -> dict[str, str]:
        """Paths of the file rows, with their presence."""
        files = File.select().where(File.storage == (row or self.one))
        return {f"{f.folder.path}/{f.raw_name}".lstrip("/"): f.presence for f in files}

    def items(self) -> dict[str, str]:
        """The listed items by name, with their public ids."""
        return {i.name: i.pid for i in access.visible_items(self.viewer)}

    def state(self, pid: str) -> str:
        return catalogue.describe(self.viewer, [Item.get(Item.pid == pid)])[0].state

    def agrees(self, row: Storage | None = None) -> bool:
        """Whether the rows say what the storage says, file by file."""
        row = row or self.one
        return set(self.rows(row)) == set(self.walk(row))

    def walk(self, row: Storage, path: str = "") -> list[str]:
        """The files that lie in a storage, without what Hypomos keeps there for itself."""
        found = []
        for entry in self.adapter(row).list(path).entries:
            if not entry.name.startswith(".hypomos"):
                found += self.walk(row, entry.path) if entry.is_dir else [entry.path]
        return found


def in_memory(make: Make, data: Path, *, distant: bool, tells: str = "") -> Desk:
    """Storages that tell ids, hashes, both, or neither, as with SFTP."""
    desk = Desk(make, data)
    for row in (desk.one, desk.two):
        desk.adapters[row.id] = memory = MemoryStorage(writable=True, distant=distant)
        memory.faults.no_ids, memory.faults.no_hashes = "ids" not in tells, "hashes" not in tells
    return desk


def shared(desk: Desk) -> Viewer:
    """All that there is, in a collection by hand which another sees."""
    ben = desk.make.viewer(desk.make.user("ben"))
    chosen = collections.create(desk.viewer, Draft("Chosen"))
    collections.add(desk.viewer, chosen.pid, list(desk.items().values()))
    sharing.offer(desk.viewer, chosen.pid, {"user": "ben"}, Terms())
    return ben

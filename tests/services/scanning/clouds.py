"""Clouds for tests: a storage far away and a fake provider's feed beside it, which name the same things alike.

What the owner does is done to both, so that listings and the feed tell the same story.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from services.models import File, Storage
from services.scanning import Follower
from services.scanning.following import CHANGES
from services.storages import paths
from services.storages.feeds import Feed
from services.storages.feeds.dropbox import DropboxFeed
from services.storages.feeds.googledrive import GoogleDriveFeed
from services.storages.feeds.onedrive import OneDriveFeed
from services.storages.memory import MemoryStorage, _Node
from tests.factories import Make
from tests.fakes import claimed
from tests.servers import google, microsoft
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.http import Reply
from tests.servers.microsoft import DRIVE, FakeMicrosoft
from tests.servers.signing_in import FakeSignIn
from tests.services.scanning.household import Household

MTIME = 1_700_000_000_000_000_000


class CloudMemory(MemoryStorage):
    """Files in memory with ids as the provider writes them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        super().__init__(distant=True)

    def _new_node(self, data: bytes | None, mtime_ns: int | None = None) -> _Node:
        node = super()._new_node(data, mtime_ns)
        node.id = self.prefix + node.id.replace(":", "-")
        return node

    def id(self, path: str) -> str:
        """The provider's own id of what lies at a path."""
        return self._nodes[path].id.removeprefix(self.prefix)

    def is_folder(self, path: str) -> bool:
        return self._nodes[path].data is None

    def below(self, path: str) -> list[str]:
        """What lies at a path and below it, from the top down."""
        return sorted(each for each in self._nodes if each and paths.is_within(each, path))

    def files(self) -> dict[str, str]:
        """Paths of all files, with their ids as listed."""
        return {path: node.id for path, node in self._nodes.items() if node.data is not None}

    def folders(self) -> list[str]:
        return sorted(path for path, node in self._nodes.items() if node.data is None)

    def lift(self, path: str) -> dict[str, _Node]:
        """Take away what lies at a path; `lay` brings it back with its ids."""
        return {each: self._nodes.pop(each) for each in self.below(path)}

    def lay(self, nodes: dict[str, _Node]) -> None:
        self._nodes |= nodes

    def shift(self, src: str, dst: str) -> None:
        """Move from outside."""
        self._rename(src, dst)


class Cloud(ABC):
    """What an owner does in their cloud."""

    server: FakeSignIn
    prefix = ""

    def __init__(self) -> None:
        self.memory = CloudMemory(self.prefix)
        self.tokens = ["good"]
        self.thrown: list[tuple[str, dict[str, _Node]]] = []
        self.ever_thrown: set[str] = set()

    def token(self) -> str:
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]

    @abstractmethod
    def feed(self) -> Feed:
        """A new feed of it."""

    @abstractmethod
    def expire(self) -> None:
        """Make all cursors worthless."""

    @abstractmethod
    def tell_put(self, path: str) -> None: ...
    @abstractmethod
    def tell_moved(self, src: str, dst: str) -> None: ...
    @abstractmethod
    def tell_deleted(self, path: str, ids: dict[str, str]) -> None: ...
    @abstractmethod
    def tell_restored(self, path: str) -> None: ...

    def put(self, path: str, data: bytes | None) -> None:
        """Add or edit a file, or make a folder (None), with the folders above it."""
        above = paths.parent(path)
        if above and above not in self.memory.folders():
            self.put(above, None)
        self.memory.put(path, data, mtime_ns=MTIME)
        self.tell_put(path)

    def move(self, src: str, dst: str) -> None:
        """Move or rename a file or folder; the folder it goes to is there."""
        self.memory.shift(src, dst)
        self.tell_moved(src, dst)

    def delete(self, path: str) -> None:
        """Into the provider's trash, with all below."""
        ids = {each: self.memory.id(each) for each in self.memory.below(path)}
        self.thrown.append((path, self.memory.lift(path)))
        self.ever_thrown |= {node.id for node in self.thrown[-1][1].values()}
        self.tell_deleted(path, ids)

    def restore(self) -> None:
        """What was deleted last is back at its place."""
        path, nodes = self.thrown.pop()
        self.memory.lay(nodes)
        self.tell_restored(path)

    def pages_of(self, size: int) -> None:
        """How many changes a page of the feed has."""
        self.server.page_size = size  # type: ignore[attr-defined]

    def fault(self, reply: Reply) -> None:
        """Answer the next request for changes so."""
        self.server.fault(self.changes_path, reply)

    @property
    @abstractmethod
    def changes_path(self) -> str: ...


class OneDrive(Cloud):
    prefix = f"{DRIVE}#"
    server: FakeMicrosoft

    def __init__(self, server: FakeMicrosoft) -> None:
        super().__init__()
        self.server = server

    def feed(self) -> Feed:
        return OneDriveFeed(DRIVE, self.token, api=self.server.address + "/v1.0", deadline_s=20)

    @property
    def changes_path(self) -> str:
        return f"/v1.0/drives/{DRIVE}/root/delta"

    def expire(self) -> None:
        self.server.log.append(next(iter(self.server.items)))
        self.server.oldest = len(self.server.log)

    def tell_put(self, path: str) -> None:
        above = paths.parent(path)
        parent = self.memory.id(above) if above else microsoft.ROOT
        self.server.put(self.memory.id(path), paths.leaf(path), parent, folder=self.memory.is_folder(path))

    def tell_moved(self, src: str, dst: str) -> None:
        self.tell_put(dst)

    def tell_deleted(self, path: str, ids: dict[str, str]) -> None:
        self.server.delete(ids[path])

    def tell_restored(self, path: str) -> None:
        for each in self.memory.below(path):
            self.tell_put(each)


class GoogleDrive(Cloud):
    server: FakeGoogle

    def __init__(self, server: FakeGoogle) -> None:
        super().__init__()
        self.server = server

    def feed(self) -> Feed:
        return GoogleDriveFeed(self.token, api=self.server.address + "/drive/v3", deadline_s=20)

    @property
    def changes_path(self) -> str:
        return "/drive/v3/changes"

    def expire(self) -> None:
        self.server.rejected |= {str(n) for n in range(len(self.server.log) + 1)}
        self.server.log.append("nobody")

    def tell_put(self, path: str) -> None:
        above = paths.parent(path)
        parent = self.memory.id(above) if above else google.ROOT
        self.server.put(self.memory.id(path), paths.leaf(path), parent, folder=self.memory.is_folder(path))

    def tell_moved(self, src: str, dst: str) -> None:
        self.tell_put(dst)

    def tell_deleted(self, path: str, ids: dict[str, str]) -> None:
        self.server.trash(ids[path])

    def tell_restored(self, path: str) -> None:
        """Only the folder itself is a change."""
        for each in self.memory.below(path):
            self.server.files[self.memory.id(each)].trashed = False
        self.server.log.append(self.memory.id(path))


class Dropbox(Cloud):
    prefix = "id:"
    server: FakeDropbox

    def __init__(self, server: FakeDropbox) -> None:
        super().__init__()
        self.server = server
        self.shouts = False

    def feed(self) -> Feed:
        at = self.server.address
        return DropboxFeed(self.token, api=at, notify=at, deadline_s=20)

    @property
    def changes_path(self) -> str:
        return "/2/files/list_folder/continue"

    def expire(self) -> None:
        self.server.reset()

    def written(self, path: str) -> str:
        """The folders above may be written in any case."""
        above, leaf = paths.parent(path), paths.leaf(path)
        return f"/{paths.join(above.upper() if self.shouts else above, leaf)}"

    def tell_put(self, path: str) -> None:
        self.server.put(self.written(path), self.memory.id(path), folder=self.memory.is_folder(path))

    def tell_moved(self, src: str, dst: str) -> None:
        self.server.delete(self.written(src))
        self.tell_restored(dst)

    def tell_deleted(self, path: str, ids: dict[str, str]) -> None:
        self.server.delete(self.written(path))

    def tell_restored(self, path: str) -> None:
        for each in self.memory.below(path):
            self.tell_put(each)


class Followed(Household):
    """One person with a cloud that is followed."""

    def __init__(self, make: Make, data: Path, cloud: Cloud, type: str) -> None:
        super().__init__(make, data, distant=True)
        self.cloud, self.memory = cloud, cloud.memory
        Storage.update(options={"type": type, "remote": "h_1"}, kind="rclone").execute()
        self.scanner._open_feed = lambda row: cloud.feed()
        self.use(self.adapter)
        self.follower = Follower(self.scanner, lambda row: cloud.feed(), self.jobs)

    def adapter(self, row: Storage) -> CloudMemory:
        """As `Adapters`: made anew when the row says that it is known by something else."""
        if row.canaries is None:
            self.memory._expected = None
        return self.cloud.memory

    def follow(self) -> dict[str, Any]:
        """One job of working in what the provider tells."""
        job = self.jobs.enqueue(CHANGES, storage_id=self.storage.id, user_id=self.anna.id)
        run = claimed(self.jobs, job)
        result = self.follower.run(run)
        self.jobs.finish(run.job, result)
        return result

    @property
    def row(self) -> Storage:
        return Storage.get_by_id(self.storage.id)

    def present(self) -> dict[str, str]:
        """Paths of the files that are there as far as the catalogue knows, with their ids."""
        return {
            paths.join(f.folder.path, f.raw_name): f.provider_id
            for f in File.select().where(File.presence == "present")
        }

    def presence(self, name: str) -> str:
        return str(self.file(name).presence)

"""A small album on each real server, end to end: scanned, read, changed behind its back and by its owner."""

import io
import json
import os
import secrets
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from services.errors import HypomosError
from services.media.distant import Source
from services.media.limits import Limits
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, Hints
from services.models import Asset, File, Item
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from services.storages.rclone.daemon import READY
from tests.factories import Make
from tests.fakes import photo
from tests.faults.afar import Afar
from tests.faults.conftest import reach
from tests.servers import storages
from tests.servers.faults import FaultServer
from tests.servers.storages import Remote
from tests.services.media.metadata_samples import exif, film
from tests.services.storages.rclone.conftest import end

OLD_NS = 1_600_000_000 * 10**9
SERVERS = ("alias", "webdav", "ftp", "samba", "sftp", "openssh", "s3", "moto", "azurite")
SAMPLE = ("openssh", "azurite")
"""In every run; the others as well with --all."""

MARKED = [
    pytest.param(
        name,
        marks=[
            *([] if name in SAMPLE else [pytest.mark.matrix]),
            *([pytest.mark.needs("openssh-server")] if name == "openssh" else []),
            *([pytest.mark.needs("samba"), storages.AS_ROOT] if name == "samba" else []),
        ],
    )
    for name in SERVERS
]


def noise(width: int, height: int, seed: int) -> Image.Image:
    """A picture that does not get small."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def taken(when: str) -> bytes:
    return exif(inner={0x9003: when})


def jpeg(seed: int, when: str, size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    noise(*size, seed).save(out, "JPEG", quality=90, exif=b"Exif\0\0" + taken(when))
    return out.getvalue()


def heic(seed: int, when: str, size: tuple[int, int] = (256, 256), quality: int = 60) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(noise(*size, seed)).save(out, quality=quality, exif=b"Exif\0\0" + taken(when))
    return out.getvalue()


@pytest.fixture(scope="module")
def album() -> dict[str, bytes]:
    video = film("mp4", "h264", tags={"creation_time": "2024-05-03T10:00:00Z"})
    assert video.index(b"moov") > video.index(b"mdat"), "its index is at the end"
    return {
        "one.jpg": jpeg(1, "2024:05:01 10:00:00"),
        "trip/two.jpg": jpeg(2, "2024:05:02 10:00:00"),
        "trip/three.heic": heic(3, "2024:05:02 11:00:00"),
        "trip/clip.mp4": video,
        "trip/deep/four.jpg": jpeg(4, "2024:05:04 10:00:00"),
    }


DAYS = {
    "one.jpg": 20240501,
    "two.jpg": 20240502,
    "three.heic": 20240502,
    "clip.mp4": 20240503,
    "four.jpg": 20240504,
}


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    made = DecoderPool(1, Limits(memory=512 << 20))
    yield made
    made.close()


class Behind:
    """The hand that changes a storage behind our back: rclone itself, by way of another name."""

    keeps_empty_folders = True

    def __init__(self, daemon: Daemon, name: str, root: str) -> None:
        self._daemon = daemon
        self._fs = f"{name}:/" if root.startswith("/") else f"{name}:"
        self._root = root.strip("/")

    def at(self, path: str) -> str:
        return f"{self._root}/{path}".strip("/")

    def put(self, path: str, data: bytes) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "put"
            file.write_bytes(data)
            os.utime(file, ns=(OLD_NS, OLD_NS))
            self._call(
                "operations/copyfile", srcFs=folder, srcRemote="put", dstFs=self._fs, dstRemote=self.at(path)
            )

    def move(self, src: str, dst: str) -> None:
        self._call(
            "operations/movefile",
            srcFs=self._fs,
            srcRemote=self.at(src),
            dstFs=self._fs,
            dstRemote=self.at(dst),
        )

    def take(self, path: str) -> None:
        self._call("operations/deletefile", fs=self._fs, remote=self.at(path))

    def _call(self, method: str, **params: Any) -> None:
        self._daemon.call(method, **params)


class Servers:
    """Running servers, each started when first needed."""

    def __init__(self, scratch: Path, stack: ExitStack, daemon: Daemon) -> None:
        self._scratch, self._stack, self.daemon = scratch, stack, daemon
        self._running: dict[str, tuple[str, Remote]] = {}

    def remote(self, server: str) -> tuple[str, Remote]:
        if server not in self._running:
            scratch = self._scratch / server
            scratch.mkdir()
            remote: Remote = self._stack.enter_context(getattr(storages, server)(scratch))
            name = f"h_{secrets.token_hex(4)}"
            self.daemon.call(
                "config/create", name=name, type=remote.type, parameters=dict(remote.options),
                opt={"nonInteractive": True, "obscure": True},
            )  # fmt: skip
            if remote.folder is None:
                self.daemon.call("operations/mkdir", fs=f"{name}:", remote=remote.root)
            self._running[server] = (name, remote)
        return self._running[server]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(tmp_path_factory.mktemp("rclone"), password="test", policy=HostPolicy(["127.0.0.0/8"]))
    yield made
    made.close()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, patient: Daemon) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path_factory.mktemp("servers"), stack, patient)


@pytest.fixture(params=MARKED)
def served(
    request: pytest.FixtureRequest, servers: Servers, make: Make, data: Path, pool: DecoderPool
) -> Iterator[tuple[Afar, Behind]]:
    """A person with an empty folder on a server, and the hand behind it."""
    name, remote = servers.remote(request.param)
    root = f"{remote.root}/{secrets.token_hex(4)}" if remote.root else secrets.token_hex(4)
    servers.daemon.call(
        "operations/mkdir", fs=f"{name}:/" if root.startswith("/") else f"{name}:", remote=root.strip("/")
    )
    store = RenditionStore(data / "renditions", view_bytes=1 << 20)
    afar = Afar(make, data, servers.daemon, name, type=remote.type, root=root, pool=pool, store=store)
    behind = Behind(servers.daemon, name, root)
    behind.keeps_empty_folders = request.param != "s3"  # rclone's server takes no marker of a folder
    yield afar, behind
    afar.close()


def item(name: str) -> Item:
    return Item.get(Item.name == name)


def test_an_album_end_to_end(served: tuple[Afar, Behind], album: dict[str, bytes]) -> None:
    afar, behind = served
    for path, data in album.items():
        behind.put(path, data)
    afar.settle()
    assert {i.name: i.day for i in Item.select()} == DAYS
    assert set(afar.states().values()) == {"online"}
    for path, data in album.items():
        name = path.rpartition("/")[2]
        asset = Asset.get_by_id(item(name).cover_id)
        assert afar.store.get(bytes(asset.sha256).hex(), GRID), f"{name} has no rendition"
        assert afar.download(name) == data
        middle = len(data) // 2
        assert afar.download(name, middle, middle + 99) == data[middle : middle + 100]
        assert afar.download(name, len(data) - 1) == data[-1:]
    behind_its_back(afar, behind, album)
    if behind.keeps_empty_folders:
        afar.filing.make_folder(afar.viewer, afar.row.pid, "mine")
    else:
        behind.put("mine/first.jpg", jpeg(9, "2024:05:06 10:00:00"))
        afar.settle()
    by_its_owner(afar, album)


def behind_its_back(afar: Afar, behind: Behind, album: dict[str, bytes]) -> None:
    before = afar.items()
    edited, new = jpeg(40, "2024:05:01 10:00:00", (310, 200)), jpeg(5, "2024:05:05 10:00:00")
    behind.put("one.jpg", edited)
    behind.move("trip/two.jpg", "trip/deep/renamed.jpg")
    behind.take("trip/deep/four.jpg")
    behind.put("trip/five.jpg", new)
    afar.settle()
    after = afar.items()
    assert after["one.jpg"] == before["one.jpg"], "an edited file is the same item"
    assert afar.download("one.jpg") == edited
    assert before["two.jpg"] in after.values(), "a renamed file is the same item"
    assert afar.download("five.jpg") == new
    assert set(before.values()) <= set(after.values()), "nothing is forgotten"
    assert len(after) == len(before) + 1
    assert afar.states()["four.jpg"] == "offline"
    assert afar.rows()["trip/deep/four.jpg"] == "suspect"
    moved = next(name for name, pid in after.items() if pid == before["two.jpg"])
    assert afar.states()[moved] == "online"
    assert afar.download(moved) == album["trip/two.jpg"]
    behind.put("trip/deep/four.jpg", album["trip/deep/four.jpg"])
    afar.settle()
    assert afar.items() == after
    assert set(afar.states().values()) == {"online"}


def by_its_owner(afar: Afar, album: dict[str, bytes]) -> None:
    viewer, storage = afar.viewer, afar.row.pid
    mine, newer = jpeg(6, "2024:05:06 10:00:00"), jpeg(7, "2024:05:06 10:00:00")
    afar.upload("mine/six.jpg", mine)
    assert is_there(afar, "mine/six.jpg", mine)
    version = afar.upload("mine/six.jpg", newer, taken="replace").version
    assert version is not None, "the old bytes are a version in the trash"
    assert is_there(afar, "mine/six.jpg", newer)
    (back,) = afar.trashing.restore(viewer, version.pid)
    assert is_there(afar, back.path, mine)
    assert is_there(afar, "mine/six.jpg", newer)
    afar.settle()
    pid = afar.items()["three.heic"]
    thrown = afar.filing.delete(viewer, storage, "trip/three.heic")
    assert "trip/three.heic" not in afar.rows()
    (back,) = afar.trashing.restore(viewer, thrown.pid)
    assert is_there(afar, "trip/three.heic", album["trip/three.heic"])
    assert afar.items()["three.heic"] == pid, "what comes back is the item it was"
    folder = afar.filing.delete(viewer, storage, "mine")
    assert not [path for path in afar.rows() if path.startswith("mine/")]
    afar.trashing.restore(viewer, folder.pid)
    assert is_there(afar, "mine/six.jpg", newer)
    assert afar.filing.move(viewer, storage, "mine", "renamed") == "renamed"
    assert is_there(afar, "renamed/six.jpg", newer)
    afar.settle()
    assert afar.items()["three.heic"] == pid
    absent = {path for path, state in afar.rows().items() if state != "present"}
    assert absent <= {"trip/two.jpg"}, "where nothing proves a rename, the old place stays for a day"
    gone = afar.filing.delete(viewer, storage, "renamed/six.jpg")
    afar.trashing.delete(viewer, gone.pid)
    with pytest.raises(HypomosError):
        afar.trashing.restore(viewer, gone.pid)


def is_there(afar: Afar, path: str, data: bytes) -> bool:
    """Whether a file has these bytes, in the storage and in the catalogue."""
    with afar.adapter.open_read(path) as handle:
        return afar.rows().get(path) == "present" and handle.pread(0, len(data) + 1) == data


@pytest.mark.parametrize("kind", ["jpg", "heic"])
def test_metadata_of_a_large_picture_costs_little(
    server: FaultServer, daemon: Daemon, make: Make, data: Path, pool: DecoderPool, kind: str
) -> None:
    picture = jpeg(8, "2024:05:08 10:00:00", (2600, 1900))
    if kind == "heic":  # as large by a box that says nothing: an encoder takes long for it
        spare = np.random.default_rng(8).bytes(5_000_000)
        small = heic(8, "2024:05:08 10:00:00")
        picture = small + struct.pack(">I4s", len(spare) + 8, b"free") + spare
    assert len(picture) > 4_000_000
    server.put(f"/large.{kind}", picture)
    store = RenditionStore(data / "renditions", view_bytes=1 << 20)
    afar = Afar(make, data, daemon, reach(daemon, server), type="webdav", pool=pool, store=store)
    afar.scan()
    server.counts.reset()
    row = File.get()
    with afar.adapter.open_read(row.raw_name) as handle:
        glance = pool.glance(Source(handle.pread, row.size), Hints(name=row.name))
    assert glance.metadata.taken.local is not None
    assert server.counts.sent < 256 * 1024
    afar.close()


def processes(data: Path) -> dict[str, int]:
    told = json.loads((data / "run" / READY).read_text())
    return {"rclone": told["rclone"], "keeper": told["keeper"]}


@pytest.mark.parametrize("victim", ["rclone", "keeper"])
def test_a_process_killed_in_the_middle_loses_nothing(
    server: FaultServer, tmp_path: Path, make: Make, data: Path, victim: str
) -> None:
    big = np.random.default_rng(9).bytes(24_000_000)
    server.put("/big.bin.jpg", big)
    for n in range(12):
        server.put(f"/f{n}/{n}.jpg", photo(n=n))
    (tmp_path / "own").mkdir()
    daemon = Daemon(tmp_path / "own", password="test", policy=HostPolicy(["127.0.0.0/8"]))
    afar = Afar(make, data, daemon, reach(daemon, server), type="webdav")
    server.slow_s = 0.05
    killer = threading.Timer(0.3, lambda: os.kill(processes(tmp_path / "own")[victim], signal.SIGKILL))
    killer.start()
    afar.scan()
    killer.join()
    server.slow_s = 0.0
    until = time.monotonic() + 60
    while afar.scan()["state"] != "online":
        assert time.monotonic() < until
    assert set(afar.rows().values()) == {"present"}
    assert len(afar.rows()) == 13
    pieces: list[bytes] = []
    watcher = threading.Thread(target=kill_when, args=(pieces, processes(tmp_path / "own")[victim]))
    watcher.start()
    with suppress(HypomosError):
        afar.stream("big.bin.jpg", pieces)
        assert b"".join(pieces) == big, "it ended as if whole"
    watcher.join()
    assert big.startswith(b"".join(pieces))
    while afar.scan()["state"] != "online":
        assert time.monotonic() < until
    assert afar.download("big.bin.jpg") == big
    assert set(afar.rows().values()) == {"present"}
    afar.close()
    daemon.close()
    end(tmp_path / "own")


def kill_when(pieces: list[bytes], pid: int) -> None:
    """Kill a process when some of a stream has come."""
    while len(pieces) < 5:
        time.sleep(0.001)
    with suppress(ProcessLookupError):  # a daemon whose keeper was killed ends by itself
        os.kill(pid, signal.SIGKILL)

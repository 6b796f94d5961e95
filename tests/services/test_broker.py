"""The door to bytes: checked at the opening and before each chunk, cut when the right ends."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from services import broker as brokers
from services import clock
from services.broker import BLOCK, COMING, LOCAL_CHUNK, REMOTE_CHUNK, TURN, Broker, Original, Revoked, Stream
from services.errors import Changed, NotFound, StorageNotFound, Unavailable
from services.models import Asset, Credential, File, Item, Storage, User, counters, database, transaction
from services.precedence import Precedence
from services.storages.base import Handle
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage, _MemoryHandle
from services.storages.values import Entry
from services.viewers import Proof, Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

CONTENT = bytes(range(256)) * 4096 * 3  # three megabytes
CHUNKS = len(CONTENT) // REMOTE_CHUNK
"""Of it, when it comes from afar."""


class Home:
    """One person with one real folder and a broker over it."""

    def __init__(self, make: Make, folder: Path) -> None:
        self.make = make
        self.folder = folder
        (folder / "a.bin").write_bytes(CONTENT)
        self.anna: User = make.user()
        token = Credential.create(pid="t", user=self.anna, kind="app", secret="t", scopes=[], created_at=0)
        self.viewer: Viewer = make.viewer(self.anna, proof=Proof("credential", token.id))
        self.storage: Storage = make.storage(self.anna, root=folder)
        self.file: File = make.file(self.storage, "a.bin", size=len(CONTENT))
        self.absent: list[int] = []
        self.broker = Broker(lambda row: LocalStorage(row.root), self.absent.append)

    @property
    def original(self) -> Original:
        return brokers.describe_file(File.get_by_id(self.file.id))


@pytest.fixture
def home(make: Make, tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "photos"
    folder.mkdir()
    home = Home(make, folder)
    yield home
    home.broker.close()


def collect(stream: Stream) -> bytes:
    async def run() -> bytes:
        return b"".join([chunk async for chunk in stream])

    try:
        return asyncio.run(run())
    finally:
        stream.close()


def test_the_whole_file_and_any_part_of_it(home: Home) -> None:
    assert collect(home.broker.open(home.viewer, home.original)) == CONTENT
    assert collect(home.broker.open(home.viewer, home.original, 5, 9)) == CONTENT[5:10]
    assert collect(home.broker.open(home.viewer, home.original, len(CONTENT) - 1)) == CONTENT[-1:]


@pytest.mark.parametrize("span", [(-1, 5), (5, 2), (0, len(CONTENT)), (len(CONTENT), None)])
def test_a_range_outside_is_an_error(home: Home, span: tuple[int, int | None]) -> None:
    with pytest.raises(ValueError, match="are not in a file"):
        home.broker.open(home.viewer, home.original, *span)


def test_an_empty_file(home: Home) -> None:
    (home.folder / "e").write_bytes(b"")
    file = home.make.file(home.storage, "e", size=0)
    assert collect(home.broker.open(home.viewer, brokers.describe_file(file))) == b""


def test_nobody_else_opens_it(home: Home) -> None:
    ben = home.make.viewer(home.make.user("ben"))
    admin = home.make.viewer(home.make.user("admin", is_admin=True))
    for viewer in (ben, admin):
        with pytest.raises(NotFound):
            home.broker.open(viewer, home.original)


def revoke_token() -> None:
    with transaction():
        Credential.update(revoked_at=1).execute()
        counters.bump_policy()


def disable_person() -> None:
    with transaction():
        User.update(active=False).execute()
        counters.bump_policy()


def remove_storage() -> None:
    with transaction():
        Storage.update(removed_at=1).execute()
        counters.bump_policy()


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
@pytest.mark.parametrize("after", [1, 5])
def test_a_running_stream_is_cut_before_its_next_chunk(home: Home, end, after: int) -> None:  # type: ignore[no-untyped-def]
    stream = home.broker.open(home.viewer, home.original)
    got: list[bytes] = []

    async def run() -> None:
        async for chunk in stream:
            got.append(chunk)
            if len(got) == after:
                end()

    with pytest.raises(Revoked):
        asyncio.run(run())
    stream.close()
    assert len(got) == after
    with pytest.raises(NotFound):
        home.broker.open(home.viewer, home.original)


def test_streams_are_counted_until_they_are_closed_or_cut(home: Home) -> None:
    traffic = home.broker.traffic
    first, second = (home.broker.open(home.viewer, home.original) for _ in range(2))
    assert (traffic.running, traffic.cut) == (2, 0)
    first.close()
    first.close()
    assert (traffic.running, traffic.cut) == (1, 0)
    revoke_token()
    with pytest.raises(Revoked):
        collect(second)
    with pytest.raises(NotFound):
        home.broker.open(home.viewer, home.original)
    assert (traffic.running, traffic.cut) == (0, 1)


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
def test_a_short_part_is_read_at_once_and_checked_after_the_read(home: Home, end) -> None:  # type: ignore[no-untyped-def]
    assert not home.broker.open(home.viewer, home.original, 0, LOCAL_CHUNK).is_short
    with closing(home.broker.open(home.viewer, home.original, 5, LOCAL_CHUNK + 4)) as stream:
        assert stream.is_short
        assert stream.read_short() == CONTENT[5 : LOCAL_CHUNK + 5]
        end()
        with pytest.raises(Revoked):
            stream.read_short()


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
def test_a_right_that_ends_while_the_storage_opens_is_noticed(home: Home, end) -> None:  # type: ignore[no-untyped-def]
    def opening(row: Storage) -> LocalStorage:
        end()
        return LocalStorage(row.root)

    broker = Broker(opening, home.absent.append)
    with closing(broker.open(home.viewer, home.original, 0, 9)) as stream, pytest.raises(Revoked):
        stream.read_short()
    broker.close()


def test_a_right_that_ends_during_a_read_lets_nothing_of_it_out(home: Home) -> None:
    """A slow storage: the right is asked for after the bytes have come."""
    stream = home.broker.open(home.viewer, home.original)
    handle = stream._handle
    got: list[bytes] = []

    class Slow:
        def came(self, position: int, length: int) -> bytes | None:
            return None

        def comes(self, position: int) -> bool:
            return False

        def pread(self, position: int, length: int) -> bytes:
            data = handle.pread(position, length)
            revoke_token()
            return bytes(data)

    stream._handle = cast(Any, Slow())

    async def run() -> None:
        async for chunk in stream:
            got.append(chunk)

    with pytest.raises(Revoked):
        asyncio.run(run())
    handle.close()
    assert got == []


def test_the_original_of_an_item_is_for_who_may_read_it(home: Home) -> None:
    item = home.make.item(home.anna)
    asset = home.make.asset(item, CONTENT)
    File.update(asset=asset).where(File.id == home.file.id).execute()
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    item = Item.get_by_id(item.id)
    assert brokers.original_of(home.viewer, item).file_id == home.file.id
    ben = home.make.viewer(home.make.user("ben"))
    for given in ((ben, item), (ben, item, asset)):
        with pytest.raises(NotFound):
            brokers.original_of(*given)


@pytest.mark.parametrize("while_reading", [False, True])
@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
def test_what_was_read_ahead_stays_here_when_the_right_ends(
    home: Home, monkeypatch: pytest.MonkeyPatch, end: Callable[[], None], while_reading: bool
) -> None:
    """Also where it ends in another thread right after the check behind the read."""
    real, got = Stream._read, 0

    def ending(self: Stream, position: int, length: int) -> list[bytes]:
        read = real(self, position, length)
        end()
        return read

    if while_reading:
        monkeypatch.setattr(Stream, "_read", ending)

    async def run() -> None:
        nonlocal got
        async for chunk in home.broker.open(home.viewer, home.original):
            got += len(chunk)
            if not while_reading:
                end()

    with pytest.raises(Revoked):
        asyncio.run(run())
    assert got == LOCAL_CHUNK


def test_a_change_of_rights_that_does_not_concern_the_stream_lets_it_go_on(home: Home) -> None:
    stream = home.broker.open(home.viewer, home.original)

    async def run() -> bytes:
        data = b""
        async for chunk in stream:
            data += chunk
            with transaction():
                counters.bump_policy()
        return data

    assert asyncio.run(run()) == CONTENT
    stream.close()


def test_a_stream_ends_with_the_proof_by_the_clock(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = home.make.viewer(home.anna, not_after=clock.now() + clock.HOUR)
    stream = home.broker.open(viewer, home.original)

    async def run() -> None:
        async for _ in stream:
            monkeypatch.setattr(clock, "source", lambda: 1e12)

    with pytest.raises(Revoked):
        asyncio.run(run())
    stream.close()


def share(home: Home, **more: Any) -> Viewer:
    """Ben, to whom anna shares the file as an original."""
    item = home.make.item(home.anna)
    File.update(asset=home.make.asset(item)).where(File.id == home.file.id).execute()
    ben = home.make.user("ben")
    home.make.grant(home.make.share(home.make.collection(home.anna, items=[item])), user=ben, **more)
    return home.make.viewer(ben)


@pytest.mark.parametrize("afar", [False, True])
def test_a_stream_ends_with_the_grant_by_the_clock(
    home: Home, far: Broker, monkeypatch: pytest.MonkeyPatch, afar: bool
) -> None:
    """Nothing is written when a grant runs out, so no counter tells."""
    end = clock.now() + clock.HOUR
    viewer, got = share(home, expires_at=end), 0
    stream = (far if afar else home.broker).open(viewer, home.original)

    async def run() -> None:
        nonlocal got
        async for _ in stream:
            got += 1
            if got == 2:
                monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)

    with pytest.raises(Revoked):
        asyncio.run(run())
    stream.close()
    assert got == 2


def test_a_grant_of_others_that_runs_out_lets_a_stream_go_on_to_its_own_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [clock.now() + clock.HOUR, clock.now() + 2 * clock.HOUR]
    viewer, got = share(home, expires_at=ends[1]), 0
    other = home.make.share(home.make.collection(home.anna))
    home.make.grant(other, user=home.make.user("cleo"), expires_at=ends[0])
    stream = home.broker.open(viewer, home.original)

    def wait_for(end: int) -> None:
        monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)

    async def run() -> None:
        nonlocal got
        async for _ in stream:
            got += 1
            if got in {2, 4}:
                wait_for(ends[got // 2 - 1])

    with pytest.raises(Revoked):
        asyncio.run(run())
    stream.close()
    assert got == 4


def test_a_file_of_another_size_is_never_begun(home: Home) -> None:
    original = home.original
    (home.folder / "a.bin").write_bytes(CONTENT + b"more")
    with pytest.raises(Changed):
        home.broker.open(home.viewer, original)
    assert home.absent == [home.file.id]


def test_a_file_that_shrinks_while_it_is_read_is_never_ended_as_whole(home: Home) -> None:
    stream = home.broker.open(home.viewer, home.original)

    async def run() -> None:
        async for _ in stream:
            (home.folder / "a.bin").write_bytes(b"short")

    with pytest.raises(Changed):
        asyncio.run(run())
    stream.close()


def test_another_place_with_the_same_bytes_serves_when_the_first_cannot(home: Home) -> None:
    item = home.make.item(home.anna)
    asset = home.make.asset(item, CONTENT)
    sha = hashlib.sha256(CONTENT).digest()
    (home.folder / "copy.bin").write_bytes(CONTENT)
    File.update(asset=asset, sha256=sha, read_state="done").where(File.id == home.file.id).execute()
    home.make.file(home.storage, "copy.bin", size=len(CONTENT), asset=asset, sha256=sha, read_state="done")
    original = home.original
    (home.folder / "a.bin").unlink()
    assert collect(home.broker.open(home.viewer, original)) == CONTENT
    assert home.absent == [home.file.id]


SHA = hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize(
    "why", ["of somebody else", "in a removed storage", "with other bytes", "changed since", "missing"]
)
def test_a_copy_that_must_not_serve(home: Home, why: str) -> None:
    """The first place is gone, and beside it lies a file that says it is the same."""
    asset = home.make.asset(home.make.item(home.anna), CONTENT)
    File.update(asset=asset, sha256=SHA, read_state="done").where(File.id == home.file.id).execute()
    owner = home.make.user("ben") if why == "of somebody else" else home.anna
    storage = home.make.storage(owner, "Copies", root=home.folder)
    sha = bytes(32) if why == "with other bytes" else SHA
    gone: dict[str, Any] = {"presence": "missing", "absent_since": 1} if why == "missing" else {}
    state = "pending" if why == "changed since" else "done"
    (home.folder / "copy.bin").write_bytes(CONTENT)
    home.make.file(storage, "copy.bin", size=len(CONTENT), asset=asset, sha256=sha, read_state=state, **gone)
    if why == "in a removed storage":
        Storage.update(removed_at=1).where(Storage.id == storage.id).execute()
    original = home.original
    (home.folder / "a.bin").unlink()
    with pytest.raises(StorageNotFound, match=r"a\.bin"):
        home.broker.open(home.viewer, original)
    assert home.absent == [home.file.id]


def test_what_changed_since_it_was_read_is_its_owners_alone(home: Home) -> None:
    """It may be another picture, which was never shared, under the name of this one: nobody has looked yet."""
    guest, other = share(home, expires_at=None), CONTENT[:REMOTE_CHUNK]
    asset = File.get_by_id(home.file.id).asset
    Asset.update(size=len(CONTENT), sha256=SHA).where(Asset.id == asset.id).execute()
    Item.update(cover_id=asset.id).execute()
    File.update(sha256=SHA, read_state="done").where(File.id == home.file.id).execute()
    home.make.file(home.storage, "copy.bin", size=len(CONTENT), asset=asset, sha256=SHA, read_state="done")
    (home.folder / "copy.bin").write_bytes(CONTENT)
    assert collect(home.broker.open(guest, home.original)) == CONTENT
    File.update(read_state="pending").where(File.id == home.file.id).execute()
    assert collect(home.broker.open(guest, home.original)) == CONTENT, "another time alone"
    File.update(size=len(other)).where(File.id == home.file.id).execute()
    (home.folder / "a.bin").write_bytes(other)
    with pytest.raises(Unavailable, match="No storage"):
        home.broker.open(guest, home.original)
    assert collect(home.broker.open(home.viewer, home.original)) == other
    assert brokers.original_of(guest, Item.get()).name == "copy.bin"
    File.update(sha256=None).where(File.id == home.file.id).execute()
    assert collect(home.broker.open(guest, home.original)) == other, "shared before anybody had read it"
    assert home.absent == []


def in_another_thread(act: Callable[[], None]) -> None:
    def run() -> None:
        act()
        database.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.fixture(params=["coming", "came"])
def far(home: Home, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker over a storage elsewhere, with the same file, that never keeps anybody waiting.

    Each chunk of 64 KiB is awaited all the same, or every other is there before anybody waits.
    """
    memory = MemoryStorage()
    memory.put("a.bin", CONTENT)
    monkeypatch.setattr(_MemoryHandle, "coming", _little)
    if request.param == "came":
        monkeypatch.setattr(_MemoryHandle, "came", _every_other)
    broker = Broker(lambda row: memory, home.absent.append)
    yield broker
    broker.close()


def _every_other(handle: _MemoryHandle, offset: int, length: int) -> bytes | None:
    return handle.pread(offset, min(length, REMOTE_CHUNK)) if offset % (2 * REMOTE_CHUNK) else None


async def _little(handle: _MemoryHandle, offset: int, length: int) -> bytes:
    await asyncio.sleep(0)
    return handle.pread(offset, min(length, REMOTE_CHUNK))


async def sizes(stream: Stream) -> list[int]:
    return [len(chunk) async for chunk in stream]


def test_from_afar_it_is_handed_on_as_it_comes(home: Home, far: Broker) -> None:
    assert collect(far.open(home.viewer, home.original)) == CONTENT
    assert collect(far.open(home.viewer, home.original, 7, 7 + BLOCK)) == CONTENT[7 : 8 + BLOCK]
    assert asyncio.run(sizes(far.open(home.viewer, home.original))) == [REMOTE_CHUNK] * CHUNKS


def test_from_afar_only_so_much_is_handed_on_at_once(home: Home) -> None:
    memory = MemoryStorage()
    memory.put("a.bin", CONTENT)
    with closing(Broker(lambda row: memory, home.absent.append)) as broker:
        assert set(asyncio.run(sizes(broker.open(home.viewer, home.original)))) == {COMING}
        assert asyncio.run(sizes(broker.open(home.viewer, home.original, 7, 7 + COMING))) == [COMING, 1]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which it was asked for the right."""
    found: list[str] = []
    real = Stream.check

    def noting(self: Stream) -> None:
        found.append(threading.current_thread().name)
        real(self)

    monkeypatch.setattr(Stream, "check", noting)
    return found


def test_while_nothing_is_written_what_comes_from_afar_needs_a_thread_once(
    home: Home, far: Broker, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL does not tell whether something was written, so that it is asked each time."""
    monkeypatch.setattr(brokers, "LOOK_S", 3600.0)
    assert collect(far.open(home.viewer, home.original)) == CONTENT
    assert len(looks) == (1 if database.is_sqlite() else CHUNKS)
    assert threading.current_thread().name not in looks


def test_now_and_then_a_thread_looks_all_the_same(
    home: Home, tmp_path: Path, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "LOOK_S", -1.0)
    noted: list[int] = []
    memory = MemoryStorage(distant=True)
    memory.put("a.bin", CONTENT)
    precedence = Precedence(tmp_path)
    monkeypatch.setattr(precedence, "note", noted.append)
    broker = Broker(lambda row: memory, home.absent.append, precedence=precedence)
    assert collect(broker.open(home.viewer, home.original)) == CONTENT
    chunks = len(CONTENT) // COMING
    assert len(looks) == chunks
    assert noted == [home.storage.id] * (1 + chunks), "and says that somebody reads"
    broker.close()


@pytest.mark.parametrize("is_here", [False, True])
def test_a_quick_storage_leaves_others_their_turn(
    home: Home, far: Broker, is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_here:  # nothing has ever to be waited for
        monkeypatch.setattr(_MemoryHandle, "came", _MemoryHandle.pread)
    got, seen = 0, [0]

    async def other() -> None:
        while True:
            seen.append(got)
            await asyncio.sleep(0)

    async def run() -> None:
        nonlocal got
        beside = asyncio.ensure_future(other())
        async for chunk in far.open(home.viewer, home.original):
            got += len(chunk)
        beside.cancel()

    asyncio.run(run())
    assert got == len(CONTENT)
    assert max(later - before for before, later in pairwise([*seen, got])) <= TURN + COMING


class Awaited(Handle):
    """A file elsewhere: each chunk comes when `go` is set."""

    def __init__(self) -> None:
        self.entry = Entry("a.bin", "a.bin", False, len(CONTENT), 1, None, "")
        self.go = asyncio.Event()
        self.asked: list[int] = []
        self.closed = False

    def comes(self, offset: int) -> bool:
        return True

    async def coming(self, offset: int, length: int) -> bytes:
        self.asked.append(offset)
        await self.go.wait()
        return self.pread(offset, min(length, REMOTE_CHUNK))

    def pread(self, offset: int, length: int) -> bytes:
        return CONTENT[offset : offset + length]

    def check(self) -> None:
        return

    def close(self) -> None:
        self.closed = True


class Waiting(MemoryStorage):
    """Gives such files."""

    def __init__(self) -> None:
        super().__init__(distant=True)
        self.handles: list[Awaited] = []

    def open_read(
        self, path: str, *, expect_size: int | None = None, expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:  # fmt: skip
        self.handles.append(Awaited())
        return self.handles[-1]


@pytest.fixture
def waiting(home: Home) -> Iterator[tuple[Broker, Waiting]]:
    """A broker with one thread, over a storage that keeps everybody waiting."""
    storage = Waiting()
    broker = Broker(lambda row: storage, home.absent.append, threads=1)
    yield broker, storage
    broker.close()


def test_a_storage_that_stalls_holds_no_thread(home: Home, waiting: tuple[Broker, Waiting]) -> None:
    broker, storage = waiting

    async def run() -> bytes:
        stalled = [aiter(broker.open(home.viewer, home.original)) for _ in range(20)]
        asked = [asyncio.ensure_future(anext(stream)) for stream in stalled]
        quick = broker.open(home.viewer, home.original)
        storage.handles[-1].go.set()
        data = b"".join([chunk async for chunk in quick])
        assert not any(task.done() for task in asked)
        for handle in storage.handles:
            handle.go.set()
        assert await asyncio.gather(*asked) == [CONTENT[:REMOTE_CHUNK]] * 20
        for stream in stalled:
            await stream.aclose()
        return data

    assert asyncio.run(run()) == CONTENT


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
def test_a_right_that_ends_while_it_is_asked_for_is_noticed_at_the_next_chunk(
    home: Home, far: Broker, monkeypatch: pytest.MonkeyPatch, end: Callable[[], None]
) -> None:
    real, got = Stream.check, 0

    def ending(self: Stream) -> None:
        real(self)
        if not got:
            end()

    monkeypatch.setattr(Stream, "check", ending)

    async def run() -> None:
        nonlocal got
        async for _ in far.open(home.viewer, home.original):
            got += 1

    with pytest.raises(Revoked):
        asyncio.run(run())
    assert got == 1


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
def test_a_right_that_ends_while_it_is_waited_for_lets_nothing_out(
    home: Home, waiting: tuple[Broker, Waiting], end: Callable[[], None]
) -> None:
    broker, storage = waiting
    stream = broker.open(home.viewer, home.original)
    got: list[bytes] = []

    async def run() -> None:
        async def take() -> None:
            async for chunk in stream:
                got.append(chunk)
                storage.handles[0].go.clear()

        storage.handles[0].go.set()
        taking = asyncio.ensure_future(take())
        while len(storage.handles[0].asked) < 2:
            await asyncio.sleep(0.001)
        end()
        storage.handles[0].go.set()
        await taking

    with pytest.raises(Revoked):
        asyncio.run(asyncio.wait_for(run(), 30))
    assert got == [CONTENT[:REMOTE_CHUNK]]


def test_what_was_cut_stays_cut(home: Home, far: Broker) -> None:
    """Also for whoever would begin it again."""

    async def run() -> None:
        stream = far.open(home.viewer, home.original)
        chunks = aiter(stream)
        await anext(chunks)
        revoke_token()
        with pytest.raises(Revoked):
            await anext(chunks)
        with pytest.raises(Revoked):
            await anext(aiter(stream))

    asyncio.run(run())


def test_who_goes_away_while_waiting_asks_for_no_more(home: Home, waiting: tuple[Broker, Waiting]) -> None:
    broker, storage = waiting

    async def run() -> None:
        stream = broker.open(home.viewer, home.original)
        taking = asyncio.ensure_future(anext(aiter(stream)))
        while not storage.handles[0].asked:
            await asyncio.sleep(0.001)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        stream.close()

    asyncio.run(asyncio.wait_for(run(), 30))
    assert (storage.handles[0].asked, storage.handles[0].closed) == ([0], True)


@pytest.mark.parametrize("end", [revoke_token, disable_person, remove_storage])
@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("elsewhere", [False, True], ids=["same thread", "another thread"])
def test_a_stream_from_afar_is_cut_before_its_next_chunk(
    home: Home, far: Broker, end: Callable[[], None], after: int, elsewhere: bool
) -> None:
    """It is noticed on the event loop, whoever wrote."""
    stream = far.open(home.viewer, home.original)
    got: list[bytes] = []

    async def run() -> None:
        async for chunk in stream:
            got.append(chunk)
            if len(got) == after:
                in_another_thread(end) if elsewhere else end()

    with pytest.raises(Revoked):
        asyncio.run(run())
    stream.close()
    assert len(got) == after


def test_a_stream_from_afar_ends_with_the_proof_by_the_clock(
    home: Home, far: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = home.make.viewer(home.anna, not_after=clock.now() + clock.HOUR)
    got: list[bytes] = []

    async def run() -> None:
        async for chunk in far.open(viewer, home.original):
            got.append(chunk)
            monkeypatch.setattr(clock, "source", lambda: 1e12)

    with pytest.raises(Revoked):
        asyncio.run(run())
    assert len(got) == 1


def test_what_does_not_concern_a_stream_from_afar_lets_it_go_on(home: Home, far: Broker) -> None:
    async def run() -> bytes:
        data = b""
        async for chunk in far.open(home.viewer, home.original):
            data += chunk
            with transaction():
                counters.bump_policy()
        return data

    assert asyncio.run(run()) == CONTENT


def test_a_storage_that_is_away(home: Home) -> None:
    memory = MemoryStorage()
    memory.put("a.bin", CONTENT)
    memory.faults.offline = True
    broker = Broker(lambda row: memory, home.absent.append)
    with pytest.raises(Unavailable):
        broker.open(home.viewer, home.original)
    assert home.absent == []
    broker.close()


def test_etags_are_strong_stable_and_change_with_the_bytes(home: Home) -> None:
    before = home.original.etag
    assert before == home.original.etag
    File.update(size=5).where(File.id == home.file.id).execute()
    assert home.original.etag != before
    sha = hashlib.sha256(b"x").digest()
    File.update(read_state="done", sha256=sha).where(File.id == home.file.id).execute()
    assert home.original.etag == sha.hex()[:32]


def test_while_people_read_from_afar_others_wait_and_the_storage_is_told(home: Home, tmp_path: Path) -> None:
    hints: list[tuple[int, int]] = []

    class Far(LocalStorage):
        distant = True

        def open_read(
            self, path: str, *, expect_size: int | None = None, expect_key: str | None = None,
            span: tuple[int, int] | None = None,
        ) -> Handle:  # fmt: skip
            hints.extend([span] if span is not None else [])
            return super().open_read(path, expect_size=expect_size, expect_key=expect_key)

    precedence = Precedence(tmp_path)
    broker = Broker(lambda row: Far(row.root), home.absent.append, precedence=precedence)
    try:
        assert not precedence.is_busy(home.storage.id)
        stream = broker.open(home.viewer, home.original, 5, 9)
        assert precedence.is_busy(home.storage.id)
        assert collect(stream) == CONTENT[5:10]
        assert hints == [(5, 9)]
    finally:
        broker.close()


def test_near_storages_hold_nobody_up(home: Home, tmp_path: Path) -> None:
    precedence = Precedence(tmp_path)
    broker = Broker(lambda row: LocalStorage(row.root), home.absent.append, precedence=precedence)
    try:
        collect(broker.open(home.viewer, home.original))
        assert not precedence.is_busy(home.storage.id)
    finally:
        broker.close()


def test_an_unread_file_far_away_is_tagged_by_its_change_key(home: Home) -> None:
    """Its time may be unknown and its size the same: another hash in the listing is another tag."""
    tags = set()
    for key in (None, "10::abc", "10::def", "10::def"):
        File.update(change_key=key).where(File.id == home.file.id).execute()
        tags.add(home.original.etag)
    assert len(tags) == 3
    assert all(tag.isascii() and '"' not in tag for tag in tags)

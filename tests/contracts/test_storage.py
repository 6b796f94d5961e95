"""One suite for every storage: whoever implements the contract adds a harness to `MAKERS`."""

import asyncio
import contextlib
import hashlib
import json
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    Changed,
    Conflict,
    ReadOnly,
    StorageError,
    StorageFull,
    StorageNotFound,
    Unavailable,
    UsageError,
)
from services.storages import Change, Fingerprint, Handle, Storage
from services.storages.confined import open_by_walk
from services.storages.patterns import TRASH, half_name, is_path_skipped
from services.storages.rclone import uploading
from tests.contracts.conftest import Servers
from tests.contracts.harness import (
    MTIME,
    GuardedHarness,
    Harness,
    LocalHarness,
    MemoryHarness,
    RcloneHarness,
)
from tests.servers import storages

NEAR: dict[str, Callable[[Path], Harness]] = {
    "local": LocalHarness,
    "local-walk": lambda tmp: LocalHarness(tmp, opener=open_by_walk),
    "local-writable": lambda tmp: LocalHarness(tmp, writable=True),
    "local-writable-walk": lambda tmp: LocalHarness(tmp, writable=True, opener=open_by_walk),
    "memory": lambda tmp: MemoryHarness(),
    "memory-bare": lambda tmp: MemoryHarness(bare=True),
    "memory-writable": lambda tmp: MemoryHarness(writable=True),
    "memory-distant": lambda tmp: MemoryHarness(distant=True),
    "guarded": lambda tmp: GuardedHarness(),
    "guarded-writable": lambda tmp: GuardedHarness(writable=True),
}
FAR = ("alias", "webdav", "ftp", "samba", "sftp", "openssh", "s3", "moto", "azurite")
"""Servers of `tests/servers`. A folder of rclone's S3 server is one only while something is in it."""

MAKERS = [*NEAR, *(f"rclone-{name}" for name in FAR)]
WRITABLE = [name for name in NEAR if "writable" in name]
WRITABLE += [f"rclone-{name}-writable" for name in FAR if name != "s3"]
READ_ONLY = [name for name in MAKERS if "writable" not in name]
LOCAL = [name for name in NEAR if "local" in name]

BODY = bytes(range(256)) * 40  # 10,240 bytes, no two blocks alike in place
ODD_NAMES = [
    "a [1].jpg",
    "Grüße #1 ?%20.jpg",
    "x]y.jpg",
    " lead.jpg",
    "trail. ",
    "new\nline.jpg",
    "tab\t\x01.jpg",
    "back\\slash:colon*.jpg",
    "-rf",
    "'\"><img onerror=alert(1)>.jpg",
    "\u202egpj.exe",
    "CON",
    "..jpg",
    "x" * 255,
    "ü" * 127,
    "caf\u00e9.jpg",
    "cafe\u0301.jpg",
    "👨‍👩‍👧.jpg",
]
NOT_UTF8 = ["bad\udcff.jpg", "latin-\udce4\udcf6.jpg", "\udcfe\udcff/inside\udc80.jpg"]
NO_PATHS = ["/etc/passwd", "a//b", "..", "../x", "a/../b", ".", "a/.", "a/", "a\0b", "half\ud800"]


def make(name: str, tmp_path: Path, servers: Servers) -> Harness:
    if name in NEAR:
        return NEAR[name](tmp_path)
    _, server, *writable = name.split("-")
    remote = servers.remote(server)
    return RcloneHarness(servers.daemon, remote.name, remote.remote, tmp_path, writable=bool(writable))


def marked(names: list[str]) -> list[Any]:
    """The names as parameters, each left out where its server cannot run."""
    marks = {
        "openssh": [pytest.mark.needs("openssh-server")],
        "samba": [pytest.mark.needs("samba"), storages.AS_ROOT],
        "ftp": [pytest.mark.long],  # as webdav, in all that is ours
        "sftp": [pytest.mark.long],  # rclone's own; openssh is the one that people have
        # that server now and then answers an upload only after a minute; moto is the other S3
        "s3": [pytest.mark.long],
    }
    return [
        pytest.param(
            name, marks=[m for server, those in marks.items() if server in name.split("-") for m in those]
        )
        for name in names
    ]


@pytest.fixture(params=marked(MAKERS))
def harness(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Harness:
    return make(request.param, tmp_path, servers)


@pytest.fixture(params=marked(WRITABLE))
def writable(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Harness:
    return make(request.param, tmp_path, servers)


@pytest.fixture(params=LOCAL)
def on_disk(request: pytest.FixtureRequest, tmp_path: Path) -> LocalHarness:
    made = NEAR[request.param](tmp_path)
    assert isinstance(made, LocalHarness)
    return made


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def odd_names(harness: Harness) -> list[str]:
    return [name for name in ODD_NAMES if harness.control_characters or name.isascii() <= name.isprintable()]


def read(storage: Storage, path: str) -> bytes:
    with storage.open_read(path) as handle:
        return handle.pread(0, handle.entry.size)


def names(storage: Storage, path: str = "") -> set[str]:
    """The names in a folder, without what Hypomos keeps there for itself."""
    listing = storage.list(path)
    assert listing.complete
    assert not listing.errors
    return {entry.name for entry in listing.entries if not is_path_skipped(entry.path)}


async def joined(stream: AsyncGenerator[bytes, None]) -> list[bytes]:
    return [piece async for piece in stream]


# --- looking


def test_a_hint_of_what_will_be_read_changes_nothing(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg") as handle:
        handle.expect(0, len(BODY) - 1)
        assert handle.pread(5, 10) == BODY[5:15]


def test_a_listing_is_one_folder(harness: Harness) -> None:
    harness.put("top.jpg", b"1")
    harness.put("2026/07/deep.jpg", b"22")
    assert names(harness.storage) == {"top.jpg", "2026"}
    by_path = {entry.path: entry for entry in harness.storage.list("2026/07").entries}
    assert set(by_path) == {"2026/07/deep.jpg"}
    deep = by_path["2026/07/deep.jpg"]
    assert (deep.name, deep.is_dir, deep.size, deep.mtime_ns) == ("deep.jpg", False, 2, harness.told(MTIME))


def test_stat_agrees_with_the_listing(harness: Harness) -> None:
    harness.put("2026/a.jpg", BODY)
    for folder in ("", "2026"):
        for entry in harness.storage.list(folder).entries:
            assert harness.storage.stat(entry.path) == entry
    root = harness.storage.stat("")
    assert (root.path, root.name, root.is_dir, root.size) == ("", "", True, 0)


def test_an_empty_root_lists_complete_and_empty(harness: Harness) -> None:
    listing = harness.storage.list("")
    assert listing.complete
    assert listing.entries == []


@pytest.mark.parametrize("ask", ["stat", "list", "open_read"])
@pytest.mark.parametrize(
    "path", ["absent", "absent/file.jpg", "file.jpg/below", "x" * 300, "d/" * 2100 + "deep"]
)
def test_what_is_not_there_is_not_found(harness: Harness, ask: str, path: str) -> None:
    harness.put("file.jpg", b"1")
    with pytest.raises(StorageNotFound):
        getattr(harness.storage, ask)(path)


def test_a_file_is_no_folder_and_a_folder_no_file(harness: Harness) -> None:
    harness.put("folder/file.jpg", b"1")
    with pytest.raises(StorageNotFound):
        harness.storage.list("folder/file.jpg")
    with pytest.raises(StorageNotFound):
        harness.storage.open_read("folder")


@pytest.mark.parametrize("ask", ["stat", "list", "open_read"])
@pytest.mark.parametrize("path", NO_PATHS)
def test_what_is_no_path_is_refused(harness: Harness, ask: str, path: str) -> None:
    with pytest.raises(UsageError):
        getattr(harness.storage, ask)(path)


def test_names_of_all_kinds_come_back_as_they_are(harness: Harness) -> None:
    odd = odd_names(harness) + (NOT_UTF8 if harness.any_bytes else [])
    for name in odd:
        harness.put(name, name.encode("utf-8", "surrogateescape"))
    assert names(harness.storage) == {name.partition("/")[0] for name in odd}
    for name in odd:
        assert read(harness.storage, name) == name.encode("utf-8", "surrogateescape")
        assert harness.storage.stat(name).name == name.rpartition("/")[2]


def test_a_hindered_listing_is_not_complete_and_says_why(harness: Harness) -> None:
    harness.put("album/a.jpg", b"1")
    harness.put("album/b.jpg", b"2")
    listing = harness.list_hindered("album")
    assert not listing.complete
    assert len(listing.entries) < 2
    assert all(listing.errors)
    assert listing.errors
    assert names(harness.storage, "album") == {"a.jpg", "b.jpg"}


def test_ids_and_change_keys(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    harness.put("b.jpg", BODY)
    one, two = harness.storage.stat("a.jpg"), harness.storage.stat("b.jpg")
    if harness.storage.caps().ids:
        assert one.id
        assert one.id != two.id
    else:
        assert one.id is None
    assert harness.storage.stat("a.jpg").change_key == one.change_key
    harness.put("a.jpg", BODY, mtime_ns=MTIME + harness.second)
    later = harness.storage.stat("a.jpg")
    assert (later.change_key != one.change_key) == (harness.told(MTIME) is not None)
    harness.put("a.jpg", BODY + b"!", mtime_ns=MTIME + harness.second)
    assert harness.storage.stat("a.jpg").change_key != later.change_key


# --- reading


def test_pread_gives_exactly_what_there_is(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg") as handle:
        assert handle.entry == harness.storage.stat("a.jpg")
        assert handle.pread(0, len(BODY)) == BODY
        assert handle.pread(100, 50) == BODY[100:150]
        assert handle.pread(len(BODY) - 3, 50) == BODY[-3:]
        assert handle.pread(len(BODY), 1) == b""
        assert handle.pread(10**15, 10**15) == b""
        assert handle.pread(5, 0) == b""
        for bad in ((-1, 5), (0, -5)):
            with pytest.raises(ValueError, match="negative"):
                handle.pread(*bad)
        handle.check()
    handle.close()
    with pytest.raises(ValueError, match="closed"):
        handle.pread(0, 1)


def test_what_comes_on_a_loop_is_what_there_is(harness: Harness) -> None:
    """From elsewhere a range that was opened comes by itself; from a disk nothing does."""
    harness.put("a.jpg", BODY)

    async def come(handle: Handle, at: int) -> bytes:
        data = b""
        while handle.comes(at + len(data)):
            came = handle.came(at + len(data), 1000)
            data += await handle.coming(at + len(data), 1000) if came is None else came
        return data

    with harness.storage.open_read("a.jpg", expect_size=len(BODY), span=(5, 8004)) as handle:
        data = asyncio.run(come(handle, 5))
        assert BODY[5:].startswith(data)
        assert len(data) >= 8000 or not isinstance(harness, RcloneHarness)
        assert handle.pread(5 + len(data), 2) == BODY[5 + len(data) :][:2]


def test_what_is_had_at_once_is_what_there_is(harness: Harness) -> None:
    """Nobody promises anything; who gives something gives exactly what was asked for, of the file that was opened."""
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg", expect_size=len(BODY)) as handle:
        assert handle.at_once(5, 1000) in {None, BODY[5:1005]}
        assert handle.at_once(len(BODY) - 3, 4) is None
        harness.put("a.jpg", BODY[::-1] + b"!", mtime_ns=MTIME)
        assert handle.at_once(5, 1000) is None
    assert handle.at_once(5, 1000) is None


def test_an_empty_file_reads_empty(harness: Harness) -> None:
    harness.put("empty.jpg", b"")
    assert read(harness.storage, "empty.jpg") == b""


def test_a_descriptor_gives_the_same_bytes(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg") as handle:
        descriptor = handle.fileno()
        if descriptor is not None:
            assert os.pread(descriptor, 64, 10) == BODY[10:74]


def test_another_size_or_key_is_changed(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    key = harness.storage.stat("a.jpg").change_key
    harness.storage.open_read("a.jpg", expect_size=len(BODY), expect_key=key).close()
    with pytest.raises(Changed):
        harness.storage.open_read("a.jpg", expect_size=len(BODY) + 1)
    with pytest.raises(Changed):
        harness.storage.open_read("a.jpg", expect_key=key + "x")


@pytest.mark.parametrize("left", [0, 3])
def test_a_file_that_is_shorter_now_is_changed(harness: Harness, left: int) -> None:
    """Also where the part that is asked for begins after its end; the storage itself is well."""
    harness.put("a.jpg", BODY[:left])
    for span in ((0, 99), (5000, 5099)):
        with pytest.raises(Changed):
            harness.storage.open_read("a.jpg", expect_size=len(BODY), span=span)


def test_a_file_cut_while_open_never_reads_as_whole(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg") as handle:
        assert handle.pread(0, 100) == BODY[:100]
        harness.cut("a.jpg", 5000)
        if not harness.reads_ahead:
            assert handle.pread(4000, 1000) == BODY[4000:5000]
        with pytest.raises((Changed, Unavailable)):
            handle.pread(4000, 1001)


def test_a_file_changed_while_open_is_noticed(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    with harness.storage.open_read("a.jpg") as handle:
        harness.put("a.jpg", BODY[::-1], mtime_ns=MTIME + 5 * harness.second)
        with pytest.raises(Changed):
            handle.check()


@pytest.mark.parametrize(
    ("start", "end"), [(0, 0), (0, 10_239), (1, 4096), (4095, 4096), (10_239, 10_239), (3000, 9999)]
)
@pytest.mark.parametrize("block", [1000, 4096, 1 << 20])
def test_a_range_streams_both_ends_included(
    harness: Harness, executor: ThreadPoolExecutor, start: int, end: int, block: int
) -> None:
    harness.put("a.jpg", BODY)
    pieces = asyncio.run(
        joined(
            harness.storage.open_range(
                "a.jpg", start, end, expect_size=len(BODY), executor=executor, block=block
            )
        )
    )
    assert b"".join(pieces) == BODY[start : end + 1]
    assert all(0 < len(piece) <= block for piece in pieces)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, 10_240), (10_240, 10_240), (0, -1)])
def test_a_range_that_makes_no_sense_is_refused_at_once(
    harness: Harness, executor: ThreadPoolExecutor, start: int, end: int
) -> None:
    harness.put("a.jpg", BODY)
    with pytest.raises(ValueError, match="no range"):
        harness.storage.open_range("a.jpg", start, end, expect_size=len(BODY), executor=executor)


def test_a_range_of_a_changed_file_gives_no_byte(harness: Harness, executor: ThreadPoolExecutor) -> None:
    harness.put("a.jpg", BODY + b"more")
    with pytest.raises(Changed):
        asyncio.run(
            joined(harness.storage.open_range("a.jpg", 0, 9, expect_size=len(BODY), executor=executor))
        )


def test_a_range_cut_short_ends_with_an_error(harness: Harness, executor: ThreadPoolExecutor) -> None:
    harness.put("a.jpg", BODY)
    got: list[bytes] = []

    async def stream() -> None:
        pieces = harness.storage.open_range(
            "a.jpg", 0, len(BODY) - 1, expect_size=len(BODY), executor=executor, block=1024
        )
        async for piece in pieces:
            got.append(piece)
            harness.cut("a.jpg", 3000)

    if harness.reads_ahead:
        with contextlib.suppress(Changed, Unavailable):
            asyncio.run(stream())
            assert b"".join(got) == BODY
        assert BODY.startswith(b"".join(got))
        return
    with pytest.raises((Changed, Unavailable)):
        asyncio.run(stream())
    assert b"".join(got) == BODY[:2048]


def test_many_threads_read_one_handle(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    offsets = range(0, len(BODY), 512)
    with harness.storage.open_read("a.jpg") as handle, ThreadPoolExecutor(4) as pool:
        assert b"".join(pool.map(lambda at: handle.pread(at, 512), offsets)) == BODY


def test_hashes_are_those_of_the_bytes(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    possible = harness.storage.caps().hashes
    assert harness.storage.caps().free_hashes <= possible
    found = harness.storage.hashes("a.jpg", ["sha256", "unheard-of"], may_download=True)
    assert dict(found) == ({"sha256": hashlib.sha256(BODY).hexdigest()} if "sha256" in possible else {})


def test_room_is_told_in_bytes(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    quota = harness.storage.about()
    assert (quota is not None) == harness.storage.caps().about
    if quota is not None:
        assert quota.used is None or quota.used >= len(BODY)


@pytest.mark.needs("openssh-server")
def test_a_server_that_tells_no_room_takes_files_all_the_same(tmp_path: Path, servers: Servers) -> None:
    """rclone says of every server of SFTP that it tells."""
    storage = make("rclone-sftp_only-writable", tmp_path, servers).storage
    assert storage.caps().about
    assert storage.about() is None
    storage.write("a.jpg", [BODY], size=len(BODY))
    assert read(storage, "a.jpg") == BODY


# --- is it still the same storage


def test_an_unmounted_root_is_offline_and_never_an_empty_listing(harness: Harness) -> None:
    harness.put("2026/a.jpg", BODY)
    harness.put("b.jpg", b"1")
    recorded = Fingerprint.from_json(json.loads(json.dumps(harness.storage.fingerprint().to_json())))
    assert recorded.canaries
    assert harness.storage.probe(recorded).online
    harness.lose_root()
    health = harness.storage.probe(recorded)
    assert health.state == "offline"
    assert health.reason
    for ask in (harness.storage.list, harness.storage.stat, harness.storage.open_read):
        with pytest.raises(Unavailable):
            ask("b.jpg")
    with pytest.raises(Unavailable):
        harness.storage.list("")
    harness.find_root()
    assert harness.storage.probe(recorded).online
    assert names(harness.storage) == {"2026", "b.jpg"}


def test_a_root_lost_between_two_calls_is_noticed_without_a_probe(harness: Harness) -> None:
    harness.put("b.jpg", b"1")
    assert names(harness.storage) == {"b.jpg"}
    harness.lose_root()
    with pytest.raises(Unavailable):
        harness.storage.list("")


def test_a_recorded_root_is_known_again_by_another_process(harness: Harness) -> None:
    harness.put("2026/a.jpg", BODY)
    recorded = harness.storage.fingerprint()
    again = harness.again()
    assert again.probe(recorded).online
    assert names(again) == {"2026"}


def test_edits_and_additions_leave_a_root_known(harness: Harness) -> None:
    harness.put("a.jpg", BODY)
    harness.put("b.jpg", BODY)
    recorded = harness.storage.fingerprint()
    harness.put("a.jpg", b"edited")
    harness.put("new.jpg", b"new")
    assert harness.again().probe(recorded).online


# --- writing


@pytest.mark.parametrize("maker", marked(READ_ONLY))
def test_a_storage_for_reading_takes_nothing(maker: str, tmp_path: Path, servers: Servers) -> None:
    harness = make(maker, tmp_path, servers)
    harness.put("a.jpg", BODY)
    storage = harness.storage
    tries: list[Callable[[], object]] = [
        lambda: storage.write("b.jpg", [b"1"], size=1),
        lambda: storage.write("a.jpg", [b"1"], size=1, if_absent=False),
        lambda: storage.make_folder("album"),
        lambda: storage.move("a.jpg", "b.jpg"),
        lambda: storage.set_mtime("a.jpg", MTIME + 10**9),
        lambda: storage.delete("a.jpg"),
        lambda: storage.delete("a.jpg", trash=False),
    ]
    for attempt in tries:
        with pytest.raises(ReadOnly):
            attempt()
    storage.fingerprint()
    assert {entry.name for entry in storage.list("").entries} == {"a.jpg"}
    assert read(storage, "a.jpg") == BODY


def test_what_is_written_reads_the_same(writable: Harness) -> None:
    for number, name in enumerate(odd_names(writable) + (["bad\udcff.jpg"] if writable.any_bytes else [])):
        body = BODY[number:]
        entry = writable.storage.write(name, [body[:100], b"", body[100:]], size=len(body), mtime_ns=MTIME)
        assert (entry.path, entry.size) == (name, len(body))
        assert entry.mtime_ns == writable.told(MTIME) or not writable.sets_times
        assert writable.storage.stat(name) == entry
        assert read(writable.storage, name) == body


def test_a_size_may_be_unknown_and_nothing_be_written(writable: Harness) -> None:
    assert writable.storage.write("a.jpg", iter([b"12", b"345"]), size=None).size == 5
    assert writable.storage.write("empty.jpg", [], size=0).size == 0


def test_a_taken_name_is_a_conflict(writable: Harness) -> None:
    writable.put("a.jpg", b"old")
    writable.make_folder("album")
    for path in ("a.jpg", "album"):
        with pytest.raises(Conflict):
            writable.storage.write(path, [b"new"], size=3)
        with pytest.raises(Conflict):
            writable.storage.make_folder(path)
    with pytest.raises(Conflict):
        writable.storage.write("album", [b"new"], size=3, if_absent=False)
    assert read(writable.storage, "a.jpg") == b"old"
    assert names(writable.storage) == {"a.jpg", "album"}


def test_a_name_taken_while_the_bytes_come_is_a_conflict(writable: Harness) -> None:
    def source() -> Iterator[bytes]:
        yield b"ours"
        writable.put("a.jpg", b"theirs")

    with pytest.raises(Conflict):
        writable.storage.write("a.jpg", source(), size=4)
    assert read(writable.storage, "a.jpg") == b"theirs"
    assert names(writable.storage) == {"a.jpg"}


@pytest.mark.parametrize(
    "name", marked([f"rclone-{server}-writable" for server in ("moto", "azurite", "webdav")])
)
def test_a_name_taken_while_the_bytes_are_sent_is_a_conflict(
    name: str, tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where an upload is seen only when it is whole: it would take the place of the other one in silence."""
    harness, send = make(name, tmp_path, servers), uploading._copy

    def slowly(*how: Any) -> None:
        send(*how)
        harness.put("a.jpg", b"theirs")

    monkeypatch.setattr(uploading, "_copy", slowly)
    with pytest.raises(Conflict):
        harness.storage.write("a.jpg", [b"ours"], size=4)
    assert read(harness.storage, "a.jpg") == b"theirs"
    assert [entry.name for entry in harness.storage.list("").entries] == ["a.jpg"]


def test_replacing_is_only_done_when_asked_for(writable: Harness) -> None:
    writable.put("a.jpg", b"old")
    before = writable.storage.stat("a.jpg")
    after = writable.storage.write("a.jpg", [b"new!"], size=4, if_absent=False)
    assert read(writable.storage, "a.jpg") == b"new!"
    assert after.change_key != before.change_key


@pytest.mark.parametrize(("size", "error"), [(5, Unavailable), (3, Changed)])
@pytest.mark.parametrize("if_absent", [True, False])
def test_too_few_or_too_many_bytes_leave_nothing_new(
    writable: Harness, size: int, error: type[StorageError], if_absent: bool
) -> None:
    if not if_absent:
        writable.put("a.jpg", b"old")
    with pytest.raises(error):
        writable.storage.write("a.jpg", [b"12", b"34"], size=size, if_absent=if_absent)
    if if_absent:
        assert writable.storage.list("").entries == []
    else:
        assert [entry.name for entry in writable.storage.list("").entries] == ["a.jpg"]
        assert read(writable.storage, "a.jpg") == b"old"


def test_an_error_of_the_source_comes_through_and_leaves_nothing(writable: Harness) -> None:
    def source() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError, match="went away"):
        writable.storage.write("a.jpg", source(), size=8)
    assert writable.storage.list("").entries == []


def test_a_full_storage_says_so_and_keeps_what_it_had(writable: Harness) -> None:
    writable.put("a.jpg", b"old")
    with writable.little_room(4096), pytest.raises(StorageFull):
        writable.storage.write("b.jpg", [BODY], size=len(BODY))
    with writable.little_room(4096), pytest.raises(StorageFull):
        writable.storage.write("a.jpg", [BODY], size=len(BODY), if_absent=False)
    assert [entry.name for entry in writable.storage.list("").entries] == ["a.jpg"]
    assert read(writable.storage, "a.jpg") == b"old"


def test_writing_needs_a_folder_and_a_possible_name(writable: Harness) -> None:
    writable.put("file.jpg", b"1")
    for path in ("absent/a.jpg", "file.jpg/a.jpg"):
        with pytest.raises(StorageNotFound):
            writable.storage.write(path, [b"1"], size=1)
        with pytest.raises(StorageNotFound):
            writable.storage.make_folder(path)
    for path in ("x" * 256, *NO_PATHS, ""):
        with pytest.raises(UsageError):
            writable.storage.write(path, [b"1"], size=1)
        with pytest.raises(UsageError):
            writable.storage.make_folder(path)


def test_a_store_without_empty_folders_has_one_with_its_first_file(tmp_path: Path, servers: Servers) -> None:
    """B2, Swift and others of the generic form: to make a folder there leaves nothing, yet it is filled."""
    store = make("rclone-objects-writable", tmp_path, servers)
    for path in ("album", "album/inner"):
        assert store.storage.make_folder(path).is_dir
    assert names(store.storage) == set()
    store.storage.write("album/inner/a.jpg", [BODY], size=len(BODY))
    assert names(store.storage, "album") == {"inner"}
    store.storage.move("album/inner/a.jpg", "2026/b.jpg")
    assert names(store.storage) == {"2026"}
    assert read(store.storage, "2026/b.jpg") == BODY
    with pytest.raises(StorageNotFound):
        store.storage.write("2026/b.jpg/further/c.jpg", [b"1"], size=1)
    assert store.storage.delete("2026/b.jpg", trash=True) is not None
    with pytest.raises(StorageNotFound):
        store.storage.list("2026")


def test_folders_are_made_and_filled(writable: Harness) -> None:
    assert writable.storage.make_folder("album").is_dir
    assert writable.storage.make_folder("album/inner").path == "album/inner"
    writable.storage.write("album/inner/a.jpg", [b"1"], size=1)
    assert names(writable.storage, "album/inner") == {"a.jpg"}


def test_a_time_is_set_or_said_to_be_impossible(writable: Harness) -> None:
    storage = writable.storage
    before = storage.write("a.jpg", [b"bytes"], size=5, mtime_ns=MTIME)
    after = storage.set_mtime("a.jpg", MTIME + 5 * 10**9)
    if after is not None:
        assert (after.mtime_ns, after.size, after.id) == (MTIME + 5 * 10**9, 5, before.id)
        assert storage.stat("a.jpg").mtime_ns == MTIME + 5 * 10**9
        with pytest.raises(StorageNotFound):
            storage.set_mtime("b.jpg", MTIME)


def test_a_move_keeps_bytes_time_and_id(writable: Harness) -> None:
    writable.put("a.jpg", BODY)
    writable.make_folder("album")
    before = writable.storage.stat("a.jpg")
    after = writable.storage.move("a.jpg", "album/b.jpg")
    assert (after.path, after.id, after.mtime_ns, after.size) == (
        "album/b.jpg",
        before.id,
        before.mtime_ns,
        len(BODY),
    )
    assert names(writable.storage) == {"album"}
    assert read(writable.storage, "album/b.jpg") == BODY


def test_a_folder_moves_with_all_in_it(writable: Harness) -> None:
    writable.put("album/inner/a.jpg", BODY)
    writable.storage.move("album", "2026")
    assert names(writable.storage) == {"2026"}
    assert read(writable.storage, "2026/inner/a.jpg") == BODY


def test_a_move_replaces_and_merges_nothing(writable: Harness) -> None:
    writable.put("a.jpg", b"a")
    writable.put("b.jpg", b"b")
    writable.make_folder("empty")
    writable.put("album/c.jpg", b"c")
    for src, dst in (
        ("a.jpg", "b.jpg"),
        ("a.jpg", "empty"),
        ("album", "empty"),
        ("album", "a.jpg"),
        ("a.jpg", "a.jpg"),
    ):
        with pytest.raises(Conflict):
            writable.storage.move(src, dst)
    with pytest.raises(UsageError):
        writable.storage.move("album", "album/inner")
    with pytest.raises(StorageNotFound):
        writable.storage.move("absent", "c.jpg")
    with pytest.raises(StorageNotFound):
        writable.storage.move("a.jpg", "absent/a.jpg")
    assert names(writable.storage) == {"a.jpg", "b.jpg", "empty", "album"}


def test_a_move_changes_no_more_than_the_case_of_letters(writable: Harness) -> None:
    """Also where a name in other letters is the same name."""
    writable.put("a.jpg", BODY)
    writable.put("album/b.jpg", b"b")
    assert writable.storage.move("a.jpg", "A.jpg").name == "A.jpg"
    assert writable.storage.move("album", "Album").name == "Album"
    assert names(writable.storage) == {"A.jpg", "Album"}
    assert names(writable.storage, "Album") == {"b.jpg"}
    assert read(writable.storage, "A.jpg") == BODY


def test_a_move_that_broke_off_is_gone_on_with(writable: Harness) -> None:
    """Where it is a copy and a deletion; of what is not proved to be copied nothing is deleted anywhere."""
    storage, copies = writable.storage, not writable.storage.caps().server_move
    for path, body in (("a.jpg", BODY), ("b.jpg", BODY), ("c.jpg", b"c"), ("d.jpg", b"d")):
        writable.put(path, body)
    storage.end_move("a.jpg", "b.jpg")
    storage.end_move("c.jpg", "d.jpg")
    assert names(storage) == {"b.jpg", "c.jpg", "d.jpg"} | (set() if copies else {"a.jpg"})
    assert [read(storage, path) for path in ("b.jpg", "c.jpg", "d.jpg")] == [BODY, b"c", b"d"]


def test_a_folder_in_two_halves_is_put_together(writable: Harness) -> None:
    storage, copies = writable.storage, not writable.storage.caps().server_move
    halves = {
        "album": {"a.jpg": BODY, "c.jpg": b"old", "inner/d.jpg": b"d", "left/e.jpg": b"e"},
        "moved": {"a.jpg": BODY, "b.jpg": b"b", "c.jpg": b"new", "inner/f.jpg": b"f"},
    }
    for folder, files in halves.items():
        for name, body in files.items():
            writable.put(f"{folder}/{name}", body)
    storage.end_move("album", "moved")
    if copies:
        halves["moved"] |= {"inner/d.jpg": b"d", "left/e.jpg": b"e"}
        halves["album"] = {"c.jpg": b"old"}
    for folder, files in halves.items():
        assert names(storage, folder) == {name.partition("/")[0] for name in files}
        for name, body in files.items():
            assert read(storage, f"{folder}/{name}") == body


@pytest.mark.parametrize("path", ["a.jpg", "album/b.jpg", "album"])
def test_the_trash_is_a_way_back(writable: Harness, path: str) -> None:
    writable.put("a.jpg", b"a")
    writable.put("album/b.jpg", b"b")
    before = writable.storage.stat(path)
    there = writable.storage.delete(path)
    assert there is not None
    assert is_path_skipped(there)
    with pytest.raises(StorageNotFound):
        writable.storage.stat(path)
    back = writable.storage.move(there, path)
    assert (back.id, back.size, back.mtime_ns) == (before.id, before.size, before.mtime_ns)
    assert read(writable.storage, "album/b.jpg") == b"b"
    trash = there.partition("/")[0]
    assert writable.storage.list(trash).entries == []


@pytest.mark.parametrize("path", ["a.jpg", "album/b.jpg", "album"])
def test_a_place_in_the_trash_can_be_written_down_before(writable: Harness, path: str) -> None:
    writable.put("a.jpg", b"a")
    writable.put("album/b.jpg", b"b")
    there = writable.storage.delete(path, shelf="5he1f")
    assert there in writable.storage.trash_places(path, "5he1f")
    assert is_path_skipped(str(there))
    writable.storage.move(str(there), path)
    assert (read(writable.storage, "a.jpg"), read(writable.storage, "album/b.jpg")) == (b"a", b"b")


@pytest.mark.parametrize("path", ["album/a.jpg", "album"])
def test_what_broke_off_before_it_went_to_the_trash_goes_there_when_asked_again(
    writable: Harness, path: str
) -> None:
    """The shelf was made, and nothing had been moved to it yet."""
    writable.put("album/a.jpg", b"a")
    writable.make_folder(TRASH)
    writable.make_folder(f"{TRASH}/5he1f")
    there = writable.storage.delete(path, shelf="5he1f")
    assert there == f"{TRASH}/5he1f/{path.rpartition('/')[2]}"
    with pytest.raises(StorageNotFound):
        writable.storage.stat(path)
    writable.storage.move(there, path)
    assert read(writable.storage, "album/a.jpg") == b"a"


@pytest.mark.parametrize("other", ["a.jpg", "b.jpg"])
def test_a_shelf_that_something_lies_on_takes_nothing_else(writable: Harness, other: str) -> None:
    writable.put("a.jpg", b"a")
    writable.put(f"{TRASH}/5he1f/{other}", b"b")
    with pytest.raises(Conflict):
        writable.storage.delete("a.jpg", shelf="5he1f")
    assert read(writable.storage, "a.jpg") == b"a"
    assert [each.name for each in writable.storage.list(f"{TRASH}/5he1f").entries] == [other]
    assert read(writable.storage, f"{TRASH}/5he1f/{other}") == b"b"


def test_what_went_to_the_trash_is_not_there_when_asked_again(writable: Harness) -> None:
    writable.put("a.jpg", b"a")
    there = writable.storage.delete("a.jpg", shelf="5he1f")
    with pytest.raises(StorageNotFound):
        writable.storage.delete("a.jpg", shelf="5he1f")
    assert there is not None
    assert read(writable.storage, there) == b"a"


def test_a_replaced_version_comes_back(writable: Harness) -> None:
    """As a file is replaced: the new bytes under a name that is passed over, the old ones to the trash."""
    writable.put("album/a.jpg", b"old version")
    storage = writable.storage
    half = "album/" + half_name("5he1f")
    storage.write(half, [b"new"], size=3)
    assert names(storage, "album") == {"a.jpg"}
    there = storage.delete("album/a.jpg", shelf="5he1f")
    storage.move(half, "album/a.jpg")
    assert there is not None
    assert read(storage, "album/a.jpg") == b"new"
    with pytest.raises(Conflict):
        storage.move(there, "album/a.jpg")
    back = storage.move(there, "album/a (2).jpg")
    assert (back.size, back.mtime_ns) == (len(b"old version"), writable.told(MTIME))
    assert read(storage, "album/a (2).jpg") == b"old version"
    assert names(storage, "album") == {"a.jpg", "a (2).jpg"}


def test_a_folder_in_the_trash_can_be_emptied(writable: Harness) -> None:
    writable.put("album/inner/a.jpg", b"a")
    there = writable.storage.delete("album")
    assert there is not None
    with pytest.raises(Conflict):
        writable.storage.delete(there, trash=False)
    for inside in ("/inner/a.jpg", "/inner", ""):
        assert writable.storage.delete(there + inside, trash=False) is None
    assert names(writable.storage) == set()


def test_the_trash_keeps_two_of_one_name(writable: Harness) -> None:
    kept = []
    for body in (b"first", b"second"):
        writable.storage.write("a.jpg", [body], size=None)
        kept.append(writable.storage.delete("a.jpg"))
    assert [read(writable.storage, there) for there in kept if there] == [b"first", b"second"]


def test_deleting_for_good(writable: Harness) -> None:
    writable.put("album/a.jpg", b"1")
    with pytest.raises(Conflict):
        writable.storage.delete("album", trash=False)
    assert writable.storage.delete("album/a.jpg", trash=False) is None
    assert writable.storage.delete("album", trash=False) is None
    assert writable.storage.list("").entries == []
    with pytest.raises(StorageNotFound):
        writable.storage.delete("album", trash=False)
    with pytest.raises(UsageError):
        writable.storage.delete("")


# --- watching


def test_watching_tells_of_changes_and_ends_when_asked(harness: Harness) -> None:
    harness.put("album/a.jpg", b"1")
    stop = threading.Event()
    changes: queue.Queue[Change] = queue.Queue()

    def follow() -> None:
        for change in harness.storage.watch(stop):
            changes.put(change)

    watcher = threading.Thread(target=follow)
    watcher.start()
    try:
        assert changes.get(timeout=10).everything
        if harness.storage.caps().watch == "none":
            return
        harness.put("album/b.jpg", b"2")
        assert "album" in changes.get(timeout=10).folders
        harness.take("album/a.jpg")
        assert "album" in changes.get(timeout=10).folders
    finally:
        stop.set()
        watcher.join(timeout=10)
    assert not watcher.is_alive()


# --- links and things that are no files (only where a storage can have them)


def test_links_are_neither_listed_nor_followed(on_disk: LocalHarness, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    on_disk.put("album/a.jpg", b"1")
    root = on_disk.root
    (root / "out-file.jpg").symlink_to(outside / "secret.jpg")
    (root / "out-folder").symlink_to(outside)
    (root / "in-file.jpg").symlink_to("album/a.jpg")
    (root / "in-folder").symlink_to("album")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    (root / "broken").symlink_to("nowhere")
    (root / "album" / "round").symlink_to("../album")
    assert names(on_disk.storage) == {"album"}
    assert names(on_disk.storage, "album") == {"a.jpg"}
    for path in (
        *("out-file.jpg", "out-folder", "out-folder/secret.jpg", "in-file.jpg", "in-folder"),
        *("in-folder/a.jpg", "loop", "loop/x", "up", "up/outside/secret.jpg", "broken", "album/round/a.jpg"),
    ):
        for ask in (on_disk.storage.stat, on_disk.storage.list, on_disk.storage.open_read):
            with pytest.raises(StorageNotFound):
                ask(path)


@pytest.mark.parametrize("maker", [name for name in WRITABLE if name in LOCAL])
def test_links_are_neither_written_through_nor_replaced(maker: str, tmp_path: Path) -> None:
    harness = NEAR[maker](tmp_path)
    assert isinstance(harness, LocalHarness)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.jpg").write_bytes(b"kept")
    (harness.root / "folder").symlink_to(outside)
    (harness.root / "file.jpg").symlink_to(outside / "kept.jpg")
    harness.put("a.jpg", b"a")
    storage = harness.storage
    with pytest.raises(StorageNotFound):
        storage.write("folder/new.jpg", [b"1"], size=1)
    with pytest.raises(StorageNotFound):
        storage.move("a.jpg", "folder/a.jpg")
    for if_absent in (True, False):
        with pytest.raises(Conflict):
            storage.write("file.jpg", [b"1"], size=1, if_absent=if_absent)
    with pytest.raises(Conflict):
        storage.move("a.jpg", "file.jpg")
    for path in ("file.jpg", "folder", "folder/kept.jpg"):
        with pytest.raises(StorageNotFound):
            storage.delete(path)
        with pytest.raises(StorageNotFound):
            storage.move(path, "elsewhere")
    assert (harness.root / "file.jpg").is_symlink()
    assert [path.name for path in outside.iterdir()] == ["kept.jpg"]
    assert (outside / "kept.jpg").read_bytes() == b"kept"

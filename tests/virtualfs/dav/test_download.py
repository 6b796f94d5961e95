"""GET and HEAD: the right bytes, nothing for those who left, and an end when the right ends.

What needs sockets runs against a real server on loopback with a large, sparse file.
"""

import asyncio
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from services import accounts, sharing
from services.broker import AHEAD, Broker, Original
from services.errors import Unavailable
from services.media.masking import Mask, to_json
from services.models import Asset, File, Grant, Item, Share, User, counters, database, transaction
from services.sharing import Openings
from services.slots import MAX_STREAMS
from services.storages.handles import Handle
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from tests.factories import Make
from tests.virtualfs.dav.drive import (
    Drive,
    listening,
    make_drive,
    read_head,
    read_rest,
    request,
    request_little,
)
from tests.virtualfs.household import MTIME_NS, Home
from virtualfs.dav.download import Download, Downloads, Slots
from virtualfs.dav.errors import Refused

GIB = 1 << 30
CHUNK = 256 * 1024
READ_AHEAD = AHEAD * CHUNK
"""What is read of a disk in one go."""
BUFFER = 64 * 1024
DATA = bytes(range(256)) * 40


class TestBytes:
    """In process."""

    def test_the_bytes_are_those_of_the_file(self, drive: Drive) -> None:
        data = os.urandom(3 * CHUNK + 17)
        drive.home.item("big.jpg", data=data)
        for path in ("Storages/Photos/big.jpg", "Library/2026/2026-07/big.jpg"):
            answer = drive.ask("GET", path)
            assert answer.status_code == 200
            assert hashlib.sha256(answer.content).digest() == hashlib.sha256(data).digest()

    def test_an_empty_file(self, drive: Drive) -> None:
        drive.home.file("empty.jpg", b"")
        answer = drive.ask("GET", "Storages/Photos/empty.jpg")
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
        assert drive.ask("GET", "Storages/Photos/empty.jpg", Range="bytes=0-").status_code == 416

    def test_a_marker_is_empty(self, drive: Drive) -> None:
        answer = drive.ask("GET", ".metadata_never_index")
        assert (answer.status_code, answer.content) == (200, b"")

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(first=st.integers(0, 12000) | st.none(), last=st.integers(0, 12000) | st.none())
    def test_a_range_is_a_slice(self, drive: Drive, first: int | None, last: int | None) -> None:
        if not File.select().exists():
            drive.home.file("a.bin", DATA)
        header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
        answer = drive.ask("GET", "Storages/Photos/a.bin", Range=header)
        if answer.status_code == 206:
            wanted = (
                DATA[-(last or 0) :] if first is None else DATA[first : None if last is None else last + 1]
            )
            assert answer.content == wanted
            begin = len(DATA) - len(wanted) if first is None else first
            assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(wanted) - 1}/{len(DATA)}"
        elif answer.status_code == 416:
            assert answer.headers["content-range"] == f"bytes */{len(DATA)}"
            assert first is None or first >= len(DATA)
        else:
            assert answer.content == DATA

    def test_conditions(self, drive: Drive) -> None:
        drive.home.file("a.jpg", DATA)
        path = "Storages/Photos/a.jpg"
        tag = drive.ask("HEAD", path).headers["etag"]
        for none_match in (tag, tag.strip('"'), f"W/{tag}", "*", f'"x", {tag}'):
            answer = drive.ask("GET", path, If_None_Match=none_match)
            assert (answer.status_code, answer.content) == (304, b"")
        assert drive.ask("GET", path, If_Range=tag, Range="bytes=0-3").status_code == 206
        assert drive.ask("GET", path, If_Range='"old"', Range="bytes=0-3").status_code == 200
        assert drive.ask("GET", path, If_Match='"old"').status_code == 412

    def test_safe_headers(self, drive: Drive) -> None:
        drive.home.file("p.jpg")
        drive.home.file('x"é.svg', b"<svg/>", mime="image/svg+xml")
        shown = drive.ask("GET", "Storages/Photos/p.jpg").headers
        assert shown["content-disposition"].startswith("inline;")
        (row,) = [r for r in drive.propfind("Storages/Photos") if "svg" in r.href]
        kept = drive.client().get(row.href).headers
        assert kept["content-disposition"].startswith("attachment;")
        assert "filename*=UTF-8''x%EF%BC%82%C3%A9.svg" in kept["content-disposition"]
        for headers in (shown, kept):
            assert headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "private, no-cache"
            assert headers["accept-ranges"] == "bytes"

    def test_a_folder_is_a_line_of_text(self, drive: Drive) -> None:
        for path in ("", "Library", "Storages/Photos/"):
            answer = drive.ask("GET", path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")

    def test_head_has_no_body(self, drive: Drive) -> None:
        drive.home.file("a.jpg", DATA)
        with listening(drive.app) as port:
            client = request(
                port, "Storages/Photos/a.jpg", drive.secret, "HEAD", Connection="close", Range="bytes=0-1"
            )
            status, rest = read_head(client)
            assert (status, rest, read_rest(client)) == (200, b"", 0)
            client.close()

    def test_another_size_than_known_is_refused_before_the_first_byte(self, drive: Drive) -> None:
        drive.home.file("a.jpg", DATA)
        (drive.home.root / "a.jpg").write_bytes(DATA + b"more")
        answer = drive.ask("GET", "Storages/Photos/a.jpg")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        (drive.home.root / "a.jpg").unlink()
        assert drive.ask("GET", "Storages/Photos/a.jpg").status_code == 503, "never a 404: that is a deletion"


def test_too_many_are_refused_with_when_to_come_back() -> None:
    slots = Slots(1)
    slots.take(1)
    with pytest.raises(Refused, match="1 downloads are running already") as refused:
        slots.take(1)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")


class Watched(LocalStorage):
    """A real folder that counts what is read from it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read = 0
        self.opened = 0
        self.closed = 0
        self.after_read: Callable[[], object] = lambda: None

    def open_read(
        self,
        path: str,
        *,
        expect_size: int | None = None,
        expect_key: str | None = None,
        span: tuple[int, int] | None = None,
    ) -> Handle:
        handle = super().open_read(path, expect_size=expect_size, expect_key=expect_key, span=span)
        pread, close = handle.pread, handle.close
        self.opened += 1

        def counting(offset: int, length: int) -> bytes:
            data = pread(offset, length)
            self.read += len(data)
            self.after_read()
            return data

        def closing() -> None:
            self.closed += 1
            close()

        handle.pread = counting  # type: ignore[method-assign]  # a spy on one handle
        handle.close = closing  # type: ignore[method-assign]
        return handle


def until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.fixture
def watched(home: Home) -> Iterator[tuple[Drive, Watched]]:
    """Anna's drive with a sparse file of a gigabyte."""
    with (home.root / "film.mp4").open("wb") as file:
        file.truncate(GIB)
    home.make.file(home.storage, "film.mp4", home.folder(""), size=GIB, mime="video/mp4", mtime_ns=1)
    storage = Watched(home.root)
    home.broker.close()
    home.broker = Broker(lambda row: storage, lambda file: None)
    yield make_drive(home), storage
    database.close()


FILM = "Storages/Photos/film.mp4"


def test_a_short_part_is_read_and_let_go_before_it_is_sent(watched: tuple[Drive, Watched]) -> None:
    drive, storage = watched
    downloads = Downloads(drive.home.broker, Openings())
    node = drive.home.find(FILM)
    for _ in range(MAX_STREAMS + 1):  # none of them keeps a place
        short = downloads.answer("GET", drive.home.viewer, node, {"range": f"bytes=5-{CHUNK + 4}"})
        assert isinstance(short, Response)
        assert len(short.body) == CHUNK
    assert storage.closed == storage.opened == MAX_STREAMS + 1
    long = downloads.answer("GET", drive.home.viewer, node, {"range": f"bytes=5-{CHUNK + 5}"})
    assert isinstance(long, Download)
    assert storage.read == (MAX_STREAMS + 1) * CHUNK, "the long one waits for its client"
    long._stream.close()


def test_a_short_part_whose_right_ends_during_the_read_is_not_sent(watched: tuple[Drive, Watched]) -> None:
    drive, storage = watched
    token, *_ = accounts.list_tokens(drive.home.viewer)
    storage.after_read = lambda: accounts.revoke_token(drive.home.viewer, token.pid)
    answer = drive.ask("GET", FILM, Range="bytes=0-9")
    assert (answer.status_code, answer.text) == (404, "Nothing here.\n")
    assert storage.read == 10
    assert storage.closed == storage.opened == 1


def test_a_client_that_leaves_stops_the_reading(watched: tuple[Drive, Watched]) -> None:
    """No more was read than what is on its way and a block; and after it left a block at most."""
    drive, storage = watched
    with listening(drive.app, buffer=BUFFER) as port:
        client = request_little(port, FILM, drive.secret, BUFFER)
        status, first = read_head(client)
        assert status == 200
        got = len(first)
        while got < 1 << 20:
            got += len(client.recv(65536))
        assert until(lambda: settled(storage))
        at_rest = storage.read
        assert at_rest - got <= READ_AHEAD + CHUNK + 4 * BUFFER, "a block, and what is on its way"
        client.close()
        assert until(lambda: storage.closed == 1)
        at_end = storage.read
        time.sleep(0.3)
        assert storage.read == at_end
        assert at_end - at_rest <= READ_AHEAD


def test_a_client_that_leaves_at_once_stops_the_reading_as_well(watched: tuple[Drive, Watched]) -> None:
    drive, storage = watched
    with listening(drive.app, buffer=BUFFER) as port:
        client = request_little(port, FILM, drive.secret, BUFFER)
        got = 0
        while got < 1 << 20:
            got += len(client.recv(65536))
        client.close()
        assert until(lambda: storage.closed == 1)
        assert storage.read - got <= 2 * READ_AHEAD + CHUNK + 4 * BUFFER


def resident() -> int:
    """Bytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def propfind_seconds(port: int, secret: str) -> float:
    """How long the top folder takes to be listed."""
    began = time.monotonic()
    client = request(port, "", secret, "PROPFIND", Depth="0")
    assert read_head(client)[0] == 207
    client.close()
    return time.monotonic() - began


def test_stalled_readers_cost_little_memory(watched: tuple[Drive, Watched]) -> None:
    drive, storage = watched
    with listening(drive.app) as port:
        stalled: list[socket.socket] = []

        def stall(number: int) -> None:
            stalled.extend(request(port, FILM, drive.secret) for _ in range(number))
            assert until(lambda: storage.opened == len(stalled))
            assert until(lambda: settled(storage))

        stall(2)  # so that what the first ones bring with them, threads and modules, is there
        before = resident()
        stall(4)
        assert resident() - before < 8 << 20
        for client in stalled:
            client.close()
        assert until(lambda: storage.closed == len(stalled))


def test_twelve_stalled_downloads_delay_nobody(watched: tuple[Drive, Watched], make: Make) -> None:
    """More than the broker has threads: a stalled download holds none. One person may have eight."""
    drive, storage = watched
    ben = make.user("ben")
    folder = make.storage(ben, "Films")
    make.file(folder, "film.mp4", size=GIB, mtime_ns=1)
    other = drive.as_somebody("ben").secret
    with listening(drive.app) as port:
        stalled = [request(port, FILM, drive.secret) for _ in range(MAX_STREAMS)]
        assert until(lambda: storage.opened == MAX_STREAMS)
        late = request(port, FILM, drive.secret)
        assert read_head(late)[0] == 503
        late.close()
        stalled += [request(port, "Storages/Films/film.mp4", other, login="ben") for _ in range(4)]
        assert until(lambda: storage.opened == 12)
        assert until(lambda: settled(storage))
        times = [propfind_seconds(port, drive.secret) for _ in range(10)]
        assert max(times) < 3.0, "one that waits for threads takes eight seconds"
        assert min(times) < 0.1, "and others use the machine as well"
        for client in stalled:
            client.close()
        assert until(lambda: storage.closed == 12)
        again = request(port, FILM, drive.secret, Range="bytes=0-9")
        assert read_head(again)[0] == 206, "places are given back"
        again.close()


def test_a_revoked_download_ends_at_its_next_chunk(watched: tuple[Drive, Watched]) -> None:
    drive, storage = watched
    with listening(drive.app) as port:
        client = request(port, FILM, drive.secret)
        assert read_head(client)[0] == 200
        assert until(lambda: settled(storage))
        at_revocation = storage.read
        token, *_ = accounts.list_tokens(drive.home.viewer)
        accounts.revoke_token(drive.home.viewer, token.pid)
        rest = read_rest(client)
        client.close()
        assert until(lambda: storage.closed == 1)
        assert storage.read - at_revocation <= 2 * CHUNK, "one was read, one ahead, and thrown away"
        assert rest < GIB // 8


def share_film(drive: Drive) -> Drive:
    """Ben's drive, to whom anna gives the film."""
    home = drive.home
    film = home.make.item(home.anna, "film.mp4", type="video")
    asset = home.make.asset(film)
    File.update(asset=asset).where(File.name == "film.mp4").execute()
    collection = home.make.collection(home.anna, "Films", items=[film])
    home.make.grant(home.make.share(collection), user=home.make.user("ben"))
    return drive.as_somebody("ben")


SHARED_FILM = "Shared%20with%20me/anna/Films/film.mp4"


@pytest.mark.parametrize("how", ["grant", "user", "item"])
def test_a_shared_download_ends_with_the_share(watched: tuple[Drive, Watched], how: str) -> None:
    drive, storage = watched
    theirs = share_film(drive)
    with listening(drive.app) as port:
        part = request(port, SHARED_FILM, theirs.secret, login="ben", Range="bytes=5-9")
        assert read_head(part) == (206, bytes(5))
        part.close()
        client = request(port, SHARED_FILM, theirs.secret, login="ben")
        assert read_head(client)[0] == 200
        assert until(lambda: settled(storage))
        at_revocation = storage.read
        if how == "item":
            sharing.withdraw(drive.home.viewer, [Item.get().pid])
        else:
            what = {"grant": Grant.get().pid} if how == "grant" else {"user": "ben"}
            sharing.revoke(drive.home.viewer, what)
        rest = read_rest(client)
        client.close()
        assert until(lambda: storage.closed == 2)
        assert storage.read - at_revocation <= 2 * CHUNK, "one was read, one ahead, and thrown away"
        assert rest < GIB // 8
        again = request(port, SHARED_FILM, theirs.secret, login="ben")
        assert read_head(again)[0] == 404
        again.close()


def settled(storage: Watched) -> bool:
    """Whether the buffers between us are full and nothing is read any more."""
    before = storage.read
    time.sleep(0.1)
    return storage.read == before


def test_a_storage_that_fails_in_the_middle_leaves_the_answer_unfinished(home: Home) -> None:
    storage = MemoryStorage()
    data = os.urandom(1 << 20)
    storage.put("a.bin", data)
    home.make.file(home.storage, "a.bin", home.folder(""), size=len(data))
    home.broker.close()
    home.broker = Broker(lambda row: storage, lambda file: None)
    drive = make_drive(home)
    storage.faults.short_body["a.bin"] = 100_000
    with listening(drive.app) as port:
        client = request(port, "Storages/Photos/a.bin", drive.secret)
        status, first = read_head(client)
        assert status == 200
        assert len(first) + read_rest(client) < len(data)
        client.close()


def test_a_client_that_takes_nothing_is_cut_off(home: Home) -> None:
    home.file("a.bin", DATA)
    ended: list[str] = []
    stream = home.broker.open(home.viewer, known(home, "a.bin"))
    download = Download(stream, 200, {}, lambda: ended.append("done"), 0.05)

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    asyncio.run(asyncio.wait_for(download({}, receive, send), 30))  # type: ignore[arg-type]
    assert ended == ["done"]


def known(home: Home, name: str) -> Original:
    original = home.find(f"Storages/Photos/{name}").original
    assert original is not None
    return original


def test_closing_down_closes_a_stream_after_its_read_not_under_it(home: Home) -> None:
    """A handle must not be closed while a read of it runs in another thread."""
    home.file("a.bin", DATA)
    stream = home.broker.open(home.viewer, known(home, "a.bin"))
    reading, go_on = threading.Event(), threading.Event()
    order: list[str] = []
    pread, close = stream._handle.pread, stream._handle.close

    def slow(offset: int, length: int) -> bytes:
        reading.set()
        go_on.wait(20)
        order.append("read")
        return pread(offset, length)

    def closing() -> None:
        order.append("closed")
        close()

    stream._handle.pread = slow  # type: ignore[method-assign]
    stream._handle.close = closing  # type: ignore[method-assign]

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        pass

    async def run() -> None:
        task = asyncio.ensure_future(Download(stream, 200, {}, lambda: None, 5)({}, receive, send))  # type: ignore[arg-type]
        await asyncio.to_thread(reading.wait, 20)
        task.cancel()
        await asyncio.sleep(0.05)
        assert order == []
        go_on.set()
        while "closed" not in order:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 30))
    assert order == ["read", "closed"]


class TestMasked:
    """Who may not know where a picture was taken holds another content than who may, by every sign of it."""

    PATH = "Shared%20with%20me/anna/Lake/a.jpg"
    BODY = bytes(range(97, 117))

    @pytest.fixture
    def theirs(self, drive: Drive) -> Drive:
        home = drive.home
        file = home.item("a.jpg", data=self.BODY)
        os.utime(home.root / "a.jpg", ns=(MTIME_NS, MTIME_NS))  # masks lie only over the bytes that were read
        Asset.update(masks=to_json([Mask(4, 4)])).where(Asset.id == file.asset_id).execute()
        lake = home.make.collection(home.anna, "Lake", items=[file.asset.item])
        home.make.grant(home.make.share(lake, shows_place=False), user=home.make.user("ben"))
        return drive.as_somebody("ben")

    def show(self, *, place: bool) -> None:
        with transaction():
            Share.update(shows_place=place).execute()
            counters.bump_policy()

    def test_its_tag_is_stable_and_not_that_of_the_whole(self, drive: Drive, theirs: Drive) -> None:
        masked = theirs.ask("GET", self.PATH)
        own = drive.ask("GET", "Library/2026/2026-07/a.jpg")
        assert masked.content == self.BODY[:4] + bytes(4) + self.BODY[8:]
        assert own.content == self.BODY
        assert masked.headers["etag"] == theirs.ask("HEAD", self.PATH).headers["etag"] != own.headers["etag"]
        assert "last-modified" not in masked.headers
        (row,) = theirs.propfind(self.PATH, "0")
        assert row.text("getetag") == masked.headers["etag"]
        self.show(place=True)
        whole = theirs.ask("GET", self.PATH)
        assert (whole.content, whole.headers["etag"]) == (self.BODY, own.headers["etag"])
        self.show(place=False)
        assert theirs.ask("GET", self.PATH).headers["etag"] == masked.headers["etag"]

    @pytest.mark.parametrize("sign", ["etag", "last-modified"])
    def test_a_part_of_the_whole_is_not_joined_with_it(self, drive: Drive, theirs: Drive, sign: str) -> None:
        whole = drive.ask("GET", "Library/2026/2026-07/a.jpg").headers[sign]
        answer = theirs.ask("GET", self.PATH, Range="bytes=2-9", If_Range=whole)
        assert (answer.status_code, len(answer.content)) == (200, len(self.BODY))
        name = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}[sign]
        assert theirs.ask("GET", self.PATH, **{name: whole}).status_code == 200

    def test_a_part_of_its_own_is(self, theirs: Drive) -> None:
        tag = theirs.ask("HEAD", self.PATH).headers["etag"]
        answer = theirs.ask("GET", self.PATH, Range="bytes=2-9", If_Range=tag)
        assert (answer.status_code, answer.content) == (206, self.BODY[2:4] + bytes(4) + self.BODY[8:10])
        assert theirs.ask("GET", self.PATH, If_None_Match=tag).status_code == 304

    def test_another_way_that_shows_the_place_gives_the_whole_everywhere(
        self, drive: Drive, theirs: Drive
    ) -> None:
        home = drive.home
        other = home.make.collection(home.anna, "Open", items=[Item.get()])
        home.make.grant(home.make.share(other), user=User.get(User.login == "ben"))
        found = [theirs.ask("GET", f"Shared%20with%20me/anna/{name}/a.jpg") for name in ("Lake", "Open")]
        assert {(each.content, each.headers["etag"]) for each in found} == {
            (self.BODY, drive.ask("GET", "Library/2026/2026-07/a.jpg").headers["etag"])
        }

    def test_a_right_that_changes_in_between_sends_nothing_under_the_old_tag(
        self, drive: Drive, theirs: Drive
    ) -> None:
        ben = accounts.viewer_for("ben")
        node = drive.home.tree.resolve(ben, ["Shared with me", "anna", "Lake", "a.jpg"])
        self.show(place=True)
        with pytest.raises(Unavailable, match="just changed"):
            Downloads(drive.home.broker, Openings()).answer("GET", ben, node, {})


def test_what_others_read_is_counted_once_a_minute(drive: Drive) -> None:
    home = drive.home
    data = os.urandom(2 * CHUNK)
    lake = home.make.collection(home.anna, "Lake", items=[home.item("a.jpg", data=data).asset.item])
    home.make.grant(home.make.share(lake), user=home.make.user("ben"))
    theirs, path = drive.as_somebody("ben"), "Shared%20with%20me/anna/Lake/a.jpg"
    theirs.propfind(path, "0")
    tag = theirs.ask("HEAD", path).headers["etag"]
    assert theirs.ask("GET", path, If_None_Match=tag).status_code == 304
    assert drive.ask("GET", "Library/2026/2026-07/a.jpg").status_code == 200
    assert Grant.get().opened == 0, "a look at the folder reads nothing, and one's own is not counted"
    for first in range(0, len(data), CHUNK // 2):
        assert theirs.ask("GET", path, Range=f"bytes={first}-{first + 9}").status_code == 206
    assert Grant.get().opened == 1

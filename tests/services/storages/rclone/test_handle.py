"""How many transfers a reader costs: one for who reads on, one a jump, and just the bytes asked for."""

import asyncio
import threading

import pytest

from services.errors import Changed, StorageError, Unavailable
from services.storages.rclone.client import Body
from services.storages.rclone.handle import SKIP, RcloneHandle
from services.storages.values import Entry

DATA = bytes(range(256)) * 16384  # 4 MiB
ENTRY = Entry("a.jpg", "a.jpg", False, len(DATA), 1, None, "key")


class FakeBody(Body):
    """`here` is up to how much can be had without a wait."""

    has_length = True
    here = 0
    at_once = len(DATA)

    modified: str | None = None

    def __init__(self, data: bytes, *, total: int | None = len(DATA), comes: int | None = None) -> None:
        self.total = total
        self.closed = False
        self._left = data if comes is None else data[:comes]

    def read(self, length: int) -> bytes:
        if length > len(self._left):
            raise Unavailable("The storage ended its answer early.")
        data, self._left = self._left[:length], self._left[length:]
        return data

    def came(self, length: int) -> bytes | None:
        length = min(length, self.here)
        self.here -= length
        return self.read(length) if length else None

    async def coming(self, length: int) -> bytes:
        await asyncio.sleep(0)
        return self.read(min(length, self.at_once))

    def read_end(self) -> None:
        assert not self._left

    def close(self) -> None:
        self.closed = True


class FakeOpener:
    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []
        self.bodies: list[FakeBody] = []
        self.total: int | None = len(DATA)
        self.comes: int | None = None

    def body(self, path: str, start: int, end: int) -> Body:
        assert path == "a.jpg"
        self.asked.append((start, end))
        self.bodies.append(FakeBody(DATA[start : end + 1], total=self.total, comes=self.comes))
        return self.bodies[-1]

    def why_changed(self, entry: Entry) -> StorageError | None:
        return Changed("another") if entry.change_key != "key" else None


def test_a_jump_asks_for_just_the_bytes() -> None:
    opener = FakeOpener()
    with RcloneHandle(opener, ENTRY) as handle:
        assert handle.pread(3_000_000, 100) == DATA[3_000_000:3_000_100]
        assert handle.pread(5, 10) == DATA[5:15]
    assert opener.asked == [(3_000_000, 3_000_099), (5, 14)]
    assert all(body.closed for body in opener.bodies)


def test_who_reads_on_gets_one_long_transfer() -> None:
    opener = FakeOpener()
    with RcloneHandle(opener, ENTRY) as handle:
        parts = [handle.pread(at, 65_536) for at in range(0, len(DATA), 65_536)]
    assert b"".join(parts) == DATA
    assert opener.asked == [(0, 65_535), (65_536, len(DATA) - 1)]


def test_a_short_way_ahead_is_read_over_and_a_long_one_is_not() -> None:
    opener = FakeOpener()
    with RcloneHandle(opener, ENTRY) as handle:
        handle.pread(0, 10)
        handle.pread(10, 10)
        assert handle.pread(1000, 10) == DATA[1000:1010]
        assert len(opener.asked) == 2
        far = 1010 + SKIP + 1
        assert handle.pread(far, 10) == DATA[far : far + 10]
        assert opener.asked[2:] == [(far, far + 9)]


def test_a_span_given_at_opening_is_the_one_transfer() -> None:
    opener = FakeOpener()
    first = FakeBody(DATA[100:200])
    with RcloneHandle(opener, ENTRY, first=first, at=100, until=199) as handle:
        assert handle.pread(100, 60) + handle.pread(160, 40) == DATA[100:200]
    assert opener.asked == []
    assert first.closed


def test_another_size_is_changed_before_a_byte_is_given() -> None:
    opener = FakeOpener()
    opener.total = len(DATA) - 1
    with RcloneHandle(opener, ENTRY) as handle, pytest.raises(Changed):
        handle.pread(0, 10)
    assert opener.bodies[0].closed


def test_a_short_answer_is_an_error_and_the_next_read_begins_anew() -> None:
    opener = FakeOpener()
    opener.comes = 5
    with RcloneHandle(opener, ENTRY) as handle:
        with pytest.raises(Unavailable):
            handle.pread(0, 10)
        opener.comes = None
        assert handle.pread(0, 10) == DATA[:10]


def test_two_readers_at_once_do_not_wait_for_each_other() -> None:
    opener = FakeOpener()
    with RcloneHandle(opener, ENTRY) as handle:
        with handle._lock:  # somebody is in the middle of reading on
            assert handle.pread(7, 3) == DATA[7:10]
        threads = [threading.Thread(target=handle.pread, args=(n * 1000, 100)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(body.closed for body in opener.bodies)


def test_check_and_close() -> None:
    opener = FakeOpener()
    RcloneHandle(opener, ENTRY).check()
    with pytest.raises(Changed):
        RcloneHandle(opener, ENTRY._replace(change_key="old")).check()
    handle = RcloneHandle(opener, ENTRY)
    handle.close()
    handle.close()
    with pytest.raises(ValueError, match="closed"):
        handle.pread(0, 1)


def came(handle: RcloneHandle, offset: int, length: int) -> bytes:
    """What is waited for on an event loop."""
    assert handle.comes(offset)
    return asyncio.run(handle.coming(offset, length))


def test_what_is_next_in_a_transfer_can_be_waited_for_on_a_loop() -> None:
    opener, first = FakeOpener(), FakeBody(DATA[100:200])
    with RcloneHandle(opener, ENTRY, first=first, at=100, until=199) as handle:
        assert came(handle, 100, 60) == DATA[100:160]
        for offset in (100, 159, 161, 200):
            assert not handle.comes(offset)
        assert handle.pread(160, 5) == DATA[160:165]  # a thread may read on as well
        assert not first.closed
        first.at_once = 15
        assert came(handle, 165, 99) == DATA[165:180], "what is there by then"
        assert not first.closed
        first.at_once = 99
        assert came(handle, 180, 99) == DATA[180:200], "no more than the transfer is of"
        assert first.closed
        assert not handle.comes(200)
        handle.pread(0, 10)
        assert not handle.comes(10), "a transfer is to be begun first, which blocks"
    assert opener.asked == [(0, 9)]


def test_what_is_here_by_now_is_had_without_a_wait() -> None:
    opener, first = FakeOpener(), FakeBody(DATA[100:200])
    with RcloneHandle(opener, ENTRY, first=first, at=100, until=199) as handle:
        assert handle.came(100, 60) is None
        first.here = 60
        for offset in (99, 101, 200):
            assert handle.came(offset, 5) is None
        assert handle.came(100, 20) == DATA[100:120]
        assert handle.came(120, 99) == DATA[120:160]
        assert handle.came(160, 99) is None
        assert not first.closed
        assert came(handle, 160, 5) == DATA[160:165]
        first.here = 99
        assert handle.came(165, 99) == DATA[165:200]
        assert first.closed
        assert handle.came(200, 1) is None
    assert opener.asked == []


def test_of_a_length_that_is_not_told_nothing_is_waited_for() -> None:
    first = FakeBody(DATA)
    first.has_length = False
    assert not RcloneHandle(FakeOpener(), ENTRY, first=first, at=0, until=len(DATA) - 1).comes(0)


def test_who_reads_beside_a_loop_that_waits_gets_a_transfer_of_their_own() -> None:
    opener = FakeOpener()

    async def run(handle: RcloneHandle) -> bytes:
        waiting = asyncio.ensure_future(handle.coming(0, 10))
        await asyncio.sleep(0)
        first.here = 10  # what the other reader waits for
        assert not handle.comes(0)
        assert handle.came(0, 10) is None
        beside = handle.pread(5, 10)
        return await waiting + beside

    first = FakeBody(DATA)
    with RcloneHandle(opener, ENTRY, first=first, at=0, until=len(DATA) - 1) as handle:
        assert asyncio.run(run(handle)) == DATA[:10] + DATA[5:15]
        assert handle.comes(10)
    assert opener.asked == [(5, 14)]


def test_a_transfer_that_ends_early_under_a_loop_is_given_up() -> None:
    first = FakeBody(DATA, comes=15)
    with RcloneHandle(FakeOpener(), ENTRY, first=first, at=0, until=len(DATA) - 1) as handle:
        assert came(handle, 0, 10) == DATA[:10]
        with pytest.raises(Unavailable):
            came(handle, 10, 10)
        assert first.closed
        assert not handle.comes(10)
        assert handle.pread(10, 10) == DATA[10:20]


@pytest.mark.parametrize("on_loop", [False, True])
def test_what_takes_the_place_of_a_failed_transfer_is_never_another_file(on_loop: bool) -> None:
    opener, first = FakeOpener(), FakeBody(DATA, comes=10)
    first.modified = "Thu, 01 Oct 2026 10:00:00 GMT"
    with RcloneHandle(opener, ENTRY, first=first, at=0, until=len(DATA) - 1, stood_by=True) as handle:
        read = came if on_loop else RcloneHandle.pread
        assert read(handle, 0, 10) == DATA[:10]
        with pytest.raises(Changed):
            read(handle, 10, 10)
    assert opener.bodies[0].closed

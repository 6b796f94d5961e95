import threading
import time

import pytest

from services.errors import (
    Changed,
    Forbidden,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.storages.memory import MemoryStorage


@pytest.fixture
def storage() -> MemoryStorage:
    made = MemoryStorage(writable=True)
    for number in range(4):
        made.put(f"album/{number}.jpg", bytes([number]) * 10)
    return made


def test_the_nth_call_fails_and_only_that(storage: MemoryStorage) -> None:
    storage.faults.fail_on = {1: Unavailable("first"), 3: Forbidden("third")}
    with pytest.raises(Unavailable, match="first"):
        storage.list("")
    storage.list("")
    with pytest.raises(Forbidden, match="third"):
        storage.stat("album")
    storage.list("")
    assert storage.calls == 4


def test_a_hanging_call_ends_at_its_deadline(storage: MemoryStorage) -> None:
    storage.faults.hang, storage.faults.deadline_s = True, 0.05
    with pytest.raises(Unavailable, match="in time"):
        storage.list("")


def test_a_hanging_call_may_be_let_go(storage: MemoryStorage) -> None:
    storage.faults.hang = True
    release = threading.Timer(0.05, lambda: setattr(storage.faults, "hang", False))
    release.start()
    begun = time.monotonic()
    assert storage.list("").complete
    assert time.monotonic() - begun < 10


def test_throttling_tells_how_long_to_wait(storage: MemoryStorage) -> None:
    storage.faults.throttle = 7
    with pytest.raises(StorageThrottled) as caught:
        storage.list("")
    assert caught.value.retry_after == 7
    assert storage.probe().state == "throttled"


def test_offline_and_sign_in(storage: MemoryStorage) -> None:
    storage.faults.offline = True
    with pytest.raises(Unavailable):
        storage.open_read("album/0.jpg")
    assert storage.probe().state == "offline"
    storage.faults.offline, storage.faults.needs_reconnect = False, True
    with pytest.raises(Unauthorized):
        storage.list("")
    assert storage.probe().state == "needs_reconnect"
    storage.faults.needs_reconnect = False
    assert storage.probe().online


def test_a_short_body_and_a_changed_size(storage: MemoryStorage) -> None:
    storage.faults.short_body["album/1.jpg"] = 3
    with storage.open_read("album/1.jpg") as handle:
        assert handle.pread(0, 7) == b"\1" * 7
        with pytest.raises(Unavailable):
            handle.pread(0, 8)
    storage.faults.changed_size["album/2.jpg"] = 12
    assert storage.stat("album/2.jpg").size == 10
    with pytest.raises(Changed):
        storage.open_read("album/2.jpg", expect_size=10)


def test_a_partial_listing_says_so(storage: MemoryStorage) -> None:
    storage.faults.partial.add("album")
    listing = storage.list("album")
    assert (len(listing.entries), listing.complete, len(listing.errors)) == (2, False, 1)
    assert storage.list("").complete


@pytest.mark.parametrize("fault", ["empty_root", "canary_lost"])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_lost_root_is_offline_until_found(storage: MemoryStorage, fault: str, recorded: bool) -> None:
    if recorded:
        storage.fingerprint()
    setattr(storage.faults, fault, True)
    assert storage.probe().state == "offline"
    with pytest.raises(Unavailable):
        storage.list("")
    setattr(storage.faults, fault, False)
    assert storage.probe().online


def test_without_ids_and_hashes(storage: MemoryStorage) -> None:
    assert storage.stat("album/0.jpg").id
    assert set(storage.stat("album/0.jpg").hashes) == {"md5", "sha256"}
    storage.faults.no_ids = storage.faults.no_hashes = True
    assert storage.stat("album/0.jpg").id is None
    assert not storage.stat("album/0.jpg").hashes
    assert not storage.caps().ids
    assert not storage.caps().hashes


def test_room_can_run_out(storage: MemoryStorage) -> None:
    storage.faults.capacity = 45
    quota = storage.about()
    assert quota is not None
    assert (quota.total, quota.used, quota.free) == (45, 40, 5)
    with pytest.raises(StorageFull):
        storage.write("b.jpg", [b"123456"], size=6)
    storage.write("b.jpg", [b"12345"], size=5)


def test_a_hand_from_outside(storage: MemoryStorage) -> None:
    storage.take("album/0.jpg")
    with pytest.raises(StorageNotFound):
        storage.stat("album/0.jpg")
    storage.take("album")
    assert storage.list("").entries == []


def test_a_distant_one_counts_what_is_asked_and_knows_content_by_its_hash() -> None:
    far = MemoryStorage(distant=True)
    far.put("a.jpg", b"0123456789")
    before = far.stat("a.jpg").change_key
    with far.open_read("a.jpg") as handle:
        assert handle.pread(8, 100) == b"89"
    assert far.asked == 2
    far.put("a.jpg", b"9876543210")  # as long as before, at the same time
    assert far.stat("a.jpg").change_key != before

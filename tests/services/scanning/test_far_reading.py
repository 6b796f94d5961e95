"""Reading what is far away: glances, whole files, long videos, budgets, and every way it can fail."""

import hashlib
import io
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from services import catalogue, clock
from services.budgets import Pace
from services.catalogue.placing import content_key
from services.errors import DecoderKilled, DecoderRefused, Forbidden, JobStopped, StorageThrottled
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.types import GRID, VIEW
from services.models import Asset, ContentHash, File, Item, Job, Storage, database
from services.scanning import far_reading, reading, scanner
from services.storages.memory import MemoryStorage
from tests.fakes import KILLS, REFUSED, claimed, photo
from tests.services.media.metadata_samples import exif
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db

WHEN = "2026-07-01T10:00:00"


def video(size: int, **meta: object) -> bytes:
    return photo(kind="video", mime="video/mp4", **meta).ljust(size)


def noting(order: list[str], name: str, plain: Callable[..., object]) -> Callable[..., object]:
    def call(*args: object, **more: object) -> object:
        order.append(name)
        return plain(*args, **more)

    return call


def at_another_hour(far: Household) -> None:
    """The storage may be read at another hour only."""
    hour = clock.now() // clock.HOUR % 24
    options = {"budget": {"hours": [(hour + 2) % 24, (hour + 3) % 24]}}
    Storage.update(options=options).where(Storage.id == far.storage.id).execute()


def test_glances_come_first_then_whole_files(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    far.memory.put("a.jpg", photo(n=1, taken=WHEN))
    far.memory.put("b.jpg", photo(n=2, taken=WHEN))
    far.scan()
    order: list[str] = []
    for name in ("glance", "read"):
        plain = getattr(far.pool, name)
        monkeypatch.setattr(far.pool, name, noting(order, name, plain))
    result = far.read()
    assert (result["state"], result["read"], result["left"]) == ("online", 2, 0)
    assert order == ["glance", "glance", "read", "read"]
    assert {f.read_state for f in File.select()} == {"done"}
    assert far.day_counts() == {20260701: 2}
    assert len(far.store.kept) == 2
    assert {h.kind for h in ContentHash.select()} == {"md5"}
    assert far.open_jobs("read") == [Job.get(Job.dedupe_key == f"read:{far.storage.id}")], "no other follows"


def test_a_glance_dates_items_while_bytes_wait_for_their_hour(far: Household) -> None:
    at_another_hour(far)
    far.memory.put("a.jpg", photo(n=1, taken=WHEN))
    far.scan()
    result = far.read()
    assert (result["read"], result["left"]) == (0, 1)
    assert (far.day_counts(), Item.get().taken_source) == ({20260701: 1}, "test")
    assert (File.get().glance, File.get().read_state) == ("done", "pending")
    assert sorted(j.state for j in Job.select().where(Job.kind == "read")) == ["done", "queued"]


def test_long_videos_are_hashed_last_and_never_copied(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_reading, "LONG", 1000)
    far.memory.put("long.mp4", video(3000, n=1, taken=WHEN))
    far.memory.put("z.jpg", photo(n=2))
    far.scan()
    far.read()
    assert far.pool.hashed == ["long.mp4"]
    assert far.pool.read_names == ["z.jpg"]
    item = Item.get(Item.name == "long.mp4")
    asset = Asset.get_by_id(item.cover_id)
    assert (item.day, asset.sha256 is not None) == (20260701, True)
    assert far.store.get(content_key(asset), GRID) == b"poster"
    assert len(far.store.kept) == 2, "the poster under its first name is gone"


def test_a_long_video_has_its_poster_before_it_is_hashed(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_reading, "LONG", 1000)
    far.memory.put("long.mp4", video(3000, n=1))
    far.scan()
    at_another_hour(far)
    far.read()
    asset = Asset.get()
    assert asset.sha256 is None
    assert far.store.get(content_key(asset), GRID) == b"poster"


def test_live_photo_and_sidecar_become_one_item_from_glances(far: Household) -> None:
    far.memory.put("IMG_1.HEIC", photo(live_id="X", mime="image/heic"))
    far.memory.put("IMG_1.MOV", photo(live_id="X", kind="video", mime="video/quicktime", duration_s=2.0))
    far.memory.put("b.jpg", photo(n=1))
    far.memory.put("b.jpg.xmp", b'["lake"]')
    far.scan()
    assert len(far.names()) == 3
    far.read_all()
    assert far.names() == ["IMG_1.HEIC", "b.jpg"]
    assert far.roles(Item.get(Item.name == "b.jpg")) == ["original", "sidecar"]
    described = catalogue.describe(far.viewer, [Item.get(Item.name == "b.jpg")])[0]
    assert described.labels == ("lake",)


def test_what_is_no_media_after_all_is_no_item(far: Household) -> None:
    far.memory.put("a.jpg", b"just words")
    far.scan()
    assert far.names() == ["a.jpg"]
    far.read_all()
    assert (far.names(), Asset.select().count(), far.day_counts()) == ([], 0, {})


def test_copies_are_read_once(far: Household) -> None:
    for n in range(60):
        far.memory.put(f"{n}.jpg", photo(n=1))
    far.scan()
    assert len(far.names()) == 60
    far.read_all()
    assert len(far.pool.read_names) < 30  # those that were on their way when the first was recorded
    assert (Item.select().count(), File.select().where(File.read_state == "done").count()) == (1, 60)


def test_what_kills_its_decoder_is_read_twice_and_left_alone(far: Household) -> None:
    far.memory.put("bad.jpg", KILLS)
    far.memory.put("huge.jpg", REFUSED)
    far.memory.put("good.jpg", photo(n=1))
    far.scan()
    for _ in range(4):
        far.read()
    states = {f.name: (f.glance, f.read_state) for f in File.select()}
    assert states == {
        "bad.jpg": ("failed", "quarantined"), "huge.jpg": ("failed", "failed"), "good.jpg": ("none", "done")
    }  # fmt: skip
    assert far.read()["left"] == 0


def test_throttled_it_waits_as_long_as_it_is_told(far: Household) -> None:
    for n in range(5):
        far.memory.put(f"{n}.jpg", photo(n=n))
    far.scan()
    far.memory.faults.fail_on = {3: StorageThrottled("slowly", retry_after=600)}
    result = far.read()
    assert (result["state"], result["left"] > 0) == ("slow", True)
    assert {f.problem for f in File.select()} == {""}
    calls = far.memory.calls
    assert far.read()["state"] == "slow"
    assert far.memory.calls == calls, "before its time nothing is asked"
    Storage.update(retry_at=1).execute()
    far.read_all()
    storage = Storage.get()
    assert (storage.state, storage.retry_at) == ("online", None)
    assert {f.read_state for f in File.select()} == {"done"}


@pytest.mark.parametrize(("fault", "state"), [("offline", "offline"), ("needs_reconnect", "sign-in")])
def test_a_storage_that_goes_away_ends_reading_and_takes_nothing(
    far: Household, fault: str, state: str
) -> None:
    for n in range(8):
        far.memory.put(f"{n}.jpg", photo(n=n))
    far.scan()
    setattr(far.memory.faults, fault, True)
    calls = far.memory.calls
    assert far.read()["state"] == state
    assert far.memory.calls - calls <= 6
    assert far.read()["state"] == state
    assert {f.presence for f in File.select()} == {"present"}
    setattr(far.memory.faults, fault, False)
    assert far.scan()["state"] == "online"
    far.read_all()
    assert {f.read_state for f in File.select()} == {"done"}


def test_one_file_that_ends_early_does_not_hold_up_the_others(far: Household) -> None:
    far.memory.put("short.jpg", photo(n=1))
    far.memory.put("good.jpg", photo(n=2))
    far.memory.faults.short_body = {"short.jpg": 3}
    far.scan()
    far.read_all()
    short = far.file("short.jpg")
    assert (short.read_state, short.presence, "ended early" in short.problem) == ("pending", "present", True)
    assert far.file("good.jpg").read_state == "done"
    far.memory.faults.short_body = {}
    far.scan()
    far.read_all()
    assert (far.file("short.jpg").read_state, far.file("short.jpg").problem) == ("done", "")


def test_a_refused_file_waits_for_the_next_scan(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.memory.faults.fail_on = {1: Forbidden("not yours")}
    assert far.read()["left"] == 0
    assert File.get().problem == "not yours"


def test_a_file_that_is_another_or_gone_has_its_folder_looked_at(far: Household) -> None:
    far.memory.put("sub/a.jpg", photo(n=1))
    far.memory.put("sub/b.jpg", photo(n=2))
    far.scan()
    far.memory.put("sub/a.jpg", photo(n=333))
    far.memory.take("sub/b.jpg")
    far.read()
    (again,) = far.open_jobs("scan")
    assert again.payload["folders"] == ["sub"]
    assert {f.presence for f in File.select()} == {"present"}
    far.scan(**again.payload)
    assert far.file("b.jpg").presence == "suspect"
    far.read_all()
    assert far.file("a.jpg").read_state == "done"


def test_bytes_that_changed_while_they_were_read_are_not_recorded(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    plain = far.pool.glance

    def meanwhile(*args: object, **more: object) -> object:
        far.memory.put("a.jpg", photo(n=22))
        far.scan()  # another scan sees it first
        return plain(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(far.pool, "glance", meanwhile)
    monkeypatch.setattr(far.scanner, "alone", lambda run, storage: _NoTurns())
    far.read()
    assert File.get().glance == "pending"


class _NoTurns:
    """No turns: two processes know nothing of each other's."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_reading_goes_on_where_a_killed_reader_was(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    names = {f"{n}.jpg" for n in range(30)}
    for name in names:
        far.memory.put(name, photo(n=int(name.removesuffix(".jpg"))))
    far.scan()
    plain, count = far.pool.read, iter(range(100))

    class Killed(BaseException):
        pass

    def dying(*args: object, **more: object) -> object:
        if next(count) == 20:
            raise Killed
        return plain(*args, **more)  # type: ignore[arg-type]

    far.pool.read = dying  # type: ignore[method-assign, assignment]
    job = far.jobs.enqueue("read", storage_id=far.storage.id)
    with pytest.raises(Killed):
        far.scanner.read(claimed(far.jobs, job))
    recorded = {f.name for f in File.select().where(File.read_state == "done")}
    assert recorded, "some of what was read before is recorded"
    assert recorded < names
    far.pool.read = plain  # type: ignore[method-assign]
    far.pool.read_names.clear()
    far.read_all()
    assert {f.read_state for f in File.select()} == {"done"}
    assert sorted(far.pool.read_names) == sorted(names - recorded), "each of the others once, and no other"


def test_reading_ends_at_its_time_and_another_job_goes_on(
    far: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SLICE_S", -1.0)
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    assert far.read()["left"] == 1
    waiting = far.open_jobs("read")
    assert [j.dedupe_key for j in waiting] == [f"read:{far.storage.id}"]
    job = far.jobs.enqueue("read", storage_id=far.storage.id, dedupe_key=f"read:{far.storage.id}")
    far.scanner.read(claimed(far.jobs, job))
    assert [j.dedupe_key for j in far.open_jobs("read")] == [f"read:{far.storage.id}:more"]


def test_two_readers_do_not_fetch_the_same_and_a_scan_waits_for_neither(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    with far.scanner._readings.setdefault(far.storage.id, threading.Lock()):
        assert far.read() == {"state": "busy"}
        far.memory.put("b.jpg", photo(n=2))
        assert far.scan(folders=[""])["added"] == 1
    far.read_all()
    assert sorted(far.pool.read_names) == ["a.jpg", "b.jpg"]


def test_reading_stops_when_somebody_asks(far: Household) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    job = far.jobs.enqueue("read", storage_id=far.storage.id)
    run = claimed(far.jobs, job)
    run.end(JobStopped("stop"))
    with pytest.raises(JobStopped):
        far.scanner.read(run)


def test_the_budget_is_kept(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[int, int]] = []
    monkeypatch.setattr(Pace, "take", lambda self, count, rate, *_: taken.append((count, rate)))
    Storage.update(options={"budget": {"bytes_per_second": 123_456}}).execute()
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.read_all()
    assert {rate for _, rate in taken} == {123_456}
    assert sum(count for count, _ in taken) == far.memory.asked == 2 * len(photo(n=1))


def test_people_go_first(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    gave: list[int] = []
    precedence = far.scanner._precedence
    assert precedence is not None
    monkeypatch.setattr(precedence, "give_way", lambda storage, checkpoint: gave.append(storage))
    far.read()
    assert set(gave) == {far.storage.id}
    gave.clear()
    wanted(far, "a.jpg", VIEW)
    assert gave == [], "but who reads for somebody who waits"


def test_listings_and_reads_are_at_once_together(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan and a read of one storage, whose budget is one operation at once."""
    for n in range(6):
        far.memory.put(f"{n}/{n}.jpg", photo(n=n))
    far.scan()
    Storage.update(options={"budget": {"at_once": 1}}).execute()
    far.storage = Storage.get()
    working: list[str] = []
    most: list[int] = []

    def watched(plain: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            working.append(plain.__name__)
            most.append(len(working))
            time.sleep(0.002)
            try:
                return plain(*args, **more)
            finally:
                working.remove(plain.__name__)

        return call

    for name in ("list", "open_read", "stat"):
        monkeypatch.setattr(far.memory, name, watched(getattr(far.memory, name)))
    together = threading.Barrier(2, timeout=20)

    def at_once(job: Callable[[], object]) -> None:
        together.wait()
        job()
        database.close()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(at_once, job) for job in (far.scan, far.read)]:
            done.result(60)
    assert set(most) == {1}
    assert far.read()["left"] == 0


def test_a_listing_lets_people_go_first(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    far.memory.put("a/a.jpg", photo(n=1))
    order: list[str] = []
    precedence = far.scanner._precedence
    assert precedence is not None
    monkeypatch.setattr(precedence, "give_way", lambda storage, checkpoint: order.append("waited"))
    monkeypatch.setattr(far.memory, "list", noting(order, "listed", far.memory.list))
    far.scan()
    assert order.count("listed") >= 2
    assert [before for before, what in pairwise(order) if what == "listed"] == ["waited"] * order.count(
        "listed"
    )


def test_the_copy_lies_in_the_data_directory_without_a_name(
    far: Household, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[str] = []
    plain = far.pool.read

    def look(fd: int, *args: object, **more: object) -> object:
        where.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
        return plain(fd, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(far.pool, "read", look)
    far.memory.put("a.jpg", photo(n=1))
    far.scan()
    far.read_all()
    assert where[0].startswith(str(data))
    assert "(deleted)" in where[0]


def wanted(far: Household, name: str, size: int) -> bytes | None:
    """Somebody wants to see it; what is kept afterwards."""
    job = far.jobs.enqueue("render", payload={})
    run = claimed(far.jobs, job)
    file = far.file(name)
    far.scanner.read_now(run, file, size, far.pool)  # type: ignore[arg-type]  # a fake
    asset = File.get_by_id(file.id).asset
    return far.store.get(content_key(asset), size)


@pytest.mark.parametrize(("size", "expected"), [(GRID, b"grid"), (VIEW, b"view")])
def test_what_somebody_wants_to_see_is_read_at_once(far: Household, size: int, expected: bytes) -> None:
    far.memory.put("a.jpg", photo(n=1, taken=WHEN))
    far.scan()
    assert wanted(far, "a.jpg", size) == expected
    assert (far.file("a.jpg").read_state, Item.get().day) == ("done", 20260701)
    assert far.scanner._precedence is not None
    assert far.scanner._precedence.is_busy(far.storage.id), "and others make room"
    assert far.read()["read"] == 0


def test_of_a_long_video_only_the_poster_is_made(far: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_reading, "LONG", 1000)
    far.memory.put("long.mp4", video(3000, n=1))
    far.scan()
    assert wanted(far, "long.mp4", VIEW) == b"far view"
    assert far.file("long.mp4").read_state == "pending"


def test_what_cannot_be_shown_says_so(far: Household) -> None:
    far.memory.put("bad.jpg", KILLS)
    far.memory.put("words.jpg", b"words")
    far.scan()
    with pytest.raises(DecoderKilled):
        wanted(far, "bad.jpg", GRID)
    with pytest.raises(DecoderRefused):
        wanted(far, "words.jpg", GRID)
    assert far.names() == ["bad.jpg"]


def test_a_near_storage_is_read_by_its_scan(home: Household) -> None:
    assert isinstance(home.memory, MemoryStorage)
    home.memory.put("a.jpg", photo(n=1))
    assert home.scan()["read"] == 1
    assert home.open_jobs("read") == []


def test_metadata_of_a_large_picture_costs_little_and_its_bytes_are_read_once(far: Household) -> None:
    """With real decoder children, counted at the storage."""
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (2400, 1800), random.Random(2).randbytes(2400 * 1800 * 3))
    block = exif({0x110: "Model"}, {0x9003: "2024:07:01 14:33:39"})
    noise.save(out, "JPEG", quality=97, exif=b"Exif\0\0" + block)
    data = out.getvalue()
    assert len(data) > 5_000_000
    far.memory.put("a.jpg", data)
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as pool:
        far.scanner._pool = pool
        far.scan()
        at_another_hour(far)
        far.read()
        item = Item.get()
        assert (item.day, item.model, item.width) == (20240701, "Model", 2400)
        assert 0 < far.memory.asked < 256 << 10
        glanced = far.memory.asked
        Storage.update(options={"budget": {"bytes_per_second": 0}}).execute()
        assert far.read()["left"] == 0
    assert far.memory.asked == glanced + len(data)
    kinds = {h.kind: h.value for h in ContentHash.select()}
    assert kinds["md5"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert set(kinds) == {"md5", "sha1", "dropbox", "quickxor"}
    assert Item.get().thumbhash

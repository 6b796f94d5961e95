"""Reading: what waits, what is tried again, what is told, and that one file never stops the others."""

import io
import time

import pytest
from PIL import Image

from services import clock
from services.errors import Forbidden, JobStopped, Unavailable
from services.jobs import Run
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.types import Hints, Reading
from services.models import File, Item, Job, User
from services.scanning import reading, scanner
from services.storages.base import Handle
from tests.fakes import KILLS, photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


@pytest.mark.parametrize("kind", ["near", "listed", "glanced"])
def test_dated_folders_above_tell_the_day(request: pytest.FixtureRequest, kind: str) -> None:
    """With real decoder children, of pictures that say nothing themselves."""
    home: Household = request.getfixturevalue("home" if kind == "near" else "far")
    User.update(zone="UTC").execute()
    wanted = {
        "2024/07/01/a.jpg": 20240701, "2024-07-02 Wedding/Best/b.jpg": 20240702,
        "2020-01-01 moved/2024/07/03/c.jpg": 20240703, "2024-07-04 Cafe\u0301/more/d.jpg": 20240704,
        "2024-07-05 caf\udce9/e.jpg": 20240705, "2024/07/06/2023-05-05 f.jpg": 20230505, "2024/07/g.jpg": 20190101,
    }  # fmt: skip
    for n, path in enumerate(wanted):
        out = io.BytesIO()
        Image.new("RGB", (64, 48), (n * 30, 20, 30)).save(out, "JPEG")
        home.memory.put(path, out.getvalue(), mtime_ns=1_546_344_000 * 10**9)
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as pool:
        home.scanner._pool = pool
        home.scan()
        if kind == "glanced":
            home.read()
    names = {path.rpartition("/")[2]: day for path, day in wanted.items()}
    assert {item.name: item.day for item in Item.select()} == names


def again() -> list[Job]:
    return list(Job.select().where(Job.state == "queued").order_by(Job.id))


def test_what_the_catalogue_refuses_of_one_file_keeps_no_other_out(home: Household) -> None:
    for n in range(5):
        home.memory.put(f"{n}.jpg", photo(n=n))
    home.memory.put("odd.jpg", photo(rating=99))  # a table takes 0 to 5
    result = home.scan()
    assert (result["read"], result["failed"]) == (5, 1)
    odd = home.file("odd.jpg")
    assert (odd.read_state, "makes no sense" in odd.problem) == ("failed", True)
    assert Item.select().count() == 5
    home.pool.read_names.clear()
    home.scan()
    assert home.pool.read_names == []


def test_a_file_the_storage_refuses_is_told_and_asked_for_at_the_next_scan_only(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("a.jpg", photo())
    whole = home.memory.open_read

    def refuse(path: str, *, expect_size: int | None = None, expect_key: str | None = None) -> Handle:
        raise Forbidden("The storage refuses this file.")

    monkeypatch.setattr(home.memory, "open_read", refuse)
    home.scan()
    file = File.get()
    assert (file.read_state, file.problem) == ("pending", "The storage refuses this file.")
    assert again() == []  # not every five seconds for ever
    monkeypatch.setattr(home.memory, "open_read", whole)
    home.scan()
    assert (File.get().read_state, File.get().problem) == ("done", "")


def test_a_file_that_goes_on_growing_is_come_back_to_each_time(home: Household) -> None:
    home.memory.put("sub/a.jpg", photo(), mtime_ns=time.time_ns())
    home.scan()
    (first,) = again()
    assert first.payload == {"folders": ["sub"]}
    home.memory.put("sub/a.jpg", photo(n=22), mtime_ns=time.time_ns())
    Job.update(run_after=clock.now()).execute()
    held = home.jobs.claim(first.id, "test", ("work",))
    assert held is not None
    home.scanner.scan(Run(home.jobs, held))
    (second,) = again()  # although the first still runs and has the name
    home.jobs.finish(held, {})
    home.memory.put("sub/a.jpg", photo(n=333), mtime_ns=5)
    Job.update(run_after=clock.now()).execute()
    held = home.jobs.claim(second.id, "test", ("work",))
    assert held is not None
    assert home.scanner.scan(Run(home.jobs, held))["read"] == 1  # it looked at the folder as well
    assert home.names() == ["a.jpg"]


def test_a_time_in_the_future_is_no_reason_to_wait(home: Household) -> None:
    home.memory.put("a.jpg", photo(), mtime_ns=time.time_ns() + 10**15)
    assert home.scan()["read"] == 1


def test_a_file_that_changes_while_it_is_read_is_not_recorded(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("a.jpg", photo(n=1))
    read = home.pool.read

    def overwrite(fd: int, hints: Hints, *, others: bool) -> Reading:
        found = read(fd, hints, others=others)
        home.memory.put("a.jpg", photo(n=2), mtime_ns=77)
        return found

    monkeypatch.setattr(home.pool, "read", overwrite)
    assert home.scan()["read"] == 0
    assert Item.select().count() == 0
    monkeypatch.setattr(home.pool, "read", read)
    assert home.scan()["read"] == 1


def test_a_storage_that_goes_away_in_the_middle_loses_nothing(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        home.memory.put(f"{n}.jpg", photo(n=n))
    whole = home.memory.open_read

    def flaky(path: str, *, expect_size: int | None = None, expect_key: str | None = None) -> Handle:
        if path in {"1.jpg", "2.jpg"}:
            raise Unavailable("The storage is away.")
        return whole(path, expect_size=expect_size)

    monkeypatch.setattr(home.memory, "open_read", flaky)
    assert home.scan()["read"] == 2
    assert File.select().where(File.read_state == "pending").count() == 2
    monkeypatch.setattr(home.memory, "open_read", whole)
    assert home.scan()["read"] == 2
    assert len(home.names()) == 4


def test_what_killed_its_child_once_is_tried_again_after_everything_else(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("bad.jpg", KILLS)
    home.memory.put("good.jpg", photo())
    home.scan()
    assert home.pool.read_names == ["bad.jpg", "good.jpg", "bad.jpg"]


def test_a_stopped_scan_keeps_what_it_has_and_goes_on_later(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 1)
    for n in range(6):
        home.memory.put(f"{n}.jpg", photo(n=n))
    run = home.run()
    read = home.pool.read

    def stop_after_three(fd: int, hints: Hints, *, others: bool) -> Reading:
        if len(home.pool.read_names) == 3:
            run.end(JobStopped("Somebody asked the job to stop."))
        return read(fd, hints, others=others)

    monkeypatch.setattr(home.pool, "read", stop_after_three)
    with pytest.raises(JobStopped):
        home.scanner.scan(run)
    done = File.select().where(File.read_state == "done").count()
    assert 0 < done < 6
    home.pool.read_names.clear()
    monkeypatch.setattr(home.pool, "read", read)
    home.scan()
    assert len(home.pool.read_names) == 6 - done
    assert len(home.names()) == 6


def test_the_reader_gets_the_files_companions_and_nobody_elses(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.memory.put("b.jpg", photo(n=2))
    home.memory.put("a.jpg.xmp", b'["lake"]')
    home.memory.put("huge.jpg", photo(n=3))
    home.memory.put("huge.jpg.xmp", b" " * (reading.MAX_COMPANION + 1))
    home.memory.put("empty.jpg", photo(n=4))
    home.memory.put("empty.jpg.xmp", b"")
    home.scan()
    from services import catalogue

    found = {d.item.name: d.labels for d in catalogue.describe(home.viewer, list(Item.select()))}
    assert found == {"a.jpg": ("lake",), "b.jpg": (), "huge.jpg": (), "empty.jpg": ()}


def test_room_is_asked_for_again_while_reading(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(reading, "BATCH", 1)
    monkeypatch.setattr(scanner, "require_space", asked.append)
    for n in range(8):
        home.memory.put(f"{n}.jpg", photo(n=n))
    home.scan()
    assert len(asked) > 3

"""Taking files in: offsets, one writer, what is kept when it breaks off, limits, expiry, and whose it is."""

import os
import threading
from collections.abc import Iterator
from errno import ENOSPC

import pytest

from services import clock, room
from services.errors import Conflict, NoSpace, NotFound, UsageError
from services.models import Job, Upload, database
from services.uploads import UPLOAD, Busy, TooLarge, WrongOffset
from services.uploads.receiving import LIFE, MOST_OPEN
from services.uploads.spool import STRAY_S
from tests.fakes import photo
from tests.services.uploads.dock import Dock, breaking

pytestmark = pytest.mark.db

DATA = photo(n=1)


def later(monkeypatch: pytest.MonkeyPatch, microseconds: int) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "source", lambda: (now + microseconds) / clock.SECOND)


def test_pieces_go_on_where_it_stands(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA), "image/jpeg", 1_600_000_000_000_000)
    assert dock.uploads.append(upload, 0, [DATA[:3], DATA[3:5]]) == 5
    found = dock.uploads.find(dock.guest, upload.pid)
    assert (found.got, found.state, found.mime, found.modified_at) == (
        5, "open", "image/jpeg", 1_600_000_000_000_000,
    )  # fmt: skip
    assert not Job.select().where(Job.kind == UPLOAD).exists()
    with pytest.raises(WrongOffset) as wrong:
        dock.uploads.append(upload, 4, [DATA[4:]])
    assert wrong.value.got == 5
    assert dock.uploads.append(upload, 5, [DATA[5:]]) == len(DATA)
    assert dock.uploads.find(dock.guest, upload.pid).state == "whole"
    assert dock.spool.path(upload.pid).read_bytes() == DATA
    assert Job.select().where(Job.kind == UPLOAD).count() == 1
    with pytest.raises(WrongOffset):
        dock.uploads.append(upload, 0, [DATA])


def test_a_broken_connection_keeps_what_came(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    with pytest.raises(UsageError, match="broke"):
        dock.uploads.append(upload, 0, breaking([DATA[:7]], UsageError("it broke")))
    assert dock.uploads.find(dock.guest, upload.pid).got == 7
    assert dock.uploads.append(upload, 7, [DATA[7:]]) == len(DATA)


def test_what_was_not_recorded_is_cut_off(dock: Dock) -> None:
    """A process that died between the disk and the catalogue: the catalogue's word counts."""
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA[:7]])
    with dock.spool.path(upload.pid).open("ab") as file:
        file.write(b"half a piece")
    dock.uploads.append(upload, 7, [DATA[7:]])
    assert dock.spool.path(upload.pid).read_bytes() == DATA


def test_bytes_that_the_disk_lost_begin_anew(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA[:7]])
    os.truncate(dock.spool.path(upload.pid), 3)
    with pytest.raises(NotFound):
        dock.uploads.append(upload, 7, [DATA[7:]])
    with pytest.raises(NotFound):
        dock.uploads.find(dock.guest, upload.pid)


def test_more_than_its_size_is_refused(dock: Dock) -> None:
    """And not stored either: the beginning of something longer is no whole file."""
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", 5)
    for pieces in ([b"123", b"456"], [b"12345", b"6"]):
        with pytest.raises(TooLarge):
            dock.uploads.append(upload, 0, pieces)
    found = dock.uploads.find(dock.guest, upload.pid)
    assert (found.got, found.state, dock.spool.path(upload.pid).read_bytes()) == (0, "open", b"")
    assert not Job.select().exists()


def test_one_writer_at_a_time(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    began, go_on, ended = threading.Event(), threading.Event(), []

    def slow() -> Iterator[bytes]:
        yield DATA[:3]
        began.set()
        go_on.wait(10)
        yield DATA[3:]

    def send() -> None:
        ended.append(dock.uploads.append(upload, 0, slow()))
        database.close()  # the thread's own connection

    thread = threading.Thread(target=send)
    thread.start()
    assert began.wait(10)
    with pytest.raises(Busy):
        dock.uploads.append(upload, 0, [DATA])
    go_on.set()
    thread.join()
    assert ended == [len(DATA)]
    assert dock.spool.path(upload.pid).read_bytes() == DATA


def test_a_full_disk_says_so_and_loses_nothing(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    real, room_left = os.write, [9]

    def write(file: int, data: memoryview) -> int:
        if not room_left[0]:
            raise OSError(ENOSPC, "No space left on device")
        done = real(file, bytes(data[: room_left[0]]))
        room_left[0] -= done
        return done

    monkeypatch.setattr("services.uploads.spool.os.write", write)
    with pytest.raises(NoSpace):
        dock.uploads.append(upload, 0, [DATA[:5], DATA[5:]])
    assert dock.uploads.find(dock.guest, upload.pid).got == 9
    monkeypatch.undo()
    assert dock.uploads.append(upload, 9, [DATA[9:]]) == len(DATA)
    assert dock.spool.path(upload.pid).read_bytes() == DATA


def test_what_has_no_room_is_not_begun(dock: Dock) -> None:
    with pytest.raises(NoSpace):
        dock.uploads.begin(dock.target(), "IMG_1.jpg", 1 << 60)
    assert not Upload.select().exists()


def test_a_long_upload_leaves_room_for_the_catalogue(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", 40)
    monkeypatch.setattr("services.uploads.receiving.SYNC_BYTES", 10)

    def none(data: object, size: int) -> None:
        raise NoSpace("full")

    monkeypatch.setattr(room, "require_room", none)
    with pytest.raises(NoSpace):
        dock.uploads.append(upload, 0, [b"x" * 10, b"y" * 10])
    assert dock.uploads.find(dock.guest, upload.pid).got == 10


def test_limits(dock: Dock) -> None:
    with pytest.raises(TooLarge, match="at most 1 kB"):
        dock.uploads.begin(dock.target(most=1000), "IMG_1.jpg", 1001)
    assert dock.uploads.begin(dock.target(most=1000), "IMG_1.jpg", 1000).size == 1000
    with pytest.raises(UsageError, match="empty"):
        dock.uploads.begin(dock.target(), "IMG_1.jpg", 0)
    own = dock.uploads.begin(dock.target(dock.desk.viewer), "empty.txt", 0)
    assert Upload.get_by_id(own.id).state == "whole"


def test_so_many_under_way_and_no_more(dock: Dock) -> None:
    row = dock.uploads.begin(dock.target(), "IMG_1.jpg", 5).__data__
    del row["id"]
    Upload.insert_many([{**row, "pid": f"p{n}"} for n in range(MOST_OPEN - 1)]).execute()
    with pytest.raises(UsageError, match="under way already"):
        dock.uploads.begin(dock.target(), "IMG_1.jpg", 5)
    assert dock.uploads.begin(dock.target(dock.new_guest()), "IMG_1.jpg", 5).got == 0
    assert dock.uploads.begin(dock.target(dock.desk.viewer), "IMG_1.jpg", 5).got == 0


def test_nobody_finds_the_uploads_of_others(dock: Dock) -> None:
    other, ben = dock.new_guest(), dock.make.viewer(dock.make.user("ben"))
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", 5)
    own = dock.uploads.begin(dock.target(dock.desk.viewer), "IMG_2.jpg", 5)
    for viewer in (other, ben, dock.desk.viewer):
        with pytest.raises(NotFound):
            dock.uploads.find(viewer, upload.pid)
        assert upload.pid not in [u.pid for u in dock.uploads.mine(viewer)]
    for viewer in (other, ben, dock.guest):
        with pytest.raises(NotFound):
            dock.uploads.find(viewer, own.pid)
    assert [u.pid for u in dock.uploads.mine(dock.guest)] == [upload.pid]
    assert [u.pid for u in dock.uploads.mine(dock.desk.viewer)] == [own.pid]


def test_an_upload_is_dropped(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA[:7]])
    dock.uploads.drop(upload)
    assert not dock.spool.path(upload.pid).exists()
    with pytest.raises(NotFound):
        dock.uploads.find(dock.guest, upload.pid)


def test_one_that_is_dropped_while_it_is_sent_is_gone(dock: Dock) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))

    def pieces() -> Iterator[bytes]:
        yield DATA[:7]
        dock.uploads.drop(upload)
        yield DATA[7:]

    with pytest.raises(NotFound):
        dock.uploads.append(upload, 0, pieces())
    assert not Upload.select().exists()
    assert not Job.select().where(Job.kind == UPLOAD).exists()


def test_what_is_just_written_is_not_dropped(dock: Dock) -> None:
    upload = dock.send(DATA)
    Upload.update(step="writing", path="IMG_1.jpg", sha256=b"s").where(Upload.id == upload.id).execute()
    with pytest.raises(Conflict):
        dock.uploads.drop(upload)
    assert dock.spool.path(upload.pid).exists()


def test_it_expires_a_day_after_its_last_piece(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = dock.uploads.begin(dock.target(), "IMG_1.jpg", len(DATA))
    later(monkeypatch, LIFE - clock.MINUTE)
    dock.uploads.append(upload, 0, [DATA[:7]])
    later(monkeypatch, LIFE - clock.MINUTE)
    assert dock.uploads.find(dock.guest, upload.pid).got == 7
    later(monkeypatch, 2 * clock.MINUTE)
    with pytest.raises(NotFound):
        dock.uploads.find(dock.guest, upload.pid)
    with pytest.raises(NotFound):
        dock.uploads.append(upload, 7, [DATA[7:]])
    dock.uploads.housekeep()
    assert not Upload.select().exists()
    assert not dock.spool.path(upload.pid).exists()


def test_what_came_whole_never_expires(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = dock.send(DATA)
    later(monkeypatch, 30 * clock.DAY)
    assert dock.uploads.housekeep() == 1
    assert dock.uploads.find(dock.guest, upload.pid).state == "whole"
    assert dock.spool.path(upload.pid).read_bytes() == DATA


@pytest.mark.parametrize("state", ["done", "refused"])
def test_what_ended_is_told_of_for_a_day(dock: Dock, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """What guests brought is counted by their rows, so those stay; nobody takes one away to bring more."""
    dropped, own = dock.send(DATA), dock.send(DATA, viewer=dock.desk.viewer)
    Upload.update(state=state).execute()
    if state == "done":
        with pytest.raises(Conflict):
            dock.uploads.drop(dropped)
    later(monkeypatch, LIFE)
    assert dock.uploads.mine(dock.guest) == dock.uploads.mine(dock.desk.viewer) == []
    dock.uploads.housekeep()
    assert [u.pid for u in Upload.select()] == ([dropped.pid] if state == "done" else [])
    assert not Upload.select().where(Upload.id == own.id).exists()


def test_housekeeping_has_stored_what_nobody_was_woken_for(dock: Dock) -> None:
    upload = dock.send(DATA)
    Job.delete().execute()
    assert dock.uploads.housekeep() == 1
    assert Job.get(Job.kind == UPLOAD).payload == {"upload": upload.id}
    Upload.update(retry_at=clock.now() + clock.HOUR).execute()
    assert dock.uploads.housekeep() == 0
    Upload.update(retry_at=clock.now() + 400 * clock.DAY).execute()  # by a clock that was wrong
    assert dock.uploads.housekeep() == 1


def test_housekeeping_clears_the_spool(dock: Dock) -> None:
    kept, stray, fresh = dock.uploads.begin(dock.target(), "IMG_1.jpg", 9), "stray", "fresh"
    dock.uploads.append(kept, 0, [b"abc"])
    for name in (stray, fresh):
        dock.spool.path(name).write_bytes(b"x")
    for name in (stray, kept.pid):
        os.utime(dock.spool.path(name), (0, clock.source() - 2 * STRAY_S))
    dock.uploads.housekeep()
    assert not dock.spool.path(stray).exists()
    assert dock.spool.path(fresh).exists()
    assert dock.spool.path(kept.pid).exists()


def test_a_part_of_a_form_is_received_whole_or_not_at_all(dock: Dock) -> None:
    upload = dock.uploads.receive(
        dock.target(), "IMG_1.jpg", "image/jpeg", [DATA[:4], DATA[4:]], announced=9000
    )
    assert (upload.state, upload.size, upload.got) == ("whole", len(DATA), len(DATA))
    assert Job.select().where(Job.kind == UPLOAD).count() == 1
    for pieces, error, announced, most in (
        (breaking([DATA[:4]], UsageError("it broke")), UsageError, 9000, None),
        ([b"x" * 50], TooLarge, 9000, 49),
        ([], UsageError, 9000, None),
    ):
        with pytest.raises(error):
            dock.uploads.receive(dock.target(most=most), "IMG_1.jpg", "", pieces, announced=announced)
    assert Upload.select().count() == 1
    assert len(list(dock.spool.path(upload.pid).parent.iterdir())) == 1

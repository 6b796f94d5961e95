"""The job: judged before it is stored, stored once, an item in the end; what cannot be now waits, nothing is lost."""

import hashlib
from pathlib import Path

import pytest

from services import access, clock
from services.errors import StorageFull, Unavailable
from services.media.types import Hints, Reading
from services.models import Asset, File, Folder, Item, Job, Storage, Upload, User
from services.uploads import UPLOAD, tell
from services.uploads.storing import MOST_KILLS
from services.uploads.telling import SOONEST
from tests.fakes import KILLS, REFUSED, photo
from tests.services.uploads.dock import Dock

pytestmark = pytest.mark.db

DATA = photo(n=1, taken="2026-07-04T15:00:00")
TIME = 1_600_000_000_000_000


def seen(dock: Dock) -> dict[str, Item]:
    return {i.name: i for i in access.visible_items(dock.desk.viewer)}


def test_a_guests_picture_becomes_an_item_of_the_organiser(dock: Dock) -> None:
    upload = dock.store(dock.send(DATA, modified=TIME))
    item = seen(dock)["IMG_1.jpg"]
    assert (upload.state, upload.item_id, upload.problem) == ("done", item.id, "")
    assert (item.owner_id, item.day) == (dock.desk.anna.id, 20260704)
    assert dock.desk.read("Events/Wedding/IMG_1.jpg") == DATA
    assert dock.desk.adapter(dock.desk.one).stat("Events/Wedding/IMG_1.jpg").mtime_ns == TIME * 1000
    assert dock.told == {upload.pid: (item.id, False)}
    assert not dock.spool.path(upload.pid).exists()
    file = File.get()
    assert (file.read_state, bytes(file.sha256)) == ("done", hashlib.sha256(DATA).digest())
    assert dock.desk.store.kept[hashlib.sha256(DATA).hexdigest(), 320] == b"grid"
    dock.desk.work()
    assert dock.desk.pool.read_names == ["IMG_1.jpg"], "it was read twice"
    assert dock.desk.pool.folders == {"IMG_1.jpg": "Events/Wedding"}, "a date may be above"
    assert list(seen(dock)) == ["IMG_1.jpg"]
    assert dock.desk.agrees()


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"MZ a program", "IMG_1.jpg", "This is no picture, video or sound"),
        (b"<html><script>", "IMG_1.jpg", "This is no picture, video or sound"),
        (REFUSED, "IMG_1.jpg", "This cannot be shown: it has too many pixels."),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(
    dock: Dock, body: bytes, name: str, said: str
) -> None:
    upload = dock.store(dock.send(body, name))
    assert upload.state == "refused"
    assert upload.problem.startswith(said)
    assert not dock.spool.path(upload.pid).exists()
    assert dock.files() == []
    assert not Folder.select().where(Folder.name == "Events").exists()
    assert not File.select().exists()
    assert dock.told == {}
    told = tell(dock.guest, dock.uploads.find(dock.guest, upload.pid))
    assert (told.state, told.problem) == ("refused", upload.problem)


def test_a_file_that_kills_its_decoder_is_tried_once_more(dock: Dock) -> None:
    upload = dock.send(KILLS)
    for _ in range(MOST_KILLS - 1):
        upload = dock.store(upload)
        assert (upload.state, upload.problem) == ("whole", "it used more memory than it may")
        dock.uploads.housekeep()
        assert not Job.select().where(Job.finished_at.is_null() & (Job.kind == UPLOAD)).exists()
        Upload.update(retry_at=None).execute()
        dock.uploads.housekeep()
    assert dock.store(upload).state == "refused"
    assert dock.files() == []


@pytest.mark.parametrize("body", [b"MZ a program", REFUSED, b""])
def test_persons_store_what_they_like_in_their_own(dock: Dock, body: bytes) -> None:
    upload = dock.store(dock.send(body, "tool.exe", viewer=dock.desk.viewer))
    assert (upload.state, upload.item_id) == ("done", None)
    assert dock.desk.read("inbox/tool.exe") == body
    assert dock.told == {}


def test_a_picture_with_another_ending_gets_one(dock: Dock) -> None:
    dock.store(dock.send(DATA, "page.html"))
    dock.store(dock.send(photo(n=2), "page.html", viewer=dock.desk.viewer))
    assert dock.files() == ["Events/Wedding/page.html.jpg", "inbox/page.html"]


def test_a_taken_name_gets_a_number(dock: Dock) -> None:
    for n in (1, 2):
        dock.store(dock.send(photo(n=n)))
    assert dock.files() == ["Events/Wedding/IMG_1 (2).jpg", "Events/Wedding/IMG_1.jpg"]


@pytest.mark.parametrize("how", ["same bytes", "same picture"])
def test_what_the_owner_has_is_stored_for_a_guest_as_their_own(dock: Dock, how: str) -> None:
    dock.desk.put("mine.jpg", photo(n=1, scan="pixels"))
    dock.desk.scan()
    item = seen(dock)["mine.jpg"]
    dropped = photo(n=1, scan="pixels") if how == "same bytes" else photo(n=2, scan="pixels")
    upload = dock.store(dock.send(dropped))
    assert (upload.state, upload.item_id != item.id) == ("done", True)
    assert dock.told == {upload.pid: (upload.item_id, False)}
    assert dock.files() == ["Events/Wedding/IMG_1.jpg", "mine.jpg"]
    assert Item.get_by_id(upload.item_id).contributed_by_id == dock.guest.guest_id
    kept = Item.get_by_id(item.id)
    assert (kept.version, kept.changed_at, kept.contributed_by_id) == (item.version, item.changed_at, None)


@pytest.mark.parametrize("how", ["same bytes", "same picture"])
def test_what_a_guest_sends_twice_is_stored_once(dock: Dock, how: str) -> None:
    first = dock.store(dock.send(photo(n=1, scan="pixels")))
    again = photo(n=1, scan="pixels") if how == "same bytes" else photo(n=2, scan="pixels")
    second = dock.store(dock.send(again, "other.jpg"))
    assert (second.state, second.item_id) == ("done", first.item_id)
    assert dock.told == {upload.pid: (first.item_id, False) for upload in (first, second)}
    assert dock.files() == ["Events/Wedding/IMG_1.jpg"]
    assert Asset.select().count() == 1
    assert not dock.spool.path(second.pid).exists()


@pytest.mark.parametrize("lost", ["missing", "trashed", "removed", "another's", "taken back"])
def test_what_a_guest_has_there_no_more_is_stored(dock: Dock, lost: str) -> None:
    first = dock.store(dock.send(DATA))
    if lost == "missing":
        File.update(presence="missing", absent_since=1).execute()
    elif lost == "trashed":
        dock.desk.filing.delete(dock.desk.viewer, dock.desk.one.pid, "Events/Wedding/IMG_1.jpg")
    elif lost == "removed":
        Storage.update(removed_at=1).where(Storage.id == dock.desk.one.id).execute()
    elif lost == "another's":
        Item.update(contributed_by_id=dock.new_guest().guest_id).execute()
    else:
        Item.update(taken_back_at=1, withdrawn_at=1).execute()
    upload = dock.uploads.begin(dock.target(row=dock.desk.two), "IMG_1.jpg", len(DATA))
    dock.uploads.append(upload, 0, [DATA])
    upload = dock.store(upload)
    assert upload.state == "done"
    assert dock.told[upload.pid][1] is (lost == "trashed")
    assert (upload.item_id == first.item_id) is (lost in {"missing", "removed"})
    assert dock.files(dock.desk.two) == ["Events/Wedding/IMG_1.jpg"]


def test_what_lay_where_a_guests_file_comes_to_lie_is_no_version_of_it(dock: Dock) -> None:
    """Somebody took it away with another program, and no scan has seen that yet."""
    first = dock.store(dock.send(photo(n=1)))
    dock.desk.adapter(dock.desk.one).delete("Events/Wedding/IMG_1.jpg")
    second = dock.store(dock.send(photo(n=2)))
    assert dock.files() == ["Events/Wedding/IMG_1 (2).jpg"]
    assert first.item_id != second.item_id
    dock.desk.scan()
    assert (Item.get_by_id(first.item_id).suspect, Item.get_by_id(second.item_id).suspect) == (True, False)


def test_a_person_may_want_a_second_copy(dock: Dock) -> None:
    dock.desk.put("mine.jpg", DATA)
    dock.desk.scan()
    upload = dock.store(dock.send(DATA, viewer=dock.desk.viewer))
    assert dock.files() == ["inbox/IMG_1.jpg", "mine.jpg"]
    assert upload.item_id == Item.get().id  # another place of the same item
    assert dock.told == {upload.pid: (upload.item_id, False)}


@pytest.mark.parametrize("whose", ["hers", "another's"])
def test_of_two_at_once_one_guests_waits_and_anothers_does_not(dock: Dock, whose: str) -> None:
    first = dock.send(DATA)
    second = dock.send(DATA, "other.jpg", viewer=dock.guest if whose == "hers" else dock.new_guest())
    Upload.update(
        step="writing", path="Events/Wedding/IMG_1.jpg", sha256=hashlib.sha256(DATA).digest()
    ).where(Upload.id == first.id).execute()  # as it is while another thread writes it
    again = dock.store(second)
    if whose == "hers":
        assert (again.state, dock.files()) == ("whole", [])
    first = dock.store(first)
    if whose == "hers":
        again = dock.store(second)
    assert (first.state, again.state) == ("done", "done")
    assert (first.item_id == again.item_id) is (whose == "hers")
    assert len(dock.files()) == (1 if whose == "hers" else 2)


def away(dock: Dock, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*given: object, **named: object) -> None:
        raise error

    for name in ("stat", "write") if isinstance(error, Unavailable) else ("write",):
        monkeypatch.setattr(dock.desk.adapter(dock.desk.one), name, fail)


@pytest.mark.parametrize("error", [Unavailable("It does not answer."), StorageFull("There is no room.")])
def test_what_cannot_be_stored_now_waits(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    mine = dock.desk.viewer
    for data, viewer in ((DATA, dock.guest), (photo(n=2), mine)):
        upload = dock.send(data, viewer=viewer)
        away(dock, monkeypatch, error)
        upload = dock.store(upload)
        assert (upload.state, upload.problem) == ("whole", str(error))
        assert upload.retry_at > clock.now()
        assert dock.spool.path(upload.pid).exists()
        told = tell(viewer, dock.uploads.find(viewer, upload.pid))
        is_mine = viewer is mine
        assert told.state == "received"
        assert (told.problem, told.waits_for) == ((str(error), "One") if is_mine else ("", ""))
        monkeypatch.undo()
        Upload.update(retry_at=clock.now()).execute()
        assert dock.uploads.housekeep() == 1
        assert dock.store(upload).state == "done"
    assert dock.files() == ["Events/Wedding/IMG_1.jpg", "inbox/IMG_1.jpg"]
    assert dock.desk.agrees()


def test_a_storage_that_is_away_keeps_also_what_the_owner_has_waiting(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a guest would see by the difference what lies in it."""
    dock.desk.put("mine.jpg", DATA)
    dock.desk.scan()
    upload = dock.send(DATA)
    away(dock, monkeypatch, Unavailable("It does not answer."))
    assert dock.store(upload).state == "whole"


def test_a_guest_hears_of_either_after_a_while(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = dock.store(dock.send(DATA))
    told = tell(dock.guest, upload)
    assert (told.state, told.item, told.stored_in) == ("received", None, "")
    now = clock.now()
    monkeypatch.setattr(clock, "source", lambda: (now + SOONEST) / clock.SECOND)
    told = tell(dock.guest, upload)
    assert (told.state, told.item, told.stored_in) == ("stored", None, "")
    own = dock.store(dock.send(photo(n=2), viewer=dock.desk.viewer))
    told = tell(dock.desk.viewer, own)
    assert (told.state, told.item, told.stored_in) == ("stored", own.item.pid, "One")


def test_a_storage_that_was_closed_or_removed(dock: Dock) -> None:
    upload = dock.send(DATA)
    adapter = dock.desk.adapter(dock.desk.one)
    adapter.writable = False
    assert dock.store(upload).state == "whole"
    adapter.writable = True
    Storage.update(removed_at=1).where(Storage.id == dock.desk.one.id).execute()
    Upload.update(retry_at=None).execute()
    dock.uploads.housekeep()
    assert dock.store(upload).state == "refused"
    assert dock.files() == []


def test_a_file_in_the_place_of_the_folder(dock: Dock) -> None:
    dock.desk.put("Events", b"a file")
    upload = dock.store(dock.send(DATA))
    assert (upload.state, upload.problem) == (
        "whole", "“Events” is a file, so no folder of that name can be made.",
    )  # fmt: skip


def test_bytes_that_are_lost_are_told(dock: Dock) -> None:
    upload = dock.send(DATA)
    dock.spool.remove(upload.pid)
    upload = dock.store(upload)
    assert (upload.state, dock.files()) == ("refused", [])
    assert "Send it again" in upload.problem


def test_one_that_was_dropped_before_is_not_stored(dock: Dock) -> None:
    upload = dock.send(DATA)
    job = Job.get(Job.kind == UPLOAD)
    real = dock.desk.pool.read

    def read(*given: object, **named: object) -> object:
        dock.uploads.drop(upload)
        return real(*given, **named)  # type: ignore[arg-type]  # passed on as it came

    dock.desk.pool.read = read  # type: ignore[method-assign, assignment]
    with pytest.raises(Upload.DoesNotExist):
        dock.store(upload)
    assert Job.get_by_id(job.id).state == "done"
    assert dock.files() == []
    assert dock.told == {}


def test_what_landed_refuses_is_not_done(dock: Dock) -> None:
    """All of the last step, or nothing of it; the file in the storage is found again, and not written twice."""
    upload = dock.send(DATA)

    def fail(*given: object) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        dock.store(upload, dock.new_storing(landed=fail))
    assert Upload.get().state == "whole"
    assert not Item.select().exists()
    assert dock.store(upload).state == "done"
    assert dock.files() == ["Events/Wedding/IMG_1.jpg"]


def test_an_older_try_that_wakes_up_again_changes_nothing(dock: Dock) -> None:
    """Two jobs at one upload: the later one wrote the file and died, the older one has not seen where."""
    upload = dock.send(DATA)
    real = dock.desk.pool.read
    nested: list[bool] = []

    def die(*given: object) -> None:
        raise RuntimeError("it dies before it is recorded")

    def read(*given: object, **named: object) -> object:
        if not nested:
            nested.append(True)
            Job.update(dedupe_key=None, kind="other").execute()
            Upload.update(retry_at=None).execute()
            dock.uploads.housekeep()
            with pytest.raises(RuntimeError):
                dock.store(upload, dock.new_storing(landed=die))
        return real(*given, **named)  # type: ignore[arg-type]  # passed on as it came

    dock.desk.pool.read = read  # type: ignore[method-assign, assignment]
    assert dock.store(upload).state == "whole"
    assert dock.files() == ["Events/Wedding/IMG_1.jpg"]
    assert dock.store(upload).state == "done"
    assert dock.files() == ["Events/Wedding/IMG_1.jpg"]
    assert len(dock.told) == 1


def test_metadata_that_cannot_be_true_keeps_no_picture_out(dock: Dock) -> None:
    upload = dock.store(dock.send(photo(n=1, rating=10**30)))
    assert upload.state == "done"
    assert seen(dock)["IMG_1.jpg"].rating is None


def test_a_name_somebody_else_takes_meanwhile(dock: Dock) -> None:
    upload = dock.send(DATA)
    adapter = dock.desk.adapter(dock.desk.one)
    real = adapter.write

    def write(path: str, *given: object, **named: object) -> object:
        if path.endswith("IMG_1.jpg"):
            real(path, [b"theirs"], size=6)
        return real(path, *given, **named)  # type: ignore[arg-type]  # passed on as it came

    adapter.write = write  # type: ignore[method-assign, assignment]
    assert dock.store(upload).state == "done"
    assert dock.desk.read("Events/Wedding/IMG_1.jpg") == b"theirs"
    assert dock.desk.read("Events/Wedding/IMG_1 (2).jpg") == DATA


def test_what_another_program_writes_over_it_at_once_is_not_taken_for_it(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As large, and before it was looked how it lies there: what was sent gets another name."""
    other = photo(n=2, taken="2026-07-05T15:00:00")
    assert len(other) == len(DATA)
    hands, storage = dock.desk.hands, dock.desk.adapter(dock.desk.one)
    look_at = hands.look_at

    def and_write(row: Storage, *folders: str) -> None:
        look_at(row, *folders)
        if "Events/Wedding/IMG_1.jpg" in dock.files():
            monkeypatch.undo()
            storage.write("Events/Wedding/IMG_1.jpg", [other], size=len(other), if_absent=False)

    monkeypatch.setattr(hands, "look_at", and_write)
    dock.store(dock.send(DATA))
    dock.desk.work()
    shas = {dock.desk.read(f"Events/Wedding/{f.raw_name}"): bytes(f.sha256) for f in File.select()}
    assert shas == {body: hashlib.sha256(body).digest() for body in (DATA, other)}


def test_a_storage_far_away_is_not_read_again(dock: Dock, data: Path) -> None:
    adapter = dock.desk.adapter(dock.desk.one)
    adapter.distant = True
    dock.store(dock.send(DATA))
    dock.desk.work()
    assert dock.desk.pool.read_names == ["IMG_1.jpg"]
    assert File.get().read_state == "done"


@pytest.mark.parametrize("distant", [False, True])
@pytest.mark.parametrize(("said", "zone"), [("", "UTC"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_what_states_no_offset_is_dated_by_its_owners_zone(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, *, distant: bool, said: str, zone: str
) -> None:
    """Also when that is unknown: UTC then, or a guest's film would be undated."""
    User.update(zone=said).where(User.id == dock.desk.anna.id).execute()
    dock.desk.adapter(dock.desk.one).distant = distant
    zones: list[str | None] = []
    real = dock.desk.pool.read

    def read(fd: int, hints: Hints, *, others: bool = False) -> Reading:
        zones.append(hints.zone)
        return real(fd, hints, others=others)

    monkeypatch.setattr(dock.desk.pool, "read", read)
    assert dock.store(dock.send(DATA)).state == "done"
    assert zones == [zone]

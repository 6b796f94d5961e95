"""Connecting storages: who may, what is refused, what is shown, and what removing one leaves alone."""

import shutil
from pathlib import Path

import pytest

from config import load
from services import access, broker, catalogue, clock, connecting
from services.adapters import Adapters
from services.catalogue.placing import content_key
from services.catalogue.recording import refresh_presence
from services.catalogue.timeline import recount
from services.connecting import Connecting
from services.connecting import Kept as Word
from services.errors import AccessDenied, Conflict, NotFound, StorageError, UsageError
from services.jobs import Jobs
from services.models import (
    Asset,
    Audit,
    DayCount,
    File,
    Folder,
    Item,
    Job,
    Storage,
    Trash,
    TrashFile,
    User,
    counters,
    transaction,
)
from tests.factories import Make

pytestmark = pytest.mark.db


class Home:
    """Some people, a folder with pictures, and a place that anna may add folders from."""

    def __init__(self, make: Make, data: Path, base: Path) -> None:
        self.make = make
        self.admin = make.user("admin", is_admin=True)
        self.anna, self.kim = make.user("anna"), make.user("kim", role="child")
        self.photos, self.hers = base / "photos", base / "roots" / "anna" / "phone"
        for folder in (self.photos, self.hers):
            folder.mkdir(parents=True)
        environ = {"HYPOMOS_LOCAL_ROOTS": f"anna={base / 'roots' / 'anna'}", "HYPOMOS_NODE": "here"}
        self.connecting = Connecting(load(data, environ), Jobs(lambda lane, job: None, "here"), Adapters())

    def viewer(self, user: User):  # type: ignore[no-untyped-def]
        return self.make.viewer(user)


@pytest.fixture
def home(make: Make, data: Path, tmp_path: Path) -> Home:
    return Home(make, data, tmp_path)


def test_an_administrator_adds_a_folder_and_a_scan_is_on_its_way(home: Home) -> None:
    storage = home.connecting.add_local(home.viewer(home.admin), " Fotos ", str(home.photos))
    assert (storage.name, storage.owner_id, storage.state) == ("Fotos", home.admin.id, "online")
    job = Job.get()
    assert (job.kind, job.storage_id, job.priority) == ("scan", storage.id, 50)
    (overview,) = home.connecting.overviews(home.viewer(home.admin))
    assert overview.job is not None
    assert (overview.files, overview.items, overview.job.id) == (0, 0, job.id)


def test_an_administrator_adds_one_for_somebody(home: Home) -> None:
    home.connecting.add_local(home.viewer(home.admin), "Fotos", str(home.photos), owner=home.anna)
    assert home.connecting.overviews(home.viewer(home.admin)) == []
    assert len(home.connecting.overviews(home.viewer(home.anna))) == 1


def test_a_person_adds_below_their_root_only(home: Home) -> None:
    viewer = home.viewer(home.anna)
    assert home.connecting.allowed_roots(viewer)
    assert home.connecting.add_local(viewer, "Phone", str(home.hers)).owner_id == home.anna.id
    with pytest.raises(UsageError):
        home.connecting.add_local(viewer, "Other", str(home.photos))
    with pytest.raises(AccessDenied):
        home.connecting.add_local(viewer, "Other", str(home.hers), owner=home.admin)


def test_a_child_adds_none(home: Home) -> None:
    with pytest.raises(AccessDenied):
        home.connecting.add_local(home.viewer(home.kim), "Mine", str(home.photos))


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "..", "x" * 81])
def test_names_that_cannot_be_folders(home: Home, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        home.connecting.add_local(home.viewer(home.admin), name, str(home.photos))
    assert caught.value.field == "name"
    assert Storage.select().count() == 0


def test_a_name_is_taken_whatever_its_case(home: Home, tmp_path: Path) -> None:
    viewer = home.viewer(home.admin)
    home.connecting.add_local(viewer, "Fotos", str(home.photos))
    (tmp_path / "more").mkdir()
    with pytest.raises(Conflict) as caught:
        home.connecting.add_local(viewer, "FOTOS", str(tmp_path / "more"))
    assert caught.value.field == "name"
    assert Job.select().count() == 1


def test_the_same_folder_twice(home: Home) -> None:
    viewer = home.viewer(home.admin)
    home.connecting.add_local(viewer, "Fotos", str(home.photos))
    with pytest.raises(UsageError):
        home.connecting.add_local(viewer, "Again", str(home.photos))


def test_a_first_look(home: Home) -> None:
    (home.photos / "a.jpg").write_bytes(b"x")
    (home.photos / "sub").mkdir()
    look = home.connecting.look(home.photos)
    assert (look.folders, look.files, look.more) == (1, 1, False)


def test_renaming(home: Home) -> None:
    viewer = home.viewer(home.admin)
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    assert home.connecting.rename(viewer, storage.pid, "Pictures").name == "Pictures"
    with pytest.raises(NotFound):
        home.connecting.rename(home.viewer(home.anna), storage.pid, "Mine now")


def test_removing_touches_no_file_and_ends_every_right(home: Home) -> None:
    viewer = home.viewer(home.admin)
    (home.photos / "a.jpg").write_bytes(b"x")
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    item = home.make.item(home.admin)
    asset = home.make.asset(item)
    Item.update(cover_id=asset.id).execute()
    file = home.make.file(storage, "a.jpg", asset=asset)
    with transaction():
        recount([(home.admin.id, 0)])
    assert access.may_read(viewer, file.id)
    home.connecting.remove(viewer, storage.pid)
    assert (home.photos / "a.jpg").read_bytes() == b"x"
    assert not access.may_read(viewer, file.id)
    assert File.get().presence == "suspect"
    assert catalogue.describe(viewer, [Item.get()])[0].state == "offline"
    assert [i.id for i in access.visible_items(viewer)] == [item.id]
    assert catalogue.locations(viewer, item) == []
    assert home.connecting.overviews(viewer) == []
    again = home.connecting.add_local(viewer, "Pictures", str(home.photos), writable=True)
    assert (again.id, again.name, again.writable, again.removed_at) == (storage.id, "Pictures", True, None)
    assert access.may_read(viewer, file.id)
    assert Folder.select().count() == 1


class Kept:
    """Two storages of the administrator: one item in the first, one in both, one in the trash of the first."""

    def __init__(self, home: Home, tmp_path: Path) -> None:
        self.viewer = home.viewer(home.admin)
        (tmp_path / "other").mkdir()
        self.first = home.connecting.add_local(self.viewer, "First", str(home.photos))
        self.second = home.connecting.add_local(self.viewer, "Second", str(tmp_path / "other"))
        self.single, self.both, self.gone = (home.make.item(home.admin, taken=0) for _ in range(3))
        assets = [home.make.asset(item) for item in (self.single, self.both, self.gone)]
        for item, asset in zip((self.single, self.both, self.gone), assets, strict=True):
            Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        inner = home.make.folder(self.first, "inner")
        home.make.file(self.first, "a.jpg", folder=inner, asset=assets[0])
        home.make.file(self.first, "b.jpg", asset=assets[1])
        home.make.file(self.second, "b.jpg", asset=assets[1])
        thrown = Trash.create(
            pid="p", batch="b", owner=home.admin, storage=self.first, kind="deleted", path="c.jpg", place="t/c.jpg",
            name="c.jpg", is_dir=False, size=1, files=1, trashed_at=5,
        )  # fmt: skip
        TrashFile.create(
            trash=thrown, path="c.jpg", file_pid="f", size=1, asset=assets[2], hashes={}, read_state="done"
        )
        self.contents = {bytes(a.sha256).hex() for a in assets}
        with transaction():
            recount(refresh_presence([self.single.id, self.both.id, self.gone.id]))

    def states(self, viewer) -> dict[int, str]:  # type: ignore[no-untyped-def]
        return {d.item.id: d.state for d in catalogue.describe(viewer, list(Item.select()))}


def test_forgetting_takes_out_what_no_other_storage_holds(home: Home, tmp_path: Path) -> None:
    kept = Kept(home, tmp_path)
    dropped: list[str] = []
    home.connecting._forget_content = dropped.append
    epoch = counters.read(counters.POLICY_EPOCH)
    home.connecting.remove(kept.viewer, kept.first.pid, items="forget")
    assert [i.id for i in Item.select()] == [kept.both.id]
    assert [f.storage_id for f in File.select()] == [kept.second.id]
    assert (Trash.select().count(), Asset.select().count(), DayCount.get().n) == (0, 1, 1)
    assert len(dropped) == 2
    assert set(dropped) < kept.contents
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert [f.path for f in Folder.select().where(Folder.storage == kept.first)] == [""]
    again = home.connecting.add_local(kept.viewer, "First", str(home.photos))
    assert again.id != kept.first.id
    with pytest.raises(UsageError):
        home.connecting.remove(kept.viewer, again.pid, items="burn")  # type: ignore[arg-type]


@pytest.mark.parametrize(("items", "left"), [("forget", {"both"}), ("keep", {"single", "both", "gone"})])
def test_a_death_after_removing_leaves_the_owners_word(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, items: Word, left: set[str]
) -> None:
    """Nobody can ask again: the storage has no page any more."""
    kept = Kept(home, tmp_path)
    _removed_by_a_dying(home, kept, items, monkeypatch)
    assert len(list(Item.select())) == 3
    _finish(home, items)
    assert {name for name in ("single", "both", "gone") if _is_there(getattr(kept, name))} == left
    assert {f.presence for f in File.select().where(File.storage == kept.first)} <= {"suspect"}
    assert not Job.select().where((Job.storage == kept.first) & Job.finished_at.is_null()).exists()


def test_the_word_of_a_removal_ends_when_the_storage_is_connected_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is removed anew since, with another word."""
    kept = Kept(home, tmp_path)
    _removed_by_a_dying(home, kept, "forget", monkeypatch)
    old = Job.get(Job.kind == "forget")
    again = home.connecting.add_local(kept.viewer, "First", str(home.photos))
    assert again.id == kept.first.id
    assert home.connecting.finish_removing(again.id, "forget", old.payload["removed_at"]) == 0
    home.connecting.remove(kept.viewer, again.pid)
    assert list(Job.select().where((Job.kind == "forget") & (Job.id != old.id))) == []  # all is done
    assert home.connecting.finish_removing(again.id, "forget", old.payload["removed_at"]) == 0
    assert _is_there(kept.single)


def test_forgetting_ends_when_the_storage_is_connected_again_meanwhile(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what went to its trash since, and what was found in it since, stays known."""
    kept = Kept(home, tmp_path)
    monkeypatch.setattr(connecting, "STEP", 1)
    found: list[File] = []

    def connect_again(content: str) -> None:
        if not found:
            again = home.connecting.add_local(kept.viewer, "First", str(home.photos))
            assert again.id == kept.first.id
            found.append(home.make.file(again, "new/found.jpg"))

    home.connecting._forget_content = connect_again
    home.connecting.remove(kept.viewer, kept.first.pid, items="forget")
    assert not _is_there(kept.single), "it was forgotten before"
    assert (_is_there(kept.gone), Trash.select().count()) == (True, 1)
    assert File.select().where(File.id == found[0].id).exists()


def _removed_by_a_dying(home: Home, kept: Kept, items: Word, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the first storage, and die as soon as that is committed."""

    def die(storage: Storage) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(home.connecting, "_adapter", die)
        with pytest.raises(SystemError):
            home.connecting.remove(kept.viewer, kept.first.pid, items=items)
    assert Storage.get_by_id(kept.first.id).removed_at is not None


def _finish(home: Home, items: Word) -> None:
    """What the worker does with the job that was left."""
    left = Job.get((Job.kind == "forget") & Job.finished_at.is_null())
    assert left.payload["items"] == items
    home.connecting.finish_removing(left.payload["storage"], items, left.payload["removed_at"])


def _is_there(item: Item) -> bool:
    return bool(Item.select().where(Item.id == item.id).exists())


def test_what_was_never_read_is_forgotten_with_its_poster(home: Home) -> None:
    viewer = home.viewer(home.admin)
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    asset = home.make.asset(home.make.item(home.admin), sha256=None)
    home.make.file(storage, "a.mp4", asset=asset)
    dropped: list[str] = []
    home.connecting._forget_content = dropped.append
    home.connecting.remove(viewer, storage.pid, items="forget")
    assert (File.select().count(), Item.select().count(), Asset.select().count()) == (0, 0, 0)
    assert dropped == [content_key(asset)]


def test_keeping_leaves_offline_what_no_other_storage_holds(home: Home, tmp_path: Path) -> None:
    kept = Kept(home, tmp_path)
    home.connecting.remove(kept.viewer, kept.first.pid)
    states = kept.states(kept.viewer)
    assert states == {kept.single.id: "offline", kept.both.id: "online", kept.gone.id: "trashed"}
    assert [i.id for i in access.visible_items(kept.viewer).order_by(Item.id)] == [
        kept.single.id,
        kept.both.id,
    ]
    again = home.connecting.add_local(kept.viewer, "First", str(home.photos))
    assert again.id == kept.first.id
    assert Trash.select().count() == 1


def test_who_removes_a_storage_withdraws_what_others_saw_of_it(home: Home, tmp_path: Path) -> None:
    """Also when the storage comes back: sharing it again is its owner's word."""
    kept = Kept(home, tmp_path)
    ben = home.make.user("ben-recipient")
    owner = User.get_by_id(kept.viewer.user_id)
    shared = home.make.collection(owner, items=[kept.single, kept.both])
    home.make.grant(home.make.share(shared), user=ben)
    home.connecting.remove(kept.viewer, kept.first.pid)
    viewer = home.make.viewer(ben)
    assert [i.id for i in access.visible_items(viewer)] == [kept.both.id]
    home.connecting.add_local(kept.viewer, "First", str(home.photos))
    assert [i.id for i in access.visible_items(viewer)] == [kept.both.id]


def test_of_two_copies_the_one_that_is_there_is_opened(home: Home, tmp_path: Path) -> None:
    kept = Kept(home, tmp_path)
    home.connecting.remove(kept.viewer, kept.first.pid)
    found = broker.original_of(kept.viewer, Item.get_by_id(kept.both.id))
    assert File.get_by_id(found.file_id).storage_id == kept.second.id


def test_writing_is_allowed_after_a_trial_and_closed_again(home: Home) -> None:
    viewer = home.viewer(home.admin)
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    assert home.connecting.allow_writing(viewer, storage.pid, True).writable
    assert [p.name for p in home.photos.iterdir()] == [".hypomos-root"]
    assert Storage.get().canaries["marker"]
    assert not home.connecting.allow_writing(viewer, storage.pid, False).writable
    shutil.rmtree(home.photos)
    with pytest.raises(StorageError):
        home.connecting.allow_writing(viewer, storage.pid, True)
    assert not Storage.get().writable
    with pytest.raises(NotFound):
        home.connecting.allow_writing(home.viewer(home.anna), storage.pid, True)
    assert [a.detail["allowed"] for a in Audit.select().where(Audit.action == "storage.writable")] == [
        True,
        False,
    ]


def test_the_room_is_asked_of_the_storage(home: Home) -> None:
    viewer = home.viewer(home.admin)
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    room = home.connecting.room(viewer, storage.pid)
    assert room is not None
    assert room.total
    assert room.free is not None
    with pytest.raises(NotFound):
        home.connecting.room(home.viewer(home.anna), storage.pid)


def test_finding_by_name(home: Home) -> None:
    home.connecting.add_local(home.viewer(home.admin), "Fotos", str(home.photos))
    assert connecting.find_named("ADMIN", "fotos").name == "Fotos"
    with pytest.raises(NotFound, match="Did you mean “admin/Fotos”"):
        connecting.find_named("admin", "foto")


def test_problems_are_listed_in_pages(home: Home) -> None:
    viewer = home.viewer(home.admin)
    storage = home.connecting.add_local(viewer, "Fotos", str(home.photos))
    for n in range(5):
        home.make.file(storage, f"{n}.jpg", problem="the file is empty" if n % 2 == 0 else "")
    first = home.connecting.problems(viewer, storage.pid, limit=2)
    rest = home.connecting.problems(viewer, storage.pid, after=first[-1].id, limit=2)
    assert [f.name for f in first + rest] == ["0.jpg", "2.jpg", "4.jpg"]
    with pytest.raises(NotFound):
        home.connecting.problems(home.viewer(home.anna), storage.pid)


def test_health_of_a_storage(home: Home) -> None:
    storage = home.connecting.add_local(home.viewer(home.admin), "Fotos", str(home.photos))
    assert home.connecting.check(storage).online
    home.photos.rmdir()
    health = home.connecting.check(storage)
    assert not health.online
    assert health.reason


def begin(job: Job) -> None:
    begun = {"state": "running", "lease_owner": "worker", "lease_until": clock.now() + clock.MINUTE}
    Job.update(begun).where(Job.id == job.id).execute()


def test_changes_while_a_scan_waits_are_left_to_it(home: Home) -> None:
    """A file that is being copied changes twice a second: that must not be a scan each time."""
    storage = home.connecting.add_local(home.viewer(home.admin), "Fotos", str(home.photos))
    whole = Job.get()
    assert home.connecting.start_scan(storage, folders=["a"]).id == whole.id
    begin(whole)  # it may have passed the folder by
    first = home.connecting.start_scan(storage, folders=["a", "b"])
    assert first.id != whole.id
    assert home.connecting.start_scan(storage, folders=["b"]).id == first.id
    assert home.connecting.start_scan(storage, folders=["a", "b"]).id == first.id
    other = home.connecting.start_scan(storage, folders=["b", "c"])
    assert (other.id != first.id, other.payload) == (True, {"folders": ["b", "c"]})
    begin(first)
    assert home.connecting.start_scan(storage, folders=["a"]).id not in {whole.id, first.id, other.id}
    home.make.storage(home.anna, "Other")
    elsewhere = Storage.get(Storage.name == "Other")
    assert home.connecting.start_scan(elsewhere, folders=["b"]).storage_id == elsewhere.id


@pytest.mark.parametrize(("state", "payload"), [("paused", {"confirmed": True}), ("offline", {})])
def test_only_what_is_gone_on_purpose_lifts_the_brake(
    home: Home, state: str, payload: dict[str, bool]
) -> None:
    storage = home.make.storage(home.anna, "Fotos", state=state, canaries={"canaries": []})
    viewer = home.viewer(home.anna)
    assert home.connecting.resume(viewer, storage.pid).state == "online"
    assert Job.get().payload == payload
    assert Storage.get_by_id(storage.id).canaries is None


@pytest.mark.parametrize(
    ("path", "folders"),
    [
        ("2026/July", ["2026/July"]), ("/2026/July/", ["2026/July"]), ("2026/July/new/deep", ["2026/July"]),
        ("elsewhere", None), ("", None), ("/", None),
    ],
)  # fmt: skip
def test_one_folder_is_scanned_with_all_below_it(home: Home, path: str, folders: list[str] | None) -> None:
    storage = home.make.storage(home.anna)
    for each in ("2026", "2026/July"):
        home.make.folder(storage, each)
    job = home.connecting.scan_folder(home.viewer(home.anna), storage.pid, path)
    assert job.payload == ({} if folders is None else {"folders": folders, "deep": True})
    assert job.priority == 50
    again = home.connecting.scan_folder(home.viewer(home.anna), storage.pid, path)
    assert again.id == job.id, "it waits already"


@pytest.mark.parametrize("path", ["a//b", "../x", "a/./b", "a\0b"])
def test_what_is_no_folder_is_refused(home: Home, path: str) -> None:
    storage = home.make.storage(home.anna)
    with pytest.raises(UsageError):
        home.connecting.scan_folder(home.viewer(home.anna), storage.pid, path)


def test_nobody_scans_or_limits_the_storage_of_another(home: Home) -> None:
    storage = home.make.storage(home.anna)
    with pytest.raises(NotFound):
        home.connecting.scan_folder(home.viewer(home.kim), storage.pid, "")
    with pytest.raises(NotFound):
        home.connecting.set_budget(home.viewer(home.kim), storage.pid, {})


def test_a_budget_is_kept_beside_the_other_options(home: Home) -> None:
    storage = home.make.storage(home.anna, options={"remote": "h_1"})
    home.connecting.set_budget(home.viewer(home.anna), storage.pid, {"at_once": 1})
    assert Storage.get_by_id(storage.id).options == {"remote": "h_1", "budget": {"at_once": 1}}
    with pytest.raises(UsageError):
        home.connecting.set_budget(home.viewer(home.anna), storage.pid, {"at_once": 0})


def test_the_owner_says_that_it_is_the_right_folder_and_it_is_asked_at_once(home: Home) -> None:
    storage = home.make.storage(
        home.anna, state="offline", failures=5, retry_at=9_999_999_999_999_999, canaries={}
    )
    after = home.connecting.resume(home.viewer(home.anna), storage.pid)
    assert (after.state, after.failures, after.retry_at, after.canaries) == ("online", 0, None, None)
    assert Job.get(Job.storage == storage).payload == {}

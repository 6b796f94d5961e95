"""Following what a provider tells, from its feed to the catalogue, with every way in which it can fail."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from services import clock
from services.errors import Forbidden, JobLost, Unavailable
from services.feeds import EVERY_S
from services.models import Asset, File, Item, Job, Storage, User
from services.scanning import following
from services.scanning.following import CHANGES
from tests.examples import examples
from tests.factories import Make
from tests.fakes import claimed, photo
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.http import Reply
from tests.servers.microsoft import FakeMicrosoft
from tests.servers.signing_in import FakeSignIn
from tests.services.scanning.clouds import Cloud, Dropbox, Followed, GoogleDrive, OneDrive

pytestmark = pytest.mark.db

TYPES = ["onedrive", "drive", "dropbox"]


def new_cloud(type: str) -> tuple[Cloud, FakeSignIn]:
    """A cloud and its server, which is to be entered."""
    cloud: Cloud
    if type == "onedrive":
        cloud = OneDrive(FakeMicrosoft())
    elif type == "drive":
        cloud = GoogleDrive(FakeGoogle())
    else:
        cloud = Dropbox(FakeDropbox())
    return cloud, cloud.server


@pytest.fixture(params=TYPES)
def type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def home(make: Make, data: Path, type: str) -> Iterator[Followed]:
    """Some files, scanned and read once, and a cursor."""
    cloud, server = new_cloud(type)
    with server:
        home = Followed(make, data, cloud, type)
        for n, path in enumerate(
            ("a.jpg", "Sommer/b.jpg", "Sommer/c.jpg", "Sommer/See/d.jpg", "Winter/e.jpg")
        ):
            cloud.put(path, photo(n=n))
        assert home.scan()["state"] == "online"
        assert home.row.feed_cursor
        home.read_all()
        yield home


def agree(home: Followed) -> None:
    assert home.present() == home.cloud.memory.files()


def test_nothing_has_changed(home: Followed) -> None:
    calls = home.memory.calls
    before = home.row.feed_at
    assert home.follow() == {"changes": 0, "state": "online", "reason": ""}
    assert home.memory.calls == calls, "the storage itself is not asked"
    assert home.row.feed_at > before


def test_added(home: Followed) -> None:
    home.cloud.put("Sommer/new.jpg", photo(n=11))
    home.cloud.put("Neu/deep/er/new2.jpg", photo(n=12))
    calls = home.memory.calls
    assert home.follow()["added"] == 2
    assert home.memory.calls - calls <= 1 + 5, "only the folders concerned"
    agree(home)
    assert home.open_jobs("read")


def test_edited(home: Followed) -> None:
    before = home.file("b.jpg")
    home.cloud.put("Sommer/b.jpg", photo(n=99))
    assert home.follow()["changed"] == 1
    after = home.file("b.jpg")
    assert (after.id, after.asset_id, after.read_state) == (before.id, before.asset_id, "pending")


MOVES = [
    ("a.jpg", "z.jpg"), ("Sommer/b.jpg", "Winter/b.jpg"), ("Sommer", "Winter/Sommer"), ("Sommer/See", "See"),
    ("Sommer", "Herbst"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("src", "dst", "page"),
    [
        pytest.param(*move, page, marks=() if (n + turn) % 2 else pytest.mark.long)
        for n, move in enumerate(MOVES)
        for turn, page in enumerate((1, 200))
    ],
)
def test_moved_things_keep_their_items(home: Followed, src: str, dst: str, page: int) -> None:
    before = {f.provider_id: (f.id, f.asset_id) for f in File.select()}
    asked, items = home.memory.asked, {i.pid for i in Item.select()}
    home.cloud.pages_of(page)
    home.cloud.move(src, dst)
    home.follow()
    agree(home)
    assert {f.provider_id: (f.id, f.asset_id) for f in File.select()} == before
    assert {i.pid for i in Item.select()} == items
    assert home.memory.asked == asked, "nothing is read again"


def test_a_folder_in_the_place_of_another(home: Followed) -> None:
    """Both were there and both still are, each at the other's path."""
    home.cloud.move("Sommer", "x")
    home.cloud.move("Winter", "Sommer")
    home.cloud.move("x", "Winter")
    before = {f.provider_id: f.id for f in File.select()}
    home.follow()
    agree(home)
    assert {f.provider_id: f.id for f in File.select()} == before


def test_a_deleted_file_is_missing_at_once(home: Followed) -> None:
    home.cloud.delete("Sommer/b.jpg")
    home.follow()
    assert home.presence("b.jpg") == "missing"
    agree(home)
    assert Item.get(Item.name == "b.jpg").missing is True
    assert File.select().count() == 5, "it is not forgotten"


def test_a_deleted_folder(home: Followed, type: str) -> None:
    """Google says nothing of what was in it, so that goes by the rules of listings."""
    home.cloud.delete("Sommer")
    home.follow()
    agree(home)
    below = {home.presence(name) for name in ("b.jpg", "c.jpg", "d.jpg")}
    assert below == {"suspect" if type == "drive" else "missing"}


def test_what_is_restored_is_there_again(home: Followed) -> None:
    pids = {i.pid for i in Item.select()}
    home.cloud.delete("Sommer")
    home.follow()
    home.cloud.restore()
    home.follow()
    agree(home)
    assert {i.pid for i in Item.select()} == pids
    assert not Item.select().where(Item.missing).exists()


def test_deleted_and_restored_before_anybody_looked(home: Followed) -> None:
    home.cloud.delete("Sommer/b.jpg")
    home.cloud.restore()
    home.follow()
    assert home.presence("b.jpg") == "present"


def test_what_is_to_be_seen_is_not_deleted_whatever_is_said(home: Followed) -> None:
    """Another file by the same name came after it."""
    home.cloud.delete("a.jpg")
    home.cloud.put("a.jpg", photo(n=77))
    home.follow()
    agree(home)


def test_a_deletion_counts_although_its_folder_cannot_be_listed_wholly(home: Followed) -> None:
    home.cloud.delete("Sommer/b.jpg")
    home.cloud.put("Sommer/new.jpg", photo(n=78))
    home.memory.faults.partial = {"Sommer"}
    home.follow()
    assert home.presence("b.jpg") == "missing"
    assert home.presence("c.jpg") == "present"
    again = Job.get((Job.kind == "scan") & (Job.state == "queued"))
    assert again.payload == {"folders": ["Sommer"], "deep": True}
    home.memory.faults.partial = set()
    home.scan(**again.payload)
    agree(home)


def test_too_much_deleted_at_once_asks_its_owner(make: Make, data: Path, type: str) -> None:
    cloud, server = new_cloud(type)
    with server:
        home = Followed(make, data, cloud, type)
        for n in range(40):
            cloud.put(f"Alle/{n}.jpg", photo(n=n))
        cloud.put("other.jpg", photo(n=50))
        home.scan()
        cursor = home.row.feed_cursor
        cloud.delete("Alle")
        assert home.follow()["state"] == "paused"
        assert (home.row.state, home.row.feed_cursor) == ("paused", cursor)
        assert {f.presence for f in File.select()} == {"present"}
        assert home.follow()["state"] == "paused", "it waits for its owner"
        home.scan(confirmed=True)
        assert home.follow()["state"] == "online"
        agree(home)
        assert home.row.feed_cursor != cursor


def test_many_that_moved_are_not_many_that_are_gone(make: Make, data: Path, type: str) -> None:
    cloud, server = new_cloud(type)
    with server:
        home = Followed(make, data, cloud, type)
        for n in range(40):
            cloud.put(f"Alle/{n}.jpg", photo(n=n))
        cloud.put("other.jpg", photo(n=50))  # by this the storage is known again
        home.scan()
        cloud.pages_of(7)
        cloud.move("Alle", "Neu")
        assert home.follow()["state"] == "online"
        agree(home)


@pytest.mark.parametrize("deleted", [False, True])
def test_all_by_which_it_is_known_left_its_place(home: Followed, deleted: bool) -> None:
    """As its provider says itself: no other storage is in its place."""
    if deleted:
        home.cloud.delete("Sommer")
        home.cloud.delete("Winter")
        home.cloud.delete("a.jpg")
        home.cloud.put("new.jpg", photo(n=7))
    else:
        home.cloud.put("Alles", None)
        for name in ("Sommer", "Winter", "a.jpg"):
            home.cloud.move(name, f"Alles/{name}")
    assert home.follow()["state"] == "online"
    agree(home)
    assert home.scan()["state"] == "online", "it is known by others now"


def test_what_it_is_known_by_is_gone_and_nobody_told(home: Followed) -> None:
    cursor = home.row.feed_cursor
    for path in list(home.cloud.memory.files()):
        home.memory.take(path)
    home.cloud.put("new.jpg", photo(n=7))
    assert home.follow()["state"] == "offline"
    assert home.row.feed_cursor == cursor
    assert {f.presence for f in File.select()} == {"present"}


def test_a_cursor_that_is_not_accepted_any_more(home: Followed) -> None:
    home.cloud.put("Sommer/new.jpg", photo(n=21))
    home.cloud.expire()
    assert home.follow() == {"state": "anew"}
    assert home.row.feed_cursor is None
    assert home.follow()["state"] == "online", "nothing to go on from"
    (job,) = home.open_jobs("scan")
    run = claimed(home.jobs, job)
    home.jobs.finish(run.job, home.scanner.scan(run))
    agree(home)
    home.cloud.put("Sommer/newer.jpg", photo(n=22))
    assert home.follow()["added"] == 1


def test_a_cursor_begins_before_the_scan(home: Followed) -> None:
    """What changes while the scan is under way is told afterwards."""
    Storage.update(feed_cursor=None).execute()
    plain = home.memory.list

    def changing(path: str):  # type: ignore[no-untyped-def]
        listing = plain(path)
        if path == "Winter":
            home.cloud.put("Winter/late.jpg", photo(n=31))
        return listing

    home.memory.list = changing  # type: ignore[method-assign]
    home.scan()
    home.memory.list = plain  # type: ignore[method-assign]
    assert "Winter/late.jpg" not in home.present()
    home.follow()
    agree(home)


@pytest.mark.parametrize("fault", ["partial", "offline", "paused"])
def test_a_scan_that_is_not_whole_keeps_no_cursor(home: Followed, fault: str) -> None:
    Storage.update(feed_cursor=None).execute()
    if fault == "partial":
        home.memory.faults.partial = {"Sommer"}
    elif fault == "offline":
        home.memory.faults.fail_on = {n: Unavailable("timed out") for n in range(3, 20)}
    else:
        for n in range(30):
            home.cloud.put(f"{n}.jpg", photo(n=n))
        home.scan()
        Storage.update(feed_cursor=None, canaries=None).execute()
        for n in range(30):
            home.memory.take(f"{n}.jpg")
    home.scan()
    assert home.row.feed_cursor is None
    assert bool(home.row.feed_problem) is True


def test_a_feed_that_cannot_begin_is_said_so(home: Followed) -> None:
    Storage.update(feed_cursor=None).execute()
    home.cloud.tokens = ["stale"]
    assert home.scan()["state"] == "online"
    assert (home.row.feed_cursor, "sign-in" in home.row.feed_problem) == (None, True)
    home.cloud.tokens = ["good"]
    home.scan()
    assert (bool(home.row.feed_cursor), home.row.feed_problem) == (True, "")


def test_a_provider_that_asks_to_wait(home: Followed) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Sommer/new.jpg", photo(n=41))
    home.cloud.fault(Reply(429, {}, {"Retry-After": "600"}))
    assert home.follow()["state"] == "slow"
    row = home.row
    assert 500 < (row.retry_at - clock.now()) / clock.SECOND < 700
    assert row.feed_cursor == cursor
    asked = len(home.cloud.server.asked)
    assert home.follow()["state"] == "slow"
    assert len(home.cloud.server.asked) == asked, "not before its time"
    Storage.update(retry_at=clock.now() - 1).execute()
    assert home.follow()["state"] == "online"
    assert (home.row.state, home.row.retry_at) == ("online", None)
    agree(home)


def test_asked_to_wait_between_pages(home: Followed) -> None:
    home.cloud.pages_of(2)
    for n in range(5):
        home.cloud.put(f"Sommer/{n}.jpg", photo(n=50 + n))
    changes, count = home.cloud.changes_path, iter(range(100))
    plain = home.cloud.server.routes["POST" if changes.startswith("/2") else "GET", changes]

    def throttling(asked):  # type: ignore[no-untyped-def]
        return plain(asked) if next(count) != 1 else Reply(429, {}, {"Retry-After": "5"})

    home.cloud.server.routes["POST" if changes.startswith("/2") else "GET", changes] = throttling
    cursor = home.row.feed_cursor
    assert home.follow()["state"] == "slow"
    assert home.row.feed_cursor != cursor, "the page before it was worked in"
    Storage.update(retry_at=None).execute()
    home.follow()
    agree(home)


def test_a_sign_in_that_ends(home: Followed) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Sommer/new.jpg", photo(n=61))
    home.cloud.tokens = ["stale", "stale"]
    assert home.follow()["state"] == "sign-in"
    assert (home.row.state, home.row.feed_cursor) == ("sign-in", cursor)
    assert {f.presence for f in File.select()} == {"present"}
    home.cloud.tokens = ["good"]
    Storage.update(state="online", failures=0, retry_at=None).execute()  # its owner signed in
    home.follow()
    agree(home)


def test_a_token_that_runs_out_in_the_middle_is_renewed(home: Followed) -> None:
    home.cloud.put("Sommer/new.jpg", photo(n=62))
    home.cloud.tokens = ["stale", "good"]
    assert home.follow()["state"] == "online"
    agree(home)


def test_a_feed_that_is_broken_while_its_storage_answers(home: Followed) -> None:
    home.cloud.put("Sommer/new.jpg", photo(n=63))
    home.cloud.fault(Reply(500, {}))
    home.follow()
    assert (home.row.state, "status 500" in home.row.feed_problem) == ("online", True)
    home.follow()
    assert home.row.feed_problem == ""
    agree(home)


def test_a_storage_that_is_away_altogether(home: Followed) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Sommer/new.jpg", photo(n=64))
    home.memory.faults.offline = True
    assert home.follow()["state"] == "offline"
    home.cloud.fault(Reply(500, {}))
    Storage.update(retry_at=None).execute()
    assert home.follow()["state"] == "offline"
    assert (home.row.feed_problem, home.row.feed_cursor) == ("", cursor)
    home.memory.faults.offline = False
    Storage.update(retry_at=None).execute()
    assert home.follow()["state"] == "online"
    agree(home)


def test_a_storage_that_is_back_is_online_although_nothing_changed(home: Followed) -> None:
    Storage.update(state="offline", failures=2, retry_at=clock.now() - 1).execute()
    home.follow()
    assert (home.row.state, home.row.failures, home.row.retry_at) == ("online", 0, None)


def test_a_walk_that_fails_keeps_the_cursor(home: Followed) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Sommer/new.jpg", photo(n=65))
    home.cloud.delete("a.jpg")
    plain = home.memory.list

    def failing(path: str):  # type: ignore[no-untyped-def]
        if path == "":
            raise Unavailable("timed out")
        return plain(path)

    home.memory.list = failing  # type: ignore[method-assign]
    assert home.follow()["state"] == "offline"
    assert home.row.feed_cursor == cursor
    assert home.presence("a.jpg") == "present"
    home.memory.list = plain  # type: ignore[method-assign]
    Storage.update(retry_at=None).execute()
    home.follow()
    agree(home)


@pytest.mark.parametrize("when", ["before it is stored", "in the walk"])
def test_a_death_repeats_work_and_loses_none(
    home: Followed, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Neu/deep/x.jpg", photo(n=71))
    home.cloud.put("Neu/y.jpg", photo(n=72))
    home.cloud.move("Sommer/See", "Winter/See")
    home.cloud.delete("a.jpg")

    class Killed(BaseException):
        pass

    def die(*args: object, **more: object) -> None:
        raise Killed

    plain = home.memory.list

    def dying(path: str):  # type: ignore[no-untyped-def]
        if path == "Neu/deep":
            raise Killed
        return plain(path)

    with monkeypatch.context() as patched:
        if when == "in the walk":
            patched.setattr(home.memory, "list", dying)
        else:
            patched.setattr(home.follower, "_store", die)
        with pytest.raises(Killed):
            home.follower.run(claimed(home.jobs, home.jobs.enqueue(CHANGES, storage_id=home.storage.id)))
    Job.update(state="done", lease_owner=None, finished_at=1).execute()
    assert home.row.feed_cursor == cursor
    pids = {f.pid for f in File.select()}
    home.follow()
    agree(home)
    assert pids <= {f.pid for f in File.select()}
    assert File.select().count() == 7
    assert Asset.select(Asset.item).distinct().count() == Item.select().count() == 7


def test_a_lost_lease_stores_no_cursor(home: Followed) -> None:
    cursor = home.row.feed_cursor
    home.cloud.put("Sommer/new.jpg", photo(n=73))
    run = claimed(home.jobs, home.jobs.enqueue(CHANGES, storage_id=home.storage.id))
    Job.update(lease_owner="somebody else").where(Job.id == run.job.id).execute()
    with pytest.raises(JobLost):
        home.follower.run(run)
    assert home.row.feed_cursor == cursor


def test_so_many_changes_that_they_take_turns(home: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST_CHANGES", 3)
    home.cloud.pages_of(2)
    for n in range(9):
        home.cloud.put(f"Sommer/{n}.jpg", photo(n=80 + n))
    home.follow()
    turns = 0
    while home.open_jobs(CHANGES):
        run = claimed(home.jobs, home.open_jobs(CHANGES)[0])
        home.jobs.finish(run.job, home.follower.run(run))
        turns += 1
    assert turns >= 2
    agree(home)


def test_a_refused_folder_does_not_keep_the_others(home: Followed) -> None:
    home.cloud.put("Sommer/new.jpg", photo(n=91))
    home.cloud.put("Winter/new.jpg", photo(n=92))
    plain = home.memory.list

    def refusing(path: str):  # type: ignore[no-untyped-def]
        if path == "Sommer":
            raise Forbidden("not this folder")
        return plain(path)

    home.memory.list = refusing  # type: ignore[method-assign]
    assert home.follow()["added"] == 1
    assert [j.payload["folders"] for j in home.open_jobs("scan")] == [["Sommer"]]


def test_what_is_removed_or_has_no_feed_is_left_alone(home: Followed) -> None:
    home.follower.open_feed = lambda row: None
    assert home.follow() == {"state": "online"}

    def fails(row: Storage) -> None:
        raise Unavailable("rclone did not start")

    home.follower.open_feed = fails
    assert home.follow()["reason"] == "rclone did not start"
    assert home.row.feed_problem == "rclone did not start"
    Storage.update(removed_at=1).execute()
    assert home.follow() == {"state": "removed"}


def test_dropbox_may_write_folders_in_another_case(make: Make, data: Path) -> None:
    cloud, server = new_cloud("dropbox")
    assert isinstance(cloud, Dropbox)
    with server:
        home = Followed(make, data, cloud, "dropbox")
        for n, path in enumerate(("Sommer/See/a.jpg", "Sommer/See/b.jpg", "Sommer/c.jpg")):
            cloud.put(path, photo(n=n))
        home.scan()
        cloud.shouts = True
        cloud.put("Sommer/See/d.jpg", photo(n=9))
        cloud.delete("Sommer/See/a.jpg")
        home.follow()
        agree(home)
        assert home.presence("a.jpg") == "missing"
        cloud.delete("Sommer/See")
        home.follow()
        agree(home)
        assert {home.presence(f"{name}.jpg") for name in "bd"} == {"missing"}


def test_a_folder_that_nobody_could_list_before_it_was_deleted(make: Make, data: Path, type: str) -> None:
    """Its id is not known yet, so that what is told of its deletion says nothing: the scan that was asked for does."""
    cloud, server = new_cloud(type)
    with server:
        home = Followed(make, data, cloud, type)
        cloud.put("0.jpg", photo(n=0))
        home.scan()
        cloud.put("A/C/3.jpg", photo(n=1))
        cloud.delete("A/C/3.jpg")
        cloud.move("A", "B")
        home.memory.faults.fail_on = {4: Unavailable("just now")}
        home.follow()
        home.memory.faults.fail_on = {}
        cloud.delete("B")
        cloud.put("A/3.jpg", photo(n=2))
        cloud.put("A/C/3.jpg", photo(n=3))
        cloud.delete("A/C/3.jpg")
        cloud.put("A/C/1.jpg", photo(n=4))
        cloud.pages_of(2)
        home.memory.faults.partial = {"A"}
        home.follow()
        home.memory.faults.partial = set()
        assert set(home.present()) == {"0.jpg", "A/3.jpg"}
        cloud.put("A/1.jpg", photo(n=5))
        cloud.delete("A")
        home.follow()
        for job in home.open_jobs("scan"):
            home.jobs.cancel(job.id)
            home.scan(**job.payload)
        agree(home)


# --- noticing


class Busy:
    """Does the jobs that `notice` waits for, in a thread as a worker."""

    def __init__(self, home: Followed) -> None:
        self.home, self.done = home, 0

    def wait(self, job_id: int, timeout_s: float) -> Job:
        run = claimed(self.home.jobs, Job.get_by_id(job_id))
        self.home.jobs.finish(run.job, self.home.follower.run(run))
        self.done += 1
        return Job.get_by_id(job_id)


def test_it_is_noticed(home: Followed, type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "WAIT_S", 1.0)
    busy = Busy(home)
    monkeypatch.setattr(home.jobs, "wait", busy.wait)
    feed = home.cloud.feed()
    pause = following.SOON_S if type == "dropbox" else EVERY_S
    assert home.follower.notice(home.storage.id, feed) == pause
    assert (busy.done, Job.select().where(Job.kind == CHANGES).count()) == (0, 0)
    late = threading.Timer(0.2 if type == "dropbox" else 0, home.cloud.put, ("Sommer/new.jpg", photo(n=5)))
    late.start()
    if type != "dropbox":
        late.join()
    assert home.follower.notice(home.storage.id, feed) == pause
    late.join()
    assert busy.done == 1
    agree(home)
    feed.close()


def test_not_while_somebody_is_waited_for(home: Followed) -> None:
    feed = home.cloud.feed()
    asked = len(home.cloud.server.asked)
    for values in (
        {"state": "paused"}, {"state": "sign-in"}, {"state": "slow", "retry_at": clock.now() + clock.HOUR},
        {"feed_cursor": None}, {"removed_at": 1},
    ):  # fmt: skip
        Storage.update(**values).execute()
        assert home.follower.notice(home.storage.id, feed) == EVERY_S
        Storage.update(state="online", retry_at=None, feed_cursor="x", removed_at=None).execute()
    assert home.follower.notice(10**6, feed) == EVERY_S
    assert len(home.cloud.server.asked) == asked
    feed.close()


def test_trouble_while_noticing_is_recorded(home: Followed, type: str) -> None:
    path = "/2/files/list_folder/longpoll" if type == "dropbox" else home.cloud.changes_path
    home.cloud.server.fault(path, Reply(500, {}))
    feed = home.cloud.feed()
    assert home.follower.notice(home.storage.id, feed) == EVERY_S
    assert "status 500" in home.row.feed_problem
    feed.close()


def test_what_could_not_be_worked_in_is_not_asked_for_again_at_once(
    home: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "JOB_S", 0.05)  # nobody does the job
    home.cloud.put("Sommer/new.jpg", photo(n=6))
    feed = home.cloud.feed()
    assert home.follower.notice(home.storage.id, feed) == EVERY_S
    assert len(home.open_jobs(CHANGES)) == 1
    feed.close()


# --- anything in any order

FOLDERS = ("", "A", "B", "A/C")
NAMES = ("1.jpg", "2.jpg", "3.jpg")


class Walk(RuleBasedStateMachine):
    """An owner who does this and that, a provider and a storage that fail, deaths, scans, and the feed."""

    home: Followed

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def paths(self) -> list[str]:
        there = [*self.home.cloud.memory.folders(), *self.home.cloud.memory.files()]
        return [p for p in there if p not in {"", "0.jpg"}]  # by that one the storage is known again

    @rule(folder=st.sampled_from(FOLDERS), name=st.sampled_from(NAMES))
    def put(self, folder: str, name: str) -> None:
        self.number += 1
        path = f"{folder}/{name}".lstrip("/")
        self.home.cloud.put(path, photo(n=self.number))

    @rule(data=st.data(), folder=st.sampled_from(FOLDERS), name=st.sampled_from((*NAMES, "A", "B", "D")))
    def move(self, data: st.DataObject, folder: str, name: str) -> None:
        there = self.paths()
        dst = f"{folder}/{name}".lstrip("/")
        if not there or dst in there or folder not in self.home.cloud.memory.folders():
            return
        src = data.draw(st.sampled_from(there))
        if not f"{dst}/".startswith(f"{src}/"):
            self.home.cloud.move(src, dst)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if there := self.paths():
            self.home.cloud.delete(data.draw(st.sampled_from(there)))

    @precondition(lambda self: self.home.cloud.thrown)
    @rule()
    def restore(self) -> None:
        path, _ = self.home.cloud.thrown[-1]
        above = path.rpartition("/")[0]
        if path in self.paths() or above not in self.home.cloud.memory.folders():
            self.home.cloud.thrown.pop()
        else:
            self.home.cloud.restore()

    @rule(size=st.sampled_from([1, 2, 500]))
    def pages(self, size: int) -> None:
        self.home.cloud.pages_of(size)

    @rule()
    def follow(self) -> None:
        self.home.follow()
        self.check()

    @rule()
    def scan(self) -> None:
        self.home.scan()
        self.check()

    @rule(number=st.integers(1, 6))
    def follow_with_a_storage_that_fails(self, number: int) -> None:
        self.home.memory.faults.fail_on = {number: Unavailable("just now")}
        self.home.follow()
        self.home.memory.faults.fail_on = {}
        self.check()

    @rule(status=st.sampled_from([429, 500, 401]))
    def follow_with_a_provider_that_fails(self, status: int) -> None:
        self.home.cloud.fault(Reply(status, {}))
        self.home.cloud.fault(Reply(status, {}))
        self.home.follow()
        self.home.cloud.server._faults.clear()
        self.check()

    @rule(folder=st.sampled_from(FOLDERS))
    def follow_with_half_a_listing(self, folder: str) -> None:
        self.home.memory.faults.partial = {folder}
        self.home.follow()
        self.home.memory.faults.partial = set()
        self.check()

    @rule(step=st.integers(0, 4))
    def die(self, step: int) -> None:
        class Killed(BaseException):
            pass

        plain, count = self.home.memory.list, iter(range(1000))

        def dying(path: str):  # type: ignore[no-untyped-def]
            if next(count) == step:
                raise Killed
            return plain(path)

        self.home.memory.list = dying  # type: ignore[method-assign]
        try:
            self.home.follow()
        except Killed:
            Job.update(state="done", lease_owner=None, finished_at=1).where(Job.state == "running").execute()
        finally:
            self.home.memory.list = plain  # type: ignore[method-assign]
        self.check()

    @rule()
    def expire(self) -> None:
        self.home.cloud.expire()

    def check(self) -> None:
        """Its owner signed in and nobody waits; and nothing is missing that was never deleted."""
        Storage.update(state="online", retry_at=None, failures=0).execute()
        gone = {f.provider_id for f in File.select().where(File.presence == "missing")}
        assert gone <= self.home.cloud.ever_thrown

    def teardown(self) -> None:
        """Left in peace, the catalogue comes to say what the storage says."""
        self.check()
        self.home.follow()
        for job in self.home.open_jobs("scan"):
            self.home.jobs.cancel(job.id)  # some wait for their time
            self.home.scan(**job.payload)
        self.home.follow()
        agree(self.home)


@pytest.mark.parametrize("type", TYPES)
def test_feed_and_scans_together_come_to_say_what_is_there(
    make: Make, data: Path, type: str, full: bool
) -> None:
    class ThisWalk(Walk):
        def __init__(self) -> None:
            super().__init__()
            for table in (Job, Item, Storage, User):
                table.delete().execute()
            self.cloud, self.server = new_cloud(type)
            self.server.__enter__()
            self.home = Followed(make, data, self.cloud, type)
            self.cloud.put("0.jpg", photo(n=0))
            self.home.scan()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.server.__exit__(None, None, None)

    often = settings(
        max_examples=examples(60 if full else 10), stateful_step_count=14, deadline=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(ThisWalk, settings=often)

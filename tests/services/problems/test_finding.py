"""Finding what is wrong: each kind, in words, in pages, by storage, and never anything of others."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.errors import UsageError
from services.models import File, FileOperation, Folder, Job, Storage, User
from services.problems import Problem, by_storage, count, files_of, page, wording
from services.problems.finding import MOST
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class Home:
    """Anna with two storages, and ben with one, in which as much is wrong as can be."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna, self.ben = make.user("anna"), make.user("ben")
        self.viewer = make.viewer(self.anna)
        self.one, self.two = make.storage(self.anna, "One"), make.storage(self.anna, "Two", root="/two")
        self._numbers: Iterator[int] = iter(range(1, 1000))

    def job(
        self, kind: str = "scan", state: str = "failed", storage: Storage | None = None, **more: Any
    ) -> Job:
        storage = storage or self.one
        given = {
            "pid": f"job{next(self._numbers)}", "kind": kind, "payload": {}, "lane": "work", "max_attempts": 3,
            "state": state, "run_after": 1, "created_at": 1, "finished_at": 5, "error": "it broke", "user": self.anna,
            "storage": storage, "dedupe_key": f"{kind}:{storage.id}",
        }  # fmt: skip
        return Job.create(**given | more)

    def change(
        self, kind: str = "delete", storage: Storage | None = None, holder: str = "", **more: Any
    ) -> None:
        storage = storage or self.one
        given = {
            "kind": kind, "owner": storage.owner, "storage": storage, "node": "here", "holder": holder,
            "path": "a.jpg", "target": "", "shelf": f"s{next(self._numbers)}", "detail": {}, "created_at": 7,
        }  # fmt: skip
        FileOperation.create(**given | more)

    def all(self, viewer: Viewer | None = None) -> list[Problem]:
        return page(viewer or self.viewer)[0]

    def told(self) -> list[tuple[str, str]]:
        return [(p.kind, p.state) for p in self.all()]


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


def test_where_nothing_is_wrong_nothing_is_told(home: Home) -> None:
    home.make.file(home.one, "good.jpg")
    home.job(state="done")
    home.job(state="queued", dedupe_key=None, finished_at=None)
    home.change(holder="somebody at work")
    assert (home.all(), count(home.viewer), by_storage(home.viewer, files=5)) == ([], 0, [])


@pytest.mark.parametrize(
    ("state", "again"), [("offline", True), ("slow", True), ("sign-in", False), ("paused", False)]
)
def test_a_storage_that_is_not_well(home: Home, state: str, again: bool) -> None:
    Storage.update(state=state, state_reason="why", state_since=3).where(Storage.id == home.one.id).execute()
    (found,) = home.all()
    assert (found.id, found.kind, found.state) == (f"storage-{home.one.pid}", "state", state)
    assert (found.storage, found.reason, found.since, found.again) == (home.one, "why", 3, again)
    assert found.what
    assert found.todo


def test_what_had_no_room_and_a_feed_that_is_silent(home: Home) -> None:
    Storage.update(full_reason="No room left.", feed_problem="Too slow.").where(
        Storage.id == home.two.id
    ).execute()
    assert [(p.kind, p.reason) for p in home.all()] == [("full", "No room left."), ("feed", "Too slow.")]
    Storage.update(state="sign-in").where(Storage.id == home.two.id).execute()
    assert [p.kind for p in home.all()] == ["state", "full"], "that it wants a sign-in says enough"


def test_files_and_folders(home: Home) -> None:
    folder = home.make.folder(home.one, "2026")
    Folder.update(problem="Permission denied").where(Folder.id == folder.id).execute()
    asset = home.make.asset(item := home.make.item(home.anna))
    more: dict[str, Any] = {"problem": "it is cut", "read_at": 9}
    home.make.file(home.one, "cut.jpg", folder, read_state="done", asset=asset, **more)
    home.make.file(home.one, "bad\udce9.jpg", read_state="failed", **more)
    home.make.file(home.one, "gone.jpg", read_state="failed", presence="missing", absent_since=1, **more)
    listed, cut, bad = home.all()
    assert (listed.kind, listed.path, listed.reason) == ("folder", "2026", "Permission denied")
    assert (cut.path, cut.item, cut.since) == ("2026/cut.jpg", item.pid, 9)
    assert cut.what != bad.what
    assert (bad.path, bad.item, bad.state) == ("bad\udce9.jpg", None, "failed")
    Folder.update(gone=True).where(Folder.id == folder.id).execute()
    assert [p.kind for p in home.all()] == ["file", "file"]


def test_a_failed_job_is_told_until_it_was_done(home: Home) -> None:
    home.job()
    (found,) = home.all()
    assert (found.kind, found.state, found.reason, found.leaves) == ("job", "scan", "it broke", True)
    home.job(state="done", storage=home.two)
    assert len(home.all()) == 1, "another storage's scan says nothing of this one"
    home.job(state="done", dedupe_key=f"scan:{home.one.id}:7")
    assert len(home.all()) == 1, "nor does that of one folder"
    home.job(state="done")
    assert home.all() == []


@pytest.mark.parametrize("word", ["", ":confirmed", ":anew"])
def test_a_whole_scan_heals_those_of_folders(home: Home, word: str) -> None:
    home.job(dedupe_key=None)
    home.job(dedupe_key=f"scan:{home.one.id}:7")
    assert len(home.all()) == 1, "the newest stands for all of them"
    home.job(state="done", dedupe_key=f"scan:{home.one.id}{word}")
    assert home.all() == []


def test_reading_is_healed_by_any_reading_after_it(home: Home) -> None:
    home.job("read", dedupe_key=f"read:{home.one.id}")
    home.job("changes")
    assert home.told() == [("job", "read"), ("job", "changes")]
    home.job("read", state="done", dedupe_key=f"read:{home.one.id}:more")
    assert home.told() == [("job", "changes")]


def test_moves_and_the_trash_are_told_one_by_one(home: Home) -> None:
    home.job("transfer", dedupe_key="transfer:1", payload={"operation": 1})
    home.job("transfer", dedupe_key="transfer:2", payload={"operation": 2})
    home.job("purge", storage=home.one, dedupe_key="purge:1")
    Job.update(storage=None).where(Job.kind == "purge").execute()
    assert home.told() == [("job", "transfer"), ("job", "transfer"), ("job", "purge")]
    assert [p.again for p in home.all()] == [False, False, True]
    assert home.all()[-1].storage is None
    home.job("transfer", state="done", dedupe_key="transfer:1")
    assert [p.id for p in home.all()] == ["job-job2", "job-job3"]


def test_a_move_that_is_in_the_journal_can_be_taken_up(home: Home) -> None:
    home.change("transfer", holder="x")
    operation = FileOperation.get()
    home.job("transfer", payload={"operation": operation.id})
    (found,) = home.all()
    assert (found.state, found.again) == ("transfer", True)


def test_jobs_that_are_nobodys_or_made_for_one_picture_are_not_told(home: Home) -> None:
    home.job("render")
    home.job("scan", user=None)
    Storage.update(removed_at=5).where(Storage.id == home.two.id).execute()
    home.job("scan", storage=home.two)
    assert home.all() == []


def test_changes_that_nobody_is_at(home: Home) -> None:
    home.change("restore", path=".hypomos/t/a.jpg", target="a.jpg")
    home.change("move", path="b.jpg", target="c.jpg")
    home.change("move", holder="somebody at work")
    home.change("transfer")
    assert [(p.state, p.path, p.again) for p in home.all()] == [
        ("restore", "a.jpg", False),
        ("move", "b.jpg", False),
    ]


def fill(home: Home) -> None:
    """Everything at once, some of it several times."""
    Storage.update(state="offline", full_reason="x").execute()
    home.job()
    home.change()
    Folder.update(problem="Permission denied").where(Folder.storage == home.one).execute()
    for n in range(5):
        home.make.file(home.one, f"bad{n}.jpg", problem="it is cut", read_state="failed")
    home.make.file(home.two, "bad.jpg", problem="it is cut", read_state="failed")


def test_pages_hold_everything_once(home: Home) -> None:
    fill(home)
    whole = [p.id for p in home.all()]
    assert len(whole) == len(set(whole)) == count(home.viewer) == 13
    for limit in (1, 2, 3, 5, 12, 13, 14):
        found: list[str] = []
        cursor = None
        while True:
            some, cursor = page(home.viewer, cursor=cursor, limit=limit)
            assert 0 < len(some) <= limit
            found += [p.id for p in some]
            if cursor is None:
                break
        assert found == whole


@pytest.mark.parametrize(
    "cursor", ["x", "file", "file:", "file:x", "file:-1", "files:1", "file:" + "9" * 30, "file:²"]
)
def test_a_cursor_that_no_page_gave(home: Home, cursor: str) -> None:
    with pytest.raises(UsageError) as raised:
        page(home.viewer, cursor=cursor)
    assert raised.value.field == "cursor"


def test_by_storage_with_some_files_of_each(home: Home) -> None:
    fill(home)
    home.job("purge", storage=home.one, dedupe_key="purge:1")
    Job.update(storage=None).where(Job.kind == "purge").execute()
    one, two, none = by_storage(home.viewer, files=3)
    assert (one.storage, two.storage, none.storage) == (home.one, home.two, None)
    assert [p.kind for p in one.problems] == ["state", "full", "job", "change", "folder"]
    assert [len(g.files) for g in (one, two, none)] == [3, 1, 0]
    assert two.more is None
    assert one.more is not None
    rest, more = files_of(home.viewer, home.one, after=one.more, limit=3)
    assert [p.path for p in [*one.files, *rest]] == [f"bad{n}.jpg" for n in range(5)]
    assert more is None


def test_no_more_are_counted_than_are_said(home: Home) -> None:
    root = Folder.get(Folder.storage == home.one)
    File.insert_many(
        {"pid": f"p{n}", "storage": home.one.id, "folder": root.id, "raw_name": f"{n}", "name": f"{n}",
         "name_fold": f"{n}", "size": 1, "seen_at": 1, "problem": "it is cut"} for n in range(MOST + 20)
    ).execute()  # fmt: skip
    assert count(home.viewer) == MOST
    assert count(home.viewer, most=7) == 7


@pytest.mark.parametrize("admin", [False, True])
def test_others_see_none_of_it(home: Home, admin: bool) -> None:
    fill(home)
    home.job("purge", storage=home.one, dedupe_key="purge:1")
    Job.update(storage=None).where(Job.kind == "purge").execute()
    User.update(is_admin=admin).where(User.id == home.ben.id).execute()
    ben = home.make.viewer(User.get_by_id(home.ben.id))
    assert (home.all(ben), count(ben), by_storage(ben, files=5)) == ([], 0, [])
    assert files_of(ben, home.one, limit=5) == ([], None)


def test_a_broken_query_is_its_owners_alone(home: Home) -> None:
    home.job()
    broken = [
        home.make.collection(user, name, kind="dynamic", query={}, problem=problem, deleted_at=deleted)
        for user, name, problem, deleted in (
            (home.anna, "Lake", "It asks for nothing.", None), (home.anna, "Well", "", None),
            (home.anna, "Gone", "It asks for nothing.", 1), (home.ben, "Theirs", "It broke.", None),
        )
    ]  # fmt: skip
    job, found = home.all()
    assert (job.kind, found.kind, found.storage, found.again) == ("job", "query", None, False)
    assert (found.name, found.collection, found.reason) == ("Lake", broken[0].pid, "It asks for nothing.")
    assert (found.what, found.todo) == wording.QUERY
    assert count(home.viewer) == 2
    assert "query" not in [p.kind for p in page(home.viewer, storage=home.one)[0]]
    assert [[p.kind for p in group.problems] for group in by_storage(home.viewer, files=1)][-1] == ["query"]

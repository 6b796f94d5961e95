"""Trying again what went wrong, and putting a failed job away: the owner's own things only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.errors import NotFound, Unavailable
from services.jobs import Jobs
from services.models import File, FileOperation, Folder, Job, Storage
from services.problems import Problems, count, page
from services.storages.base import Storage as Adapter
from services.storages.values import Quota
from tests.factories import Make
from tests.fakes import REFUSED, claimed, photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


class Asked:
    """A storage that only tells its room."""

    def __init__(self) -> None:
        self.answer: Quota | Exception | None = Quota(10, 5, 5)

    def about(self) -> Quota | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Home:
    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna = make.user("anna")
        self.viewer = make.viewer(self.anna)
        self.stranger = make.viewer(make.user("ben", is_admin=True))
        self.storage = make.storage(self.anna)
        self.asked = Asked()
        adapter: Callable[[Storage], Adapter] = lambda row: self.asked  # type: ignore[assignment,return-value]  # noqa: E731
        self.problems = Problems(Jobs(lambda lane, job: None, "here"), adapter)

    def failed(self, kind: str = "scan", **more: Any) -> Job:
        given = {
            "pid": f"{kind}{Job.select().count()}", "kind": kind, "payload": {}, "lane": "work", "max_attempts": 3,
            "state": "failed", "run_after": 1, "created_at": 1, "finished_at": 5, "user": self.anna,
            "storage": self.storage, "dedupe_key": f"{kind}:{self.storage.id}",
        }  # fmt: skip
        return Job.create(**given | more)

    def waiting(self) -> list[tuple[str, dict[str, Any]]]:
        return [(j.kind, j.payload) for j in Job.select().where(Job.finished_at.is_null()).order_by(Job.id)]


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


def test_a_file_is_read_as_if_it_had_never_been_tried(home: Home) -> None:
    folder = home.make.folder(home.storage, "2026")
    file = home.make.file(
        home.storage, "bad.jpg", folder, problem="cut", read_state="quarantined", read_attempts=2
    )
    other = home.make.file(home.storage, "other.jpg", problem="cut", read_state="failed")
    home.problems.again(home.viewer, f"file-{file.pid}")
    file = File.get_by_id(file.id)
    assert (file.read_state, file.read_attempts, file.problem) == ("pending", 0, "")
    assert File.get_by_id(other.id).read_state == "failed"
    assert home.waiting() == [("scan", {"folders": ["2026"], "deep": True})]


def test_all_files_of_a_storage_at_once(home: Home) -> None:
    for n in range(3):
        home.make.file(home.storage, f"bad{n}.jpg", problem="cut", read_state="failed", mime="video/mp4")
    home.make.file(home.storage, "good.jpg", read_state="done")
    home.make.file(
        home.storage, "gone.jpg", problem="cut", read_state="failed", presence="missing", absent_since=1
    )
    known = home.make.file(
        home.storage, "partly.mp4", problem="cut", read_state="done", mime="video/mp4",
        asset=home.make.asset(home.make.item(home.anna)),
    )  # fmt: skip
    home.problems.again(home.viewer, f"files-{home.storage.pid}")
    states = {f.name: f.read_state for f in File.select()}
    assert states == {
        "bad0.jpg": "pending", "bad1.jpg": "pending", "bad2.jpg": "pending", "partly.mp4": "pending",
        "good.jpg": "done", "gone.jpg": "failed",
    }  # fmt: skip
    assert {f.mime for f in File.select().where(File.name.startswith("bad"))} == {""}
    assert File.get_by_id(known.id).mime == "video/mp4"
    assert home.waiting() == [("scan", {})]


def test_a_folder_is_listed_again_and_a_storage_scanned(home: Home) -> None:
    folder = home.make.folder(home.storage, "caf\udce9")
    Folder.update(problem="no").where(Folder.id == folder.id).execute()
    home.problems.again(home.viewer, f"folder-{folder.id}")
    home.problems.again(home.viewer, f"storage-{home.storage.pid}")
    home.problems.again(home.viewer, f"storage-{home.storage.pid}")
    assert home.waiting() == [("scan", {"folders": ["caf%E9"], "deep": True}), ("scan", {})]


def test_room_is_asked_for_again(home: Home) -> None:
    def look() -> str:
        Storage.update(full_reason="no room").execute()
        home.problems.again(home.viewer, f"full-{home.storage.pid}")
        return str(Storage.get().full_reason)

    assert look() == ""
    home.asked.answer = None
    assert look() == "", "a storage that does not tell is believed to have some"
    home.asked.answer = Quota(10, 10, 0)
    assert look() == "no room"
    home.asked.answer = Unavailable("It does not answer.")
    with pytest.raises(Unavailable):
        look()


def test_a_scan_is_tried_again_without_the_word_that_was_given_then(home: Home) -> None:
    home.failed()
    job = home.failed(payload={"confirmed": True}, dedupe_key=f"scan:{home.storage.id}:confirmed")
    home.problems.again(home.viewer, f"job-{job.pid}")
    assert home.waiting() == [("scan", {})]
    assert count(home.viewer) == 0
    assert Job.select().where(Job.state == "failed").count() == 0


def test_what_else_failed_is_tried_again_as_it_was(home: Home) -> None:
    job = home.failed("purge", storage=None, payload={"owner": home.anna.id}, dedupe_key="purge:1")
    home.problems.again(home.viewer, f"job-{job.pid}")
    assert home.waiting() == [("purge", {"owner": home.anna.id})]
    assert not Job.select().where(Job.id == job.id).exists()


def test_a_move_is_taken_up_while_the_journal_knows_it(home: Home) -> None:
    operation = FileOperation.create(
        kind="transfer", owner=home.anna, storage=home.storage, node="here", holder="x", path="a", target="a",
        shelf="s", detail={}, created_at=1,
    )  # fmt: skip
    job = home.failed("transfer", payload={"operation": operation.id}, dedupe_key="transfer:1")
    over = home.failed("transfer", payload={"operation": operation.id + 1}, dedupe_key="transfer:2")
    home.problems.again(home.viewer, f"job-{job.pid}")
    assert home.waiting() == [("transfer", {"operation": operation.id})]
    with pytest.raises(NotFound):
        home.problems.again(home.viewer, f"job-{over.pid}")
    home.problems.dismiss(home.viewer, f"job-{over.pid}")
    assert count(home.viewer) == 0


def test_a_failed_job_is_put_away_with_those_it_stands_for(home: Home) -> None:
    home.failed(dedupe_key=None)
    job = home.failed()
    other = home.failed(storage=home.make.storage(home.anna, "Other", root="/other"), dedupe_key="scan:other")
    home.problems.dismiss(home.viewer, f"job-{job.pid}")
    assert [p.id for p in page(home.viewer)[0]] == [f"job-{other.pid}"]


def test_others_reach_none_of_it(home: Home) -> None:
    file = home.make.file(home.storage, "bad.jpg", problem="cut", read_state="failed")
    root = Folder.get()
    Folder.update(problem="no").execute()
    Storage.update(state="offline", full_reason="x").execute()
    job = home.failed()
    pid = home.storage.pid
    names = [f"{kind}-{pid}" for kind in ("files", "storage", "full")]
    for name in (*names, f"file-{file.pid}", f"folder-{root.id}", f"job-{job.pid}"):
        with pytest.raises(NotFound):
            home.problems.again(home.stranger, name)
        with pytest.raises(NotFound):
            home.problems.dismiss(home.stranger, name)
    assert home.waiting() == []
    assert (File.get().read_state, Storage.get().full_reason) == ("failed", "x")
    assert Job.select().count() == 1


@pytest.mark.parametrize(
    "name",
    ["", "file", "file-", "what-1", "folder-x", "folder-²", "folder-" + "9" * 30, "job-x", "change-1", "feed-x"],
)  # fmt: skip
def test_what_is_no_problem_is_not_found(home: Home, name: str) -> None:
    for act in (home.problems.again, home.problems.dismiss):
        with pytest.raises(NotFound):
            act(home.viewer, name)


def test_what_is_well_is_not_tried_again(home: Home) -> None:
    file = home.make.file(home.storage, "good.jpg", read_state="done")
    job = home.failed(state="done")
    for name in (f"file-{file.pid}", f"job-{job.pid}", f"folder-{Folder.get().id}"):
        with pytest.raises(NotFound):
            home.problems.again(home.viewer, name)


@pytest.mark.parametrize("distant", [False, True])
def test_what_is_tried_again_is_really_read(make: Make, data: Path, distant: bool) -> None:
    """With a scanner: refused, tried again and refused again; then it is whole, without a trace in the listing."""
    there = Household(make, data, distant=distant)
    problems = Problems(there.jobs, lambda row: there.memory)
    whole = photo(n=1)
    there.memory.put("2026/a.jpg", REFUSED.ljust(len(whole)))

    def work() -> None:
        for kind, do in (("scan", there.scanner.scan), ("read", there.scanner.read)):
            while waiting := there.open_jobs(kind):
                run = claimed(there.jobs, waiting[0])
                there.jobs.finish(run.job, do(run))

    there.scan()
    work()
    for _ in range(2):
        ((found,), _more) = page(there.viewer)
        assert (found.state, found.path) == ("failed", "2026/a.jpg")
        problems.again(there.viewer, found.id)
        assert count(there.viewer) == 0
        work()
    there.memory.put("2026/a.jpg", whole)
    there.scan()
    work()
    assert count(there.viewer) == (0 if distant else 1), "a near one looks the same, so nobody reads it again"
    problems.again(there.viewer, f"files-{there.storage.pid}")
    work()
    assert (count(there.viewer), there.file("a.jpg").read_state) == (0, "done")

"""`hypomos storage` and `hypomos scan`: from a folder to items, on the command line alone."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.commands import scan as command
from appliance.output import Output
from services import clock
from services.models import Job, Storage, database
from tests.appliance.conftest import Hypomos
from tests.factories import Make
from tests.servers import storages
from tests.services.storages.rclone.conftest import end
from tests.tree import ROOT


def test_from_a_folder_to_items(anna: Hypomos, photos: Path) -> None:
    assert anna("storage", "add", "anna", "Photos", "--local", str(photos)).code == 0
    said = anna("scan", "anna/Photos", "--wait", "--json")
    assert said.code == 0, said.err
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert lines[-1]["state"] == "done"
    assert lines[-1]["result"]["read"] == 3
    (row,) = anna("storage", "list", "--json").data
    assert (row["name"], row["state"], row["files"], row["items"]) == ("anna/Photos", "online", 3, 2)
    again = anna("scan", "--wait", "--json").data["result"]
    assert (again["added"], again["read"]) == (0, 0)


def test_check_and_remove(anna: Hypomos, photos: Path) -> None:
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    assert anna("storage", "check", "anna/photos").out.strip() == "online"
    anna("scan", "--wait")
    away = photos.with_name("away")
    shutil.move(photos, away)
    said = anna("storage", "check", "anna/photos")
    assert said.code == 1
    assert (said.out, "offline" in said.err) == ("", True)
    assert anna("storage", "check", "anna/photos", "--json").data["state"] == "offline"
    scan = anna("scan", "--wait")
    assert (scan.code, scan.out, scan.err.count("anna/Photos")) == (1, "", 1)
    shutil.move(away, photos)
    assert anna("scan", "--wait").code == 0
    assert anna("storage", "remove", "anna/photos").code == 0
    assert sorted(p.name for p in (photos / "2026").iterdir()) == ["IMG_0.jpg", "IMG_1.jpg"]
    assert "No storages" in anna("storage", "list").out
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    said = anna("storage", "remove", "anna/photos", "--items", "forget")
    assert "forgotten" in said.out
    assert anna("storage", "remove", "anna/photos", "--items", "burn").code == 2


def test_what_goes_wrong_is_one_clear_line(anna: Hypomos, photos: Path, tmp_path: Path) -> None:
    for words, part in (
        (("storage", "add", "anna", "P", "--local", str(tmp_path / "nothing")), "nothing"),
        (("storage", "add", "anna", "P", "--local", "/etc"), "/etc"),
        (("storage", "add", "anna", "P", "--local", str(tmp_path / "data")), "data"),
        (("storage", "add", "nobody", "P", "--local", str(photos)), "nobody"),
        (("storage", "check", "P"), "USER/NAME"),
        (("storage", "check", "anna/P"), "anna/P"),
        (("scan",), "no storages"),
        (("scan", "P"), "USER/NAME"),
    ):
        said = anna(*words)
        assert said.code == 1, words
        assert len(said.err.strip().splitlines()) == 1
        assert part in said.err


def test_what_may_not_be_set_is_refused_here_too(anna: Hypomos) -> None:
    for type in ("local", "alias", "crypt", ":local"):
        said = anna("storage", "add", "anna", "P", "--rclone", type, "--option", "remote=/etc")
        assert (said.code, "no kind of storage" in said.err) == (1, True)
    assert anna("storage", "list", "--json").data == []


def test_a_server_by_the_generic_form(
    anna: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end_rclone: None
) -> None:
    scratch = tmp_path / "server"
    scratch.mkdir()
    monkeypatch.setenv("HYPOMOS_STORAGE_HOSTS_ALLOWED", "127.0.0.0/8")
    with storages.ftp(scratch) as remote:
        assert remote.folder is not None
        (remote.folder / "Fotos").mkdir()
        given = ("--option", "host=127.0.0.1", "--option", f"port={remote.options['port']}", "--option", "user=anna",
                 "--option", "explicit_tls=false", "--options-stdin", "--root", "Fotos")  # fmt: skip
        add = ("storage", "add", "anna", "Old", "--rclone", "ftp", *given)
        secret = json.dumps({"pass": storages.PASSWORD})
        refused = apart(*add, "--option", "socks_proxy=127.0.0.1:1", stdin=secret)
        assert (refused.returncode, "has no option “socks_proxy”" in refused.stderr) == (1, True)
        assert storages.PASSWORD not in refused.stderr
        refused = apart(*add, "--option", f"pass={storages.PASSWORD}", stdin="{}")
        assert (refused.returncode, "--options-stdin" in refused.stderr) == (1, True)
        assert storages.PASSWORD not in refused.stderr
        said = apart(*add, stdin=secret)
        assert said.returncode == 0, said.stderr
        (row,) = anna("storage", "list", "--json").data
        assert (row["name"], row["kind"]) == ("anna/Old", "rclone")
        assert apart("storage", "check", "anna/Old").stdout.strip() == "online"


def apart(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A command in a process of its own: what it holds of rclone ends with it."""
    command = [sys.executable, "-m", "appliance", *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=ROOT)


@pytest.fixture
def end_rclone(tmp_path: Path) -> Iterator[None]:
    """What commands left running for the next of them ends with the test."""
    yield
    end(tmp_path / "data")


def test_reading_from_afar_is_waited_for_and_added_up(catalogue: Path, make: Make) -> None:
    storage = make.storage(make.user())
    more = {"payload": {}, "lane": "work", "max_attempts": 3, "created_at": 1, "storage": storage.id}
    ended = {"state": "done", "finished_at": 1, **more}
    job = Job.create(pid="scan", kind="scan", run_after=1, result={"read": 0, "failed": 0}, **ended)
    first = Job.create(pid="one", kind="read", run_after=1, state="queued", **more)
    Job.create(pid="late", kind="read", run_after=clock.now() + clock.HOUR, state="queued", **more)

    def finish() -> None:
        done = {"state": "done", "finished_at": 2, "result": {"read": 5, "failed": 1}}
        Job.update(done).where(Job.id == first.id).execute()
        database.close()

    timer = threading.Timer(0.2, finish)
    timer.start()
    command._follow_reading(job, "anna/Photos", Output(json=True), None)
    timer.join()
    assert job.result == {"read": 5, "failed": 1}
    alone = Job.create(pid="two", kind="read", run_after=1, state="queued", **more)
    assert command._follow(alone, "anna/Photos", Output(json=True), lambda: False).state == "queued"


def test_a_budget_is_shown_and_changed(anna: Hypomos, photos: Path) -> None:
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    said = anna("storage", "budget", "anna/Photos")
    assert (said.code, "without a budget" in said.err) == (1, True)
    Storage.update(kind="rclone", options={"type": "webdav", "remote": "h_1"}).execute()
    database.close()
    shown = {"name": "anna/photos", "bytes_per_second": 8_000_000, "at_once": 2, "hours": None}
    assert anna("storage", "budget", "anna/photos", "--json").data == shown
    changed = ("--bandwidth", "2.5", "--hours", "22-6")
    assert anna("storage", "budget", "anna/photos", *changed, "--json").data == shown | {
        "bytes_per_second": 2_500_000, "hours": [22, 6],
    }  # fmt: skip
    assert anna("storage", "budget", "anna/photos", "--at-once", "1").out.strip() == (
        "anna/photos: 2.5 MB/s, 1 file at once, from 22 to 6 o'clock (UTC)"
    )
    for option, value in (("--bandwidth", "fast"), ("--at-once", "9"), ("--hours", "night")):
        refused = anna("storage", "budget", "anna/photos", option, value)
        assert (refused.code, len(refused.err.strip().splitlines())) == (1, 1)
    last = anna("storage", "budget", "anna/photos", "--bandwidth", "none", "--hours", "always")
    assert "no limit of bandwidth, 1 file at once, all day" in last.out


def test_one_folder_is_scanned_now(anna: Hypomos, photos: Path) -> None:
    anna("storage", "add", "anna", "Photos", "--local", str(photos))
    anna("scan", "--wait")
    (photos / "notes.txt").rename(photos / "2026" / "notes.txt")
    said = anna("scan", "anna/Photos", "--folder", "2026", "--wait", "--json")
    assert (said.code, said.data["result"]["found"]) == (0, 3)
    assert "1 scan is on the way." in anna("scan", "anna/Photos", "--folder", "2026/new").out
    for words in (("--folder", "2026"), ("anna/Photos", "ben/Photos", "--folder", "2026"),
                  ("anna/Photos", "--folder", "a/../b")):  # fmt: skip
        refused = anna("scan", *words)
        assert (refused.code, len(refused.err.strip().splitlines())) == (1, 1)


def test_a_folder_that_has_to_wait_is_waited_for(catalogue: Path, make: Make) -> None:
    storage = make.storage(make.user())
    more = {
        "payload": {},
        "lane": "work",
        "max_attempts": 3,
        "created_at": 1,
        "run_after": 1,
        "storage": storage,
    }
    now_not = Job.create(
        pid="one", kind="scan", state="done", finished_at=1, result={"state": "later"}, **more
    )
    assert command._following(now_not) is None
    after = Job.create(pid="two", kind="scan", state="queued", **more)
    assert command._following(now_not) == after


def test_a_storage_that_is_not_to_be_asked_is_not_waited_for(catalogue: Path, make: Make) -> None:
    reason = "The storage is asked again at 12:34 UTC."
    storage = make.storage(make.user())
    job = Job.create(
        pid="one", kind="scan", payload={}, lane="work", max_attempts=3, created_at=1, storage=storage, state="queued",
        error=reason, run_after=clock.now() + clock.HOUR,
    )  # fmt: skip
    assert command._summary(command._follow(job, "anna/Photos", Output(json=True))) == reason

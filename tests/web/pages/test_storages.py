"""/storages: the storages of a person, adding a folder, and what could not be read."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from services.models import File, Item, Job, Storage
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.app import make_web


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "holidays"
    (made / "sea").mkdir(parents=True)
    (made / "one.jpg").write_bytes(b"x")
    return made


def test_ones_own_storages_with_their_progress(browser: Browser, web: Web) -> None:
    Job.update(
        state="running", lease_owner="w", lease_until=1 << 60, progress_done=30, progress_total=1200
    ).execute()
    page = browser("anna").get("/storages").text
    assert "Photos" in page
    assert "30 of 1,200 files read" in page
    assert browser("ben").get("/storages").text.count("Photos</a>") == 0


def test_a_scan_that_waits_for_its_time_says_until_when(browser: Browser, web: Web) -> None:
    reason = "The storage is asked again at 12:34 UTC."
    Job.update(state="queued", error=reason).execute()
    for language, words in (("en", reason), ("de", "Der Speicher wird um 12:34 UTC wieder gefragt.")):
        page = browser("anna").get("/storages", headers={"Accept-Language": language}).text
        assert words in page
        assert "about to begin" not in page


def test_an_administrator_tests_a_folder_then_connects_it(browser: Browser, folder: Path) -> None:
    admin = browser("admin")
    tested = admin.post("/storages?first=1", data={"act": "test", "name": "Sea", "path": str(folder)})
    assert tested.status_code == 200
    assert "is readable: 1 folders and 1 files right in it." in tested.text
    assert 'value="Sea"' in tested.text
    assert not Storage.select().where(Storage.name == "Sea").exists()
    added = admin.post("/storages?first=1", data={"act": "add", "name": "Sea", "path": str(folder)})
    pid = Storage.get(Storage.name == "Sea").pid
    assert added.headers["location"] == f"/storages/{pid}?first=1"
    page = admin.get(f"/storages/{pid}?first=1").text
    assert 'aria-current="step">Scan' in page
    assert "The scan is about to begin" in page


@pytest.mark.parametrize(
    ("name", "path", "says"),
    [("Sea", "/etc", "belongs to the operating system"), ("Sea", "photos", "is not a full path"),
     ("Sea", "/surely/not/there", "does not exist"), ("a/b", "", "name has 1 to 80 characters")],
)  # fmt: skip
def test_a_folder_that_cannot_be_is_refused_at_its_field(
    browser: Browser, folder: Path, name: str, path: str, says: str
) -> None:
    answer = browser("admin").post("/storages", data={"name": name, "path": path or str(folder)})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{name}"' in answer.text


def test_a_person_without_a_place_is_told_whom_to_ask(browser: Browser, web: Web, folder: Path) -> None:
    assert "An administrator can connect a folder for you" in browser("ben").get("/storages").text
    settings = replace(web.context.settings, local_roots={"ben": (str(folder),)})
    connecting = type(web.context.connecting)(settings, web.context.jobs, lambda s: pytest.fail("not asked"))
    web.app._app = make_web(replace(web.context, settings=settings, connecting=connecting))
    assert f"Below {folder}." in browser("ben").get("/storages").text


def test_a_child_connects_nothing(browser: Browser, folder: Path) -> None:
    kim = browser("kim")
    page = kim.get("/storages").text
    assert "Folders and servers are connected by the adults" in page
    assert 'href="/storages/new/onedrive"' in page
    assert 'href="/storages/new/webdav"' not in page
    answer = kim.post("/storages", data={"name": "Mine", "path": str(folder)})
    assert answer.status_code == 422
    assert "Storages are added by an adult of the household." in answer.text


def test_what_could_not_be_read_is_listed_page_by_page(browser: Browser, web: Web) -> None:
    for n in range(60):
        make_problem(web, f"bad {n:02}.jpg")
    anna, address = browser("anna", **{"Accept-Language": "de"}), f"/storages/{web.storage.pid}"
    first = anna.get(address).text
    assert first.count("die Datei ist leer") == 50
    more = first[first.index("?after=") :].split('"')[0]
    second = anna.get(address + more).text
    assert second.count("die Datei ist leer") == 10
    assert "?after=" not in second


def make_problem(web: Web, name: str) -> None:
    row = File.get()
    File.create(
        pid=name, storage=row.storage, folder=row.folder, raw_name=name, name=name, name_fold=name, size=0,
        mtime_ns=0, seen_at=0, read_state="failed", problem="the file is empty",
    )  # fmt: skip


def test_a_scan_is_asked_for(browser: Browser, web: Web) -> None:
    Job.delete().execute()
    address = f"/storages/{web.storage.pid}"
    assert browser("anna").post(f"{address}/scan").headers["location"] == address
    assert Job.select().where(Job.kind == "scan").count() == 1


@pytest.mark.parametrize(("state", "kind"), [("running", "scan"), ("queued", "scan"), ("running", "read")])
def test_a_scan_is_stopped_for_now(browser: Browser, web: Web, state: str, kind: str) -> None:
    at_work = {"lease_owner": "w", "lease_until": 1 << 60} if state == "running" else {}
    Job.update(state=state, kind=kind, **at_work).execute()
    anna, path = browser("anna"), f"/storages/{web.storage.pid}"
    assert "Stop for now" in anna.get(path).text
    assert browser("ben").post(f"{path}/stop").status_code == 404
    assert not Job.select().where(Job.stop_asked | (Job.state == "cancelled")).exists()
    assert anna.post(f"{path}/stop").headers["location"] == path
    assert [(j.state, j.stop_asked) for j in Job.select()] == [
        ("running", True) if state == "running" else ("cancelled", False)
    ]
    page = anna.get(path).text
    assert "Stop for now" not in page
    assert ("It stops in a moment." in page) == ((state, kind) == ("running", "scan"))


def test_what_was_stopped_says_that_it_goes_on_later(browser: Browser, web: Web) -> None:
    Job.update(state="cancelled", finished_at=1).execute()
    File.update(read_state="pending").execute()
    page = browser("anna").get(f"/storages/{web.storage.pid}").text
    assert "Stopped. What is known stays" in page
    assert "Stop for now" not in page
    assert "Scan now" in page


def test_a_paused_storage_goes_on_when_its_owner_says_so(browser: Browser, web: Web) -> None:
    Storage.update(state="paused", state_reason="the file is empty").execute()
    anna, address = browser("anna"), f"/storages/{web.storage.pid}"
    assert "Yes, they are gone on purpose" in anna.get(address).text
    assert anna.post(f"{address}/confirm").status_code == 303
    assert Storage.get().state == "online"


def test_removing_asks_for_the_name(browser: Browser, web: Web) -> None:
    anna, address = browser("anna"), f"/storages/{web.storage.pid}"
    wrong = anna.post(f"{address}/remove", data={"name": "Fotos"})
    assert wrong.status_code == 422
    assert "so nothing was removed." in wrong.text
    assert Storage.get().removed_at is None
    assert anna.post(f"{address}/remove", data={"name": "Photos"}).headers["location"] == "/storages"
    assert anna.get(address).status_code == 404
    assert (web.folder / "IMG_1.jpg").exists()


def test_a_bad_cursor_is_said(browser: Browser, web: Web) -> None:
    answer = browser("anna").get(f"/storages/{web.storage.pid}?after=x")
    assert answer.status_code == 422
    assert "after must be a whole number" in answer.text


def test_writing_is_allowed_and_closed_again(browser: Browser, web: Web) -> None:
    client, address = browser("anna"), f"/storages/{web.storage.pid}"
    assert "Hypomos changes nothing in this storage." in client.get(address).text
    assert (
        client.post(f"{address}/writing", data={"allow": "yes"}).headers["location"] == f"{address}#writing"
    )
    assert "Writing is allowed" in client.get(address).text
    client.post(f"{address}/writing", data={"allow": "no"})
    assert not Storage.get().writable


def test_a_storage_that_cannot_be_written_says_why(browser: Browser, web: Web) -> None:
    shutil.rmtree(web.folder)
    answer = browser("anna").post(f"/storages/{web.storage.pid}/writing", data={"allow": "yes"})
    assert answer.status_code == 422
    assert "cannot be opened" in answer.text
    assert not Storage.get().writable


def test_the_room_that_is_left(browser: Browser, web: Web) -> None:
    client, address = browser("anna"), f"/storages/{web.storage.pid}"
    assert f'hx-get="{address}/room"' in client.get(address).text
    assert re.search(r"[\d.]+ [kMGTP]?B of [\d.]+ [kMGTP]?B are free", client.get(f"{address}/room").text)
    shutil.rmtree(web.folder)
    assert "cannot be opened" in client.get(f"{address}/room").text


@pytest.mark.parametrize(("items", "left"), [("keep", 1), ("forget", 0)])
def test_what_becomes_of_its_items_is_asked(browser: Browser, web: Web, items: str, left: int) -> None:
    client, address = browser("anna"), f"/storages/{web.storage.pid}"
    assert 'value="forget"' in client.get(address).text
    client.post(f"{address}/remove", data={"name": "Photos", "items": items})
    assert Item.select().count() == left


def test_how_changes_are_noticed_and_why_not(browser: Browser, web: Web) -> None:
    path = f"/storages/{web.storage.pid}"
    assert "Changes are noticed at once." in browser("anna").get(path).text
    Storage.update(kind="rclone", options={"type": "drive", "remote": "h_1"}, feed_cursor="c").execute()
    assert "Changes are noticed after 5 minutes at most." in browser("anna").get(path).text
    Storage.update(feed_problem="Google took too long to answer.").execute()
    page = browser("anna").get(path).text
    assert "Changes are noticed after 6 hours at most." in page
    assert "Its provider does not tell of them just now: Google took too long to answer." in " ".join(
        page.split()
    )


def lies_elsewhere() -> None:
    Storage.update(kind="rclone", options={"type": "webdav", "remote": "h_1"}).execute()


def test_a_budget_is_shown_and_changed(browser: Browser, web: Web) -> None:
    anna, address = browser("anna"), f"/storages/{web.storage.pid}"
    assert 'id="budget"' not in anna.get(address).text, "a folder of this machine has none"
    lies_elsewhere()
    page = anna.get(address).text
    assert 'value="8"' in page
    assert "Hours of UTC, since your settings name no time zone." in page
    fits = {"bandwidth": "2.5", "at_once": "3", "when": "hours", "first": "22", "last": "6"}
    assert anna.post(f"{address}/budget", data=fits).headers["location"] == f"{address}?saved=budget#budget"
    assert Storage.get().options["budget"] == {"bytes_per_second": 2_500_000, "at_once": 3, "hours": [22, 6]}
    page = anna.get(f"{address}?saved=budget").text
    assert "Saved." in page
    assert 'value="2.5"' in page
    assert '<option value="22" selected>22:00' in page
    anna.post(f"{address}/budget", data={"bandwidth": "", "at_once": "1", "when": "always"})
    assert Storage.get().options["budget"] == {"bytes_per_second": 0, "at_once": 1}


def test_a_budget_that_does_not_fit_stays_in_the_form(browser: Browser, web: Web) -> None:
    lies_elsewhere()
    anna, address = browser("anna", **{"Accept-Language": "de"}), f"/storages/{web.storage.pid}"
    wrong = {"bandwidth": "schnell", "at_once": "3", "when": "hours", "first": "5", "last": "5"}
    answer = anna.post(f"{address}/budget", data=wrong)
    assert answer.status_code == 422
    assert "Die Bandbreite ist eine Zahl von Megabytes in der Sekunde" in answer.text
    assert "Beginn und Ende sind dieselbe Stunde." in answer.text
    assert 'value="schnell"' in answer.text
    assert '<option value="5" selected>05:00' in answer.text
    assert "budget" not in Storage.get().options


def test_one_folder_is_scanned_now(browser: Browser, web: Web, make: Make) -> None:
    Job.delete().execute()
    make.folder(make.folder(web.storage, "2026").storage, "2026/July & Co")
    anna, address = browser("anna"), f"/storages/{web.storage.pid}"
    page = anna.get(address).text
    assert "<option>2026/July &amp; Co</option>" in page
    answer = anna.post(f"{address}/scan", data={"folder": " /2026/July & Co/ "})
    assert answer.headers["location"] == f"{address}?looking=2026/July%20%26%20Co"
    assert Job.get().payload == {"folders": ["2026/July & Co"], "deep": True}
    assert "“2026/July &amp; Co” is being scanned" in anna.get(answer.headers["location"]).text
    answer = anna.post(f"{address}/scan", data={"folder": "2026/August"})
    page = anna.get(answer.headers["location"]).text
    assert "“2026/August” is not known yet" in page
    assert "“2026” is being scanned" in page
    answer = anna.post(f"{address}/scan", data={"folder": "nowhere"})
    page = anna.get(answer.headers["location"]).text
    assert "The whole storage is being scanned." in page


def test_what_is_no_folder_stays_in_the_form(browser: Browser, web: Web) -> None:
    Job.delete().execute()
    answer = browser("anna").post(f"/storages/{web.storage.pid}/scan", data={"folder": "2026/../etc"})
    assert answer.status_code == 422
    assert "is no path" in answer.text
    assert 'value="2026/../etc"' in answer.text
    assert Job.select().count() == 0

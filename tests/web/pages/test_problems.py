"""/problems: everything that is wrong on one page, the way to mend it, and the badge that leads there."""

import re
import shutil

import pytest

from services.models import File, FileOperation, Folder, Job, Storage
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


def badge(page: str) -> str | None:
    found = re.search(r'<b class="number">(.*?)</b>', page)
    return found and found[1]


def test_nothing_is_wrong(browser: Browser) -> None:
    anna = browser("anna")
    page = anna.get("/problems").text
    assert "Nothing is wrong" in page
    assert badge(page) is None
    assert 'href="/problems"' in anna.get("/storages").text


def test_the_badge_is_on_every_page_of_the_owner_alone(browser: Browser, web: Web, make: Make) -> None:
    Storage.update(state="offline", state_reason="x").execute()
    make.file(web.storage, "bad.jpg", problem="the file is empty", read_state="failed")
    anna = browser("anna")
    assert [badge(anna.get(p).text) for p in ("/", "/storages", "/problems", "/settings")] == ["2"] * 4
    assert badge(browser("admin").get("/").text) is None
    for n in range(120):
        make.file(web.storage, f"bad{n}.jpg", problem="the file is empty", read_state="failed")
    assert badge(anna.get("/about").text) == "99+"


@pytest.mark.parametrize(
    ("state", "what", "way"),
    [("offline", "The storage cannot be reached.", 'action="/problems/storage-{0}/again"'),
     ("slow", "The storage answers slowly.", 'action="/problems/storage-{0}/again"'),
     ("paused", "Scanning stands still: too much was gone at once.", 'class="button primary" href="/storages/{0}"'),
     ("sign-in", "The storage wants a new sign-in.", 'href="/storages/{0}/reconnect"')],
)  # fmt: skip
def test_a_storage_that_is_not_well_says_what_to_do(
    browser: Browser, web: Web, state: str, what: str, way: str
) -> None:
    Storage.update(
        kind="rclone",
        options={"type": "webdav", "remote": "h_1"},
        state=state,
        state_reason="No route to host",
    ).execute()
    page = browser("anna").get("/problems").text
    for part in (what, "No route to host", way.format(web.storage.pid)):
        assert part in page


def test_one_that_is_signed_in_to_at_its_provider_is_one_click_away(browser: Browser, web: Web) -> None:
    Storage.update(kind="rclone", options={"type": "drive", "remote": "h_1"}, state="sign-in").execute()
    page = browser("anna").get("/problems").text
    assert re.search(rf'action="/storages/{web.storage.pid}/reconnect">.*name="act" value="again"', page)


def test_everything_is_told_in_german(browser: Browser, web: Web, make: Make) -> None:
    Storage.update(
        full_reason="No room left in the storage for “a.jpg”.", feed_problem="no reason given"
    ).execute()
    Folder.update(problem="Permission denied").execute()
    Job.update(state="failed", finished_at=1, error="The worker died each time it did this; it will not be tried "
               "again by itself.").execute()  # fmt: skip
    FileOperation.create(
        kind="delete", owner=web.people["anna"], storage=web.storage, node="here", holder="", path="old.jpg",
        target="", shelf="s", detail={}, created_at=1,
    )  # fmt: skip
    make.file(web.storage, "bad.jpg", problem="the file is empty", read_state="failed")
    page = browser("anna", **{"Accept-Language": "de"}).get("/problems").text
    for part in (
        "Etwas hatte in diesem Speicher keinen Platz.", "Ein Einlesen ist fehlgeschlagen.",
        "Das Verschieben in den Papierkorb wurde unterbrochen.", "old.jpg", "keine Berechtigung",
        "Sein Anbieter meldet gerade keine Änderungen.", "Dieser Ordner ließ sich nicht ganz auflisten.",
        "die Datei ist leer", "Noch einmal versuchen", "Nicht mehr zeigen",
    ):  # fmt: skip
        assert part in page
    assert badge(page) == "6"


def test_files_come_in_pages_of_their_storage(browser: Browser, web: Web, make: Make) -> None:
    for n in range(130):
        make.file(web.storage, f"bad{n:03}.jpg", problem="the file is empty", read_state="failed")
    anna = browser("anna")
    seen, address = [], "/problems"
    while address:
        page = anna.get(address).text
        seen += re.findall(r'<b class="path">(bad\d+\.jpg)', page)
        more = re.search(r'href="(/problems\?storage=[^"]*)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert seen == [f"bad{n:03}.jpg" for n in range(130)]
    assert browser("ben").get(f"/problems?storage={web.storage.pid}").status_code == 404
    assert "bad000.jpg" in anna.get(f"/problems?storage={web.storage.pid}&after=999999").text
    answer = anna.get(f"/problems?storage={web.storage.pid}&after=x")
    assert answer.status_code == 422


def test_a_file_is_tried_again(browser: Browser, web: Web, make: Make) -> None:
    Job.delete().execute()
    file = make.file(web.storage, "bad.jpg", problem="the file is empty", read_state="failed")
    anna = browser("anna")
    answer = anna.post(f"/problems/file-{file.pid}/again")
    assert answer.headers["location"] == "/problems?did=again"
    page = anna.get("/problems?did=again").text
    assert "It is being tried again." in page
    assert "Nothing is wrong" in page
    assert File.get_by_id(file.id).read_state == "pending"
    assert Job.get().kind == "scan"


def test_all_files_of_a_storage_are_tried_again(browser: Browser, web: Web, make: Make) -> None:
    for n in range(3):
        make.file(web.storage, f"bad{n}.jpg", problem="the file is empty", read_state="failed")
    anna = browser("anna")
    assert f'action="/problems/files-{web.storage.pid}/again"' in anna.get("/problems").text
    anna.post(f"/problems/files-{web.storage.pid}/again")
    assert File.select().where(File.problem != "").count() == 0


def test_a_failed_job_is_put_away(browser: Browser, web: Web) -> None:
    Job.update(state="failed", finished_at=1, error="it broke").execute()
    anna = browser("anna")
    assert f'action="/problems/job-{web.job.pid}/dismiss"' in anna.get("/problems").text
    assert anna.post(f"/problems/job-{web.job.pid}/dismiss").headers["location"] == "/problems"
    assert "Nothing is wrong" in anna.get("/problems").text


def test_a_full_storage_that_cannot_be_asked_says_why(browser: Browser, web: Web) -> None:
    Storage.update(full_reason="No room left in the storage for “a.jpg”.").execute()
    shutil.rmtree(web.folder)
    answer = browser("anna").post(f"/problems/full-{web.storage.pid}/again")
    assert answer.status_code == 422
    assert "cannot be opened" in answer.text
    assert "Something had no room in this storage." in answer.text


def test_what_belongs_to_no_storage_stands_apart(browser: Browser, web: Web) -> None:
    Job.update(kind="purge", storage=None, state="failed", finished_at=1, error="it broke").execute()
    page = browser("anna").get("/problems").text
    assert "In the background" in page
    assert "Emptying the trash failed." in page


def test_a_page_that_cannot_count_is_a_page(
    browser: Browser, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = browser("anna")
    monkeypatch.setattr(type(web.context.problems), "count", lambda self, viewer: 1 // 0)
    assert anna.get("/settings").status_code == 200


def test_a_broken_query_leads_to_its_collection(browser: Browser, web: Web, make: Make) -> None:
    lake = make.collection(
        web.people["anna"],
        "Lake",
        kind="dynamic",
        query={},
        problem="Its query names something that was deleted.",
    )
    anna = browser("anna")
    page = anna.get("/problems").text
    for text in (
        f'href="/collections/{lake.pid}"',
        "Its query names something that was deleted.",
        "Correct the query",
    ):
        assert text in page
    assert badge(page) == "1"
    (found,) = anna.get("/api/v1/problems").json()["items"]
    assert (found["kind"], found["collection"], found["again"]) == ("query", lake.pid, False)
    assert badge(browser("ben").get("/").text) is None

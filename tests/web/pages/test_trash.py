"""/trash without scripts: what lies in it, the way back, and emptying only after a yes."""

import re

import pytest
from starlette.testclient import TestClient

from services.models import Item, Job, Storage, Trash
from tests.fakes import claimed
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture(autouse=True)
def writable(web: Web) -> None:
    Storage.update(writable=True).execute()


def test_an_item_is_thrown_away_and_comes_back(browser: Browser, web: Web) -> None:
    client = browser("anna")
    assert "Move to the trash" in client.get(f"/item/{web.item.pid}").text
    answer = client.post(f"/item/{web.item.pid}/trash")
    page = client.get(answer.headers["location"]).text
    assert "“IMG_1.jpg” was moved to the trash." in page
    assert "IMG_1" not in client.get("/timeline").text
    item = client.get(f"/item/{web.item.pid}").text
    assert "This is in the trash." in item
    assert f'action="/item/{web.item.pid}/trash"' not in item
    assert '<a href="/search?q=is:trashed">' in page
    found = client.get("/search?q=is:trashed").text
    assert f'href="/item/{web.item.pid}"' in found
    assert f'href="/item/{web.item.pid}"' not in client.get("/search?q=IMG_1").text
    restore = re.search(r'action="(/trash/[^"]+/restore)"', page)
    assert restore
    assert client.post(restore[1]).headers["location"].startswith("/trash?did=restored")
    assert "The trash is empty" in client.get("/trash").text
    assert Item.get().trashed_at is None


def test_what_comes_back_under_another_name_says_so(browser: Browser, web: Web) -> None:
    client = browser("anna", **{"Accept-Language": "de"})
    client.post(f"/item/{web.item.pid}/trash")
    (web.folder / "IMG_1.jpg").write_bytes(b"another")
    back = client.post(f"/trash/{Trash.get().pid}/restore").headers["location"]
    page = client.get(back).text
    assert "Es ist wieder da, als „IMG_1 (2).jpg“" in page
    assert "wo es war" not in page


def test_an_item_of_a_closed_storage_offers_nothing(browser: Browser, web: Web) -> None:
    Storage.update(writable=False).execute()
    client = browser("anna")
    assert "Move to the trash" not in client.get(f"/item/{web.item.pid}").text
    answer = client.post(f"/item/{web.item.pid}/trash")
    assert answer.status_code == 403
    assert "reading only" in answer.text


def test_one_line_goes_for_good(browser: Browser, web: Web) -> None:
    client = browser("anna")
    client.post(f"/item/{web.item.pid}/trash")
    assert client.post(f"/trash/{Trash.get().pid}/delete").headers["location"] == "/trash?did=deleted"
    assert "Deleted for good." in client.get("/trash?did=deleted").text
    assert list(web.folder.rglob("*.jpg")) == []


def test_emptying_wants_a_yes(browser: Browser, web: Web) -> None:
    client = browser("anna")
    client.post(f"/item/{web.item.pid}/trash")
    unsure = client.post("/trash/empty")
    assert unsure.status_code == 422
    assert "say first that you are sure" in unsure.text
    assert not Job.select().where(Job.kind == "purge").exists()
    assert client.post("/trash/empty", data={"sure": "on"}).status_code == 303
    assert "The trash is being emptied." in client.get("/trash").text


def test_what_emptying_had_to_leave_is_told(browser: Browser, web: Web) -> None:
    client, german = browser("anna"), browser("anna", **{"Accept-Language": "de"})
    client.post(f"/item/{web.item.pid}/trash")
    assert "could not be deleted" not in client.get("/trash").text
    Storage.update(writable=False).execute()
    assert _emptied(client, web) == {"deleted": 0, "left": 1}
    assert "1 file could not be deleted, since its storage is away" in client.get("/trash").text
    assert "1 Datei konnte nicht gelöscht werden" in german.get("/trash").text
    assert "could not be deleted" not in browser("ben").get("/trash").text
    Storage.update(writable=True).execute()
    assert _emptied(client, web) == {"deleted": 1, "left": 0}
    page = client.get("/trash").text
    assert "could not be deleted" not in page
    assert "The trash is empty" in page


def test_what_was_left_and_then_went_otherwise_is_told_no_more(browser: Browser, web: Web) -> None:
    client = browser("anna")
    client.post(f"/item/{web.item.pid}/trash")
    Storage.update(writable=False).execute()
    assert _emptied(client, web)["left"] == 1
    Storage.update(writable=True).execute()
    client.post(f"/trash/{Trash.get().pid}/restore")
    client.post(f"/item/{web.item.pid}/trash")
    assert "could not be deleted" not in client.get("/trash").text  # that came after the emptying


def _emptied(client: TestClient, web: Web) -> dict[str, int]:
    """Empty the trash, and do the job; its result."""
    client.post("/trash/empty", data={"sure": "on"})
    jobs, trashing = web.context.jobs, web.context.trashing
    run = claimed(jobs, Job.get((Job.kind == "purge") & Job.finished_at.is_null()))
    result: dict[str, int] = trashing.run(run)
    jobs.finish(run.job, result)
    return result


def test_what_cannot_come_back_is_told(browser: Browser, web: Web) -> None:
    client = browser("anna")
    client.post(f"/item/{web.item.pid}/trash")
    Trash.update(place=None).execute()
    answer = client.post(f"/trash/{Trash.get().pid}/restore")
    assert answer.status_code == 422
    assert "own trash; bring it back there" in answer.text


def test_kinds_pages_and_what_waits(browser: Browser, web: Web) -> None:
    values = {
        "owner": web.people["anna"],
        "storage": web.storage,
        "path": "x",
        "size": 1,
        "files": 2,
        "trashed_at": 1,
    }
    for n in range(102):
        kind = ("deleted", "version", "moved")[n % 3]
        Trash.create(pid=f"p{n}", batch=f"b{n}", kind=kind, name=f"n{n}", is_dir=n == 101, due_at=1, **values)
    page = browser("anna").get("/trash").text
    assert "replaced version" in page
    assert "moved to another storage" in page
    assert "2 files" in page
    assert "It stays until you empty the trash." in page
    more = re.search(r'href="(/trash\?after=\d+)"', page)
    assert more
    assert "n0" in browser("anna").get(more[1]).text
    Storage.update(writable=False).execute()
    assert "its storage is for reading only" in browser("anna").get("/trash").text


def test_in_german(browser: Browser, web: Web) -> None:
    client = browser("anna", **{"Accept-Language": "de"})
    client.post(f"/item/{web.item.pid}/trash")
    page = client.get("/trash").text
    assert "Papierkorb leeren" in page
    assert "Zurückholen" in page

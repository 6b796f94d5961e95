"""/storages/{id}/files without scripts: browsing, adding, renaming, moving, deleting with the way back."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.models import File, FileOperation, Job, Storage, Trash
from tests.factories import Make
from tests.web.conftest import PICTURE, Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def here(web: Web) -> str:
    Storage.update(writable=True).execute()
    return f"/storages/{web.storage.pid}/files"


def follow(client: TestClient, answer) -> str:  # type: ignore[no-untyped-def]
    assert answer.status_code == 303, answer.text
    return str(client.get(answer.headers["location"]).text)


def test_folders_and_files_with_their_links(browser: Browser, web: Web, here: str, make: Make) -> None:
    make.folder(web.storage, "summer & sea")
    make.folder(web.storage, "summer & sea/lake")
    make.file(web.storage, "notes.txt", presence="suspect")
    page = browser("anna").get(here).text
    assert "summer &amp; sea" in page
    assert f'href="/item/{web.item.pid}"' in page
    assert "not seen just now" in page
    inside = browser("anna").get(re.search(r'href="([^"]*path=summer[^"]*)"', page)[1]).text  # type: ignore[index]
    assert "lake" in inside
    assert 'aria-current="page"' in inside
    assert browser("anna").get(f"{here}?path=absent").status_code == 404


def test_a_storage_for_reading_offers_no_form(browser: Browser, web: Web) -> None:
    page = browser("anna").get(f"/storages/{web.storage.pid}/files").text
    assert "for reading only" in page
    assert 'enctype="multipart/form-data"' not in page


def test_files_are_added(browser: Browser, web: Web, here: str, make: Make) -> None:
    make.folder(web.storage, "summer")
    (web.folder / "summer").mkdir()
    client = browser("anna")
    data = bytes(range(256)) * 3000
    sent = [("file", ("C:\\fake\\a.jpg", data)), ("file", ("b.jpg", b"b"))]
    page = follow(client, client.post(f"{here}/upload?path=summer", data={"taken": "free"}, files=sent))
    assert "2 files were added." in page
    assert (web.folder / "summer" / "a.jpg").read_bytes() == data
    assert {f.name for f in File.select()} == {"IMG_1.jpg", "a.jpg", "b.jpg"}


@pytest.mark.parametrize(
    ("taken", "status", "names"),
    [
        ("free", 303, {"IMG_1.jpg", "IMG_1 (2).jpg"}),
        ("refuse", 422, {"IMG_1.jpg"}),
        ("replace", 303, {"IMG_1.jpg"}),
    ],
)
def test_a_name_that_is_taken(
    browser: Browser, web: Web, here: str, taken: str, status: int, names: set[str]
) -> None:
    sent = [("file", ("IMG_1.jpg", b"new")), ("file", ("c.jpg", b"c"))]
    answer = browser("anna").post(f"{here}/upload", data={"taken": taken}, files=sent)
    assert answer.status_code == status
    assert {p.name for p in web.folder.glob("*.jpg")} == names | {"c.jpg"}
    assert ((web.folder / "IMG_1.jpg").read_bytes() == PICTURE) == (taken != "replace")
    if taken == "refuse":
        assert "“IMG_1.jpg” is there already." in answer.text
        assert "1 file was added." in answer.text


def test_a_form_without_files_says_so(browser: Browser, here: str) -> None:
    for sent in (None, {"file": ("", b"")}):
        answer = browser("anna").post(f"{here}/upload", files=sent)
        assert answer.status_code == 422
        assert "Choose one or more files first." in answer.text


def test_another_site_sends_nothing(web: Web, here: str) -> None:
    client, foreign = web.client("anna"), {"Sec-Fetch-Site": "cross-site"}
    answer = client.post(f"{here}/upload", files={"file": ("a.jpg", b"x")}, headers=foreign)
    assert answer.status_code == 403
    assert [p.name for p in web.folder.iterdir()] == ["IMG_1.jpg"]
    assert web.client().post(f"{here}/upload", files={"file": ("a.jpg", b"x")}).status_code == 303


def test_a_new_folder(browser: Browser, web: Web, here: str) -> None:
    client = browser("anna")
    assert "This folder is empty." in follow(client, client.post(f"{here}/folder", data={"name": " Sommer "}))
    assert (web.folder / "Sommer").is_dir()
    for name, says in (
        ("Sommer", "there already"),
        ("a/b", "no slash"),
        ("", "A name is missing"),
        (".hypomos-x", "pass over"),
    ):
        answer = client.post(f"{here}/folder", data={"name": name})
        assert answer.status_code == 422
        assert says in answer.text


def test_a_rename_and_a_move(browser: Browser, web: Web, here: str) -> None:
    client = browser("anna")
    (web.folder / "taken.jpg").write_bytes(b"x")
    assert 'value="IMG_1.jpg"' in client.get(f"{here}/entry?path=IMG_1.jpg").text
    taken = client.post(f"{here}/rename?path=IMG_1.jpg", data={"name": "taken.jpg"})
    assert taken.status_code == 422
    assert "already" in taken.text
    page = follow(client, client.post(f"{here}/rename?path=IMG_1.jpg", data={"name": "one.jpg"}))
    assert "new name or place" in page
    client.post(f"{here}/folder", data={"name": "Sommer"})
    page = follow(client, client.post(f"{here}/move?path=one.jpg", data={"folder": "/Sommer/"}))
    assert "one.jpg" in page
    assert (web.folder / "Sommer" / "one.jpg").read_bytes() == PICTURE
    gone = client.post(f"{here}/move?path=one.jpg", data={"folder": ""})
    assert gone.status_code == 404


def test_a_move_to_another_storage_is_under_way(
    browser: Browser, web: Web, here: str, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = make.storage(web.people["anna"], "Other", root=tmp_path / "other", writable=True)
    client = browser("anna")
    assert "Other</option>" in client.get(f"{here}/entry?path=IMG_1.jpg").text
    moved = client.post(f"{here}/move?path=IMG_1.jpg", data={"folder": "", "storage": other.pid})
    assert "1 file is being moved to another storage." in follow(client, moved)
    assert FileOperation.get().detail["to"] == other.id


def test_a_deletion_with_its_undo(browser: Browser, web: Web, here: str) -> None:
    client = browser("anna")
    page = follow(client, client.post(f"{here}/delete?path=IMG_1.jpg"))
    assert "“IMG_1.jpg” was moved to the trash." in page
    undo = re.search(r'action="(/trash/[^"]+/restore)"', page)
    assert undo
    assert "It is back where it was." in follow(client, client.post(undo[1]))
    assert (web.folder / "IMG_1.jpg").read_bytes() == PICTURE
    assert Trash.select().count() == 0


@pytest.mark.parametrize("name", ["Grüße #1 ?&%20.jpg", "bad\udcff.jpg", "<img onerror=x>.jpg"])
def test_names_of_all_kinds(browser: Browser, web: Web, here: str, make: Make, name: str) -> None:
    (web.folder / name).write_bytes(b"x")
    make.file(web.storage, name, size=1)
    client = browser("anna")
    page = client.get(here).text
    assert "<img onerror" not in page
    entry = next(e for e in re.findall(r'href="([^"]+/entry\?path=[^"]+)"', page) if "IMG_1" not in e)
    assert client.get(entry).status_code == 200
    assert client.post(entry.replace("/entry?", "/delete?")).status_code == 303
    assert {p.name for p in web.folder.glob("*.jpg")} == {"IMG_1.jpg"}


def test_in_german(browser: Browser, here: str) -> None:
    page = browser("anna", **{"Accept-Language": "de"}).get(here).text
    assert "Dateien hinzufügen" in page
    assert "Neuer Ordner" in page


def test_the_folder_that_is_open_is_scanned_now(browser: Browser, web: Web, make: Make) -> None:
    Job.delete().execute()
    make.folder(web.storage, "caf\udce9")
    anna, address = browser("anna"), f"/storages/{web.storage.pid}/files"
    assert f'action="{address}/scan?path=caf%E9"' in anna.get(f"{address}?path=caf%E9").text
    answer = anna.post(f"{address}/scan?path=caf%E9")
    assert answer.headers["location"] == f"{address}?path=caf%E9&did=scanning"
    assert "This folder is being scanned" in anna.get(answer.headers["location"]).text
    assert Job.get().payload == {"folders": ["caf%E9"], "deep": True}
    anna.post(f"{address}/scan")
    assert {j.dedupe_key for j in Job.select()} >= {f"scan:{web.storage.id}"}

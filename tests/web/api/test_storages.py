"""/storages: connected, renamed, scanned, removed; problems in pages; refusals that say why."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from services.models import Asset, Item, Job, Storage
from services.storages.local import LocalStorage
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import PICTURE, Web


def test_one_storage_with_its_counts(web: Web, api: Api) -> None:
    seen = api("GET", f"/storages/{web.storage.pid}").json()
    assert (seen["name"], seen["files"], seen["items"], seen["pending"], seen["bytes"]) == (
        "Photos", 1, 1, 0, len(PICTURE),
    )  # fmt: skip
    assert seen["job"]["id"] == web.job.pid
    assert "root" not in seen
    del seen["quota"]  # asked of one storage alone
    assert api("GET", "/storages").json()["items"] == [seen]


def test_an_administrator_connects_a_folder(web: Web, api: Api, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    answer = api("POST", "/storages", {"name": "More", "path": str(tmp_path / "more")}, who="admin")
    made = answer.json()
    assert (answer.status_code, made["name"], made["writable"], made["job"]["state"]) == (
        201,
        "More",
        False,
        "queued",
    )
    taken = api("POST", "/storages", {"name": "mORE", "path": str(tmp_path / "else")}, who="admin")
    assert taken.status_code in {409, 422}


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": "x"}, "path"), ({"path": "/x"}, "name"), ({"name": 5, "path": "/x"}, "name"),
     ({"name": "x", "path": ["/x"]}, "path"), ({"name": "x", "path": "/x", "kind": "s3"}, "kind"),
     ({"name": "a/b", "path": "/x"}, "name"), ({"name": " ", "path": "/x"}, "name")],
)  # fmt: skip
def test_what_is_no_storage(web: Web, api: Api, body: dict[str, Any], field: str) -> None:
    answer = api("POST", "/storages", body, who="admin")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("path", ["", "relative", "/", "/etc", "/nowhere/at/all", "/tmp\x00x", "/proc"])
def test_folders_that_are_refused_with_the_reason(web: Web, api: Api, path: str) -> None:
    answer = api("POST", "/storages", {"name": "x", "path": path}, who="admin")
    assert answer.status_code in {403, 409, 422}, answer.text
    assert len(answer.json()["detail"]) > 20
    assert Storage.select().count() == 1


def test_who_may_not_add_one(web: Web, api: Api, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    body = {"name": "x", "path": str(tmp_path / "more")}
    assert api("POST", "/storages", body, who="anna").status_code in {403, 422}
    assert api("POST", "/storages", body, who="kim").status_code in {403, 404}
    assert Storage.select().count() == 1


def test_only_the_name_is_changed(web: Web, api: Api) -> None:
    path = f"/storages/{web.storage.pid}"
    assert api("PATCH", path, {"name": " Album "}).json()["name"] == "Album"
    for wrong in ({"writable": 1}, {"name": "x", "root": "/"}, {"name": None}, {}):
        assert api("PATCH", path, wrong).status_code == 422
    assert (Storage.get().name, Storage.get().writable) == ("Album", False)


def test_writing_is_allowed_and_closed_again(web: Web, api: Api) -> None:
    path = f"/storages/{web.storage.pid}"
    assert api("PATCH", path, {"writable": True}).json()["writable"] is True
    assert api("PATCH", path, {"writable": False, "name": "Album"}).json()["writable"] is False
    shutil.rmtree(web.folder)
    answer = api("PATCH", path, {"writable": True})
    assert answer.status_code == 503
    assert "cannot be opened" in answer.json()["detail"]
    assert Storage.get().writable is False


@pytest.mark.parametrize(("items", "left"), [("keep", ["offline"]), ("forget", []), (None, ["offline"])])
def test_what_becomes_of_the_items_of_a_removed_storage(
    web: Web, api: Api, items: str | None, left: list[str]
) -> None:
    query = {} if items is None else {"items": items}
    assert api("DELETE", f"/storages/{web.storage.pid}", **query).status_code == 204
    assert [i["state"] for i in api("GET", "/items").json()["items"]] == left
    assert (web.folder / "IMG_1.jpg").read_bytes() == PICTURE
    assert api("GET", f"/items/{web.item.pid}/rendition/320").status_code == (200 if left else 404)


def test_anything_else_removes_nothing(web: Web, api: Api) -> None:
    assert api("DELETE", f"/storages/{web.storage.pid}", items="burn").status_code == 422
    assert api("GET", f"/storages/{web.storage.pid}").status_code == 200


def test_scanning_now_joins_what_waits(web: Web, api: Api) -> None:
    one = api("POST", f"/storages/{web.storage.pid}/scan")
    two = api("POST", f"/storages/{web.storage.pid}/scan")
    assert (one.status_code, one.json()["id"]) == (202, two.json()["id"])


def test_removing_leaves_files_and_ends_jobs(web: Web, api: Api) -> None:
    api("POST", f"/storages/{web.storage.pid}/scan")
    assert api("DELETE", f"/storages/{web.storage.pid}").status_code == 204
    assert (web.folder / "IMG_1.jpg").read_bytes() == PICTURE
    assert api("GET", "/storages").json()["items"] == []
    assert {j.state for j in Job.select()} == {"cancelled"}
    assert api("GET", f"/items/{web.item.pid}").json()["state"] == "offline"
    assert not Item.get().missing
    assert api("DELETE", f"/storages/{web.storage.pid}").status_code == 404


def test_problems_come_in_pages(web: Web, api: Api, make: Make) -> None:
    for n in range(5):
        make.file(web.storage, f"bad{n}.jpg", problem="it is cut", read_state="failed")
    make.file(web.storage, "caf\udce9.jpg", problem="no utf-8")
    path = f"/storages/{web.storage.pid}/problems"
    found, cursor = [], None
    while True:
        page = api("GET", path, limit=2, **({} if cursor is None else {"cursor": cursor})).json()
        found += [p["path"] for p in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [*(f"bad{n}.jpg" for n in range(5)), "caf\\xe9.jpg"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "9" * 40}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "9999"}, "limit"),
    ],
)
def test_bad_questions(web: Web, api: Api, query: dict[str, str], field: str) -> None:
    answer = api("GET", f"/storages/{web.storage.pid}/problems", **query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_one_folder_is_scanned_when_asked(web: Web, api: Api) -> None:
    answer = api("POST", f"/storages/{web.storage.pid}/scan", {"path": "nowhere/yet"})
    assert (answer.status_code, Job.select().where(Job.kind == "scan").count() >= 1) == (202, True)
    for wrong in (5, ["x"], "a/../b"):
        refused = api("POST", f"/storages/{web.storage.pid}/scan", {"path": wrong})
        assert (refused.status_code, refused.json()["field"]) == (422, "path")


def test_a_budget_is_set_and_told(web: Web, api: Api) -> None:
    path = f"/storages/{web.storage.pid}"
    assert api("GET", path).json()["budget"] == {"bytes_per_second": 8_000_000, "at_once": 2, "hours": None}
    seen = api("PATCH", path, {"budget": {"hours": [22, 6], "bytes_per_second": 0}}).json()
    assert seen["budget"] == {"bytes_per_second": 0, "at_once": 2, "hours": [22, 6]}
    assert seen["name"] == "Photos"
    refused = api("PATCH", path, {"budget": {"speed": 1}})
    assert (refused.status_code, refused.json()["field"]) == (422, "budget")


def test_when_a_storage_is_asked_again_is_told(web: Web, api: Api) -> None:
    Storage.update(state="offline", retry_at=1_780_000_000_000_000).execute()
    seen = api("GET", f"/storages/{web.storage.pid}").json()
    assert (seen["state"], seen["asked_again"]) == ("offline", "2026-05-28T20:26:40Z")


def test_an_item_that_was_only_listed_says_so(web: Web, api: Api) -> None:
    assert api("GET", f"/items/{web.item.pid}").json()["read"] is True
    Asset.update(sha256=None).execute()
    Item.update(colour=None).execute()
    seen = api("GET", f"/items/{web.item.pid}").json()
    assert (seen["read"], seen["sha256"], seen["state"]) == (False, None, "online")


def test_how_changes_are_noticed(web: Web, api: Api) -> None:
    told = {"kind": "rclone", "options": {"type": "drive", "remote": "h_1"}, "feed_cursor": "c"}
    Storage.update(**told, feed_at=1_780_000_000_000_000, scanned_at=5).execute()
    seen = api("GET", f"/storages/{web.storage.pid}").json()["changes"]
    looked = "2026-05-28T20:26:40Z"
    assert seen == {"noticed": "feed", "every_minutes": 5, "looked": looked, "problem": ""}
    assert "feed_cursor" not in api("GET", f"/storages/{web.storage.pid}").text


def test_the_room_of_a_storage_is_told(web: Web, api: Api) -> None:
    seen = api("GET", f"/storages/{web.storage.pid}").json()["quota"]
    assert set(seen) == {"total", "used", "free"}
    assert 0 < seen["free"] <= seen["total"]


def test_a_room_that_nobody_knows_is_null(web: Web, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStorage, "about", lambda self: None)
    seen = api("GET", f"/storages/{web.storage.pid}").json()
    assert (seen["name"], seen["quota"]) == ("Photos", None)

"""/items: pages, one item, what can be changed, and problem documents for everything else."""

from typing import Any

import pytest

from services.models import File, Folder, Item, Storage
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import PICTURE, Web

SHOWN = {
    "id", "name", "type", "mime", "size", "etag", "owner", "taken", "taken_offset", "taken_source",
    "taken_offset_source", "width",
    "height", "duration_s", "camera", "gps", "labels", "rating", "favourite", "state", "title", "description",
    "animated", "stack", "read", "hidden", "rights",
}  # fmt: skip


def test_one_item_with_all_its_fields(web: Web, api: Api) -> None:
    item = api("GET", f"/items/{web.item.pid}").json()
    assert set(item) == SHOWN | {"sha256", "locations", "people"}
    assert item["people"] == []
    assert (item["name"], item["size"], item["state"], item["owner"]) == (
        "IMG_1.jpg",
        len(PICTURE),
        "online",
        "anna",
    )
    assert item["taken"] == "2026-07-01T00:00:00"
    assert item["locations"] == [{"storage": "Photos", "path": "IMG_1.jpg", "role": "original"}]
    assert item["sha256"] == bytes(web.file.sha256).hex()


def test_pages_hold_every_item_once(web: Web, api: Api, make: Make) -> None:
    wanted = {make.item(web.people["anna"], taken=5).pid for _ in range(7)} | {web.item.pid}
    make.item(web.people["ben"], taken=5)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 3, "count": "true"}
    while True:
        page = api("GET", "/items", **query).json()
        assert set(page) == {"items", "next", "total"}
        assert page["total"] == 8
        assert all(set(i) == SHOWN for i in page["items"])
        found += [i["id"] for i in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(found) == 8
    assert set(found) == wanted


def test_a_search_and_an_order(web: Web, api: Api, make: Make) -> None:
    make.item(web.people["anna"], "lake.jpg", taken=5)
    assert [i["name"] for i in api("GET", "/items", q="lake").json()["items"]] == ["lake.jpg"]
    assert [i["name"] for i in api("GET", "/items", sort="taken").json()["items"]] == [
        "lake.jpg",
        "IMG_1.jpg",
    ]
    assert api("GET", "/items", q="nothing like it").json() == {"items": [], "next": None, "total": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "9" * 9000}, "limit"),
        ({"limit": "1e3"}, "limit"),
        ({"sort": "name"}, "sort"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "\x00"}, "cursor"),
    ],
)
def test_bad_questions_are_problems_that_name_the_place(
    web: Web, api: Api, query: dict[str, str], field: str
) -> None:
    answer = api("GET", "/items", **query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["field"] == field
    assert len(answer.text) < 600


@pytest.mark.parametrize("q", ["'", '"', "*", "%", "a' OR 1=1 --", "\x00", "🦆", "AND", "NEAR(", "-", "a:b"])
def test_no_search_is_a_failure(web: Web, api: Api, q: str) -> None:
    """Nothing, something, or a word on what is wrong; never an error of the appliance."""
    answer = api("GET", "/items", q=q)
    assert answer.status_code in {200, 400}
    assert answer.status_code == 200 or 0 <= answer.json()["position"] <= len(q)


def test_what_can_be_changed(web: Web, api: Api) -> None:
    changes = {
        "title": "Lake",
        "rating": 4,
        "favourite": True,
        "labels": ["sea", "Family"],
        "description": "x",
    }
    item = api("PATCH", f"/items/{web.item.pid}", changes).json()
    assert {name: item[name] for name in changes} == changes | {"labels": ["Family", "sea"]}
    assert item["locations"]
    assert api("GET", "/items", q="family").json()["items"][0]["id"] == web.item.pid


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"rating": 9}, "rating"), ({"rating": 2.5}, "rating"), ({"name": "x"}, "name"), ({"owner": "ben"}, "owner"),
     ({"labels": [1]}, "labels"), ({"labels": "x"}, "labels"), ({"favourite": None}, "favourite"),
     ({"title": {"a": 1}}, "title"), ({"title": "x", "id": "y"}, "id"), ({"labels": ["x"] * 101}, "labels")],
)  # fmt: skip
def test_what_cannot_be_changed_names_its_field_and_changes_nothing(
    web: Web, api: Api, changes: dict[str, Any], field: str
) -> None:
    before = list(Item.select().dicts())
    answer = api("PATCH", f"/items/{web.item.pid}", changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert list(Item.select().dicts()) == before


def test_a_raw_is_taken_apart_and_put_together(web: Web, api: Api, make: Make) -> None:
    web.add_raw(make)
    raw = api("POST", f"/items/{web.item.pid}/apart").json()
    assert (raw["name"], raw["mime"]) == ("IMG_1.nef", "image/x-nikon-nef")
    assert raw["locations"] == [{"storage": "Photos", "path": "IMG_1.nef", "role": "original"}]
    assert api("POST", f"/items/{web.item.pid}/apart").status_code == 422
    assert api("POST", f"/items/{raw['id']}/together", who="ben").status_code == 404
    together = api("POST", f"/items/{raw['id']}/together").json()
    assert (together["id"], len(together["locations"])) == (web.item.pid, 2)


def test_a_place_with_a_name_that_is_no_utf8(web: Web, api: Api, make: Make) -> None:
    folder = make.folder(web.storage, "caf\udce9")
    File.update(folder=folder, raw_name="IMG\udcff.jpg").execute()
    assert Folder.select().count() == 2
    item = api("GET", f"/items/{web.item.pid}").json()
    assert item["locations"][0]["path"] == "caf\\xe9/IMG\\xff.jpg"


def test_somebody_elses_item_is_changed_by_nobody(web: Web, api: Api) -> None:
    for who in ("ben", "admin"):
        assert api("PATCH", f"/items/{web.item.pid}", {"title": "x"}, who=who).status_code == 404
    assert Item.get().title is None


def test_a_storage_that_is_away_shows_in_the_state(web: Web, api: Api) -> None:
    Storage.update(state="offline").execute()
    assert api("GET", "/items").json()["items"][0]["state"] == "offline"

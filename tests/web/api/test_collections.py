"""The API of collections: made, asked, filled, ordered, ruled on, explained, thrown away and back."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from services import sharing
from services.accounts import viewer_for
from services.models import CollectionItem, Item
from tests.factories import Make
from tests.web.conftest import Web
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}


class Api:
    """Anna's browser, asking the API."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def __call__(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        json = body or None
        answer = self._client.request(method, API + path, json=json, headers=SAME)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def anna(web: Web) -> Api:
    return Api(web.client("anna"))


def test_a_static_collection(web: Web, make: Make, anna: Api) -> None:
    second = make.item(web.people["anna"], taken=5)
    made = anna(
        "POST", "/collections", 201, name="Lake", kind="static", starts="2026-07-04", description="Hot"
    )
    at = f"/collections/{made['id']}"
    assert (made["kind"], made["starts"], made["size"], made["query"]) == ("static", "2026-07-04", 0, None)
    assert anna("POST", f"{at}/items", ids=[web.item.pid, second.pid])["number"] == 2
    assert [i["id"] for i in anna("GET", f"{at}/items")["items"]] == [web.item.pid, second.pid]
    anna("PATCH", f"{at}/items", ids=[second.pid], before=web.item.pid)
    page = anna("GET", f"{at}/items?limit=1")
    assert ([i["id"] for i in page["items"]], page["total"]) == ([second.pid], 2)
    rest = anna("GET", f"{at}/items?limit=1&cursor={page['next']}")
    assert ([i["id"] for i in rest["items"]], rest["next"]) == ([web.item.pid], None)
    assert anna("PATCH", at, cover=web.item.pid, name="Sea")["cover"] == web.item.pid
    assert anna("GET", f"{at}/why?item={web.item.pid}")["how"] == "hand"
    gone = anna("DELETE", f"{at}/items", ids=[second.pid])
    assert anna("GET", at)["size"] == 1
    anna("POST", f"/undo/{gone['undo']}")
    assert [i["id"] for i in anna("GET", f"{at}/items")["items"]] == [second.pid, web.item.pid]
    deleted = anna("DELETE", at)
    anna("GET", at, 404)
    assert Item.select().count() == 2
    anna("POST", f"/undo/{deleted['undo']}")
    assert anna("GET", at)["size"] == 2
    anna("POST", f"/undo/{deleted['undo']}", 404)


def test_a_dynamic_collection(web: Web, make: Make, anna: Api) -> None:
    other = make.item(web.people["anna"], taken=5)
    anna("PATCH", f"/items/{web.item.pid}", labels=["family"])
    seen = anna("POST", "/collections/preview", query="label:family")
    assert (seen["count"], seen["sample"][0]["id"], seen["canonical"]) == (1, web.item.pid, "label:family")
    none = anna("POST", "/collections/preview", query="label:family type:video")
    assert {"condition": "type:video", "alone": 0, "without": "label:family", "others": 1} in none["loosened"]
    made = anna("POST", "/collections", 201, name="Family", query="label:family")
    at = f"/collections/{made['id']}"
    assert (made["kind"], made["size"], made["query"]) == ("dynamic", 1, "label:family")
    why = anna("GET", f"{at}/why?item={web.item.pid}")
    assert (why["how"], why["terms"]) == ("query", ["label:family"])
    assert anna("GET", f"/items/{web.item.pid}/collections")["items"][0]["name"] == "Family"
    assert anna("POST", f"{at}/rules", ids=[other.pid], rule="always")["size"] == 2
    assert anna("POST", f"{at}/rules", ids=[web.item.pid], rule="never")["size"] == 1
    assert anna("PATCH", at, query="rating:5")["size"] == 1
    anna("PATCH", f"/items/{web.item.pid}", rating=5)
    assert {row.rule for row in CollectionItem.select()} == {"always", "never"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "kind": "dynamic"}, "query"),
        ({"name": "x", "kind": "static", "query": "rating:5"}, "query"),
        ({"name": "x", "kind": "odd"}, "kind"),
        ({"name": "x", "kind": ["static"]}, "kind"),
        ({"kind": "static"}, "name"),
        ({"name": "x", "query": ""}, "q"),
        ({"name": "x", "query": "rating:5 limit:3"}, "q"),
        ({"name": "x", "query": "is:shared"}, "q"),
        ({"name": "x", "query": "collection:none"}, "q"),
        ({"name": "x", "query": "rating:5 -has:collection"}, "q"),
        ({"name": "x", "query": "labl:family"}, "q"),
        ({"name": "x", "colour": 1}, "colour"),
    ],
)
def test_what_cannot_be_made_says_why(anna: Api, body: dict[str, Any], field: str) -> None:
    answer = anna("POST", "/collections", 400 if field == "q" else 422, **body)
    assert answer.get("field", "q") == field
    assert anna("GET", "/collections")["items"] == []


def test_a_collection_that_asks_for_itself(anna: Api) -> None:
    one = anna("POST", "/collections", 201, name="One", query="rating:5")
    anna("POST", "/collections", 201, name="Two", query="collection:One")
    anna("PATCH", f"/collections/{one['id']}", 400, query="collection:Two")


def test_others_see_what_is_shared_with_them_and_change_nothing(web: Web, make: Make, anna: Api) -> None:
    collection = make.collection(web.people["anna"], "Lake", items=[web.item])
    make.grant(make.share(collection), user=web.people["ben"])
    ben = Api(web.client("ben"))
    at = f"/collections/{collection.pid}"
    assert [(c["name"], c["owner"], c["own"], c["size"]) for c in ben("GET", "/collections")["items"]] == [
        ("Lake", "anna", False, 1)
    ]
    assert [i["id"] for i in ben("GET", f"{at}/items")["items"]] == [web.item.pid]
    assert "query" not in ben("GET", at)
    ben("PATCH", at, 404, name="Mine")
    ben("DELETE", at, 404)
    ben("POST", f"{at}/items", 404, ids=[web.item.pid])
    assert ben("GET", f"/items/{web.item.pid}/collections")["items"][0]["own"] is False


def test_what_others_contributed_is_taken_out(web: Web, make: Make, anna: Api) -> None:
    into = make.collection(web.people["anna"], "Wedding")
    make.grant(make.share(into, may_contribute=True), user=web.people["ben"])
    item = make.item(web.people["ben"], taken=9)
    mine = make.collection(web.people["ben"], items=[item])
    sharing.offer(viewer_for("ben"), mine.pid, {"collection": into.pid}, sharing.Terms())
    at = f"/collections/{into.pid}"
    assert anna("GET", at)["size"] == 1
    Api(web.client("ben"))("DELETE", f"{at}/items", 404, ids=[item.pid])
    gone = anna("DELETE", f"{at}/items", ids=[item.pid])
    assert (gone["number"], anna("GET", at)["size"]) == (1, 0)
    anna("POST", f"/undo/{gone['undo']}")
    assert anna("GET", at)["size"] == 1

"""/shares, /grants, /revocations and what they do to items: who sees what, and that its end is its end."""

from typing import Any

import pytest

from services import clock
from services.models import Grant, Item, Share, Storage
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import PICTURE, Web


@pytest.fixture
def lake(web: Web, make: Make) -> str:
    """Anna's collection with her picture in it."""
    return str(make.collection(web.people["anna"], "Lake", items=[web.item]).pid)


def offer(api: Api, lake: str, **more: Any) -> Any:
    body = {"collection": lake, "to": {"user": "ben"}, "rights": ["view", "download"]} | more
    return api("POST", "/shares", body)


def test_a_share_is_made_seen_and_ended(web: Web, api: Api, lake: str) -> None:
    made = offer(api, lake, expires="2099-12-31", note="for you")
    assert made.status_code == 201
    share = made.json()
    assert share["to"] == {"user": "ben"}
    assert (share["rights"], share["place"], share["note"]) == (["view", "download"], True, "for you")
    assert share["expires"] == "2100-01-01T00:00:00Z"
    assert [g["to"] for g in share["grants"]] == ["ben"]
    assert api("GET", f"/shares/{share['id']}").json() == share
    assert api("GET", "/shares").json()["items"] == [share]
    item = api("GET", f"/items/{web.item.pid}", who="ben").json()
    assert item["rights"] == {"owner": False, "download": True, "reshare": False, "place": True}
    assert not {"sha256", "locations", "people"} & set(item)
    assert api("GET", f"/items/{web.item.pid}/original", who="ben").content == PICTURE
    receipt = api("DELETE", f"/shares/{share['id']}").json()
    assert (receipt["grants"], receipt["people"]) == (1, ["ben"])
    for path in ("", "/original", "/rendition/320", "/assets"):
        assert api("GET", f"/items/{web.item.pid}{path}", who="ben").status_code == 404
    assert api("GET", "/shares").json()["items"] == []
    assert [s["id"] for s in api("GET", "/shares", ended="true").json()["items"]] == [share["id"]]
    assert api("DELETE", f"/shares/{share['id']}").status_code == 404


def test_many_come_page_by_page(web: Web, api: Api, make: Make) -> None:
    made = [make.share(make.collection(web.people["anna"])).pid for _ in range(5)]
    theirs = make.share(make.collection(web.people["ben"])).pid
    seen: list[str] = []
    following: dict[str, Any] = {}
    for number, total in ((2, None), (2, None), (1, None)):
        page = api("GET", "/shares", limit=2, **following).json()
        assert (len(page["items"]), page["total"]) == (number, total)
        seen += [share["id"] for share in page["items"]]
        following = {"cursor": page["next"]}
    assert (seen, following["cursor"]) == (made[::-1], None)
    assert api("GET", "/shares").json()["total"] == 5
    assert api("GET", "/shares", cursor=theirs).json()["items"] == []
    assert [api("GET", "/shares", limit=n).status_code for n in (0, 501, "x")] == [422] * 3


def test_terms_can_be_changed(web: Web, api: Api, lake: str) -> None:
    Item.update(lat=47.5, lon=9.1).execute()
    pid = offer(api, lake).json()["id"]
    assert api("GET", f"/items/{web.item.pid}", who="ben").json()["gps"] == {"lat": 47.5, "lon": 9.1}
    changed = api("PATCH", f"/shares/{pid}", {"rights": ["view"], "place": False, "expires": None}).json()
    assert (changed["rights"], changed["place"], changed["expires"]) == (["view"], False, None)
    item = api("GET", f"/items/{web.item.pid}", who="ben").json()
    assert item["gps"] is None
    assert not item["rights"]["download"]
    assert api("GET", f"/items/{web.item.pid}/original", who="ben").status_code == 404
    assert api("GET", f"/items/{web.item.pid}/rendition/320", who="ben").status_code == 200
    found = api("GET", "/items", who="ben").json()["items"]
    assert [i["gps"] for i in found] == [None]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": {"user": "nobody"}}, "to"),
        ({"to": {"user": 5}}, "to"),
        ({"to": "ben"}, "to"),
        ({"to": {}}, "to"),
        ({"to": {"link": ""}}, "to"),
        ({"to": {"group": "x"}}, "to"),
        ({"to": {"user": "anna"}}, "to"),
        ({"collection": 5}, "collection"),
        ({"rights": "view"}, "rights"),
        ({"rights": ["own"]}, "rights"),
        ({"expires": "tomorrow"}, "expires"),
        ({"expires": "1999-01-01"}, "expires"),
        ({"expires": 5}, "expires"),
        ({"place": "no"}, "place"),
        ({"note": 5}, "note"),
        ({"note": "x" * 2000}, "note"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(api: Api, lake: str, body: dict[str, Any], field: str) -> None:
    answer = offer(api, lake, **body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert Share.select().count() == 0


def test_only_ones_own_is_shared(api: Api, lake: str) -> None:
    body = {"collection": lake, "to": {"user": "kim"}, "rights": ["view"]}
    assert api("POST", "/shares", body, who="ben").status_code == 404
    offer(api, lake)
    assert api("POST", "/shares", body, who="ben").status_code == 404  # he sees it, and does not own it


def test_the_recipient_says_where_it_shows_and_leaves(web: Web, api: Api, lake: str) -> None:
    offer(api, lake)
    (grant,) = api("GET", "/grants", who="ben").json()["items"]
    assert (grant["owner"], grant["collection"]["name"], grant["timeline"]) == ("anna", "Lake", True)
    assert api("GET", "/timeline", who="ben").json()["total"] == 1
    hidden = api("PATCH", f"/grants/{grant['id']}", {"timeline": False}, who="ben").json()
    assert not hidden["timeline"]
    assert api("GET", "/timeline", who="ben").json()["total"] == 0
    assert web.client("ben").get("/timeline/b/202607").json()["id"] == []
    assert api("PATCH", f"/grants/{grant['id']}", {"timeline": 1}, who="ben").status_code == 422
    for who in ("anna", "admin"):
        assert api("POST", f"/grants/{grant['id']}/leave", who=who).status_code == 404
        assert api("PATCH", f"/grants/{grant['id']}", {"timeline": False}, who=who).status_code == 404
    assert api("POST", f"/grants/{grant['id']}/leave", who="ben").status_code == 204
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    assert api("GET", "/grants", who="ben").json()["items"] == []


def test_everything_to_one_person_ends(web: Web, api: Api, lake: str) -> None:
    offer(api, lake)
    receipt = api("POST", "/revocations", {"user": "ben"}).json()
    assert (receipt["grants"], receipt["people"]) == (1, ["ben"])
    assert receipt["ended"].endswith("Z")
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    for body in ({}, {"user": 5}, {"moon": "x"}, {"user": "ben", "grant": "x"}):
        assert api("POST", "/revocations", body).status_code == 422
    assert api("POST", "/revocations", {"user": "nobody"}).status_code == 404
    assert api("POST", "/revocations", {"grant": Grant.get().pid}).status_code == 404


def test_what_is_passed_on_is_told_and_ended(web: Web, api: Api, make: Make, lake: str) -> None:
    offer(api, lake, rights=["view", "reshare"])
    his = make.collection(web.people["ben"], "Secret", items=[web.item])
    make.grant(make.share(his), user=web.people["kim"])
    (listed,) = api("GET", "/shares").json()["items"]
    (line,) = listed["grants"]
    (passed,) = line["passed_on"]
    grant = Grant.get(Grant.user == web.people["kim"])
    assert passed == {
        "id": grant.pid, "by": "ben", "to": {"user": "kim"}, "group": None, "items": 1, "download": False,
        "place": True, "since": passed["since"], "until": None, "opened": 0, "opened_last": None,
    }  # fmt: skip
    assert "Secret" not in str(listed)
    receipt = api("POST", "/revocations", {"grant": grant.pid})
    assert (receipt.status_code, receipt.json()["people"]) == (200, ["kim"])
    assert api("GET", f"/shares/{listed['id']}").json()["grants"][0]["passed_on"] == []
    assert api("POST", "/revocations", {"grant": grant.pid}).status_code == 404
    assert Grant.get_by_id(grant.id).ended_at is None, "it is Ben's, for what is his"


def test_a_storage_is_withheld_and_released(web: Web, api: Api, lake: str) -> None:
    offer(api, lake)
    receipt = api("POST", "/revocations", {"storage": web.storage.pid}).json()
    assert (receipt["items"], receipt["people"]) == (1, ["ben"])
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    assert api("GET", f"/storages/{web.storage.pid}").json()["withheld"]
    assert api("POST", f"/storages/{web.storage.pid}/unwithdraw", who="ben").status_code == 404
    assert api("POST", f"/storages/{web.storage.pid}/unwithdraw").json()["withheld"] is None
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 200
    assert Storage.get().withheld_at is None


def test_an_item_is_withdrawn_and_comes_back(web: Web, api: Api, lake: str) -> None:
    offer(api, lake)
    (witness,) = api("GET", f"/items/{web.item.pid}/audience").json()["items"]
    assert (witness["user"], witness["collection"], witness["via"]) == ("ben", "Lake", None)
    for path in ("audience", "withdraw", "unwithdraw"):
        method = "GET" if path == "audience" else "POST"
        assert api(method, f"/items/{web.item.pid}/{path}", who="ben").status_code == 404
    receipt = api("POST", f"/items/{web.item.pid}/withdraw").json()
    assert (receipt["items"], receipt["people"]) == (1, ["ben"])
    assert api("GET", f"/items/{web.item.pid}").json()["state"] == "withdrawn"
    assert api("GET", f"/items/{web.item.pid}/audience").json()["items"] == []
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    assert api("POST", f"/items/{web.item.pid}/unwithdraw").json()["state"] == "online"
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 200


def test_looking_is_counted_once_a_minute(
    web: Web, api: Api, lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(api, lake)
    moment = clock.now()
    monkeypatch.setattr(clock, "source", lambda: moment / 1_000_000)
    api("GET", f"/items/{web.item.pid}/rendition/320", who="ben")
    api("GET", f"/items/{web.item.pid}/original")  # her own
    assert Grant.get().opened == 0
    for _ in range(2):
        api("GET", f"/items/{web.item.pid}/original", who="ben")
    assert Grant.get().opened == 1
    moment += clock.MINUTE
    api("GET", f"/items/{web.item.pid}/original", who="ben")
    (line,) = api("GET", "/shares").json()["items"][0]["grants"]
    assert line["opened"] == 2
    assert line["opened_last"] is not None

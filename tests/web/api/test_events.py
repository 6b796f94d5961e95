"""/events over the API, from making one to what is left of it."""

from collections.abc import Callable
from typing import Any

import pytest

from services import accounts, collections
from services.clock import now
from services.collections import Draft
from services.identifiers import new_pid
from services.models import Event, Item, Job, Screen, Storage
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import Web


@pytest.fixture
def event(api: Api) -> dict[str, Any]:
    answer = api("POST", "/events", {"name": "Wedding", "expires": "2100-07-05T18:00:00Z"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
def join(web: Web, event: dict[str, Any]) -> Callable[[str], None]:
    def take_part(login: str) -> None:
        door = web.context.events.doors.show(accounts.viewer_for("anna"), event["id"])
        assert door is not None
        web.context.events.doors.join(accounts.viewer_for(login), door.token, ip="203.0.113.7")

    return take_part


def test_made_listed_changed_and_ended(api: Api, event: dict[str, Any]) -> None:
    assert event == event | {
        "name": "Wedding", "starts": None, "ends": None, "expires": "2100-07-05T18:00:00Z", "state": "open",
        "role": "organiser", "owner": "anna", "guests": "contribute", "download": True, "place": False, "size": 0,
        "cover": None, "may_contribute": True, "closed": None, "approval": "organiser", "names": False,
        "max_files": None, "max_bytes": None, "waiting": 0, "guests_now": 0, "storage": None, "folder": "",
    }  # fmt: skip
    path = f"/events/{event['id']}"
    assert api("GET", "/events").json() == {"items": [event], "next": None, "total": 1}
    changes = {"starts": "2100-07-04", "ends": "2100-07-05", "guests": "drop", "approval": "none", "names": True,
               "max_files": 9, "max_bytes": 10**9, "folder": "a/b", "expires": "2100-07-06"}  # fmt: skip
    changed = api("PATCH", path, changes).json()
    assert changed == event | changes | {"expires": "2100-07-07T00:00:00Z"}
    ended = api("DELETE", path)
    assert (ended.status_code, ended.json()["grants"]) == (200, 1)
    assert api("GET", "/events").json()["items"] == []
    assert [e["state"] for e in api("GET", "/events", archived="true").json()["items"]] == ["archived"]
    assert api("PATCH", path, {"archived": False}).json()["state"] == "over"
    assert api("PATCH", path, {"name": "Again"}).status_code == 409
    assert api("PATCH", path, {"archived": True, "name": "x"}).json()["field"] == "archived"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {}), ("expires", {"expires": 5}), ("expires", {"expires": "soon"}), ("guests", {"guests": "all"}),
        ("approval", {"approval": True}), ("storage", {"storage": "x"}), ("colour", {"colour": "red"}),
        ("ends", {"starts": "2026-07-05", "ends": "2026-07-04"}),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where(api: Api, field: str, given: dict[str, Any]) -> None:
    answer = api("POST", "/events", {"name": "x", **given} if given else given)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Event.select().exists()


def test_contributions(
    web: Web, api: Api, make: Make, event: dict[str, Any], join: Callable[[str], None]
) -> None:
    join("ben")
    path = f"/events/{event['id']}"
    items = [make.item(web.people["ben"], f"B_{n}.jpg", taken=n) for n in (1, 2, 3)]
    ben = accounts.viewer_for("ben")
    lake = collections.create(ben, Draft("Lake"))
    collections.add(ben, lake.pid, [items[0].pid])
    given = api("POST", f"{path}/contributions", {"collection": lake.pid, "place": True}, "ben")
    assert given.status_code == 201
    assert given.json() == given.json() | {
        "collection": {"id": lake.pid, "name": "Lake"}, "rights": ["view", "download"], "place": True,
        "expires": event["expires"], "waiting": 1, "shown": 0, "rejected": 0,
    }  # fmt: skip
    again = api("POST", f"{path}/contributions", {"collection": lake.pid}, "ben")
    assert again.status_code == 409
    for number in (2, 0):
        ids = [items[1].pid, items[2].pid]
        answer = api("POST", f"{path}/contributions", {"ids": ids, "download": False}, "ben")
        assert (answer.status_code, answer.json()) == (201, {"number": number})
    board = api("GET", f"{path}/board", limit=2).json()
    assert (len(board["items"]), board["next"], board["total"]) == (2, "2", 3)
    assert board["people"] == [{"name": "ben", "items": 3}]
    rest = api("GET", f"{path}/board", limit=2, cursor="2").json()
    waiting = [*board["items"], *rest["items"]]
    assert {w["item"]["id"] for w in waiting} == {i.pid for i in items}
    assert [(w["by"], w["state"], w["twin"]) for w in waiting] == [("ben", "pending", False)] * 3
    decided = api("POST", "/approvals", {"ids": [w["id"] for w in waiting], "decision": "approve"})
    assert decided.status_code == 200
    shown = api("GET", f"{path}/items").json()
    assert {(i["id"], i["by"]) for i in shown["items"]} == {(i.pid, "ben") for i in items}
    assert api("DELETE", f"{path}/items", {"ids": [items[2].pid]}, "ben").json() == {"number": 1}
    assert api("GET", f"{path}/items").json()["total"] == 2
    mine = api("GET", f"{path}/contributions", who="ben").json()["items"]
    assert [(c["collection"] is None, c["shown"], c["rights"]) for c in mine] == [
        (True, 1, ["view"]), (False, 1, ["view", "download"]),
    ]  # fmt: skip
    lines = [
        api("DELETE", f"{path}/contributions/{c['id']}", who=who) for c in mine for who in ("anna", "ben")
    ]
    assert [a.status_code for a in lines] == [404, 200, 404, 200]
    assert api("GET", f"{path}/items").json()["items"] == []
    assert api("POST", f"{path}/leave", who="ben").status_code == 204
    assert api("GET", path, who="ben").status_code == 404


def test_a_share_to_an_event_is_a_contribution(
    web: Web, api: Api, make: Make, event: dict[str, Any], join: Callable[[str], None]
) -> None:
    item = make.item(web.people["ben"], "B.jpg", taken=1)
    ben = accounts.viewer_for("ben")
    lake = collections.create(ben, Draft("Lake"))
    collections.add(ben, lake.pid, [item.pid])
    body = {"collection": lake.pid, "to": {"event": event["id"]}, "rights": ["view"], "expires": "2099-12-31"}
    assert api("POST", "/shares", body, "ben").status_code == 404  # who does not take part knows of no event
    join("ben")
    wrong = ({"rights": ["view", "reshare"]}, {"rights": ["contribute"]}, {"note": "x"}, {"expires": "2020-01-01"},
             {"to": {"event": event["id"], "user": "anna"}}, {"place": 1}, {"to": {"event": 5}})  # fmt: skip
    for more in wrong:
        assert api("POST", "/shares", body | more, "ben").status_code == 422, more
    made = api("POST", "/shares", body, "ben")
    assert made.status_code == 201, made.text
    share = made.json()
    assert (share["to"], share["rights"], share["place"]) == ({"event": "Wedding"}, ["view"], False)
    assert share["expires"] == "2100-01-01T00:00:00Z"
    (mine,) = api("GET", f"/events/{event['id']}/contributions", who="ben").json()["items"]
    assert (mine["collection"]["id"], mine["expires"], mine["waiting"]) == (lake.pid, share["expires"], 1)
    assert api("POST", "/shares", body, "ben").status_code == 409
    assert api("DELETE", f"/shares/{share['id']}", who="ben").status_code == 200
    longer = api("POST", "/shares", body | {"expires": "2150-01-01", "rights": ["download"]}, "ben").json()
    assert (longer["expires"], longer["rights"]) == (event["expires"], ["view", "download"])
    waiting = api("GET", f"/events/{event['id']}/board").json()["items"]
    assert [w["item"]["id"] for w in waiting] == [item.pid]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("collection", {}), ("collection", {"collection": "x", "ids": ["y"]}), ("ids", {"ids": []}),
        ("ids", {"ids": "x"}), ("download", {"ids": ["x"], "download": 1}), ("place", {"ids": ["x"], "place": "no"}),
        ("rights", {"ids": ["x"], "rights": []}),
    ],
)  # fmt: skip
def test_a_wrong_contribution(api: Api, event: dict[str, Any], field: str, given: dict[str, Any]) -> None:
    answer = api("POST", f"/events/{event['id']}/contributions", given)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_the_door_is_for_who_may_write(web: Web, api: Api, event: dict[str, Any]) -> None:
    path = f"/api/v1/events/{event['id']}/door"
    door = api("GET", f"/events/{event['id']}/door").json()["door"]
    assert door["address"].startswith("http://localhost/e/hyp_evt_")
    assert door["short"].startswith("http://localhost/e/")
    assert len(door["pin"]) == 6
    reads = web.bearer("anna", "read")
    assert web.client().get(path, headers=reads).status_code == 404
    assert web.client().post(path, headers=reads).status_code == 404
    for route in ("", "/items", "/board", "/people", "/contributions"):
        answer = web.client().get(f"/api/v1/events/{event['id']}{route}", headers=reads)
        assert answer.status_code == 200
        assert door["pin"] not in answer.text
        assert "hyp_evt" not in answer.text
    new = api("POST", f"/events/{event['id']}/door", {"guests_too": True})
    assert new.status_code == 201
    assert new.json()["door"] == api("GET", f"/events/{event['id']}/door").json()["door"] != door
    assert api("POST", f"/events/{event['id']}/door", {"guests_too": "yes"}).status_code == 422
    api("DELETE", f"/events/{event['id']}")
    assert api("GET", f"/events/{event['id']}/door").json() == {"door": None}


def test_people(web: Web, api: Api, event: dict[str, Any], join: Callable[[str], None]) -> None:
    join("kim")
    path = f"/events/{event['id']}"
    door = web.context.events.doors.show(accounts.viewer_for("anna"), event["id"])
    assert door is not None
    guest = web.context.events.doors.enter(door.token, "Lou", ip="203.0.113.7")
    named = api("POST", f"{path}/people", {"user": "ben"})
    assert named.status_code == 200
    assert [(a["user"], a["guest"], a["name"], a["role"]) for a in named.json()["items"]] == [
        ("anna", None, "anna", "organiser"), ("ben", None, "ben", "organiser"), ("kim", None, "kim", "participant"),
        (None, guest.pid, "Lou", "guest"),
    ]  # fmt: skip
    assert api("GET", f"{path}/people", who="kim").status_code == 404
    for user in ("kim", "nobody", ""):
        assert api("POST", f"{path}/people", {"user": user}).status_code == 422
    assert api("DELETE", f"{path}/people/anna", who="ben").status_code == 404
    assert api("DELETE", f"{path}/people/kim", who="ben").status_code == 204
    assert api("DELETE", f"{path}/guests/{guest.pid}").status_code == 204
    assert api("DELETE", f"{path}/guests/{guest.pid}").status_code == 404
    assert len(api("GET", f"{path}/people").json()["items"]) == 2


def test_what_is_left(web: Web, api: Api, event: dict[str, Any]) -> None:
    path = f"/events/{event['id']}"
    Storage.update(writable=True).where(Storage.id == web.storage.id).execute()
    Item.update(created_at=now()).execute()  # it came after the event was made
    api("POST", f"{path}/contributions", {"ids": [web.item.pid]})
    assert api("GET", f"{path}/freeing").status_code == 409
    api("DELETE", path)
    size = web.item.size
    assert api("GET", f"{path}/freeing").json() == {
        "items": 1, "bytes": size, "storages": [{"name": "Photos", "items": 1, "bytes": size}], "kept": 0, "fixed": 0,
    }  # fmt: skip
    begun = api("POST", f"{path}/freeing")
    assert begun.status_code == 202
    assert Job.get(Job.pid == begun.json()["job"]).kind == "free"
    assert api("POST", f"{path}/freeing", who="ben").status_code == 404


def test_everything_given_to_one_event(
    web: Web, api: Api, make: Make, event: dict[str, Any], join: Callable[[str], None]
) -> None:
    join("ben")
    item = make.item(web.people["ben"], "B.jpg")
    api("POST", f"/events/{event['id']}/contributions", {"ids": [item.pid]}, "ben")
    assert api("POST", "/revocations", {"event": event["id"]}, "ben").json()["grants"] == 1
    assert api("GET", f"/events/{event['id']}").json()["state"] == "open"
    assert api("POST", "/revocations", {"event": event["id"]}).json()["grants"] == 1
    assert api("GET", f"/events/{event['id']}").json()["state"] == "over"


def test_the_owner_of_a_picture_sees_that_guests_see_it(web: Web, api: Api, event: dict[str, Any]) -> None:
    api("POST", f"/events/{event['id']}/contributions", {"ids": [web.item.pid]})
    (seen,) = api("GET", f"/items/{web.item.pid}/audience").json()["items"]
    assert (seen["user"], seen["link"], seen["event"]) == (None, False, "Wedding")


def test_on_a_screen(web: Web, api: Api, event: dict[str, Any], join: Callable[[str], None]) -> None:
    screen = Screen.create(pid=new_pid(), name="Living room", created_at=now())
    path = f"/events/{event['id']}/screens"
    assert api("GET", path).json() == {"items": [], "next": None, "total": 0}
    assert api("POST", path, {"screen": screen.pid, "rights": ["reshare"]}).json()["field"] == "rights"
    assert api("POST", path, {"screen": "x"}).json()["field"] == "screen"
    made = api("POST", path, {"screen": screen.pid, "rights": ["view", "download"]})
    assert made.status_code == 201
    (shown,) = made.json()["items"]
    assert shown["since"]
    assert (shown["screen"], shown["name"], shown["rights"]) == (
        screen.pid,
        "Living room",
        ["view", "download"],
    )
    assert api("POST", path, {"screen": screen.pid}).status_code == 409
    (line,) = api("GET", f"/screens/{screen.pid}").json()["shown"]
    assert (line["collection"]["name"], line["to"], line["state"]) == ("Wedding", "Living room", "active")
    join("ben")
    assert [s["name"] for s in api("GET", path, who="ben").json()["items"]] == ["Living room"]
    for method, where in (("POST", path), ("DELETE", f"{path}/{screen.pid}")):
        assert api(method, where, {"screen": screen.pid}, who="ben").status_code == 404
    ended = api("DELETE", f"{path}/{screen.pid}")
    assert (ended.status_code, ended.json()["people"]) == (200, ["Living room"])
    assert api("DELETE", f"{path}/{screen.pid}").status_code == 404

"""/screens of the API: devices let in and turned away, what screens are told as, shares to them."""

from typing import Any

import pytest

from services.models import Device, Grant, Share
from services.screens import identify
from tests.factories import Make
from tests.web.conftest import Web
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}


def asks(n: int = 40, mac: str | None = "a4:83:e7:11:22:33") -> str:
    return identify(f"192.168.1.{n}", mac, "SEC_HHP_[TV] <b>Samsung</b>/1.0").pid


def test_a_television_from_its_first_question_to_its_end(web: Web, make: Make) -> None:
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    anna, device = web.client("anna", **SAME), asks()
    (waits,) = anna.get(f"{API}/screens/devices").json()["items"]
    assert (waits["id"], waits["state"], waits["address"]) == (device, "unknown", "192.168.1.40")
    assert (waits["mac"], waits["hint"]) == ("a4:83:e7:11:22:33", "SEC_HHP_[TV] <b>Samsung</b>/1.0")
    body = {"device": device, "name": "Living room", "until": "2099-12-31", "collections": [lake.pid]}
    made = anna.post(f"{API}/screens", json=body)
    assert made.status_code == 201
    screen = made.json()
    assert (screen["name"], screen["state"], screen["until"]) == ("Living room", "on", "2100-01-01T00:00:00Z")
    (shown,) = screen["shown"]
    assert (shown["collection"]["name"], shown["to"], shown["state"]) == ("Lake", "Living room", "active")
    assert [d["id"] for d in screen["devices"]] == [device]
    assert anna.get(f"{API}/screens/devices").json()["items"] == []
    (share,) = anna.get(f"{API}/shares").json()["items"]
    assert (share["to"], share["rights"], share["place"]) == ({"screen": "Living room"}, ["view"], False)
    (witness,) = anna.get(f"{API}/items/{web.item.pid}/audience").json()["items"]
    assert (witness["screen"], witness["user"]) == ("Living room", None)
    changed = anna.patch(f"{API}/screens/{screen['id']}", json={"name": "Kitchen", "until": None})
    assert (changed.json()["name"], changed.json()["until"]) == ("Kitchen", None)
    assert (
        anna.patch(f"{API}/screens/devices/{device}", json={"state": "refused"}).json()["state"] == "refused"
    )
    assert anna.get(f"{API}/screens/{screen['id']}").json()["devices"] == []
    assert (
        anna.patch(f"{API}/screens/devices/{device}", json={"state": "unknown"}).json()["state"] == "unknown"
    )
    receipt = anna.delete(f"{API}/screens/{screen['id']}").json()
    assert (receipt["grants"], receipt["people"]) == (1, ["Kitchen"])
    assert anna.get(f"{API}/screens").json() == {"items": [], "next": None, "total": 0}


def test_a_share_to_a_screen(web: Web, make: Make) -> None:
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    anna, ben = web.client("anna", **SAME), web.client("ben", **SAME)
    screen = ben.post(f"{API}/screens", json={"device": asks(), "name": "TV"}).json()["id"]
    body: dict[str, Any] = {"collection": lake.pid, "to": {"screen": screen}, "rights": ["view", "download"]}
    made = anna.post(f"{API}/shares", json=body)
    assert made.status_code == 201
    assert (made.json()["rights"], made.json()["place"]) == (["view", "download"], False)
    (grant,) = made.json()["grants"]
    assert (grant["state"], grant["to"]) == ("active", "TV")
    assert anna.post(f"{API}/shares", json=body).status_code == 409
    for rights in (["view", "reshare"], ["contribute"]):
        answer = anna.post(f"{API}/shares", json=body | {"rights": rights})
        assert (answer.status_code, answer.json()["field"]) == (422, "rights")
    assert anna.post(f"{API}/shares", json=body | {"to": {"screen": "nothing"}}).json()["field"] == "to"
    place = anna.patch(f"{API}/shares/{made.json()['id']}", json={"place": True})
    assert (place.status_code, place.json()["field"]) == (422, "place")
    (card,) = ben.get(f"{API}/screens").json()["items"]
    assert (card["shown"], card["others"]) == ([], ["anna"])
    assert ben.post(f"{API}/revocations", json={"grant": grant["id"]}).status_code == 404
    assert anna.post(f"{API}/revocations", json={"grant": grant["id"]}).json()["people"] == ["TV"]
    assert Share.get().ended_at is not None
    anna.post(f"{API}/shares", json=body)
    assert anna.post(f"{API}/revocations", json={"screen": screen}).json()["grants"] == 1
    assert Grant.select().where(Grant.ended_at.is_null()).count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": 3}, "name"),
        ({"name": "TV", "until": 3}, "until"),
        ({"name": "TV", "until": "soon"}, "until"),
        ({"name": "TV", "until": "1999-01-01"}, "until"),
        ({"name": "TV", "rights": ["reshare"]}, "rights"),
        ({"name": "TV", "collections": "x"}, "collections"),
        ({"name": "TV", "colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_said(web: Web, body: dict[str, Any], field: str) -> None:
    answer = web.client("anna", **SAME).post(f"{API}/screens", json={"device": asks()} | body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert Device.get().state == "unknown"


def test_what_is_somebody_elses_is_not_shown_by_letting_a_device_in(web: Web, make: Make) -> None:
    hers = make.collection(web.people["anna"], "Lake", items=[web.item])
    body = {"device": asks(), "name": "TV", "collections": [hers.pid]}
    assert web.client("ben", **SAME).post(f"{API}/screens", json=body).status_code == 404
    assert Device.get().state == "unknown", "all of it or nothing"
    assert Grant.select().count() == 0


def test_states_are_two(web: Web) -> None:
    anna, device = web.client("anna", **SAME), asks()
    for body in ({"state": "approved"}, {}, {"state": ["refused"]}, {"state": "refused", "x": 1}):
        answer = anna.patch(f"{API}/screens/devices/{device}", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "state"), body
    assert anna.patch(f"{API}/screens/devices/nothing", json={"state": "refused"}).status_code == 404

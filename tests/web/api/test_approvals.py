"""/approvals: one inbox for both sides, decided at once, undone for a while."""

from services import accounts, collections
from services.collections import Draft
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import Web


def test_what_waits_is_decided_and_undone(web: Web, api: Api) -> None:
    draft = Draft("Asks", query="type:photo")
    asks = collections.create(accounts.viewer_for("anna"), draft, {"approval": "owner"})
    body = {"collection": asks.pid, "to": {"user": "ben"}, "rights": ["view"]}
    assert api("POST", "/shares", body).status_code == 201
    (one,) = api("GET", "/approvals").json()["items"]
    assert (one["side"], one["item"], one["collection"]["name"]) == ("out", web.item.pid, "Asks")
    assert (one["proposed"], one["keywords"]) == (False, [])
    assert api("GET", "/approvals", who="ben").json()["items"] == []
    decision = {"ids": [one["id"]], "decision": "approve"}
    assert api("POST", "/approvals", decision, who="ben").status_code == 404
    undo = api("POST", "/approvals", decision).json()["undo"]
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 200
    assert api("POST", f"/approvals/undo/{undo}", who="ben").status_code == 404
    assert api("POST", f"/approvals/undo/{undo}").json() == {"undone": 1}
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    assert api("POST", f"/approvals/undo/{undo}").status_code == 404
    for bad in ({}, {"ids": "x", "decision": "approve"}, {"ids": [], "decision": "approve"},
                {"ids": [one["id"]], "decision": "maybe"}):  # fmt: skip
        assert api("POST", "/approvals", bad).status_code == 422


def test_what_is_offered_to_who_is_asked_first(web: Web, api: Api, make: Make) -> None:
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    assert api("PATCH", "/me", {"ask_first": True}, who="ben").status_code == 200
    body = {"collection": lake.pid, "to": {"user": "ben"}, "rights": ["view", "download"], "note": "look"}
    share = api("POST", "/shares", body).json()
    assert [grant["state"] for grant in share["grants"]] == ["pending"]
    answer = api("GET", "/approvals", who="ben")
    (one,) = answer.json()["items"]
    assert (one["side"], one["by"], one["collection"]) == ("offer", "anna", {"id": None, "name": "Lake"})
    assert (one["items"], one["rights"], one["place"], one["note"]) == (1, ["view", "download"], True, "look")
    assert (one["item"], one["name"], one["group"], one["expires"]) == (None, None, None, None)
    for secret in (web.item.pid, web.item.name, lake.pid):
        assert secret not in answer.text
    assert answer.json()["total"] == 1
    assert api("GET", "/approvals").json()["items"] == []
    assert api("GET", "/grants", who="ben").json()["items"] == []
    grant = share["grants"][0]["id"]
    for method, path, change in (
        ("GET", f"/items/{web.item.pid}", None), ("GET", f"/items/{web.item.pid}/original", None),
        ("GET", f"/collections/{lake.pid}", None), ("POST", f"/grants/{grant}/leave", {}),
        ("PATCH", f"/grants/{grant}", {"timeline": False}),
    ):  # fmt: skip
        assert api(method, path, change, who="ben").status_code == 404, path
    answered = {"ids": [one["id"]], "decision": "approve"}
    assert api("POST", "/approvals", answered).status_code == 404
    undo = api("POST", "/approvals", answered, who="ben").json()["undo"]
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 200
    assert [g["id"] for g in api("GET", "/grants", who="ben").json()["items"]] == [grant]
    assert api("POST", f"/approvals/undo/{undo}", who="ben").json() == {"undone": 1}
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    api("POST", "/approvals", answered | {"decision": "reject"}, who="ben")
    assert api("GET", f"/shares/{share['id']}").json()["grants"][0]["state"] == "declined"

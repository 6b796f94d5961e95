"""/approvals: one inbox for both sides, decided at once, undone for a while."""

from services import accounts, collections
from services.collections import Draft
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

"""/sessions and /tokens: seen and ended by their person."""

from typing import Any

import pytest

from services import accounts
from tests.web.api.conftest import Api
from tests.web.conftest import Web
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}


def test_sessions_are_listed_and_ended(web: Web) -> None:
    here, there = web.client("anna", **SAME), web.client("anna", **{"User-Agent": 'odd"agent'})
    listed = here.get(f"{API}/sessions").json()
    assert (listed["total"], sum(s["current"] for s in listed["items"])) == (2, 1)
    (other,) = [s for s in listed["items"] if not s["current"]]
    assert (other["agent"], other["ip"]) == ('odd"agent', "testclient")
    assert "secret" not in str(listed)
    assert here.delete(f"{API}/sessions/{other['id']}").status_code == 204
    assert there.get(f"{API}/me").status_code == 401
    assert here.get(f"{API}/me").status_code == 200
    assert here.delete(f"{API}/sessions/{other['id']}").status_code == 404


def test_a_token_is_made_once_seen_and_ended(web: Web, api: Api) -> None:
    answer = api("POST", "/tokens", {"kind": "api", "scopes": ["read"], "label": "back-up"})
    made = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    header = {"Authorization": f"Bearer {made['secret']}"}
    assert web.client().get(f"{API}/me", headers=header).json()["scopes"] == ["read"]
    listed = {t["id"]: t for t in api("GET", "/tokens").json()["items"]}
    assert listed[made["id"]]["label"] == "back-up"
    assert made["secret"] not in str(listed)
    assert api("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert web.client().get(f"{API}/me", headers=header).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "key"}, 403),
        ({"kind": 5}, 422),
        ({"kind": "api", "scopes": "read"}, 422),
        ({"kind": "api", "scopes": ["everything"]}, 422),
        ({"kind": "api", "scopes": [1]}, 422),
        ({"kind": "api", "label": ["x"]}, 422),
        ({"kind": "api", "label": "x" * 5000}, 422),
        ({"kind": "api", "scopes": ["admin"]}, 422),
    ],
)
def test_tokens_that_are_not_made(web: Web, api: Api, body: dict[str, Any], status: int) -> None:
    before = len(accounts.list_tokens(accounts.viewer_for("anna")))
    answer = api("POST", "/tokens", body)
    assert answer.status_code == status, answer.text
    assert len(accounts.list_tokens(accounts.viewer_for("anna"))) == before + 1  # the one that asked


def test_nobody_ends_somebody_elses(web: Web, api: Api) -> None:
    made = accounts.create_token(accounts.viewer_for("anna"), "app")
    assert api("DELETE", f"/tokens/{made.info.pid}", who="ben").status_code == 404
    assert made.info.pid in [t.pid for t in accounts.list_tokens(accounts.viewer_for("anna"))]

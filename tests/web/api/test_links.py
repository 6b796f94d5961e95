"""/shares to links over the API."""

from typing import Any

import pytest

from services import accounts, collections
from services.collections import Draft
from services.models import Share
from tests.web.conftest import Web
from web.routes import API


def make(web: Web, **more: Any) -> tuple[Any, dict[str, Any]]:
    anna = accounts.viewer_for("anna")
    lake = collections.create(anna, Draft("Lake"))
    client = web.client("anna", **{"Sec-Fetch-Site": "same-origin"})
    answer = client.post(f"{API}/shares", json={"collection": lake.pid, "to": {"link": True}, **more})
    assert answer.status_code == 201, answer.text
    return client, answer.json()


def test_made_shown_changed_paused_renewed_and_ended(web: Web) -> None:
    client, made = make(web, rights=["view", "download"], max_uses=9)
    assert made["address"].startswith("http://localhost/s/hyp_shr_")
    assert (made["rights"], made["place"], made["password"], made["state"]) == (
        ["view", "download"], False, False, "active",
    )  # fmt: skip
    assert made["expires"] is not None
    path = f"{API}/shares/{made['id']}"
    assert client.get(path).json()["address"] == made["address"]
    changes = {"expires": "2100-01-01T00:00:00+01:00", "password": "blue boat", "place": True}
    changed = client.patch(path, json=changes).json()
    assert (changed["expires"], changed["password"], changed["place"]) == ("2099-12-31T23:00:00Z", True, True)
    paused = client.post(f"{path}/pause").json()
    assert (paused["state"], paused["address"]) == ("paused", None)
    again = client.post(f"{path}/renew").json()
    assert again["address"] not in (None, made["address"])
    assert client.delete(f"{API}/shares/{again['id']}").status_code == 200
    ended = client.get(f"{API}/shares/{again['id']}").json()
    assert "address" not in ended


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("to", {"to": {"planet": "x"}}), ("to", {"to": None}), ("expires", {"expires": "tomorrow"}),
        ("expires", {"expires": "2100-01-01T00:00:00"}), ("expires", {"expires": "1999-01-01T00:00:00Z"}),
        ("rights", {"rights": ["reshare"]}), ("rights", {"rights": "view"}), ("place", {"place": "yes"}),
        ("password", {"password": "short"}), ("password", {"password": 7}), ("max_uses", {"max_uses": -1}),
        ("colour", {"colour": "red"}), ("note", {"note": 3}),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where(web: Web, field: str, more: dict[str, Any]) -> None:
    lake = collections.create(accounts.viewer_for("anna"), Draft("Lake"))
    client = web.client("anna", **{"Sec-Fetch-Site": "same-origin"})
    answer = client.post(f"{API}/shares", json={"collection": lake.pid, "to": {"link": True}, **more})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert Share.select().count() == 0


def test_a_token_that_only_reads_hands_out_no_address(web: Web) -> None:
    _, made = make(web)
    path = f"{API}/shares/{made['id']}"
    assert web.client().get(path, headers=web.bearer("anna", "read")).json()["address"] is None
    assert (
        web.client().get(path, headers=web.bearer("anna", "read", "write")).json()["address"]
        == made["address"]
    )

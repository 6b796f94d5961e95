"""/users and /invitations: for administrators alone."""

from typing import Any

import pytest

from services.models import User
from tests.web.api.conftest import Api
from tests.web.conftest import Web
from web.routes import API


def test_everybody_is_listed_without_anything_of_theirs(web: Web, api: Api) -> None:
    people = api("GET", "/users", who="admin").json()
    assert [p["login"] for p in people["items"]] == ["admin", "anna", "ben", "kim"]
    assert people["total"] == 4
    assert set(people["items"][0]) == {"id", "login", "display", "role", "admin", "active", "created", "seen"}


def test_shutting_somebody_out_and_in_again(web: Web, api: Api) -> None:
    browser = web.client("anna")
    path = f"/users/{web.people['anna'].pid}"
    assert api("PATCH", path, {"active": False}, who="admin").json()["active"] is False
    assert browser.get(f"{API}/me").status_code == 401
    assert api("PATCH", path, {"active": True}, who="admin").json()["active"] is True
    assert browser.get(f"{API}/me").status_code == 401  # the old session stays ended


@pytest.mark.parametrize(
    "body", [{}, {"active": 1}, {"active": None}, {"active": True, "role": "adult"}, {"admin": True}]
)
def test_nothing_else_can_be_changed(web: Web, api: Api, body: dict[str, Any]) -> None:
    answer = api("PATCH", f"/users/{web.people['anna'].pid}", body, who="admin")
    assert (answer.status_code, answer.json()["field"]) == (422, "active")
    assert not User.get(User.login == "anna").is_admin


def test_the_last_administrator_stays(web: Web, api: Api) -> None:
    answer = api("PATCH", f"/users/{web.people['admin'].pid}", {"active": False}, who="admin")
    assert answer.status_code in {403, 409, 422}
    assert User.get(User.login == "admin").active


def test_an_invitation_is_a_link_that_works_once(web: Web, api: Api) -> None:
    answer = api("POST", "/invitations", {"role": "child", "note": "for Kim's brother"}, who="admin")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    token = answer.json()["token"]
    client = web.client(**{"Sec-Fetch-Site": "same-origin"})
    assert client.get(f"/invite/{token}").status_code == 200
    form = {
        "login": "tim",
        "password": "a boat on the river",
        "again": "a boat on the river",
        "display": "Tim",
    }
    assert client.post(f"/invite/{token}", data=form).status_code == 303
    assert User.get(User.login == "tim").role == "child"
    assert client.post(f"/invite/{token}", data=form | {"login": "tom"}).status_code != 303
    assert User.get_or_none(User.login == "tom") is None


@pytest.mark.parametrize(
    "body", [{"role": "guest"}, {"role": 1}, {"note": 1}, {"role": "child", "admin": True}]
)
def test_invitations_that_are_not_made(web: Web, api: Api, body: dict[str, Any]) -> None:
    assert api("POST", "/invitations", body, who="admin").status_code == 422

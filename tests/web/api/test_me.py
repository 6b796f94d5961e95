"""/me: the person who asks, by session and by token."""

from typing import Any

import pytest

from services.models import User
from tests.web.api.conftest import Api
from tests.web.conftest import Web
from web.routes import API


def test_by_session_and_by_token(web: Web, api: Api) -> None:
    by_session = web.client("anna").get(f"{API}/me").json()
    by_token = api("GET", "/me").json()
    assert by_session == {
        "login": "anna", "display": by_session["display"], "language": "", "zone": "", "letter_keys": True,
        "ask_first": False, "role": "adult", "admin": False, "scopes": None, "default_storage": None,
    }  # fmt: skip
    assert by_token == by_session | {"scopes": ["credentials", "read", "write"]}


def test_what_can_be_changed(web: Web, api: Api) -> None:
    answer = api("PATCH", "/me", {"display": "Anna L.", "language": "de", "zone": "Europe/Berlin"})
    assert (answer.json()["display"], answer.json()["language"], answer.json()["zone"]) == (
        "Anna L.", "de", "Europe/Berlin",
    )  # fmt: skip
    assert api("PATCH", "/me", {"letter_keys": False}).json()["letter_keys"] is False
    assert api("PATCH", "/me", {"ask_first": True}).json()["ask_first"] is True
    assert User.get(User.login == "ben").letter_keys
    assert not User.get(User.login == "ben").ask_first
    assert User.get(User.login == "ben").display != "Anna L."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "adult"}, "role"),
        ({"admin": True}, "admin"),
        ({"login": "x"}, "login"),
        ({"display": ""}, "display"),
        ({"display": ["x"]}, "display"),
        ({"language": 5}, "language"),
        ({"zone": "x"}, "zone"),
        ({"letter_keys": "no"}, "letter_keys"),
        ({"ask_first": 1}, "ask_first"),
        ({"viewer": 1}, "viewer"),
    ],
)
def test_what_cannot(web: Web, api: Api, changes: dict[str, Any], field: str) -> None:
    answer = api("PATCH", "/me", changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not User.get(User.login == "anna").is_admin


def test_where_files_go(web: Web, api: Api) -> None:
    chosen = {"default_storage": web.storage.pid}
    assert api("PATCH", "/me", chosen).status_code == 422  # it is for reading only
    web.storage.writable = True
    web.storage.save()
    assert api("PATCH", "/me", chosen).json()["default_storage"] == web.storage.pid
    assert api("PATCH", "/me", chosen, who="ben").status_code == 422
    assert api("PATCH", "/me", {"default_storage": 5}).status_code == 422
    assert api("PATCH", "/me", {"default_storage": None}).json()["default_storage"] is None
    api("PATCH", "/me", chosen)
    web.storage.removed_at = 1
    web.storage.save()
    assert api("GET", "/me").json()["default_storage"] is None

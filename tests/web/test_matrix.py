"""Actor x route x object: made from the route table, so that a new route cannot be forgotten.

Every route that names an object is asked for anna's object by everybody, and for one that does not
exist; who may not see it gets the same bytes for both.
"""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from services import accounts
from services.models import User
from tests.web.conftest import Web
from tests.web.objects import address, gathering, sending, thrown, unread
from tests.web.walking import name_of, walk
from web.routes import API, PAGES, RENDITION, RESOURCES
from web.rules import Rule

RULES = [*PAGES, *RESOURCES, RENDITION]
SIGNED_IN = ["admin", "ben", "kim"]
KINDS = ("{type}", "{provider}", "{person}")
"""What these stand for is nobody's own."""

OBJECTS = [
    r for r in RULES if "{" in r.path and not r.path.endswith(KINDS) and "/screens/" not in r.path
]  # screens are the household's: tests/web/test_screen_matrix.py


BODIES: dict[str, dict[str, object]] = {
    f"{API}/grants/{{id}}": {"timeline": False},
    f"{API}/storages/{{id}}": {"name": "x"},
    f"{API}/storages/{{id}}/files/{{path:path}}": {"path": "x.jpg"},
    f"{API}/users/{{id}}": {"active": False},
    f"{API}/shares/{{id}}": {"note": "x"},
    f"{API}/groups/{{id}}/people": {"user": "ben"},
    f"{API}/collections/{{id}}": {"name": "x"},
    f"{API}/screens/{{id}}": {"name": "x"},
    f"{API}/screens/devices/{{id}}": {"state": "refused"},
}


def ask(client: TestClient, rule: Rule, path: str, headers: dict[str, str] | None = None) -> Any:
    """Ask as our own pages would: with what a browser says of same-origin requests."""
    given = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
    body = BODIES.get(rule.path) if rule.method == "PATCH" or "/groups/" in rule.path else None
    if not rule.path.endswith("/stream"):
        return client.request(rule.method, path, headers=given, json=body)
    with client.stream(rule.method, path, headers=given) as answer:
        if answer.status_code != 200:  # a stream that was opened does not end by itself
            answer.read()
        return answer


def test_every_route_says_who_may_ask_for_it() -> None:
    assert len(RULES) > 60
    for rule in RULES:
        assert rule.policy in {"public", "person", "admin"}
    public = {name_of(r) for r in RULES if r.policy == "public"}
    assert public == {
        "GET /setup", "POST /setup", "GET /login", "POST /login", "GET /invite/{token}", "POST /invite/{token}",
        "GET /s/{token}", "POST /s/{token}", "GET /e", "POST /e", "GET /e/{token}", "POST /e/{token}",
        "GET /certificate", "GET /certificate/household.crt", "GET /certificate/household.mobileconfig",
        "GET /certificate/reached", f"GET {API}/openapi.json", "GET /healthz", "GET /metrics",
    }  # fmt: skip
    assert {name_of(r) for r in RULES if r.policy == "admin"} == {
        "GET /people", "POST /people/invite", "POST /people/invitations/{id}/revoke", "POST /people/{id}/disable",
        "POST /people/{id}/enable", f"GET {API}/users", f"PATCH {API}/users/{{id}}", f"POST {API}/invitations",
    }  # fmt: skip


def test_nobody_gets_nothing(web: Web) -> None:
    web.client("anna")  # so that she has a session to be stolen
    nobody = web.client()

    def judge(rule: Rule, path: str) -> None:
        answer = ask(nobody, rule, path)
        if rule.path.startswith(API):
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
        else:
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
        assert web.item.name not in answer.text

    walk(web, [r for r in RULES if r.policy != "public"], judge, nobody)


@pytest.mark.parametrize("who", SIGNED_IN)
def test_what_is_not_theirs_is_as_if_it_were_not(web: Web, who: str) -> None:
    web.client("anna")  # so that she has a session to be stolen
    client = web.client(who)

    def judge(rule: Rule, path: str) -> None:
        if rule.path == "/timeline/b/{month:int}":
            assert client.get(path).json()["id"] == []
        else:
            require_nothing(web, client, rule, path)

    walk(web, [r for r in OBJECTS if r.policy == "person"], judge, client)


def require_nothing(web: Web, client: TestClient, rule: Rule, path: str) -> None:
    """What is asked for is answered like what there is not."""
    there = ask(client, rule, path)
    nowhere = ask(client, rule, address(web, rule, absent=True))
    assert there.status_code == nowhere.status_code == 404
    if rule.path.startswith(API):
        assert there.content == nowhere.content
    else:
        assert scrubbed(there.text) == scrubbed(nowhere.text)


def scrubbed(page: str) -> str:
    """A page without what differs from answer to answer."""
    return re.sub(r'nonce="[^"]*"|(href|action)="[^"]*"', "", page)


@pytest.mark.parametrize("who", ["anna", "ben", "kim"])
def test_only_administrators_run_accounts(web: Web, who: str) -> None:
    client = web.client(who)

    def judge(rule: Rule, path: str) -> None:
        assert ask(client, rule, path).status_code == 404

    walk(web, [r for r in RULES if r.policy == "admin"], judge, client)
    assert User.get(User.login == "anna").active


def test_the_owner_gets_it(web: Web) -> None:
    """And a question changes nothing."""
    client = web.client("anna")

    def judge(rule: Rule, path: str) -> None:
        answer = ask(client, rule, path)
        assert answer.status_code == 200, answer.text

    walk(web, [r for r in OBJECTS if r.method == "GET" and r.policy == "person"], judge, client)


@pytest.mark.parametrize("who", ["admin", "ben", "kim"])
def test_lists_of_others_are_empty(web: Web, who: str) -> None:
    client = web.client(who)
    thrown(web)
    unread(web)
    sending(web)
    gathering(web)
    paths = ("/items", "/storages", "/timeline", "/trash", "/problems", "/collections", "/uploads", "/events")
    for path in paths:
        assert client.get(API + path).json()["items"] == []
    jobs = client.get(f"{API}/jobs").json()["items"]
    assert web.job.pid not in [j["id"] for j in jobs]
    for path in ("/", "/timeline", "/search?q=img", "/storages", "/problems", "/events", "/events?archive=1"):
        page = client.get(path).text
        assert "IMG_1" not in page
        assert "Wedding" not in page.replace("Wedding or party", "")
        assert 'class="number"' not in page


def test_a_token_without_scope_does_nothing(web: Web) -> None:
    """A token that may only read neither writes nor manages anything."""
    web.client("anna")
    client, header = web.client(), web.bearer("anna", "read")
    assert client.get(f"{API}/me", headers=header).status_code == 200  # it is noted that the token was used

    def judge(rule: Rule, path: str) -> None:
        answer = ask(client, rule, path, headers=header)
        reads = rule.method == "GET" and rule.policy == "person" and not rule.scope
        asks = (
            rule.method == "POST" and rule.scope == "read"
        )  # a question too long for an address; here it is empty
        assert answer.status_code == (200 if reads else 422 if asks else 404)

    walk(web, [r for r in RESOURCES if r.policy != "public"], judge, client)


def test_an_app_password_opens_nothing_here(web: Web) -> None:
    made = accounts.create_token(accounts.viewer_for("anna"), "app")
    client = web.client()
    assert client.get(f"{API}/me", headers={"Authorization": f"Bearer {made.secret}"}).status_code == 401
    assert client.get(f"{API}/me", auth=("anna", made.secret)).status_code == 401
    assert client.get("/", auth=("anna", made.secret)).status_code == 303


def test_what_has_ended_opens_nothing(web: Web) -> None:
    client, header = web.client("anna"), web.bearer("anna", "read")
    other = web.client()
    assert client.get(f"{API}/me").status_code == 200
    assert other.get(f"{API}/me", headers=header).status_code == 200
    accounts.disable_person(accounts.OPERATOR, web.people["anna"].pid)
    assert client.get(f"{API}/me").status_code == 401
    assert other.get(f"{API}/me", headers=header).status_code == 401
    original = f"{API}/items/{web.item.pid}/original"
    assert client.get(original, headers={"If-None-Match": "*"}).status_code == 401  # never a 304 first


def test_an_invitation_is_ended_by_an_administrator(web: Web) -> None:
    client = web.client("admin")
    made = accounts.invite(accounts.OPERATOR, note="for Kim")
    assert client.get(f"/invite/{made.secret}").status_code == 200
    path = f"/people/invitations/{made.info.pid}/revoke"
    assert web.client("anna").post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
    assert client.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert client.get(f"/invite/{made.secret}").status_code == 404

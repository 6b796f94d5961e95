"""From a request to a handler: bodies of every odd kind, who counts as who, and what errors look like."""

import socket
from typing import Any

import pytest

from services.models import Item, Storage, counters
from tests.web.conftest import PASSWORD, Web
from tests.web.loopback import listening
from web.handling import MAX_BODY
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}


def patch(web: Web, body: bytes) -> Any:
    path = f"{API}/items/{web.item.pid}"
    return web.client().patch(path, content=body, headers=web.bearer("anna", "read", "write"))


@pytest.mark.parametrize(
    "body",
    [b"{", b"null", b"[]", b'"x"', b"\xff\xfe{}", b"[" * 100_000, b'{"title": "\\ud800"}', b'{"\\udfff": 1}',
     b'{"labels": ["ok", "\\ud83d"]}', b'{"rating": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_what_is_no_json_is_a_problem_not_a_failure(web: Web, body: bytes) -> None:
    answer = patch(web, body)
    assert answer.status_code == 422, answer.text[:200]
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) <= {"type", "title", "status", "detail", "field"}
    assert problem["status"] == 422
    assert Item.get().title is None


def test_odd_texts_that_are_texts_are_taken(web: Web) -> None:
    body = '{"title": "a\\u0000b\\n“quoted”", "labels": ["\\ud83d\\ude00", "x\\u0000y", "new\\nline"]}'
    answer = patch(web, body.encode())
    assert answer.json()["title"] == "ab\n“quoted”"
    assert answer.json()["labels"] == ["😀", "new\\x0aline", "x\\x00y"] or "😀" in answer.json()["labels"]
    assert "\x00" not in "".join(answer.json()["labels"])


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 200), (MAX_BODY + 1, 422)])
def test_a_body_of_one_mebibyte_and_not_a_byte_more(web: Web, size: int, status: int) -> None:
    frame = b'{"rating": 3%s}'
    assert patch(web, frame % (b" " * (size - len(frame) + 2))).status_code == status


def test_an_empty_body_changes_nothing(web: Web) -> None:
    assert patch(web, b"").status_code == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [("multipart/form-data", b"x"), ("multipart/form-data; boundary=", b"x"),
     ("multipart/form-data; boundary=x", b"--x\r\nno header"),
     ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5000))),
     ("text/plain", b"login=anna"), ("application/x-www-form-urlencoded", b"\xff%ff=%00&login=%ED%A0%80")],
)  # fmt: skip
def test_an_odd_form_is_refused_with_a_page(web: Web, kind: str, body: bytes) -> None:
    answer = web.client().post("/login", content=body, headers={"Content-Type": kind})
    assert answer.status_code in {401, 422}, answer.text[:300]
    assert answer.headers["content-type"].startswith("text/html")
    assert "nonce-" in answer.headers["content-security-policy"]


NO_IDS = ("items/%00", "items/%00/original", "storages/a%00b", "items/%FF%FE", "items/%ED%A0%80")


@pytest.mark.parametrize("path", NO_IDS)
def test_ids_that_are_none(web: Web, path: str) -> None:
    answer = web.client("anna").get(f"{API}/{path}")
    assert answer.status_code == 404
    assert answer.json()["title"] == "Not found"


def test_a_failure_tells_nothing_and_still_has_safe_headers(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import catalogue

    def fail(*given: object, **more: object) -> None:
        raise RuntimeError("the secret place")

    monkeypatch.setattr(catalogue, "page", fail)
    answer = web.client("anna").get(f"{API}/items")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")
    assert "secret" not in answer.text


def test_the_bearer_word_is_taken_in_any_case_and_basic_is_not_ours(web: Web) -> None:
    secret = web.bearer("anna", "read")["Authorization"].partition(" ")[2]
    client = web.client()
    assert client.get(f"{API}/me", headers={"Authorization": f"bEARER   {secret}"}).status_code == 200
    for header in (
        "Bearer",
        "Bearer ",
        f"Basic {secret}",
        secret,
        "Bearer \x7f",
        "Bearer hyp_api_" + "x" * 9000,
    ):
        assert client.get(f"{API}/me", headers={"Authorization": header}).status_code == 401


def test_a_problem_says_how_to_sign_in(web: Web) -> None:
    answer = web.client().get(f"{API}/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_after_signing_in_one_comes_back_to_where_one_was(web: Web) -> None:
    client = web.client()
    assert client.get("/storages").headers["location"] == "/login?next=/storages"
    assert client.post("/settings", data={}, headers=SAME).headers["location"] == "/login?next=/"
    fragment = client.get("/storages", headers={"HX-Request": "true"})
    assert fragment.status_code == 401  # a script must not follow a redirect into a fragment


def test_the_cookie_is_bound_to_https_where_there_is_some(web: Web) -> None:
    from starlette.testclient import TestClient

    secure = TestClient(web.app, base_url="https://localhost", follow_redirects=False)
    cookie = secure.post("/login", data={"login": "anna", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith("__Host-hyp=")
    assert "secure" in cookie.lower()
    secure.close()


def test_signing_out_takes_both_cookies(web: Web) -> None:
    answer = web.client("anna").post("/logout", headers=SAME)
    cookies = answer.headers.get_list("set-cookie")
    assert {c.partition("=")[0] for c in cookies} >= {"hyp", "__Host-hyp"}
    assert all("max-age=0" in c.lower() for c in cookies)


def test_head_is_get_without_a_body(web: Web) -> None:
    client = web.client("anna")
    for path in ("/", f"{API}/me", f"{API}/storages/{web.storage.pid}"):
        assert client.head(path).status_code == 200
    assert Storage.select().count() == 1


def test_a_page_says_from_where_on_it_follows_the_news(web: Web) -> None:
    before = counters.read(counters.CONTENT_VERSION)
    page = web.client("anna").get("/timeline")
    assert f'data-content="{before}"' in page.text
    assert "data-content" not in web.client().get("/login").text


@pytest.mark.parametrize("path", ["/guest/nobody/files", "/storages/none/files/upload", "/events/none/files"])
def test_who_may_not_send_files_is_told_so_before_a_byte_of_them(web: Web, path: str) -> None:
    """There are few places for all who send: nobody holds one with a form that never comes."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with listening(web.app) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        slow.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        assert slow.recv(12) in {b"HTTP/1.1 303", b"HTTP/1.1 404"}

"""The doors of the web: other sites, other hosts, headers on every kind of answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import load
from services.models import Item
from services.peers import Peer
from tests.web.conftest import PASSWORD, PICTURE, Web
from web import csrf
from web.errors import Forbidden
from web.headers import INLINE, media_headers
from web.hosts import Hosts, host_of
from web.routes import API

OK, NO = 303, 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, OK),
        ({"Sec-Fetch-Site": "none"}, OK),
        ({"Sec-Fetch-Site": "same-site"}, NO),
        ({"Sec-Fetch-Site": "cross-site"}, NO),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, NO),
        ({"Origin": "http://localhost"}, OK),
        ({"Origin": "http://localhost:80"}, OK),
        ({"Origin": "http://localhost:81"}, NO),
        ({"Origin": "https://localhost"}, NO),
        ({"Origin": "https://localhost", "Host": "localhost:443"}, NO),
        ({"Origin": "http://evil.example"}, NO),
        ({"Origin": "null"}, NO),
        ({"Referer": "http://localhost/item/x"}, OK),
        ({"Referer": "http://localhost.evil.example/"}, NO),
        ({}, NO),
    ],
)
def test_another_site_changes_nothing(web: Web, headers: dict[str, str], status: int) -> None:
    client = web.client("anna")
    answer = client.post(f"/item/{web.item.pid}", data={"title": "changed"}, headers=headers)
    assert answer.status_code == status
    assert (Item.get().title == "changed") == (status == OK)


def test_an_old_browser_shows_the_forms_token(web: Web) -> None:
    client = web.client("anna")
    token = client.get("/settings").text.partition('name="csrf" value="')[2].partition('"')[0]
    data = {"title": "changed"}
    assert client.post(f"/item/{web.item.pid}", data=data | {"csrf": "wrong"}).status_code == 403
    assert client.post(f"/item/{web.item.pid}", data=data | {"csrf": token}).status_code == 303


def test_a_bearer_token_is_no_browser(web: Web) -> None:
    headers = web.bearer("anna", "read", "write") | {"Sec-Fetch-Site": "cross-site"}
    answer = web.client().patch(f"{API}/items/{web.item.pid}", json={"rating": 3}, headers=headers)
    assert answer.json()["rating"] == 3


def test_a_cookie_is_never_taken_beside_a_wrong_bearer(web: Web) -> None:
    client = web.client("anna")
    assert client.get(f"{API}/me", headers={"Authorization": "Bearer hyp_api_x"}).status_code == 401


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True), ("localhost:4976", True), ("LOCALHOST", True), ("127.0.0.1:1", True), ("[::1]:80", True),
        ("hypomos.local", True), ("photos.example.org", True), ("nas.lan", True), ("evil.example", False),
        ("localhost.evil.example", False), ("a@localhost", False), ("localhost/x", False), ("localhost?", False),
        ("", False), ("localhost:port", False), ("localhost:", False), ("localhost.", False), ("10.9.8.7", True),
    ],
)  # fmt: skip
def test_hosts(tmp_path, host: str, known: bool) -> None:  # type: ignore[no-untyped-def]
    environ = {"HYPOMOS_PUBLIC_URL": "https://photos.example.org", "HYPOMOS_HOSTS_ALLOWED": "nas.lan"}
    hosts = Hosts(load(tmp_path, environ), addresses=lambda: ["10.9.8.7"])
    assert hosts.allows(host) is known


@given(st.text(max_size=30))
def test_any_host_header_is_survived(text: str) -> None:
    found = host_of(text)
    assert found is None or "/" not in found


def test_a_strange_host_sees_nothing(web: Web) -> None:
    answer = web.client("anna").get("/", headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "IMG" not in answer.text


def test_headers_of_a_page(web: Web) -> None:
    one, two = web.client("anna").get("/"), web.client("anna").get("/")
    policy = one.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert one.headers["x-content-type-options"] == "nosniff"
    assert one.headers["x-frame-options"] == "DENY"
    assert one.headers["cache-control"] == "private, no-store"
    assert policy != two.headers["content-security-policy"]  # a fresh nonce each time


@pytest.mark.parametrize(
    "mime", [*sorted(INLINE), "image/svg+xml", "text/html", "application/pdf", "image/tiff"]
)
def test_headers_of_media(mime: str) -> None:
    headers = media_headers(mime, 'na"me\r\n.jpg')
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Content-Disposition"].startswith("inline" if mime in INLINE else "attachment")
    assert "\r" not in headers["Content-Disposition"]
    assert '"na_me__.jpg"' in headers["Content-Disposition"]


def test_bytes_are_the_originals(web: Web) -> None:
    client = web.client("anna")
    path = f"{API}/items/{web.item.pid}/original"
    whole = client.get(path)
    assert whole.content == PICTURE
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = client.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, PICTURE[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{len(PICTURE)}"
    etag = whole.headers["etag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(path, headers={"Range": f"bytes={len(PICTURE)}-"}).status_code == 416
    assert client.get(path, headers={"Range": "bytes=0-4", "If-Range": '"other"'}).status_code == 200
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PICTURE)))


def test_a_wrong_password_and_an_unknown_name_are_told_alike(web: Web) -> None:
    client = web.client()
    wrong = client.post("/login", data={"login": "anna", "password": "x"})
    unknown = client.post("/login", data={"login": "anxa", "password": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("anna", "anxa").split("nonce")[0] == unknown.text.split("nonce")[0]
    assert "set-cookie" not in wrong.headers


def test_guessing_is_slowed_down_for_the_guesser_alone(web: Web) -> None:
    client = web.client()
    for _ in range(8):
        answer = client.post("/login", data={"login": "anna", "password": "guess"})
    assert answer.status_code == 429
    assert web.client("ben").get("/").status_code == 200


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\n/x"]
)
def test_after_signing_in_one_stays_here(web: Web, after: str) -> None:
    answer = web.client().post("/login", data={"login": "anna", "password": PASSWORD, "next": after})
    assert answer.headers["location"] == "/"


def test_cookies(web: Web) -> None:
    answer = web.client().post("/login", data={"login": "anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert cookie.startswith("hyp=")


def test_a_body_that_is_too_large_or_no_json(web: Web) -> None:
    client, header = web.client(), web.bearer("anna", "write")
    path = f"{API}/items/{web.item.pid}"
    assert client.patch(path, content=b"x" * 2_000_000, headers=header).status_code == 422
    assert client.patch(path, content=b"{", headers=header).status_code == 422
    assert client.patch(path, content=b"[]", headers=header).status_code == 422


def test_health_and_metrics_tell_strangers_nothing(web: Web) -> None:
    assert web.client().get("/healthz").json() == {"status": "ok"}
    assert web.client().get("/metrics").status_code == 404
    text = web.client("admin").get("/metrics").text
    assert "hypomos_items 1.0" in text
    assert "anna" not in text


def test_the_csrf_rule_by_itself() -> None:
    csrf.require_same_site({}, Peer("10.0.0.9"), "", expected_token=None, given_token=None)
    with pytest.raises(Forbidden):
        csrf.require_same_site({}, Peer("10.0.0.9"), "", expected_token="a", given_token=None)
    assert csrf.token_for(b"k", "s") != csrf.token_for(b"k", "t")

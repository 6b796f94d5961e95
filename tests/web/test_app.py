"""The application: the gate before it, and addresses that are none."""

from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from config import load
from services.peers import Peer
from tests.web.conftest import Web
from web.app import Gate
from web.routes import API


def peer_seen(tmp_path: Path, headers: list[tuple[bytes, bytes]], **environ: str) -> Peer | int:
    """What stands behind the gate sees as the peer, or the status of the refusal."""
    import asyncio

    seen: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen["peer"] = scope["state"]["peer"]
        await PlainTextResponse("in")(scope, receive, send)

    async def send(message: Any) -> None:
        seen.setdefault("status", message.get("status"))

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("10.0.0.9", 5), "scheme": "http",
        "query_string": b"", "http_version": "1.1",
    }  # fmt: skip
    asyncio.run(Gate(app, load(tmp_path, environ))(scope, receive, send))
    return seen["peer"] if "peer" in seen else int(seen["status"])


def test_a_host_named_twice_is_nobody(tmp_path: Path) -> None:
    ours, theirs = (b"host", b"localhost"), (b"Host", b"evil.example")
    assert peer_seen(tmp_path, [ours, theirs]) == peer_seen(tmp_path, [theirs, ours]) == 421
    assert peer_seen(tmp_path, []) == 421
    assert peer_seen(tmp_path, [ours]) == Peer("10.0.0.9")


def test_forwarding_headers_that_come_twice_are_read_as_one_list(tmp_path: Path) -> None:
    """A client that writes the header itself must not hide behind the one its proxy adds."""
    headers = [
        (b"host", b"localhost"),
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"x-forwarded-for", b"203.0.113.7"),
    ]
    found = peer_seen(tmp_path, headers, HYPOMOS_TRUSTED_PROXIES="10.0.0.0/8")
    assert found == Peer("203.0.113.7")
    found = peer_seen(tmp_path, headers[:2])
    assert isinstance(found, Peer)
    assert (found.foreign, found.is_loopback) == (True, False)


def test_an_address_that_is_none(web: Web) -> None:
    client = web.client("anna")
    page = client.get("/no/such/page")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    problem = client.get(f"{API}/nothing")
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")
    assert problem.headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/v1x").headers["content-type"] == "text/html; charset=utf-8"


def test_a_method_that_does_not_fit_says_which_do(web: Web) -> None:
    client = web.client("anna")
    answer = client.put(f"{API}/me")
    assert (answer.status_code, answer.json()["title"]) == (405, "Not allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "HEAD"}
    page = client.delete("/storages", headers={"Sec-Fetch-Site": "same-origin"})
    assert (page.status_code, page.headers["x-content-type-options"]) == (405, "nosniff")
    assert "allow" in page.headers


@pytest.mark.parametrize("path", ["/", f"{API}/me", "/static/css/hypomos.css", "/healthz"])
def test_a_strange_host_is_refused_before_everything(web: Web, path: str) -> None:
    answer = web.client().get(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "hosts_allowed" in answer.text


def test_the_client_of_the_tests_comes_through_the_gate(web: Web) -> None:
    with TestClient(web.app, base_url="http://localhost") as client:
        assert client.get("/healthz").status_code == 200

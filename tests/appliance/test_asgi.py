"""The one application: every facade answers at its place, and the gate stands before all of them."""

import base64
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from appliance.asgi import make_app
from appliance.container import open_appliance
from config import load
from services import accounts
from services.accounts import OPERATOR
from services.models import database

PASSWORD = "a lake in the morning"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    hypomos = open_appliance(load(tmp_path / "data", {}))
    accounts.add_person(OPERATOR, hypomos.passwords, "anna", password=PASSWORD, is_admin=True)
    app = make_app(hypomos, lambda: {"database": None, "worker": None}, threading.Event())
    with TestClient(
        app, base_url="http://localhost", follow_redirects=False, client=("127.0.0.1", 5)
    ) as client:
        yield client
    hypomos.close()
    database.close()


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anna:{secret}".encode()).decode()}


def test_pages_api_health_and_drive(client: TestClient) -> None:
    assert client.get("/").headers["location"] == "/login?next=/"
    assert client.get("/api/v1/me").headers["content-type"] == "application/problem+json"
    assert client.get("/healthz").json()["status"] == "ok"
    drive = client.get("/dav/")
    assert (drive.status_code, drive.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")


def test_the_drive_is_below_its_own_name_alone(client: TestClient) -> None:
    secret = accounts.create_token(accounts.viewer_for("anna"), "app").secret
    for path in ("/dav", "/dav/"):
        answer = client.request("PROPFIND", path, headers=basic(secret) | {"Depth": "0"})
        assert answer.status_code == 207
        assert b"<D:href>/dav/</D:href>" in answer.content
    assert client.request("PROPFIND", "/david", headers=basic(secret)).status_code in {404, 405}


def test_each_facade_takes_its_own_proof_and_no_other(client: TestClient) -> None:
    viewer = accounts.viewer_for("anna")
    app = accounts.create_token(viewer, "app").secret
    api = accounts.create_token(viewer, "api", scopes=["read"]).secret
    depth = {"Depth": "0"}
    assert client.request("PROPFIND", "/dav/", headers=basic(app) | depth).status_code == 207
    for secret in (api, PASSWORD):
        assert client.request("PROPFIND", "/dav/", headers=basic(secret) | depth).status_code == 401
    client.post("/login", data={"login": "anna", "password": PASSWORD})
    assert client.get("/api/v1/me").status_code == 200
    assert client.request("PROPFIND", "/dav/", headers=depth).status_code == 401  # the drive knows no cookies


@pytest.mark.parametrize("method", ["OPTIONS", "PROPFIND", "GET", "PUT", "DELETE", "LOCK"])
def test_the_drive_answers_without_its_last_slash_too(client: TestClient, method: str) -> None:
    """Several clients of network drives follow no redirect, and one to http would leave https."""
    assert client.request(method, "/dav").status_code == 401
    headers = basic(accounts.create_token(accounts.viewer_for("anna"), "app").secret) | {"Depth": "0"}
    one, other = (client.request(method, path, headers=headers) for path in ("/dav", "/dav/"))
    assert (one.status_code, one.content) == (other.status_code, other.content)
    assert one.status_code in {200, 207, 400, 403}


def test_whoever_asks_the_top_is_told_of_the_drive_and_of_nothing_else(client: TestClient) -> None:
    """Explorer asks there first, without a password."""
    app = accounts.create_token(accounts.viewer_for("anna"), "app").secret
    answers = [
        client.request("OPTIONS", "/", headers=headers) for headers in ({}, basic(app), basic("wrong"))
    ]
    client.post("/login", data={"login": "anna", "password": PASSWORD})
    answers.append(client.request("OPTIONS", "/"))
    told = client.request("OPTIONS", "/dav/", headers=basic(app)).headers
    for answer in answers:
        assert (answer.status_code, answer.content) == (200, b"")
        assert all(answer.headers[name] == told[name] for name in ("dav", "ms-author-via"))
        assert answer.headers.items() == answers[0].headers.items()
        assert "set-cookie" not in answer.headers
    allowed = set(answers[0].headers["allow"].split(", "))
    assert allowed == {"OPTIONS", *client.post("/").headers["allow"].split(", ")}
    assert client.request("OPTIONS", "/login").status_code == 405, "at the top alone"
    assert client.request("OPTIONS", "/", headers={"Host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/healthz", "/dav/", "/dav/Library/"])
def test_the_gate_stands_before_all(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"Host": "rebound.example"}).status_code == 421


def test_what_looks_like_the_drive_is_not(client: TestClient) -> None:
    assert client.get("/davx").status_code == 404

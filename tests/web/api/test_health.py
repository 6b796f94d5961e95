"""/healthz and /metrics: for machines that watch, with details for few."""

import dataclasses
import re

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import Web
from web.app import Gate, make_web

PROBLEM: dict[str, str | None] = {"database": None, "worker": "no heartbeat for twenty seconds"}


def ill(
    web: Web, client: tuple[str, int] = ("127.0.0.1", 5), problem: dict[str, str | None] = PROBLEM
) -> TestClient:
    """A client of an appliance whose worker is dead, if it is nothing else."""
    context = dataclasses.replace(web.context, health=lambda: dict(problem))
    made = TestClient(Gate(make_web(context), context.settings), base_url="http://localhost", client=client)
    web.clients.append(made)
    return made


def test_what_is_ill_is_503_and_told_to_this_machine(web: Web) -> None:
    answer = ill(web).get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing", "parts": {"database": "ok", "worker": PROBLEM["worker"]}, "version": "test",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"


def test_what_ails_rclone_is_told_and_nothing_of_ours_fails(web: Web) -> None:
    parts = {"database": None, "worker": None, "rclone": "rclone does not start"}
    answer = ill(web, problem=parts).get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "version": "test",
        "parts": {"database": "ok", "worker": "ok", "rclone": "rclone does not start"},
    }  # fmt: skip
    gone = ill(web, problem={"database": "does not answer", "worker": None}).get("/healthz")
    assert (gone.status_code, gone.json()["parts"]["database"]) == (503, "does not answer")


def test_a_stranger_learns_only_that(web: Web) -> None:
    answer = ill(web, client=("203.0.113.7", 5)).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing"})


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_came_through_a_proxy_we_do_not_know_is_a_stranger(web: Web, header: str) -> None:
    client = ill(web)
    assert client.get("/healthz", headers={header: "127.0.0.1"}).json() == {"status": "failing"}
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_metrics_are_prometheus_text(web: Web) -> None:
    text = ill(web).get("/metrics").text
    assert re.search(r"^# HELP hypomos_items \S", text, re.M)
    assert "hypomos_items 1.0" in text
    assert all(re.fullmatch(r"#.*|hypomos_\w+ [\d.e+-]+", line) for line in text.splitlines())
    assert "IMG_1" not in text
    for line in ("hypomos_streams_open 0.0", "hypomos_streams_cut 0.0"):
        assert line in text.splitlines()
    assert web.client("anna").get("/metrics").status_code == 404


@pytest.mark.parametrize("scope", ["admin", "credentials", "write"])
def test_what_anybody_may_ask_for_needs_no_scope(web: Web, scope: str) -> None:
    """A token that watches an appliance from another machine has no business with anybody's pictures."""
    headers = web.bearer("admin", scope)
    client = ill(web, client=("203.0.113.7", 5))
    health = client.get("/healthz", headers=headers)
    assert (health.status_code, "parts" in health.json()) == (503, scope == "admin")
    assert client.get("/metrics", headers=headers).status_code == (200 if scope == "admin" else 404)
    assert client.get("/api/v1/openapi.json", headers=headers).status_code == 200

"""/stream over a real socket: it opens, tells what changes, and ends with the right or the appliance."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

import pytest

from services import accounts
from services.accounts import OPERATOR
from services.models import counters
from tests.web.conftest import Web
from tests.web.loopback import asking, listening
from web.api import stream
from web.routes import API


class Listener:
    """Reads events as they come."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.answer = answer

    def block(self) -> dict[str, str] | None:
        """The next event or comment; None when the stream has ended."""
        lines: dict[str, str] = {}
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if not text:
                return lines
            name, _, value = text.partition(":")
            lines[name or "comment"] = value.strip()
        return None

    def event(self, name: str) -> object:
        """The data of the next event of this name."""
        while (found := self.block()) is not None:
            if found.get("event") == name:
                return json.loads(found["data"])
        raise AssertionError(f"the stream ended before {name}")

    def ends(self, within_s: float) -> bool:
        began = time.monotonic()
        while self.block() is not None:
            if time.monotonic() - began > within_s:
                return False
        return True


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TICK_S", 0.05)


@contextmanager
def opened(web: Web, who: str = "anna", *scopes: str) -> Iterator[Listener]:
    with listening(web.app) as port, asking(port) as connection:
        header = web.bearer(who, *(scopes or ("read",)))
        connection.request("GET", f"{API}/stream", headers=header | {"Host": "localhost"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        yield Listener(answer)


def test_it_begins_with_how_things_are(web: Web) -> None:
    with opened(web) as listener:
        assert listener.block() == {"retry": str(stream.RETRY_MS)}
        jobs = listener.event("jobs")
        assert isinstance(jobs, list)
        assert [j["id"] for j in jobs] == [web.job.pid]
        assert listener.event("content") == counters.read(counters.CONTENT_VERSION)


def test_what_changes_is_told_and_nothing_else(web: Web) -> None:
    with opened(web) as listener:
        listener.event("content")
        counters.bump_content()
        found = listener.block()
        assert found is not None
        assert found["event"] == "content"  # the jobs are as they were: not told again
        web.context.jobs.cancel(web.job.id)
        jobs = listener.event("jobs")
        assert isinstance(jobs, list)
        assert jobs[0]["state"] == "cancelled"


def test_nobody_hears_of_somebody_elses_jobs(web: Web) -> None:
    with opened(web, "ben") as listener:
        assert listener.event("jobs") == []


def test_it_ends_when_the_right_does(web: Web) -> None:
    with opened(web) as listener:
        listener.event("content")
        (token,) = accounts.list_tokens(accounts.viewer_for("anna"))
        accounts.revoke_token(OPERATOR, token.pid)
        web.context.jobs.enqueue("scan", user_id=web.people["anna"].id)
        assert listener.ends(5)


def test_it_ends_with_the_appliance(web: Web) -> None:
    with opened(web) as listener:
        listener.event("content")
        web.context.closing.set()
        assert listener.ends(5)


def test_silence_is_broken_now_and_then(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what lies between does not think the connection dead."""
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.2)
    with opened(web) as listener:
        listener.event("content")
        assert listener.block() == {"comment": "still here"}


def test_head_opens_no_stream(web: Web) -> None:
    with listening(web.app) as port, asking(port) as connection:
        for _ in range(2):  # the second on the same connection: the first has ended
            connection.request(
                "HEAD", f"{API}/stream", headers=web.bearer("anna", "read") | {"Host": "localhost"}
            )
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"")

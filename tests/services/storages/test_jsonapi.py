"""Requests to providers: faults become errors in words, and nothing holds longer than the deadline."""

import gzip
import logging
import time
import traceback
from collections.abc import Iterator

import pytest

from services import clock
from services.errors import Forbidden, StorageThrottled, Unauthorized, Unavailable
from services.storages.jsonapi import (
    LONGEST_PAUSE_S,
    PAUSE_S,
    Deadline,
    JsonApi,
    require_https,
    retry_after,
    same_origin,
)
from tests.servers.http import FakeServer, Reply


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        running.route("GET", "/fine", lambda asked: Reply(200, {"a": [1, None]}))
        running.route("POST", "/echo", lambda asked: Reply(200, {"form": asked.form, "by": asked.bearer}))
        running.route("POST", "/json", lambda asked: Reply(200, {"got": asked.json}))
        yield running


@pytest.fixture
def api() -> Iterator[JsonApi]:
    with JsonApi("Cloud", request_s=0.5, most_bytes=100_000) as made:
        yield made


def test_what_is_sent_and_answered(server: FakeServer, api: JsonApi) -> None:
    soon = Deadline(5)
    answer = api.ask("GET", server.address + "/fine", params={"q": "a b&c"}, deadline=soon)
    assert (answer.ok, answer.get("a"), answer.get("b")) == (True, [1, None], None)
    assert answer.text == ""
    assert server.asked[0].query == {"q": "a b&c"}
    assert "authorization" not in server.asked[0].headers
    echo = api.ask("POST", server.address + "/echo", form={"x": "ü="}, bearer="t0", deadline=soon)
    assert echo.data == {"form": {"x": "ü="}, "by": "t0"}
    assert api.ask("POST", server.address + "/json", body={"n": None}, deadline=soon).get("got") == {
        "n": None
    }


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(401, {}), Unauthorized, "Cloud wants a new sign-in"),
        (Reply(403, {}), Forbidden, "Cloud does not allow"),
        (Reply(404, {}), Unavailable, "status 404"),
        (Reply(500, {}), Unavailable, "status 500"),
        (Reply(503, {}), Unavailable, "status 503"),
        (Reply(302, {}, {"Location": "/fine"}), Unavailable, "status 302"),
        (Reply(200, raw=b"<html>"), Unavailable, "does not understand"),
        (Reply(200, [1]), Unavailable, "does not understand"),
        (Reply(200, raw=b"[" * 90_000), Unavailable, "does not understand"),
        (Reply(200, {"a": "b" * 200_000}), Unavailable, "more than an answer"),
        (
            Reply(200, raw=gzip.compress(b"0" * 10**6), headers={"Content-Encoding": "gzip"}),
            Unavailable,
            "more than an answer",
        ),
        (Reply(200, raw=b"no gzip", headers={"Content-Encoding": "gzip"}), Unavailable, "cannot be reached"),
        (Reply(200, {"a": 1}, cut=True), Unavailable, "cannot be reached"),
        (Reply(200, {"a": 1}, hang_s=5), Unavailable, "took too long"),
    ],
)
def test_a_fault_is_told_in_words(
    server: FakeServer, api: JsonApi, reply: Reply, error: type[Exception], words: str
) -> None:
    server.fault("/fine", reply)
    with pytest.raises(error, match=words):
        api.checked(api.ask("GET", server.address + "/fine", deadline=Deadline(5)))
    assert api.checked(api.ask("GET", server.address + "/fine", deadline=Deadline(5))) == {"a": [1, None]}


def test_an_answer_in_plain_text_is_kept_short(server: FakeServer, api: JsonApi) -> None:
    server.fault("/fine", Reply(400, raw=b"Invalid cursor\xff" + b"x" * 9000))
    answer = api.ask("GET", server.address + "/fine", deadline=Deadline(5))
    assert answer.data is None
    assert answer.text.startswith("Invalid cursor\ufffdxx")
    assert len(answer.text) == 2048


@pytest.mark.parametrize("status", [429, 503, 509])
def test_asked_to_wait(server: FakeServer, api: JsonApi, status: int) -> None:
    server.fault("/fine", Reply(status, {}, {"Retry-After": "7"}))
    with pytest.raises(StorageThrottled, match="wait 7 seconds") as caught:
        api.checked(api.ask("GET", server.address + "/fine", deadline=Deadline(5)))
    assert caught.value.retry_after == 7


def test_asked_to_wait_without_saying_how_long(server: FakeServer, api: JsonApi) -> None:
    server.fault("/fine", Reply(429, {}))
    with pytest.raises(StorageThrottled) as caught:
        api.checked(api.ask("GET", server.address + "/fine", deadline=Deadline(5)))
    assert caught.value.retry_after == PAUSE_S


def test_an_answer_that_drips_ends_at_the_deadline(server: FakeServer, api: JsonApi) -> None:
    """Each byte comes within the time for a silence; together they would take 20 seconds."""
    server.fault("/fine", Reply(200, {"a": "b" * 190}, drip_s=0.1))
    began = time.monotonic()
    with pytest.raises(Unavailable, match="took too long"):
        api.ask("GET", server.address + "/fine", deadline=Deadline(2))
    assert time.monotonic() - began < 15


def test_after_the_deadline_nothing_is_asked(server: FakeServer, api: JsonApi) -> None:
    with pytest.raises(Unavailable, match="took too long"):
        api.ask("GET", server.address + "/fine", deadline=Deadline(0))
    assert server.asked == []


def test_the_first_request_counts_the_time_it_takes_to_get_ready(
    server: FakeServer, api: JsonApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificates of the system are loaded then, which takes a small machine its time."""
    deadline, ready = Deadline(60), api._client

    def slow() -> object:
        client = ready()
        monkeypatch.setattr(deadline, "_end", time.monotonic() - 1)
        return client

    monkeypatch.setattr(api, "_client", slow)
    with pytest.raises(Unavailable, match="took too long"):
        api.ask("GET", server.address + "/fine", deadline=deadline)
    assert server.asked == []


def test_nobody_there(api: JsonApi) -> None:
    with FakeServer() as server:
        gone = server.address
    with pytest.raises(Unavailable, match=r"Cloud cannot be reached: nothing answers at its address\."):
        api.ask("GET", gone + "/fine", deadline=Deadline(5))


def test_the_environment_does_not_lead_it_elsewhere(
    server: FakeServer, api: JsonApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert api.ask("GET", server.address + "/fine", deadline=Deadline(5)).ok


def test_addresses_are_not_logged(server: FakeServer, api: JsonApi, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        api.ask("GET", server.address + "/fine", params={"token": "s3cret"}, deadline=Deadline(5))
    assert "s3cret" not in caplog.text
    assert caplog.records == []


def test_it_may_be_used_again_after_closing(server: FakeServer, api: JsonApi) -> None:
    for _ in range(2):
        assert api.ask("GET", server.address + "/fine", deadline=Deadline(5)).ok
        api.close()


@pytest.mark.parametrize("token", ["s3cret\r\nX: y", "s3cret\udc80", "s3cretü"])
def test_a_token_that_cannot_be_sent_is_not_told(server: FakeServer, api: JsonApi, token: str) -> None:
    with pytest.raises(Unavailable) as caught:
        api.ask("GET", server.address + "/fine", bearer=token, deadline=Deadline(5))
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://graph.example.org/", "ftp://127.0.0.1/", "https://", "/path", "http://127.0.0.1.evil.example/"],
)
def test_no_token_travels_unencrypted(api: JsonApi, url: str) -> None:
    with pytest.raises(ValueError, match="begins with https"):
        api.ask("GET", url, bearer="t", deadline=Deadline(5))


@pytest.mark.parametrize(
    "url", ["https://a.example/x", "http://127.0.0.1:5/x", "http://[::1]:5/", "http://localhost/"]
)
def test_these_may_get_one(url: str) -> None:
    require_https(url)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://A.example/v1/x?y", True),
        ("https://a.example", True),
        ("http://a.example/", False),
        ("https://a.example:444/", False),
        ("https://a.example@b.example/", False),
        ("https://a.example.b/", False),
        ("https://[a.example/", False),
        ("", False),
    ],
)
def test_the_same_origin(url: str, same: bool) -> None:
    assert same_origin(url, "https://a.example/v1.0") is same


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12),
        ("0", 1),
        ("-5", 1),
        ("0.5", 1),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 1),
        ("9999999", LONGEST_PAUSE_S),
        ("inf", LONGEST_PAUSE_S),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(monkeypatch: pytest.MonkeyPatch, header: str, seconds: float | None) -> None:
    monkeypatch.setattr(clock, "source", lambda: 1_767_225_600.0)  # 2026-01-01
    assert retry_after({"retry-after": header}) == seconds
    assert retry_after({}) is None

"""What each error is answered with."""

import logging

import pytest
from lxml import etree

from services.accounts.errors import SignInFailed
from services.broker import Revoked
from services.errors import (
    AccessDenied,
    Changed,
    Conflict,
    NoSpace,
    NotFound,
    ReadOnly,
    SenderEnded,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Throttled,
    Unavailable,
    UsageError,
)
from virtualfs.dav.errors import Refused, refusal, reply_to


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (NotFound("a secret name"), 404, ""),
        (AccessDenied("a secret reason"), 404, ""),
        (Revoked("gone"), 404, ""),
        (SignInFailed("wrong"), 401, "www-authenticate"),
        (Throttled(7.4), 429, "retry-after"),
        (Unavailable("disk"), 503, "retry-after"),
        (StorageNotFound("x"), 503, "retry-after"),
        (Changed("x"), 503, "retry-after"),
        (StorageThrottled("x", retry_after=0.2), 503, "retry-after"),
        (ReadOnly("not here"), 403, ""),
        (UsageError("no name"), 403, ""),
        (Conflict("taken"), 409, ""),
        (SenderEnded("short"), 400, ""),
        (StorageFull("full"), 507, ""),
        (NoSpace("full here"), 507, ""),
        (Refused(405, "no", headers={"Allow": "GET"}), 405, "allow"),
    ],
)
def test_the_table(error: Exception, status: int, header: str) -> None:
    answer = reply_to(error)
    assert answer.status_code == status
    assert not header or header in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_absent_and_forbidden_are_the_same_bytes() -> None:
    absent, forbidden = reply_to(NotFound("here")), reply_to(AccessDenied("there"))
    assert (absent.body, absent.raw_headers) == (forbidden.body, forbidden.raw_headers)


def test_seconds_to_wait() -> None:
    assert reply_to(Throttled(7.4)).headers["retry-after"] == "7"
    assert reply_to(StorageThrottled("x", retry_after=0.2)).headers["retry-after"] == "1"


def test_what_is_not_ours_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = reply_to(RuntimeError("/srv/secret/path"))
    assert answer.status_code == 500
    assert b"secret" not in bytes(answer.body)
    assert "/srv/secret/path" in caplog.text


def test_a_precondition_is_told_in_xml() -> None:
    root = etree.fromstring(bytes(refusal(403, "x", "propfind-finite-depth").body))
    assert [child.tag for child in root] == ["{DAV:}propfind-finite-depth"]

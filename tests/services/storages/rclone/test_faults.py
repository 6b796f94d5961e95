"""What rclone says, and what it means; texts as rclone 1.75.2 gives them."""

import pytest

from services.errors import (
    Forbidden,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.storages.rclone.faults import WAIT_S, from_answer, from_text

TEXTS: list[tuple[str, type[StorageError]]] = [
    ("error in ListJSON: couldn't list files: 401 Unauthorized: 401 Unauthorized", Unauthorized),
    (
        'NewFs: failed to make FTP connection to "nas:21": 530 "Incorrect password, not logged in"',
        Unauthorized,
    ),
    (
        'NewFs: failed to make FTP connection to "nas530:21": 421 "Too many connections: 530 of them"',
        Unavailable,
    ),
    ("couldn't fetch token: invalid_grant: AADSTS700082: The refresh token has expired", Unauthorized),
    (
        "operation error S3: ListObjectsV2, StatusCode: 403, api error InvalidAccessKeyId: unknown",
        Unauthorized,
    ),
    ("api error SignatureDoesNotMatch: no", Unauthorized),
    ("ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password]", Unauthorized),
    ("couldn't list files: 403 Forbidden", Forbidden),
    ("api error AccessDenied: Access Denied", Forbidden),
    ("open a: permission denied", Forbidden),
    ("Too Many Requests: 429 Too Many Requests", StorageThrottled),
    ("googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded", StorageThrottled),
    ("api error SlowDown: please", StorageThrottled),
    ("507 Insufficient Storage", StorageFull),
    ("write /x: no space left on device", StorageFull),
    (
        "googleapi: Error 403: The user's Drive storage quota has been exceeded., storageQuotaExceeded",
        StorageFull,
    ),
    ("dial tcp 127.0.0.1:1: connect: connection refused", Unavailable),
    ("net/http: timeout awaiting response headers", Unavailable),
    ("503 Service Unavailable", Unavailable),
    ("500 Internal Server Error", Unavailable),
    ("something never heard of", Unavailable),
    ("", Unavailable),
]


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_texts(text: str, kind: type[StorageError]) -> None:
    error = from_text(text)
    assert type(error) is kind
    assert str(error).endswith(".")


def test_a_404_counts_as_absent_only_as_json() -> None:
    assert type(from_answer(404, "object not found", is_json=True)) is StorageNotFound
    assert type(from_answer(500, "error in ListJSON: directory not found", is_json=True)) is StorageNotFound
    samba = "error in ListJSON: readdir folder\\file.jpg: response error: The request is not supported."
    assert type(from_answer(500, samba, is_json=True)) is StorageNotFound
    assert (
        type(from_answer(500, "mkdir: response error: The request is not supported.", is_json=True))
        is Unavailable
    )
    assert type(from_answer(404, "failed to open: too many requests", is_json=False)) is StorageThrottled
    assert type(from_answer(404, "404 page not found", is_json=False)) is Unavailable
    assert type(from_answer(404, "object not found", is_json=False)) is Unavailable


def test_how_long_to_wait_is_honoured() -> None:
    told = from_text("429 Too Many Requests: trying again, Retry-After: 17")
    assert isinstance(told, StorageThrottled)
    assert told.retry_after == 17
    untold = from_text("429 Too Many Requests")
    assert isinstance(untold, StorageThrottled)
    assert untold.retry_after == WAIT_S


def test_what_the_gate_refused_is_named() -> None:
    text = 'Propfind "http://nas/": socks connect tcp 127.0.0.1:1->nas.example:80: connection not allowed by ruleset'
    error = from_text(text)
    assert type(error) is Forbidden
    assert "nas.example" in str(error)
    assert "storage_hosts_allowed" in str(error)


def test_no_address_and_no_secret_in_it_is_told() -> None:
    error = from_text('Get "https://host/path?sig=topsecret&x=1": EOF')
    assert "topsecret" not in str(error)
    assert "<b>" not in str(from_text("a\nb \x1b[31m" + "x" * 9000))
    assert len(str(from_text("x" * 9000))) < 500


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'read metadata failed: Propfind "http://a/": dial tcp 1.2.3.4:1: connection refused',
            "nothing answers",
        ),
        ("read tcp 127.0.0.1:5->127.0.0.1:6: i/o timeout", "does not answer in time"),
        ("read metadata failed: XML syntax error on line 1: unexpected EOF", "makes no sense"),
        ("unexpected EOF", "ended its answer early"),
        ("read metadata failed: 500 Internal Server Error", "(500 Internal Server Error)"),
    ],
)
def test_a_storage_that_cannot_be_reached_says_why_in_words(text: str, words: str) -> None:
    error = from_text(text)
    assert type(error) is Unavailable
    assert words in str(error)
    assert "127.0.0.1" not in str(error)
    assert "read metadata" not in str(error)

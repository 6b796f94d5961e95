"""What rclone says, and what it means; texts as rclone 1.75.2 gives them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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
from services.storages.rclone import Daemon
from services.storages.rclone.faults import LONGEST_WAIT_S, WAIT_S, from_answer, from_text

RULER = "\n" + "-" * 80 + "\n"

REFUSED = "dial tcp 127.0.0.1:1: connect: connection refused"
FOLDER = 'couldn\'t find root directory ID: Get "https://drive/v3/files/root": '

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
    (
        "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unexpected message type 51 (expected 60)",
        Unauthorized,
    ),
    (
        f"GET http://a/b{RULER}RESPONSE 403: 403 Server failed to authenticate the request. Make sure the value of "
        f"the Authorization header is formed correctly.\nERROR CODE: AuthorizationFailure{RULER}",
        Unauthorized,
    ),
    ("couldn't list files: invalid_access_token/.", Unauthorized),
    ("couldn't list files: InvalidAuthenticationToken: Access token is empty.", Unauthorized),
    ("upload failed: missing_scope/...", Forbidden),
    ("couldn't list files: 403 Forbidden", Forbidden),
    ("api error AccessDenied: Access Denied", Forbidden),
    ("open a: permission denied", Forbidden),
    ("Too Many Requests: 429 Too Many Requests", StorageThrottled),
    ("googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded", StorageThrottled),
    ("api error SlowDown: please", StorageThrottled),
    (
        f"GET http://a/b{RULER}RESPONSE 503: 503 The server is busy.\nERROR CODE: ServerBusy{RULER}",
        StorageThrottled,
    ),
    (
        f"HEAD http://a/b{RULER}RESPONSE 403: 403 Forbidden\nERROR CODE: AuthenticationFailed{RULER}",
        Unauthorized,
    ),
    (f"{FOLDER}couldn't fetch token: oauth2: cannot fetch token: 400 Bad Request\nResponse: x", Unauthorized),
    (f'{FOLDER}couldn\'t fetch token: Post "https://login/token": {REFUSED}', Unavailable),
    (
        f'{FOLDER}couldn\'t fetch token: Post "https://login/token": dial tcp: lookup login: no such host',
        Unavailable,
    ),
    (
        f'{FOLDER}couldn\'t fetch token: Post "https://login/token": socks connect tcp 127.0.0.1:1->login:443: '
        "unknown error general SOCKS server failure",
        Unavailable,
    ),
    (f"{FOLDER}couldn't fetch token: Post: net/http: TLS handshake timeout", Unavailable),
    (f"{FOLDER}couldn't fetch token: oauth2: cannot fetch token: 503 Service Unavailable", Unavailable),
    (f"{FOLDER}couldn't fetch token: oauth2: cannot fetch token: 500 Internal Server Error", Unavailable),
    (f"{FOLDER}couldn't fetch token: oauth2: cannot fetch token: 429 Too Many Requests", StorageThrottled),
    *(
        (f"couldn't connect SMB: response error: {said}", Unauthorized)
        for said in (
            "The attempted logon is invalid.",
            "The user account password has expired.",
            "The referenced account is currently disabled and may not be logged on to.",
            "The user account has been automatically locked because too many invalid logon attempts have been made.",
            "The user password must be changed before logging on the first time.",
        )
    ),
    (
        "Update ReadFrom failed: write big.bin.b6d4cd60.partial: response error: An operation failed because the disk "
        "was full.",
        StorageFull,
    ),
    ("507 Insufficient Storage", StorageFull),
    ("write /x: no space left on device", StorageFull),
    (
        "googleapi: Error 403: The user's Drive storage quota has been exceeded., storageQuotaExceeded",
        StorageFull,
    ),
    (
        "googleapi: Error 403: The download quota for this file has been exceeded., downloadQuotaExceeded",
        Forbidden,
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


@pytest.mark.parametrize("name", ["401", "429.jpg", "Trip-401", "507", "Forbidden%20City"])
@pytest.mark.parametrize("before", ["", "photos/"])
def test_what_an_address_is_called_says_nothing(before: str, name: str) -> None:
    """A storage is away, whatever the folder is called that was to be listed."""
    texts = (
        f'error in ListJSON: couldn\'t list files: Propfind "http://nas/dav/{before}{name}/": {REFUSED}',
        f'operation error S3: HeadObject, request send failed, Head "http://nas/{before}{name}": {REFUSED}',
        f'Get "http://nas/photos?delimiter=%2F&prefix={before}{name}%2F": {REFUSED}',
    )
    for text in texts:
        assert type(from_answer(500, text, is_json=True)) is Unavailable


@pytest.mark.parametrize(
    "path", ["photos/401", "trip-429.jpg", "Forbidden City", "file not found/a", "a/507"]
)
def test_what_a_path_is_called_says_nothing(path: str) -> None:
    text = f"error in ListJSON: readdir {path}: response error: the network name was lost"
    assert type(from_answer(500, text, is_json=True, named=(path,))) is Unavailable
    windows = path.replace("/", "\\")
    text = f"error in ListJSON: readdir {windows}: response error: the network name was lost"
    assert type(from_answer(500, text, is_json=True, named=(path,))) is Unavailable


@pytest.mark.parametrize("path", ["401", "a", "", " ", "photos/401", "directory"])
def test_what_a_storage_says_counts_whatever_was_asked_for(path: str) -> None:
    text = "error in ListJSON: couldn't list files: 401 Unauthorized: 401 Unauthorized"
    assert type(from_answer(500, text, is_json=True, named=(path,))) is Unauthorized
    text = "error in ListJSON: directory not found"
    assert type(from_answer(500, text, is_json=True, named=(path,))) is StorageNotFound


def test_how_long_to_wait_is_honoured() -> None:
    told = from_text("429 Too Many Requests: trying again, Retry-After: 17")
    assert isinstance(told, StorageThrottled)
    assert told.retry_after == 17
    long = from_text("429 Too Many Requests: Retry-After: 999999")
    assert isinstance(long, StorageThrottled)
    assert long.retry_after == LONGEST_WAIT_S
    untold = from_text("429 Too Many Requests")
    assert isinstance(untold, StorageThrottled)
    assert untold.retry_after == WAIT_S


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("trying again in 17s", 17),
        ("trying again in 1m30s", 90),
        ("trying again in 1h0m2.5s", 3602.5),
        ("trying again in 500ms", 1),
        ("trying again in 30h0m0s", LONGEST_WAIT_S),
        ("trying again in a while", WAIT_S),
        ("try again after 2026-11-26T15:32:36.123456789Z (1m29.999987s)", 89.999987),
        ("try again after 2026-11-26T15:32:36.123456789+01:00 (999.5µs)", 1),
        ("try again after 20s", 20),
    ],
)
def test_how_long_to_wait_is_honoured_as_rclone_says_it(said: str, seconds: float) -> None:
    """`%v: trying again in %v` is what its pacer says, `try again after %v (%v)` what its copies say."""
    told = from_text(f"couldn't list files: too_many_requests/..: (429 Too Many Requests): {said}")
    assert isinstance(told, StorageThrottled)
    assert told.retry_after == pytest.approx(seconds)


def test_how_long_a_real_storage_asks_to_wait_comes_through_rclone(daemon: Daemon) -> None:
    """B2 is one whose `Retry-After` rclone reads, and whose address can be ours."""

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(429)
            self.send_header("Retry-After", "83")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        fs = {
            "type": "b2", "account": "a", "key": "k", "endpoint": f"http://127.0.0.1:{server.server_port}",
            "_root": "bucket",
        }  # fmt: skip
        try:
            with pytest.raises(StorageThrottled) as told:
                daemon.call("operations/list", fs=fs, remote="", _config={"LowLevelRetries": 1})
        finally:
            server.shutdown()
    assert told.value.retry_after == 83


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
        ("StatusCode: 403, api error RequestTimeTooSkewed: The difference is too large.", "clock"),
        (
            f"PUT http://a/b{RULER}RESPONSE 403: 403 Server failed\nERROR CODE: AuthenticationFailed{RULER}"
            "<AuthenticationErrorDetail>Request date header too old: 'Fri'</AuthenticationErrorDetail>",
            "clock",
        ),
        (
            "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
            "2019-02-14T10:12:05Z is before 2026-01-01T00:00:00Z",
            "clock",
        ),
        (
            "NewFs: couldn't connect SSH: ssh: handshake failed: sftp: host key mismatch for nas:22: server offered "
            "ssh-ed25519 key with fingerprint SHA256:NIEAiQFfwKUTZURHOziDUqZLRZG5RCwnzSXqBYMzA+E",
            "its key is not the one that is kept here",
        ),
        (
            'Propfind "https://nas/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
            "its certificate has expired",
        ),
        ("stat failed: connection lost", "ended its answer early"),
        ("read metadata failed: 500 Internal Server Error", "(500 Internal Server Error)"),
        (
            f"GET http://a/b{RULER}RESPONSE 500: 500 Internal Server Error\nERROR CODE: InternalError{RULER}"
            f'<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>{RULER}',
            "(500 Internal Server Error: InternalError)",
        ),
    ],
)
def test_a_storage_that_cannot_be_reached_says_why_in_words(text: str, words: str) -> None:
    error = from_text(text)
    assert type(error) is Unavailable
    assert words in str(error)
    assert "127.0.0.1" not in str(error)
    assert "read metadata" not in str(error)


def test_of_microsofts_page_its_first_sentence_is_told() -> None:
    error = from_text(
        f"GET http://a/b{RULER}RESPONSE 403: 403 Server failed to authenticate the request. Make sure the value of the "
        f"Authorization header is formed correctly including the signature.\nERROR CODE: AuthenticationFailed{RULER}"
    )
    assert "(403 Server failed to authenticate the request: AuthenticationFailed)" in str(error)

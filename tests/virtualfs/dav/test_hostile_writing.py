"""Hostile input, above all to what writes: no 500, no hang, and nothing outside of the storage."""

import string
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.virtualfs.dav.drive import Drive, listening, make_drive, read_head, request
from tests.virtualfs.household import Home

HERE = "Storages/Photos/"
VERBS = (
    "PUT", "MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK", "PROPPATCH", "PROPFIND", "OPTIONS", "GET", "HEAD",
)  # fmt: skip
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>{}'
    "</D:lockinfo>"
)
BILLION = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x>&c;</x></D:prop>'
    "</D:set></D:propertyupdate>"
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><D:lockinfo xmlns:D="DAV:">&e;</D:lockinfo>'


@pytest.fixture
def open_drive(drive: Drive) -> Drive:
    drive.home.allow_writing()
    drive.home.file("a.jpg", b"hello")
    drive.home.file("trip/b.jpg", b"world")
    return drive


@pytest.mark.parametrize("method", ["LOCK", "PROPPATCH", "MKCOL", "COPY", "MOVE", "DELETE", "UNLOCK"])
@pytest.mark.parametrize(("body", "statuses"), [
    (BILLION.encode(), {400}), (XXE.encode(), {400}), (BILLION.encode("utf-16"), {400}), (b"<" * 60_000, {400, 415}),
    (b"x" * 10_000_000, {413}), (b'<?xml version="1.0" encoding="x-none"?><a/>', {400, 415}), (b"\0" * 100, {400, 415}),
    (("<a>" * 5000 + "</a>" * 5000).encode(), {400, 415}), (b"\xff\xfe<\0a\0/\0>\0", {400, 415}),
    (b'<D:propertyupdate xmlns:D="DAV:"><!-- x --><?y z?></D:propertyupdate>', {207, 400, 415}),
    (b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><!-- x --></D:prop></D:set></D:propertyupdate>', {207, 400, 415}),  # noqa: E501 (a body as a whole)
])  # fmt: skip
def test_bodies(open_drive: Drive, method: str, body: bytes, statuses: set[int]) -> None:
    where = {"COPY": "a.jpg", "MOVE": "a.jpg"}.get(method, "a.jpg")
    answer = open_drive.ask(method, HERE + where, body, Destination=f"/dav/{HERE}a.jpg/x", Lock_Token="<x>")
    allowed = statuses | ({403, 405, 409} if method in {"COPY", "MOVE", "MKCOL"} else set())
    assert answer.status_code in allowed, answer.text
    assert b"root:" not in answer.content
    assert (open_drive.home.root / "a.jpg").read_bytes() == b"hello"


@pytest.mark.parametrize("body", [
    BILLION.encode(), XXE.encode(), BILLION.encode("utf-16"), b"<" * 60_000, b"\0" * 100, b"x" * 10_000_000,
    b'<?xml version="1.0" encoding="x-none"?><a/>', ("<a>" * 5000 + "</a>" * 5000).encode(), b"\xff\xfe<\0a\0/\0>\0",
])  # fmt: skip
def test_bodies_that_only_ask(open_drive: Drive, body: bytes) -> None:
    answer = open_drive.ask("PROPFIND", HERE, body, Depth="1")
    assert answer.status_code in {400, 413}, answer.text[:300]
    assert b"root:" not in answer.content


@pytest.mark.parametrize("owner", [
    "<D:owner><!-- x --></D:owner>", "<D:owner>{0}{}</D:owner>",
    '<D:owner xmlns:q="urn:q"><q:r a="&quot;&lt;"/></D:owner>',
    "<D:owner>" + "x" * 5000 + "</D:owner>", "<D:owner/>", "",
])  # fmt: skip
def test_owners_of_locks(open_drive: Drive, owner: str) -> None:
    answer = open_drive.ask("LOCK", HERE + "a.jpg", LOCK.format(owner))
    assert answer.status_code == 200
    assert len(open_drive.propfind(HERE)) == 3
    assert len(open_drive.propfind(HERE + "a.jpg", "0")) == 1


@pytest.mark.parametrize("path", [
    "../x", "%2e%2e/%2e%2e/x", "..%2f..%2fx", "a%00b", "%252e%252e/x", "x" * 5000, "%ff%fe", "%ed%a0%80", "a\\b", "con",
    "%E2%80%AEgpj.exe", "a%0Ab", "%20", "...", ".", "~", "a:b", "trip//c", "trip/./c", "%2F", "nul.txt", "a.jpg/",
    "é" * 200,
])  # fmt: skip
def test_paths(open_drive: Drive, path: str, tmp_path: Path) -> None:
    client = open_drive.client()
    for method in ("GET", "HEAD", "PUT", "MKCOL", "LOCK", "PROPFIND", "MOVE", "DELETE"):
        body = LOCK.format("") if method == "LOCK" else b"x" if method == "PUT" else b""
        headers = {"Destination": f"/dav/{HERE}there", "Depth": "0"}
        answer = client.request(method, f"/dav/{HERE}{path}", content=body, headers=headers)
        assert answer.status_code < 500 or answer.status_code == 507, (method, answer.text)
        moved = client.request(
            "COPY", f"/dav/{HERE}a.jpg", headers={b"Destination": f"/dav/{HERE}{path}".encode()}
        )
        assert moved.status_code < 500 or moved.status_code == 502, moved.text
    assert {p.name for p in tmp_path.iterdir()} <= {"data", "photos"}
    assert (open_drive.home.root / "trip/b.jpg").exists() or path in {".", "trip/./c"}


_ODD = st.sampled_from([
    "", "0", "1", "infinity", "INFINITY", "-1", "٣", "9" * 5000, "T", "F", "t", "Second-", "Second--1",
    "Infinite, Second-9",
    "Second-" + "9" * 4400, "<>", "<x>", "(<x>)", "(Not <x>)", '(["x"])', "</dav> (<x>)", '"x"', "W/\"x\"", "*", "\x7f",
    "/dav/Storages/Photos/c.jpg", "/dav/../../etc/passwd", "http://[", "//", "http://testserver/dav/Storages/Photos/%",
    "Thu, 99 Foo 2026 99:99:99 GMT", "bytes=0-", "bytes=-0", "bytes=9-1", "bytes=" + "0-0," * 2000,
    "bytes=-" + "9" * 5000,
    "bytes=--1", "bytes=0-\u00b9", "identity", "chunked", "1e9", "0x1f",
])  # fmt: skip
_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
_HEADERS = st.dictionaries(
    st.sampled_from([
        "Depth", "Destination", "Overwrite", "If", "If-Match", "If-None-Match", "If-Modified-Since", "Timeout",
        "If-Unmodified-Since", "Lock-Token", "Content-Range", "Content-Encoding", "X-OC-Mtime", "Content-Type",
        "X-Expected-Entity-Length", "X-Forwarded-Host", "Range",
    ]),
    _ODD | _TEXT, max_size=5,
)  # fmt: skip
_SEGMENT = st.sampled_from(
    ["Storages", "Photos", "a.jpg", "trip", "Library", "new", "._a", ".DS_Store", "%2e", "x.part"]
)
_PATH = st.lists(_SEGMENT | st.text(string.printable.replace("/", ""), max_size=8), max_size=4)
_BODY = st.sampled_from(
    [b"", b"x", LOCK.format("").encode(), BILLION.encode(), b'<a xmlns="DAV:"/>']
) | st.binary(max_size=80)


def test_any_request_at_all(home: Home) -> None:
    home.allow_writing()
    home.file("a.jpg", b"hello")
    home.file("trip/b.jpg", b"world")
    outside = {p.name for p in home.root.parent.iterdir()}
    with start_blocking_portal() as loop:
        client = replace(make_drive(home), loop=loop).client()

        @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(VERBS), _PATH, _HEADERS, _BODY)
        def ask(method: str, path: list[str], headers: dict[str, str], body: bytes) -> None:
            address = "/dav/" + "/".join(quote(part, safe="%") for part in path)
            given = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
            answer = client.request(method, address, content=body, headers=given)
            assert answer.status_code < 500 or answer.status_code in {501, 502}, answer.text

        ask()
    assert {p.name for p in home.root.parent.iterdir()} == outside


def test_a_length_that_is_no_number_over_a_socket(open_drive: Drive) -> None:
    with listening(open_drive.app) as port:
        for length in ("-1", "abc", "9" * 30):
            with request(port, HERE + "b.jpg", open_drive.secret, "PUT", Content_Length=length) as client:
                assert read_head(client)[0] in {400, 413}
    assert not (open_drive.home.root / "b.jpg").exists()

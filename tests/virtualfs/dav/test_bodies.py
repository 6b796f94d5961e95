"""Request bodies: bounded, whole, and XML that can do nothing."""

import asyncio
import itertools
import os
import time
from pathlib import Path

import pytest
from lxml import etree

from tests.virtualfs.dav.drive import Drive, listening, read_head, read_rest, request
from virtualfs.dav.bodies import MAX_BODY, only_elements, parse_xml, read_body, require_no_doctype
from virtualfs.dav.errors import Refused

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><D:propfind xmlns:D="DAV:"><D:prop><x>&j;</x></D:prop></D:propfind>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'


def read(*messages: dict[str, object]) -> bytes:
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        return waiting.pop(0)

    return asyncio.run(read_body(receive))


def test_a_body_in_pieces() -> None:
    assert (
        read(
            {"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.request", "body": b"b"}
        )
        == b"ab"
    )


def test_too_much_is_413_and_an_early_end_400() -> None:
    for messages, status in (
        ([{"type": "http.request", "body": b"x" * (MAX_BODY + 1), "more_body": True}], 413),
        ([{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}], 400),
    ):
        with pytest.raises(Refused) as refused:
            read(*messages)
        assert refused.value.status == status


async def _never() -> dict[str, object]:
    await asyncio.Event().wait()
    return {}


def test_what_does_not_come_in_time_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.dav.bodies.BODY_S", 0.01)
    with pytest.raises(Refused) as refused:
        asyncio.run(read_body(_never))
    assert (refused.value.status, refused.value.headers) == (408, {"Connection": "close"})


@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "LOCK", "DELETE"])
def test_nobody_is_held_who_announces_a_body_and_sends_none(
    drive: Drive, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The connection ends too: what comes later would be taken for the next request."""
    monkeypatch.setattr("virtualfs.dav.bodies.BODY_S", 0.05)
    with listening(drive.app) as port:
        client = request(port, "Storages/Photos", drive.secret, method, Content_Length="100", Depth="0")
        with client:
            client.sendall(b"<")
            status, _ = read_head(client)
            read_rest(client)  # returns when the connection has ended
    assert status == 408


@pytest.mark.parametrize(
    "body",
    [
        BOMB.encode(), OUTSIDE.encode(), BOMB.replace("<?xml version=\"1.0\"?>", "").encode("utf-16"),
        BOMB.lower().encode(), b"<", b"<a>", b"<a></b>", b'<a xmlns:foo=""/>', b"\xff\xfe<", b"<a>&nope;</a>",
        b'<D:propfind xmlns:D="DAV:"><E:prop/></D:propfind>', b"text",
    ],
)  # fmt: skip
def test_malformed_and_hostile_xml_is_400(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(Refused) as refused:
        parse_xml(body)
    assert refused.value.status == 400
    assert time.process_time() - began < 0.5


def test_ordinary_xml_is_read_in_both_encodings() -> None:
    text = '<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
    odd = text.replace("<D:allprop/>", '<D:prop><x xmlns="not-absolute"/></D:prop>')
    for body in (text.encode(), text.encode("utf-16"), b"\n" + text.encode(), odd.encode()):
        assert parse_xml(body).tag == "{DAV:}propfind"


def test_a_document_type_is_refused_before_anything_is_parsed() -> None:
    require_no_doctype(b"<a/>")
    with pytest.raises(Refused):
        require_no_doctype(b"  <!DOCTYPE a>")


def test_only_elements_are_passed_on() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!-- a --><x><?b c?>\u00e4<!-- d --><y/></x>'
    assert only_elements(text.encode("utf-16")) == b"<x>&#228;<y/></x>"
    assert only_elements(b" \r\n") == b""
    with pytest.raises(Refused):
        only_elements(b"<x>")


def resident() -> int:
    """What this process holds in memory, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_names_that_somebody_makes_up_are_not_kept() -> None:
    """lxml would, for as long as the thread lives: 40 MB of these."""
    names = itertools.count()
    before = 0
    for turn in range(450):
        if turn == 50:
            before = resident()
        assert (
            len(parse_xml(b"<r>%s</r>" % b"".join(b"<made-up-%08d/>" % next(names) for _ in range(2500))))
            == 2500
        )
    assert resident() - before < 12 * 1024 * 1024


def test_what_is_asked_again_is_parsed_as_well_as_at_first() -> None:
    body = b'<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
    first, again = parse_xml(body), parse_xml(body)
    assert first is not again
    assert etree.tostring(first) == etree.tostring(again) == body
    with pytest.raises(Refused):
        parse_xml(b"<a>")
    with pytest.raises(Refused):
        parse_xml(b"<a>")

"""Envelopes: what clients really send is read, what nobody should send is refused, quickly."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from virtualfs.dav.errors import Refused
from virtualfs.dlna import soap
from virtualfs.dlna.soap import Call, Fault, Raw, answer, fault, parse

ENVELOPE = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>{}</s:Body></s:Envelope>'
)
BROWSE = (
    '<u:Browse xmlns:u="urn:schemas-upnp-org:service:ContentDirectory:1"><ObjectID>0</ObjectID></u:Browse>'
)


def test_an_action_is_read() -> None:
    assert parse(ENVELOPE.format(BROWSE).encode()) == Call("Browse", {"ObjectID": "0"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_encodings_that_say_what_they_are(encoding: str) -> None:
    text = ENVELOPE.format(BROWSE.replace(">0<", ">é<")).replace('"1.0"', f'"1.0" encoding="{encoding}"')
    assert parse(text.encode(encoding)).text("ObjectID") == "é"


@pytest.mark.parametrize(
    "body",
    [
        "", "x", "<a/>", "<a><Body/></a>", "<a><Body><!-- nothing --></Body></a>", ENVELOPE.format(""),
        ENVELOPE.format("<Browse>" + "<a/>" * 33 + "</Browse>"), ENVELOPE.format(BROWSE)[:-3],
        ENVELOPE.format("<Browse>&undeclared;</Browse>"),
        '<!DOCTYPE a [<!ENTITY x "y">]>' + ENVELOPE.format("<Browse><a>&x;</a></Browse>").partition("?>")[2],
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_action(body: str) -> None:
    with pytest.raises((Refused, Fault)):
        parse(body.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp037", "utf-7"])
def test_no_encoding_hides_a_document_type(encoding: str) -> None:
    head = "" if encoding in {"utf-16", "utf-32"} else f'<?xml version="1.0" encoding="{encoding}"?>'
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'{head}<!DOCTYPE a [<!ENTITY a0 "ha">{lines}]><a><Body><Browse><b>&a9;</b></Browse></Body></a>'
    began = time.process_time()
    with pytest.raises((Refused, Fault)):
        parse(bomb.encode(encoding))
    assert time.process_time() - began < 5, "it was expanded"


def test_external_things_are_not_fetched() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    body = f"<a><Body><B><c>{include}</c></B></Body></a>"
    assert parse(body.encode()).text("c") == ""


def test_numbers() -> None:
    call = Call(
        "x", {"a": " 7 ", "big": "9" * 5000, "minus": "-1", "word": "ten", "arabic": "٣", "empty": ""}
    )
    assert (call.number("a"), call.number("big"), call.number("none", 3)) == (7, 2**32 - 1, 3)
    for name in ("minus", "word", "arabic", "empty", "none"):
        with pytest.raises(Fault) as raised:
            call.number(name)
        assert raised.value.code == soap.INVALID_ARGUMENTS


def test_answers_and_faults_are_xml() -> None:
    body = answer("urn:x", "Browse", [("Result", Raw(b"&lt;a/&gt;")), ("B", "<&>")])
    root = etree.fromstring(body)
    assert root.findtext(".//Result") == "<a/>"
    assert root.findtext(".//B") == "<&>"
    assert etree.fromstring(fault(Fault(701))).findtext(".//{*}errorCode") == "701"


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    with suppress(Refused, Fault):
        parse(body)

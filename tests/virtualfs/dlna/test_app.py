"""The application: what answers at all, to whom, and in which letters."""

import asyncio

import pytest
from lxml import etree

from tests.virtualfs.dlna.asking import Refusal, envelope
from tests.virtualfs.dlna.television import IP, UDN, Television
from virtualfs.dlna.description import CONTENT, SERVICES


def test_only_what_is_meant_for_televisions(screen: Television) -> None:
    for path in (
        "/",
        "/login",
        "/api/v1/me",
        "/dav/",
        "/static/js/app.js",
        "/ctl/other",
        "/evt/",
        "/m/a/b",
        "/ask/x",
    ):
        assert screen.get(path).status_code in {404, 405}, path


def test_headers(screen: Television) -> None:
    names = {name for name, _ in screen.get("/description.xml").headers.raw}
    assert {b"Server", b"Content-Type", b"Content-Length"} <= names
    assert "DLNADOC/1.50" in screen.get("/nothing").headers["server"]
    answer = screen.post("cds", envelope(CONTENT.type, "GetSystemUpdateID", {}))
    assert (b"EXT", b"") in answer.headers.raw
    assert answer.headers["content-type"] == 'text/xml; charset="utf-8"'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": f"{IP}:4977"}, 200), ({"Host": "hypomos.local:4977"}, 400), ({"Host": "evil.example"}, 400),
        ({"X-Forwarded-For": "127.0.0.1"}, 403), ({"Forwarded": "for=127.0.0.1"}, 403),
    ],
)  # fmt: skip
def test_every_address_is_guarded(screen: Television, headers: dict[str, str], status: int) -> None:
    photo = screen.share("a.jpg")
    screen.keep(photo)
    (media, *_) = screen.browse("p.202607").resources()
    client = screen.client()
    for path in ("/description.xml", "/scpd/cds.xml", "/icons/48.png", media.partition("4977")[2]):
        assert client.get(path, headers=headers).status_code == status, path
    body = envelope(CONTENT.type, "GetSystemUpdateID", {})
    assert client.post("/ctl/cds", content=body, headers=headers).status_code == status
    if status != 200:
        assert client.request("SUBSCRIBE", "/evt/cds", headers=headers).status_code == status
        assert client.get("/ask/FHD.jpg", headers=headers).status_code == status


def test_a_body_that_does_not_come_is_not_waited_for(
    screen: Television, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(receive: object, limit: int) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr("virtualfs.dav.bodies.BODY_S", 0.01)
    monkeypatch.setattr("virtualfs.dav.bodies._read", slow)
    answer = screen.client().post("/ctl/cds", content=b"<")
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


def test_strangers_get_nothing(screen: Television) -> None:
    client = screen.client("192.168.1.40")
    assert client.get("/description.xml").status_code == 403
    assert client.post("/ctl/cds", content=b"").status_code == 403


def test_two_devices_are_two(screen: Television) -> None:
    """An address is worth nothing to another machine, approved or not."""
    photo = screen.share("a.jpg")
    screen.keep(photo)
    media = screen.browse("p.202607").resources()[0].partition("4977")[2]
    assert screen.get(media).status_code == 200
    assert screen.client("127.0.0.9").get(media).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"<", 400), (b"\0\0\0", 400), (b"x" * 10_000_000, 413), (b"<a><Body/></a>", 500),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400), (b'<?xml version="1.0" encoding="klingon"?><a/>', 400),
        ("<a/>".encode("utf-16"), 500), (b"<a>\xff\xfe</a>", 400),
    ],
)  # fmt: skip
def test_bad_bodies(screen: Television, body: bytes, status: int) -> None:
    for key in ("cds", "cm", "mrr"):
        answer = screen.post(key, body)
        assert answer.status_code == status
        if status == 500:
            assert etree.fromstring(answer.content).findtext(".//{*}errorCode") == "402"


def test_connection_manager(screen: Television) -> None:
    found = screen.act("cm", "GetProtocolInfo")
    assert "http-get:*:image/jpeg:DLNA.ORG_PN=JPEG_LRG" in found["Source"].split(",")
    assert found["Sink"] == ""
    assert screen.act("cm", "GetCurrentConnectionIDs") == {"ConnectionIDs": "0"}
    assert screen.act("cm", "GetCurrentConnectionInfo", ConnectionID="0")["Direction"] == "Output"
    for action, given, code in (
        ("GetCurrentConnectionInfo", {"ConnectionID": "7"}, 706), ("GetCurrentConnectionInfo", {}, 402),
        ("PrepareForConnection", {}, 401),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            screen.act("cm", action, None, **given)
        assert refused.value.code == code


def test_registrar(television: Television) -> None:
    for action in ("IsAuthorized", "IsValidated"):
        assert television.act("mrr", action, DeviceID="") == {"Result": "1"}
    for action, code in (("RegisterDevice", 501), ("Other", 401)):
        with pytest.raises(Refusal) as refused:
            television.act("mrr", action, RegistrationReqMsg="")
        assert refused.value.code == code


def test_answers_come_in_the_order_of_the_description(screen: Television) -> None:
    """Strict sets go by it."""
    screen.share("a.jpg")
    given = {
        "Browse": {"ObjectID": "0", "BrowseFlag": "BrowseDirectChildren"},
        "Search": {}, "GetCurrentConnectionInfo": {"ConnectionID": "0"}, "IsAuthorized": {}, "IsValidated": {},
    }  # fmt: skip
    for service in SERVICES:
        scpd = etree.fromstring(screen.get(f"/scpd/{service.key}.xml").content)
        for action in scpd.iter("{*}action"):
            name = action.findtext("{*}name") or ""
            if name == "RegisterDevice":
                continue
            out = [
                each.findtext("{*}name") for each in action.iter("{*}argument")
                if each.findtext("{*}direction") == "out"
            ]  # fmt: skip
            assert list(screen.act(service.key, name, None, **given.get(name, {}))) == out


def test_the_device_is_who_the_notices_say(screen: Television) -> None:
    root = etree.fromstring(screen.get("/description.xml").content)
    assert root.findtext(".//{*}UDN") == UDN
    assert root.findtext(".//{*}presentationURL") == f"http://{IP}:4976/"

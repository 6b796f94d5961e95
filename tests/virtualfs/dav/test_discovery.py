"""Locks as XML: which cover what, and where their root is in the client's eyes."""

import time

from lxml import etree

from services.clock import SECOND
from services.drive.locks import Lock
from virtualfs.dav.discovery import SUPPORTED, covering, discovery

D = "{DAV:}"


def lock(url: str, depth: str = "0", **more: str) -> Lock:
    given = {"scope": "exclusive", "owner": "<x:o xmlns:x='urn:x'>Anna &amp; co</x:o>"} | more
    until = int((time.time() + 100) * SECOND)
    return Lock(f"opaquelocktoken:{url}", url, "1:1", given["scope"], depth, given["owner"], False, until)


def test_which_locks_cover_an_address() -> None:
    deep, shallow, here, below = (
        lock("/S/1", "infinity"), lock("/S/1/a"), lock("/S/1/a/b"), lock("/S/1/a/b/c", "infinity"),
    )  # fmt: skip
    known = [deep, shallow, here, below, lock("/S/1/a/bc"), lock("/S/1/a/", "infinity")]
    assert covering(known, "/S/1/a/b") == [deep, here]


def test_as_xml() -> None:
    text = discovery([lock("/S/1/a", "infinity"), lock("/S/1/a/b")], "/S/1/a/b", "/dav/Storages/Photos/a/b")
    active = list(etree.fromstring(text))
    assert [each.findtext(f"{D}depth") for each in active] == ["infinity", "0"]
    assert [each.findtext(f"{D}lockroot/{D}href") for each in active] == [
        "/dav/Storages/Photos/a/", "/dav/Storages/Photos/a/b",
    ]  # fmt: skip
    assert [each.findtext(f"{D}locktoken/{D}href") for each in active] == [
        "opaquelocktoken:/S/1/a", "opaquelocktoken:/S/1/a/b",
    ]  # fmt: skip
    seconds = int((active[0].findtext(f"{D}timeout") or "").removeprefix("Second-"))
    assert 0 < seconds <= 100
    assert active[0].find("{urn:x}o") is not None
    assert active[0].find(f"{D}lockscope/{D}exclusive") is not None
    assert len(etree.fromstring(discovery([], "/S/1", "/dav"))) == 0


def test_both_scopes_are_supported() -> None:
    found = etree.fromstring(SUPPORTED.replace("<D:supportedlock>", '<D:supportedlock xmlns:D="DAV:">'))
    assert [entry[0][0].tag for entry in found] == [f"{D}exclusive", f"{D}shared"]

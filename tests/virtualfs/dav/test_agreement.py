"""A listing and a question for one thing alone say the same of it: of every entry of every folder, every property."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast
from urllib.parse import unquote

import pytest
from anyio.from_thread import start_blocking_portal
from lxml import etree

from appliance.demo.album import Clip, Shot
from appliance.demo.gathering import gather
from appliance.demo.household import ALBUM
from services import accounts, collections
from services.collections import Draft
from services.models import Item, Storage, counters
from services.storages.local import LocalStorage
from services.storages.values import Quota
from tests.fakes import jpeg, photo
from tests.statements import noted
from tests.virtualfs.attic import Attic
from tests.virtualfs.dav.drive import Drive, make_drive
from tests.virtualfs.dav.test_handing import LOCK, OLD, lock
from tests.virtualfs.dav.test_locking import PATCH
from tests.virtualfs.household import Home, answered

DAV = "{DAV:}"
NAMED = """<D:propfind xmlns:D="DAV:"><D:prop><D:supportedlock/><D:lockdiscovery/><D:resourcetype/><D:getetag/>
<D:quota-available-bytes/><D:quota-used-bytes/><D:displayname/>
<c xmlns="urn:x"/><d xmlns="urn:x"/></D:prop></D:propfind>"""
NAMES = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
INCLUDED = (
    """<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:quota-used-bytes/></D:include></D:propfind>"""
)
BODIES = ("", NAMED, NAMES, INCLUDED)

Told = dict[str, tuple[dict[str, str], tuple[str, ...]]]


@pytest.fixture
def anna(attic: Attic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drive]:
    monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(100, 60, 40))
    with start_blocking_portal() as loop:
        yield replace(make_drive(cast(Home, attic)), loop=loop)


@pytest.fixture
def demo(attic: Attic) -> Attic:
    """The sample household's tree: Anna's phone for reading, her NAS for writing, and what the two do together."""
    _call(attic.desk.one, "NAS")
    _call(attic.desk.two, "Phone", writable=False)
    for number, work in enumerate(ALBUM):
        row = attic.desk.two if work.path.startswith("Phone/") else attic.desk.one
        words = list(work.keywords) if isinstance(work, Shot) else []
        kind = "photo" if isinstance(work, Shot) else "video" if isinstance(work, Clip) else "audio"
        attic.desk.put(work.path, photo(n=number, kind=kind, taken=work.taken, keywords=words), row=row)
    for row in (attic.desk.one, attic.desk.two):
        attic.desk.scan(row)
    gather(attic.events, "anna", "ben")
    return attic


def _call(row: Storage, name: str, **more: object) -> None:
    Storage.update(name=name, **more).where(Storage.id == row.id).execute()


def told(drive: Drive, path: str, depth: str, body: str) -> Told:
    """What is said of each address: its properties as text, and those that are not there."""
    return {
        row.href: ({name: _text(each) for name, each in row.found.items()}, tuple(sorted(row.missing)))
        for row in drive.propfind(path, depth, body)
    }


def _text(element: etree._Element) -> str:
    text = etree.tostring(element, method="c14n", with_tail=False).decode()
    return re.sub(r"Second-\d+", "Second-n", text)  # it runs while we ask


def walk(drive: Drive, bodies: Sequence[str] = BODIES) -> list[str]:
    """Compare what is said of everything, from the top, when it is asked so; returns all addresses."""
    folders, seen = [""], []
    while folders:
        folder = folders.pop()
        for body in bodies:
            listed = told(drive, folder, "1", body)
            for href, properties in listed.items():
                path = href.removeprefix("/dav/")
                alone = told(drive, path, "0", body)
                assert alone == {href: properties}, f"{path} in {folder or 'the top'}"
                if body == bodies[0] and path.rstrip("/") != folder.rstrip("/"):
                    seen.append(unquote(path))
                    folders += [path] if href.endswith("/") else []
    return seen


def lockable(drive: Drive, folder: str) -> dict[str, bool]:
    """What a listing says of each entry."""
    rows = drive.propfind(folder)[1:]
    return {row.text("displayname"): len(row.found[DAV + "supportedlock"]) > 0 for row in rows}


def ready(drive: Drive) -> None:
    """The room of every storage is known: who asks first is told nothing."""
    for name in lockable(drive, "Storages"):
        drive.propfind(f"Storages/{name}", "0", NAMED)
    answered(drive.home.quotas)


def described(drive: Drive, path: str) -> None:
    assert " 200 " in drive.ask("PROPPATCH", path, PATCH).text


def test_of_the_demo(demo: Attic, anna: Drive) -> None:
    ready(anna)
    seen = walk(anna, [INCLUDED])
    tops = {path.partition("/")[0] for path in seen}
    assert tops == {"Library", "Storages", "Collections", "Events", "Shared with me"}
    assert len(seen) > 2 * len(ALBUM)
    assert lockable(anna, "Storages") == {"NAS": True, "Phone": False}
    assert lockable(anna, "Collections") == {"Family": False, "Lake": True}
    assert lockable(anna, "Events") == {"Jana & Tom": False}
    assert lockable(anna, "Events/Jana & Tom")["Inbox"]
    assert set(lockable(anna, "Storages/NAS/NAS").values()) == {True}


def test_where_locks_and_properties_are_and_whoever_asks(attic: Attic, anna: Drive) -> None:
    attic.event(attic.ben)
    collections.create(attic.anna, Draft("Query", "type:photo"))
    for number in range(3):
        path = f"trip/{number}.jpg"
        attic.desk.put(path, photo(n=number, taken=f"2026-0{7 + number // 2}-14T12:30:00"))
    attic.desk.scan()
    items = list(Item.select().order_by(Item.id))
    collections.add(attic.anna, attic.lake.pid, [item.pid for item in items])
    assert anna.ask("PUT", "Collections/Lake/own.jpg", jpeg(n=9), **OLD).status_code == 201
    assert anna.ask("PUT", "Collections/Lake/announced.jpg", b"").status_code == 201
    assert anna.ask("PUT", "Events/Wedding/Inbox/mine.jpg", jpeg(n=8), **OLD).status_code == 201
    attic.share()
    for path in (
        "Storages/One", "Storages/One/trip", "Storages/One/trip/0.jpg", "Events/Wedding/Inbox/mine.jpg",
    ):  # fmt: skip
        described(anna, path)
    for path in (
        "Collections/Lake/1.jpg", "Storages/One/trip/1.jpg", "Storages/One/trip/new.jpg", "Events/Wedding/Inbox",
        "Collections/Lake/new.jpg",
    ):  # fmt: skip
        lock(anna, path)
    answer = anna.ask("LOCK", "Storages/Two", LOCK, Depth="infinity", Content_Type="application/xml")
    assert answer.status_code == 200
    ready(anna)
    asking = {"anna": anna, "ben": anna.as_somebody("ben"), "reading": reading(anna)}
    before = {who: set(walk(drive)) for who, drive in asking.items()}
    assert before["reading"] == {path for path in before["anna"] if not path.endswith("/new.jpg")}
    assert "Shared with me/anna/Lake/0.jpg" in before["ben"]


def test_by_month_and_in_blocks(attic: Attic, anna: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        attic.desk.put(f"{number}.jpg", photo(n=number, taken=f"2026-0{7 + number // 3}-14T12:30:00"))
    attic.desk.scan()
    collections.add(attic.anna, attic.lake.pid, [item.pid for item in Item.select()])
    for name in ("announced.jpg", "other.jpg"):
        assert anna.ask("PUT", f"Collections/Lake/{name}", b"").status_code == 201
    described(anna, "Collections/Lake/0.jpg")
    lock(anna, "Collections/Lake/1.jpg")
    lock(anna, "Collections/Lake/new.jpg")
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 1)
    counters.bump_content()  # so that all is looked at again
    ready(anna)
    seen = walk(anna)
    assert lockable(anna, "Collections/Lake") == {"2026": False, "(1)": False, "(2)": False, "new.jpg": True}
    assert set(lockable(anna, "Collections/Lake/2026").values()) == {False}
    assert lockable(anna, "Collections/Lake/2026/2026-08") == {"3.jpg": True}
    assert lockable(anna, "Collections/Lake/(1)") == {"announced.jpg": True}
    assert not any(path.endswith("2026-07/new.jpg") for path in seen)


def reading(drive: Drive) -> Drive:
    """The same person by an app password that is for reading only."""
    return replace(
        drive, secret=accounts.create_token(drive.home.viewer, "app", scopes=["webdav:read"]).secret
    )


@pytest.mark.parametrize("folder", ["Collections", "Collections/Lake", "Storages", "Events/Wedding/Inbox"])
def test_a_listing_of_any_size_asks_as_much(
    attic: Attic, anna: Drive, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attic.event(attic.ben)
    described_once = False

    def grow(first: int, last: int) -> None:
        nonlocal described_once
        for number in range(first, last):
            match folder:
                case "Collections":
                    attic.collection(f"c{number}")
                case "Storages":
                    attic.make.storage(attic.desk.anna, f"s{number}", kind="memory", writable=True)
                case _:
                    assert anna.ask("PUT", f"{folder}/{number}.jpg", jpeg(n=number), **OLD).status_code == 201
        if folder not in {"Collections", "Storages"} and not described_once:
            described(anna, f"{folder}/{first}.jpg")
            described_once = True

    asked = noted(monkeypatch)

    def questions() -> int:
        anna.propfind(folder)  # names are given once
        del asked[:]
        anna.propfind(folder)
        return len(asked)

    grow(0, 3)
    few = questions()
    grow(3, 12)
    assert questions() == few

"""PROPFIND through the application: every kind of folder, every form of asking."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from services.models import Asset, EventPerson, File, Folder, Storage
from tests.factories import Make
from tests.virtualfs.dav.drive import Drive, basic
from tests.virtualfs.household import Home
from tests.virtualfs.test_names import HOSTILE
from virtualfs.dav.errors import Refused
from virtualfs.dav.propfind import PIECE, depth_of
from virtualfs.nodes import File as FileNode
from virtualfs.nodes import Folder as FolderNode
from virtualfs.nodes import Place

GOLDEN = Path(__file__).parents[2] / "golden" / "propfind"
STAMP = 1_784_030_400_000_000


def named(*names: str) -> str:
    return f'<D:propfind xmlns:D="DAV:"><D:prop>{"".join(f"<D:{n}/>" for n in names)}</D:prop></D:propfind>'


@pytest.fixture
def furnished(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> Drive:
    """A drive with something in every kind of folder."""
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 3)
    home = drive.home
    home.item("trip/IMG_1.jpg", "2026-07-14 12:00")
    for number in range(4):
        home.item(f"party/p{number}.jpg", "2026-08-01 20:00")
    home.item("scan & co.jpg", None)
    home.file("trip/notes <1>.txt", b"plain", mime="text/plain")
    Storage.update(created_at=STAMP, scanned_at=STAMP).execute()
    share_something(home)
    return drive


def share_something(home: Home) -> None:
    """A collection of anna's and one by month, and the same of ben's that he shares with her."""
    ben = home.make.user("ben")
    own = [asset.item for asset in Asset.select().order_by(Asset.id)]
    theirs = []
    storage = home.make.storage(ben, "Ben", home.root)
    for number in range(4):
        item = home.make.item(ben, f"b{number}.jpg", taken=STAMP, day=20260714)
        asset = home.make.asset(item, b"ben")
        home.make.file(storage, f"b{number}.jpg", asset=asset, sha256=asset.sha256, mime="image/jpeg",
                       read_state="done")  # fmt: skip
        theirs.append(item)
    for owner, items in ((home.anna, own), (ben, theirs)):
        for name, inside in (("Few & fine", items[:2]), ("Many", items)):
            collection = home.make.collection(owner, name, items=inside, created_at=STAMP, changed_at=STAMP)
            if owner is ben:
                home.make.grant(home.make.share(collection), user=home.anna)
    stamps = {"created_at": STAMP, "changed_at": STAMP}
    home.event(home.anna, "Wedding & party", items=own[:2], **stamps)
    picnic = home.event(ben, "Picnic", items=theirs, **stamps)
    EventPerson.create(event=picnic, user=home.anna, role="participant", joined_at=STAMP)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("top", ""),
        ("library", "Library"),
        ("year", "Library/2026"),
        ("month", "Library/2026/2026-07"),
        ("split-month", "Library/2026/2026-08"),
        ("block", "Library/2026/2026-08/(2)"),
        ("undated", "Library/Undated"),
        ("storages", "Storages"),
        ("storage", "Storages/Photos"),
        ("folder", "Storages/Photos/trip"),
        ("collections", "Collections"),
        ("collection", "Collections/Few & fine"),
        ("split-collection", "Collections/Many"),
        ("collection-month", "Collections/Many/2026/2026-07"),
        ("shared", "Shared with me"),
        ("shared-owner", "Shared with me/ben"),
        ("shared-collection", "Shared with me/ben/Few & fine"),
        ("shared-month", "Shared with me/ben/Many/2026/2026-07/(1)"),
        ("events", "Events"),
        ("event", "Events/Wedding & party"),
        ("inbox", "Events/Wedding & party/Inbox"),
        ("event-month", "Events/Picnic/2026/2026-07/(1)"),
    ],
)
def test_golden(furnished: Drive, kind: str, path: str) -> None:
    """Compare with the kept answers; to renew one after a wanted change, delete the file and run again."""
    answer = furnished.ask("PROPFIND", path, Depth="1")
    assert answer.status_code == 207
    text = re.sub(r"(<D:getetag>&quot;|<D:getetag>\")[0-9a-f]+-[0-9a-f]+\"", r"\1FOLDER" + '"', answer.text)
    kept = GOLDEN / f"{kind}.xml"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
        pytest.fail(f"{kept.name} was written; look at it, then run again")
    assert text == kept.read_text(encoding="utf-8")


def test_a_folder_lists_itself_first(furnished: Drive) -> None:
    own, *members = furnished.propfind("Storages/Photos/trip")
    assert own.href == "/dav/Storages/Photos/trip/"
    assert {m.href for m in members} == {
        "/dav/Storages/Photos/trip/IMG_1.jpg",
        "/dav/Storages/Photos/trip/notes%20%EF%BC%9C1%EF%BC%9E.txt",
    }
    assert len(furnished.propfind("Storages/Photos/trip", depth="0")) == 1
    assert len(furnished.propfind("Storages/Photos/trip/IMG_1.jpg", depth="1")) == 1


def test_the_name_shown_is_the_last_segment(furnished: Drive) -> None:
    for row in furnished.propfind("Storages/Photos")[1:]:
        assert row.text("displayname") == unquote(row.href.rstrip("/").rpartition("/")[2])


@pytest.mark.parametrize("name", [n for n in HOSTILE if "/" not in n and n not in {".", ".."}])
def test_a_hostile_name_is_listed_found_and_read(drive: Drive, name: str) -> None:
    folder = drive.home.folder("odd")
    try:
        drive.home.file(f"odd/{name}", b"content")
    except OSError:  # longer than this file system takes
        drive.home.make.file(drive.home.storage, name, folder)
        own, row = drive.propfind("Storages/Photos/odd")
    else:
        own, row = drive.propfind("Storages/Photos/odd")
        assert drive.client().get(row.href).content == b"content"
    assert own.text("displayname") == "odd"
    answer = drive.client().request("PROPFIND", row.href, headers={"Depth": "0"})
    assert answer.status_code == 207
    assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", row.href)
    for method in ("OPTIONS", "DELETE", "PROPPATCH", "LOCK", "UNLOCK"):
        assert drive.client().request(method, row.href).status_code < 500


def test_depth() -> None:
    folder = FolderNode("x", 0.0, 0.0, "tag", Place("Storages", "top"))
    file = FileNode("x", 0, 0.0, 0.0, "tag", "image/jpeg", None)
    assert [depth_of({"depth": d}, folder) for d in ("0", "1", " 1 ")] == [0, 1, 1]
    for bad, status in (({}, 403), ({"depth": "Infinity"}, 403), ({"depth": "2"}, 400), ({"depth": ""}, 400)):
        with pytest.raises(Refused) as refused:
            depth_of(bad, folder)
        assert refused.value.status == status
    assert [depth_of(headers, file) for headers in ({}, {"depth": "infinity"}, {"depth": "1"})] == [0, 0, 1]
    with pytest.raises(Refused):
        depth_of({"depth": "2"}, file)


def test_a_file_is_told_of_without_a_depth(drive: Drive) -> None:
    """Some programs send none, and mean the one thing that they name; all of a file is the file."""
    drive.home.file("a.jpg")
    path = "Storages/Photos/a.jpg"
    told = drive.ask("PROPFIND", path, Depth="0").content
    for headers in ({}, {"Depth": "infinity"}):
        answer = drive.ask("PROPFIND", path, **headers)
        assert (answer.status_code, answer.content) == (207, told)


def test_infinity_is_refused_in_the_words_of_the_protocol(drive: Drive) -> None:
    for headers in ({}, {"Depth": "infinity"}):
        answer = drive.ask("PROPFIND", "", **headers)
        assert answer.status_code == 403
        assert "propfind-finite-depth" in answer.text


def test_asked_properties_also_in_a_chunked_body(furnished: Drive) -> None:
    body = named("getetag", "quota-available-bytes")
    for content in (body, iter([body[:20].encode(), body[20:].encode()])):
        for row in furnished.propfind("Storages/Photos/trip", body=content):  # type: ignore[arg-type]  # httpx takes iterators
            assert list(row.found) == ["{DAV:}getetag"]
            assert row.missing == ("{DAV:}quota-available-bytes",)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<a/>", 400),
        ("<D:propfind xmlns:D='DAV:'>", 400),
        ("<!DOCTYPE a><D:propfind xmlns:D='DAV:'><D:allprop/></D:propfind>", 400),
        ("<D:propfind xmlns:D='DAV:'><D:prop><b:x xmlns:b=''/></D:prop></D:propfind>", 400),
        ("x" * 70_000, 413),
        ("  ", 207),
    ],
)
def test_bad_bodies(drive: Drive, body: str, status: int) -> None:
    assert drive.ask("PROPFIND", "", body, Depth="0").status_code == status


def test_conditions(drive: Drive) -> None:
    drive.home.file("a.jpg")
    tag = drive.propfind("Storages/Photos/a.jpg", "0")[0].text("getetag")
    path = "Storages/Photos/a.jpg"
    assert drive.ask("PROPFIND", path, Depth="0", If_Match=tag).status_code == 207
    assert drive.ask("PROPFIND", path, Depth="0", If_Match='"x"').status_code == 412
    assert drive.ask("PROPFIND", path, Depth="0", If_None_Match=tag).status_code == 412


def test_the_tag_is_that_of_head_and_get(drive: Drive) -> None:
    drive.home.file("read.jpg")
    drive.home.file("unread.bin", read_state="pending", sha256=None)
    for row in drive.propfind("Storages/Photos")[1:]:
        client = drive.client()
        for answer in (client.head(row.href), client.get(row.href)):
            assert answer.headers["etag"] == row.text("getetag")
            assert answer.headers["last-modified"] == row.text("getlastmodified")
            assert answer.headers["content-length"] == row.text("getcontentlength")
            assert answer.headers["content-type"] == row.text("getcontenttype")


def test_absent_and_somebody_elses_are_the_same(drive: Drive, make: Make) -> None:
    ben = make.user("ben")
    theirs = make.storage(ben, "Secret")
    make.file(theirs, "a.jpg")
    answers = [
        drive.ask(method, path, Depth="0")
        for path in ("Storages/Secret", "Storages/Secret/a.jpg", "Storages/Nothing", "x/y")
        for method in ("PROPFIND", "GET", "OPTIONS", "DELETE", "PROPPATCH", "COPY", "MOVE", "LOCK", "UNLOCK")
    ]
    by_method: dict[str, set[tuple[int, bytes]]] = {}
    for answer in answers:
        by_method.setdefault(answer.request.method, set()).add((answer.status_code, answer.content))
    for method in ("PROPFIND", "GET"):
        assert by_method[method] == {(404, b"Nothing here.\n")}


def test_a_large_folder_comes_in_pieces_and_whole(home: Home, drive: Drive) -> None:
    folder = home.folder("many")
    for number in range(400):
        home.make.file(home.storage, f"IMG_{number:04}.jpg", folder)
    answer = drive.ask("PROPFIND", "Storages/Photos/many", Depth="1")
    assert len(answer.content) > 2 * PIECE
    assert "content-length" not in answer.headers
    assert len(drive.propfind("Storages/Photos/many")) == 401
    assert drive.ask("PROPFIND", "Storages/Photos", Depth="1").headers["content-length"]


def test_no_storage_is_asked(drive: Drive) -> None:
    drive.home.file("a.jpg")
    Storage.update(root="/nowhere/at/all").execute()
    assert len(drive.propfind("Storages/Photos")) == 2
    assert drive.ask("HEAD", "Storages/Photos/a.jpg").status_code == 200
    tag = drive.ask("HEAD", "Storages/Photos/a.jpg").headers["etag"]
    assert drive.ask("GET", "Storages/Photos/a.jpg", If_None_Match=tag).status_code == 304
    answer = drive.ask("GET", "Storages/Photos/a.jpg")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_the_drive_of_a_person_without_anything(drive: Drive, make: Make) -> None:
    make.user("ben")
    ben = drive.as_somebody("ben")
    client = drive.client(Authorization=basic("ben", ben.secret))
    for path, members in (
        ("", 5),
        ("Library/", 0),
        ("Storages/", 0),
        ("Collections/", 0),
        ("Shared%20with%20me/", 0),
        ("Events/", 0),
    ):
        answer = client.request("PROPFIND", f"/dav/{path}", headers={"Depth": "1"})
        assert answer.text.count("<D:response>") == members + 1
    assert File.select().count() == 0
    assert Folder.select().count() == 1

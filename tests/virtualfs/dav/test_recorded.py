"""What real clients send, replayed: Explorer's copy, Finder's copy, davfs2's save, Office's save by another name.

Sources: wsgidav#112 (Explorer), the reference of the network drive (Finder, davfs2). Each sequence must end with the
file as the client meant it, and with nothing else in the storage.
"""

import pytest
from lxml import etree

from services.models import DriveLock, File, Trash
from tests.virtualfs.dav.drive import DAV, Drive, rows

HERE = "Storages/Photos/"
MINIREDIR = {"User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.19045"}
FINDER = {"User-Agent": "WebDAVFS/3.0.0 (03008000) Darwin/23.1.0 (x86_64)"}
DAVFS2 = {"User-Agent": "davfs2/1.6.1 neon/0.32.2"}
LOCKINFO = (
    '<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner><D:href>{}</D:href></D:owner></D:lockinfo>"
)
WIN32 = (
    '<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:">'
    "<D:set><D:prop><Z:Win32CreationTime>Tue, 14 Nov 2023 22:13:20 GMT</Z:Win32CreationTime>"
    "<Z:Win32LastAccessTime>Thu, 26 Nov 2026 10:00:00 GMT</Z:Win32LastAccessTime>"
    "<Z:Win32LastModifiedTime>Tue, 14 Nov 2023 22:13:20 GMT</Z:Win32LastModifiedTime>"
    "<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"
)


@pytest.fixture
def open_drive(drive: Drive) -> Drive:
    drive.home.allow_writing()
    drive.home.folder("trip")
    return drive


def stored(drive: Drive) -> dict[str, bytes]:
    root = drive.home.root
    found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {path: data for path, data in found.items() if not path.startswith(".hypomos-trash")}


def test_explorer_copies_a_file(open_drive: Drive) -> None:
    ask, path = open_drive.ask, HERE + "trip/IMG 1.jpg"
    top = open_drive.client(Authorization="").request("OPTIONS", "/", headers=MINIREDIR)
    assert (top.status_code, top.headers["dav"], top.headers["ms-author-via"]) == (200, "1,2", "DAV")
    assert ask("OPTIONS", "", **MINIREDIR).headers["ms-author-via"] == "DAV"
    for name in ("desktop.ini", "Thumbs.db", "AutoRun.inf"):
        assert ask("PROPFIND", f"{HERE}trip/{name}", Depth="0", **MINIREDIR).status_code == 404
    assert ask("PROPFIND", path, Depth="0", **MINIREDIR).status_code == 404
    assert ask("PUT", path, b"", **MINIREDIR).status_code == 201
    answer = ask("LOCK", path, LOCKINFO.format("DESKTOP\\anna"), Timeout="Second-3600", **MINIREDIR)
    assert answer.status_code == 200
    token = f"(<{answer.headers['lock-token'].strip('<>')}>)"
    set_once = ask("PROPPATCH", path, WIN32, If=token, **MINIREDIR)
    assert set_once.status_code == 207
    assert " 403 " not in set_once.text
    assert ask("HEAD", path, **MINIREDIR).headers["content-length"] == "0"
    assert ask("PUT", path, b"the bytes", If=token, **MINIREDIR).status_code == 204
    assert ask("PROPPATCH", path, WIN32, If=token, **MINIREDIR).status_code == 207
    unlock = ask("UNLOCK", path, Lock_Token=token[1:-1], **MINIREDIR)
    assert unlock.status_code == 204
    row = open_drive.propfind(path, "0")[0]
    assert (row.text("displayname"), row.text("getcontentlength")) == ("IMG 1.jpg", "9")
    assert row.text("getlastmodified") == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert stored(open_drive) == {"trip/IMG 1.jpg": b"the bytes"}
    assert (Trash.select().count(), DriveLock.select().count()) == (0, 0)


def test_finder_copies_a_file(open_drive: Drive) -> None:
    """Decomposed names, a file of attributes beside each, chunks, locks, and no word about room."""
    ask, path, beside = open_drive.ask, HERE + "trip/Ko\u0308ln.jpg", HERE + "trip/._Ko\u0308ln.jpg"
    quota = '<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:getetag/></D:prop></D:propfind>'
    mounted = rows(ask("PROPFIND", HERE, quota, Depth="0", **FINDER).content)[0]
    assert mounted.missing == (DAV + "quota-available-bytes",)
    assert ask("OPTIONS", HERE, **FINDER).headers["dav"] == "1,2"
    for name in ("._.", ".DS_Store", ".Spotlight-V100", ".hidden", "._trip"):
        assert ask("PROPFIND", HERE + name, Depth="0", **FINDER).status_code == 404
    for name, data in ((path, b"the bytes of the picture"), (beside, b"\x00\x05\x16\x07" + b"\0" * 4092)):
        assert ask("PROPFIND", name, Depth="0", **FINDER).status_code == 404
        assert ask("PUT", name, b"", **FINDER).status_code == 201
        answer = ask(
            "LOCK", name, LOCKINFO.format("http://www.apple.com/webdav_fs/"), Timeout="Second-600", **FINDER
        )
        assert answer.status_code == 200
        token = answer.headers["lock-token"]
        length = {"X-Expected-Entity-Length": str(len(data))}
        put = open_drive.client().put(
            f"/dav/{name}", content=iter([data[:7], data[7:]]), headers=FINDER | length | {"If": f"({token})"}
        )
        assert put.status_code == 204
        found = rows(ask("PROPFIND", name, Depth="0", **FINDER).content)[0]
        assert found.text("getcontentlength") == str(len(data))
        assert ask("GET", name, **FINDER).content == data
        assert ask("UNLOCK", name, Lock_Token=token, **FINDER).status_code == 204
    store = HERE + "trip/.DS_Store"
    assert ask("PUT", store, b"\0\0\0\1Bud1", **FINDER).status_code == 201
    assert ask("PUT", store, b"\0\0\0\1Bud2", **FINDER).status_code == 204
    assert stored(open_drive) == {"trip/Ko\u0308ln.jpg": b"the bytes of the picture"}
    assert [row.href for row in open_drive.propfind(HERE + "trip")] == [
        f"/dav/{HERE}trip/", f"/dav/{HERE}trip/K%C3%B6ln.jpg",
    ]  # fmt: skip
    assert File.select().count() == 1
    assert ask("MOVE", beside, Destination=f"/dav/{HERE}trip/._Rome.jpg", **FINDER).status_code == 201
    assert ask("MOVE", path, Destination=f"/dav/{HERE}trip/Rome.jpg", **FINDER).status_code == 201
    assert ask("DELETE", HERE + "trip/._Rome.jpg", **FINDER).status_code == 204
    assert ask("DELETE", store, **FINDER).status_code == 204
    assert ask("PROPFIND", store, Depth="0", **FINDER).status_code == 404
    assert stored(open_drive) == {"trip/Rome.jpg": b"the bytes of the picture"}


def test_davfs2_saves_a_new_file_and_saves_it_again(open_drive: Drive) -> None:
    ask, path = open_drive.ask, HERE + "trip/notes.txt"
    assert ask("OPTIONS", HERE, **DAVFS2).headers["dav"] == "1,2"
    answer = ask("LOCK", path, LOCKINFO.format("anna"), Timeout="Second-1800", **DAVFS2)
    assert answer.status_code == 201
    token = answer.headers["lock-token"]
    head = ask("HEAD", path, **DAVFS2)
    first = ask("PUT", path, b"one", If=f"({token})", If_Match=head.headers.get("etag", "*"), **DAVFS2)
    assert first.status_code == 201
    again = ask(
        "PUT", path, b"two, a moment later", If=f"({token})", If_Match=first.headers["etag"], **DAVFS2
    )
    assert again.status_code == 204
    File.update(
        read_state="done", sha256=b"x" * 32
    ).execute()  # it was read meanwhile: its tag is another now
    assert ask("HEAD", path, **DAVFS2).headers["etag"] != again.headers["etag"]
    third = ask("PUT", path, b"three", If=f"({token})", If_Match=again.headers["etag"], **DAVFS2)
    assert third.status_code == 204
    stale = ask("PUT", path, b"four", If=f"({token})", If_Match=first.headers["etag"], **DAVFS2)
    assert stale.status_code == 412
    assert ask("UNLOCK", path, Lock_Token=token, **DAVFS2).status_code == 204
    assert stored(open_drive) == {"trip/notes.txt": b"three"}


def test_a_program_saves_by_another_name(open_drive: Drive) -> None:
    """Write beside it, move the old away, give the new its name, delete the old: what editors and Office do."""
    ask, path = open_drive.ask, HERE + "trip/plan.odt"
    ask("PUT", path, b"first")
    assert ask("PUT", HERE + "trip/~plan-new.odt", b"second").status_code == 201
    assert ask("MOVE", path, Destination=f"/dav/{HERE}trip/plan-old.odt", Overwrite="F").status_code == 201
    assert (
        ask("MOVE", HERE + "trip/~plan-new.odt", Destination=f"/dav/{path}", Overwrite="F").status_code == 201
    )
    assert ask("DELETE", HERE + "trip/plan-old.odt").status_code == 204
    assert stored(open_drive) == {"trip/plan.odt": b"second"}


def test_a_program_writes_under_a_name_for_the_moment(open_drive: Drive) -> None:
    ask = open_drive.ask
    for temporary, final in (("a.jpg.part", "a.jpg"), ("lu4711.tmp", "plan.odt"), ("b.jpg.partial", "b.jpg")):
        assert ask("PUT", f"{HERE}trip/{temporary}", b"bytes").status_code == 201
        assert open_drive.propfind(f"{HERE}trip/{temporary}", "0")[0].text("getcontentlength") == "5"
        moved = ask("MOVE", f"{HERE}trip/{temporary}", Destination=f"/dav/{HERE}trip/{final}")
        assert moved.status_code == 201
    assert set(stored(open_drive)) == {"trip/a.jpg", "trip/plan.odt", "trip/b.jpg"}


def test_kodi_looks_at_a_film_that_was_just_put(open_drive: Drive) -> None:
    open_drive.ask("PUT", HERE + "film.mp4", b"0123456789" * 1000)
    answer = open_drive.ask("GET", HERE + "film.mp4", Range="bytes=9990-")
    assert (answer.status_code, answer.content) == (206, b"0123456789")
    assert answer.headers["content-range"] == "bytes 9990-9999/10000"


@pytest.mark.parametrize(("method", "overwrite", "there", "status"), [
    ("COPY", "T", False, 201), ("COPY", "T", True, 204), ("COPY", "F", True, 412), ("COPY", "F", False, 201),
    ("MOVE", "T", False, 201), ("MOVE", "T", True, 204), ("MOVE", "F", True, 412), ("MOVE", "F", False, 201),
    ("COPY", "X", True, 400),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_overwrite(
    open_drive: Drive, method: str, overwrite: str, there: bool, status: int, kind: str
) -> None:
    source = "a.jpg" if kind == "file" else "trip"
    open_drive.home.file("a.jpg", b"a")
    open_drive.home.file("trip/b.jpg", b"b")
    if there:
        open_drive.home.file("to", b"old")
    answer = open_drive.ask(method, HERE + source, Destination=f"/dav/{HERE}to", Overwrite=overwrite)
    assert answer.status_code == status, answer.text
    files = stored(open_drive)
    if status < 300:
        assert files["to" if kind == "file" else "to/b.jpg"] == (b"a" if kind == "file" else b"b")
        assert (source in open_drive.home.names("Storages/Photos")) == (method == "COPY")
        assert Trash.select().count() == (1 if there else 0), "what was there is in the trash"
    elif there:
        assert files["to"] == b"old"


@pytest.mark.parametrize(("target", "status"), [
    ("trip", 403), ("trip/", 403), ("trip/inner", 403), ("TRIP", 403), ("no/such/folder", 409), ("a.jpg/x", 409),
])  # fmt: skip
def test_targets_that_make_no_sense(open_drive: Drive, target: str, status: int) -> None:
    open_drive.home.file("a.jpg")
    open_drive.home.file("trip/b.jpg", b"b")
    before = stored(open_drive)
    answer = open_drive.ask("COPY", HERE + "trip", Destination=f"/dav/{HERE}{target}")
    assert answer.status_code == status
    assert open_drive.ask("MOVE", HERE + "trip/b.jpg", Destination=f"/dav/{HERE}trip").status_code == 403
    assert stored(open_drive) == before


def test_another_host_is_another_server(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    for address, status in (
        ("http://elsewhere.example/dav/" + HERE + "b.jpg", 502), ("http://testserver/other/b.jpg", 502),
        ("http://testserver:8080/dav/" + HERE + "b.jpg", 201),
    ):  # fmt: skip
        assert open_drive.ask("COPY", HERE + "a.jpg", Destination=address).status_code == status


def test_refusals_name_their_reason(open_drive: Drive) -> None:
    open_drive.home.item("a.jpg")
    for method, path, headers in (
        ("DELETE", "Library/2026/2026-07/a.jpg", {}), ("DELETE", "Storages/Photos", {}),
        ("MOVE", "Library/2026/2026-07/a.jpg", {"Destination": f"/dav/{HERE}b.jpg"}),
        ("COPY", HERE + "a.jpg", {"Destination": "/dav/Library/2026/b.jpg"}), ("MKCOL", "Storages/New", {}),
    ):  # fmt: skip
        answer = open_drive.ask(method, path, **headers)
        assert answer.status_code == 403
        assert "for reading only" in answer.text or "pages of Hypomos" in answer.text
    assert etree.fromstring(open_drive.ask("PROPPATCH", "Library", WIN32).content).tag == DAV + "multistatus"

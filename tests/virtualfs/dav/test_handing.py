"""Collections and inboxes as clients write into them, over the application: what each program does, in its order."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from anyio.from_thread import start_blocking_portal

from services import collections
from services.models import Handed, Item, counters
from tests import rclone_running
from tests.fakes import jpeg
from tests.virtualfs.attic import Attic
from tests.virtualfs.dav.drive import Drive, listening, make_drive
from tests.virtualfs.household import Home
from virtualfs import collections_writing, events_writing
from virtualfs.handing import BY_MONTH, KEEPS_NAME, NO_FOLDERS

DATA, OTHER = jpeg(n=1, taken="2026-07-14T12:30:00"), jpeg(n=2, taken="2026-08-14T12:30:00")
OLD = {"X_OC_Mtime": "1600000000"}
"""What is just written rests before it is read."""
LAKE = "Collections/Lake/"
LOCK = """<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>
<D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>"""
TIMES = """<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>
<Z:Win32CreationTime>Tue, 14 Jul 2026 12:30:00 GMT</Z:Win32CreationTime>
<Z:Win32LastModifiedTime>Tue, 14 Jul 2026 12:30:00 GMT</Z:Win32LastModifiedTime>
<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"""


@pytest.fixture
def anna(attic: Attic) -> Iterator[Drive]:
    with start_blocking_portal() as loop:
        yield replace(make_drive(cast(Home, attic)), loop=loop)


def names(drive: Drive, path: str) -> list[str]:
    return sorted(row.text("displayname") for row in drive.propfind(path)[1:])


def lock(drive: Drive, path: str) -> str:
    answer = drive.ask("LOCK", path, LOCK, Depth="0", Timeout="Second-3600", Content_Type="application/xml")
    assert answer.status_code in {200, 201}, answer.text
    return answer.headers["lock-token"].strip("<>")


def test_put_head_get_and_what_others_see(anna: Drive, attic: Attic) -> None:
    attic.share()
    ben = anna.as_somebody("ben")
    made = anna.ask("PUT", LAKE + "IMG_1.jpg", DATA, **OLD)
    assert made.status_code == 201
    head = anna.ask("HEAD", LAKE + "IMG_1.jpg")
    assert (head.status_code, head.headers["content-length"], head.headers["etag"]) == (
        200, str(len(DATA)), made.headers["etag"],
    )  # fmt: skip
    assert anna.ask("GET", LAKE + "IMG_1.jpg").content == DATA
    assert anna.propfind(LAKE + "IMG_1.jpg", "0")[0].text("getetag") == made.headers["etag"]
    assert ben.ask("GET", "Shared with me/anna/Lake/IMG_1.jpg").status_code == 404
    attic.read()
    assert anna.ask("GET", LAKE + "IMG_1.jpg").content == DATA
    assert ben.ask("GET", "Shared with me/anna/Lake/IMG_1.jpg").content == DATA
    assert anna.ask("PUT", LAKE + "IMG_1.jpg", DATA, **OLD).status_code == 204
    assert anna.ask("PUT", LAKE + "IMG_1.jpg", OTHER, If_None_Match="*").status_code == 412
    assert names(anna, LAKE) == ["IMG_1.jpg"]


def test_explorer(anna: Drive, attic: Attic) -> None:
    path = LAKE + "IMG_1.jpg"
    assert anna.ask("PROPFIND", path, Depth="0").status_code == 404
    assert anna.ask("PUT", path, b"").status_code == 201
    token = lock(anna, path)
    given = {"If": f"(<{token}>)"}
    assert anna.ask("PROPPATCH", path, TIMES, **given).status_code == 207
    assert anna.ask("HEAD", path).headers["content-length"] == "0"
    assert anna.ask("PUT", path, DATA).status_code == 423
    assert anna.ask("PUT", path, DATA, **given, **OLD).status_code == 201
    patched = anna.ask("PROPPATCH", path, TIMES, **given)
    assert patched.status_code == 207
    assert "200 OK" in patched.text
    assert "403" not in patched.text
    assert anna.ask("UNLOCK", path, Lock_Token=f"<{token}>").status_code == 204
    assert anna.propfind(path, "0")[0].text("getcontentlength") == str(len(DATA))
    attic.read()
    assert names(anna, LAKE) == ["IMG_1.jpg"]
    assert attic.members() == ["IMG_1.jpg"]


def test_finder(anna: Drive, attic: Attic) -> None:
    path = LAKE + "Ka\u0308se.jpg"
    token = lock(anna, path)
    assert anna.ask("HEAD", path).headers["content-length"] == "0"
    left = anna.ask("PUT", LAKE + "._Ka\u0308se.jpg", b"left behind")
    assert left.status_code == 201
    client = anna.client()
    answer = client.request(
        "PUT", f"/dav/{path}", content=iter([DATA[:5], DATA[5:]]),
        headers={"If": f"(<{token}>)", "X-Expected-Entity-Length": str(len(DATA)), "X-OC-Mtime": "1600000000"},
    )  # fmt: skip
    assert answer.status_code == 201
    assert anna.ask("UNLOCK", path, Lock_Token=f"<{token}>").status_code == 204
    attic.read()
    assert names(anna, LAKE) == ["Käse.jpg"]
    assert anna.ask("GET", path).content == DATA
    assert attic.desk.walk(attic.desk.one) == ["Collections/Lake/Käse.jpg"]


def test_davfs(anna: Drive, attic: Attic) -> None:
    path = LAKE + "IMG_1.jpg"
    token = lock(anna, path)
    tag = anna.propfind(path, "0")[0].text("getetag")
    made = anna.ask("PUT", path, DATA, If=f"(<{token}>)", If_Match=tag, **OLD)
    assert made.status_code == 201
    attic.read()
    assert (
        anna.ask("PUT", path, OTHER, If=f"(<{token}>)", If_Match=made.headers["etag"], **OLD).status_code
        == 204
    ), "the tag of before it was read still says which file is meant"
    assert anna.ask("UNLOCK", path, Lock_Token=f"<{token}>").status_code == 204
    attic.read()
    assert names(anna, LAKE) == ["IMG_1.jpg"]
    assert anna.ask("GET", path).content == OTHER


def test_nothing_is_kept_of_what_ends_early(anna: Drive, attic: Attic) -> None:
    known = attic.have("old/summer.jpg", DATA)
    before = attic.files()
    for data in (DATA, OTHER):  # also of what she has
        short = anna.client().request(
            "PUT", f"/dav/{LAKE}IMG_1.jpg", content=iter([data]), headers={"X-Expected-Entity-Length": "9999"}
        )
        assert short.status_code == 400
    assert (names(anna, LAKE), attic.files(), attic.members()) == ([], before, [])
    assert known.cover_id is not None


def test_delete_touches_no_original(anna: Drive, attic: Attic) -> None:
    known = attic.have("old/summer.jpg", DATA)
    collections.add(attic.anna, attic.lake.pid, [known.pid])
    anna.ask("PUT", LAKE + "IMG_1.jpg", OTHER, **OLD)
    anna.ask("PUT", LAKE + "empty.jpg", b"")
    attic.read()
    before = attic.files()
    assert len(before) == 2
    for name in ("summer.jpg", "IMG_1.jpg", "empty.jpg"):
        assert anna.ask("DELETE", LAKE + name).status_code == 204
        assert anna.ask("HEAD", LAKE + name).status_code == 404
        assert anna.ask("DELETE", LAKE + name).status_code == 404
    assert names(anna, LAKE) == []
    assert attic.files() == before
    assert Item.select().where(Item.trashed_at.is_null()).count() == 2
    assert Handed.select().count() == 0


def test_copy_and_move(anna: Drive, attic: Attic) -> None:
    attic.have("old/summer.jpg", DATA)
    other = attic.collection("Other")
    before = attic.files()

    def to(verb: str, source: str, target: str, **headers: str) -> int:
        return anna.ask(verb, source, Destination=f"http://testserver/dav/{target}", **headers).status_code

    library = "Library/2026/2026-07/summer.jpg"
    assert to("COPY", library, LAKE + "summer.jpg") == 201
    assert to("COPY", library, LAKE + "summer.jpg") == 204
    assert to("COPY", library, LAKE + "summer.jpg", Overwrite="F") == 412
    assert to("MOVE", library, LAKE + "summer.jpg") == 403
    assert to("MOVE", LAKE + "summer.jpg", "Collections/Other/summer.jpg") == 201
    assert (names(anna, LAKE), names(anna, "Collections/Other/")) == ([], ["summer.jpg"])
    assert to("COPY", "Collections/Other/summer.jpg", "Storages/One/summer.jpg") == 201
    assert attic.desk.read("summer.jpg") == DATA
    assert set(attic.files()) - set(before) == {"One/summer.jpg"}
    assert to("MOVE", "Collections/Other/summer.jpg", "Storages/One/moved.jpg") == 403
    assert attic.members(other) == ["summer.jpg"]


def test_folders(anna: Drive, attic: Attic) -> None:
    assert anna.ask("MKCOL", "Collections/New folder").status_code == 201
    assert anna.ask("MKCOL", "Collections/New folder").status_code == 405
    moved = anna.ask(
        "MOVE", "Collections/New folder", Destination="http://testserver/dav/Collections/Holiday"
    )
    assert moved.status_code == 201
    assert names(anna, "Collections/") == ["Holiday", "Lake"]
    refused = anna.ask("MKCOL", "Collections/Lake/sub")
    assert (refused.status_code, NO_FOLDERS in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("verb", "path", "why"),
    [
        ("PUT", "Collections/a.jpg", collections_writing.BESIDE),
        ("DELETE", "Collections/Lake", collections_writing.LASTING),
        ("PUT", "Collections/Query/a.jpg", collections_writing.DYNAMIC),
        ("MKCOL", "Collections/Query/a", collections_writing.DYNAMIC),
        ("PUT", "Collections/Lake/2026/a.jpg", BY_MONTH),
        ("PUT", "Events/Wedding/a.jpg", events_writing.TOP),
        ("MKCOL", "Events/Party", events_writing.TOP),
        ("DELETE", "Events/Wedding", events_writing.TOP),
        ("PUT", "Collections/Lake/notes.txt", "Only pictures"),
        ("PUT", "Library/2026/a.jpg", "for reading only"),
        ("PUT", "Shared with me/a.jpg", "for reading only"),
    ],
)
def test_what_is_refused_says_why(anna: Drive, attic: Attic, verb: str, path: str, why: str) -> None:
    collections.create(attic.anna, collections.Draft("Query", "type:photo"))
    attic.event()
    answer = anna.ask(verb, path, b"hello" if verb == "PUT" else None)
    assert (answer.status_code, why in answer.text) == (403, True), answer.text
    assert attic.files() == {}


def test_names_are_those_of_the_files(anna: Drive, attic: Attic) -> None:
    known = attic.have("old/summer.jpg", DATA)
    collections.add(attic.anna, attic.lake.pid, [known.pid])
    answer = anna.ask("MOVE", LAKE + "summer.jpg", Destination=f"http://testserver/dav/{LAKE}autumn.jpg")
    assert (answer.status_code, KEEPS_NAME in answer.text) == (403, True)
    anna.ask("PUT", LAKE + "summer.jpg.part", OTHER, **OLD)
    answer = anna.ask("MOVE", LAKE + "summer.jpg.part", Destination=f"http://testserver/dav/{LAKE}summer.jpg")
    assert answer.status_code == 204, "programs write first and rename then"
    attic.read()
    assert anna.ask("GET", LAKE + "summer.jpg").content == OTHER
    assert attic.desk.read("old/summer.jpg", attic.desk.two) == DATA


def test_properties_are_listed_where_they_were_set(
    anna: Drive, attic: Attic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In collections and inboxes, before and after the file is read, and by month."""
    attic.event(attic.ben)
    colour, inbox = "{urn:x}colour", "Events/Wedding/Inbox/"
    body = TIMES.replace(
        "<Z:Win32FileAttributes>", '<c:colour xmlns:c="urn:x">blue</c:colour><Z:Win32FileAttributes>'
    )

    def told(folder: str) -> list[str]:
        of_itself = [anna.propfind(folder + name, "0")[0] for name in names(anna, folder)]
        listed = sorted(anna.propfind(folder)[1:], key=lambda row: row.text("displayname"))
        assert [colour in row.found for row in listed] == [colour in row.found for row in of_itself]
        return [row.text("displayname") for row in listed if colour in row.found]

    for folder, data in ((LAKE, DATA), (inbox, OTHER)):
        for name, bytes_ in (
            ("IMG_1.jpg", data),
            ("IMG_2.jpg", jpeg(n=len(folder), taken="2026-07-15T12:30:00")),
        ):
            assert anna.ask("PUT", folder + name, bytes_, **OLD).status_code == 201
        assert anna.ask("PROPPATCH", folder + "IMG_1.jpg", body).status_code == 207
        assert told(folder) == ["IMG_1.jpg"]
    attic.read()
    assert (told(LAKE), told(inbox)) == (["IMG_1.jpg"], ["IMG_1.jpg"])
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 1)
    counters.bump_content()  # so that all is looked at again
    assert names(anna, LAKE) == ["2026"]
    month = LAKE + "2026/2026-07/"
    assert names(anna, month) == ["(1)", "(2)"]  # in the order in which they were read, whichever that is
    assert told(month + "(1)/") + told(month + "(2)/") == ["IMG_1.jpg"]


def test_an_inbox(anna: Drive, attic: Attic) -> None:
    event = attic.event(attic.ben)
    ben = anna.as_somebody("ben")
    inbox = "Events/Wedding/Inbox/"
    assert names(anna, "Events/Wedding/") == ["Inbox"]
    assert anna.ask("PUT", inbox + "IMG_1.jpg", DATA, **OLD).status_code == 201
    token = lock(anna, inbox + "IMG_1.jpg")
    assert ben.ask("PUT", inbox + "IMG_1.jpg", OTHER).status_code == 403, "he chose no storage"
    assert anna.ask("UNLOCK", inbox + "IMG_1.jpg", Lock_Token=f"<{token}>").status_code == 204
    attic.read()
    assert (names(anna, inbox), names(ben, inbox)) == (["IMG_1.jpg"], [])
    assert ben.ask("GET", inbox + "IMG_1.jpg").status_code == 404
    attic.decide(event, Item.get(), "approve")
    assert attic.sees(attic.ben) == ["IMG_1.jpg"]
    before = attic.files()
    assert anna.ask("DELETE", inbox + "IMG_1.jpg").status_code == 204
    assert (attic.sees(attic.ben), names(anna, inbox), attic.files()) == ([], [], before)
    attic.events.close(attic.ben, event.pid)
    assert anna.ask("PUT", inbox + "IMG_2.jpg", OTHER).status_code in {404, 409}
    assert attic.files() == before


def test_rclone_keeps_a_folder_and_a_collection_alike(attic: Attic, tmp_path: Path) -> None:
    """It sends what it does not find, and nothing twice; what it deletes there is taken out."""
    source = tmp_path / "source"
    source.mkdir()
    attic.have("old/known.jpg", DATA)
    attic.desk.put("Collections/Lake/100% #1 [ä].jpg", b"in the way")
    for name, data in (("twin.jpg", DATA), ("known.jpg", DATA), ("100% #1 [ä].jpg", OTHER)):
        (source / name).write_bytes(data)
        os.utime(source / name, (1_600_000_000, 1_600_000_000))
    drive = make_drive(cast(Home, attic))
    with listening(drive.app) as port:
        remote = {
            "type": "webdav", "url": f"http://127.0.0.1:{port}/dav/Collections/Lake", "vendor": "other",
            "user": "anna", "pass": rclone_running.obscured(drive.secret),
        }  # fmt: skip

        def rclone(*words: str) -> str:
            done = rclone_running.run(*words, remote=remote, environment={})
            assert done.returncode == 0, done.stderr
            return done.stderr

        rclone("sync", "--size-only", str(source), "x:")
        rclone("check", "--download", str(source), "x:")
        for path in attic.desk.walk(attic.desk.one):  # what is just written rests before it is read
            os.utime(tmp_path / "attic" / "One" / path, (1_600_000_000, 1_600_000_000))
        attic.desk.work()
        assert attic.members() == ["100% #1 [ä] (2).jpg", "known.jpg"]
        rclone("check", "--download", str(source), "x:")
        before = attic.files()
        assert len(before) == 3, "the picture that she has was not stored again"
        said = rclone("sync", "--size-only", "-v", str(source), "x:")
        assert "Copied" not in said
        (source / "twin.jpg").unlink()
        rclone("sync", "--size-only", str(source), "x:")
        assert names(drive, LAKE) == ["100% #1 [ä].jpg", "known.jpg"]
        rclone("delete", "x:")
        assert (names(drive, LAKE), attic.members()) == ([], [])
    assert attic.files() == before

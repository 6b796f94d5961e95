"""What listings tell besides the nodes: properties of clients and the room of a storage, asked for once a folder."""

import pytest

from services.storages.local import LocalStorage
from services.storages.values import Quota
from tests.statements import noted
from tests.virtualfs.dav.drive import DAV, Drive, rows
from tests.virtualfs.household import answered

HERE = "Storages/Photos/"
X = "{urn:x}"
QUOTA = (
    '<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:quota-used-bytes/></D:prop></D:propfind>'
)


@pytest.fixture
def open_drive(drive: Drive) -> Drive:
    drive.home.allow_writing()
    return drive


def patch(drive: Drive, path: str, inner: str, kind: str = "set") -> str:
    body = (
        f'<D:propertyupdate xmlns:D="DAV:"><D:{kind}><D:prop>{inner}</D:prop></D:{kind}></D:propertyupdate>'
    )
    answer = drive.ask("PROPPATCH", HERE + path, body)
    assert answer.status_code == 207
    return answer.text


def test_a_property_is_kept_and_listed(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    open_drive.home.file("trip/b.jpg")
    odd = '<c xmlns="urn:x" xml:lang="de">{0} &lt;&amp;&gt; <D:b xmlns:D="urn:y">Köln</D:b></c> tail'
    for path in ("a.jpg", "trip"):
        assert " 200 " in patch(open_drive, path, odd)
    rows = {row.href.rstrip("/").rpartition("/")[2]: row for row in open_drive.propfind(HERE)}
    for name in ("a.jpg", "trip"):
        found = rows[name].found[X + "c"]
        assert (found.text, found[0].text, found.get("{http://www.w3.org/XML/1998/namespace}lang")) == (
            "{0} <&> ", "Köln", "de",
        )  # fmt: skip
        assert rows[name].text("displayname") == name
    assert X + "c" not in rows["Photos"].found
    named = '<D:propfind xmlns:D="DAV:"><D:prop><c xmlns="urn:x"/><d xmlns="urn:x"/></D:prop></D:propfind>'
    for row in open_drive.propfind(HERE, body=named)[1:]:
        assert (list(row.found), row.missing) == ([X + "c"], (X + "d",))
    names = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
    assert X + "c" in open_drive.propfind(HERE + "a.jpg", "0", names)[0].found
    patch(open_drive, "a.jpg", '<c xmlns="urn:x"/>', "remove")
    assert X + "c" not in open_drive.propfind(HERE + "a.jpg", "0")[0].found


def test_what_the_protocol_owns_is_protected(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    said = patch(open_drive, "a.jpg", '<D:getetag>x</D:getetag><c xmlns="urn:x">1</c>')
    assert " 403 " in said
    assert " 424 " in said
    assert X + "c" not in open_drive.propfind(HERE + "a.jpg", "0")[0].found, "all of it, or nothing"
    assert " 507 " in patch(open_drive, "a.jpg", f'<c xmlns="urn:x">{"x" * 20_000}</c>')


def test_windows_sets_its_times(open_drive: Drive) -> None:
    open_drive.ask("PUT", HERE + "a.jpg", b"x")
    said = patch(
        open_drive, "a.jpg",
        '<Z:Win32CreationTime xmlns:Z="urn:schemas-microsoft-com:">Tue, 14 Nov 2023 22:13:20 GMT</Z:Win32CreationTime>'
        '<Z:Win32LastModifiedTime xmlns:Z="urn:schemas-microsoft-com:">Tue, 14 Nov 2023 22:13:20 GMT'
        "</Z:Win32LastModifiedTime>"
        '<Z:Win32FileAttributes xmlns:Z="urn:schemas-microsoft-com:">00000020</Z:Win32FileAttributes>',
    )  # fmt: skip
    assert " 403 " not in said
    row = open_drive.propfind(HERE + "a.jpg", "0")[0]
    assert row.text("getlastmodified") == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert (open_drive.home.root / "a.jpg").stat().st_mtime == 1_700_000_000
    assert row.found["{urn:schemas-microsoft-com:}Win32FileAttributes"].text == "00000020"
    bad = '<Z:Win32LastModifiedTime xmlns:Z="urn:schemas-microsoft-com:">long ago</Z:Win32LastModifiedTime>'
    assert " 200 " in patch(open_drive, "a.jpg", bad)
    assert (open_drive.home.root / "a.jpg").stat().st_mtime == 1_700_000_000


def test_a_folder_of_any_size_is_a_few_questions(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        open_drive.home.file(f"{number}.jpg")
    patch(open_drive, "0.jpg", '<c xmlns="urn:x">1</c>')
    asked = noted(monkeypatch)

    def questions() -> int:
        del asked[:]
        open_drive.propfind(HERE)
        return len(asked)

    few = questions()
    for number in range(30, 90):
        open_drive.home.file(f"{number}.jpg")
    assert questions() == few


class TestRoom:
    def soon(self, drive: Drive, path: str, **headers: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """What is told once the storage has answered, which no listing waits for."""
        drive.propfind(path, "0", QUOTA)
        answered(drive.home.quotas)
        given = {"Depth": "0"} | headers
        answer = drive.client().request("PROPFIND", f"/dav/{path}", content=QUOTA, headers=given)
        row = rows(answer.content)[0]
        return {name.removeprefix(DAV): each.text or "" for name, each in row.found.items()}, row.missing

    def test_of_a_folder_that_can_be_written(
        self, open_drive: Drive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(100, 60, 40))
        open_drive.home.folder("trip")
        for path in ("Storages/Photos", "Storages/Photos/trip"):
            found, missing = self.soon(open_drive, path)
            assert (found, missing) == ({"quota-available-bytes": "40", "quota-used-bytes": "60"}, ())
        assert "quota" not in open_drive.ask("PROPFIND", HERE, Depth="0").text, "only when it is asked for"

    def test_not_to_macos_nor_of_what_is_for_reading(
        self, open_drive: Drive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(100, 60, 40))
        open_drive.home.file("a.jpg")
        nothing: tuple[dict[str, str], tuple[str, ...]] = (
            {},
            (DAV + "quota-available-bytes", DAV + "quota-used-bytes"),
        )
        agent = "WebDAVFS/3.0.0 (03008000) Darwin/23.1.0 (x86_64)"
        assert self.soon(open_drive, HERE, **{"User-Agent": agent}) == nothing
        for path in ("Library", "Storages", "", HERE + "a.jpg"):
            assert self.soon(open_drive, path) == nothing

    def test_a_storage_is_never_asked_while_somebody_waits(
        self, open_drive: Drive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(100, None, 40))
        row = open_drive.propfind(HERE, "0", QUOTA)[0]
        assert len(row.missing) == 2
        found, missing = self.soon(open_drive, HERE)
        assert (found, missing) == ({"quota-available-bytes": "40"}, (DAV + "quota-used-bytes",))

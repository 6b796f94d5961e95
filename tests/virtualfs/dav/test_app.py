"""The application: every verb on every kind of place, and requests that are none."""

import time

import pytest

from services.models import Asset
from tests.virtualfs.dav.drive import Drive, listening, read_head, read_rest, request
from virtualfs.dav.app import BRIDGED, NATIVE

LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype></D:lockinfo>"
)
FOLDERS = (
    "", "Library", "Library/2026", "Library/2026/2026-07", "Library/2026/2026-08", "Library/2026/2026-08/(1)",
    "Library/Undated", "Storages", "Storages/Photos", "Storages/Photos/trip", "Collections", "Collections/One",
    "Collections/Many", "Collections/Many/2026", "Shared with me", "Shared with me/ben", "Shared with me/ben/Ben's",
    "Events", "Events/Wedding",
)  # fmt: skip
FILES = (
    "Library/2026/2026-07/a.jpg",
    "Storages/Photos/trip/a.jpg",
    "Collections/One/a.jpg",
    "Events/Wedding/a.jpg",
    ".metadata_never_index",
)


@pytest.fixture
def furnished(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> Drive:
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 1)
    drive.home.item("trip/a.jpg")
    drive.home.item("b.jpg", "2026-08-01 00:00")
    drive.home.item("c.jpg", "2026-08-02 00:00")
    drive.home.item("d.jpg", None)
    items = [asset.item for asset in Asset.select().order_by(Asset.id)]
    drive.home.make.collection(drive.home.anna, "One", items=items[:1])
    drive.home.make.collection(drive.home.anna, "Many", items=items)
    bens = drive.home.make.collection(drive.home.make.user("ben"), "Ben's")
    drive.home.make.grant(drive.home.make.share(bens), user=drive.home.anna)
    drive.home.event(drive.home.anna, "Wedding", items=items[:1])
    return drive


def test_nothing_can_be_made_in_any_folder(furnished: Drive) -> None:
    for folder in FOLDERS:
        new = f"{folder}/new" if folder else "new"
        target = f"http://testserver/dav/{new}"
        assert furnished.ask("PUT", f"{new}.jpg", b"bytes").status_code == 403, folder
        assert furnished.ask("MKCOL", new).status_code == 403, folder
        assert furnished.ask("LOCK", new, LOCK, Depth="0").status_code == 403, folder
        for method in ("COPY", "MOVE"):
            for source in FILES[:4]:
                assert furnished.ask(method, source, Destination=target).status_code == 403, (folder, source)
        assert furnished.ask("PROPFIND", new, Depth="0").status_code == 404, f"nothing was made in {folder}"


def test_nothing_that_is_there_can_be_changed(furnished: Drive) -> None:
    elsewhere = "http://testserver/dav/Storages/Photos/elsewhere"
    before = sorted(furnished.home.root.rglob("*"))
    for path in [*FOLDERS[1:], *FILES]:
        assert furnished.ask("PUT", path, b"bytes").status_code == 403, path
        assert furnished.ask("DELETE", path).status_code == 403, path
        assert furnished.ask("MOVE", path, Destination=elsewhere).status_code == 403, path
        assert furnished.ask("COPY", path, Destination=elsewhere).status_code == 403, path
        assert furnished.ask("LOCK", path, LOCK, Depth="0").status_code == 403, path
        assert furnished.ask("LOCK", path, If="(<urn:x>)").status_code in {403, 412}, path
        assert furnished.ask("UNLOCK", path, Lock_Token="<urn:x>").status_code == 409, path
        assert furnished.ask("MKCOL", path).status_code == 405, path
        assert furnished.ask("PROPPATCH", path, PATCH).status_code == 207, path
        assert furnished.ask("PROPFIND", path, Depth="0").status_code == 207, f"{path} is there still"
    assert sorted(furnished.home.root.rglob("*")) == before


PATCH = '<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><x xmlns="urn:x"/></D:prop></D:remove></D:propertyupdate>'


def test_the_top_cannot_be_changed_either(furnished: Drive) -> None:
    for method, headers in (
        ("DELETE", {}),
        ("MOVE", {"Destination": "http://testserver/dav/x"}),
        ("PUT", {}),
    ):
        assert furnished.ask(method, "", **headers).status_code == 403


@pytest.mark.parametrize(
    "method", [*BRIDGED, *NATIVE, "POST", "PATCH", "REPORT", "TRACE", "MKCALENDAR", "BREW"]
)
def test_no_verb_and_no_body_is_a_500(furnished: Drive, method: str) -> None:
    client = furnished.client(Depth="0", Destination="http://testserver/dav/x", If="(((")
    for body in (b"", b"<", b"\0" * 100, b"<!DOCTYPE a><a/>", b"x" * 70_000):
        for path in (
            "",
            "Library/2026",
            "Storages/Photos/trip/a.jpg",
            "nowhere/at/all",
            "Storages/Photos/new",
        ):
            answer = client.request(method, f"/dav/{path}", content=body)
            assert answer.status_code < 500, (path, body[:20], answer.text)
            assert answer.status_code != 200 or method in {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("address", ["http://[bad", "http://[::1"])
def test_a_destination_that_is_no_address(furnished: Drive, method: str, address: str) -> None:
    answer = furnished.ask(method, "Storages/Photos/trip/a.jpg", Destination=address)
    assert (answer.status_code, answer.text) == (400, "The Destination is no address.\n")


def test_an_unknown_verb_is_told_the_known_ones(drive: Drive) -> None:
    answer = drive.ask("POST", "")
    assert answer.status_code == 405
    assert "PROPFIND" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["..", "a/%2e%2e/b", "a%2fb", "a%00"])
def test_paths_that_are_none(drive: Drive, path: str) -> None:
    with listening(drive.app) as port:
        for method in ("GET", "PROPFIND", "DELETE", "MOVE", "OPTIONS"):
            client = request(
                port, path, drive.secret, method, Depth="0", Content_Length="0", Connection="close"
            )
            assert read_head(client)[0] == 400
            client.close()


def test_a_large_upload_is_told_no_and_may_read_it(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(drive.app) as port:
        client = request(port, "Library/big.jpg", drive.secret, "PUT", Content_Length=str(50_000_000))
        client.sendall(b"x" * 1_000_000)
        status, _ = read_head(client)
        assert status == 403
        client.close()
        waiting = request(
            port, "Library/big.jpg", drive.secret, "PUT", Content_Length="50000000", Expect="100-continue"
        )  # fmt: skip
        monkeypatch.setattr("virtualfs.dav.app.LINGER_S", 60)
        began = time.monotonic()
        assert read_head(waiting)[0] == 403, "before a byte was sent"
        assert read_rest(waiting) == 0
        assert time.monotonic() - began < 20, "and closed"
        waiting.close()


def test_the_connection_is_kept_between_requests(drive: Drive) -> None:
    drive.home.file("a.jpg")
    with listening(drive.app) as port:
        client = request(port, "Storages/Photos/a.jpg", drive.secret)
        status, body = read_head(client)
        assert status == 200
        while len(body) < 5:
            body += client.recv(100)
        lines = [
            "GET /dav/Storages/Photos/a.jpg HTTP/1.1",
            "Host: x",
            f"Authorization: {drive.basic}",
            "",
            "",
        ]
        client.sendall("\r\n".join(lines).encode())
        assert read_head(client)[0] == 200
        client.close()

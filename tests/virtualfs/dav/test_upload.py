"""PUT: a file is there as a whole or as it was before; what is judged, and that it is judged before a byte is read."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from services import accounts, clock
from services.drive import locks
from services.errors import StorageFull, Unavailable
from services.models import Credential, DriveWrite, File, Storage, Trash
from services.storages.local import LocalStorage
from services.storages.values import Quota
from tests.virtualfs.dav.drive import Drive, listening, read_head, request
from virtualfs.dav import upload
from virtualfs.dav.errors import Refused
from virtualfs.dav.receiving import BATCH, IDLE_S
from virtualfs.dav.upload import RENEWED_S, announced, mtime_of

WAIT_S = 30.0
MIB = 1024 * 1024
HERE = "Storages/Photos/"


@pytest.fixture
def open_drive(drive: Drive) -> Drive:
    drive.home.allow_writing()
    return drive


def on_disk(drive: Drive) -> list[str]:
    """Every file below the root but the trash: also half-written ones."""
    root = drive.home.root
    found = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
    return sorted(str(p) for p in found if p.parts[0] != ".hypomos-trash")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_created_and_replaced(open_drive: Drive) -> None:
    made = open_drive.ask("PUT", HERE + "a.jpg", b"first")
    assert made.status_code == 201
    assert made.headers["etag"] == open_drive.ask("HEAD", HERE + "a.jpg").headers["etag"]
    assert open_drive.propfind(HERE + "a.jpg", "0")[0].text("getetag") == made.headers["etag"]
    again = open_drive.ask("PUT", HERE + "a.jpg", b"second one")
    assert again.status_code == 204
    assert again.headers["etag"] != made.headers["etag"]
    assert open_drive.ask("GET", HERE + "a.jpg").content == b"second one"
    assert (open_drive.home.root / "a.jpg").read_bytes() == b"second one"
    assert DriveWrite.select().count() == 0


def test_old_bytes_are_a_version_in_the_trash(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg", b"old bytes")
    assert open_drive.ask("PUT", HERE + "a.jpg", b"new").status_code == 204
    version = Trash.get()
    assert (version.kind, version.path) == ("version", "a.jpg")
    assert (open_drive.home.root / version.place).read_bytes() == b"old bytes"


def test_two_pictures_of_one_name_are_both_kept(open_drive: Drive) -> None:
    """A telephone that calls each of them image.jpg sends the second a second later."""
    for data in (b"", b"the first picture", b"the second picture"):
        assert open_drive.ask("PUT", HERE + "image.jpg", data).status_code in {201, 204}
    assert open_drive.ask("GET", HERE + "image.jpg").content == b"the second picture"
    version = Trash.get()
    assert (open_drive.home.root / version.place).read_bytes() == b"the first picture"
    assert Trash.select().count() == 1, "an empty file leaves nothing"


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "52428800"}, {"X-Expected-Entity-Length": "52428800"}]
)
def test_a_client_that_dies_leaves_nothing(open_drive: Drive, headers: dict[str, str]) -> None:
    """The first probe: wsgidav stores what came as if it were all."""
    open_drive.home.file("old.jpg", b"old bytes")
    with listening(open_drive.app) as port:
        for name in ("new.jpg", "old.jpg"):
            chunked = "Content-Length" not in headers
            more = headers | ({"Transfer-Encoding": "chunked"} if chunked else {})
            client = request(port, HERE + name, open_drive.secret, "PUT", **more)
            piece = os.urandom(MIB)
            for _ in range(4):
                client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            until(lambda: DriveWrite.select().count() == 1)
            client.close()
            until(lambda: DriveWrite.select().count() == 0)
    until(lambda: on_disk(open_drive) == ["old.jpg"])
    assert (open_drive.home.root / "old.jpg").read_bytes() == b"old bytes"
    assert [f.name for f in File.select()] == ["old.jpg"]
    assert Trash.select().count() == 0


def test_chunks_as_finder_sends_them(open_drive: Drive) -> None:
    """The fifth probe."""
    data = os.urandom(3 * MIB + 17)

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]

    with listening(open_drive.app) as port:
        where = f"http://127.0.0.1:{port}/dav/{HERE}"
        for name, length, status in (
            ("a.jpg", len(data), 201), ("a.jpg", len(data), 204), ("short.jpg", len(data) + 1, 400),
            ("long.jpg", 9, 400),
        ):  # fmt: skip
            answer = httpx.put(
                where + name, content=chunks(), auth=("anna", open_drive.secret),
                headers={"X-Expected-Entity-Length": str(length)},
            )  # fmt: skip
            assert answer.status_code == status, answer.text
    assert on_disk(open_drive) == ["a.jpg"]
    digest = hashlib.sha256((open_drive.home.root / "a.jpg").read_bytes()).digest()
    assert digest == hashlib.sha256(data).digest()


def test_memory_stays_flat(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storage that takes its time holds up its sender: no more than two batches are taken over meanwhile."""
    taken = [0]
    most: list[int] = []

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def counted() -> Message:
            message = await receive()
            taken[0] += len(message.get("body", b""))
            return message

        await open_drive.app(scope, counted, send)

    def slow(self: LocalStorage, path: str, src: Iterable[bytes], **more: object) -> None:
        next(iter(src))
        until(lambda: taken[0] >= 2 * BATCH)
        time.sleep(0.3)  # for what it should not take
        most.append(taken[0])
        raise StorageFull("full after all")

    monkeypatch.setattr(LocalStorage, "write", slow)
    with listening(counting) as port:
        client = request(port, HERE + "a.jpg", open_drive.secret, "PUT", Content_Length=str(64 * MIB))
        client.settimeout(10)
        with suppress(OSError):
            for _ in range(64):
                client.sendall(b"x" * MIB)
        client.close()
        until(lambda: bool(most))
    assert 2 * BATCH <= most[0] < 3 * BATCH
    assert on_disk(open_drive) == []


@pytest.mark.parametrize(("headers", "status"), [
    ({"Content-Range": "bytes 0-4/10"}, 400), ({"Content-Encoding": "gzip"}, 501),
    ({"Content-Encoding": "identity"}, 201),
    ({"X-OC-Mtime": "yesterday"}, 400), ({"If-Match": '"x"'}, 412), ({"If-Match": "*"}, 412), ({"If": "nonsense"}, 400),
    ({"If": "(<opaquelocktoken:x>)"}, 412), ({"If": "(Not <opaquelocktoken:x>)"}, 201), ({"If-None-Match": "*"}, 201),
    ({"If": "(" * 9000}, 400),
])  # fmt: skip
def test_a_new_name_under_conditions(open_drive: Drive, headers: dict[str, str], status: int) -> None:
    assert open_drive.ask("PUT", HERE + "a.jpg", b"bytes", **headers).status_code == status
    assert on_disk(open_drive) == (["a.jpg"] if status == 201 else [])


def test_a_file_that_is_there_under_conditions(open_drive: Drive) -> None:
    file = open_drive.home.file("a.jpg", b"old bytes")
    tag = open_drive.ask("HEAD", HERE + "a.jpg").headers["etag"]
    before = f'"{file.pid}-{file.size:x}-{file.mtime_ns:x}"'  # by which it was known until it was read
    for headers in (
        {"If-Match": '"other"'}, {"If-None-Match": "*"}, {"If-None-Match": tag}, {"If": '(["other"])'},
        {"If-None-Match": before}, {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"If": f"</dav/{HERE}a.jpg> (Not [{tag}])"},
    ):  # fmt: skip
        assert open_drive.ask("PUT", HERE + "a.jpg", b"new", **headers).status_code == 412, headers
    for headers in (
        {"If-Match": tag}, {"If-Match": "*"}, {"If": f"([{tag}])"}, {"If-Match": before},
        {"If": f"<http://testserver/dav/{HERE}b.jpg> (<x>) <http://testserver/dav/{HERE}a.jpg> ([{tag}])"},
    ):  # fmt: skip
        (open_drive.home.root / "a.jpg").write_bytes(b"old bytes")
        os.utime(open_drive.home.root / "a.jpg", ns=(file.mtime_ns, file.mtime_ns))
        File.delete().execute()
        open_drive.home.file("a.jpg", b"old bytes", pid=file.pid)
        os.utime(open_drive.home.root / "a.jpg", ns=(file.mtime_ns, file.mtime_ns))
        assert open_drive.ask("PUT", HERE + "a.jpg", b"new", **headers).status_code == 204, headers


def test_what_changed_in_the_storage_is_not_replaced_unseen(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg", b"old bytes")
    tag = open_drive.ask("HEAD", HERE + "a.jpg").headers["etag"]
    (open_drive.home.root / "a.jpg").write_bytes(b"edited on the disk")
    answer = open_drive.ask("PUT", HERE + "a.jpg", b"new", If_Match=tag)
    assert answer.status_code == 412
    assert (open_drive.home.root / "a.jpg").read_bytes() == b"edited on the disk"
    (open_drive.home.root / "b.jpg").write_bytes(b"not scanned yet")
    assert open_drive.ask("PUT", HERE + "b.jpg", b"new", If_None_Match="*").status_code == 412
    assert open_drive.ask("PUT", HERE + "b.jpg", b"new").status_code == 201
    assert Trash.get().path == "b.jpg", "it was not known, and is kept all the same"


def test_places_that_take_no_file(open_drive: Drive) -> None:
    open_drive.home.folder("trip")
    for path, status in (
        ("trip", 405), ("trip/", 405), ("no/a.jpg", 409), ("a.jpg/b.jpg", 409), ("x.part/b.jpg", 409),
        (".hypomos-x", 403), ("trip/ a.jpg", 403),
    ):  # fmt: skip
        open_drive.home.file("a.jpg")
        assert open_drive.ask("PUT", HERE + path, b"bytes").status_code == status, path
        File.delete().execute()
    assert open_drive.ask("PUT", "Storages/None/a.jpg", b"bytes").status_code == 403
    assert open_drive.ask("PUT", "Storages/Photos", b"bytes").status_code == 403
    assert on_disk(open_drive) == ["a.jpg"]


def test_the_app_password_must_be_for_writing(open_drive: Drive) -> None:
    secret = accounts.create_token(open_drive.home.viewer, "app", scopes=["webdav:read"]).secret
    reading = Drive(open_drive.home, open_drive.app, secret, loop=open_drive.loop)
    for method in ("PUT", "MKCOL", "DELETE", "LOCK", "PROPPATCH", "UNLOCK", "MOVE", "COPY"):
        answer = reading.ask(method, HERE + "a.jpg")
        assert (answer.status_code, "for reading the network drive only" in answer.text) == (403, True)
    assert reading.ask("OPTIONS", HERE).status_code == 200
    assert reading.propfind(HERE, "0")[0].found["{DAV:}supportedlock"].find("*") is None


def test_a_time_is_taken_and_acknowledged(open_drive: Drive) -> None:
    answer = open_drive.ask("PUT", HERE + "a.jpg", b"bytes", X_OC_Mtime="1600000000")
    assert answer.headers["x-oc-mtime"] == "accepted"
    assert (open_drive.home.root / "a.jpg").stat().st_mtime == 1_600_000_000
    assert (
        open_drive.propfind(HERE + "a.jpg", "0")[0].text("getlastmodified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    )


def test_no_room_is_said_before_a_byte_is_read(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStorage, "about", lambda self: Quota(100, 90, 10))
    with listening(open_drive.app) as port:
        client = request(
            port, HERE + "a.jpg", open_drive.secret, "PUT", Content_Length="11", Expect="100-continue"
        )
        assert read_head(client)[0] == 507, "and not 100"
        client.close()
    assert open_drive.ask("PUT", HERE + "a.jpg", b"0123456789").status_code == 201


def test_a_storage_that_is_away_is_503(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: LocalStorage, path: str) -> None:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(LocalStorage, "stat", away)
    answer = open_drive.ask("PUT", HERE + "a.jpg", b"bytes")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_closed_while_it_comes(open_drive: Drive) -> None:
    """What is closed for writing in the middle is finished; the next one is refused."""
    Storage.update(writable=False).execute()
    answer = open_drive.ask("PUT", HERE + "a.jpg", b"bytes")
    assert answer.status_code == 403
    assert "can allow writing in its settings" in answer.text


@contextmanager
def half_way(drive: Drive, path: str, **headers: str) -> Iterator[Callable[[], int]]:
    """An upload of ten bytes of which five have come; called, it sends the rest and gives the answer."""
    with listening(drive.app) as port:
        client = request(port, path, drive.secret, "PUT", Content_Length="10", **headers)
        client.sendall(b"12345")
        until(lambda: DriveWrite.select().count() == 1)

        def go_on() -> int:
            client.sendall(b"67890")
            return read_head(client)[0]

        yield go_on
        client.close()


def test_of_two_that_write_at_once_nothing_is_lost(open_drive: Drive) -> None:
    """The slow one would replace an empty file, of which nothing is kept, and finds the other's bytes there."""
    open_drive.ask("PUT", HERE + "a.jpg", b"")
    with half_way(open_drive, HERE + "a.jpg") as go_on:
        other = open_drive.as_somebody("anna")
        assert other.ask("PUT", HERE + "a.jpg", b"the other's bytes").status_code == 204
        assert go_on() == 412
    assert (open_drive.home.root / "a.jpg").read_bytes() == b"the other's bytes"
    assert on_disk(open_drive) == ["a.jpg"]


def test_a_condition_is_judged_again_at_the_end(open_drive: Drive) -> None:
    open_drive.ask("PUT", HERE + "a.jpg", b"old bytes")
    other = open_drive.as_somebody("anna")
    tag = open_drive.ask("HEAD", HERE + "a.jpg").headers["etag"]
    with half_way(other, HERE + "a.jpg", If_Match=tag) as go_on:
        assert open_drive.ask("PUT", HERE + "a.jpg", b"quicker", If_Match=tag).status_code == 204
        assert go_on() == 412
    assert (open_drive.home.root / "a.jpg").read_bytes() == b"quicker"


@pytest.mark.parametrize("method", ["DELETE", "MOVE"])
def test_a_folder_that_goes_away_meanwhile(open_drive: Drive, method: str) -> None:
    """What is said to be there is there: not in the trash, nor wherever the folder is now."""
    open_drive.ask("MKCOL", HERE + "f")
    with half_way(open_drive, HERE + "f/a.jpg") as go_on:
        assert open_drive.ask(method, HERE + "f", Destination=f"/dav/{HERE}g").status_code < 300
        assert go_on() == 503
    assert [file.name for file in File.select()] == []
    assert open_drive.ask("PUT", HERE + "f/a.jpg", b"again").status_code == 409


def test_an_app_password_that_ends_meanwhile(open_drive: Drive) -> None:
    with half_way(open_drive, HERE + "a.jpg") as go_on:
        Credential.update(revoked_at=1).execute()
        assert go_on() == 404
    assert on_disk(open_drive) == []


def test_another_time_makes_no_file_ones_own(open_drive: Drive) -> None:
    """Windows sets times first and writes then: what was there before is kept all the same."""
    open_drive.home.file("a.jpg", b"precious")
    body = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
        "<Z:Win32LastModifiedTime>Tue, 14 Nov 2023 22:13:20 GMT</Z:Win32LastModifiedTime>"
        "</D:prop></D:set></D:propertyupdate>"
    )
    assert open_drive.ask("PROPPATCH", HERE + "a.jpg", body).status_code == 207
    open_drive.ask("PUT", HERE + "a.jpg", b"new")
    assert (open_drive.home.root / Trash.get().place).read_bytes() == b"precious"


def test_a_client_may_be_silent_for_less_than_its_write_counts() -> None:
    assert locks.WRITE / clock.SECOND > IDLE_S + RENEWED_S


def test_a_write_under_way_gets_no_lock_beside_it(open_drive: Drive) -> None:
    lock = (
        '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        "<D:locktype><D:write/></D:locktype></D:lockinfo>"
    )
    with listening(open_drive.app) as port:
        client = request(port, HERE + "a.jpg", open_drive.secret, "PUT", Content_Length="10")
        client.sendall(b"12345")
        until(lambda: DriveWrite.select().count() == 1)
        for path in ("a.jpg", ""):
            assert open_drive.ask("LOCK", HERE + path, lock).status_code == 423
        assert open_drive.ask("LOCK", HERE + "b.jpg", lock).status_code == 201
        client.sendall(b"67890")
        assert read_head(client)[0] == 201
        client.close()
    assert open_drive.ask("LOCK", HERE + "a.jpg", lock).status_code == 200


def test_a_long_upload_says_that_it_is_under_way(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(upload, "RENEWED_S", 0.0)
    monkeypatch.setattr(locks, "go_on", told.append)
    assert open_drive.ask("PUT", HERE + "a.jpg", b"x" * 3000).status_code == 201
    assert told


def test_a_person_has_only_so_many_at_once(open_drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(open_drive.app) as port:
        clients: list[socket.socket] = []
        for number in range(6):
            client = request(port, f"{HERE}{number}.jpg", open_drive.secret, "PUT", Content_Length="2")
            client.sendall(b"1")
            clients.append(client)
        until(lambda: DriveWrite.select().count() == 6)
        assert open_drive.ask("PROPFIND", HERE, Depth="1").status_code == 207, (
            "whoever stalls holds up nobody"
        )
        assert open_drive.ask("MKCOL", HERE + "new").status_code == 201
        refused = request(
            port, HERE + "7.jpg", open_drive.secret, "PUT", Content_Length="1", Expect="100-continue"
        )
        assert read_head(refused)[0] == 503
        for client in (*clients, refused):
            if client is not refused:
                client.sendall(b"2")
                assert read_head(client)[0] == 201
            client.close()


@pytest.mark.parametrize(("headers", "length"), [
    ({}, None), ({"content-length": "0"}, 0), ({"x-expected-entity-length": "7"}, 7),
    ({"content-length": "5", "x-expected-entity-length": "7"}, 5),
])  # fmt: skip
def test_what_is_announced(headers: dict[str, str], length: int | None) -> None:
    assert announced(headers) == length


@pytest.mark.parametrize("text", ["", "-1", "1e3", "９", "9" * 30, "0x10"])
def test_lengths_that_are_none(text: str) -> None:
    with pytest.raises(Refused):
        announced({"x-expected-entity-length": text})


@pytest.mark.parametrize(("text", "found"), [
    ("1600000000", 1_600_000_000 * 10**9), ("1600000000.5", 1_600_000_000 * 10**9), ("", None), ("0", None),
    ("99999999999", 32_503_680_000 * 10**9),
])  # fmt: skip
def test_times(text: str, found: int | None) -> None:
    assert mtime_of({"x-oc-mtime": text}) == found


@pytest.mark.parametrize("text", ["-5", "1.x", "9" * 12, "٣", "now"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(Refused):
        mtime_of({"x-oc-mtime": text})


def test_a_path_is_not_joined(open_drive: Drive, tmp_path: Path) -> None:
    for path in (HERE + "%2e%2e/x", HERE + "..%2fx", HERE + "a%2fb", HERE + "a%00b"):
        assert open_drive.client().request("PUT", f"/dav/{path}", content=b"x").status_code in {400, 403, 409}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "photos"] or not (tmp_path / "x").exists()

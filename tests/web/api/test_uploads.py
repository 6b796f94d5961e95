"""/uploads: the exchanges of tus 1.0 as they are, for a person; whose it is, and what is refused."""

import base64
import http.client
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from services import clock
from services.models import Job, Storage, Upload, User
from services.uploads import UPLOAD
from tests.web.conftest import Web
from tests.web.loopback import asking, listening
from web import bodies
from web.api.uploads import EXTENSIONS, PIECES
from web.routes import API

HERE = f"{API}/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PATIENCE_S = 20.0
CHUNK = TUS | {"Content-Type": PIECES}


def named(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


@pytest.fixture
def anna(web: Web) -> TestClient:
    """Anna's browser; her files go to her storage."""
    Storage.update(writable=True).execute()
    User.update(default_storage_id=web.storage.id).where(User.login == "anna").execute()
    return web.client("anna", **{"Sec-Fetch-Site": "same-origin"})


def begun(client: TestClient, size: int = 10, query: str = "", said: dict[str, str] | None = None) -> str:
    """The address of a new upload."""
    headers = TUS | {
        "Upload-Length": str(size),
        "Upload-Metadata": named(**{"name": "IMG_2.jpg"} | (said or {})),
    }
    answer = client.post(HERE + query, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(client: TestClient, address: str, offset: int, data: bytes, **more: str) -> Any:
    return client.patch(address, content=data, headers=CHUNK | {"Upload-Offset": str(offset)} | more)


def test_the_options_say_what_is_spoken(anna: TestClient) -> None:
    answer = anna.options(HERE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["tus-resumable"] == answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == EXTENSIONS


def test_one_exchange_from_the_beginning_to_the_end(anna: TestClient, web: Web) -> None:
    said = {"type": "image/jpeg", "lastModified": "1782864000000"}
    address = begun(anna, said=said)
    upload = Upload.get()
    assert address == f"{HERE}/{upload.pid}"
    assert (upload.name, upload.mime, upload.size) == ("IMG_2.jpg", "image/jpeg", 10)
    assert (upload.modified_at, upload.storage_id, upload.folder) == (
        1_782_864_000_000_000,
        web.storage.id,
        "",
    )
    first = anna.head(address, headers=TUS)
    assert (first.status_code, first.headers["upload-offset"], first.headers["upload-length"]) == (
        200,
        "0",
        "10",
    )
    assert first.headers["upload-metadata"] == named(name="IMG_2.jpg", **said)
    assert first.headers["upload-expires"].endswith("GMT")
    answer = patch(anna, address, 0, b"0123")
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "4")
    assert "upload-expires" in answer.headers
    assert anna.head(address, headers=TUS).headers["upload-offset"] == "4"
    last = patch(anna, address, 4, b"456789")
    assert (last.status_code, last.headers["upload-offset"]) == (204, "10")
    assert "upload-expires" not in last.headers
    for each in (first, answer, last):
        assert each.headers["cache-control"] == "no-store"
        assert each.headers["tus-resumable"] == "1.0.0"
    assert Upload.get().state == "whole"
    assert Job.get(Job.kind == UPLOAD).payload == {"upload": upload.id}


def test_the_first_bytes_may_come_with_the_beginning(anna: TestClient) -> None:
    headers = CHUNK | {
        "Upload-Length": "4",
        "Upload-Metadata": named(filename="a.txt", filetype="text/plain"),
    }
    answer = anna.post(HERE, content=b"0123", headers=headers)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "4")
    assert (Upload.get().name, Upload.get().state) == ("a.txt", "whole")


def test_it_goes_to_the_storage_and_folder_that_are_named(anna: TestClient, web: Web) -> None:
    begun(anna, query=f"?storage={web.storage.pid}&path=Sommer%2FSee%20%FC")
    assert Upload.get().folder == "Sommer/See \udcfc"
    headers = TUS | {"Upload-Length": "1"}
    assert anna.post(f"{HERE}?storage=AAAAAAAAAAAAAAAA", headers=headers).status_code == 404
    assert anna.post(f"{HERE}?path=../x", headers=headers).status_code == 422
    assert anna.post(f"{HERE}?path=.hypomos-trash", headers=headers).status_code == 422
    Storage.update(writable=False).execute()
    assert anna.post(f"{HERE}?storage={web.storage.pid}", headers=headers).status_code == 403
    assert anna.post(HERE, headers=headers).status_code == 422
    assert Upload.select().count() == 1


def test_nobody_uploads_into_the_storage_of_another(web: Web, anna: TestClient) -> None:
    ben = web.client("ben", **{"Sec-Fetch-Site": "same-origin"})
    headers = TUS | {"Upload-Length": "1"}
    there = ben.post(f"{HERE}?storage={web.storage.pid}", headers=headers)
    nowhere = ben.post(f"{HERE}?storage=AAAAAAAAAAAAAAAA", headers=headers)
    assert (there.status_code, there.content) == (404, nowhere.content)


@pytest.mark.parametrize(
    ("headers", "status", "more"),
    [
        ({"Upload-Offset": "3"}, 409, {"offset": 4}),
        ({"Upload-Offset": "-1"}, 422, {}),
        ({"Upload-Offset": "x"}, 422, {}),
        ({"Upload-Offset": "9" * 30}, 422, {}),
        ({"Upload-Offset": "4", "Content-Type": "image/jpeg"}, 415, {}),
        ({"Upload-Offset": "4", "Tus-Resumable": "0.2.2"}, 412, {}),
        ({"Upload-Offset": "5"}, 413, {"most": 10}),
    ],
)
def test_what_is_wrong_with_pieces(
    anna: TestClient, headers: dict[str, str], status: int, more: dict[str, int]
) -> None:
    address = begun(anna)
    patch(anna, address, 0, b"0123")
    answer = anna.patch(address, content=b"456789", headers=CHUNK | headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().items() >= more.items()
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert ("tus-version" in answer.headers) == (status == 412)
    assert anna.head(address, headers=TUS).headers["upload-offset"] == "4"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "1.5"}, 422),
        ({"Upload-Length": str(2**63)}, 422),
        ({"Upload-Length": "5", "Upload-Defer-Length": "1"}, 422),
        ({"Upload-Length": "5", "Upload-Metadata": "name %%%"}, 422),
        ({"Upload-Length": "5", "Upload-Metadata": "name " + "A" * 9000}, 422),
        ({"Upload-Length": str(2**62)}, 507),
        ({"Upload-Length": "5", "Content-Type": "text/plain"}, 415),
        ({"Upload-Length": "5", "Tus-Resumable": ""}, 412),
    ],
)
def test_what_is_not_begun(anna: TestClient, headers: dict[str, str], status: int) -> None:
    answer = anna.post(HERE, content=b"12345", headers=TUS | headers)
    assert answer.status_code == status, answer.text
    assert Upload.select().where(Upload.got > 0).count() == 0


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "n\0ul.jpg", "<b>.jpg", "\u202egpj.exe", "ü" * 255 + ".jpg", "", "con", "x.part"],
)
def test_hostile_names_become_harmless(anna: TestClient, name: str) -> None:
    begun(anna, said={"name": name})
    kept = Upload.get().name
    assert kept
    assert not set(kept) & set('/\\\0<>"\u202e')
    assert len(kept.encode()) <= 200
    assert anna.get(HERE).json()["items"][0]["name"] == kept


def test_one_that_was_given_up_or_expired_is_gone(anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address, other = begun(anna), begun(anna)
    assert anna.delete(address).status_code == 412
    assert anna.delete(address, headers=TUS).status_code == 204
    assert anna.head(address, headers=TUS).status_code == 404
    now = clock.now()
    monkeypatch.setattr(clock, "source", lambda: (now + clock.DAY) / clock.SECOND)
    assert anna.head(other, headers=TUS).status_code == 404
    assert patch(anna, other, 0, b"0123").status_code == 404


def test_the_uploads_of_a_person_are_their_own(web: Web, anna: TestClient) -> None:
    address = begun(anna)
    ben = web.client("ben", **{"Sec-Fetch-Site": "same-origin"})
    for answer in (
        ben.head(address, headers=TUS),
        patch(ben, address, 0, b"01"),
        ben.delete(address, headers=TUS),
    ):
        assert answer.status_code == 404
    assert ben.get(HERE).json()["items"] == []
    (mine,) = anna.get(HERE).json()["items"]
    assert (mine["href"], mine["state"], mine["received"], mine["size"]) == (address, "receiving", 0, 10)
    assert mine["expires"].endswith("Z")


def test_states_are_told(web: Web, anna: TestClient) -> None:
    patch(anna, begun(anna), 0, b"0123456789")
    assert anna.get(HERE).json()["items"][0]["state"] == "received"
    Upload.update(problem="The file is empty.").execute()
    waiting = anna.get(HERE, headers={"Accept-Language": "de"}).json()["items"][0]
    assert (waiting["waits_for"], waiting["problem"]) == (web.storage.name, "Die Datei ist leer.")
    Upload.update(state="done", item=web.item, problem="").execute()
    stored = anna.get(HERE).json()["items"][0]
    assert (stored["state"], stored["stored_in"], stored["item"]) == (
        "stored",
        web.storage.name,
        web.item.pid,
    )


def test_a_token_that_may_write_uploads(web: Web, anna: TestClient) -> None:
    headers = TUS | {"Upload-Length": "1"}
    client = web.client()
    assert client.post(HERE, headers=headers | web.bearer("anna", "read")).status_code == 404
    assert client.post(HERE, headers=headers | web.bearer("anna", "read", "write")).status_code == 201


def test_another_site_sends_nothing(web: Web, anna: TestClient) -> None:
    address = begun(anna)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert anna.post(HERE, headers=TUS | {"Upload-Length": "1"} | foreign).status_code == 403
    assert patch(anna, address, 0, b"01", **foreign).status_code == 403
    assert anna.delete(address, headers=TUS | foreign).status_code == 403
    assert Upload.get().got == 0


def test_a_connection_that_breaks_loses_nothing_that_came(web: Web, anna: TestClient) -> None:
    """Over a real socket: half of a piece, then nothing more; the rest goes on from there."""
    address = begun(anna, 100_000)
    bearer = web.bearer("anna", "read", "write")
    with listening(web.app) as port:
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.putrequest("PATCH", address)
        for key, value in (CHUNK | bearer | {"Upload-Offset": "0", "Content-Length": "100000"}).items():
            line.putheader(key, value)
        line.endheaders()
        line.send(b"x" * 40_000)
        spooled = web.data / "spool" / "uploads" / Upload.get().pid
        until(lambda: spooled.exists() and spooled.stat().st_size == 40_000)
        line.close()
        until(lambda: _got(port, address, bearer) > 0)
        got = _got(port, address, bearer)
        assert got == 40_000
        with asking(port) as line:
            rest = CHUNK | bearer | {"Upload-Offset": str(got)}
            line.request("PATCH", address, b"y" * (100_000 - got), rest)
            assert line.getresponse().status == 204
    upload = Upload.get()
    assert upload.state == "whole"
    kept = (web.data / "spool" / "uploads" / upload.pid).read_bytes()
    assert kept == b"x" * got + b"y" * (100_000 - got)


def _got(port: int, address: str, bearer: dict[str, str]) -> int:
    """How much has come, as a client that begins again is told."""
    with asking(port) as line:
        line.request("HEAD", address, headers=TUS | bearer)
        return int(line.getresponse().headers["Upload-Offset"])


def until(holds: Callable[[], bool]) -> None:
    """Wait for what the server does in a moment of its own."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_sender_who_says_nothing_more_is_given_up(
    web: Web, anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection still stands; the same upload can be gone on with over another."""
    monkeypatch.setattr(bodies, "STALL_S", 0.2)
    address = begun(anna, 100)
    bearer = web.bearer("anna", "read", "write")
    with listening(web.app) as port:
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.putrequest("PATCH", address)
        for key, value in (CHUNK | bearer | {"Upload-Offset": "0", "Content-Length": "100"}).items():
            line.putheader(key, value)
        line.endheaders()
        line.send(b"x" * 40)
        assert line.getresponse().status == 422
        line.close()
    assert anna.head(address, headers=TUS).headers["upload-offset"] == "40"

"""/storages/{id}/files: listing, uploads by PUT with their conditions, folders, moves, deletion."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from services.models import File, FileOperation, Item, Job, Storage, Trash
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import PICTURE, Web
from tests.web.loopback import asking, listening
from web.receiving import OF_PERSON
from web.routes import API


@pytest.fixture
def files(web: Web) -> str:
    Storage.update(writable=True).execute()
    return f"/storages/{web.storage.pid}/files"


def put(web: Web, path: str, body: object, who: str = "anna", **headers: str):  # type: ignore[no-untyped-def]
    """PUT bytes, or pieces of them, which are sent without their length."""
    given = web.bearer(who, "read", "write") | {n.replace("_", "-"): v for n, v in headers.items()}
    return web.client().put(f"{API}{path}", content=body, headers=given)  # type: ignore[arg-type]


def test_a_folder_is_listed(web: Web, api: Api, files: str, make: Make) -> None:
    make.folder(web.storage, "summer")
    seen = api("GET", files).json()
    assert [(i["name"], i["folder"]) for i in seen["items"]] == [("summer", True), ("IMG_1.jpg", False)]
    picture = seen["items"][1]
    assert (picture["size"], picture["item"], picture["present"]) == (len(PICTURE), web.item.pid, True)
    assert api("GET", f"{files}/summer/").json()["items"] == []
    assert api("GET", f"{files}/IMG_1.jpg").json() == picture
    assert web.client("anna").get(picture["href"]).json() == picture
    assert api("GET", f"{files}/absent").status_code == 404
    queries: list[dict[str, int]] = [{"limit": 0}, {"limit": 5000}, {"cursor": -1}]
    for query in queries:
        assert api("GET", files, **query).status_code == 422


def test_a_long_folder_comes_in_pages(web: Web, api: Api, files: str, make: Make) -> None:
    for n in range(3):
        make.file(web.storage, f"b{n}.txt")
    first = api("GET", files, limit=2).json()
    rest = api("GET", files, limit=2, cursor=first["next"]).json()
    assert [i["name"] for i in first["items"] + rest["items"]] == ["b0.txt", "b1.txt", "b2.txt", "IMG_1.jpg"]
    assert rest["next"] is None


@pytest.mark.parametrize("pieces", [False, True])
def test_bytes_are_uploaded_as_they_come(web: Web, files: str, pieces: bool) -> None:
    data = bytes(range(256)) * 4000

    def stream() -> Iterator[bytes]:
        for i in range(0, len(data), 100_000):
            yield data[i : i + 100_000]

    answer = put(web, f"{files}/new%20one.jpg", stream() if pieces else data)
    made = answer.json()
    assert (answer.status_code, made["path"], made["size"], made["version"]) == (
        201,
        "new one.jpg",
        len(data),
        None,
    )
    assert answer.headers["etag"] == f'"{made["etag"]}"'
    assert (web.folder / "new one.jpg").read_bytes() == data
    assert File.get(File.name == "new one.jpg").pid == made["id"]


def test_nothing_is_overwritten_unasked(web: Web, api: Api, files: str) -> None:
    there = f"{files}/IMG_1.jpg"
    assert put(web, there, b"new").status_code == 409
    assert put(web, there, b"new", If_None_Match="*").status_code == 412
    assert put(web, there, b"new", If_Match='"another"').status_code == 412
    assert put(web, f"{files}/absent.jpg", b"new", If_Match="*").status_code == 404
    assert put(web, f"{there}?taken=burn", b"new").status_code == 422
    assert put(web, there, b"new", Content_Range="bytes 0-2/3").status_code == 422
    assert (web.folder / "IMG_1.jpg").read_bytes() == PICTURE
    free = put(web, f"{there}?taken=free", b"new").json()
    assert (free["path"], (web.folder / "IMG_1 (2).jpg").read_bytes()) == ("IMG_1 (2).jpg", b"new")


@pytest.mark.parametrize("how", ["tag", "any", "taken"])
def test_a_replaced_file_is_kept_as_a_version(web: Web, api: Api, files: str, how: str) -> None:
    stat = (web.folder / "IMG_1.jpg").stat()
    File.update(mtime_ns=stat.st_mtime_ns).execute()
    etag = api("GET", f"{files}/IMG_1.jpg").json()["etag"]
    headers = {"tag": {"If_Match": f'"{etag}"'}, "any": {"If_Match": "*"}, "taken": {}}[how]
    answer = put(web, f"{files}/IMG_1.jpg{'?taken=replace' if how == 'taken' else ''}", b"new", **headers)
    assert answer.status_code == 200
    version = answer.json()["version"]
    assert (web.folder / "IMG_1.jpg").read_bytes() == b"new"
    (line,) = api("GET", "/trash").json()["items"]
    assert (line["id"], line["kind"], line["size"], line["item"]) == (
        version,
        "version",
        len(PICTURE),
        web.item.pid,
    )
    back = api("POST", f"/trash/{version}/restore").json()["restored"]
    assert [b["path"] for b in back] == ["IMG_1 (2).jpg"]
    assert (web.folder / "IMG_1 (2).jpg").read_bytes() == PICTURE


def test_to_the_storage_that_was_chosen(web: Web, api: Api, files: str) -> None:
    assert put(web, "/storages/default/files/a.jpg", b"x").status_code == 422
    api("PATCH", "/me", {"default_storage": web.storage.pid})
    assert put(web, "/storages/default/files/a.jpg", b"x").status_code == 201
    assert put(web, "/storages/default/files/b.jpg", b"x", who="ben").status_code == 422
    assert (web.folder / "a.jpg").exists()


def test_folders_and_moves(web: Web, api: Api, files: str) -> None:
    made = api("POST", files, {"folder": "Sommer"})
    assert (made.status_code, made.json()["folder"]) == (201, True)
    assert api("POST", files, {"folder": "Sommer"}).status_code == 409
    wrongs: list[dict[str, object]] = [{}, {"path": 5}, {"path": "x", "storage": 5}]
    for wrong in ({}, {"folder": 5}, {"folder": ""}, {"folder": "a//b"}, {"folder": ".hypomos-trash"}):
        assert api("POST", files, wrong).status_code == 422
    assert api("POST", files, {"folder": "absent/x"}).status_code == 404
    moved = api("PATCH", f"{files}/IMG_1.jpg", {"path": "Sommer/eins.jpg"})
    assert (moved.status_code, moved.json()["path"], moved.json()["item"]) == (
        200,
        "Sommer/eins.jpg",
        web.item.pid,
    )
    assert (web.folder / "Sommer" / "eins.jpg").read_bytes() == PICTURE
    assert Item.get().name == "eins.jpg"
    assert api("PATCH", f"{files}/IMG_1.jpg", {"path": "x.jpg"}).status_code == 404
    (web.folder / "b.jpg").write_bytes(b"b")
    there = f"{files}/Sommer/eins.jpg"
    assert api("PATCH", there, {"path": "b.jpg"}).status_code == 409
    assert api("PATCH", there, {"path": "b.jpg", "taken": "free"}).json()["path"] == "b (2).jpg"
    for bad in (*wrongs, {"path": "x", "taken": "replace"}):
        assert api("PATCH", f"{files}/b.jpg", bad).status_code == 422


def test_a_move_to_another_storage_is_a_job(
    web: Web, api: Api, files: str, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = make.storage(web.people["anna"], "Other", root=tmp_path / "other", writable=True)
    answer = api("PATCH", f"{files}/IMG_1.jpg", {"path": "moved.jpg", "storage": other.pid})
    assert (answer.status_code, answer.json()["kind"]) == (202, "transfer")
    foreign = make.storage(web.people["ben"], "Bens", root=tmp_path / "other", writable=True)
    body = {"path": "moved.jpg", "storage": foreign.pid}
    assert api("PATCH", f"{files}/IMG_1.jpg", body).status_code == 404


def test_deletion_is_the_trash(web: Web, api: Api, files: str) -> None:
    answer = api("DELETE", f"{files}/IMG_1.jpg")
    assert (answer.status_code, answer.json()["trash"]) == (200, Trash.get().pid)
    assert not (web.folder / "IMG_1.jpg").exists()
    assert api("GET", f"/items/{web.item.pid}").json()["state"] == "trashed"
    assert api("GET", "/items").json()["items"] == []
    assert api("DELETE", f"{files}/IMG_1.jpg").status_code == 404
    assert api("DELETE", f"{files}/.hypomos-trash").status_code == 404
    assert api("GET", f"/items/{web.item.pid}/rendition/320").status_code == 200


@pytest.mark.parametrize("name", ["Grüße #1 ?%20.jpg", "bad\udcff.jpg", "a\\b.jpg", "100%.jpg"])
def test_names_of_all_kinds(web: Web, api: Api, files: str, name: str) -> None:
    raw = name.encode("utf-8", "surrogateescape")
    assert put(web, f"{files}/{quote(raw)}", b"x").status_code == 201
    assert name in {p.name for p in web.folder.iterdir()}
    href = next(i["href"] for i in api("GET", files).json()["items"] if i["name"] != "IMG_1.jpg")
    assert web.client().delete(href, headers=web.bearer("anna", "write")).status_code == 200
    assert name not in {p.name for p in web.folder.iterdir()}


def test_a_storage_for_reading_says_so(web: Web, api: Api) -> None:
    files = f"/storages/{web.storage.pid}/files"
    tries = [
        put(web, f"{files}/a.jpg", b"x"),
        api("POST", files, {"folder": "x"}),
        api("PATCH", f"{files}/IMG_1.jpg", {"path": "x.jpg"}),
        api("DELETE", f"{files}/IMG_1.jpg"),
        api("DELETE", f"/items/{web.item.pid}"),
    ]
    for answer in tries:
        assert answer.status_code == 403
        assert "reading only" in answer.json()["detail"]
    assert [p.name for p in web.folder.iterdir()] == ["IMG_1.jpg"]
    assert Job.select().count() == 1


def test_an_upload_that_breaks_off_leaves_nothing(web: Web, files: str) -> None:
    """Over a real connection that ends in the middle; the server goes on to answer others."""
    with listening(web.app) as port:
        head = f"PUT {API}{files}/a.jpg HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        token = web.bearer("anna", "write")["Authorization"]
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(f"{head}Authorization: {token}\r\n\r\n".encode() + b"x" * 300_000)
            until(lambda: FileOperation.select().exists())
        until(lambda: not FileOperation.select().exists())
        assert [p.name for p in web.folder.iterdir()] == ["IMG_1.jpg"]
        with asking(port) as connection:
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200


def test_slow_senders_keep_nobody_from_the_pages(web: Web, files: str) -> None:
    with listening(web.app) as port:
        with ExitStack() as stack:
            head = f"PUT {API}{files}/%d.jpg HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            token = web.bearer("anna", "write")["Authorization"]
            for n in range(60):
                sender = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                sender.sendall(f"{head % n}Authorization: {token}\r\n\r\n".encode() + b"x")
            until(lambda: FileOperation.select().count() == OF_PERSON)
            with asking(port) as connection:
                connection.request("GET", "/healthz")
                assert connection.getresponse().status == 200
            assert FileOperation.select().count() == OF_PERSON
        until(lambda: not FileOperation.select().exists())  # who hung up has been noticed


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)

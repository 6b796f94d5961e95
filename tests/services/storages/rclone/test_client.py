"""The client against a daemon that is played on a real unix socket, with every way of not answering."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.errors import StorageNotFound, StorageThrottled, Unavailable
from services.storages.rclone.client import Client, DaemonGone

Answer = Callable[[socket.socket, str, bytes], bool]
"""Answers one request on a connection; False ends the connection."""


def reply(
    connection: socket.socket,
    body: bytes,
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    more: str = "",
) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    connection.sendall(head.encode() + body)


class Played:
    """A daemon: what was asked, and how many connections there were."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0


@contextmanager
def played(run: Path, answer: Answer) -> Iterator[tuple[Client, Played]]:
    told = Played()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(run / "s"))
    listener.listen()
    threads = []

    def converse(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                head: dict[str, str] = {}
                while (each := lines.readline().strip()) != b"":
                    name, _, value = each.decode().partition(": ")
                    head[name.lower()] = value
                body = lines.read(int(head.get("content-length", 0)))
                told.asked.append((line.decode().rsplit(" ", 1)[0], head, body))
                if not answer(connection, told.asked[-1][0], body):
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            told.connections += 1
            threads.append(threading.Thread(target=converse, args=(connection,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    client = Client(run, "s", "hypomos", "password")
    try:
        yield client, told
    finally:
        client.close()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join(5)


def test_a_call_is_json_with_credentials_and_its_connection_is_used_again(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        reply(connection, json.dumps({"got": json.loads(body)}).encode())
        return True

    with played(tmp_path, answer) as (client, told):
        for n in range(3):
            assert client.call("operations/list", {"n": n, "name": "Grüße\udcff"[:-1]}) == {
                "got": {"n": n, "name": "Grüße"}
            }
        assert told.connections == 1
        line, head, _ = told.asked[0]
        assert line == "POST /operations/list"
        assert head["authorization"].startswith("Basic ")


def test_what_must_not_be_repeated_is_sent_once_also_beside_a_kept_connection(tmp_path: Path) -> None:
    """The daemon dies of it: then it may have been begun, and nobody is to believe that nothing was sent."""

    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        if "movefile" in line:
            (tmp_path / "s").unlink()  # nobody answers a second time
            return False
        reply(connection, b"{}")
        return True

    with played(tmp_path, answer) as (client, told):
        client.call("rc/noop", {})
        with pytest.raises(DaemonGone) as gone:
            client.call("operations/movefile", {}, again=False)
        assert gone.value.sent
        assert [line for line, _, _ in told.asked] == ["POST /rc/noop", "POST /operations/movefile"]


def test_errors_are_told_by_kind(tmp_path: Path) -> None:
    answers = [
        ("404 Not Found", b'{"error": "object not found"}', StorageNotFound),
        ("500 Oops", b'{"error": "429 Too Many Requests"}', StorageThrottled),
        ("500 Oops", b"no json", Unavailable),
        ("200 OK", b"no json", Unavailable),
        ("200 OK", b"[1]", Unavailable),
    ]
    left = iter(answers)

    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        status, text, _ = next(left)
        reply(connection, text, status=status)
        return True

    with played(tmp_path, answer) as (client, _):
        for _, _, kind in answers:
            with pytest.raises(kind):
                client.call("x", {})


def test_the_names_in_a_request_are_no_faults(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        said = {"error": "readdir photos/Trip 401/Forbidden City: the network name was lost"}
        reply(connection, json.dumps(said).encode(), status="500 Internal Server Error")
        return True

    path = "photos/Trip 401/Forbidden City"
    with played(tmp_path, answer) as (client, _):
        for params in ({"remote": path}, {"srcRemote": "a", "dstRemote": path}, {"srcFs": {"_root": path}}):
            with pytest.raises(Unavailable):
                client.call("operations/list", params)
        with pytest.raises(Unavailable):
            client.get("h_1:", path, 0, 9)


def test_bytes_of_a_file_and_what_is_told_with_them(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        more = "Content-Range: bytes 2-5/100\r\nLast-Modified: Wed, 25 Nov 2026 17:21:45 GMT\r\n"
        reply(connection, b"2345", status="206 Partial Content", kind="image/jpeg", more=more)
        return True

    with played(tmp_path, answer) as (client, told):
        for _ in range(2):
            body = client.get("h_1:", "a b/ü#?.jpg", 2, 5)
            assert (body.total, body.modified) == (100, "Wed, 25 Nov 2026 17:21:45 GMT")
            assert body.read(1) + body.read(3) == b"2345"
            body.read_end()
            body.close()
        assert told.connections == 1
        line, head, _ = told.asked[0]
        assert line == "GET /%5Bh_1%3A%5D/a%20b/%C3%BC%23%3F.jpg"
        assert head["range"] == "bytes=2-5"


def test_a_transfer_that_is_not_read_to_its_end_is_ended(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        reply(connection, b"x" * 1000, kind="image/jpeg")
        return True

    with played(tmp_path, answer) as (client, told):
        for _ in range(2):
            body = client.get("h_1:", "a", 0, 999)
            body.read(10)
            body.close()
        assert told.connections == 2


def test_fewer_bytes_than_announced_are_an_error(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 206 P\r\nContent-Length: 10\r\n\r\n1234")
        return False

    with played(tmp_path, answer) as (client, _):
        for on_a_loop in (False, True):
            body = client.get("h_1:", "a", 0, 9)
            if on_a_loop:
                assert body.came(10) is None, "who waits for it is told"
            with pytest.raises(Unavailable):
                asyncio.run(body.coming(10)) if on_a_loop else body.read(10)
            body.close()


def test_bytes_that_come_on_a_loop_and_an_answer_that_tells_no_length(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        if line.endswith("whole"):
            reply(connection, b"2345", kind="image/jpeg")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n2345\r\n0\r\n\r\n")
        return True

    with played(tmp_path, answer) as (client, told):
        for _ in range(2):
            body = client.get("h_1:", "whole", 0, 3)
            assert (body.has_length, body.total) == (True, 4)
            assert asyncio.run(body.coming(2)) == b"23"
            assert body.came(2) == b"45"
            body.close()
            body = client.get("h_1:", "parts", 0, 3)
            assert (body.has_length, body.total) == (False, None)
            assert body.read(4) == b"2345"
            body.read_end()
            body.close()
        assert told.connections == 1
        body = client.get("h_1:", "parts", 0, 4)
        with pytest.raises(Unavailable):
            body.read(5)
        body.close()


def test_a_text_404_is_not_an_absent_file(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        is_json = line.endswith("json")
        text = b'{"error": "object not found"}' if is_json else b"failed to open: timeout"
        reply(connection, text, status="404 Not Found", kind="application/json" if is_json else "text/plain")
        return True

    with played(tmp_path, answer) as (client, _):
        with pytest.raises(Unavailable):
            client.get("h_1:", "text", 0, 9)
        with pytest.raises(StorageNotFound):
            client.get("h_1:", "json", 0, 9)


def test_a_connection_that_died_while_idle_is_replaced(tmp_path: Path) -> None:
    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        reply(connection, b"{}")
        return False

    with played(tmp_path, answer) as (client, told):
        assert client.call("x", {}) == {}
        assert client.call("x", {}) == {}
        assert told.connections == 2


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_what_comes_after_an_answer_is_never_taken_for_the_next(tmp_path: Path, pause: float) -> None:
    """It may come together with the answer, or while its connection is idle."""
    stray = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nother"

    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        text = b"{}" if line.startswith("POST") else b"right"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n".encode()
        connection.sendall(head + text + (b"" if pause else stray))
        if pause and line.startswith("POST"):
            time.sleep(pause / 2)
            connection.sendall(stray)
            try:
                connection.recv(1, socket.MSG_PEEK)
            except ConnectionResetError:  # hung up on
                return False
        return True

    with played(tmp_path, answer) as (client, told):
        client.call("x", {})
        time.sleep(pause)
        body = client.get("h:", "a.jpg", 0, 4)
        assert body.read(5) == b"right"
        body.close()
        assert told.connections == 2


def test_nobody_there_and_nobody_any_more(tmp_path: Path) -> None:
    client = Client(tmp_path, "absent", "u", "p")
    with pytest.raises(DaemonGone) as gone:
        client.call("x", {})
    assert not gone.value.sent
    client.close()

    with played(tmp_path, lambda *_: False) as (client, _), pytest.raises(DaemonGone) as gone:
        client.call("x", {})
    assert gone.value.sent


def test_silence_ends_with_the_deadline(tmp_path: Path) -> None:
    silent = threading.Event()

    def answer(connection: socket.socket, line: str, body: bytes) -> bool:
        silent.wait(10)
        return False

    with played(tmp_path, answer) as (client, _):
        with pytest.raises(Unavailable, match="did not answer"):
            client.call("x", {}, timeout=0.1)
        silent.set()

"""The protocol for televisions: letters stay as they are, and nobody holds the door open."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from appliance import plain_heads
from appliance.plain_heads import PlainHeads
from appliance.server import Server, bind

WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body, and a header in letters of its own."""
    body = await Request(scope, receive).body()
    response = Response(str(len(body)))
    response.raw_headers.append((b"contentFeatures.dlna.org", b"x"))
    await response(scope, receive, send)


@pytest.fixture
def port() -> Iterator[int]:
    listener = bind("127.0.0.1:0")
    ready = threading.Event()
    server = Server(
        echo, ready.set, http=PlainHeads, timeout_keep_alive=2
    )  # what ends half a head behind a whole one
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def read(client: socket.socket) -> bytes:
    """What comes until the end; nothing more where the other side gave up."""
    answer = b""
    try:
        while piece := client.recv(65536):
            answer += piece
    except ConnectionError:
        pass
    return answer


def test_letters_stay(port: int) -> None:
    with connect(port) as client:
        client.sendall(WHOLE)
        assert b"\r\ncontentFeatures.dlna.org: x\r\n" in client.recv(65536)


def test_a_head_without_end(port: int) -> None:
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        try:
            for _ in range(100):
                client.sendall(b"a" * 10_000)
        except ConnectionError:
            pass
        assert b" 200 " not in read(client)


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost: loc", WHOLE + b"GET / HT"])
def test_a_slow_head(port: int, monkeypatch: pytest.MonkeyPatch, begin: bytes) -> None:
    monkeypatch.setattr(plain_heads, "HEAD_S", 0.2)
    with connect(port) as client:
        client.sendall(begin)
        answer = read(client)
    assert answer.count(b"HTTP/1.1 200 ") == begin.count(b"\r\n\r\n")


def test_requests_and_bodies_take_their_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on heads: an answer under way is cut by nobody here."""
    monkeypatch.setattr(plain_heads, "HEAD_S", 0.2)
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
        stop = threading.Event()
        stop.wait(0.6)
        client.sendall(b"hello")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_one_machine_has_so_many_connections(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_heads, "MOST_OF_ONE", 3)
    clients = [connect(port) for _ in range(3)]
    for client in clients:
        client.sendall(WHOLE)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    with connect(port) as late:
        with contextlib.suppress(ConnectionError):
            late.sendall(WHOLE)
        assert read(late) == b""
    for client in clients:
        client.close()


def test_all_together_have_so_many(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_heads, "MOST_CONNECTIONS", 1)
    with connect(port) as first, connect(port) as second:
        first.sendall(WHOLE)
        assert first.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert read(second) == b""

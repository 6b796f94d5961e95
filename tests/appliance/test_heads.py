"""The head of a request: as long and as slow as it may be, and no more."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from socket import create_connection, socket

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from appliance import heads
from appliance.server import Server, bind


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how many bytes of headers and of body came."""
    request = Request(scope, receive)
    body = await request.body()
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    await PlainTextResponse(f"{size} {len(body)}")(scope, receive, send)


@pytest.fixture
def port() -> Iterator[int]:
    listener = bind("127.0.0.1:0")
    ready = threading.Event()
    server = Server(echo, ready.set)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def ask(port: int, *parts: bytes) -> bytes:
    """What is answered until the connection ends; what cannot be sent any more is left out."""
    with create_connection(("127.0.0.1", port), timeout=20) as client:
        return send(client, *parts)


def send(client: socket, *parts: bytes) -> bytes:
    answer = b""
    try:
        for part in parts:
            client.sendall(part)
        while piece := client.recv(65536):
            answer += piece
    except ConnectionError:  # closed while we still sent: what was answered before may be lost
        pass
    return answer


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


def test_a_long_head_is_taken_and_a_longer_one_is_not(port: int) -> None:
    fits = ask(port, HEAD + b"X-Long: " + b"a" * 60_000 + b"\r\n\r\n")
    assert fits.startswith(b"HTTP/1.1 200 ")
    assert ask(port, HEAD + b"X-Long: " + b"a" * 66_000).startswith(b"HTTP/1.1 431 ")
    assert ask(port, HEAD + b"X: y\r\n" * 11_000 + b"\r\n").startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("endless", [b"a" * 100_000, b"X: y\r\n" * 20_000], ids=["one field", "many fields"])
def test_a_head_without_end_is_cut_off_soon(port: int, endless: bytes) -> None:
    sent = 0
    with create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(HEAD + b"X-Long: ")
        with suppress(ConnectionError):
            for _ in range(500):
                client.sendall(endless)
                sent += len(endless)
    assert sent < 30_000_000  # what sockets buffer, not what a server keeps
    assert ask(port, HEAD + b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_bodies_are_as_long_as_they_like(port: int) -> None:
    put = b"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    answer = ask(port, put + b"Content-Length: 900000\r\n\r\n", b"a" * 900_000)
    assert answer.endswith(b" 900000")
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"a" * 32768 + b"\r\n0\r\n\r\n"
    assert ask(port, put + chunks).endswith(b" 32768")


def test_trailers_without_end_are_cut_off_too(port: int) -> None:
    put = b"PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    assert b" 200 " not in ask(port, put, b"X-Trailer: " + b"a" * 400_000)


def test_requests_one_after_the_other_on_a_connection(port: int) -> None:
    one = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 40_000 + b"\r\n\r\n"
    answer = ask(port, one, one, one + HEAD + b"\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 4


def test_a_slow_head_has_its_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_S", 0.3)
    assert ask(port, b"GET / HTTP/1.1\r\nHost: loc").startswith(b"HTTP/1.1 408 ")
    assert ask(port).startswith(b"HTTP/1.1 408 ")
    whole = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = ask(port, whole, b"GET / HTT")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer

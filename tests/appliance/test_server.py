"""The listening side: sockets, ready.json, and uvicorn that leaves signals alone."""

import asyncio
import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from appliance import server as module
from appliance.server import Server, address_of, bind, remove_ready, write_ready
from config.settings import SettingsError
from services.errors import UsageError


def test_an_address_as_this_machine_reaches_it() -> None:
    for listen, host in (
        ("127.0.0.1:0", "127.0.0.1"),
        ("0.0.0.0:0", "127.0.0.1"),
        ("localhost:0", "127.0.0.1"),
    ):
        with bind(listen) as listener:
            assert address_of(listener) == f"http://{host}:{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6_is_written_in_brackets() -> None:
    with bind("[::1]:0") as listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


@pytest.mark.parametrize("listen", ["203.0.113.7:0", "no.such.host.invalid:0", "127.0.0.1:PORT"])
def test_what_cannot_be_had_says_what_to_do(listen: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match=r"--listen HOST:PORT"):
            bind(listen.replace("PORT", str(taken.getsockname()[1])))


def test_two_that_start_at_once_do_not_both_listen() -> None:
    """With SO_REUSEADDR both can bind; the second learns it when it listens."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with bind(f"127.0.0.1:{port}"), pytest.raises(OSError, match="in use"):
            other.listen()


@pytest.mark.parametrize("listen", ["4976", "localhost:", ":80", "localhost:70000", "localhost:http"])
def test_what_is_no_address(listen: str) -> None:
    with pytest.raises(SettingsError):
        bind(listen)


def test_ready_is_written_whole_and_taken_away_by_its_own(tmp_path: Path) -> None:
    path = write_ready(tmp_path, {"address": "http://x", "pid": os.getpid()})
    assert json.loads(path.read_text())["address"] == "http://x"
    assert [p.name for p in tmp_path.iterdir()] == ["ready.json"]
    remove_ready(tmp_path)
    assert list(tmp_path.iterdir()) == []
    remove_ready(tmp_path)


@pytest.mark.parametrize("content", ['{"pid": 1}', "{}", "half a fi", "[]"])
def test_what_somebody_else_wrote_stays(tmp_path: Path, content: str) -> None:
    """Another Hypomos may have started meanwhile; whatever lies there, the end is an orderly one."""
    (tmp_path / "ready.json").write_text(content)
    remove_ready(tmp_path)
    assert (tmp_path / "ready.json").read_text() == content


def test_it_says_when_it_answers_and_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    listener = bind("127.0.0.1:0")
    answers: list[bytes] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        asked: list[asyncio.Future[bytes]] = []
        server = Server(PlainTextResponse("hello"), lambda: asked.append(loop.run_in_executor(None, get)))
        serving = asyncio.ensure_future(server.serve([listener]))
        while not asked:
            await asyncio.sleep(0.01)
        answers.append(await asked[0])
        assert signal.getsignal(signal.SIGTERM) is before
        server.should_exit = True
        await serving

    def get() -> bytes:
        with urllib.request.urlopen(address_of(listener)) as answer:
            assert "server" not in {name.lower() for name in answer.headers}
            return bytes(answer.read())

    asyncio.run(run())
    listener.close()
    assert answers == [b"hello"]
    assert module.GRACE_S <= 10


def test_who_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of one piece that lies in the buffers holds no connection for good."""
    monkeypatch.setattr(module, "UNTAKEN_S", 0.2)

    async def run() -> None:
        server = Server(PlainTextResponse(b"x" * 50_000_000), lambda: None)
        with bind("127.0.0.1:0") as listener:
            serving = asyncio.ensure_future(server.serve([listener]))
            with socket.create_connection(listener.getsockname()) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                state = server.server_state
                async with asyncio.timeout(60):
                    while not state.total_requests or state.connections:
                        await asyncio.sleep(0.01)
            server.should_exit = True
            await serving

    asyncio.run(run())

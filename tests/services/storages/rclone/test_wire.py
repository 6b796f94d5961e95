"""A connection to the daemon: the head of an answer, its body in a thread and on a loop, and what is no answer."""

import asyncio
import platform
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from services.storages.rclone.wire import Answer, Broken, Connection
from tests.services.storages.rclone.conftest import eventually

OK = b"HTTP/1.1 200 OK\r\n"
LONG = bytes(range(256)) * 1024
"""More than a socket holds at once."""
Run = Callable[[Coroutine[Any, Any, bytes]], bytes]


@contextmanager
def answered(folder: Path, *answers: bytes) -> Iterator[Connection]:
    """A connection to somebody who sends these, one after each request, and hangs up."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen()

        def converse() -> None:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    while (asked := connection.recv(4096))[-4:] != b"\r\n\r\n":
                        if not asked:
                            return
                    connection.sendall(answer)

        thread = threading.Thread(target=converse)
        thread.start()
        connection = Connection(str(folder / "s"))
        try:
            connection.connect()
            yield connection
        finally:
            connection.close()
            thread.join(5)


@contextmanager
def listening(path: Path) -> Iterator[None]:
    """A process that listens there, and is killed in the end."""
    path.unlink(missing_ok=True)
    words = "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()"
    command = [sys.executable, "-c", f"{words}; print(flush=True); time.sleep(60)", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def ask(connection: Connection, timeout: float = 5.0) -> Answer:
    return connection.ask(b"GET / HTTP/1.1\r\n\r\n", timeout)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs on each kind of event loop."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run


def test_answers_follow_each_other_on_one_connection(tmp_path: Path) -> None:
    first = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nX-One:  a: b \r\n\r\nabc"
    second = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\nTold: late\r\n\r\n"
    third = b"HTTP/1.1 204 No Content\r\n\r\n"
    with answered(tmp_path, first, second, third) as connection:
        assert connection.is_free
        answer = ask(connection)
        assert (answer.status, answer.length, answer.told["x-one"]) == (206, 3, "a: b")
        assert not connection.is_free
        assert answer.read(100) == b"abc"
        assert (answer.is_over, connection.is_free) == (True, True)
        answer = ask(connection)
        assert (answer.length, answer.read(), answer.is_over) == (None, b"def", True)
        answer = ask(connection)
        assert (answer.read(), answer.is_over, connection.is_free) == (b"", True, True)


def test_a_body_in_chunks_can_be_read_in_pieces(tmp_path: Path) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (LONG[:5], LONG[5:-1], LONG[-1:]))
    with answered(tmp_path, OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n") as connection:
        answer = ask(connection)
        assert answer.read(3) + answer.read(7) + answer.read(len(LONG) - 10) == LONG
        assert not answer.is_over
        assert (answer.read(1), answer.is_over, connection.is_free) == (b"", True, True)


def test_the_last_answer_of_a_connection_can_be_read(tmp_path: Path) -> None:
    with answered(tmp_path, OK + b"Connection: Close\r\nContent-Length: 4\r\n\r\nlast") as connection:
        answer = ask(connection)
        assert (answer.read(), answer.is_over, connection.is_free) == (b"last", True, False)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 20\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        OK + b"\r\nof a length that nobody knows",
        OK + b"Content-Length: 3\r\n",
        OK + b"Content-Length: -3\r\n\r\nabc",
        OK + b"Content-Len",
        OK + b"no colon\r\n\r\n",
        OK + b"A: b\r\n" * 20_000,
        OK + b"A: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, said: bytes) -> None:
    with answered(tmp_path, said) as connection, pytest.raises(OSError, match=r"answer|hung up|reset"):
        ask(connection)


@pytest.mark.parametrize(
    "said",
    [
        b"Content-Length: 10\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"3" * 100_000,
    ],
)
def test_a_body_that_is_cut_is_not_taken_for_whole(tmp_path: Path, said: bytes) -> None:
    with answered(tmp_path, OK + said) as connection:
        answer = ask(connection)
        with pytest.raises(Broken):
            answer.read()
        assert not connection.is_free


def test_a_body_comes_on_a_loop(tmp_path: Path, run: Run) -> None:
    with answered(tmp_path, OK + b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG) as connection:
        answer = ask(connection)
        at = [run(answer.coming(length)) for length in (1, 5000)]
        assert [len(piece) for piece in at] == [1, 5000]
        while not answer.is_over:
            at.append(run(answer.coming(100_000)))
            assert 32 * 1024 <= len(at[-1]) <= 100_000 or answer.is_over, "what is there, if that is no drop"
        assert b"".join(at) == LONG
        assert (answer.is_over, connection.is_free) == (True, True)


def test_what_has_come_is_there_without_a_wait(tmp_path: Path, run: Run) -> None:
    with saying(tmp_path, OK + b"Content-Length: 6\r\n\r\nab") as (connection, end):
        answer = ask(connection)
        assert answer.came(3) is None
        end.sendall(b"cd")
        assert answer.came(3) == b"abc"
        assert answer.came(2) is None
        end.sendall(b"e")
        assert run(answer.coming(2)) == b"de", "what was looked for in vain is kept"
        end.shutdown(socket.SHUT_WR)
        with pytest.raises(Broken, match="hung up"):
            answer.came(2)


def test_no_more_comes_than_was_told(tmp_path: Path, run: Run) -> None:
    with saying(tmp_path, OK + b"Content-Length: 3\r\n\r\nab") as (connection, end):
        answer = ask(connection)
        end.sendall(b"cdef")
        assert (run(answer.coming(9)), answer.is_over) == (b"abc", True)
        with pytest.raises(Broken, match="as long"):
            answer.came(1)
        with pytest.raises(Broken, match="as long"):
            run(answer.coming(1))


def test_a_body_that_is_cut_while_a_loop_waits(tmp_path: Path, run: Run) -> None:
    with answered(tmp_path, OK + b"Content-Length: 10\r\n\r\nabc") as connection:
        answer = ask(connection)
        for length in (4, 11):
            with pytest.raises(Broken, match="hung up"):
                run(answer.coming(length))
        assert not connection.is_free


@contextmanager
def saying(folder: Path, said: bytes) -> Iterator[tuple[Connection, socket.socket]]:
    """A connection to somebody who says this at once, and the socket to say more by."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen()
        connection = Connection(str(folder / "s"))
        connection.connect()
        end, _ = listener.accept()
        with end:
            end.sendall(said)
            yield connection, end
        connection.close()


@contextmanager
def silent(folder: Path, said: bytes) -> Iterator[Connection]:
    """A connection to somebody who says this and then nothing."""
    with saying(folder, said) as (connection, _):
        yield connection


def test_a_thread_may_read_on_after_a_loop_has_waited(tmp_path: Path, run: Run) -> None:
    """A loop may make a socket that it waits for one that never blocks: that must not last."""

    async def wait(answer: Answer) -> bytes:
        coming = asyncio.ensure_future(answer.coming(2))
        await asyncio.sleep(0)
        end.sendall(b"b")
        return await coming

    with saying(tmp_path, OK + b"Content-Length: 4\r\n\r\na") as (connection, end):
        answer = ask(connection)
        assert run(wait(answer)) == b"ab"
        later = threading.Timer(0.05, end.sendall, (b"cd",))
        later.start()
        assert answer.read(2) == b"cd"
        later.join()


def test_each_piece_of_a_block_has_the_deadline_to_itself(tmp_path: Path, run: Run) -> None:
    async def wait(answer: Answer) -> bytes:
        coming = asyncio.ensure_future(answer.coming(5))
        for piece in (b"b", b"c", b"d", b"e"):
            await asyncio.sleep(0.1)
            end.sendall(piece)
        return await coming

    with saying(tmp_path, OK + b"Content-Length: 5\r\n\r\na") as (connection, end):
        assert run(wait(ask(connection, 0.25))) == b"abcde"


def test_silence_ends_with_the_deadline(tmp_path: Path, run: Run) -> None:
    with silent(tmp_path, b"") as connection, pytest.raises(TimeoutError):
        ask(connection, 0.05)
    (tmp_path / "s").unlink()
    with silent(tmp_path, OK + b"Content-Length: 10\r\n\r\nabc") as connection:
        answer = ask(connection, 0.05)
        assert run(answer.coming(1)) == b"a"
        with pytest.raises(TimeoutError):
            run(answer.coming(3))
        assert run(answer.coming(2)) == b"bc"  # what came until then is kept
        with pytest.raises(TimeoutError):
            answer.read(1)


def test_a_request_that_nobody_reads_ends_with_the_deadline(tmp_path: Path) -> None:
    with silent(tmp_path, b"") as connection, pytest.raises(TimeoutError):
        connection.ask(b"x" * 10_000_000, 0.05)


def test_who_is_cancelled_while_waiting_leaves_no_trace(tmp_path: Path, run: Run) -> None:
    async def wait_in_vain(answer: Answer) -> bytes:
        waiting = asyncio.ensure_future(answer.coming(10))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await answer.coming(3)

    with silent(tmp_path, OK + b"Content-Length: 10\r\n\r\nabc") as connection:
        assert run(wait_in_vain(ask(connection))) == b"abc"


def test_hanging_up_in_the_middle_closes_the_socket(tmp_path: Path) -> None:
    gone = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def converse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(OK + b"Content-Length: 1000\r\n\r\nabc")
                if connection.recv(4096) == b"":
                    gone.set()

        thread = threading.Thread(target=converse)
        thread.start()
        connection = Connection(str(tmp_path / "s"))
        connection.connect()
        answer = ask(connection)
        assert answer.read(3) == b"abc"
        connection.close()
        thread.join(5)
    assert gone.is_set()
    assert not connection.is_free


def test_nobody_there(tmp_path: Path) -> None:
    connection = Connection(str(tmp_path / "s"))
    with pytest.raises(OSError, match="No such file"):
        connection.connect()
    assert not connection.is_free


def test_whether_the_other_end_has_hung_up_is_seen_without_waiting(tmp_path: Path) -> None:
    with answered(tmp_path, OK + b"Content-Length: 5\r\n\r\n12345") as connection:
        assert not Connection(str(tmp_path / "s")).is_open, "not connected yet"
        assert connection.is_open
        assert connection.ask(b"GET / HTTP/1.1\r\n\r\n", 5.0).read() == b"12345"
        until = time.monotonic() + 20
        while connection.is_open:
            assert time.monotonic() < until
            time.sleep(0.01)
        connection.close()
        assert not connection.is_open


def test_who_takes_the_place_of_a_daemon_is_not_the_one_that_ended(tmp_path: Path) -> None:
    path = tmp_path / "s"
    connection = Connection(str(path))
    with listening(path):
        connection.connect()
        assert connection.is_answered
    assert not connection.is_answered, "nobody is there"
    with listening(path):
        assert not connection.is_answered, "another is"
    connection.close()


DYING = """
import ctypes, socket, sys, threading, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
threading.Thread(target=time.sleep, args=(60,)).start()
print(flush=True)
ctypes.CDLL(None).syscall(int(sys.argv[2]))
"""
"""Ends its first thread alone: as of a process that was killed, its sockets are still open."""


def test_who_is_dying_does_not_answer_any_more(tmp_path: Path) -> None:
    number = {"x86_64": "60", "aarch64": "93"}[platform.machine()]
    command = [sys.executable, "-c", DYING, str(tmp_path / "s"), number]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        connection = Connection(str(tmp_path / "s"))
        try:
            connection.connect()
            eventually(lambda: not connection.is_answered, 5)
            assert connection.is_open
        finally:
            connection.close()
            process.kill()

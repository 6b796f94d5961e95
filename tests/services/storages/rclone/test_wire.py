"""A connection to the daemon: the head of an answer, its body, and everything that is no answer."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.storages.rclone.wire import Answer, Connection

OK = b"HTTP/1.1 200 OK\r\n"


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
                    while connection.recv(4096)[-4:] != b"\r\n\r\n":
                        pass
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


def ask(connection: Connection) -> Answer:
    return connection.ask(b"GET / HTTP/1.1\r\n\r\n", 5.0)


def test_answers_follow_each_other_on_one_connection(tmp_path: Path) -> None:
    first = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nX-One:  a: b \r\n\r\nabc"
    second = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
    third = b"HTTP/1.1 204 No Content\r\n\r\n"
    with answered(tmp_path, first, second, third) as connection:
        answer = ask(connection)
        assert (answer.status, answer.told["x-one"]) == (206, "a: b")
        assert answer.read(100) == b"abc"
        assert answer.isclosed()
        assert ask(connection).read() == b"def"
        answer = ask(connection)
        assert (answer.read(), answer.isclosed(), connection.is_open) == (b"", True, True)


@pytest.mark.parametrize("head", [b"Connection: Close\r\nContent-Length: 4\r\n\r\n", b"\r\n"])
def test_the_last_answer_of_a_connection_can_be_read(tmp_path: Path, head: bytes) -> None:
    with answered(tmp_path, OK + head + b"last") as connection:
        answer = ask(connection)
        assert not connection.is_open
        assert answer.read() == b"last"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 20\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        OK + b"Content-Length: 3\r\n",
        OK + b"Content-Len",
        OK + b"no colon\r\n\r\n",
        OK + b"A: b\r\n" * 1000,
        OK + b"A: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, said: bytes) -> None:
    with answered(tmp_path, said) as connection, pytest.raises((http.client.HTTPException, OSError)):
        ask(connection)


def test_a_body_that_is_cut_is_not_taken_for_whole(tmp_path: Path) -> None:
    with (
        answered(tmp_path, OK + b"Content-Length: 10\r\n\r\nabc") as connection,
        pytest.raises(http.client.IncompleteRead),
    ):
        ask(connection).read()


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
    assert answer.isclosed()


def test_nobody_there(tmp_path: Path) -> None:
    connection = Connection(str(tmp_path / "s"))
    with pytest.raises(OSError, match="No such file"):
        connection.connect()
    assert not connection.is_open

"""The queue that wakes workers: what it carries, what it refuses, and that losing it does no harm."""

import os
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.errors import DatabaseUnusable, UsageError
from services.queues import FILE_NAME, Queues, memory_queues, open_queues
from tests import tree
from tests.redis_server import RedisServer

POSTGRESQL = os.environ.get("HYPOMOS_TEST_DATABASE_URL", "")


class Woken:
    """Collects the lanes that were woken."""

    def __init__(self) -> None:
        self.lanes: list[str] = []

    def __call__(self, lane: str) -> None:
        self.lanes.append(lane)

    def wait_for(self, number: int) -> None:
        deadline = time.monotonic() + 10
        while len(self.lanes) < number:
            assert time.monotonic() < deadline, f"woken {len(self.lanes)} times, not {number}"
            time.sleep(0.01)


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def open_here(data: Path) -> Iterator[Callable[[], Queues]]:
    """Opens the queues in the data directory, as each process would; stopped at the end."""
    opened: list[Queues] = []

    def open_one() -> Queues:
        opened.append(open_queues("", data))
        return opened[-1]

    yield open_one
    for queues in opened:
        queues.stop(5)
        queues.close()


def messages(data: Path) -> list[bytes]:
    with sqlite3.connect(data / FILE_NAME) as connection:
        found = [bytes(row[0]) for row in connection.execute("SELECT data FROM task")]
    connection.close()
    return found


def put(data: Path, message: bytes, lane: str = "work") -> None:
    with sqlite3.connect(data / FILE_NAME) as connection:
        connection.execute("INSERT INTO task (queue, data, priority) VALUES (?, ?, 0)", (lane, message))
    connection.close()


def test_a_message_is_the_number_of_a_job(open_here: Callable[[], Queues], data: Path) -> None:
    open_here().wake("work", 7)
    assert messages(data) == [b'{"job": 7}']


def test_another_process_is_woken_in_its_lane(open_here: Callable[[], Queues], woken: Woken) -> None:
    serve, worker = open_here(), open_here()
    worker.start(woken, {"click": 1, "work": 1})
    serve.wake("work", 7)
    woken.wait_for(1)
    serve.wake("click", 8)
    woken.wait_for(2)
    assert woken.lanes == ["work", "click"]


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, ("touch /nonexistent/exploded",)


@pytest.mark.parametrize(
    "message",
    [
        pickle.dumps(Bomb()),
        pickle.dumps({"job": 1}),
        b"",
        b"7",
        b'{"job": "7"}',
        b'{"job": true}',
        b'{"job": 7, "call": "x"}',
        b'{"name": "look"}',
        b'["job"]',
        b"\xff",
    ],
)
def test_anything_else_is_refused(
    open_here: Callable[[], Queues], data: Path, woken: Woken, message: bytes,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    ran: list[str] = []
    monkeypatch.setattr(os, "system", ran.append)
    queues = open_here()
    queues.wake("click", 1)  # makes the file
    put(data, message)
    queues.start(woken, {"work": 1})
    queues.wake("work", 2)
    woken.wait_for(1)
    assert (woken.lanes, ran) == (["work"], [])
    assert "refused" in caplog.text
    assert [m for m in messages(data) if m != b'{"job": 1}'] == []


def test_a_poke_needs_no_queue(open_here: Callable[[], Queues], data: Path, woken: Woken) -> None:
    queues = open_here()
    queues.start(woken, {"work": 1})
    data.rename(data.with_name("away"))
    queues.poke("work", 1)
    woken.wait_for(1)


@pytest.mark.parametrize("when", ["before", "while it is open"])
def test_a_deleted_file_is_made_anew(
    open_here: Callable[[], Queues], data: Path, woken: Woken, when: str
) -> None:
    serve, worker = open_here(), open_here()
    if when != "before":
        serve.wake("work", 1)
        worker.start(woken, {"work": 1})
        woken.wait_for(1)
    for path in data.glob(f"{FILE_NAME}*"):
        path.unlink()
    count = len(woken.lanes)
    if when == "before":
        worker.start(woken, {"work": 1})
    serve.wake("work", 2)
    woken.wait_for(count + 1)
    assert (data / FILE_NAME).exists()


def test_a_damaged_file_is_made_anew(open_here: Callable[[], Queues], data: Path, woken: Woken) -> None:
    (data / FILE_NAME).write_bytes(b"no database at all " * 500)
    queues = open_here()
    queues.wake("work", 1)  # finds the damage
    queues.wake("work", 2)
    assert messages(data) == [b'{"job": 2}']
    queues.start(woken, {"work": 1})
    woken.wait_for(1)


def test_a_wake_up_that_fails_is_only_logged(
    open_here: Callable[[], Queues], data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queues = open_here()
    data.rename(data.with_name("away"))
    queues.wake("work", 1)
    assert "could not be told of job 1" in caplog.text


def test_stopping_waits_for_what_runs(open_here: Callable[[], Queues]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow(lane: str) -> None:
        inside.set()
        leave.wait(10)

    queues = open_here()
    queues.start(slow, {"work": 1})
    queues.wake("work", 1)
    assert inside.wait(10)
    assert queues.stop(0.1) is False
    leave.set()
    assert queues.stop(5) is True


def test_a_handler_that_breaks_does_not_end_its_thread(open_here: Callable[[], Queues], woken: Woken) -> None:
    def broken(lane: str) -> None:
        woken(lane)
        raise RuntimeError("broken")

    queues = open_here()
    queues.start(broken, {"work": 1})
    for number in (1, 2):
        queues.wake("work", number)
        woken.wait_for(number)
    queues.check()


def test_queues_in_memory(woken: Woken) -> None:
    queues = memory_queues()
    queues.start(woken, {"click": 1, "work": 2})
    queues.wake("click", 1)
    queues.wake("work", 2)
    woken.wait_for(2)
    assert queues.stop(5)
    queues.close()


@pytest.mark.parametrize(
    ("queue_url", "says"),
    [
        ("amqp://host", "amqp"),
        ("queue.db", "empty"),
        ("postgresql", "database_url"),
    ],
)
def test_an_address_that_cannot_be_used(data: Path, queue_url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        open_queues(queue_url, data)
    assert caught.value.field == "queue_url"


def test_redis_without_its_package_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huey.storage.Redis", None)
    with pytest.raises(UsageError, match=r"pip install 'hypomos\[redis\]'"):
        open_queues("redis://127.0.0.1:6379/0", data)


def test_a_postgresql_that_does_not_answer(data: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="PostgreSQL") as caught:
        open_queues("postgresql://anna:hunter2@127.0.0.1:1/none", data)
    assert "hunter2" not in str(caught.value)


@pytest.mark.db
@pytest.mark.skipif(not POSTGRESQL, reason="runs on PostgreSQL only")
@pytest.mark.parametrize("queue_url", ["postgresql", POSTGRESQL], ids=["the catalogue's", "its own"])
def test_the_queue_of_postgresql(data: Path, woken: Woken, queue_url: str) -> None:
    serve, worker = (open_queues(queue_url, data, POSTGRESQL) for _ in range(2))
    worker.start(woken, {"click": 1, "work": 1})
    serve.wake("click", 1)
    woken.wait_for(1)
    serve.wake("work", 2)
    woken.wait_for(2)
    assert woken.lanes == ["click", "work"]
    assert worker.stop(5)
    serve.close()
    worker.close()
    assert list(data.iterdir()) == []


def test_importing_the_queue_loads_nothing_heavy() -> None:
    code = "import sys, services.queues\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"PIL", "numpy", "av", "gevent", "starlette", "uvicorn", "hypothesis"}
    assert heavy & set(done.stdout.split()) == set()


@pytest.mark.needs("redis-server")
def test_the_queue_of_redis(data: Path, woken: Woken, redis_server: RedisServer) -> None:
    """Two processes meet, strangers' messages are refused, and no connection is left behind."""
    serve, worker = (open_queues(redis_server.url, data) for _ in range(2))
    with redis_server.client() as client:
        client.lpush("huey.redis.work", b"another program's")
        client.lpush("hypomos.queue.work", pickle.dumps(Bomb()))
        serve.wake("work", 7)
        assert client.lindex("hypomos.queue.work", 0) == b'{"job": 7}'
        worker.start(woken, {"click": 1, "work": 2})
        woken.wait_for(1)
        serve.wake("click", 8)
        woken.wait_for(2)
        worker.poke("work", 9)
        woken.wait_for(3)
        assert woken.lanes == ["work", "click", "work"]
        assert worker.stop(5)
        serve.close()
        worker.close()
        assert [int(c["id"]) for c in client.client_list()] == [client.client_id()]
        assert client.llen("huey.redis.work") == 1
        client.delete("huey.redis.work")
        assert client.keys() == []
    assert list(data.iterdir()) == []


@pytest.mark.needs("redis-server")
def test_a_redis_that_goes_and_comes_back(
    data: Path, woken: Woken, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    serve, worker = (open_queues(redis_server.url, data) for _ in range(2))
    worker.start(woken, {"work": 1})
    serve.wake("work", 1)
    woken.wait_for(1)
    redis_server.stop()
    began = time.monotonic()
    serve.wake("work", 2)
    assert time.monotonic() - began < 10, "whoever asks for work does not wait for the queue"
    assert "could not be told of job 2" in caplog.text
    worker.poke("work", 2)  # as the reconciler does
    woken.wait_for(2)
    redis_server.start()
    serve.wake("work", 3)
    woken.wait_for(3)
    assert redis_server.password not in caplog.text
    assert worker.stop(5)
    serve.close()
    worker.close()


def test_a_redis_that_does_not_answer(data: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="Redis") as caught:
        open_queues("redis://:hunter2@127.0.0.1:1/0", data)
    assert "hunter2" not in str(caught.value)

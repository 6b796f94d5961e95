"""The queue that wakes workers: the only use of Huey, here and only here.

A message is `{"job": 7}` in JSON and nothing else: whoever can write the queue can make a worker look
at a job, never run code. The table of jobs is the truth, so the queue may lose messages, be deleted or
be out of reach; `poke` then wakes the threads of this process without it.
"""

import json
import logging
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huey.api import Huey
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import MemoryStorage, PostgresStorage, RedisStorage, SqliteStorage

from services.errors import DatabaseUnusable, UsageError
from services.jobs import LANES

FILE_NAME = "queue.db"
LONGEST_POLL_S = {"click": 0.1, "work": 1.0}
BROKEN_S = 1.0
REDIS_WAITS = {"socket_connect_timeout": 2.0, "socket_timeout": 4.0}
"""Seconds for a Redis that does not answer; reading alone waits one for the next message."""

TASK = "look"

log = logging.getLogger(__name__)


class Queues:
    """One queue a lane. Threading: `wake` and `poke` may be called from any thread."""

    def __init__(self, storage: Callable[[str], tuple[type, dict[str, Any]]]) -> None:
        self._lanes = {lane: _Lane(lane, *storage(lane)) for lane in LANES}
        self._consumers: list[_Consumer] = []

    def wake(self, lane: str, job_id: int) -> None:
        """Tell the workers of a lane to look at a job. A failure is logged: the reconciler finds the job."""
        try:
            self._lanes[lane].put(job_id)
        except Exception as error:  # each kind of queue fails in its own way, and none of them matters here
            log.warning("the queue could not be told of job %d: %s", job_id, error)

    def poke(self, lane: str, job_id: int) -> None:
        """Make a thread of this very process look at a job, past the queue."""
        self._lanes[lane].poked.append(job_id)

    def start(self, on_wake: Callable[[str], object], threads: Mapping[str, int]) -> None:
        """Call `on_wake(lane)` for each message, in that many threads a lane."""
        for lane, number in threads.items():
            self._lanes[lane].on_wake = on_wake
            consumer = _Consumer(
                self._lanes[lane],
                workers=number,
                periodic=False,
                initial_delay=0.05,
                max_delay=LONGEST_POLL_S[lane],
                scheduler_interval=60,  # nothing is ever scheduled in the queue
            )
            consumer.start()
            self._consumers.append(consumer)

    def check(self) -> None:
        """Replace threads that died."""
        for consumer in self._consumers:
            consumer.check_worker_health()

    def stop(self, timeout_s: float) -> bool:
        """Take no more messages; whether all threads ended within `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        for consumer in self._consumers:
            consumer.stop_flag.set()
        ended = [consumer.join(deadline - time.monotonic()) for consumer in self._consumers]
        return all(ended)

    def close(self) -> None:
        """Close the connections to the queue."""
        for lane in self._lanes.values():
            lane.close()


def open_queues(queue_url: str, data: Path, database_url: str = "") -> Queues:
    """The queues of an appliance: in `queue.db` below `data` when `queue_url` is empty, else where it points.

    `postgresql` alone is the PostgreSQL of the catalogue, `database_url`. Raises UsageError when the
    address cannot be used, DatabaseUnusable when nothing answers there.
    """
    if not queue_url:
        file = {"filename": str(data / FILE_NAME), "fsync": False, "create_tables": False}
        return Queues(lambda lane: (_SqliteStorage, file))
    url = database_url if queue_url == "postgresql" else queue_url
    scheme = url.partition("://")[0]
    if scheme in {"redis", "rediss", "unix"}:
        return _remote(_RedisStorage, {"url": url}, "hypomos[redis]", "Redis")
    if scheme in {"postgresql", "postgres"}:
        arguments = {"dsn": url, "table_prefix": "hypomos_queue"}
        return _remote(PostgresStorage, arguments, "hypomos[postgresql]", "PostgreSQL")
    if not url:
        problem = (
            "queue_url is “postgresql”, but database_url names no PostgreSQL; name it, or leave both empty."
        )
    else:
        problem = (
            f"queue_url begins with “{scheme}”; it is redis://…, postgresql://…, “postgresql”, or empty."
        )
    raise UsageError(problem, field="queue_url")


def memory_queues() -> Queues:
    """Queues within this process, for runs of one process and for tests."""
    return Queues(lambda lane: (MemoryStorage, {}))


def _remote(storage: type, arguments: dict[str, Any], package: str, what: str) -> Queues:
    try:
        return Queues(lambda lane: (storage, arguments))
    except ConfigurationError as error:
        raise UsageError(
            f"queue_url names {what}, but its Python package is missing: pip install '{package}'.",
            field="queue_url",
        ) from error
    except Exception as error:
        raise DatabaseUnusable(f"The queue ({what}, setting queue_url) cannot be opened: {error}") from error


class _Envelope(Serializer):
    """Messages of the queue as JSON; refuses whatever is not exactly one job's number."""

    def _serialize(self, data: Message) -> bytes:
        (job_id,) = data.args
        return json.dumps({"job": job_id}).encode()

    def _deserialize(self, data: bytes) -> Message:
        envelope = json.loads(bytes(data))
        if not isinstance(envelope, dict) or set(envelope) != {"job"} or type(envelope["job"]) is not int:
            raise ValueError("not an envelope of a job")
        name = f"{_Lane.__module__}.{TASK}"
        return Message(id=str(uuid.uuid4()), name=name, args=(envelope["job"],), kwargs={})


class _Lane(Huey):
    """One queue, what to do on a wake-up, and the wake-ups of this process itself."""

    def __init__(self, name: str, storage: type, arguments: dict[str, Any]) -> None:
        super().__init__(name, results=False, serializer=_Envelope(), storage_class=storage, **arguments)
        self.poked: deque[int] = deque(maxlen=16)
        self.on_wake: Callable[[str], object] | None = None
        self._is_broken = False
        self.put = self.task(name=TASK)(self._look)
        self._closing = threading.Lock()
        self.on_shutdown(TASK)(self.close)  # by each thread: with PostgreSQL it has a connection of its own

    def _look(self, job_id: int) -> None:
        if self.on_wake is not None:
            self.on_wake(self.name)

    def close(self) -> None:
        """Close what this thread has open of the queue."""
        with self._closing:  # the storage looks and closes in two steps
            self.storage.close()

    def execute(self, task: Any, timestamp: Any = None) -> None:
        """Do it, and nothing else: results, retries and revoking are matters of the table of jobs."""
        task.execute()

    def dequeue(self) -> Any:
        """The next task, or None. What is not an envelope is thrown away; a broken queue is told of once."""
        if self.poked:
            try:
                return self.put.s(self.poked.popleft())
            except IndexError:
                pass  # another thread was faster
        try:
            task = super().dequeue()
        except ValueError as error:
            log.warning("a message in the queue “%s” was refused: %s", self.name, error)
            return None
        except Exception as error:  # each kind of queue fails in its own way
            if not self._is_broken:
                log.warning("the queue “%s” cannot be read: %s", self.name, error)
            self._is_broken = True
            time.sleep(BROKEN_S)
            return None
        self._is_broken = False
        return task


class _Consumer(Consumer):
    """The threads of a lane. Signals belong to the worker's main loop, not to them."""

    def _set_signal_handlers(self) -> None:
        pass

    def join(self, timeout_s: float) -> bool:
        """Wait for the threads to end."""
        self.shutdown_timeout = max(0.0, timeout_s)
        return bool(self._join_workers())


class _RedisStorage(RedisStorage):
    """Redis under keys of our own name, so that it can be shared with others. It must answer at the start."""

    def __init__(self, name: str, url: str) -> None:
        super().__init__(name, url=url)
        self.queue_key = f"hypomos.queue.{name}"
        self.pool.connection_kwargs = (
            REDIS_WAITS | self.pool.connection_kwargs
        )  # the address may say otherwise
        self.conn.ping()

    def close(self) -> None:
        """Close the connections that no thread uses at this moment; the last thread closes the last ones."""
        self.pool.disconnect(inuse_connections=False)


class _SqliteStorage(SqliteStorage):
    """A queue file that is made anew when it was deleted or damaged, by whichever process notices.

    Nothing in it is worth waiting for a disk, so it is not flushed.
    """

    _conn: sqlite3.Connection | None
    _opened: tuple[int, int] | None = None

    @property
    def conn(self) -> sqlite3.Connection:
        """The connection to the file that has the name now, not to one that was deleted."""
        if self._conn is not None and self._identity() != self._opened:
            self._conn.close()
            self._conn = None
        if self._conn is None:
            connection = self._create_connection()
            for statement in self.ddl:
                connection.execute(statement)
            self._conn, self._opened = connection, self._identity()
        return self._conn

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[sqlite3.Cursor]:
        """A cursor, in a transaction with `commit`."""
        try:
            with super().db(commit, close) as cursor:
                yield cursor
        except sqlite3.OperationalError:
            raise  # busy or out of space: the file is sound
        except sqlite3.DatabaseError as error:
            log.warning("%s is damaged (%s) and is made anew", self.filename, error)
            self._discard()
            raise

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = Path(self.filename).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _discard(self) -> None:
        with self.lock:
            for suffix in ("", "-wal", "-shm"):
                Path(self.filename + suffix).unlink(missing_ok=True)

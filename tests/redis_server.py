"""A Redis of the tests' own: on a free loopback port, with a password, and nothing kept on disk."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tools.packages import program
from tools.postgresql import free_port

START_S = 20.0


@dataclass
class RedisServer:
    """A server that can be stopped and started again on the same port, empty then."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @contextmanager
    def client(self) -> Iterator[Redis]:
        client = Redis.from_url(self.url, protocol=2)
        try:
            yield client
        finally:
            client.connection_pool.disconnect()

    def calls(self, command: str) -> int:
        """How often a command was called since the start."""
        with self.client() as client:
            return int(client.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))

    def start(self) -> None:
        server = program("redis-server")
        assert server is not None
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no",
                   "dir": self.folder, "requirepass": self.password}  # fmt: skip
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([str(server), *words], stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running server; mark the test `needs("redis-server")`."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()

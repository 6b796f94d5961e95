"""The application behind a real server on a loopback port, for what only sockets show."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import uvicorn
from starlette.types import ASGIApp

START_S = 10.0


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """Serve `app` until the block ends; gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        deadline = time.monotonic() + START_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(START_S)


@contextmanager
def asking(port: int, timeout: float = 10.0) -> Iterator[HTTPConnection]:
    """A connection to the server that is closed at the end."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()

"""The listening side of `serve`: uvicorn on sockets of our own, ready.json, and an orderly end."""

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from appliance.heads import BoundedHeads
from config.settings import split_address
from services.errors import UsageError

GRACE_S = 10
BACKLOG = 256
UNTAKEN_S = 120.0
"""A client that takes nothing of what is on its way to it for so long has gone, whatever its side says of that.

An answer of one piece is handed over whole, so that nobody but the kernel knows. Source: tcp(7), TCP_USER_TIMEOUT.
"""


def bind(listen: str, setting: str = "listen") -> socket.socket:
    """A listening socket; raises UsageError with what to do when the address of a setting cannot be had."""
    host, port = split_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(UNTAKEN_S * 1000))
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        way = (
            "--listen HOST:PORT or the setting “listen”"
            if setting == "listen"
            else f"the setting “{setting}”"
        )
        raise UsageError(
            f"{listen} cannot be listened on: {error.strerror or error}. Is another Hypomos running? Choose another "
            f"port with {way}."
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """`http://host:port` as this machine itself reaches the listener."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared with, not bound to
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn that says when it answers. `started_up` is called once, from the event loop; `more` are its settings."""

    def __init__(self, app: ASGIApp, started_up: Callable[[], None], **more: Any) -> None:
        given: dict[str, Any] = {
            "http": BoundedHeads, "loop": "uvloop", "lifespan": "off", "ws": "none", "access_log": False,
            "log_config": None, "server_header": False, "date_header": True, "proxy_headers": False,
            "timeout_graceful_shutdown": GRACE_S, "timeout_keep_alive": 20,
        }  # fmt: skip
        super().__init__(uvicorn.Config(app, **given | more))
        self._started_up = started_up

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: they belong to whoever runs several of us."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so."""
        await super().startup(sockets)
        if self.started:
            self._started_up()


def write_ready(run: Path, data: dict[str, Any]) -> Path:
    """Tell scripts the addresses and process ids: `ready.json`, whole or not at all."""
    path, part = run / "ready.json", run / f".ready-{os.getpid()}"
    part.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def remove_ready(run: Path) -> None:
    """Nobody answers any more."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        if json.loads((run / "ready.json").read_text())["pid"] == os.getpid():
            (run / "ready.json").unlink()

"""The application behind a real server on loopback, in the running loop, with its events."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from appliance.plain_heads import PlainHeads
from appliance.server import Server
from tests.virtualfs.dlna.television import Television
from virtualfs.dlna.app import make_dlna
from virtualfs.dlna.events import Events

NEARBY = {"127.0.0.1": ipaddress.ip_network("127.0.0.0/8")}


@asynccontextmanager
async def listening(television: Television, events: Events) -> AsyncIterator[int]:
    """Gives the port."""
    started = asyncio.Event()
    app = make_dlna(replace(television.parts, events=events, nearby=NEARBY.get))
    server = Server(app, started.set, http=PlainHeads, loop="asyncio")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    tasks = [asyncio.ensure_future(server.serve([listener])), asyncio.ensure_future(events.run())]
    try:
        await asyncio.wait_for(started.wait(), 30)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = server.force_exit = True
        tasks[1].cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
        listener.close()


async def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own; underscores in names of headers are hyphens."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    given = {"Host": f"127.0.0.1:{port}", "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in rest)
    return int(first.split()[1]), {name: value.strip() for name, _, value in fields}, body

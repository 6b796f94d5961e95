"""The network drive mounted as in the appliance, a client for it, and a real server for what needs sockets."""

import base64
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2 as httpx
import uvicorn
from anyio.from_thread import BlockingPortal
from lxml import etree
from starlette.routing import Router
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from appliance.asgi import Facades
from services import accounts
from services.peers import Peer, judge_peer
from services.sharing import Openings
from tests.settings import settings_of
from tests.virtualfs.household import Home
from virtualfs.dav.app import make_dav

DAV = "{DAV:}"
LAN = Peer("192.168.1.20")


class WithPeer:
    """Stands where the gate stands: says who the peer is, by the rules or as told."""

    def __init__(self, app: ASGIApp, peer: Peer | None = LAN) -> None:
        self.app = app
        self.peer = peer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
            peer = self.peer or judge_peer(scope["client"][0], scope["scheme"], headers, ())
            scope.setdefault("state", {})["peer"] = peer
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Drive:
    """A network drive, asked with the app password of somebody: of Anna, whose home it is, unless told otherwise."""

    home: Home
    app: WithPeer
    secret: str
    login: str = "anna"
    loop: BlockingPortal | None = None
    """Where the application runs; without one each request gets a loop of its own."""

    @property
    def basic(self) -> str:
        return basic(self.login, self.secret)

    def client(self, peer: Peer = LAN, **headers: str) -> TestClient:
        app = WithPeer(self.app.app, peer)
        given = {"Authorization": self.basic} | headers
        client = TestClient(app, base_url="http://testserver", headers=given, follow_redirects=False)
        client.portal = self.loop
        return client

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> httpx.Response:
        """One request; underscores in names of headers are hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client().request(method, f"/dav/{path}", content=body, headers=given)

    def propfind(self, path: str, depth: str = "1", body: bytes | str | None = None) -> "list[Row]":
        answer = self.ask("PROPFIND", path, body, Depth=depth)
        assert answer.status_code == 207, answer.text
        return rows(answer.content)

    def as_somebody(self, login: str) -> "Drive":
        """The same drive, asked by somebody else."""
        secret = accounts.create_token(accounts.viewer_for(login), "app").secret
        return replace(self, secret=secret, login=login)


def basic(login: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def make_drive(home: Home, **settings: str) -> Drive:
    authenticator, chosen = accounts.Authenticator(), settings_of(home.make.data, **settings)
    dav = make_dav(home.tree, home.broker, authenticator.authenticate_basic, chosen, Openings())
    secret = accounts.create_token(home.viewer, "app").secret
    return Drive(home, WithPeer(Facades(dav, Router())), secret)


@dataclass(frozen=True)
class Row:
    """One response of a multistatus: its address, its values and what was not found."""

    href: str
    found: Mapping[str, etree._Element]
    missing: tuple[str, ...]

    def text(self, name: str) -> str:
        return self.found[DAV + name].text or ""


def rows(xml: bytes) -> list[Row]:
    listed = []
    for response in etree.fromstring(xml).iter(f"{DAV}response"):
        found: dict[str, Any] = {}
        missing: list[str] = []
        for stat in response.iter(f"{DAV}propstat"):
            status = stat.findtext(f"{DAV}status") or ""
            for each in stat.find(f"{DAV}prop"):  # type: ignore[union-attr]  # each propstat has one
                if " 200 " in status:
                    found[each.tag] = each
                else:
                    missing.append(each.tag)
        listed.append(Row(response.findtext(f"{DAV}href") or "", found, tuple(missing)))
    return listed


@contextmanager
def listening(app: ASGIApp, *, buffer: int = 0) -> Iterator[int]:
    """The application behind a real uvicorn on loopback; gives its port.

    With a `buffer` the kernel keeps at most twice so many bytes of what is on its way to one client.
    """
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_config=None, ws="none",
                       timeout_graceful_shutdown=1)
    )  # fmt: skip
    listener = socket.socket()
    if buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)  # those it accepts have the same
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(30)
        listener.close()


def request(
    port: int, path: str, secret: str, method: str = "GET", *, login: str = "anna", **headers: str
) -> socket.socket:
    """Send the head of a request on a socket of its own, and leave the answer unread."""
    return _request(socket.socket(), port, path, method, Authorization=basic(login, secret), **headers)


def request_little(port: int, path: str, secret: str, buffer: int) -> socket.socket:
    """The same by a client whose kernel takes at most twice so many bytes of the answer that nobody reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    return _request(client, port, path, "GET", Authorization=basic("anna", secret))


def _request(client: socket.socket, port: int, path: str, method: str, **headers: str) -> socket.socket:
    client.settimeout(30)
    client.connect(("127.0.0.1", port))
    lines = [f"{method} /dav/{path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    client.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return client


def read_head(client: socket.socket) -> tuple[int, bytes]:
    """Status of the answer, and what of the body came with its head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(4096)
        if not piece:
            break
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), rest


def read_rest(client: socket.socket) -> int:
    """Read until the end; how many bytes came."""
    count = 0
    try:
        while piece := client.recv(1 << 20):
            count += len(piece)
    except ConnectionResetError:
        pass
    return count

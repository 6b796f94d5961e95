"""A right that ends while bytes flow, against a real `serve`: nothing beyond the chunk in flight, each time.

Ben asks for anna's film over HTTP or WebDAV and stops reading, so that the buffers between fill; then she
revokes, and he reads on. What came before the revocation was answered is known to the byte: what he has read,
and what the kernel's own table says lies between. After that there may come what was handed on before: the
rest of what the server's socket holds for the kernel, and the one chunk that waits behind it.
"""

import base64
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from services import accounts, collections, events, screens, sharing
from services.accounts import OPERATOR, Passwords
from services.broker import LOCAL_CHUNK
from services.clock import now
from services.collections import Draft
from services.events import Doors, Events
from services.identifiers import new_pid
from services.models import Asset, Device, Event, Grant, Item, Screen, Storage, User, database
from services.sharing import NewGuest, Terms
from tests.factories import Make
from tests.processes import serving
from tests.serving import PASSWORD, opened
from virtualfs.dlna.media import SIGNED
from web.handling import GUEST_COOKIE

SIZE = 64 << 20
WAITS_FROM = 64 * 1024
"""From so many bytes on that the kernel does not take the server waits with the next chunk."""
STILL = 8
"""Looks of a twentieth of a second in which nothing grows: a machine at work pauses a server too."""
BUFFER = 64 * 1024
"""What we let the kernel keep for us."""


@dataclass(frozen=True)
class House:
    """What a client needs."""

    host: str
    port: int
    pid: int
    data: Path
    film: Path
    item: str
    collection: str
    api: str
    app: str
    dlna: int
    screen: str
    token: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("streaming")
    (folder / "films").mkdir()
    film = folder / "films" / "film.mp4"
    with film.open("wb") as file:
        file.truncate(SIZE)
    with opened(folder / "data") as hypomos:
        for login in ("anna", "ben"):
            accounts.add_person(
                OPERATOR, hypomos.passwords, login, password=PASSWORD, is_admin=login == "anna"
            )
        anna, ben = User.get(User.login == "anna"), accounts.viewer_for("ben")
        make = Make(folder / "data")
        storage = make.storage(anna, "Films", folder / "films", node=hypomos.settings.node_name)
        item = make.item(anna, "film.mp4", type="video", size=SIZE, mime="video/mp4")
        asset = make.asset(item, b"film")
        Item.update(cover_id=asset.id).execute()
        make.file(
            storage, "film.mp4", asset=asset, size=SIZE, mime="video/mp4", read_state="done", sha256=asset.sha256,
            mtime_ns=film.stat().st_mtime_ns,
        )  # fmt: skip
        made = collections.create(accounts.viewer_for("anna"), Draft("Films"))
        collections.add(accounts.viewer_for("anna"), made.pid, [item.pid])
        api = accounts.create_token(ben, "api", scopes=["read"]).secret
        app = accounts.create_token(ben, "app").secret
        screen = Screen.create(pid=new_pid(), name="Living room", created_at=now())
        given = {
            "pid": new_pid(),
            "code": "1000",
            "address": "127.0.0.1",
            "state": "approved",
            "screen": screen,
        }
        Device.create(key="ip 127.0.0.1", first_seen_at=now(), last_seen_at=now(), **given)
        Asset.update(masks=[]).execute()  # it was looked at, and tells no place
        token = screens.sign(hypomos.screen_key, screens.identify("127.0.0.1"), item.pid, SIGNED)
        pids = item.pid, made.pid
    # no worker: it would read the film and find that it is none
    shown = {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": "127.0.0.1:0"}
    with serving(folder / "data", "--no-worker", **shown) as at, opened(folder / "data"):
        address = urlsplit(at.address)
        yield House(
            address.hostname or "", address.port or 0, at.process.pid, folder / "data", film, *pids, api, app,
            urlsplit(str(at.ready["dlna"])).port or 0, screen.pid, token,
        )  # fmt: skip
        assert Asset.select().count() == Storage.select().count() == 1, "nothing else came in meanwhile"
        database.close()


def begin(house: House, way: str) -> socket.socket:
    """Ask for the film, and take nothing yet."""
    if way == "dlna":
        path = f"/m/{house.token}/{house.item}/original.mp4"
        return send(replace(house, host="127.0.0.1", port=house.dlna), path, "Connection: close")
    paths = {
        "http": f"/api/v1/items/{house.item}/original",
        "webdav": "/dav/Shared%20with%20me/anna/Films/film.mp4",
    }
    return send(house, paths[way], proof_of(house, way))


def proof_of(house: House, way: str) -> str:
    """The header by which ben proves who he is."""
    basic = base64.b64encode(f"ben:{house.app}".encode()).decode()
    return f"Authorization: Bearer {house.api}" if way == "http" else f"Authorization: Basic {basic}"


def send(house: House, path: str, proof: str) -> socket.socket:
    """Ask for what is at a path, and take nothing yet."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.settimeout(60)
    client.connect((house.host, house.port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {house.host}:{house.port}\r\n{proof}\r\n\r\n".encode())
    return client


def head(client: socket.socket) -> tuple[int, int]:
    """The status, and how much of the body came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(4096)
        assert piece, data
        data += piece
    first, _, rest = data.partition(b"\r\n\r\n")
    return int(first.split(b" ")[1]), len(rest)


def take(client: socket.socket, wanted: int) -> int:
    """Read about so many bytes; fewer at the end."""
    got = 0
    try:
        while got < wanted and (piece := client.recv(min(1 << 16, wanted - got))):
            got += len(piece)
    except ConnectionResetError:
        pass
    return got


def queued(client: socket.socket) -> int:
    """Bytes that lie between the server and us: its send queue and our receive queue, by the kernel's own table."""
    here, there = client.getsockname()[1], client.getpeername()[1]
    found = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, queues = line.split()[1:5]
        ports = int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16)
        sending, receiving = (int(part, 16) for part in queues.split(":"))
        if ports == (there, here):
            found += sending
        elif ports == (here, there):
            found += receiving
    return found


def settled(client: socket.socket) -> int:
    """How much lies between, once it grows no more."""
    seen: list[int] = []
    until = time.monotonic() + 30
    while time.monotonic() < until:
        seen.append(queued(client))
        if seen[-1] and len(set(seen[-STILL:])) == 1 and len(seen) >= STILL:
            return seen[-1]
        time.sleep(0.05)
    raise AssertionError("the stream does not settle")


@pytest.mark.first
@pytest.mark.parametrize("way", ["http", "webdav", "dlna"])
def test_nothing_is_handed_on_after_a_revocation(house: House, way: str, full: bool) -> None:
    anna = accounts.viewer_for("anna")
    for turn in range(200 if full else 10):
        sharing.offer(
            anna, house.collection, {"screen": house.screen} if way == "dlna" else {"user": "ben"}, Terms()
        )
        client = begin(house, way)
        grant = Grant.get(Grant.ended_at.is_null())
        require_cut(client, partial(sharing.revoke, anna, {"grant": grant.pid}), turn)
        again = begin(house, way)
        assert head(again)[0] == 404
        again.close()


def test_no_part_follows_a_revocation(house: House) -> None:
    """Small parts are answered without a question while nothing is written: what another process writes counts."""
    anna = accounts.viewer_for("anna")
    path, proof = "/dav/Shared%20with%20me/anna/Films/film.mp4", proof_of(house, "webdav").partition(": ")[2]
    client = HTTPConnection(house.host, house.port, timeout=60)

    def part(number: int) -> int:
        first = number * 65536
        client.request(
            "GET", path, headers={"Authorization": proof, "Range": f"bytes={first}-{first + 65535}"}
        )
        answer = client.getresponse()
        body = answer.read()
        assert answer.status != 206 or body == bytes(65536)
        return answer.status

    for turn in range(20):
        sharing.offer(anna, house.collection, {"user": "ben"}, Terms())
        assert [part(number) for number in range(2 + turn)] == [206] * (2 + turn)
        sharing.revoke(anna, {"grant": Grant.get(Grant.ended_at.is_null()).pid})
        assert part(0) == 404, turn
    client.close()


def require_cut(client: socket.socket, end: Callable[[], object], turn: int) -> None:
    """Read a little of a stream, end the right to it, and see that it ends before its next chunk."""
    status, got = head(client)
    assert status == 200, turn
    got += take(client, 1 + int.from_bytes(os.urandom(2)) * 16)
    between = settled(client)  # the server waits to hand on its next chunk
    end()
    rest = take(client, SIZE)
    client.close()
    assert got + rest < SIZE, "it looked as if it were complete"
    # the server's socket holds the rest of a chunk (and all of the next, after a small rest); one waits behind
    handed_on = ((got + between + WAITS_FROM) // LOCAL_CHUNK + 2) * LOCAL_CHUNK
    assert got + rest <= handed_on, (turn, got, between, rest)


@dataclass
class Fest:
    """An event of anna's with her film, or of ben's to which she contributes it; he and a guest are there."""

    house: House
    events: Events
    event: Event
    guest: NewGuest

    def ask(self, way: str) -> socket.socket:
        """Ask for the film at the event, and take nothing yet."""
        if way == "guest":
            path = f"/guest/{self.guest.pid}/items/{self.house.item}/original"
            return send(self.house, path, f"Cookie: {GUEST_COOKIE}={self.guest.secret}")
        folder = quote(f"/dav/Events/{self.event.name}/film.mp4")
        path = f"/api/v1/items/{self.house.item}/original" if way == "http" else folder
        return send(self.house, path, proof_of(self.house, way))


def open_event(house: House, owner: str, name: str) -> Fest:
    anna, ben = accounts.viewer_for("anna"), accounts.viewer_for("ben")
    making = Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64)))
    event = making.make(anna if owner == "anna" else ben, {"name": name, "place": True, "approval": "none"})
    door = making.doors.show(accounts.viewer_for(owner), event.pid)
    assert door is not None
    making.doors.join(ben if owner == "anna" else anna, door.token, ip="127.0.0.1")
    events.contribute_items(anna, event.pid, [house.item], place=True)
    return Fest(house, making, event, making.doors.enter(door.token, "Lou", ip="127.0.0.1"))


def close(fest: Fest) -> None:
    fest.events.close(accounts.viewer_for("anna"), fest.event.pid)


def leave(fest: Fest) -> None:
    events.leave(accounts.viewer_for("ben"), fest.event.pid)


def dismiss(fest: Fest) -> None:
    events.dismiss(accounts.viewer_for("anna"), fest.event.pid, fest.guest.pid)


def take_back(fest: Fest) -> None:
    anna = accounts.viewer_for("anna")
    (given,) = events.contributions(anna, fest.event.pid)
    events.withdraw_contribution(anna, fest.event.pid, given.grant.pid)


@pytest.mark.first
@pytest.mark.parametrize(
    ("owner", "way", "end"),
    [
        ("anna", "webdav", close), ("anna", "guest", close), ("anna", "http", leave), ("anna", "guest", dismiss),
        ("ben", "webdav", take_back), ("ben", "guest", take_back),
    ],
)  # fmt: skip
def test_nothing_is_handed_on_after_an_event_narrowed(
    house: House, owner: str, way: str, end: Callable[[Fest], None], full: bool
) -> None:
    for turn in range(40 if full else 2):
        fest = open_event(house, owner, f"{end.__name__} {way} {turn}")
        require_cut(fest.ask(way), partial(end, fest), turn)
        again = fest.ask(way)
        assert head(again)[0] in {404, 410}
        again.close()
        if end is not close:
            fest.events.close(accounts.viewer_for(owner), fest.event.pid)

"""What `serve` needs while twenty people's films run from a storage far away, above what it needs at rest.

A real appliance and a real WebDAV server; the players take their bytes slowly, as players do, so all
streams stay open while memory is looked at. At rest is after each person has read a part of a film: what
is loaded only when it is used is no part of a stream. rclone is reported beside it, by its own growth
and its keeper's in the same moments.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from services.slots import MAX_STREAMS
from tests.benchmarks import far, rows
from tests.benchmarks.asking import client
from tests.benchmarks.measuring import pss
from tests.benchmarks.ranges import MIB, RANGE, write_file
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos, signed_in

MARK = Mark("amount", 1)
NAME = "film.bin"
SIP = 16 * 1024
"""Bytes a player takes at once."""
PACE_S = 0.02
"""Between two sips: 0.8 MB/s, a film in full HD."""
SMALL = 64 * 1024
"""Of a player's socket: what it has not taken waits in Hypomos and rclone."""


@dataclass(frozen=True, slots=True)
class Size:
    """A film of `mib` MiB in `streams` streams, looked at for `seconds`."""

    mib: int
    streams: int
    seconds: float
    rest_s: float


SIZES: dict[Scale, Size] = {
    "full": Size(mib=256, streams=20, seconds=30, rest_s=10),
    "quick": Size(mib=64, streams=20, seconds=8, rest_s=3),
    "tiny": Size(mib=4, streams=3, seconds=1, rest_s=0),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with the film, its server and the appliance in `scratch`."""
    size = SIZES[scale]
    write_file(scratch / NAME, size.mib)
    with ExitStack() as stack:
        make = stack.enter_context(rows.household(scratch / "data"))
        daemon = stack.enter_context(far.daemon_of(make.data))
        there = stack.enter_context(far.connected(daemon, "webdav", scratch))
        far.upload(daemon, there, scratch / NAME)
        people = [f"person{number}" for number in range(-(-size.streams // MAX_STREAMS))]
        for login in people:
            make.file(
                there.storage(make, make.user(login), name="Films"), NAME, size=size.mib * MIB,
                mime="video/mp4",
            )  # fmt: skip
        first = stack.enter_context(hypomos(make.data, people[0], "Storages/Films/"))
        servers = [first, *(replace(first, headers=signed_in(login)) for login in people[1:])]
        return _measure(make.data, servers, size)


def _measure(data: Path, servers: list[Server], size: Size) -> Outcome:
    for server in servers:
        with client(server) as asking:
            for start in range(0, MIB, RANGE):
                asking.get(server.root + NAME, start, start + RANGE - 1)
            with _playing(server) as player:
                _sip(player)
    time.sleep(size.rest_s)
    rest = _look(data, servers[0])
    most = dict(rest)
    with ExitStack() as stack:
        players = [stack.enter_context(_playing(servers[n % len(servers)])) for n in range(size.streams)]
        until = time.monotonic() + size.seconds
        taken = 0
        while time.monotonic() < until:
            taken += sum(map(_sip, players))
            time.sleep(PACE_S)
            most = {who: max(mb, most[who]) for who, mb in _look(data, servers[0]).items()}
    grown = {who: (most[who] - rest[who]) / size.streams for who in most}
    note = (
        f"serve {rest['serve']:.0f} to {most['serve']:.0f} MB; rclone {rest['rclone']:.0f} to "
        f"{most['rclone']:.0f}, its keeper {rest['keeper']:.0f} to {most['keeper']:.0f}"
    )
    beside = Sample((grown["rclone"] + grown["keeper"],))
    work = f"serve, {size.streams} slow streams from WebDAV, above rest"
    row = Row(
        work,
        "MB PSS a stream",
        Sample((grown["serve"],)),
        "rclone and keeper, above rest",
        beside,
        MARK,
        note,
    )
    return Outcome([row], [f"{taken / 1e6:.0f} MB were taken by {size.streams} players"])


def _look(data: Path, server: Server) -> dict[str, float]:
    """What each process takes at this moment, in MB."""
    ready = far.ready_of(data)
    return {"serve": pss(server.pid), "rclone": pss(ready["rclone"]), "keeper": pss(ready["keeper"])}


@contextmanager
def _playing(server: Server) -> Iterator[socket.socket]:
    """A player who has asked for the whole film and got the head of the answer."""
    with socket.socket() as player:
        player.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        player.settimeout(60)
        player.connect(("127.0.0.1", server.port))
        heads = "".join(f"{name}: {value}\r\n" for name, value in server.headers.items())
        player.sendall(f"GET {server.root}{NAME} HTTP/1.1\r\nHost: localhost\r\n{heads}\r\n".encode())
        head = player.recv(15)
        if head[9:12] != b"200":
            raise RuntimeError(f"the stream did not begin: {head + player.recv(500)!r}")
        yield player


def _sip(player: socket.socket) -> int:
    """Take a little; returns how much. A stream that has ended is an error: it was to last."""
    got = len(player.recv(SIP))
    if not got:
        raise RuntimeError("a stream ended while it was watched")
    return got

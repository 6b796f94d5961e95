"""A player that asks for range after range of a far file, counted at its server."""

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from services import broker
from services.errors import CarrierEnded, Changed, Forbidden, StorageError, Unauthorized, Unreadable
from services.models import File, Storage
from services.storages.guarded import TRIPS_AT
from services.storages.rclone import Daemon
from services.storages.rclone import storage as rclone
from services.storages.rclone.daemon import READY
from tests.factories import Make
from tests.fakes import photo
from tests.faults.afar import Afar
from tests.servers.faults import FaultServer

pytestmark = pytest.mark.db

RANGE = 256 * 1024
RANGES = 64
NAME = "film.mp4"
FILM = os.urandom(RANGE * RANGES)


@pytest.fixture
def cinema(afar: Afar, server: FaultServer, make: Make) -> Iterator[Afar]:
    """A film, of which a byte was read already: rclone knows its storage."""
    server.put(f"/{NAME}", FILM)
    make.file(afar.row, NAME, size=len(FILM), mime="video/mp4")
    part(afar, RANGES - 1, 1)
    server.counts.reset()
    yield afar
    afar.serving(afar.storage).let_go()


def part(afar: Afar, number: int, size: int = RANGE) -> bytes:
    return received(begun(afar, number * RANGE, size))


def begun(afar: Afar, start: int, size: int) -> broker.Stream:
    original = broker.describe_file(File.get(File.name == NAME))
    return afar.broker.open(afar.viewer, original, start, start + size - 1)


def received(stream: broker.Stream) -> bytes:
    async def read() -> bytes:
        return b"".join([chunk async for chunk in stream])

    try:
        return asyncio.run(read())
    finally:
        stream.close()


def is_right(afar: Afar, number: int) -> bool:
    """Not compared in an assertion, which would show all of it."""
    return part(afar, number) == FILM[number * RANGE : (number + 1) * RANGE]


def test_range_after_range_is_one_transfer_from_the_second_on(cinema: Afar, server: FaultServer) -> None:
    assert all(is_right(cinema, number) for number in range(RANGES))
    asked = server.counts.requests
    assert asked["GET"] == 2, "it was one each"
    assert sum(asked.values()) <= 2 * 2 + 2, "a look before each transfer, and one now and then"


def test_a_seek_is_one_request_and_goes_on_from_there(cinema: Afar, server: FaultServer) -> None:
    for number in (0, 1, 2, 40, 41, 42, 7):
        assert is_right(cinema, number)
    assert server.counts.requests["GET"] == 2 + 2 + 1


def test_two_players_of_one_film_do_not_share_a_transfer(cinema: Afar, server: FaultServer) -> None:
    for number in range(6):
        assert is_right(cinema, number)
        assert is_right(cinema, number)
    assert 4 <= server.counts.requests["GET"] <= 7


def test_a_film_that_is_another_is_not_gone_on_with(
    cinema: Afar, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rclone, "SEEN_S", 0.0)
    other = bytes(reversed(FILM))
    for number in range(3):
        part(cinema, number)
    server.put(f"/{NAME}", other, modified=1_700_000_000.0)
    is_other = part(cinema, 3) == other[3 * RANGE : 4 * RANGE]
    assert is_other
    server.put(f"/{NAME}", other[:-1], modified=1_710_000_000.0)
    with pytest.raises(Changed):
        part(cinema, 4)


def test_who_writes_here_ends_what_stands_by(cinema: Afar, server: FaultServer) -> None:
    for number in range(3):
        part(cinema, number)
    cinema.serving(cinema.storage).delete(NAME)
    with pytest.raises(StorageError):
        part(cinema, 3)


def test_a_transfer_that_failed_meanwhile_is_begun_anew(
    cinema: Afar, server: FaultServer, daemon: Daemon
) -> None:
    for number in range(3):
        part(cinema, number)
    ((_, _, transfer),) = daemon.standby._held
    end = transfer.body._connection._socket
    assert end is not None
    end.shutdown(socket.SHUT_RD)  # as when rclone ends: what has come by then is there, and then nothing
    assert is_right(cinema, 3)
    assert is_right(cinema, 4)
    assert server.counts.requests["GET"] == 3


def test_a_sign_in_that_has_ended_is_told_to_its_owner_before_the_next_scan(
    cinema: Afar, server: FaultServer
) -> None:
    server.break_("401")
    with pytest.raises(Unauthorized):
        part(cinema, 20)
    row = Storage.get_by_id(cinema.storage.id)
    assert row.state == "sign-in"
    assert "Sign in again on its page" in row.state_reason


def test_what_nobody_comes_for_is_closed(cinema: Afar, daemon: Daemon) -> None:
    for number in range(3):
        part(cinema, number)
    (held,) = daemon.standby._held
    until = time.monotonic() + 20
    while daemon.standby._held or daemon.standby._closer is not None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert not held[2].body.is_alive


def test_a_server_that_gives_whole_files_alone_never_passes_a_beginning_off_as_a_part(
    afar: Afar, server: FaultServer, make: Make
) -> None:
    server.gives_parts = False
    server.put(f"/{NAME}", FILM)
    make.file(afar.row, NAME, size=len(FILM), mime="video/mp4")
    for size in (1, 64 * 1024, RANGE):
        with pytest.raises(Forbidden, match="whole files alone"):
            part(afar, 2, size)
    is_whole = part(afar, 0, len(FILM)) == FILM
    assert is_whole, "as a whole it is had all the same"
    server.gives_parts = True
    assert is_right(afar, 2), "it has been mended"


def test_whether_a_server_gives_parts_is_asked_once(afar: Afar, server: FaultServer, make: Make) -> None:
    server.put(f"/{NAME}", FILM)
    make.file(afar.row, NAME, size=len(FILM), mime="video/mp4")
    assert is_right(afar, 9)
    server.counts.reset()
    assert all(is_right(afar, number) for number in (20, 5, 40))
    assert server.counts.requests["GET"] == 3


def test_rclone_that_ends_under_its_readers_takes_no_storage_away(
    cinema: Afar, server: FaultServer, daemon: Daemon
) -> None:
    streams = [begun(cinema, 0, len(FILM)) for _ in range(TRIPS_AT + 1)]
    os.kill(json.loads((daemon._run / READY).read_text())["rclone"], signal.SIGKILL)
    for stream in streams:
        with pytest.raises(CarrierEnded):
            received(stream)
    assert is_right(cinema, 5), "it is had as soon as rclone is back"
    assert Storage.get_by_id(cinema.storage.id).state == "online"


def test_files_that_cannot_be_opened_take_no_storage_away(cinema: Afar, server: FaultServer) -> None:
    """Others' files beside one's own, say: the storage answers, and lists them."""
    names = [f"{n}.jpg" for n in range(TRIPS_AT + 1)]
    for n, name in enumerate(names):
        server.put(f"/{name}", photo(n=n))
    assert cinema.scan()["state"] == "online"
    server.break_("403", methods={"GET"})
    for _ in names:
        assert cinema.read()["state"] == cinema.storage.state == "online"
    problems = {f.raw_name: f.problem for f in File.select()}
    assert all("but does not give its bytes" in problems[name] for name in names)
    for name in names:
        with pytest.raises(Unreadable):
            cinema.download(name)
    server.mend()
    assert cinema.download(names[0]) == photo(n=0), "nobody waits for the storage"
    assert cinema.storage.state == "online"

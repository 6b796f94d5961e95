"""SSDP on loopback: burst, answers, goodbye, and what strangers and floods get."""

import asyncio
import random
import socket
import struct
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.virtualfs.dlna.ears import Ears, field, network, until
from virtualfs.dlna import ssdp
from virtualfs.dlna.description import DEVICE, SERVICES, Identity
from virtualfs.dlna.ssdp import Here, Notice, Pace, Sources, Ssdp, read_search

QUICK = Pace((0.0, 0.01, 0.02), (3600.0, 3600.0))
SILENT = Pace((3600.0,))


@dataclass
class Scene:
    """A household that is announced at `here`, and a machine of its network that listens."""

    net: str
    here: Here
    mine: Notice
    ssdp: Ssdp
    ears: Ears

    def heard(self, kind: str) -> list[str]:
        """What was said to all."""
        return of(self.ears.heard, self.mine, kind)

    @property
    def answers(self) -> list[str]:
        """What was said to the machine that listens."""
        return of(self.ears.answers, self.mine)


def notice() -> Notice:
    """Of nobody else: others announce themselves in the same group."""
    return Notice(Identity(f"uuid:{uuid.uuid4()}", "Hypomos", "1"), 4977, 7)


def of(messages: list[str], mine: Notice, kind: str = "") -> list[str]:
    return [m for m in messages if mine.identity.udn in m and (not kind or field(m, "NTS") == f"ssdp:{kind}")]


def announced(
    work: Callable[[Scene], Coroutine[Any, Any, None]], pace: Pace = SILENT, draw: random.Random | None = None
) -> None:
    """Run it with a household that is announced, in a network of its own."""

    async def run() -> None:
        net, mine = network(), notice()
        async with Ears(f"{net}.2") as ears:
            scene = Scene(net, Here(f"{net}.1", 24), mine, Ssdp(mine, pace, draw), ears)
            await scene.ssdp.follow([scene.here])
            try:
                await work(scene)
            finally:
                await scene.ssdp.close()

    asyncio.run(asyncio.wait_for(run(), 120))


def test_we_come_and_go() -> None:
    async def work(scene: Scene) -> None:
        await until(lambda: len(scene.heard("alive")) >= 18, "three times six notices")
        await scene.ssdp.close()
        await until(lambda: len(scene.heard("byebye")) >= 12, "goodbye, twice")
        alive, gone, udn = scene.heard("alive"), scene.heard("byebye"), scene.mine.identity.udn
        kinds = {"upnp:rootdevice", udn, DEVICE, *(service.type for service in SERVICES)}
        assert {field(m, "NT") for m in alive} == {field(m, "NT") for m in gone} == kinds
        assert (len(alive), len(gone)) == (18, 12)
        for message in alive:
            assert field(message, "LOCATION") == f"http://{scene.net}.1:4977/description.xml"
            assert field(message, "CACHE-CONTROL") == "max-age=1800"
            assert field(message, "BOOTID.UPNP.ORG") == "7"
            nt, usn = field(message, "NT"), field(message, "USN")
            assert usn == (nt if nt == udn else f"{udn}::{nt}")

    announced(work, QUICK)


def test_said_again() -> None:
    async def work(scene: Scene) -> None:
        await until(lambda: len(scene.heard("alive")) > 30, "again and again")

    announced(work, Pace((0.0,), (0.01, 0.02)))


def test_a_card_that_came_back_is_heard_again() -> None:
    """Whose membership the kernel forgot: it is asked for anew each time we say that we are there."""

    async def work(scene: Scene) -> None:
        heard, udn = scene.ssdp._networks[scene.here], scene.mine.identity.udn
        membership = struct.pack("4s4s", socket.inet_aton(ssdp.GROUP), socket.inet_aton(scene.here.ip))
        heard._socket.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, membership)
        scene.ears.search(udn)
        await asyncio.sleep(0.2)
        assert scene.answers == []
        assert heard._task is not None
        heard._task.cancel()
        heard._pace = Pace((), (0.01, 0.02))
        heard._task = asyncio.ensure_future(heard._announce())
        await until(lambda: len(scene.heard("alive")) >= 6, "said again")
        scene.ears.search(udn)
        await until(lambda: len(scene.answers) == 1, "heard again")

    announced(work)


@pytest.mark.parametrize("wait", ["", "0", "1", "00", "rubbish", "-1"])
def test_whatever_the_wait(wait: str) -> None:
    async def work(scene: Scene) -> None:
        scene.ears.search("ssdp:all", MX=wait)
        await until(lambda: len(scene.answers) == 6, f"six answers to MX {wait!r}")

    announced(work)


@pytest.mark.parametrize(
    ("text", "wait"), [("99999999999999999999", 5), ("999999999", 5), ("5", 5), ("0", 0), ("3", 3), ("x", 1)]
)
def test_nobody_waits_longer_than_five_seconds(text: str, wait: float) -> None:
    search = f'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nMX: {text}\r\nST: ssdp:all\r\n\r\n'
    assert read_search(search.encode()) == ("ssdp:all", wait)


def test_who_looks_for_what() -> None:
    async def work(scene: Scene) -> None:
        udn = scene.mine.identity.udn
        wanted = ("upnp:rootdevice", udn, DEVICE, *(service.type for service in SERVICES))
        for target in wanted:
            scene.ears.search(target)
        await until(lambda: len(scene.answers) == 6, "one answer each")
        assert sorted(field(m, "ST") for m in scene.answers) == sorted(wanted)
        assert all(m.startswith("HTTP/1.1 200 OK\r\n") for m in scene.answers)

    announced(work)


def test_what_is_not_answered() -> None:
    async def work(scene: Scene) -> None:
        ears, udn = scene.ears, scene.mine.identity.udn
        ears.search("ssdp:all", MAN="")
        ears.search("ssdp:all", MAN="ssdp:other")
        ears.search("")
        ears.search("urn:schemas-upnp-org:device:MediaRenderer:1")
        ears.search(DEVICE.replace(":1", ":2"))
        for rubbish in (b"", b"\0" * 1400, b"M-SEARCH", b"M-SEARCH * HTTP/1.1\r\n\r\n", b"\xff" * 9000):
            ears.say(rubbish)
        ears.search(udn)
        await until(lambda: len(scene.answers) > 0, "the one that is right")
        assert [field(m, "ST") for m in scene.answers] == [udn]

    announced(work)


def test_strangers_are_not_answered() -> None:
    """A packet from another network, and one to a network that we left."""

    async def work(scene: Scene) -> None:
        far = Ssdp(other := notice(), SILENT)
        await far.follow([Here(f"{scene.net}.1", 32)])
        async with Ears(f"{scene.net}.9") as stranger:
            stranger.search("ssdp:all")
            await until(lambda: len(of(stranger.answers, scene.mine)) == 6, "who is of this network answers")
            assert of(stranger.answers, other) == []
        await far.close()
        await scene.ssdp.close()
        scene.ears.search(scene.mine.identity.udn)
        await until(lambda: len(scene.heard("byebye")) >= 12, "gone")
        assert scene.answers == []

    announced(work)


def test_a_flood_is_not_answered() -> None:
    async def work(scene: Scene) -> None:
        for _ in range(400):
            scene.ears.search("ssdp:all", MX="1")
        there = scene.ssdp._networks[scene.here]
        await until(lambda: len(scene.answers) >= 6 * ssdp.MOST_SEARCHES, "the first ones")
        assert len(there._pending) <= ssdp.MOST_PENDING
        await until(lambda: not there._pending, "all answered")
        assert len(scene.answers) == 6 * ssdp.MOST_SEARCHES

    announced(work, draw=random.Random(1))


def test_sources_are_counted() -> None:
    now = [0.0]
    sources = Sources(lambda: now[0])
    assert [sources.may("10.0.0.1") for _ in range(12)] == [True] * 10 + [False] * 2
    assert sources.may("10.0.0.2")
    now[0] = 5.0
    assert sources.may("10.0.0.1")
    for n in range(5000):
        sources.may(f"10.1.{n // 250}.{n % 250}")
    assert len(sources._seen) == ssdp.KEPT_SOURCES


def test_made_up_addresses_are_not_answered_without_end() -> None:
    now = [0.0]
    sources = Sources(lambda: now[0])
    answered = [sources.may(f"10.1.{n // 250}.{n % 250}") for n in range(5000)]
    assert answered == [True] * ssdp.MOST_TOGETHER + [False] * (5000 - ssdp.MOST_TOGETHER)
    now[0] = 5.0
    assert sources.may("10.0.0.1")


def test_who_asks_too_often_takes_nothing_of_the_others() -> None:
    sources = Sources(lambda: 0.0)
    for _ in range(1000):
        sources.may("10.0.0.1")
    assert sources.may("10.0.0.2")


def test_addresses_come_and_go(caplog: pytest.LogCaptureFixture) -> None:
    """What fails is tried again and again, and said once."""

    async def work(scene: Scene) -> None:
        there, foreign = scene.ssdp, Here("203.0.113.77", 24)  # the second is none of ours
        for _ in range(3):
            await there.follow([Here(f"{scene.net}.3", 24), foreign])
        await until(lambda: len(scene.heard("byebye")) >= 12, "goodbye with the old address")
        location = f"http://{scene.net}.3:4977/description.xml"
        await until(lambda: any(location in m for m in scene.heard("alive")), "the new one")
        assert there.here == (Here(f"{scene.net}.3", 24),)
        assert [foreign.ip in message for message in caplog.messages] == [True]
        await there.follow([])
        await there.follow([foreign])
        assert len(caplog.messages) == 2, "it was gone meanwhile"

    announced(work, QUICK)


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: b"M-SEARCH * HTTP/1.1\r\n" + t.encode()))
def test_any_packet(data: bytes) -> None:
    found = read_search(data)
    assert found is None or 0 <= found[1] <= 5

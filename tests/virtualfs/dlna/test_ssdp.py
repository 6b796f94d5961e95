"""SSDP on loopback: burst, answers, goodbye, and what strangers and floods get."""

import asyncio
import random
import socket
import struct
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.virtualfs.dlna.ears import Ears, field, network, until
from virtualfs.dlna import ssdp
from virtualfs.dlna.description import DEVICE, SERVICES, Identity
from virtualfs.dlna.ssdp import Here, Notice, Pace, Sources, Ssdp, read_search

QUICK = Pace((0.0, 0.01, 0.02), (3600.0, 3600.0))


def notice() -> Notice:
    """Of nobody else: others announce themselves in the same group."""
    return Notice(Identity(f"uuid:{uuid.uuid4()}", "Hypomos", "1"), 4977, 7)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


def of(messages: list[str], mine: Notice, kind: str = "") -> list[str]:
    return [m for m in messages if mine.identity.udn in m and (not kind or field(m, "NTS") == f"ssdp:{kind}")]


def test_we_come_and_go() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, QUICK)
            await there.follow([here])
            await until(lambda: len(of(ears.heard, mine, "alive")) >= 18, "three times six notices")
            await there.close()
            await until(lambda: len(of(ears.heard, mine, "byebye")) >= 12, "goodbye, twice")
            alive, gone = of(ears.heard, mine, "alive"), of(ears.heard, mine, "byebye")
            kinds = {"upnp:rootdevice", mine.identity.udn, DEVICE, *(service.type for service in SERVICES)}
            assert {field(m, "NT") for m in alive} == {field(m, "NT") for m in gone} == kinds
            assert (len(alive), len(gone)) == (18, 12)
            for message in alive:
                assert field(message, "LOCATION") == f"http://{net}.1:4977/description.xml"
                assert field(message, "CACHE-CONTROL") == "max-age=1800"
                assert field(message, "BOOTID.UPNP.ORG") == "7"
                nt, usn = field(message, "NT"), field(message, "USN")
                assert usn == (nt if nt == mine.identity.udn else f"{mine.identity.udn}::{nt}")

    run(work())


def test_said_again() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((0.0,), (0.01, 0.02)))
            await there.follow([here])
            await until(lambda: len(of(ears.heard, mine, "alive")) > 30, "again and again")
            await there.close()

    run(work())


def test_a_card_that_came_back_is_heard_again() -> None:
    """Whose membership the kernel forgot: it is asked for anew each time we say that we are there."""

    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((3600.0,)))
            await there.follow([here])
            heard = there._networks[here]
            membership = struct.pack("4s4s", socket.inet_aton(ssdp.GROUP), socket.inet_aton(here.ip))
            heard._socket.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, membership)
            ears.search(mine.identity.udn)
            await asyncio.sleep(0.2)
            assert of(ears.answers, mine) == []
            assert heard._task is not None
            heard._task.cancel()
            heard._pace = Pace((), (0.01, 0.02))
            heard._task = asyncio.ensure_future(heard._announce())
            await until(lambda: len(of(ears.heard, mine, "alive")) >= 6, "said again")
            ears.search(mine.identity.udn)
            await until(lambda: len(of(ears.answers, mine)) == 1, "heard again")
            await there.close()

    run(work())


@pytest.mark.parametrize("wait", ["", "0", "1", "00", "rubbish", "-1"])
def test_whatever_the_wait(wait: str) -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((3600.0,)))
            await there.follow([here])
            ears.search("ssdp:all", MX=wait)
            await until(lambda: len(of(ears.answers, mine)) == 6, f"six answers to MX {wait!r}")
            await there.close()

    run(work())


@pytest.mark.parametrize(
    ("text", "wait"), [("99999999999999999999", 5), ("999999999", 5), ("5", 5), ("0", 0), ("3", 3), ("x", 1)]
)
def test_nobody_waits_longer_than_five_seconds(text: str, wait: float) -> None:
    search = f'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nMX: {text}\r\nST: ssdp:all\r\n\r\n'
    assert read_search(search.encode()) == ("ssdp:all", wait)


def test_who_looks_for_what() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((3600.0,)))
            await there.follow([here])
            wanted = ("upnp:rootdevice", mine.identity.udn, DEVICE, *(service.type for service in SERVICES))
            for target in wanted:
                ears.search(target)
            await until(lambda: len(of(ears.answers, mine)) == 6, "one answer each")
            assert sorted(field(m, "ST") for m in of(ears.answers, mine)) == sorted(wanted)
            assert all(m.startswith("HTTP/1.1 200 OK\r\n") for m in of(ears.answers, mine))
            await there.close()

    run(work())


def test_what_is_not_answered() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((3600.0,)))
            await there.follow([here])
            ears.search("ssdp:all", MAN="")
            ears.search("ssdp:all", MAN="ssdp:other")
            ears.search("")
            ears.search("urn:schemas-upnp-org:device:MediaRenderer:1")
            ears.search(DEVICE.replace(":1", ":2"))
            for rubbish in (b"", b"\0" * 1400, b"M-SEARCH", b"M-SEARCH * HTTP/1.1\r\n\r\n", b"\xff" * 9000):
                ears.say(rubbish)
            ears.search(mine.identity.udn)
            await until(lambda: len(of(ears.answers, mine)) > 0, "the one that is right")
            assert [field(m, "ST") for m in of(ears.answers, mine)] == [mine.identity.udn]
            await there.close()

    run(work())


def test_strangers_are_not_answered() -> None:
    """A packet from another network, and one to a network that we left."""

    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            far = Ssdp(mine, Pace((3600.0,)))
            await far.follow([Here(f"{net}.1", 32)])
            near = Ssdp(other := notice(), Pace((3600.0,)))
            await near.follow([here])
            async with Ears(f"{net}.9") as stranger:
                stranger.search("ssdp:all")
                await until(lambda: len(of(stranger.answers, other)) == 6, "who is of this network answers")
                assert of(stranger.answers, mine) == []
            await far.close()
            await near.close()
            ears.search(other.identity.udn)
            await until(lambda: len(of(ears.heard, other, "byebye")) >= 12, "gone")
            assert of(ears.answers, other) == []

    run(work())


def test_a_flood_is_not_answered() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, Pace((3600.0,)), random.Random(1))
            await there.follow([here])
            for _ in range(400):
                ears.search("ssdp:all", MX="1")
            there_now = there._networks[here]
            await until(lambda: len(of(ears.answers, mine)) >= 6 * ssdp.MOST_SEARCHES, "the first ones")
            assert len(there_now._pending) <= ssdp.MOST_PENDING
            await until(lambda: not there_now._pending, "all answered")
            assert len(of(ears.answers, mine)) == 6 * ssdp.MOST_SEARCHES
            await there.close()

    run(work())


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


def test_addresses_come_and_go() -> None:
    async def work() -> None:
        mine = notice()
        net = network()
        here = Here(f"{net}.1", 24)
        async with Ears(f"{net}.2") as ears:
            there = Ssdp(mine, QUICK)
            await there.follow([here])
            await there.follow([Here(f"{net}.3", 24), Here("203.0.113.77", 24)])  # the second is none of ours
            await until(lambda: len(of(ears.heard, mine, "byebye")) >= 12, "goodbye with the old address")
            location = f"http://{net}.3:4977/description.xml"
            await until(lambda: any(location in m for m in of(ears.heard, mine, "alive")), "the new one")
            assert there.here == (Here(f"{net}.3", 24),)
            await there.close()

    run(work())


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: b"M-SEARCH * HTTP/1.1\r\n" + t.encode()))
def test_any_packet(data: bytes) -> None:
    found = read_search(data)
    assert found is None or 0 <= found[1] <= 5

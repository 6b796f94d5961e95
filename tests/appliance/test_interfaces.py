"""Which addresses count as the home network's, and how changes are told."""

import asyncio
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import ifaddr
import pytest

from appliance import interfaces
from appliance.interfaces import Address, Watcher, home_addresses

FINE = interfaces._UP | interfaces._RUNNING | interfaces._MULTICAST | 0x2
LAN = Address("eth0", "192.168.1.5", 24)


def card(name: str, *ips: str) -> ifaddr.Adapter:
    """A network card with addresses such as `10.0.0.1/8`."""
    found = []
    for text in ips:
        ip, _, prefix = text.partition("/")
        found.append(ifaddr.IP((ip, 0, 2) if ":" in ip else ip, int(prefix), name))
    return ifaddr.Adapter(name, name, found, 2)


def seen(*cards: ifaddr.Adapter, flags: Callable[[str], int] = lambda name: FINE) -> tuple[Address, ...]:
    return home_addresses(lambda: cards, flags)


def test_the_private_addresses_of_cards_in_order() -> None:
    found = seen(card("wlan0", "10.0.0.7/8"), card("eth0", "192.168.1.5/24", "fd00::5/64"))
    assert found == (LAN, Address("eth0", "fd00::5", 64), Address("wlan0", "10.0.0.7", 8))
    assert [a.is_v4 for a in found] == [True, False, True]
    assert LAN.network == ip_network("192.168.1.0/24")


@pytest.mark.parametrize(
    "ip", ["127.0.0.1/8", "::1/128", "169.254.3.4/16", "fe80::1/64", "100.64.1.1/10", "198.51.100.7/24",
           "2001:db8::1/64"],
)  # fmt: skip
def test_no_address_of_a_home(ip: str) -> None:
    assert seen(card("eth0", ip)) == ()


@pytest.mark.parametrize(
    "name",
    ["docker0", "veth12ab", "br-9f2c", "tun0", "tap1", "wg0", "virbr0", "podman1", "tailscale0", "ztabc"],
)
def test_no_network_of_a_home(name: str) -> None:
    assert seen(card(name, "192.168.1.5/24")) == ()


@pytest.mark.parametrize("name", ["br0", "wlp3s0", "enp1s0", "eth0:1", "bond0", "lan0"])
def test_networks_of_a_home(name: str) -> None:
    assert [a.interface for a in seen(card(name, "192.168.1.5/24"))] == [name]


@pytest.mark.parametrize("missing", [interfaces._UP, interfaces._RUNNING, interfaces._MULTICAST])
def test_a_card_without_a_cable_or_multicast_is_left_out(missing: int) -> None:
    assert seen(card("eth0", "192.168.1.5/24"), flags=lambda name: FINE & ~missing) == ()


@pytest.mark.parametrize("extra", [interfaces._LOOPBACK, interfaces._POINT_TO_POINT])
def test_a_card_with_nobody_behind_it_is_left_out(extra: int) -> None:
    assert seen(card("eth0", "192.168.1.5/24"), flags=lambda name: FINE | extra) == ()


def test_the_kernel_tells_the_flags() -> None:
    assert interfaces._flags("lo") & (interfaces._UP | interfaces._LOOPBACK) == 0x9
    assert interfaces._flags("nothing9") == 0


def test_this_machine_can_be_looked_at() -> None:
    assert "lo" not in {a.interface for a in home_addresses()}


def test_changes_are_told_once_to_everybody(caplog: pytest.LogCaptureFixture) -> None:
    now: list[Address] = []
    watcher = Watcher(lambda: tuple(now))
    told: list[tuple[Address, ...]] = []

    def fail(addresses: tuple[Address, ...]) -> None:
        raise ValueError("cannot")

    watcher.subscribe(fail)
    watcher.subscribe(told.append)
    assert not watcher.look()
    now.append(LAN)
    assert watcher.look()
    assert not watcher.look()
    assert told == [(LAN,)]
    assert "could not be followed" in caplog.text


def test_a_list_that_cannot_be_had_is_no_change() -> None:
    broken = False

    def look() -> tuple[Address, ...]:
        if broken:
            raise OSError("no netlink")
        return (LAN,)

    watcher = Watcher(look)
    watcher.look()
    broken = True
    assert not watcher.look()
    assert watcher.addresses == (LAN,)


def test_it_looks_again_and_again() -> None:
    async def scenario() -> None:
        looks: Iterator[tuple[Address, ...] | None] = iter([(), (LAN,), None, ()])
        told: list[tuple[Address, ...]] = []
        ended = asyncio.Event()

        def look() -> tuple[Address, ...]:
            found = next(looks, ())
            if found is None:
                raise OSError("not at this moment")
            return found

        def follow(addresses: tuple[Address, ...]) -> None:
            told.append(addresses)
            if not addresses:
                ended.set()

        watcher = Watcher(look, every_s=0.001)
        watcher.subscribe(follow)
        running = asyncio.create_task(watcher.run())
        async with asyncio.timeout(20):
            await ended.wait()
        running.cancel()
        await asyncio.wait([running])
        assert told == [(LAN,), ()]

    asyncio.run(scenario())

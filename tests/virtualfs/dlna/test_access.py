"""Who may speak to the listener: machines of its own networks, straight, and by its address."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from virtualfs.dav.errors import Refused
from virtualfs.dlna.access import Neighbours, require_neighbour

SERVER = ("192.168.1.2", 4977)
HOST = {"host": "192.168.1.2:4977"}
NETWORKS = {
    "192.168.1.2": ip_network("192.168.1.0/24"), "203.0.113.5": ip_network("203.0.113.0/24"),
    "127.0.0.1": ip_network("127.0.0.0/8"),
}  # fmt: skip


def allowed(ip: str, headers: dict[str, str], server: tuple[str, int] | None = SERVER) -> int:
    try:
        require_neighbour((ip, 5000), server, headers, NETWORKS.get)
    except Refused as error:
        return error.status
    return 200


@pytest.mark.parametrize(
    ("ip", "status"),
    [
        ("192.168.1.40", 200), ("192.168.2.40", 403), ("8.8.8.8", 403), ("10.0.0.1", 403), ("fe80::1", 403),
        ("::ffff:192.168.1.40", 403), ("2001:db8::1", 403), ("", 403), ("x", 403),
    ],
)  # fmt: skip
def test_same_network_only(ip: str, status: int) -> None:
    assert allowed(ip, HOST) == status


def test_only_where_we_answer() -> None:
    assert allowed("192.168.9.40", {}, ("192.168.9.2", 4977)) == 403, "a network we are not to answer in"
    assert allowed("203.0.113.9", {}, ("203.0.113.5", 4977)) == 403, "public addresses"
    assert allowed("192.168.1.40", HOST, None) == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.2:4977", 200), ("192.168.1.2", 200), ("192.168.1.2:80", 400), ("192.168.1.3:4977", 400),
        ("hypomos.local:4977", 400), ("evil.example", 400), ("localhost", 400), ("", 400),
        ("192.168.1.2:4977@evil.example", 400), ("192.168.1.2.evil.example:4977", 400), ("[::1]:4977", 400),
        ("3232235778:4977", 400),
    ],
)  # fmt: skip
def test_by_our_address(host: str, status: int) -> None:
    assert allowed("192.168.1.40", {"host": host}) == status


def test_without_a_host() -> None:
    assert allowed("192.168.1.40", {}) == 200, "HTTP/1.0 has none, and no browser speaks that"


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "x-forwarded-host", "x-forwarded-anything", "forwarded", "x-real-ip", "via"]
)
def test_never_behind_a_proxy(name: str) -> None:
    assert allowed("192.168.1.40", HOST | {name: "192.168.1.40"}) == 403


TABLE = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.40     0x1         0x2         a4:83:e7:11:22:33     *        eth0
192.168.1.41     0x1         0x0         00:00:00:00:00:00     *        eth0
"""


def test_neighbours(tmp_path: Path) -> None:
    table, now = tmp_path / "arp", [0.0]
    table.write_text(TABLE)
    neighbours = Neighbours(table, lambda: now[0])
    assert neighbours.mac("192.168.1.40") == "a4:83:e7:11:22:33"
    assert neighbours.mac("192.168.1.41") is None
    table.write_text(TABLE.replace("11:22:33", "99:99:99"))
    assert neighbours.mac("192.168.1.40") == "a4:83:e7:11:22:33", "known for some seconds"
    now[0] = 6
    assert neighbours.mac("192.168.1.40") == "a4:83:e7:99:99:99"
    table.unlink()
    now[0] = 12
    assert neighbours.mac("192.168.1.40") is None

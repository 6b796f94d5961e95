"""Where a request comes from: forwarded headers count only from trusted proxies."""

import pytest

from services.peers import Peer, Plain, judge_peer, lets_passwords
from virtualfs.dav.auth import require_private
from virtualfs.dav.errors import Refused

PROXY = ("172.16.0.0/12",)


@pytest.mark.parametrize(
    ("client", "headers", "trusted", "ip", "foreign"),
    [
        ("127.0.0.1", {}, (), "127.0.0.1", False),
        ("203.0.113.5", {}, (), "203.0.113.5", False),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.1"}, (), "127.0.0.1", True),
        ("127.0.0.1", {"forwarded": "for=10.0.0.1"}, (), "127.0.0.1", True),
        ("192.168.1.5", {"x-real-ip": "127.0.0.1"}, (), "192.168.1.5", True),
        ("172.17.0.2", {"x-forwarded-for": "203.0.113.9"}, PROXY, "203.0.113.9", False),
        ("172.17.0.2", {"x-forwarded-for": "127.0.0.1, 203.0.113.9"}, PROXY, "203.0.113.9", False),
        ("172.17.0.2", {"x-forwarded-for": "203.0.113.9, 172.18.0.1"}, PROXY, "203.0.113.9", False),
        ("172.17.0.2", {"x-forwarded-for": "nonsense"}, PROXY, "172.17.0.2", True),
        ("172.17.0.2", {"x-forwarded-proto": "https"}, PROXY, "172.17.0.2", True),
    ],
)
def test_judgement(
    client: str, headers: dict[str, str], trusted: tuple[str, ...], ip: str, foreign: bool
) -> None:
    peer = judge_peer(client, "http", headers, trusted)
    assert (peer.ip, peer.foreign) == (ip, foreign)
    if foreign:
        assert not peer.is_loopback
        assert not peer.is_lan


@pytest.mark.parametrize(
    ("ip", "loopback", "lan"),
    [
        ("127.0.0.1", True, True), ("::1", True, True), ("::ffff:127.0.0.1", True, True), ("192.168.1.9", False, True),
        ("10.1.2.3", False, True), ("172.31.0.1", False, True), ("172.32.0.1", False, False), ("fd00::1", False, True),
        ("fe80::1%eth0", False, True), ("8.8.8.8", False, False), ("2001:db8::1", False, False), ("x", False, False),
    ],
)  # fmt: skip
def test_kinds_of_addresses(ip: str, loopback: bool, lan: bool) -> None:
    peer = judge_peer(ip, "http", {}, ())
    assert (peer.is_loopback, peer.is_lan) == (loopback, lan)


def test_the_proxys_word_on_https() -> None:
    headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    assert judge_peer("172.17.0.2", "http", headers, PROXY).https
    assert not judge_peer("203.0.113.9", "http", headers, PROXY).https


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"forwarded": "for=203.0.113.9;proto=https"}, Peer("203.0.113.9", https=True)),
        ({"forwarded": 'for="[2001:db8::7]:4711"; proto=http'}, Peer("2001:db8::7")),
        ({"forwarded": "for=127.0.0.1, for=203.0.113.9"}, Peer("203.0.113.9")),
        ({"forwarded": "for=_hidden"}, Peer("172.17.0.2", foreign=True)),
        ({"x-forwarded-for": "203.0.113.9:4711"}, Peer("203.0.113.9")),
        ({"x-forwarded-for": "fe80::1%eth0"}, Peer("fe80::1")),
        ({"x-forwarded-for": "172.18.0.1"}, Peer("172.18.0.1", foreign=True)),
        ({"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http, https"}, Peer("203.0.113.9", https=True)),
    ],
)  # fmt: skip
def test_what_a_trusted_proxy_tells(headers: dict[str, str], expected: Peer) -> None:
    assert judge_peer("172.17.0.2", "http", headers, PROXY) == expected


def test_two_headers_that_differ_are_not_believed() -> None:
    """A proxy writes one of them and hands the other on as it came."""
    same = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9;proto=https"}
    assert not judge_peer("172.17.0.2", "http", same, PROXY).foreign
    peer = judge_peer("172.17.0.2", "http", same | {"forwarded": "for=127.0.0.1;proto=https"}, PROXY)
    assert peer.foreign
    assert not peer.https


@pytest.mark.parametrize("plain", ["never", "loopback", "lan"])
@pytest.mark.parametrize("ip", ["127.0.0.1", "192.168.1.5", "203.0.113.7", "nonsense"])
@pytest.mark.parametrize("https", [True, False])
@pytest.mark.parametrize("foreign", [True, False])
def test_the_pages_say_of_passwords_what_the_drive_does(
    plain: Plain, ip: str, https: bool, foreign: bool
) -> None:
    peer = Peer(ip, https=https, foreign=foreign)
    try:
        require_private(peer, plain)
    except Refused:
        assert not lets_passwords(peer, plain)
    else:
        assert lets_passwords(peer, plain)

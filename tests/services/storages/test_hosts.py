"""Where a storage may point to: a corpus of ways to reach what one must not, and the administrator's exceptions."""

import socket
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import settings
from services.errors import UsageError
from services.storages.hosts import (
    HostPolicy,
    HostRefused,
    HostUnknown,
    canonical_host,
    is_own_address,
    policy_of,
    resolve,
)

PUBLIC = "93.184.215.14"


def policy(*allowed: str, names: Mapping[str, Iterable[str]] | None = None, **options: object) -> HostPolicy:
    """A policy whose names are those given; no other name exists, and no address is this machine's."""
    known = dict(names or {})

    def resolver(host: str) -> Iterable[str]:
        if host not in known:
            raise socket.gaierror(f"no {host}")
        return known[host]

    return HostPolicy(allowed, resolver=resolver, **{"is_own": lambda _: False} | options)  # type: ignore[arg-type]


INNER = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "100.127.255.255", "169.254.169.254", "192.0.0.1", "192.0.2.7", "192.88.99.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.7", "[::1]", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo",
    "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "64:ff9b:1::1", "100::1", "::8.8.8.8", "fec0::1",
]  # fmt: skip
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.251",
    "239.255.255.250",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "ff02::1",
]
EMBEDDED = ["::ffff:{}", "64:ff9b::{}", "[::ffff:{}]"]
ODD = [
    "0177.0.0.1", "2130706433", "127.1", "0x7f.0.0.1", "0x7f000001", "127.0.0.01", "127.0.1", "10.1",
    "192.168.257", "1.2.3.4.5", "999.1.1.1", "127.0.0.0x1", "%31%32%37.0.0.1", "127.0.0.1:80",
    "a@127.0.0.1", "127.0.0.1#x", "127.0.0.1/x", "local host", "nas..lan", ".nas", "-nas.lan", "", ".",
    "nas\n.lan", "nas\x00", "[::1", "::1]", "fe80:::1", "[127.0.0.1]", "nas;lan", "a" * 64 + ".lan",
    "http://nas.lan", "..", "\u2460..com", "[::ffff:127.0.0.1].com", "{nas}", "nas,local=x",
]  # fmt: skip


@pytest.mark.parametrize("host", INNER + NEVER)
def test_addresses_that_are_not_for_everyone_are_refused(host: str) -> None:
    with pytest.raises(HostRefused) as caught:
        policy().check(host, 443, field="host")
    assert caught.value.field == "host"


@pytest.mark.parametrize("form", EMBEDDED)
@pytest.mark.parametrize("inner", [h for h in INNER + NEVER if ":" not in h])
def test_an_ipv4_address_inside_an_ipv6_address_counts(form: str, inner: str) -> None:
    with pytest.raises(HostRefused):
        policy().check(form.format(inner), 443)


def test_6to4_carries_an_ipv4_address() -> None:
    with pytest.raises(HostRefused, match="loopback"):
        policy().check("2002:7f00:1::", 80)
    with pytest.raises(HostRefused, match="private"):
        policy().check("2002:c0a8:101::1", 80)
    assert policy().check("2002:5db8:d70e::1", 80).addresses


@pytest.mark.parametrize("host", ODD)
def test_what_programs_read_in_different_ways_is_no_host(host: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy(names={host: [PUBLIC]}).check(host, 80, field="url")
    assert caught.value.field == "url"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "LOCALHOST.", "ⓛocalhost"])
def test_other_spellings_of_loopback_are_loopback(host: str) -> None:
    with pytest.raises(HostRefused):
        policy(names={"localhost": ["127.0.0.1", "::1"]}).check(host, 80)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Files.Example.org.", "files.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("my_nas", "my_nas"),
        ("[2606:2800:0021::1]", "2606:2800:21::1"),
        ("9front.org", "9front.org"),
        ("1e100.net", "1e100.net"),
    ],
)
def test_a_host_has_one_spelling(text: str, name: str) -> None:
    assert canonical_host(text) == name


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_allowed_is_public_for_the_standard_library_too(address: IPv4Address | IPv6Address) -> None:
    try:
        policy().check(str(address), 443)
    except HostRefused:
        return
    inner = getattr(address, "sixtofour", None)
    assert (inner or address).is_global
    assert not address.is_multicast


def test_a_public_name_gives_the_addresses_to_connect_to() -> None:
    target = policy(names={"cloud.example": [PUBLIC, "2606:2800:21f:cb07::1"]}).check("Cloud.Example", 443)
    assert target.host == "cloud.example"
    assert target.addresses == (ip_address(PUBLIC), ip_address("2606:2800:21f:cb07::1"))
    assert not target.named


@pytest.mark.parametrize("bad", ["127.0.0.1", "192.168.0.9", "::ffff:10.0.0.1", "fe80::1%eth0"])
def test_one_inner_address_among_public_ones_refuses_the_name(bad: str) -> None:
    names = {"flip.example": [PUBLIC, bad]}
    with pytest.raises(HostRefused):
        policy(names=names).check("flip.example", 443)
    names["flip.example"].reverse()
    with pytest.raises(HostRefused):
        policy(names=names).check("flip.example", 443)


def test_a_name_without_address_is_unknown() -> None:
    with pytest.raises(HostUnknown, match=r"gone\.example"):
        policy().check("gone.example", 443)
    with pytest.raises(HostUnknown):
        policy(names={"odd.example": ["not an address"]}).check("odd.example", 443)


@pytest.mark.parametrize("allowed", ["192.168.1.0/24", "192.168.1.20", "nas.lan", "NAS.lan.", " nas.lan "])
def test_the_administrator_may_name_hosts_and_networks(allowed: str) -> None:
    target = policy(allowed, names={"nas.lan": ["192.168.1.20"]}).check("nas.lan", 445)
    assert target.named
    assert target.addresses == (ip_address("192.168.1.20"),)


def test_naming_a_network_opens_that_network_alone() -> None:
    rule = policy("192.168.1.0/24", "fd00::/8", names={"two.lan": ["192.168.1.20", "192.168.2.20"]})
    assert rule.check("::ffff:192.168.1.20", 80).named
    assert rule.check("fd00::5", 80).named
    for host in ("two.lan", "192.168.2.20", "10.0.0.1", "127.0.0.1"):
        with pytest.raises(HostRefused):
            rule.check(host, 80)


def test_naming_a_host_does_not_open_its_address_for_other_names() -> None:
    rule = policy("nas.lan", names={"nas.lan": ["10.0.0.5"], "evil.example": ["10.0.0.5"]})
    assert rule.check("nas.lan", 80).named
    for host in ("evil.example", "10.0.0.5", "x.nas.lan"):
        with pytest.raises((HostRefused, HostUnknown)):
            rule.check(host, 80)


def test_a_mixed_answer_is_not_all_named() -> None:
    assert (
        not policy("10.0.0.0/8", names={"mixed.example": ["10.0.0.5", PUBLIC]})
        .check("mixed.example", 80)
        .named
    )


@pytest.mark.parametrize("host", NEVER)
def test_no_exception_opens_what_is_no_server(host: str) -> None:
    with pytest.raises(HostRefused):
        policy("0.0.0.0/0", "::/0").check(host, 80)


def test_hypomos_itself_is_refused_whatever_is_allowed() -> None:
    rule = policy(
        "127.0.0.0/8", "mine.example", names={"mine.example": [PUBLIC], "home.example": [PUBLIC]},
        own_ports=[4976], own_sites=[("home.example", 443)], is_own=lambda a: str(a) == PUBLIC,
    )  # fmt: skip
    for host, port in (
        ("127.0.0.1", 4976),
        ("::ffff:127.0.0.1", 4976),
        ("mine.example", 4976),
        ("home.example", 443),
    ):
        with pytest.raises(HostRefused):
            rule.check(host, port)
    assert rule.check("127.0.0.1", 8080).named
    assert rule.check("mine.example", 8080).named


def test_an_address_of_this_machine_is_refused_even_when_public() -> None:
    rule = policy(names={"me.example": [PUBLIC]}, is_own=lambda a: str(a) == PUBLIC)
    with pytest.raises(HostRefused, match="this machine"):
        rule.check("me.example", 22)


def test_the_kernel_knows_this_machine() -> None:
    assert is_own_address(ip_address("127.0.0.1"))
    assert not is_own_address(ip_address("192.0.2.1"))


def test_the_systems_resolver_answers_addresses() -> None:
    assert set(resolve("localhost")) <= {"127.0.0.1", "::1"}
    assert resolve("localhost")
    with pytest.raises(HostRefused):
        HostPolicy().check("localhost", 80)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_port(port: int) -> None:
    with pytest.raises(UsageError, match="65535"):
        policy().check(PUBLIC, port)


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("192.168.1.5/24", "Did you mean 192.168.1.0/24"),
        ("192.168.1", "neither"),
        ("nas.lan:445", "no port"),
        ("*.lan", "no \\*"),
        ("https://nas.lan", "no https"),
        ("", "neither"),
        ("nas lan", "neither"),
        ("10.0.0.0/33", "neither"),
        ("300.1.1.1", "neither"),
    ],
)
def test_an_entry_that_makes_no_sense_says_so(entry: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint) as caught:
        policy(entry)
    assert caught.value.field == "storage_hosts_allowed"
    assert "storage_hosts_allowed" in str(caught.value)


def test_the_policy_of_an_appliance_knows_its_own_doors(tmp_path: Path) -> None:
    (tmp_path / "hypomos.toml").write_text(
        'listen = "0.0.0.0:5000"\ntls_listen = "0.0.0.0:5001"\npublic_url = "https://127.0.0.1:7443/"\n'
        'dlna_enabled = true\nstorage_hosts_allowed = ["127.0.0.0/8"]\n'
    )
    rule = policy_of(settings.load(tmp_path, {}), also_at=[40123])
    for port in (5000, 5001, 4977, 7443, 40123):
        with pytest.raises(HostRefused, match="Hypomos itself"):
            rule.check("127.0.0.1", port)
    assert rule.check("127.0.0.1", 5002).named


def test_a_rule_as_data_and_joined_with_another() -> None:
    serve = HostPolicy(["nas.example"], own_ports=[5000], own_sites=[("photos.example", 443)])
    command = HostPolicy(["nas.example"], own_ports=[4976])
    assert HostPolicy.from_json(serve.to_json()).to_json() == serve.to_json()
    assert serve.is_held_by(HostPolicy.from_json(serve.to_json()))
    assert not command.is_held_by(serve)
    joined = command.with_own_of(serve)
    assert command.is_held_by(joined)
    assert serve.is_held_by(joined)
    assert not HostPolicy([]).is_held_by(serve)
    assert not HostPolicy(["nas.example", "10.0.0.0/8"]).is_held_by(serve)

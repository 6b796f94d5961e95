"""The Host allow-list by itself: when addresses are looked up, and what is no host at all."""

import time
from pathlib import Path

import pytest

from config import load
from web import hosts as module
from web.hosts import Hosts, host_of, interface_addresses, local_names


def test_addresses_are_looked_up_for_strangers_only_and_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    addresses = ["10.0.0.5"]

    def look() -> list[str]:
        asked.append(1)
        return list(addresses)

    hosts = Hosts(load(tmp_path, {}), addresses=look)
    assert hosts.allows("localhost:4976")
    assert asked == []
    assert hosts.allows("10.0.0.5")
    addresses.append("10.0.0.6")
    assert not hosts.allows("10.0.0.6")
    assert len(asked) == 1  # somebody who tries names makes nobody look again and again
    moment = time.monotonic() + module.REFRESH_S
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    assert hosts.allows("10.0.0.6")


@pytest.mark.parametrize(
    ("header", "host"),
    [("LocalHost", "localhost"), ("[::1]:4976", "::1"), ("a.b:1", "a.b"), ("a:99999", None), ("[::1", None),
     ("a, b", None), ("a\tb", None), (":80", None), ("a:b:c", None), ("a:-1", None)],
)  # fmt: skip
def test_the_host_of_a_header(header: str, host: str | None) -> None:
    assert host_of(header) == host


def test_this_machine_has_a_loopback_address() -> None:
    assert "127.0.0.1" in interface_addresses()


@pytest.mark.parametrize(
    ("machine", "own"),
    [("nas", "hypomos-nas"), ("NAS.example.org", "hypomos-nas"), ("Anna’s_PC!", "hypomos-anna-s-pc"),
     ("", "hypomos-home"), ("x" * 90, "hypomos-" + "x" * 40)],
)  # fmt: skip
def test_the_names_that_are_announced(machine: str, own: str) -> None:
    names = local_names(machine)
    assert names[:3] == ("hypomos.local", f"{own}.local", f"{own}-2.local")
    assert len(set(names)) == len(names) == 10


def test_each_name_that_may_be_announced_is_answered_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "NAS.example.org")
    hosts = Hosts(load(tmp_path, {}), addresses=list)
    assert all(hosts.allows(f"{name}:4976") for name in local_names("NAS.example.org"))
    assert not hosts.allows("hypomos-other.local")


def test_public_url_and_settings_add_names(tmp_path: Path) -> None:
    environ = {"HYPOMOS_PUBLIC_URL": "https://Photos.Example.org:8443/x", "HYPOMOS_HOSTS_ALLOWED": "NAS.lan"}
    hosts = Hosts(load(tmp_path, environ), addresses=list)
    assert hosts.allows("photos.example.org:8443")
    assert hosts.allows("nas.lan")
    assert not hosts.allows("example.org")


@pytest.mark.parametrize(
    "header", ["", "a@localhost", "localhost/x", "localhost:99999", "[::1", "local host"]
)
def test_what_is_no_host_is_nobody(tmp_path: Path, header: str) -> None:
    assert not Hosts(load(tmp_path, {}), addresses=list).allows(header)

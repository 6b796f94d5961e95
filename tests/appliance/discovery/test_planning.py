"""What is announced for which settings and networks, and the reason for what is not."""

from pathlib import Path

import pytest

from appliance.discovery.planning import HTTP, HTTPS, OURS, WEBDAV, WEBDAVS, Place, Plan, planned
from appliance.interfaces import Address
from config import load

LAN = Address("eth0", "192.168.1.5", 24)
SECOND = Address("eth0", "192.168.1.6", 24)
RADIO = Address("wlan0", "10.0.0.7", 8)
SIX = Address("eth0", "fd00::5", 64)
EVERYWHERE, ALONE = Place("0.0.0.0", 4976), Place("127.0.0.1", 4976)
SECURE = Place("0.0.0.0", 4978)


def plan(
    tmp_path: Path, plain: Place = EVERYWHERE, secure: Place | None = None, *addresses: Address, dav: str = "lan"
) -> Plan:  # fmt: skip
    settings = load(tmp_path, {"HYPOMOS_DAV_PLAIN_HTTP": dav})
    return planned(settings, "f00d", "0.1", plain, secure, addresses)


def kinds(found: Plan) -> list[str]:
    return [service.kind for service in found.services]


def test_all_that_is_open_to_the_home_network_is_announced(tmp_path: Path) -> None:
    found = plan(tmp_path, EVERYWHERE, SECURE, LAN)
    told = {s.kind: (s.port, dict(s.text)) for s in found.services}
    assert told == {
        HTTP: (4976, {"path": "/"}),
        WEBDAV: (4976, {"path": "/dav/"}),
        HTTPS: (4978, {"path": "/"}),
        WEBDAVS: (4978, {"path": "/dav/"}),
        OURS: (4978, {"id": "f00d", "v": "0.1", "api": "/api/v1"}),
    }
    assert (found.addresses, found.senders, found.refused) == (("192.168.1.5",), ("192.168.1.5",), ())


def test_without_https_it_is_said_why(tmp_path: Path) -> None:
    found = plan(tmp_path, EVERYWHERE, None, LAN)
    assert kinds(found) == [HTTP, WEBDAV, OURS]
    assert next(s.port for s in found.services if s.kind == OURS) == 4976
    assert dict(found.refused).keys() == {HTTPS, WEBDAVS}
    assert "tls_listen" in dict(found.refused)[WEBDAVS]


@pytest.mark.parametrize("dav", ["never", "loopback"])
def test_a_drive_that_would_refuse_is_not_announced(tmp_path: Path, dav: str) -> None:
    found = plan(tmp_path, EVERYWHERE, SECURE, LAN, dav=dav)
    assert kinds(found) == [HTTP, HTTPS, WEBDAVS, OURS]
    assert f"dav_plain_http is “{dav}”" in dict(found.refused)[WEBDAV]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.3.2.1"])
def test_who_listens_to_this_machine_alone_announces_nothing(tmp_path: Path, host: str) -> None:
    found = plan(tmp_path, Place(host, 4976), None, LAN)
    assert (found.services, found.addresses, found.senders) == ((), (), ())
    assert dict(found.refused).keys() == {HTTP, WEBDAV, HTTPS, WEBDAVS, OURS}
    assert "this machine alone" in dict(found.refused)[HTTP]


def test_https_alone_may_be_what_is_open(tmp_path: Path) -> None:
    found = plan(tmp_path, ALONE, SECURE, LAN)
    assert kinds(found) == [HTTPS, WEBDAVS, OURS]
    assert {s.port for s in found.services} == {4978}
    found = plan(tmp_path, EVERYWHERE, Place("127.0.0.1", 4978), LAN)
    assert kinds(found) == [HTTP, WEBDAV, OURS]
    assert {s.port for s in found.services} == {4976}


def test_without_a_network_there_is_nobody_to_tell(tmp_path: Path) -> None:
    found = plan(tmp_path, EVERYWHERE, SECURE)
    assert found.services == ()
    assert "no network card" in dict(found.refused)[HTTP]


def test_one_address_is_announced_alone(tmp_path: Path) -> None:
    found = plan(tmp_path, Place("192.168.1.6", 4976), None, LAN, SECOND, RADIO)
    assert (found.addresses, found.senders) == (("192.168.1.6",), ("192.168.1.5",))  # told once a card
    gone = plan(tmp_path, Place("192.168.1.6", 4976), None, LAN, RADIO)
    assert gone.services == ()
    assert "192.168.1.6 is no private address" in dict(gone.refused)[HTTP]


def test_several_networks_are_told_once_each(tmp_path: Path) -> None:
    found = plan(tmp_path, EVERYWHERE, None, LAN, SECOND, SIX, RADIO)
    assert found.addresses == ("192.168.1.5", "192.168.1.6", "10.0.0.7")
    assert found.senders == ("192.168.1.5", "10.0.0.7")


def test_ipv6_is_told_of_where_it_is_listened_on(tmp_path: Path) -> None:
    found = plan(tmp_path, Place("::", 4976), None, LAN, SIX)
    assert found.addresses == ("192.168.1.5", "fd00::5")
    only = plan(tmp_path, Place("fd00::5", 4976), None, LAN, SIX)
    assert (only.addresses, only.senders) == (("fd00::5",), ("192.168.1.5",))
    alone = plan(tmp_path, Place("::", 4976), None, SIX)
    assert alone.services == ()
    assert "IPv4" in dict(alone.refused)[HTTP]


def test_no_name_of_a_person_is_told(tmp_path: Path) -> None:
    found = plan(tmp_path, EVERYWHERE, SECURE, LAN)
    keys = {key for service in found.services for key, _ in service.text}
    assert keys == {"path", "id", "v", "api"}

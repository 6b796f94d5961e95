"""What `doctor` says of televisions: where they are told of us, as it is or as it would be, and why not."""

from pathlib import Path

import pytest

from appliance.discovery import televisions
from appliance.discovery.reporting import ELSEWHERE
from appliance.discovery.televisions import FILE_NAME, NAME, Report, remove, write
from appliance.interfaces import Address
from tests.appliance.discovery.saying import Said, saying

LAN = (Address("eth0", "192.168.1.5", 24), Address("eth0", "fd00::5", 64), Address("eth1", "10.0.0.7", 8))
ANY = "0.0.0.0"
ON = {"HYPOMOS_DLNA_ENABLED": "true"}


@pytest.fixture
def said(data: Path) -> Said:
    return saying(data, televisions, **ON)


def test_switched_off_is_off(said: Said) -> None:
    assert said(Report(ANY, 4977, ("10.0.0.7",)), HYPOMOS_DLNA_ENABLED="false") == {
        NAME: ("note", "off (dlna_enabled)")
    }


def test_where_it_is_announced_and_where_it_cannot_be(said: Said) -> None:
    report = Report(ANY, 4977, ("10.0.0.7", "192.168.1.5"), (("172.16.0.2", "Address already in use"),))
    assert said(report) == {
        NAME: ("ok", "announced at 10.0.0.7:4977, 192.168.1.5:4977"),
        f"{NAME} at 172.16.0.2": (
            "problem", "not at the moment: UDP port 1900 cannot be used: Address already in use"
        ),
    }  # fmt: skip
    assert "this machine alone" in said(Report("127.0.0.1", 4977, ("127.0.0.1",)))[NAME][1]


def test_another_machine_may_lead(said: Said) -> None:
    assert said(Report(ANY, 4977, is_leader=False)) == {NAME: ("note", ELSEWHERE)}


@pytest.mark.parametrize(
    ("host", "why"), [(ANY, "no network card"), ("203.0.113.9", "203.0.113.9 is no private")]
)
def test_nowhere_is_a_problem(said: Said, host: str, why: str) -> None:
    level, text = said(Report(host, 4977))[NAME]
    assert level == "problem"
    assert text.startswith(f"not at the moment: {why}")


@pytest.mark.parametrize(("listen", "where"), [
    ("0.0.0.0:4977", "at 192.168.1.5:4977, 10.0.0.7:4977"), ("10.0.0.7:5000", "at 10.0.0.7:5000"),
    ("127.0.0.1:4977", "this machine alone"), ("203.0.113.9:4977", "203.0.113.9 is no private IPv4 address"),
])  # fmt: skip
def test_without_a_server_it_is_foreseen(said: Said, listen: str, where: str) -> None:
    level, text = said(None, *LAN, HYPOMOS_DLNA_LISTEN=listen)[NAME]
    assert level == "note"
    assert text.startswith("“hypomos serve” is not running; ")
    assert where in text
    assert "no network card" in said(None)[NAME][1]


def test_a_report_is_taken_away(data: Path) -> None:
    (data / "run").mkdir()
    write(data / "run", Report(ANY, 4977))
    assert [p.name for p in (data / "run").iterdir()] == [FILE_NAME]
    remove(data / "run")
    remove(data / "run")
    assert list((data / "run").iterdir()) == []

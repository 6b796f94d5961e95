"""What `doctor` says of announcements: as they are while `serve` runs, as they would be when it does not."""

import os
import subprocess
from pathlib import Path

import pytest

from appliance.discovery import reporting
from appliance.discovery.announcing import Announced
from appliance.discovery.planning import HTTP, OURS, WEBDAV, WEBDAVS
from appliance.discovery.reporting import ELSEWHERE, Report, remove, write
from appliance.interfaces import Address
from tests.appliance.discovery.saying import Said, saying

LAN = (Address("eth0", "192.168.1.5", 24),)
FOUND = Announced(HTTP, "Hypomos (nas)", "hypomos.local", 4976, ("192.168.1.5", "10.0.0.7"))


@pytest.fixture
def said(data: Path) -> Said:
    return saying(data, reporting)


def test_what_is_announced_where_and_what_is_not_and_why(said: Said) -> None:
    assert said(Report((FOUND,), ((WEBDAVS, "https is off (tls_listen)"),))) == {
        f"announced {HTTP}": ("ok", "“Hypomos (nas)” at hypomos.local:4976 (192.168.1.5, 10.0.0.7)"),
        f"not announced {WEBDAVS}": ("note", "https is off (tls_listen)"),
    }


def test_what_is_in_the_way_is_a_problem(said: Said) -> None:
    found = said(Report(problem="UDP port 5353 cannot be used: taken"))
    assert found == {
        "found on the network": ("problem", "not at the moment: UDP port 5353 cannot be used: taken")
    }


def test_another_machine_may_lead(said: Said) -> None:
    assert said(Report(is_leader=False)) == {"found on the network": ("note", ELSEWHERE)}


def test_switched_off_is_off(said: Said) -> None:
    found = said(Report((FOUND,)), HYPOMOS_MDNS_ENABLED="false")
    assert found == {"found on the network": ("note", "off (mdns_enabled)")}


def test_without_a_server_it_is_foreseen(said: Said) -> None:
    found = said(None, *LAN, HYPOMOS_DAV_PLAIN_HTTP="never", HYPOMOS_TLS_LISTEN="0.0.0.0:4978")
    level, text = found["found on the network"]
    assert level == "note"
    assert "not running; it would announce _http._tcp, _https._tcp, _webdavs._tcp at 192.168.1.5" in text
    assert found[f"not announced {WEBDAV}"][0] == "note"
    alone = said(None, *LAN, HYPOMOS_LISTEN="127.0.0.1:4976")
    assert "would announce nothing" in alone["found on the network"][1]
    assert "this machine alone" in alone[f"not announced {HTTP}"][1]
    assert f"not announced {OURS}" in alone


def test_a_name_to_listen_on_is_no_crash(said: Said) -> None:
    assert said(None, *LAN, HYPOMOS_LISTEN="localhost:4976")["found on the network"][0] == "note"


def test_a_report_of_the_dead_or_of_nobody_is_none(said: Said, data: Path) -> None:
    path = data / "run" / reporting.FILE_NAME
    with subprocess.Popen(["true"]) as process:
        process.wait()
    for text in (f'{{"pid": {process.pid}}}', "{}", "no JSON", "[]"):
        path.write_text(text)
        assert "not running" in said()["found on the network"][1]


def test_a_report_of_another_user_counts(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert f"announced {HTTP}" in said(Report((FOUND,)))


def test_a_report_is_taken_away(data: Path) -> None:
    (data / "run").mkdir()
    write(data / "run", Report())
    assert [p.name for p in (data / "run").iterdir()] == [reporting.FILE_NAME]
    remove(data / "run")
    remove(data / "run")
    assert list((data / "run").iterdir()) == []

"""How a request came: what lets a password pass or keeps it back, and where the name leads."""

import threading
from pathlib import Path

import pytest

from config import Settings, load
from services.peers import Peer
from web import reaching
from web.reaching import reached


def settings_of(tmp_path: Path, plain: str = "lan") -> Settings:
    return load(tmp_path, {"HYPOMOS_DAV_PLAIN_HTTP": plain})


HOUSE, SELF, WORLD = Peer("192.168.1.5"), Peer("127.0.0.1"), Peer("203.0.113.7")


@pytest.mark.parametrize(
    ("plain", "peer", "why"),
    [
        ("lan", HOUSE, "lan"),
        ("lan", SELF, "loopback"),
        ("lan", WORLD, "outside"),
        ("lan", Peer("192.168.1.5", foreign=True), "foreign"),
        ("loopback", HOUSE, "only loopback"),
        ("loopback", SELF, "loopback"),
        ("never", SELF, "never"),
        ("never", Peer("203.0.113.7", https=True), "https"),
    ],
)
def test_whether_a_password_may_come(tmp_path: Path, plain: str, peer: Peer, why: str) -> None:
    found = reached(settings_of(tmp_path, plain), peer, "localhost:4976", lambda _: ["127.0.0.1"])
    assert found.plain == why
    assert found.lets_passwords == (why in {"https", "lan", "loopback"})


def test_where_the_name_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "interface_addresses", lambda: ["192.168.1.20", "fe80::1%eth0"])
    settings = settings_of(tmp_path)

    def look(host: str, *leads: str) -> tuple[tuple[str, ...] | None, bool]:
        found = reached(settings, HOUSE, f"{host}:4976", lambda _: leads)
        return found.leads, found.here

    assert look("nas.local", "192.168.1.20") == (("192.168.1.20",), True)
    assert look("photos.example", "203.0.113.9", "203.0.113.9") == (("203.0.113.9",), False)
    assert look("nowhere.local") == (None, False)
    assert look("192.168.1.20") == (("192.168.1.20",), True), "an address is its own answer"
    assert look("[fd00::9]") == (("fd00::9",), False)


def test_a_resolver_that_hangs_or_fails_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "RESOLVE_S", 0.05)
    forever = threading.Event()

    def hang(host: str) -> list[str]:
        forever.wait(30)
        return ["127.0.0.1"]

    def fail(host: str) -> list[str]:
        raise OSError(host)

    for resolve in (hang, fail):
        found = reached(settings_of(tmp_path), HOUSE, "nas.local", resolve)
        assert (found.leads, found.here) == (None, False)
    forever.set()

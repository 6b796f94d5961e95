"""A household with screens: a clock that tests move, a device that asks, and one that is approved."""

from collections.abc import Callable

import pytest

from services import clock
from services.identifiers import new_pid
from services.models import Device as Row
from services.models import Screen
from services.screens import Device, identify
from tests.factories import Make

MAC, IP, HINT = "a4:83:e7:11:22:33", "192.168.1.40", "SEC_HHP_[TV] Samsung/1.0"


class Clock:
    """Frozen; moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * clock.SECOND

    def pass_(self, us: int) -> None:
        self.now += us


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    frozen = Clock()
    monkeypatch.setattr(clock, "source", lambda: frozen.now / clock.SECOND)
    return frozen


@pytest.fixture
def approved(make: Make, time: Clock) -> Callable[..., Device]:
    """A device that looks as a screen, as the rows say it."""

    def approve(name: str = "Living room", mac: str = MAC, ip: str = IP, until: int | None = None) -> Device:
        asked = identify(ip, mac, HINT)
        screen = Screen.create(pid=new_pid(), name=name, created_at=time.now, expires_at=until)
        there = Row.pid == asked.pid
        Row.update(state="approved", screen=screen, version=Row.version + 1).where(there).execute()
        return identify(ip, mac, HINT)

    return approve

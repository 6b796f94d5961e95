"""Staying announced: networks that change, what fails, who leads, and the end."""

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.discovery import planned
from appliance.discovery.announcing import Announced, Announcer, CannotAnnounce
from appliance.discovery.planning import HTTP, OURS, Place, Plan
from appliance.discovery.reporting import FILE_NAME, read
from appliance.discovery.running import Discovery, discovery_for
from appliance.interfaces import Address, Watcher
from config import load
from services.leading import Leader
from tests.mdns import looking, neighbour
from tests.serving import opened

LAN, OTHER = Address("eth0", "192.168.1.5", 24), Address("eth0", "192.168.7.5", 24)


class FakeAnnouncer(Announcer):
    """Announces nothing, and remembers what it was told to."""

    def __init__(self) -> None:
        super().__init__("Hypomos (nas)", ())
        self.done: list[str] = []
        self.failing = ""
        self.stuck = False

    async def announce(self, plan: Plan) -> tuple[Announced, ...]:
        if self.failing:
            self.done.append("failed")
            raise CannotAnnounce(self.failing)
        self.done.append(",".join(plan.addresses))
        if self.stuck:
            await asyncio.Event().wait()
        return tuple(Announced(s.kind, "x", "hypomos.local", s.port, plan.addresses) for s in plan.services)

    async def withdraw(self) -> None:
        self.done.append("goodbye")


class FakeLeader(Leader):
    """Leads as long as the test wants it to."""

    def __init__(self) -> None:
        super().__init__("postgresql://", "test")
        self.is_it = True
        self.stepped_down = False
        self.answers = threading.Event()
        self.answers.set()

    def leads(self) -> bool:
        self.answers.wait(20)
        return self.is_it

    def step_down(self) -> None:
        self.stepped_down = True


class Scene:
    """A `serve` on a network that the test changes."""

    def __init__(self, data: Path, leader: Leader | None = None, announcer: Announcer | None = None) -> None:
        data.mkdir(exist_ok=True)
        self.now: list[Address] = [LAN]
        self.run = data
        self.fake = FakeAnnouncer()
        settings = load(data, {})
        self.discovery = Discovery(
            data, lambda found: planned(settings, "f00d", "0.1", Place("0.0.0.0", 4976), None, found),
            announcer or self.fake, leader or Leader("", "test"),
            Watcher(lambda: tuple(self.now), every_s=0.005), beat_s=0.005, first_s=0.005, check_s=0.05,
        )  # fmt: skip

    @property
    def report(self) -> dict[str, Any]:
        return read(self.run / FILE_NAME) or {}

    async def until(self, what: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not what():
                await asyncio.sleep(0.005)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.discovery.run())
        try:
            yield
        finally:
            self.discovery.leave()
            async with asyncio.timeout(30):
                await task


def test_it_follows_the_networks(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def scenario() -> None:
        scene = Scene(data)
        async with scene.running():
            await scene.until(lambda: scene.report.get("announced"))
            assert scene.report["announced"][0] == {
                "kind": HTTP, "name": "x", "host": "hypomos.local", "port": 4976, "addresses": [LAN.ip],
            }  # fmt: skip
            scene.now[:] = [OTHER]
            await scene.until(lambda: scene.report["announced"][0]["addresses"] == [OTHER.ip])
            scene.now.clear()
            await scene.until(lambda: not scene.report["announced"])
            assert "no network card" in dict(scene.report["refused"])[HTTP]
            scene.now.append(LAN)
            await scene.until(lambda: scene.report["announced"])
        assert scene.fake.done == [LAN.ip, OTHER.ip, "goodbye", LAN.ip, "goodbye"]
        assert scene.report == {}

    asyncio.run(scenario())
    assert "announced on the network as “x” at hypomos.local:4976" in caplog.text


def test_what_fails_is_tried_again_and_said_once(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        scene = Scene(data)
        scene.fake.failing = "UDP port 5353 cannot be used"
        async with scene.running():
            await scene.until(lambda: scene.fake.done.count("failed") >= 3)
            assert scene.report["problem"] == scene.fake.failing
            assert scene.discovery._pause > 0.02  # ever more seldom
            scene.fake.failing = ""
            await scene.until(lambda: scene.report["announced"])
            assert scene.report["problem"] == ""
            assert scene.discovery._pause == 0.005

    asyncio.run(scenario())
    assert caplog.text.count("not announced on the network, tried again by itself") == 1


def test_whatever_happens_it_goes_on(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        scene = Scene(data)
        usual = scene.discovery._plan_for
        broken = [True]

        def plan(found: Any) -> Plan:
            if broken:
                raise ValueError("not foreseen")
            return usual(found)

        scene.discovery._plan_for = plan
        async with scene.running():
            await scene.until(lambda: "not foreseen" in caplog.text)
            broken.clear()
            scene.now[:] = [OTHER]
            await scene.until(lambda: scene.report.get("announced"))

    asyncio.run(scenario())


def test_a_full_disk_keeps_nobody_from_being_found(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        scene = Scene(data)
        scene.discovery._run = data / "not there"
        async with scene.running():
            await scene.until(lambda: scene.fake.done)

    asyncio.run(scenario())
    assert "could not be written down" in caplog.text


def test_only_who_leads_announces(data: Path) -> None:
    async def scenario() -> None:
        leader = FakeLeader()
        leader.is_it = False
        scene = Scene(data, leader)
        async with scene.running():
            await scene.until(lambda: scene.report.get("is_leader") is False)
            assert LAN.ip not in scene.fake.done
            leader.is_it = True
            await scene.until(lambda: scene.report["announced"])
            leader.is_it = False
            await scene.until(lambda: not scene.report["announced"])
            assert scene.fake.done[-1] == "goodbye"
        assert leader.stepped_down

    asyncio.run(scenario())


def test_a_leader_whose_catalogue_is_silent_falls_silent_too(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may lead by now."""
    monkeypatch.setattr("appliance.discovery.running.ASKED_S", 0.02)

    async def scenario() -> None:
        leader = FakeLeader()
        scene = Scene(data, leader)
        async with scene.running():
            await scene.until(lambda: scene.report.get("announced"))
            leader.answers.clear()
            await scene.until(lambda: not scene.report["announced"])
            assert scene.fake.done[-1] == "goodbye"
            leader.answers.set()
            await scene.until(lambda: scene.report["announced"])

    asyncio.run(scenario())


def test_the_end_waits_for_no_announcement(data: Path) -> None:
    async def scenario() -> None:
        scene = Scene(data)
        scene.fake.stuck = True
        async with scene.running():
            await scene.until(lambda: scene.fake.done)
        assert scene.fake.done == [LAN.ip, "goodbye"]

    asyncio.run(scenario())


def test_a_real_announcement_ends_with_a_goodbye(
    data: Path, own: str, ip: str, next_door: str, announcer: Announcer
) -> None:
    async def scenario() -> None:
        scene = Scene(data, announcer=announcer)
        scene.now[:] = [Address("lo", ip, 8)]
        with looking(next_door, OURS) as others:
            async with scene.running():
                await asyncio.to_thread(others.came, OURS, f"Hypomos ({own})")
            await asyncio.to_thread(others.went, OURS, f"Hypomos ({own})")

    asyncio.run(scenario())


def test_a_name_that_somebody_takes_later_is_given_up(
    data: Path, own: str, ip: str, next_door: str, announcer: Announcer
) -> None:
    """The neighbour asks for no host name before it takes it, as two that start at once."""

    async def scenario() -> None:
        scene = Scene(data, announcer=announcer)
        scene.now[:] = [Address("lo", ip, 8)]
        async with scene.running():
            await scene.until(lambda: scene.report.get("announced"))
            assert scene.report["announced"][0]["host"] == f"{own}.local"
            with neighbour(next_door, OURS, f"Somebody ({own})", f"{own}.local"):
                await scene.until(lambda: scene.report["announced"][0]["host"] == f"{own}-2.local")
            assert not announcer.is_contested()

    asyncio.run(scenario())


def test_what_a_household_is_announced_with(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "nas.example.org")
    from socket import socket

    with opened(data) as hypomos, socket() as plain, socket() as secure:
        for one in (plain, secure):
            one.bind(("127.0.0.1", 0))
        port = plain.getsockname()[1]
        made = discovery_for(hypomos, plain, secure)
        assert made is not None
        assert made._announcer._instance == f"Hypomos (nas, {port})"  # not the usual one
        assert made._announcer._names[:2] == ("hypomos.local", "hypomos-nas.local")
        found = made._plan_for([Address("lo", "127.0.0.1", 8)])
        assert found.services == ()  # loopback is nobody's network
        assert len(hypomos.household) == 32
        assert hypomos.household != hypomos.secret.hex()[:32]


def test_who_switched_it_off_has_none(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "hypomos.toml").write_text("[more]\nmdns_enabled = false\n")
    (data / "run").mkdir()
    (data / "run" / "announced.json").write_text(f'{{"pid": {os.getpid()}}}')
    with opened(data) as hypomos:
        assert discovery_for(hypomos, None, None) is None  # type: ignore[arg-type]  # not looked at
    assert not (data / "run" / "announced.json").exists()

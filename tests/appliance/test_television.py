"""The listener for televisions: off until it is switched on, at the right addresses, announced and said goodbye to."""

import asyncio
import contextlib
import errno
import socket
import urllib.error
import urllib.request
import uuid
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from appliance.container import Hypomos
from appliance.discovery.reporting import ELSEWHERE
from appliance.discovery.televisions import NAME, findings
from appliance.interfaces import Address, Watcher
from appliance.server import bind
from appliance.television import Changes, Television, open_listener
from config import load
from services import clock
from services.clock import SECOND
from services.errors import UsageError
from services.models import Grant, counters
from tests.factories import Make
from tests.processes import serving
from tests.serving import opened
from tests.virtualfs.dlna.ears import Ears, field, network, until
from virtualfs.dlna.ssdp import Pace

QUICK = Pace((0.0, 0.02), (3600.0, 3600.0))
ON = {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": "127.0.0.1:0"}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


@pytest.fixture
def hypomos(data: Path) -> Iterator[Hypomos]:
    with opened(data) as hypomos:
        yield hypomos


def get(address: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        address, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_off_until_it_is_switched_on(tmp_path: Path) -> None:
    assert open_listener(load(tmp_path, {})) is None
    with serving(tmp_path / "data", "--no-worker") as at:
        assert at.ready["dlna"] is None


def test_a_whole_life(tmp_path: Path) -> None:
    """Alive, described, guarded; and goodbye when the process is told to end."""

    async def work() -> None:
        async with Ears(f"{network()}.2") as ears:
            with serving(tmp_path / "data", "--no-worker", **ON) as at:
                address = str(at.ready["dlna"])
                loop = asyncio.get_running_loop()
                status, body = await loop.run_in_executor(None, get, address)
                assert status == 200
                root = etree.fromstring(body)
                udn = root.findtext(".//{*}UDN") or ""
                assert uuid.UUID(udn.removeprefix("uuid:"))
                assert root.findtext(".//{*}presentationURL") == f"{at.address}/"
                assert (root.findtext(".//{*}friendlyName") or "").startswith("Hypomos (")
                for name in ("X_Forwarded_For", "Host"):
                    refused = await loop.run_in_executor(
                        None, partial(get, address, **{name: "evil.example"})
                    )
                    assert refused[0] in {400, 403}
                assert (await loop.run_in_executor(None, get, address.replace("/description.xml", "/login")))[
                    0
                ] == 404
                alive = [field(m, "LOCATION") for m in ears.heard if udn in m]
                await until(lambda: any(address in m for m in ears.heard if udn in m), f"alive: {alive}")
                ears.search(udn)
                await until(lambda: any(udn in m for m in ears.answers), "an answer")
            await until(lambda: sum("ssdp:byebye" in m for m in ears.heard if udn in m) >= 12, "goodbye")

    run(work())


def test_the_same_device_after_a_restart(data: Path) -> None:
    seen = []
    for _ in range(2):
        with opened(data) as hypomos, bind("127.0.0.1:0") as listener:
            television = Television(hypomos, listener, ("127.0.0.1", 4976), lambda: None)
            seen.append((television._ssdp._notice.identity.udn, television._ssdp._notice.boot))
    (udn, boot), (again, later) = seen
    assert (udn, later) == (again, boot + 1)


@pytest.mark.parametrize("listen", ["[::]:4977", "[fe80::1]:4977"])
def test_ipv6_is_not_spoken(tmp_path: Path, listen: str) -> None:
    settings = load(tmp_path, {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": listen})
    with pytest.raises(UsageError, match=r"0\.0\.0\.0:4977"):
        open_listener(settings)


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with bind("127.0.0.1:0") as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = replace(load(tmp_path, {}), dlna_enabled=True, dlna_listen=listen)
        with pytest.raises(UsageError, match="dlna_listen"):
            open_listener(settings)


CARDS = (
    Address("eth0", "192.168.1.2", 24), Address("eth0", "fd00::2", 64), Address("wlan0", "10.1.2.3", 16),
)  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "answered"),
    [
        ("0.0.0.0", {"192.168.1.2", "10.1.2.3"}), ("192.168.1.2", {"192.168.1.2"}), ("203.0.113.9", set()),
        ("127.0.0.1", {"127.0.0.1"}),
    ],
)  # fmt: skip
def test_where_it_answers(hypomos: Hypomos, bound: str, answered: set[str]) -> None:
    watcher = Watcher(lambda: CARDS)
    watcher.look()
    with bind("127.0.0.1:0") as listener:
        television = Television(hypomos, listener, ("0.0.0.0", 4976), lambda: None, watcher=watcher)
        television._host = bound
        asked = ("127.0.0.1", "192.168.1.2", "10.1.2.3", "172.17.0.1", "fd00::2", "203.0.113.9")
        assert {ip for ip in asked if television.nearby(ip) is not None} == answered
        assert television._pages("192.168.1.2") == "http://192.168.1.2:4976/"
        television._plain = ("127.0.0.1", 4976)
        assert television._pages("192.168.1.2") == ""
        television._public_url = "https://photos.example.org"
        assert television._pages("192.168.1.2") == "https://photos.example.org/"


def test_networks_come_and_go(hypomos: Hypomos) -> None:
    async def work() -> None:
        net = network()
        cards = [Address("lo", f"{net}.1", 24)]
        watcher = Watcher(lambda: tuple(cards), every_s=0.02)
        async with Ears(f"{net}.2") as ears:
            listener = bind("0.0.0.0:0")
            television = Television(
                hypomos, listener, ("0.0.0.0", 4976), lambda: None, watcher=watcher, pace=QUICK, beat_s=0.02
            )
            udn = television._ssdp._notice.identity.udn
            task = asyncio.ensure_future(television.run())

            def told(kind: str, where: str = "") -> int:
                return sum(f"ssdp:{kind}" in m and where in m for m in ears.heard if udn in m)

            await until(lambda: told("alive", f"http://{net}.1:") >= 12, "announced")
            cards[:] = [Address("lo", f"{net}.3", 24)]
            await until(lambda: told("byebye") >= 12, "goodbye where we were")
            await until(lambda: told("alive", f"http://{net}.3:") >= 12, "announced anew")
            assert told("byebye") == 12
            television.leave()
            await task
            await until(lambda: told("byebye") == 24, "goodbye")

    run(work())


def test_only_who_leads_is_announced(hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch) -> None:
    class Follower:
        is_alone = False
        led = False

        def leads(self) -> bool:
            return self.led

        def step_down(self) -> None:
            self.led = False

    async def work() -> None:
        net = network()
        watcher = Watcher(lambda: (Address("lo", f"{net}.1", 24),), every_s=0.02)
        async with Ears(f"{net}.2") as ears:
            television = Television(
                hypomos,
                bind("0.0.0.0:0"),
                ("0.0.0.0", 4976),
                lambda: None,
                watcher=watcher,
                pace=QUICK,
                beat_s=0.02,
            )
            follower = Follower()
            television._leader = follower  # type: ignore[assignment]  # a fake
            notice = television._ssdp._notice
            task = asyncio.ensure_future(television.run())
            await asyncio.sleep(0.2)
            ears.search(notice.identity.udn)
            await asyncio.sleep(0.1)
            assert not [
                m for m in (*ears.heard, *ears.answers) if notice.identity.udn in m and "M-SEARCH" not in m
            ]
            assert told(hypomos)[NAME] == ("note", ELSEWHERE)
            follower.led = True
            await until(lambda: television._ssdp.here != (), "announced")
            await until(lambda: f"{net}.1:" in told(hypomos)[NAME][1], "written down")
            follower.led = False
            await until(lambda: television._ssdp.here == (), "silent again")
            television.leave()
            await task
            assert "not running" in told(hypomos)[NAME][1]

    run(work())


def told(hypomos: Hypomos) -> dict[str, tuple[str, str]]:
    """What `doctor` says of televisions."""
    settings = replace(hypomos.settings, dlna_enabled=True)
    return {found.name: (found.level, found.text) for found in findings(settings, lambda: ())}


def test_doctor_is_told_where_nothing_can_be_announced(
    hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(ip: str) -> socket.socket:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    async def work() -> None:
        listener, net = bind("0.0.0.0:0"), network()
        watcher = Watcher(lambda: (Address("lo", f"{net}.1", 24),), every_s=0.02)
        television = Television(
            hypomos, listener, ("0.0.0.0", 4976), lambda: None, watcher=watcher, pace=QUICK, beat_s=0.02
        )
        with monkeypatch.context() as broken:
            broken.setattr("virtualfs.dlna.ssdp._listener", taken)
            task = asyncio.ensure_future(television.run())
            await until(lambda: f"{NAME} at {net}.1" in told(hypomos), "the failure is told")
            level, text = told(hypomos)[f"{NAME} at {net}.1"]
            assert (level, "UDP port 1900 cannot be used: Address already in use" in text) == (
                "problem",
                True,
            )
        await until(
            lambda: told(hypomos).get(NAME, ("", ""))[0] == "ok", "it is tried again, and that is told"
        )
        assert set(told(hypomos)) == {NAME}
        television.leave()
        await task

    run(work())


def test_a_failing_listener_ends_in_order(hypomos: Hypomos) -> None:
    async def work() -> None:
        listener = bind("127.0.0.1:0")
        television = Television(hypomos, listener, ("127.0.0.1", 1), lambda: None, pace=QUICK, beat_s=0.02)
        task = asyncio.ensure_future(television.run())
        await until(lambda: television._server.started, "it answers")
        television._server.should_exit = True
        await task
        assert television._ssdp.here == ()
        with contextlib.closing(socket.socket()) as client, pytest.raises(OSError, match=r"."):
            client.connect(("127.0.0.1", listener.getsockname()[1]))

    run(work())


@pytest.mark.db
def test_a_right_that_ends_by_the_clock_is_a_change(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = clock.now()
    monkeypatch.setattr(clock, "source", lambda: begin / 1e6)
    changes = Changes()
    before = changes()
    assert changes() == before
    anna, ben = make.user("anna"), make.user("ben")
    share = make.share(make.collection(anna))
    make.grant(share, user=ben, expires_at=begin + 100 * SECOND)
    counters.bump_content()
    shared = changes()
    assert shared == before + 1
    for later, moved in ((99, 0), (101, 1), (102, 1)):
        monkeypatch.setattr(clock, "source", lambda later=later: begin / 1e6 + later)
        assert changes() == shared + moved
    assert Grant.select().count() == 1

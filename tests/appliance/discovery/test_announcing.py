"""Announcements as a process beside us hears them, and what becomes of names that are taken."""

import asyncio
import errno
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from appliance.discovery.announcing import Announced, Announcer, CannotAnnounce
from appliance.discovery.planning import HTTP, OURS, Plan
from tests.mdns import looking, neighbour

TRIES = 5
"""A neighbour that is starved of processor time may answer too late."""


def run(doing: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(doing)


def test_what_is_announced_is_seen_and_its_goodbye_too(
    own: str, ip: str, next_door: str, announcer: Announcer, plan: Plan
) -> None:
    async def scenario() -> None:
        found = await announcer.announce(plan)
        name, host = f"Hypomos ({own})", f"{own}.local"
        assert found == tuple(Announced(kind, name, host, 4976, (ip,)) for kind in (HTTP, OURS))
        with looking(next_door, HTTP, OURS) as others:
            seen = await asyncio.to_thread(others.came, OURS, name)
            assert seen == {
                "how": "came", "kind": OURS, "name": name, "port": 4976, "host": host, "addresses": [ip],
                "text": {"id": "f00d", "v": "0.1", "api": "/api/v1"},
            }  # fmt: skip
            assert (await asyncio.to_thread(others.came, HTTP, name))["text"] == {"path": "/"}
            await announcer.withdraw()
            await asyncio.to_thread(others.went, OURS, name)
            await asyncio.to_thread(others.went, HTTP, name)

    run(scenario())


def test_names_that_are_taken_are_changed(
    own: str, ip: str, next_door: str, announcer: Announcer, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, host = f"Hypomos ({own})", f"{own}.local"

    async def scenario() -> None:
        with neighbour(next_door, OURS, name, host):
            other = f"{own}-2.local"
            wanted = {
                (HTTP, name, other),
                (OURS, f"{name}-2", other),
            }  # nobody has the name of the first kind
            for _ in range(TRIES):
                found = {(a.kind, a.name, a.host) for a in await announcer.announce(plan)}
                if found == wanted:
                    break
            await announcer.withdraw()
            assert found == wanted

            stubborn = Announcer(name, (host,))
            with monkeypatch.context() as patched:
                patched.setattr("appliance.discovery.announcing.ASKED_MS", 60_000)
                with pytest.raises(CannotAnnounce, match=f"names are taken.*{host}"):
                    await stubborn.announce(plan)
            assert stubborn._zeroconf is None

            both_are_ours = replace(plan, addresses=(ip, next_door))  # another household on this machine
            assert {a.host for a in await announcer.announce(both_are_ours)} == {host}
            await announcer.withdraw()

    run(scenario())


def test_a_port_that_cannot_be_had_is_said(
    announcer: Announcer, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(plan: Plan) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(announcer, "_open", fail)
    with pytest.raises(CannotAnnounce, match="5353 cannot be used: Address already in use"):
        run(announcer.announce(plan))


def test_a_network_that_takes_no_multicast_is_said(announcer: Announcer, plan: Plan) -> None:
    """The library passes it over in silence."""
    with pytest.raises(CannotAnnounce, match="no network card takes multicast"):
        run(announcer.announce(replace(plan, senders=())))

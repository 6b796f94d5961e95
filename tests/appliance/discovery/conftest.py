"""Announcements to this machine alone: over loopback, under names that no other test has."""

import hashlib
import os

import pytest

from appliance.discovery.announcing import Announcer
from appliance.discovery.planning import HTTP, OURS, Plan, Service


@pytest.fixture
def own(request: pytest.FixtureRequest) -> str:
    """A name that is this test's own, also among tests that run at the same time."""
    return "t" + hashlib.sha256(f"{request.node.nodeid} {os.getpid()}".encode()).hexdigest()[:12]


@pytest.fixture
def ip(own: str) -> str:
    """An address of this machine that is this test's own: what is sent to a shared one goes to one of its sockets."""
    return f"127.{int(own[1:3], 16) // 2 + 64}.{int(own[3:5], 16)}.{int(own[5:7], 16) // 2 + 1}"


@pytest.fixture
def next_door(ip: str) -> str:
    """The address of somebody beside us."""
    return f"{ip.rpartition('.')[0]}.200"


@pytest.fixture
def announcer(own: str) -> Announcer:
    return Announcer(f"Hypomos ({own})", (f"{own}.local", f"{own}-2.local"))


@pytest.fixture
def plan(ip: str) -> Plan:
    """A door and our own service, told over loopback."""
    services = (
        Service(HTTP, 4976, (("path", "/"),)),
        Service(OURS, 4976, (("id", "f00d"), ("v", "0.1"), ("api", "/api/v1"))),
    )
    return Plan(services, (ip,), (ip,), ())

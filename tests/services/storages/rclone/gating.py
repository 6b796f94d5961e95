"""Which host a type of rclone's connects to first, as the gate sees it."""

import threading
import time
from collections.abc import Mapping

from services.storages.hosts import HostPolicy
from services.storages.rclone.egress import Gate
from tests import rclone_running

_FIRST_S, _MORE_S = 30.0, 0.3


def hosts_asked(type_name: str, remote: Mapping[str, str], place: str = "") -> set[str]:
    """The hosts that come to the gate when a remote is listed; every one is refused. Empty when none came."""
    obscured = {
        option["Name"] for option in rclone_running.listing()[type_name]["Options"] if option["IsPassword"]
    }
    given = {k: rclone_running.obscured(v) if k in obscured else v for k, v in remote.items()}
    seen: list[str] = []
    asked = threading.Event()

    def resolver(name: str) -> list[str]:
        seen.append(name)
        asked.set()
        return ["192.0.2.1"]

    gate = Gate(HostPolicy(resolver=resolver).check)
    gate.start()
    try:
        remote = {"type": type_name, **given}
        with rclone_running.running("lsf", f"x:{place}", remote=remote, environment=gate.environment):
            if asked.wait(_FIRST_S):
                time.sleep(_MORE_S)
    finally:
        gate.close()
    return set(seen)

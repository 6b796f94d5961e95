"""Somebody else on the network who looks for services, in a process of their own: `python -m tests.mdns IP KIND…`.

Prints a line of JSON for each service that comes, changes or goes. Two instances of python-zeroconf in one
process do not see each other's conflicts, so tests look from here; `looking` runs it, and waits for what
is to be seen. With `--announce` it is a neighbour with a service and a host name of its own instead.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zeroconf import ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

ROOT = Path(__file__).parents[1]
DEADLINE_S = 120.0
"""A neighbour that is starved of processor time answers too late, and is noticed a minute later."""
Seen = dict[str, Any]


class Looking:
    """What has been seen so far. Threading: filled by a thread of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.seen: list[Seen] = []
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.seen.append(json.loads(line))

    def wait(self, what: Callable[[Seen], object]) -> Seen:
        """The first thing seen that fits; fails when nothing does in time."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            for one in list(self.seen):
                if what(one):
                    return one
            time.sleep(0.02)
        raise AssertionError(f"not seen; but {self.seen}")

    def came(self, kind: str, name: str) -> Seen:
        """Wait for a service of that kind and name."""
        return self.wait(lambda s: (s["how"], s.get("kind"), s.get("name")) == ("came", kind, name))

    def went(self, kind: str, name: str) -> Seen:
        """Wait for its goodbye."""
        return self.wait(lambda s: (s["how"], s.get("kind"), s.get("name")) == ("went", kind, name))


@contextmanager
def looking(ip: str, *kinds: str, within: Sequence[str] = ()) -> Iterator[Looking]:
    """Look for services of these kinds from the address `ip`; `within` is put before the command."""
    with _running(within, ip, *kinds) as process:
        found = Looking(process)
        found.wait(lambda s: s["how"] == "looking")
        yield found


@contextmanager
def neighbour(ip: str, kind: str, name: str, host: str, within: Sequence[str] = ()) -> Iterator[None]:
    """Somebody with a service `name` of that kind, at a host of that name, until the end of the block."""
    with _running(within, ip, kind, "--announce", name, host) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["how"] == "announced"
        yield


@contextmanager
def _running(within: Sequence[str], *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [*within, sys.executable, "-m", "tests.mdns", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it ends by itself, and says goodbye
            process.wait(30)


class _Printer(ServiceListener):
    """Says each change; what a service leads to is looked up."""

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self._tell("came", zc, type_, name)

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self._tell("changed", zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        _say("went", kind=type_.removesuffix(".local."), name=name.removesuffix(f".{type_}"))

    def _tell(self, how: str, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name, timeout=10_000)
        if info is not None:
            text = {k.decode(): (v or b"").decode() for k, v in info.properties.items()}
            _say(how, kind=type_.removesuffix(".local."), name=name.removesuffix(f".{type_}"), port=info.port,
                 host=(info.server or "").rstrip("."), text=text, addresses=info.parsed_addresses())  # fmt: skip


def _say(how: str, **more: object) -> None:
    print(json.dumps({"how": how, **more}), flush=True)


def main(arguments: list[str]) -> None:
    """Look, or announce, until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ip")
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--announce", nargs=2)
    options = parser.parse_args(arguments)
    with Zeroconf(interfaces=[options.ip]) as zc:
        if options.announce:
            name, host = options.announce
            kind = f"{options.kinds[0]}.local."
            info = ServiceInfo(
                kind, f"{name}.{kind}", port=9, server=f"{host}.", parsed_addresses=[options.ip]
            )
            zc.register_service(info)
            _say("announced")
        else:
            ServiceBrowser(zc, [f"{kind}.local." for kind in options.kinds], listener=_Printer())
            _say("looking")
        sys.stdin.read()
        zc.unregister_all_services()


if __name__ == "__main__":
    main(sys.argv[1:])

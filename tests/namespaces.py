"""Two hosts on one cable: network namespaces of the kernel, with nothing of this machine's own network in them.

Tests that use them are marked `needs_netns`, and left out where the kernel does not let this user make any.
"""

import functools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

CARD = "lan0"
CONNECTING = """
import socket, sys
with socket.socket(fileno=int(sys.argv[2])) as asked:
    while port := asked.recv(10):
        try:
            with socket.create_connection((sys.argv[1], int(port)), 60) as made:
                made.setblocking(True)  # goes with it
                socket.send_fds(asked, [b"+"], [made.fileno()])
        except OSError:
            asked.send(b"-")
"""
"""A program that connects wherever it is told to, and hands the connection over."""


@dataclass(frozen=True)
class Host:
    """A host: its address on the cable, and what comes before a command that runs there."""

    ip: str
    within: tuple[str, ...]

    def run(self, *command: str) -> None:
        """Run a command there."""
        subprocess.run([*self.within, *command], check=True, capture_output=True, text=True)


@functools.cache
def are_possible() -> bool:
    """Whether this user may have two hosts."""
    try:
        with two_hosts():
            return True
    except (OSError, subprocess.SubprocessError, AssertionError):
        return False


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Two hosts, 10.77.0.1 and 10.77.0.2, each with the cable in its card `lan0`; gone with the block."""
    with ExitStack() as stack:
        first = stack.enter_context(_host("10.77.0.1", ()))
        second = stack.enter_context(_host("10.77.0.2", first.within))
        holder = second.within[second.within.index("--target") + 1]
        first.run("ip", "link", "add", CARD, "type", "veth", "peer", "name", CARD, "netns", holder)
        for host in (first, second):
            host.run("ip", "address", "add", f"{host.ip}/24", "dev", CARD)
            host.run("ip", "link", "set", CARD, "up")
            host.run("ip", "route", "add", "224.0.0.0/4", "dev", CARD)
        yield first, second


@contextmanager
def connections(host: Host) -> Iterator[Callable[[int], socket.socket]]:
    """What opens a connection, made on this host, to one of its own ports, for use here; raises ConnectionError."""
    ours, theirs = socket.socketpair()
    command = [*host.within, sys.executable, "-c", CONNECTING, host.ip, str(theirs.fileno())]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:
        theirs.close()

        def connect(port: int) -> socket.socket:
            ours.sendall(str(port).encode())
            _, handed, _, _ = socket.recv_fds(ours, 1, 1)
            if not handed:
                raise ConnectionRefusedError(f"nobody listens on port {port} of {host.ip}")
            return socket.socket(fileno=handed[0])

        try:
            yield connect
        finally:
            ours.close()
            process.wait(30)


@contextmanager
def _host(ip: str, beside: tuple[str, ...]) -> Iterator[Host]:
    """A namespace, kept by a process that ends with its standard input; the second of two is made beside the first."""
    as_root = os.geteuid() == 0
    user = [] if as_root or beside else ["--map-root-user"]
    entered = () if as_root else beside  # only who owns both may lay the cable
    command = [*entered, "unshare", *user, "--net", "sh", "-c", "ip link set lo up && echo there && exec cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "there\n"
            how = ["nsenter", "--target", str(process.pid), "--net"]
            yield Host(ip, tuple(how if as_root else [*how, "--user", "--preserve-credentials"]))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)

"""The fences together, and limits, for real in child processes."""

import signal

import pytest

from services.media import landlock, sandbox, seccomp
from tests.services.media.fenced import run

SETUP = """
import os, resource, socket, zoneinfo
from pathlib import Path
from services.media import sandbox
from services.media.limits import Limits
limits = Limits(memory=256 << 20)
meter = sandbox.Meter()
"""


def test_memory_and_descriptors_are_limited() -> None:
    outcome, code = run(
        SETUP
        + """
sandbox.limit_process(limits, meter)
attempt("half", lambda: bytearray(128 << 20))
attempt("all", lambda: bytearray(256 << 20))
held = []
attempt("descriptors", lambda: [held.append(os.dup(0)) for _ in range(20)])
for fd in held: os.close(fd)
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
grown = bytearray(64 << 20)
print("grown", (meter.data() - len(grown)) >> 20 < 64)
"""
    )
    assert outcome == {"half": "done", "all": "MemoryError", "descriptors": "OSError", "grown": "True"}
    assert code == 0


def test_nothing_can_be_written_to_files(tmp_path: object) -> None:
    outcome, _ = run(
        SETUP
        + f"""
file = open("{tmp_path}/a", "wb", buffering=0)
sandbox.limit_process(limits, meter)
attempt("write", lambda: file.write(b"x"))
"""
    )
    assert outcome == {"write": "OSError"}


def test_processor_time_is_counted_from_now_on() -> None:
    outcome, code = run(
        SETUP
        + """
import time
while time.process_time() < 0.6: pass
sandbox.limit_cpu(1)
while time.process_time() < 1.3: pass
attempt("still", lambda: None)
sandbox.limit_cpu(0.2)
while True: pass
"""
    )
    assert outcome == {"still": "done"}
    assert code == -signal.SIGXCPU


@pytest.mark.skipif(not seccomp.available(), reason="no seccomp filter for this machine")
def test_all_fences_stand() -> None:
    outcome, code = run(
        SETUP
        + """
sandbox.limit_process(limits, meter)
stand = sandbox.enclose()
for name, value in stand.items(): print(name, value)
attempt("file", lambda: open("/etc/hostname"))
attempt("folder", lambda: os.listdir("/"))
attempt("socket", socket.socket)
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("zone", lambda: zoneinfo.ZoneInfo("Pacific/Apia"))
attempt("meter", meter.data)
"""
    )
    assert code == 0
    assert {outcome[name] for name in ("files", "sockets", "programs")} == {"True"}
    assert {outcome[name] for name in ("file", "folder", "socket", "exec")} == {"PermissionError"}
    assert outcome["meter"] == "done"
    if landlock.version():
        assert outcome["zone"] == "done", "places have time zones"


def test_the_self_check_tells_what_the_kernel_has() -> None:
    assert sandbox.probe() == {"landlock": landlock.version(), "seccomp": seccomp.available()}

"""The seccomp filter for real, each time in a child process."""

import signal

import pytest

from services.media import seccomp
from tests.services.media.fenced import run

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="no seccomp filter for this machine")

FENCE = "from services.media import seccomp\nassert seccomp.deny_calls(opening={opening})\n"


def test_sockets_programs_and_processes_are_denied() -> None:
    outcome, code = run(
        "import os, signal, socket, subprocess\nkept = socket.socketpair()\n"
        + FENCE.format(opening=False)
        + """
attempt("socket", socket.socket)
attempt("pair", socket.socketpair)
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", os.fork)
attempt("spawn", lambda: subprocess.run(["/bin/true"]))
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("chmod", lambda: os.chmod("/tmp", 0o777))
attempt("unlink", lambda: os.unlink("/tmp/no such file"))
"""
    )
    assert code == 0
    assert set(outcome.values()) == {"PermissionError"}
    assert len(outcome) == 8


def test_what_a_decoder_needs_still_works() -> None:
    outcome, code = run(
        "import socket, threading\nours, theirs = socket.socketpair()\n"
        + FENCE.format(opening=False)
        + """
import os, resource
def both():
    threads = [threading.Thread(target=bytearray, args=(1 << 22,)) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
attempt("threads", both)
attempt("talk", lambda: (ours.sendmsg([b"hello"]), theirs.recv(5)))
attempt("limit", lambda: resource.setrlimit(resource.RLIMIT_CPU, (50, 60)))
attempt("open", lambda: open("/proc/self/stat").read())
attempt("random", lambda: os.urandom(8))
"""
    )
    assert (set(outcome.values()), len(outcome), code) == ({"done"}, 5, 0)


def test_limits_of_others_cannot_be_changed() -> None:
    outcome, _ = run(
        "import os, resource\n"
        + FENCE.format(opening=False)
        + """
attempt("own", lambda: resource.prlimit(os.getpid(), resource.RLIMIT_CORE))
attempt("parent", lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE))
"""
    )
    assert outcome == {"own": "done", "parent": "PermissionError"}


def test_opening_is_denied_where_landlock_cannot() -> None:
    outcome, _ = run(
        FENCE.format(opening=True)
        + 'attempt("read", lambda: open("/etc/hostname"))\nattempt("write", lambda: open("/tmp/x-y-z", "w"))\n'
    )
    assert outcome == {"read": "PermissionError", "write": "PermissionError"}


def test_an_abort_still_ends_the_process_as_an_abort() -> None:
    _, code = run("import os\n" + FENCE.format(opening=False) + "os.abort()\n")
    assert code == -signal.SIGABRT


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("opening", [True, False])
def test_programs_jump_to_their_own_instructions(machine: str, opening: bool) -> None:
    steps = seccomp._program(machine, opening=opening)
    assert len(steps) < 4096, "BPF_MAXINSNS"
    for place, step in enumerate(steps):
        assert place + 1 + max(step.then, step.otherwise) < len(steps) + (step.code == seccomp.RETURN)
    numbers = {step.value for step in steps if step.code == seccomp.IF_EQUAL}
    column = ("x86_64", "aarch64").index(machine)
    assert {pair[column] for pair in seccomp.DENIED.values()} - {None} <= numbers
    assert (seccomp.OPENING["openat"][column] in numbers) == opening


def evaluate(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """The verdict of the filter on one call, by running its instructions."""
    steps = seccomp._program(machine, opening=False)
    data = {0: number, 4: seccomp.AUDIT[machine] if audit is None else audit, 16: argument}
    place, value = 0, 0
    while True:
        step = steps[place]
        place += 1
        if step.code == seccomp.RETURN:
            return step.value
        if step.code == seccomp.LOAD:
            value = data[step.value]
        else:
            hit = value == step.value if step.code == seccomp.IF_EQUAL else bool(value & step.value)
            place += step.then if hit else step.otherwise


def test_verdicts_on_both_machines() -> None:
    denied = seccomp.ERRNO | 1
    for machine, read, clone, execve in (("x86_64", 0, 56, 59), ("aarch64", 63, 220, 221)):
        assert evaluate(machine, read) == seccomp.ALLOW
        assert evaluate(machine, execve) == denied
        assert evaluate(machine, clone, seccomp.THREAD | 0x100) == seccomp.ALLOW
        assert evaluate(machine, clone, 17) == denied, "a process, not a thread"
        assert evaluate(machine, seccomp.CLONE3) == seccomp.ERRNO | 38
        assert evaluate(machine, read, audit=0x4000_0003) == seccomp.KILL, "another calling convention"
    assert evaluate("x86_64", 41 | seccomp.X32) == denied

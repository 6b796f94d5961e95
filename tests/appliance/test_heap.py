"""What was used for a moment goes back, and threads share few heaps. Each is looked at in a process of its own."""

import os
import subprocess
import sys

from appliance.heap import HEAPS, give_back_large_blocks

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
SIGN_INS = """
import sys, threading
from appliance.heap import give_back_large_blocks
from services.accounts.passwords import Passwords

def kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))

if sys.argv[1] == "yes":
    assert give_back_large_blocks()
passwords = Passwords(at_once=4)
before = kib()
for _ in range(3):
    threads = [threading.Thread(target=passwords.hash, args=("a lake in the morning",)) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
print(kib() - before)
"""


THREADS = """
import ctypes, sys, threading
from appliance.heap import share_heaps

if sys.argv[1] == "yes":
    assert share_heaps()
meet = threading.Barrier(12)

def take():
    taken = [bytes(2000) for _ in range(1000)]
    meet.wait(20)

threads = [threading.Thread(target=take) for _ in range(12)]
[t.start() for t in threads]
[t.join() for t in threads]
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
"""


def kept(given_back: str) -> int:
    """How much larger a process is after twelve passwords, in KiB."""
    command = [sys.executable, "-c", SIGN_INS, given_back]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_what_passwords_take_for_a_moment_is_given_back() -> None:
    assert give_back_large_blocks()
    assert kept("yes") < 10_000
    assert kept("no") > 15_000, "the C library has learned better: this is not needed any more"


def heaps(shared: str) -> int:
    """How many heaps twelve threads at once leave."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS, shared], capture_output=True, text=True, check=True, env=PLAIN
    )
    return done.stdout.count("<heap nr=")


def test_threads_share_few_heaps() -> None:
    assert heaps("yes") <= HEAPS
    assert heaps("no") > HEAPS

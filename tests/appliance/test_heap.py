import subprocess
import sys

from appliance.heap import give_back_large_blocks

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


def kept(given_back: str) -> int:
    """How much larger a process is after twelve passwords, in KiB."""
    command = [sys.executable, "-c", SIGN_INS, given_back]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_what_passwords_take_for_a_moment_is_given_back() -> None:
    assert give_back_large_blocks()
    assert kept("yes") < 10_000
    assert kept("no") > 15_000, "the C library has learned better: this is not needed any more"

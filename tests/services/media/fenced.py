"""Runs code in a child process that may fence itself in for good."""

import subprocess
import sys

from tests import tree

TRY = """
import sys
sys.path.insert(0, {root!r})
def attempt(name, act):
    try:
        act()
    except (OSError, MemoryError) as error:
        print(name, type(error).__name__, flush=True)
    else:
        print(name, "done", flush=True)
"""


def run(code: str) -> tuple[dict[str, str], int]:
    """What each `attempt(name, act)` in the code came to, and how the process ended."""
    script = TRY.format(root=str(tree.ROOT)) + code
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return dict(line.split() for line in done.stdout.splitlines()), done.returncode

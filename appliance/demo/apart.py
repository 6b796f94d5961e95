"""Drawing the household in a process of its own: whoever serves it afterwards never loads a decoder.

The child writes a line of JSON for each step, or one with what went wrong; whatever else it or its own
children print are its last words. It leads a process group, so that nothing of it outlives it or us: its
standard input is a pipe that nobody writes to and that ends with us.
Threading: one thread waits for the child, and ends with it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.errors import HypomosError

Progress = Callable[[int, int, str], None]

LAST_WORDS = 20


class NotDrawn(HypomosError):
    """Raised when the household could not be drawn; nothing is served then."""


def draw_apart(folder: Path, progress: Progress, *, argv: Sequence[str] = ()) -> None:
    """Draw the household into `folder` as `appliance.demo.household.draw` does, by a child process.

    Raises NotDrawn with the reason. `argv` is the child's command instead of the usual one.
    """
    command = argv or [sys.executable, "-m", "appliance.demo", str(folder)]
    words: deque[str] = deque(maxlen=LAST_WORDS)
    problem = ""
    with subprocess.Popen(  # noqa: S603  our own interpreter and program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True,
    ) as child:  # fmt: skip
        watcher = threading.Thread(target=_end_with, args=(child.pid,), name="drawing", daemon=True)
        watcher.start()
        try:
            for line in child.stdout or ():
                step = _step(line)
                if step is None:
                    words.append(line.strip())
                elif "failed" in step:
                    problem = str(step["failed"])
                else:
                    progress(int(step["done"]), int(step["of"]), str(step["path"]))
            watcher.join()
            code = child.wait()
        finally:
            child.kill()
            watcher.join()
    if problem or code:
        raise NotDrawn(f"The household could not be drawn: {problem or _ending(code, words)}")


def report(step: dict[str, Any]) -> None:
    """In the child: one line for the parent."""
    print(json.dumps(step), flush=True)


def _end_with(leader: int) -> None:
    """When the child has ended, however it did, end what it has started: it would draw on for nobody."""
    os.waitid(os.P_PID, leader, os.WEXITED | os.WNOWAIT)  # not reaped yet: its number is still its own
    os.killpg(leader, signal.SIGKILL)


def _step(line: str) -> dict[str, Any] | None:
    try:
        step = json.loads(line)
    except ValueError:
        return None
    return (
        step
        if isinstance(step, dict) and ("failed" in step or step.keys() >= {"done", "of", "path"})
        else None
    )


def _ending(code: int, words: Sequence[str]) -> str:
    """How the child ended, with the last thing that it or a library said."""
    last = next((word for word in reversed(words) if word), "")
    how = f"the drawing process ended with code {code}"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        how = f"the drawing process was ended by {name}"
        how += ", probably for want of memory" if -code == signal.SIGKILL else ""
    return f"{how}. Its last words: {last}" if last else f"{how}."

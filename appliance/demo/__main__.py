"""`python -m appliance.demo FOLDER` draws the household and tells of each step; see `appliance.demo.apart`."""

import os
import signal
import sys
import threading
from pathlib import Path

from appliance.demo.apart import report


def main(folder: str) -> int:
    """Draw into a folder; 1 with the reason said when a file could not be written."""
    from appliance.demo.household import draw  # late: a library that cannot be loaded is told like the rest

    try:
        draw(Path(folder), lambda done, total, path: report({"done": done, "of": total, "path": path}))
    except OSError as error:
        report({"failed": f"{error.strerror or error} ({error.filename or folder})."})
        return 1
    return 0


def end_with_parent() -> None:
    """When standard input ends, nobody waits for the drawing any more: end this process group."""
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.exit(main(sys.argv[1]))

"""One server a data directory: a second one would take away what tells scripts where the first answers."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import UsageError


@contextmanager
def alone(run: Path) -> Iterator[None]:
    """Be the only server of the data directory with this `run` folder, until the end of the block.

    Raises UsageError, with the address of the one that is there. The lock is the kernel's: it ends with
    its process, however that ends.
    """
    with (run / "serve.lock").open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Another Hypomos serves the data directory {run.parent} already{_where(run)}. Stop that one first, or "
                "give this one a directory of its own with --data."
            ) from None
        yield


def _where(run: Path) -> str:
    """Where the other one answers, as far as it has said so."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        ready = json.loads((run / "ready.json").read_text(encoding="utf-8"))
        return f", at {ready['address']} (process {ready['pid']})"
    return ""

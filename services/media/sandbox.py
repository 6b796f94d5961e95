"""What a decoder child may not do: reach files, sockets, programs and other processes, or use without end.

Three fences, each put up where the kernel can and reported where it cannot: resource limits, Landlock (no
file may be opened) and a seccomp filter (no socket, no program, no signal to others). They change the
calling process for good, so they are for a child that has imported everything it needs.
"""

import contextlib
import math
import resource
import zoneinfo
from pathlib import Path
from typing import Self

from . import landlock, seccomp
from .limits import Limits


class Meter:
    """Reads what memory this process has; opened before `enclose` closes the file system."""

    def __init__(self) -> None:
        self._file = Path("/proc/self/statm").open("rb", buffering=0)  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def size(self) -> int:
        """Bytes of address space."""
        return self._pages(0)

    def data(self) -> int:
        """Bytes of heap, stacks and anonymous memory, which RLIMIT_DATA counts."""
        return self._pages(5)

    def _pages(self, field: int) -> int:
        self._file.seek(0)
        return int(self._file.read(256).split()[field]) * resource.getpagesize()


def limit_process(limits: Limits, meter: Meter) -> None:
    """Limit memory and descriptors; no core dumps, nothing written to files.

    `limits.memory` bounds the data of the process (heap and anonymous memory); its address space, where
    libraries are mapped too, may grow by the same amount from what it is now.
    """
    _lower(resource.RLIMIT_DATA, limits.memory)
    _lower(resource.RLIMIT_AS, meter.size() + limits.memory)
    _lower(resource.RLIMIT_NOFILE, limits.descriptors)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)


def limit_cpu(seconds: float) -> None:
    """Allow so much more processor time from now on; beyond it the kernel ends the process (SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def enclose() -> dict[str, bool]:
    """Deny files, sockets and programs, for good; returns which fences stand, by name.

    The time zone database stays readable: it is looked up by name when a photo states a place.
    """
    with contextlib.suppress(OSError):  # so that the kernel, short of memory, ends a child first
        Path("/proc/self/oom_score_adj").write_text("500")
    files = landlock.deny_files(Path(folder) for folder in zoneinfo.TZPATH)
    calls = seccomp.deny_calls(opening=not files)
    return {"files": files or calls, "sockets": calls, "programs": calls}


def probe() -> dict[str, bool | int]:
    """What this kernel offers, for a self-check: version of Landlock (0: none), and whether seccomp works."""
    return {"landlock": landlock.version(), "seccomp": seccomp.available()}


def _lower(what: int, value: int) -> None:
    """Set soft and hard limit; an administrator's lower hard limit stays."""
    _, hard = resource.getrlimit(what)
    limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (limit, limit))

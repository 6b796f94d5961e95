"""How costs are measured: processor time of the right processes, memory, and what machine this is.

Processor time is used wherever it can be, since others may use the machine as well.
"""

import os
import platform
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.results import Sample

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def take_turns(times: int, *works: Callable[[], float]) -> list[Sample]:
    """Do every work `times` times, one after the other in turns; each returns its own cost."""
    rounds = [[work() for work in works] for _ in range(times)]
    return [Sample(tuple(costs)) for costs in zip(*rounds, strict=True)]


def own_cpu(work: Callable[[], object]) -> float:
    """Processor seconds that all threads of this process spend on some work."""
    before = time.process_time()
    work()
    return time.process_time() - before


def cpu_with_children(work: Callable[[], object]) -> float:
    """Processor seconds of this process and of those children that ended during the work."""
    before = time.process_time() + _ended_children()
    work()
    return time.process_time() + _ended_children() - before


def tree(pid: int) -> Iterator[int]:
    """A process and everything that descends from it."""
    yield pid
    for task in (PROC / str(pid) / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def cpu_of(pid: int) -> float:
    """Processor seconds a process and its descendants have used so far, also those that have ended."""
    ticks = 0
    for each in tree(pid):
        fields = (PROC / str(each) / "stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:13]))  # utime, stime
        if each == pid:
            ticks += sum(map(int, fields[13:15]))  # those of its children that it has waited for
    return ticks / TICKS


def cpu_spent(pid: int, work: Callable[[], object]) -> float:
    """Processor seconds a process and its descendants spend while `work` is done here."""
    before = cpu_of(pid)
    work()
    return cpu_of(pid) - before


def pss(pid: int, part: str = "Pss") -> float:
    """Proportional set size of a process in MB: its memory, what it shares counted by its share.

    Its part `Pss_Anon`, what is of no file, does not move when others begin or end to share a library.
    """
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith(f"{part}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"smaps_rollup says no {part}")


def machine() -> str:
    """What was measured on, in a sentence without names or paths."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {_processor()} ({platform.machine()}), {memory:.0f} GiB, {_system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processor() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return "processor"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()

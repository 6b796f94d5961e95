"""A fault in the middle of every change of files, at each of its requests: no byte is lost, none is another's."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from services.errors import HypomosError
from tests.fakes import photo
from tests.faults.afar import Afar, in_time
from tests.faults.test_scans import with_budget
from tests.servers.faults import FaultServer

OLD, NEW, OTHER = (photo(n=n).ljust(3000) for n in range(3))
WHOLE = {OLD, NEW, OTHER}
STEPS = 70
"""More requests than any of these changes makes."""

CHANGES: dict[str, Callable[[Afar], object]] = {
    "upload": lambda a: a.upload("album/new.jpg", NEW),
    "replace": lambda a: a.upload("album/a.jpg", NEW, taken="replace"),
    "move": lambda a: a.filing.move(a.viewer, a.row.pid, "album/a.jpg", "b.jpg"),
    "move-folder": lambda a: a.filing.move(a.viewer, a.row.pid, "album", "moved"),
    "delete": lambda a: a.filing.delete(a.viewer, a.row.pid, "album/a.jpg"),
    "restore": lambda a: a.trashing.restore(a.viewer, a.thrown()[0].pid),
    "folder": lambda a: a.filing.make_folder(a.viewer, a.row.pid, "album/inner"),
}
KINDS = ("hang", "429", "401", "403", "404", "500", "507", "cut", "nothing", "refused")


def sampled(change: str, kind: str) -> bool:
    """Whether this one is in every run: each change once, with one of the faults."""
    return KINDS[list(CHANGES).index(change) + 1] == kind


CASES = [
    pytest.param(change, kind, id=f"{change}-{kind}", marks=() if sampled(change, kind) else pytest.mark.long)
    for change in CHANGES
    for kind in KINDS
]


def visible(server: FaultServer) -> dict[str, bytes]:
    """What lies in the server for people to see."""
    return {p[1:]: f.data for p, f in server.files.items() if ".hypomos" not in p}


@pytest.mark.parametrize(("change", "kind"), CASES)
def test_a_change_meets_a_fault_at_each_of_its_requests(
    afar: Afar, server: FaultServer, change: str, kind: str, full: bool
) -> None:
    steps = range(random.randrange(3), STEPS, 3) if full and kind != "hang" else range(0, STEPS, 16)
    for step in steps:  # with --all others in each run, and in three of them about all
        server.mend()
        server.files, server.folders = {}, {""}
        server.put("/album/a.jpg", OLD)
        server.put("/album/other.jpg", OTHER)
        if not attempt(afar, server, change, kind, step):
            return
    raise AssertionError("more requests than were tried")


def attempt(afar: Afar, server: FaultServer, change: str, kind: str, step: int) -> bool:
    """One attempt whose request number `step` meets the fault; whether it got that far."""
    fresh(afar)
    if change == "restore":
        CHANGES["delete"](afar)
    server.break_(kind, after=step) if step else server.break_(kind)
    done = False
    with in_time(), suppress(HypomosError):
        CHANGES[change](afar)
        done = True
    met = server.mend() > 0 or (kind == "refused" and not done)
    assert afar.scan()["state"] == "online"
    afar.recover()
    afar.settle()
    agree(afar, server)
    kept = {f.data for f in server.files.values()}
    expected = {OLD, OTHER} | ({NEW} if done and change in {"upload", "replace"} else set())
    assert expected <= kept, f"bytes were lost at request {step}"
    assert set(visible(server).values()) <= WHOLE, f"half a file was seen after request {step}"
    if done:
        assert DONE[change](visible(server), server), "it said that it was done"
    return met


DONE: dict[str, Callable[[dict[str, bytes], FaultServer], bool]] = {
    "upload": lambda seen, server: seen["album/new.jpg"] == NEW,
    "replace": lambda seen, server: seen["album/a.jpg"] == NEW,
    "move": lambda seen, server: seen["b.jpg"] == OLD,
    "move-folder": lambda seen, server: seen["moved/a.jpg"] == OLD,
    "delete": lambda seen, server: "album/a.jpg" not in seen,
    "restore": lambda seen, server: seen["album/a.jpg"] == OLD,
    "folder": lambda seen, server: "/album/inner" in server.folders,
}


def fresh(afar: Afar) -> None:
    """A catalogue that knows this album and nothing else."""
    afar.forget()
    with_budget(afar, {})
    afar.settle()
    assert sorted(afar.rows()) == ["album/a.jpg", "album/other.jpg"]


def agree(afar: Afar, server: FaultServer) -> None:
    """The catalogue says what the server says, and gives just those bytes."""
    seen = visible(server)
    present = {path for path, state in afar.rows().items() if state == "present"}
    assert present == set(seen)
    for path, data in seen.items():
        with afar.adapter.open_read(path) as handle:
            assert handle.pread(0, len(data)) == data

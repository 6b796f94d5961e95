"""A fault in the middle of every change of files, at each of its requests: no byte is lost, none is another's."""

import random
from collections.abc import Mapping

import pytest

from tests.faults.afar import Afar
from tests.faults.changing import CHANGES, STEPS, Ground, attempt
from tests.servers.faults import FaultServer

pytestmark = pytest.mark.usefixtures("impatient")

KINDS = ("hang", "429", "401", "403", "404", "500", "507", "cut", "nothing", "refused")


def sampled(change: str, kind: str) -> bool:
    """Whether this one is in every run: each change once, with one of the faults."""
    return KINDS[(list(CHANGES).index(change) + 1) % len(KINDS)] == kind


CASES = [
    pytest.param(
        change, kind, id=f"{change}-{kind}", marks=() if sampled(change, kind) else pytest.mark.matrix
    )
    for change in CHANGES
    for kind in KINDS
]


class OurOwn(Ground):
    """The server that has every fault."""

    def __init__(self, server: FaultServer) -> None:
        self._server = server

    def lay(self, files: Mapping[str, bytes]) -> None:
        self._server.mend()
        self._server.files, self._server.folders = {}, {""}
        for path, data in files.items():
            self._server.put(f"/{path}", data)

    def everything(self) -> dict[str, bytes]:
        return {path[1:]: file.data for path, file in self._server.files.items()}

    def break_(self, kind: str, step: int) -> None:
        self._server.break_(kind, after=step)

    def mend(self) -> bool:
        return self._server.mend() > 0


@pytest.mark.parametrize(("change", "kind"), CASES)
def test_a_change_meets_a_fault_at_each_of_its_requests(
    afar: Afar, server: FaultServer, change: str, kind: str, full: bool
) -> None:
    steps = range(random.randrange(6), STEPS, 6) if full and kind != "hang" else range(0, STEPS, 16)
    for step in steps:  # with --all others in each run, and in six of them about all
        if not attempt(afar, OurOwn(server), change, kind, step):
            return
    raise AssertionError("more requests than were tried")

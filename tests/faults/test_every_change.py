"""Every kind of storage meets faults in the middle of every change of files: nothing is lost, and all agree afterwards.

In every run each kind has one change with one fault, by turns. With `--all` each has all of its changes, and at some of
the requests of each meets a fault, by turns too: others in each run.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import Make
from tests.faults.afar import Afar
from tests.faults.changing import CHANGES, LOSING, STEPS, attempt
from tests.faults.grounds import KINDS, Changed, ground_of
from tests.faults.places import Places

pytestmark = pytest.mark.usefixtures("impatient")

TURNS = ("upload", "replace", "move", "delete", "purge", "restore", "move-folder")
"""Of the kinds of storages in every run."""
STEP = 4
"""The request that meets it then: after the first questions, before the last word."""
WITHOUT = {("s3", "folder")}
"""Without folders there is none that could be made."""
BELIEVED = {("memory", "404")}
"""The others look for their root before they say that something is not there; what is so counts as deleted for good."""
STRIDE = {"moto": 12, "azurite": 12}
"""Every so many requests of a change meet a fault in one run; of the others every sixth. These two are slow."""


def marks(server: str, change: str) -> list[pytest.MarkDecorator]:
    needs = [pytest.mark.needs("openssh-server")] if server == "openssh" else []
    is_sampled = TURNS[list(KINDS).index(server)] == change
    return [*needs, *([] if is_sampled else [pytest.mark.matrix])]


CASES = [
    pytest.param(server, change, id=f"{server}-{change}", marks=marks(server, change))
    for server in KINDS
    for change in CHANGES
    if (server, change) not in WITHOUT
]


@pytest.fixture(scope="session")
def grounds() -> dict[str, Changed]:
    """Those that were needed so far."""
    return {}


@pytest.fixture
def ground(places: Places, grounds: dict[str, Changed], request: pytest.FixtureRequest) -> Iterator[Changed]:
    """The one of this case; whole again when it is over."""
    server = request.node.callspec.params["server"]
    if server not in grounds:
        grounds[server] = ground_of(places, server)
    yield grounds[server]
    grounds[server].mend()


@pytest.fixture
def afar(ground: Changed, make: Make, data: Path) -> Iterator[Afar]:
    made = ground.connect(make, data)
    yield made
    made.close()


@pytest.mark.parametrize(("server", "change"), CASES)
def test_a_change_meets_faults(ground: Changed, afar: Afar, server: str, change: str, full: bool) -> None:
    kinds = [kind for kind in KINDS[server] if change not in LOSING or (server, kind) not in BELIEVED]
    if not full:
        kind = kinds[list(KINDS).index(server) % len(kinds)]
        assert attempt(afar, ground, change, kind, STEP), "it takes fewer requests"
        return
    turn, stride = random.randrange(len(kinds)), STRIDE.get(server, 6)
    for step in range(random.randrange(stride), STEPS, stride):
        turn += 1
        if not attempt(afar, ground, change, kinds[turn % len(kinds)], step):
            return
    raise AssertionError("more requests than were tried")

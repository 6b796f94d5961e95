"""What an owner changes between any two steps of scans: the catalogue is right after it, and tells no guest more."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from services.scanning import lane, scanner
from tests.factories import Make
from tests.services.scanning.interleaving import Kind, World

pytestmark = pytest.mark.sqlite("each step of a world is several transactions: there they take minutes")

FEW = 3
"""Rounds of a world."""

KINDS = {
    "near": Kind(distant=False),
    "near with ids": Kind(distant=False, ids=True),
    "far": Kind(),
    "far with ids and a feed": Kind(ids=True),
    "far with hashes": Kind(hashes=True),
    "far with all": Kind(ids=True, hashes=True),
}
TROUBLES = {
    "at peace": Kind(),
    "another program": Kind(another_program=True),
    "deaths and faults": Kind(deaths=0.01, faults=0.02),
    "all of it": Kind(another_program=True, deaths=0.01, faults=0.02),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the clock: whose turn it is is drawn."""
    monkeypatch.setattr(scanner, "TURN_S", 0.001)
    monkeypatch.setattr(lane, "PAUSE_S", 0.0)


def play(make: Make, data: Path, kind: Kind, seed: int, rounds: int = FEW) -> None:
    world = World(make, data, kind, seed)
    for _ in range(rounds):
        world.round()
    world.desk.journal.close()


@pytest.mark.parametrize(
    ("kind", "trouble", "seed"),
    [
        ("near", "at peace", 4),
        ("far with hashes", "at peace", 0),
        ("far with ids and a feed", "at peace", 0),
        ("far with ids and a feed", "another program", 0),
        ("near with ids", "deaths and faults", 0),
    ],
)
def test_the_catalogue_is_right_after_any_order(
    make: Make, data: Path, kind: str, trouble: str, seed: int
) -> None:
    play(make, data, with_trouble(kind, trouble), seed)


@pytest.mark.long
@pytest.mark.first
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(5))
def test_any_world(make: Make, data: Path, kind: str, trouble: str, number: int) -> None:
    """Other ones each time; a failure names the seed."""
    seed = random.SystemRandom().randrange(1 << 32)
    play(make, data, with_trouble(kind, trouble), seed)


def with_trouble(kind: str, trouble: str) -> Kind:
    other = TROUBLES[trouble]
    return replace(
        KINDS[kind], another_program=other.another_program, deaths=other.deaths, faults=other.faults
    )

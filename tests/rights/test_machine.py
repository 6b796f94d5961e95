"""The rights of a household under random work, by every surface: see `tests/rights/machine.py`."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services import clock
from services.storages import Handle
from services.storages.local import _LocalHandle
from tests.rights.asking import Asking
from tests.rights.events import FeastMachine
from tests.rights.machine import RightsMachine
from tests.rights.streams import CHUNK


async def _coming(handle: Handle, offset: int, length: int) -> bytes:
    return handle.pread(offset, length)


@pytest.fixture
def asking(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setattr("services.broker.LOCAL_CHUNK", CHUNK)
    # two of three chunks come as from afar, checked on the event loop
    monkeypatch.setattr(_LocalHandle, "comes", lambda self, offset, length: offset % (3 * CHUNK) != 0)
    monkeypatch.setattr(_LocalHandle, "coming", _coming)
    monkeypatch.setattr(clock, "source", clock.source)
    asking = Asking(tmp_path / "data", migrated)
    yield asking
    asking.close()


@pytest.mark.first
def test_rights_follow_what_was_done(asking: Asking, full: bool) -> None:
    RightsMachine.asking, RightsMachine.thorough = asking, full
    run_state_machine_as_test(
        RightsMachine,
        settings=settings(
            max_examples=10 if full else 8, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[p for p in Phase if full or p is not Phase.shrink],  # which takes minutes
        ),
    )  # fmt: skip


@pytest.mark.first
@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(4, 8), marks=pytest.mark.long)])
def test_rights_follow_what_was_done_at_events(asking: Asking, full: bool, seeds: range) -> None:
    """Households by their seed: with `--all` others in each run, and the one that fails can be had again."""
    FeastMachine.asking, FeastMachine.thorough = asking, full
    for seed in [random.getrandbits(32) for _ in seeds] if full else seeds:
        machine = FeastMachine()
        try:
            machine.live(random.Random(seed), 120 if full else 60)
            machine.teardown()
        except Exception as error:
            error.add_note(f"seed {seed}: {machine.done[-1:]}, the last of {len(machine.done)}")
            raise

"""The rights of a household under random work, by every surface: see `tests/rights/machine.py`."""

import random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.rights.asking import Asking
from tests.rights.events import FeastMachine
from tests.rights.machine import RightsMachine


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

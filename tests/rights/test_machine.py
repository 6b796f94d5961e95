"""The rights of a household under random work, by every surface: see `tests/rights/machine.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services import clock
from tests.rights.asking import Asking
from tests.rights.machine import CHUNK, RightsMachine


@pytest.fixture
def asking(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setattr("services.broker.LOCAL_CHUNK", CHUNK)
    monkeypatch.setattr("services.broker.BLOCK", 3 * CHUNK)
    monkeypatch.setattr(clock, "source", clock.source)
    asking = Asking(tmp_path / "data", migrated)
    yield asking
    asking.close()


def test_rights_follow_what_was_done(asking: Asking, full: bool) -> None:
    RightsMachine.asking, RightsMachine.thorough = asking, full
    run_state_machine_as_test(
        RightsMachine,
        settings=settings(
            max_examples=40 if full else 12, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[p for p in Phase if full or p is not Phase.shrink],  # which takes minutes
        ),
    )  # fmt: skip

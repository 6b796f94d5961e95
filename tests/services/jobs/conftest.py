"""What tests of jobs share: a table of jobs whose wake-ups are written down."""

from pathlib import Path

import pytest

from services.jobs import Jobs

Woken = list[tuple[str, int]]


@pytest.fixture
def woken() -> Woken:
    """Every (lane, job) that the queue was told of."""
    return []


@pytest.fixture
def jobs(catalogue: Path, woken: Woken) -> Jobs:
    """Jobs of the node `here`."""
    return Jobs(lambda lane, job_id: woken.append((lane, job_id)), "here")

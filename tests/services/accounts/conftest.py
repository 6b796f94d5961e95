"""What the tests of accounts share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services import clock
from services.accounts import Passwords
from services.models import counters
from tests.services.accounts.household import Household, Wall


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(clock, "source", wall)
    return wall


@pytest.fixture(scope="session")
def cheap() -> Passwords:
    """Real argon2id, with so little work that a test may sign in often."""
    return Passwords(time_cost=1, memory_kib=8)


@pytest.fixture
def household(catalogue: Path, cheap: Passwords) -> Household:
    return Household(cheap)


@pytest.fixture
def clock_mark(catalogue: Path) -> Iterator[Callable[[], int]]:
    """Raises the clock's high-water mark to now; put back at the end, for PostgreSQL keeps its counters."""
    yield lambda: counters.raise_clock(clock.now())
    counters.Counter.update(value=0).where(counters.Counter.name == counters.CLOCK_MARK).execute()

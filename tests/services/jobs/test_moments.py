"""The clocks of jobs."""

import time
from pathlib import Path

import pytest
from peewee import Value

from services import clock
from services.jobs import moments
from services.models import Counter
from services.models.database import is_sqlite

pytestmark = pytest.mark.db


def in_database(moment: object) -> int:
    return int(Counter.select(Value(0) + moment).limit(1).tuples()[0][0])


def test_wall_is_microseconds_since_1970(catalogue: Path) -> None:
    assert abs(in_database(moments.wall()) - time.time() * 1e6) < 5e6
    assert abs(in_database(moments.wall(60)) - in_database(moments.wall()) - 60e6) < 1e6
    assert abs(in_database(moments.wall(-0.5)) - in_database(moments.wall()) + 0.5e6) < 0.4e6


def test_lease_goes_on_by_itself(catalogue: Path) -> None:
    first = in_database(moments.lease())
    time.sleep(0.02)
    assert 20_000 <= in_database(moments.lease()) - first < 5_000_000
    assert abs(in_database(moments.lease(60)) - first - 60e6) < 1e6


def test_a_clock_that_jumps_moves_no_lease(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither SQLite's leases (monotonic) nor PostgreSQL's (the database's time) see this process's clock."""
    before = in_database(moments.lease())
    monkeypatch.setattr(clock, "source", lambda: time.time() + 30 * 86400)
    assert in_database(moments.lease()) - before < 5_000_000
    if is_sqlite():
        assert in_database(moments.wall()) > time.time() * 1e6 + 29 * clock.DAY

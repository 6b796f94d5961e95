"""Every benchmark runs at its tiny size, finds what it should and leaves nothing behind."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.models import database
from tests.benchmarks import (
    dlna,
    far_reading,
    far_scan,
    far_streams,
    full_pass,
    matching,
    measuring,
    memory,
    million,
    propfind,
    ranges,
    rescan,
    rights,
    uploads,
)
from tests.benchmarks.results import Outcome


def check(outcome: Outcome, rows: int) -> None:
    assert len(outcome.rows) == rows
    for row in outcome.rows:
        # the smallest sizes may cost less than a tick of the kernel's clock
        assert row.ours.values, row.work
        assert min(row.ours.values) >= 0, row.work


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder as the benchmarks get it: one that Apache reaches when it serves as somebody else."""
    with tempfile.TemporaryDirectory(prefix="hypomos-bench-") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of its own, also where the tests run on PostgreSQL."""
    monkeypatch.delenv("HYPOMOS_TEST_DATABASE_URL", raising=False)


def test_full_pass(scratch: Path) -> None:
    outcome = full_pass.run("tiny", scratch)
    check(outcome, 2)
    assert outcome.rows[0].ours.best > 0


def test_rescan(scratch: Path) -> None:
    outcome = rescan.run("tiny", scratch)
    check(outcome, 1)
    assert outcome.rows[0].theirs is not None
    assert outcome.rows[0].ours.best > outcome.rows[0].theirs.best > 0
    assert database.proxy.is_closed()


def test_far_scan(scratch: Path) -> None:
    outcome = far_scan.run("tiny", scratch)
    check(outcome, 4)
    for row in outcome.rows:
        assert row.theirs is not None
        beside = 2 if row.unit == "requests" else 25  # by what the storage is known again, whatever its size
        assert row.theirs.best <= row.ours.best <= row.theirs.best + beside


def test_rights(scratch: Path) -> None:
    outcome = rights.run("tiny", scratch)
    check(outcome, 7)
    assert [row.note.partition(" ")[0] for row in outcome.rows[:3]] == ["10", "50", "100"]


def test_million(scratch: Path) -> None:
    outcome = million.run("tiny", scratch)
    check(outcome, 15)
    assert [row.note for row in outcome.rows if row.work.startswith("first page")] == [
        "10 rows; 20 ms named", "50 rows; 20 ms named", "100 rows; 20 ms named"
    ]  # fmt: skip
    plans = [plan for plan in outcome.remarks if "first page, 50 of" in plan]
    assert any("item_owner_time" in plan for plan in plans)


def test_matching(scratch: Path) -> None:
    check(matching.run("tiny", scratch), 1)


def test_propfind(scratch: Path) -> None:
    outcome = propfind.run("tiny", scratch)
    check(outcome, 8)
    names = [p for p in (scratch / "mirror" / "Storages" / "Photos" / "0000").iterdir() if p.is_file()]
    assert len(names) == 30
    assert len([p for p in (scratch / "mirror" / "Library").rglob("*") if p.is_file()]) == 40


def test_dlna(scratch: Path) -> None:
    outcome = dlna.run("tiny", scratch)
    check(outcome, 14)
    assert {row.peer for row in outcome.rows} == {"minidlna", "gerbera"}
    assert {row.theirs for row in outcome.rows} == {None}


def test_ranges(scratch: Path) -> None:
    check(ranges.run("tiny", scratch), 4)


def test_uploads(scratch: Path) -> None:
    check(uploads.run("tiny", scratch), 2)


def test_memory(scratch: Path) -> None:
    outcome = memory.run("tiny", scratch)
    check(outcome, 1)
    assert outcome.rows[0].theirs is not None
    assert outcome.rows[0].ours.best > outcome.rows[0].theirs.best > 1


def test_far_reading(scratch: Path) -> None:
    outcome = far_reading.run("tiny", scratch)
    check(outcome, 10)
    assert all(row.theirs is not None and row.ours.best > 0 for row in outcome.rows)
    assert [row.met for row in outcome.rows if row.mark == far_reading.ADDED_MS] == [True, True]


def test_far_streams(scratch: Path) -> None:
    outcome = far_streams.run("tiny", scratch)
    check(outcome, 1)
    assert outcome.rows[0].note.startswith("serve ")


def test_the_machine_is_told_without_paths() -> None:
    assert "Python" in measuring.machine()
    assert " /" not in measuring.machine()

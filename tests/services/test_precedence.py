"""People's reads go first, between processes and whatever crashes."""

import os
import threading
from pathlib import Path

import pytest

from services.precedence import RECENT_S, Precedence


@pytest.fixture
def moment() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def both(tmp_path: Path, moment: list[float]) -> tuple[Precedence, Precedence]:
    """As two processes see it."""
    return Precedence(tmp_path, lambda: moment[0]), Precedence(tmp_path, lambda: moment[0])


def noted_at(folder: Path, when: float) -> None:
    for path in folder.iterdir():
        os.utime(path, (when, when))


def test_another_process_sees_who_reads(
    both: tuple[Precedence, Precedence], tmp_path: Path, moment: list[float]
) -> None:
    serve, worker = both
    assert not worker.is_busy(1)
    serve.note(1)
    noted_at(tmp_path, moment[0])
    assert worker.is_busy(1)
    assert not worker.is_busy(2)
    moment[0] += RECENT_S + 0.1  # nobody has to clear anything away
    assert not worker.is_busy(1)


def test_a_clock_that_was_set_back_holds_nobody_up(
    both: tuple[Precedence, Precedence], tmp_path: Path, moment: list[float]
) -> None:
    serve, worker = both
    serve.note(1)
    noted_at(tmp_path, moment[0])
    moment[0] -= 86_400
    assert not worker.is_busy(1)
    serve.note(1)
    noted_at(tmp_path, moment[0])
    assert worker.is_busy(1)


def test_it_is_written_at_most_once_a_second(tmp_path: Path, moment: list[float]) -> None:
    serve = Precedence(tmp_path, lambda: moment[0])
    serve.note(1)
    noted_at(tmp_path, 0)
    serve.note(1)
    assert (tmp_path / "read-1").stat().st_mtime == 0
    moment[0] += 1
    serve.note(1)
    assert (tmp_path / "read-1").stat().st_mtime > 0


def test_a_background_read_waits_until_people_have_read(tmp_path: Path) -> None:
    serve, worker = Precedence(tmp_path), Precedence(tmp_path)
    serve.note(1)
    looked = []
    waiting = threading.Thread(target=lambda: worker.give_way(1, lambda: looked.append(1)))
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    noted_at(tmp_path, 1)
    waiting.join(5)
    assert not waiting.is_alive()
    assert looked


def test_waiting_can_be_ended(tmp_path: Path) -> None:
    worker = Precedence(tmp_path)
    worker.note(1)

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        worker.give_way(1, stop)


def test_without_its_folder_nobody_waits(tmp_path: Path) -> None:
    worker = Precedence(tmp_path / "absent")
    worker.note(1)
    assert not worker.is_busy(1)

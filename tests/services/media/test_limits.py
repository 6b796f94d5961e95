"""Limits of decoder children: figures of the design, scaled by the machine."""

import math

import pytest

from services.media.limits import GIB, PATIENCE, READ_WITHIN, SLOWEST_MOUNT, limits_for


@pytest.mark.parametrize(
    ("total", "memory"), [(64 * GIB, GIB), (2 * GIB, GIB), (GIB, GIB // 2), (512 << 20, 256 << 20)]
)
def test_memory_is_a_gibibyte_or_half_of_the_machine(total: int, memory: int) -> None:
    assert limits_for(total, 1.0).memory == memory


@pytest.mark.parametrize(("factor", "seconds"), [(1, 20), (2.5, 50), (6, 120), (0.2, 20), (50, 120)])
def test_processor_time_grows_with_the_machine_factor_within_bounds(factor: float, seconds: float) -> None:
    limits = limits_for(8 * GIB, factor)
    assert limits.cpu_for(heavy=False) == seconds
    assert limits.cpu_for(heavy=True) == 2 * seconds


def test_a_factor_that_is_no_number_counts_as_one() -> None:
    assert limits_for(8 * GIB, math.nan) == limits_for(8 * GIB, 1.0)


def test_the_deadline_leaves_room_for_all_processor_time_allowed() -> None:
    limits = limits_for(8 * GIB, 3.0)
    assert limits.deadline >= 2 * limits.cpu_for(heavy=True)


def test_the_other_figures() -> None:
    limits = limits_for(8 * GIB, 1.0)
    assert (limits.pixels, limits.descriptors) == (512_000_000, 16)


@pytest.mark.parametrize("size", [0, 1, READ_WITHIN])
@pytest.mark.parametrize("heavy", [False, True])
def test_a_small_file_gets_no_time_by_its_size(size: int, *, heavy: bool) -> None:
    limits = limits_for(8 * GIB, 1.0)
    assert limits.cpu_for(heavy=heavy, size=size) == limits.cpu_for(heavy=heavy)
    assert limits.deadline_for(size) == limits.deadline == 80


@pytest.mark.parametrize("factor", [1.0, 6.0])
@pytest.mark.parametrize("size", [GIB, 9 * GIB, 1000 * GIB])
def test_a_large_one_gets_the_time_to_be_read_wholly(size: int, factor: float) -> None:
    """Also when nothing in it is decoded, as in a backup; and the deadline leaves room for all processor time."""
    limits = limits_for(8 * GIB, factor)
    more = size - READ_WITHIN
    for heavy in (False, True):
        hashing = limits.cpu_for(heavy=heavy, size=size) - limits.cpu_for(heavy=heavy)
        assert hashing == pytest.approx(40 * factor * more / GIB)
    cpu = limits.cpu_for(heavy=True, size=size)
    assert limits.deadline_for(size) == pytest.approx(PATIENCE * cpu + more / SLOWEST_MOUNT)

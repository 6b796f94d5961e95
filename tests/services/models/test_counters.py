"""The two counters and the clock's mark: kept with the change they tell of, or not at all."""

import threading
import uuid

import pytest

from services.models import counters, database, transaction

pytestmark = pytest.mark.db


def test_they_move_by_one_and_apart(catalogue: object) -> None:
    policy, content = counters.read(counters.POLICY_EPOCH), counters.read(counters.CONTENT_VERSION)
    with transaction():
        counters.bump_policy()
        counters.bump_policy()
    assert counters.read(counters.POLICY_EPOCH) == policy + 2
    counters.bump_content()
    assert (counters.read(counters.POLICY_EPOCH), counters.read(counters.CONTENT_VERSION)) == (
        policy + 2,
        content + 1,
    )


def test_what_is_rolled_back_was_never_told(catalogue: object) -> None:
    before = counters.read(counters.POLICY_EPOCH)
    with pytest.raises(ZeroDivisionError):
        bump_and_fail()
    assert counters.read(counters.POLICY_EPOCH) == before


def bump_and_fail() -> None:
    with transaction():
        counters.bump_policy()
        raise ZeroDivisionError


def test_the_epoch_is_moved_beyond_what_was_seen_and_never_back(catalogue: object) -> None:
    before = counters.read(counters.POLICY_EPOCH)
    counters.raise_policy(before + 5)
    assert counters.read(counters.POLICY_EPOCH) == before + 6
    counters.raise_policy(before)
    assert counters.read(counters.POLICY_EPOCH) == before + 6


def test_no_step_is_lost_between_threads(catalogue: object) -> None:
    before = counters.read(counters.CONTENT_VERSION)

    def work() -> None:
        for _ in range(10):
            with transaction():
                counters.bump_content()
        database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.read(counters.CONTENT_VERSION) == before + 40


def test_the_mark_of_the_clock_never_falls(catalogue: object) -> None:
    assert counters.raise_clock(5_000) == 5_000
    assert counters.raise_clock(4_000) == 5_000
    assert counters.raise_clock(6_000) == 6_000


def test_what_is_counted_goes_on_where_it_was(catalogue: object) -> None:
    name = f"test {uuid.uuid4()}"  # PostgreSQL keeps its counters between tests
    assert [counters.next_value(name) for _ in range(3)] == [1, 2, 3]
    assert counters.read(name) == 3
    counters.Counter.delete().where(counters.Counter.name == name).execute()

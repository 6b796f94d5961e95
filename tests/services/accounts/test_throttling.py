from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.accounts import SignInFailed, purge_throttles, throttling
from services.accounts.throttling import FREE, key_of, network_of, once_in, one_try, wait_after
from services.clock import DAY, MINUTE, SECOND
from services.errors import Throttled
from services.models import Throttle
from tests.services.accounts.household import Wall, at_once

pytestmark = pytest.mark.db


def attempt(account: str, ip: str, *, right: bool = False) -> float | None:
    """The seconds to wait; None when the try was let through."""
    try:
        with one_try("test", account, ip):
            if not right:
                raise SignInFailed("wrong")
    except SignInFailed:
        return None
    except Throttled as refusal:
        return refusal.retry_after
    return None


def test_five_failures_are_free_then_the_wait_doubles_up_to_a_quarter_hour() -> None:
    assert [wait_after(n) for n in range(FREE + 1)] == [0] * 6
    assert [wait_after(n) // SECOND for n in range(6, 17)] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert wait_after(10**6) == 15 * MINUTE


def test_who_waits_long_enough_is_let_through(catalogue: Path, wall: Wall) -> None:
    for _ in range(6):
        assert attempt("anna", "10.0.0.1") is None
    assert attempt("anna", "10.0.0.1") == pytest.approx(2)
    wall.move(seconds=1)
    assert attempt("anna", "10.0.0.1") == pytest.approx(1)  # asking again does not lengthen the wait
    wall.move(seconds=1)
    assert attempt("anna", "10.0.0.1") is None
    assert attempt("anna", "10.0.0.1") == pytest.approx(4)


def test_nobody_else_waits_for_it(catalogue: Path, wall: Wall) -> None:
    for _ in range(30):
        attempt("anna", "203.0.113.9")
    assert attempt("anna", "203.0.113.9") is not None
    assert attempt("anna", "192.168.1.20") is None
    assert attempt("ben", "203.0.113.9") is None


def test_success_wipes_this_pair_only(catalogue: Path, wall: Wall) -> None:
    for ip in ("10.0.0.1", "10.0.0.2"):
        for _ in range(6):
            attempt("anna", ip)
    wall.move(seconds=2)
    assert attempt("anna", "10.0.0.1", right=True) is None
    for _ in range(6):
        assert attempt("anna", "10.0.0.1") is None
    assert attempt("anna", "10.0.0.2") is None
    assert attempt("anna", "10.0.0.2") == pytest.approx(4)


def test_an_error_that_proves_nothing_is_not_counted(catalogue: Path, wall: Wall) -> None:
    for _ in range(20):
        with suppress(OSError), one_try("test", "anna", "10.0.0.1"):
            raise OSError
    assert Throttle.get().failures == 0


def test_a_try_is_charged_before_it_is_judged(catalogue: Path, wall: Wall) -> None:
    for _ in range(5):
        attempt("anna", "10.0.0.1")
    with suppress(SignInFailed), one_try("test", "anna", "10.0.0.1"):
        second = attempt("anna", "10.0.0.1")  # while the first is still being judged
        raise SignInFailed("wrong")
    assert second == pytest.approx(2)


def test_many_at_once_get_no_more_tries_than_one_after_the_other(catalogue: Path, wall: Wall) -> None:
    waits = at_once(*[lambda: attempt("anna", "10.0.0.1")] * 20)
    assert [w for w in waits if w is None] == [None] * 6
    assert [w for w in waits if w is not None] == [pytest.approx(2)] * 14


def test_failures_are_forgotten_after_a_day(catalogue: Path, wall: Wall) -> None:
    for _ in range(6):
        attempt("anna", "10.0.0.1")
    wall.move(days=1, minutes=1)
    for _ in range(6):
        assert attempt("anna", "10.0.0.1") is None


def test_a_clock_set_back_locks_nobody_out(catalogue: Path, wall: Wall) -> None:
    for _ in range(6):
        attempt("anna", "10.0.0.1")
    wall.move(days=-30)
    assert attempt("anna", "10.0.0.1") is None


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_one_origin_is_an_address_or_a_64(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_case_and_composition_of_the_name_make_no_other_account() -> None:
    assert key_of("a", "ANNA", "::1") == key_of("a", "anna", "::2")
    assert key_of("a", "anna", "::1") != key_of("b", "anna", "::1")


def test_neither_name_nor_address_is_kept(catalogue: Path) -> None:
    attempt("my secret passphrase", "203.0.113.9")
    key = Throttle.get().key
    assert len(key) == 64
    assert "secret" not in key


def test_the_table_does_not_grow_and_the_worst_stay(
    catalogue: Path, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "MAX_ROWS", 50)
    for _ in range(7):
        attempt("anna", "203.0.113.9")
        wall.move(seconds=3)
    for number in range(200):
        attempt(f"name{number}", "203.0.113.9")
    assert Throttle.select().count() <= 50
    assert Throttle.get(Throttle.key == key_of("test", "anna", "203.0.113.9")).failures == 7


def test_old_rows_are_purged(catalogue: Path, wall: Wall) -> None:
    attempt("anna", "10.0.0.1")
    wall.move(hours=23)
    attempt("ben", "10.0.0.1")
    wall.move(hours=2)
    assert purge_throttles() == 1
    assert Throttle.get().key == key_of("test", "ben", "10.0.0.1")


def test_once_in_a_while(catalogue: Path, wall: Wall) -> None:
    assert [once_in("a", MINUTE), once_in("a", MINUTE), once_in("b", MINUTE)] == [True, False, True]
    wall.move(seconds=61)
    assert once_in("a", MINUTE)
    wall.move(days=-1)
    assert once_in("a", MINUTE)


class Oracle:
    """The rule in its simplest form."""

    def __init__(self) -> None:
        self.failures: dict[tuple[str, str], int] = {}
        self.until: dict[tuple[str, str], float] = {}

    def attempt(self, pair: tuple[str, str], time: float, *, right: bool) -> float | None:
        until = self.until.get(pair, time)
        if until > time:
            return until - time
        if right or time - until > DAY / SECOND:
            self.failures.pop(pair, None)
            self.until.pop(pair, None)
        if not right:
            self.failures[pair] = self.failures.get(pair, 0) + 1
            extra = self.failures[pair] - 5
            self.until[pair] = time + (min(2**extra, 900) if extra > 0 else 0)
        return None


_pairs = st.tuples(st.sampled_from(["anna", "ben"]), st.sampled_from(["10.0.0.1", "10.0.0.2"]))
_pauses = st.sampled_from([0, 0, 0, 1, 2, 5, 20, 300, 1000, 90_000])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(_pairs, st.sampled_from([False] * 7 + [True]), _pauses), max_size=40))
def test_it_agrees_with_the_oracle(
    catalogue: Path, wall: Wall, steps: list[tuple[tuple[str, str], bool, int]]
) -> None:
    Throttle.delete().execute()
    oracle = Oracle()
    for pair, right, pause in steps:
        expected = oracle.attempt(pair, wall.time, right=right)
        seen = attempt(*pair, right=right)
        assert (seen is None) == (expected is None)
        assert seen == pytest.approx(expected)
        wall.move(seconds=pause)

import threading
import time
import unicodedata

import pytest

from services.accounts.passwords import Passwords
from services.errors import Throttled


def test_the_parameters_are_those_of_the_design() -> None:
    stored = Passwords().hash("quite unusual kettle")
    assert stored.startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert Passwords().verify(stored, "quite unusual kettle")
    assert not Passwords().is_stale(stored)


def test_right_and_wrong(cheap: Passwords) -> None:
    stored = cheap.hash("quite unusual kettle")
    assert cheap.verify(stored, "quite unusual kettle")
    assert not cheap.verify(stored, "quite unusual kettlE")
    assert not cheap.verify(stored, "")


def test_nobody_has_no_password_and_costs_the_same_work(cheap: Passwords) -> None:
    assert not cheap.verify(None, "quite unusual kettle")
    assert not cheap.is_stale(cheap._nobody)  # the same parameters, so the same work
    assert cheap.verify(None, "") is False


def test_accents_may_be_composed_in_any_way(cheap: Passwords) -> None:
    stored = cheap.hash(unicodedata.normalize("NFD", "Müßige Äste"))
    assert cheap.verify(stored, unicodedata.normalize("NFC", "Müßige Äste"))


@pytest.mark.parametrize("odd", ["\x00" * 12, "\ud800" * 12, "x" * 100_000])
def test_any_text_can_be_checked(cheap: Passwords, odd: str) -> None:
    assert cheap.verify(cheap.hash(odd), odd)
    assert not cheap.verify(cheap.hash("quite unusual kettle"), odd)


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_a_damaged_hash_lets_nobody_in(cheap: Passwords, stored: str) -> None:
    assert not cheap.verify(stored, "quite unusual kettle")


def test_older_parameters_are_noticed(cheap: Passwords) -> None:
    assert Passwords(time_cost=2, memory_kib=8).is_stale(cheap.hash("quite unusual kettle"))


class _Held(Passwords):
    """Hashing that lasts until it is let go, and tells how many did it at once."""

    def __init__(self, *, at_once: int, queue: int) -> None:
        super().__init__(time_cost=1, memory_kib=8, at_once=at_once, queue=queue)
        self.go, self.lock, self.running, self.most = threading.Event(), threading.Lock(), 0, 0
        real = self._hasher

        class Slow:
            def verify(slow, stored: str, password: bytes) -> bool:  # noqa: N805  (the outer self is in use)
                with self.lock:
                    self.running += 1
                    self.most = max(self.most, self.running)
                self.go.wait(10)
                with self.lock:
                    self.running -= 1
                return real.verify(stored, password)

        self._hasher = Slow()  # type: ignore[assignment]  # only `verify` is used here


def test_two_at_once_a_queue_and_then_no_more() -> None:
    passwords = _Held(at_once=2, queue=3)
    stored = Passwords(time_cost=1, memory_kib=8).hash("quite unusual kettle")
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(passwords.verify(stored, "quite unusual kettle")))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while passwords.inside < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    with pytest.raises(Throttled) as refusal:
        passwords.verify(stored, "quite unusual kettle")
    assert refusal.value.retry_after > 0
    passwords.go.set()
    for thread in threads:
        thread.join(10)
    assert answers == [True] * 5
    assert passwords.most == 2
    assert passwords.inside == 0
    assert passwords.verify(stored, "quite unusual kettle")

"""How storages are: states, words, and when they are asked again."""

import pytest

from services import clock, health
from services.errors import StorageThrottled, Unauthorized, Unavailable
from services.models import Audit, Storage
from services.storages.values import Health
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def storage(make: Make) -> Storage:
    return make.storage(make.user())


def row() -> Storage:
    return Storage.get()


def minutes_left() -> float:
    assert row().retry_at is not None
    return float(row().retry_at - clock.now()) / clock.MINUTE


def test_a_new_sign_in_is_asked_for_in_words(storage: Storage) -> None:
    health.note_failure(storage, Unauthorized("The token has expired."))
    assert row().state == "sign-in"
    assert "expired" in row().state_reason
    assert "Sign in again" in row().state_reason


def test_throttling_waits_as_long_as_it_says(storage: Storage) -> None:
    health.note_failure(storage, StorageThrottled("Too many requests.", retry_after=300))
    assert (row().state, row().failures) == ("slow", 0)
    assert 4.9 < minutes_left() <= 5
    assert "Scanning goes on at" in row().state_reason


def test_one_that_does_not_answer_is_asked_less_and_less_often(storage: Storage) -> None:
    waits = []
    for _ in range(8):
        health.note_failure(storage, Unavailable("no route to host"))
        waits.append(minutes_left())
    assert row().state == "offline"
    for wait, expected in zip(waits, (1, 2, 4, 8, 16, 30, 30, 30), strict=True):
        assert expected * 0.79 <= wait <= expected * 1.21
    health.note_answers(storage, 0.0)
    assert (row().state, row().state_reason, row().failures, row().retry_at) == ("online", "", 0, None)


def test_a_wait_that_was_asked_for_is_not_cut_short(storage: Storage) -> None:
    """By whoever meets the storage meanwhile, with a row from before as well."""
    before = Storage.get()
    health.note_failure(storage, StorageThrottled("Too many requests.", retry_after=900))
    until = row().retry_at
    assert until is not None
    for error in (StorageThrottled("Again.", retry_after=60), Unavailable("away")):
        for known in (storage, before):
            health.note_failure(known, error)
            assert row().retry_at == known.retry_at == until
    health.note_failure(before, StorageThrottled("Again.", retry_after=60))
    assert f"Scanning goes on at {health.hour(until)} UTC" in row().state_reason
    health.note_failure(before, StorageThrottled("Longer.", retry_after=1800))
    assert 29.9 < minutes_left() <= 30
    health.note_answers(storage, 0.0)
    assert row().retry_at is None, "it answered"


def test_one_that_wants_a_sign_in_is_asked_again_a_few_times_a_day(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may have said so by mistake; one that means it is asked no more often for that."""
    waits = []
    for _ in range(6):
        health.note_failure(storage, Unauthorized("Expired."))
        until = row().retry_at
        waits.append(minutes_left() / 60)
        for known in (storage, row()):  # by another process, and by its owner before the time
            health.note_failure(known, Unauthorized("Expired."))
        assert row().retry_at == storage.retry_at == until
        assert until is not None
        monkeypatch.setattr(clock, "source", lambda at=until: at / clock.SECOND + 1)
    for wait, expected in zip(waits, (1, 2, 4, 6, 6, 6), strict=True):
        assert expected * 0.79 <= wait <= expected * 1.21
    health.note_answers(storage, 0.0)
    assert (row().state, row().failures, row().retry_at) == ("online", 0, None)


def test_a_sign_in_makes_no_later_what_a_storage_says_then(storage: Storage) -> None:
    for _ in range(3):
        Storage.update(retry_at=1).execute()
        health.note_failure(storage, Unauthorized("Expired."))
    health.note_failure(storage, StorageThrottled("Not now.", retry_after=300))
    assert 4.9 < minutes_left() <= 5
    health.note_failure(storage, Unauthorized("Expired."))
    assert 40 < minutes_left() < 80
    health.note_failure(storage, Unavailable("away"))
    assert (row().state, row().failures) == ("offline", 1)
    assert minutes_left() < 2


def test_a_sign_in_is_looked_at_no_sooner_than_was_asked_for(storage: Storage) -> None:
    health.note_failure(storage, StorageThrottled("Not now.", retry_after=7200))
    health.note_failure(storage, Unauthorized("Expired."))
    assert 119 < minutes_left() <= 120


@pytest.mark.parametrize(("said", "minutes"), [(900.0, 15), (None, 1)])
def test_what_a_probe_is_told_to_wait_is_waited(storage: Storage, said: float | None, minutes: int) -> None:
    health.note_health(storage, Health("throttled", "Not now.", said))
    assert minutes - 0.1 < minutes_left() <= minutes


@pytest.mark.parametrize(
    ("probed", "state"),
    [("needs_reconnect", "sign-in"), ("throttled", "slow"), ("offline", "offline")],
)
def test_a_probe_says_how_it_is(storage: Storage, probed: str, state: str) -> None:
    health.note_health(storage, Health(probed, "because"))  # type: ignore[arg-type]  # one of its words
    assert row().state == state
    assert row().state_reason.startswith("because")


def test_slow_answers_are_told_and_forgotten(storage: Storage) -> None:
    health.note_answers(storage, health.SLOW_S)
    assert (row().state, "4 seconds" in row().state_reason) == ("slow", True)
    health.note_answers(storage, 0.1)
    assert row().state == "online"


def test_the_brake_is_lifted_by_nothing_but_its_owner(storage: Storage) -> None:
    health.set_state(storage, "paused", "too much is gone")
    health.note_answers(storage, 0.0)
    health.report_trip(storage.id, Unavailable("away"))
    assert row().state == "paused"


def test_a_trip_while_people_read_is_seen_by_everybody(storage: Storage) -> None:
    health.report_trip(storage.id, Unavailable("away"))
    assert (row().state, row().failures) == ("offline", 1)
    health.report_trip(storage.id, Unavailable("away"))
    assert row().failures == 1, "known already"
    health.report_trip(storage.id + 1, Unavailable("of one that is gone"))


def test_a_sign_in_that_ended_while_people_read_is_seen_by_its_owner(storage: Storage) -> None:
    health.report_trip(storage.id, Unauthorized("It wants a new sign-in."))
    assert row().state == "sign-in"
    assert "Sign in again on its page" in row().state_reason


def test_a_state_is_recorded_once(storage: Storage) -> None:
    for _ in range(3):
        health.set_state(storage, "offline", "away")
    assert Audit.select().where(Audit.action == "storage.state").count() == 1


def test_what_had_no_room_is_kept_until_there_is_some(storage: Storage) -> None:
    health.note_room(storage, "No room left.")
    assert (row().full_reason, row().state) == ("No room left.", "online")
    health.note_room(storage, "")
    assert row().full_reason == ""

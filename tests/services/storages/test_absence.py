import pytest

from services.clock import DAY, HOUR, MINUTE
from services.storages.absence import (
    PRESENT,
    RECHECK,
    SANE,
    Presence,
    brakes,
    deleted,
    is_missing,
    not_found,
    seen,
    unseen,
)

NOW = SANE + 400 * DAY
MISSING = Presence("missing", NOW)


def test_one_complete_scan_makes_suspect_and_never_missing() -> None:
    assert unseen(PRESENT, NOW) == Presence("suspect", NOW)


def test_missing_needs_two_scans_a_day_apart() -> None:
    first = unseen(PRESENT, NOW)
    for later in (MINUTE, HOUR, DAY - 1):
        assert unseen(first, NOW + later) == first
    assert unseen(first, NOW + DAY) == Presence("missing", NOW)


def test_many_scans_within_a_day_are_not_a_day() -> None:
    presence = PRESENT
    for hour in range(24):
        presence = unseen(presence, NOW + hour * HOUR)
        assert presence.state == "suspect"
    assert unseen(presence, NOW + 24 * HOUR).state == "missing"


def test_a_failed_read_makes_suspect_but_counts_for_no_scan() -> None:
    after = not_found(PRESENT)
    assert after == Presence("suspect", None)
    assert not_found(not_found(after)) == after
    first = unseen(after, NOW + 5 * DAY)
    assert first == Presence("suspect", NOW + 5 * DAY)
    assert not_found(first) == first
    assert unseen(first, NOW + 6 * DAY).state == "missing"


@pytest.mark.parametrize("before", [PRESENT, Presence("suspect"), Presence("suspect", NOW), MISSING])
def test_one_sighting_outweighs_everything(before: Presence) -> None:
    assert seen(before) == PRESENT
    assert unseen(seen(before), NOW + 9 * DAY) == Presence("suspect", NOW + 9 * DAY)


def test_the_provider_may_say_so_at_once() -> None:
    assert deleted(PRESENT, NOW) == MISSING
    assert deleted(Presence("suspect", NOW - 5), NOW) == Presence("missing", NOW - 5)


def test_missing_stays_until_seen() -> None:
    assert unseen(MISSING, NOW + 3 * DAY) == MISSING
    assert not_found(MISSING) == MISSING


def test_a_clock_that_was_never_set_proves_nothing() -> None:
    unset = unseen(PRESENT, 5 * DAY)
    assert unset == Presence("suspect", None)
    assert unseen(unset, NOW) == Presence("suspect", NOW)
    assert unseen(Presence("suspect", NOW), 6 * DAY) == Presence("suspect", NOW)


def test_a_clock_set_back_begins_anew() -> None:
    first = unseen(PRESENT, NOW + 300 * DAY)
    again = unseen(first, NOW)
    assert again == Presence("suspect", NOW)
    assert unseen(again, NOW + HOUR).state == "suspect"


def test_suspects_are_looked_at_within_the_hour() -> None:
    assert RECHECK <= HOUR


@pytest.mark.parametrize(
    ("gone", "known", "expected"),
    [
        (0, 0, False),
        (1, 1, False),
        (20, 20, False),
        (21, 21, True),
        (21, 100, True),
        (20, 200, False),
        (21, 200, True),
        (100, 1000, False),
        (101, 1000, True),
        (5000, 50_000, False),
        (5001, 50_000, True),
    ],
)
def test_the_brake_is_twenty_or_a_tenth(gone: int, known: int, expected: bool) -> None:
    assert brakes(gone=gone, known=known) is expected


@pytest.mark.parametrize(
    ("first_absent", "now", "expected"),
    [
        (NOW, NOW + DAY, True),
        (NOW, NOW + DAY - 1, False),
        (None, NOW, False),
        (5 * DAY, NOW, False),  # noted before the clock was set
        (NOW + 9 * DAY, NOW, False),
    ],
)
def test_missing_by_the_first_scan_alone(first_absent: int | None, now: int, expected: bool) -> None:
    assert is_missing(first_absent=first_absent, now=now) is expected

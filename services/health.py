"""How storages are: the state of a row, why, and when one that failed is asked again.

    online    answers
    slow      answers, but slowly, or asked us to wait (`retry_at`)
    offline   does not answer; asked again after 1, 2, 4 ... 30 minutes, a little more or less
    sign-in   wants its owner to sign in again; asked again after 1, 2, 4, 6 hours all the same, since it may have
              been a whim of its provider's
    paused    too much was gone at once: its owner is asked (`services.scanning.absences`)

Nothing is ever concluded from a failure about what lies in the storage.
"""

import logging
import random
from datetime import UTC, datetime

from services.clock import HOUR, MINUTE, SECOND, now
from services.errors import StorageError, StorageThrottled, Unauthorized
from services.models import Storage, audit, transaction
from services.storages.values import Health

LONGEST_MINUTES = 30
LONGEST_HOURS = 6
JITTER = 0.2
SLOW_S = 4.0
"""A storage whose answers take this long in the middle is slow."""
WAIT_S = 60.0
"""How long we wait when a storage asks for that and does not say how long."""

log = logging.getLogger(__name__)


def set_state(storage: Storage, state: str, reason: str) -> None:
    """Record how a storage is, with the reason in words for its owner."""
    if (storage.state, storage.state_reason) == (state, reason):
        return
    log.info("a storage is %s now", state)
    with transaction():
        Storage.update(state=state, state_reason=reason, state_since=now()).where(
            Storage.id == storage.id
        ).execute()
        audit.record("storage.state", actor=None, subject=storage.owner_id, object=storage.pid, state=state)
    storage.state, storage.state_reason = state, reason


def note_failure(storage: Storage, error: StorageError) -> None:
    """A distant storage as a whole could not do what was asked: record how it is, and when to ask again.

    That is never sooner than was recorded already: only one that answers is asked at once.
    """
    if isinstance(error, Unauthorized):
        _ask_again_for_sign_in(storage)
        words = f"{error} Sign in again on its page; nothing was changed meanwhile."
        set_state(storage, "sign-in", words)
    elif isinstance(error, StorageThrottled):
        at = _not_sooner(storage, now() + round(max(error.retry_after, 1.0) * SECOND))
        _ask_again(storage, failures=0, at=at)
        set_state(
            storage, "slow", f"{error} Scanning goes on at {hour(at)} UTC; originals are opened as ever."
        )
    else:
        failures = 1 if storage.state == "sign-in" else storage.failures + 1
        at = _not_sooner(storage, now() + round(pause_s(failures) * SECOND))
        _ask_again(storage, failures=failures, at=at)
        set_state(storage, "offline", str(error))


def note_health(storage: Storage, health: Health) -> None:
    """What a probe said of a distant storage that is not online."""
    wait_s = WAIT_S if health.retry_after is None else health.retry_after
    errors: dict[str, StorageError] = {
        "needs_reconnect": Unauthorized(health.reason),
        "throttled": StorageThrottled(health.reason, retry_after=wait_s),
    }
    note_failure(storage, errors.get(health.state, StorageError(health.reason)))


def note_room(storage: Storage, reason: str) -> None:
    """Record that something had no room in a storage, in words; or with none that there is room again."""
    if storage.full_reason == reason:
        return
    with transaction():
        Storage.update(full_reason=reason).where(Storage.id == storage.id).execute()
    storage.full_reason = reason


def note_answers(storage: Storage, median_s: float) -> None:
    """A distant storage answers: forget its failures, and tell whether it is slow."""
    if storage.state != "paused":
        slow = median_s >= SLOW_S
        words = f"Its answers take {median_s:.0f} seconds. Scanning goes on slowly." if slow else ""
        set_state(storage, "slow" if slow else "online", words)
    if storage.failures or storage.retry_at is not None:
        _ask_again(storage, failures=0, at=None)


def report_trip(storage_id: int, error: StorageError) -> None:
    """A storage failed several times in a row while people asked it, or wants a new sign-in: see
    `services.storages.guarded`.
    """
    storage = Storage.get_or_none(Storage.id == storage_id)
    if storage is not None and storage.removed_at is None and storage.state in {"online", "slow"}:
        note_failure(storage, error)


def pause_s(failures: int) -> float:
    """Seconds until a storage that failed so often in a row is asked again: 1, 2, 4 ... 30 minutes."""
    return _spread(min(LONGEST_MINUTES, 2 ** min(failures - 1, 10)) * MINUTE / SECOND)


def sign_in_pause_s(times: int) -> float:
    """Seconds until a storage that wanted a new sign-in so often in a row is asked again: 1, 2, 4, 6 hours."""
    return _spread(min(LONGEST_HOURS, 2 ** min(times - 1, 10)) * HOUR / SECOND)


def hour(at: int) -> str:
    """The time of a moment, as sentences tell it that end in “UTC”."""
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%H:%M")


def _not_sooner(storage: Storage, at: int) -> int:
    """`at`, or what was recorded, by another process as well, where that is later.

    Only we ourselves chose when one that wanted a sign-in is asked again: once it says something else, that counts.
    """
    known = Storage.select(Storage.retry_at)
    asked_for = known.where((Storage.id == storage.id) & (Storage.state != "sign-in")).scalar()
    return max(at, asked_for or 0)


def _spread(seconds: float) -> float:
    """A little more or less, so that not all are asked at the same moment."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (spreads load only)


def _ask_again_for_sign_in(storage: Storage) -> None:
    """When to ask a storage again that wants a new sign-in; who asks it before its time makes that no later."""
    known = Storage.get_by_id(storage.id)
    if known.state == "sign-in" and (known.retry_at or 0) > now():
        storage.failures, storage.retry_at = known.failures, known.retry_at
        return
    times = known.failures + 1 if known.state == "sign-in" else 1
    at = _not_sooner(storage, now() + round(sign_in_pause_s(times) * SECOND))
    _ask_again(storage, failures=times, at=at)


def _ask_again(storage: Storage, *, failures: int, at: int | None) -> None:
    with transaction():
        Storage.update(failures=failures, retry_at=at).where(Storage.id == storage.id).execute()
    storage.failures, storage.retry_at = failures, at

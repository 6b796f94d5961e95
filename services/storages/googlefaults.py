"""What an unsuccessful answer of Google's Drive API means. Pure functions.

Rules: Google, “Resolve errors” of the Drive API: limits come as 403 with a reason as often as 429, and
ask for waiting; a project without the API answers 403 with `accessNotConfigured` (`SERVICE_DISABLED`).
"""

from collections.abc import Iterator
from typing import Any

from services.storages.jsonapi import Answer, JsonApi, retry_after

_LIMITS = frozenset({
    *("rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "dailyLimitExceeded"),
    *("quotaExceeded", "RATE_LIMIT_EXCEEDED"),
})  # fmt: skip
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


def require_not_limited(api: JsonApi, answer: Answer) -> None:
    """Raises StorageThrottled for a limit that comes as 403."""
    if answer.status == 403 and not _LIMITS.isdisjoint(reasons(answer)):
        raise api.throttled(retry_after(answer.headers))


def is_switched_off(answer: Answer) -> bool:
    """Whether the API is not switched on in the project of the client id."""
    return answer.status == 403 and not _SWITCHED_OFF.isdisjoint(reasons(answer))


def reasons(answer: Answer) -> set[str]:
    """All reasons an answer gives, in the older form and in the newer one."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return set()
    return {
        reason
        for key in ("errors", "details")
        for entry in _entries(error.get(key))
        if isinstance(reason := entry.get("reason"), str)
    }


def locations(answer: Answer) -> set[str]:
    """The parameters an answer complains of."""
    error = answer.get("error")
    listed = _entries(error.get("errors")) if isinstance(error, dict) else ()
    return {place for entry in listed if isinstance(place := entry.get("location"), str)}


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())

"""Google's errors: a limit is not a refusal."""

import pytest

from services.errors import StorageThrottled
from services.storages.googlefaults import is_switched_off, locations, reasons, require_not_limited
from services.storages.jsonapi import PAUSE_S, Answer, JsonApi

API = JsonApi("Google")


def refused(status: int = 403, **error: object) -> Answer:
    return Answer(status, {"error": error}, {})


@pytest.mark.parametrize(
    "answer",
    [
        refused(errors=[{"reason": "userRateLimitExceeded"}]),
        refused(errors=[{"reason": "rateLimitExceeded", "domain": "usageLimits"}]),
        refused(details=[{"@type": "x"}, {"reason": "RATE_LIMIT_EXCEEDED"}]),
    ],
)
def test_limits(answer: Answer) -> None:
    with pytest.raises(StorageThrottled) as caught:
        require_not_limited(API, answer)
    assert caught.value.retry_after == PAUSE_S


@pytest.mark.parametrize(
    "answer",
    [
        refused(errors=[{"reason": "insufficientPermissions"}]),
        refused(errors=["userRateLimitExceeded"], details={"reason": "RATE_LIMIT_EXCEEDED"}),
        refused(404, errors=[{"reason": "rateLimitExceeded"}]),
        Answer(403, {"error": "rateLimitExceeded"}, {}),
        Answer(403, None, {}),
    ],
)
def test_no_limits(answer: Answer) -> None:
    require_not_limited(API, answer)


def test_switched_off() -> None:
    assert is_switched_off(refused(errors=[{"reason": "accessNotConfigured"}]))
    assert is_switched_off(refused(details=[{"reason": "SERVICE_DISABLED"}]))
    assert not is_switched_off(refused(errors=[{"reason": "forbidden"}]))


def test_what_it_complains_of() -> None:
    answer = refused(400, errors=[{"reason": "invalid", "location": "pageToken"}, {"location": 5}, "x"])
    assert reasons(answer) == {"invalid"}
    assert locations(answer) == {"pageToken"}
    assert locations(Answer(400, {"error": "x"}, {})) == set()

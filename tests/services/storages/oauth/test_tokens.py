"""Token answers: what rclone keeps of them, and every error in words."""

import json
from datetime import datetime
from typing import Any

import pytest

from services.errors import StorageThrottled, Unauthorized, Unavailable
from services.storages.jsonapi import Answer, JsonApi
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.tokens import access_token, error_code, raise_error, rclone_token, rfc3339

API = JsonApi("Cloud")
GOOD: dict[str, Any] = {
    "access_token": "a", "token_type": "bearer", "expires_in": 3599, "refresh_token": "r",
}  # fmt: skip


def test_the_token_as_rclone_keeps_it() -> None:
    text = rclone_token(API, Answer(200, GOOD | {"id_token": "x", "scope": "y"}, {}))
    assert json.loads(text) == {
        "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expiry": "2026-01-01T00:59:59Z",
    }  # fmt: skip
    assert access_token(text) == "a"


@pytest.mark.parametrize(
    ("expires_in", "expiry"),
    [
        ("14400", "2026-01-01T04:00:00Z"),
        (10.5, "2026-01-01T00:00:10Z"),
        (None, "2026-01-01T00:00:00Z"),
        (-5, "2026-01-01T00:00:00Z"),
        ("soon", "2026-01-01T00:00:00Z"),
        (True, "2026-01-01T00:00:00Z"),
        (1e300, "2027-01-02T00:00:00Z"),
    ],
)
def test_how_long_it_lasts(expires_in: object, expiry: str) -> None:
    """A token that does not say is renewed at its first use."""
    token = json.loads(rclone_token(API, Answer(200, GOOD | {"expires_in": expires_in}, {})))
    assert token["expiry"] == expiry
    assert datetime.fromisoformat(expiry).tzinfo


@pytest.mark.parametrize("missing", [{"refresh_token": ""}, {"refresh_token": None}])
def test_no_refresh_token(missing: dict[str, Any]) -> None:
    with pytest.raises(StorageSignInFailed) as caught:
        rclone_token(API, Answer(200, GOOD | missing, {}))
    assert caught.value.reason == "no_refresh_token"


@pytest.mark.parametrize(
    "data", [None, {}, GOOD | {"access_token": 5}, GOOD | {"access_token": ""}, GOOD | {"token_type": "mac"}]
)
def test_a_malformed_token(data: dict[str, Any] | None) -> None:
    with pytest.raises(Unavailable, match="does not understand"):
        rclone_token(API, Answer(200, data, {}))


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, "access_denied", "declined"),
        (400, "authorization_declined", "declined"),
        (400, "expired_token", "expired"),
        (400, "invalid_grant", "wrong_code"),
        (400, "bad_verification_code", "wrong_code"),
        (401, "invalid_client", "invalid_client"),
        (400, "invalid_client: Invalid client_id or client_secret", "invalid_client"),
        (403, "unauthorized_client", "invalid_client"),
        (400, "invalid_scope", "not_allowed"),
        (400, "unsupported_grant_type", "refused"),
    ],
)
def test_errors_in_words(status: int, code: str, reason: str) -> None:
    with pytest.raises(StorageSignInFailed, match="Cloud") as caught:
        raise_error(API, Answer(status, {"error": code}, {}))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"error": "temporarily_unavailable"}, {}), StorageThrottled),
        (Answer(429, {"error": "invalid_grant"}, {}), StorageThrottled),
        (Answer(500, {"error": "invalid_grant"}, {}), Unavailable),
        (Answer(400, {"error": {"code": "x"}}, {}), Unavailable),
        (Answer(400, None, {}), Unavailable),
        (Answer(401, {}, {}), Unauthorized),
        (Answer(200, {}, {}), Unavailable),
    ],
)
def test_a_provider_in_trouble_is_no_fault_of_the_person(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        raise_error(API, answer)


def test_only_the_code_of_an_error() -> None:
    assert error_code({"error": "a: b"}) == "a"
    assert error_code({"error": {"code": "a"}}) == error_code({}) == ""


def test_times_are_written_in_utc() -> None:
    assert rfc3339(1_767_225_600.9) == "2026-01-01T00:00:00Z"

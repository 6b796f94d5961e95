"""The answers of token endpoints: errors in words, and the token as rclone keeps it. Pure functions.

RFC 6749, 5.1 and 5.2, says what an answer holds. rclone keeps Go's `oauth2.Token`: `access_token`,
`token_type`, `refresh_token` and `expiry`, a time as RFC 3339 writes it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from services import clock
from services.names import shown
from services.storages.jsonapi import Answer, JsonApi
from services.storages.oauth.errors import StorageSignInFailed

_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
_CODE = frozenset({"invalid_grant", "bad_verification_code"})
_DECLINED = frozenset({"access_denied", "authorization_declined"})
_BUSY = frozenset({"server_error", "temporarily_unavailable"})
_LONGEST = 200


def rclone_token(api: JsonApi, answer: Answer) -> str:
    """The token of a successful answer. Raises StorageSignInFailed and what `JsonApi.checked` raises."""
    if not answer.ok:
        raise_error(api, answer)
    data = api.checked(answer)
    access, refresh = data.get("access_token"), data.get("refresh_token")
    if not isinstance(access, str) or not access or str(data.get("token_type", "")).lower() != "bearer":
        raise api.puzzled()
    if not isinstance(refresh, str) or not refresh:
        raise StorageSignInFailed(
            "no_refresh_token",
            f"{api.title} gave access for an hour only, without a refresh token. Remove Hypomos from the apps of "
            f"your account at {api.title}, then sign in again.",
        )
    token = {
        "access_token": access,
        "token_type": "Bearer",
        "refresh_token": refresh,
        "expiry": rfc3339(clock.now() / clock.SECOND + _seconds(data.get("expires_in"))),
    }
    return json.dumps(token)


def access_token(token: str) -> str:
    """The part of rclone's token that is sent with requests."""
    return str(json.loads(token)["access_token"])


def raise_error(api: JsonApi, answer: Answer) -> NoReturn:
    """Raises what an unsuccessful answer of a token or device endpoint means."""
    code = error_code(answer.data or {})
    if code and answer.status < 500 and answer.status != 429:
        raise failure(api, code, answer.data or {})
    api.checked(answer)
    raise api.puzzled()


def failure(api: JsonApi, code: str, data: Mapping[str, Any]) -> Exception:
    """The error that a provider's error code means, at whichever endpoint (RFC 6749, 4.1.2.1 and 5.2)."""
    detail = described(data) or code
    if code in _DECLINED:
        return StorageSignInFailed("declined", f"Access was declined at {api.title}. Nothing was connected.")
    if code == "expired_token":
        return StorageSignInFailed(
            "expired",
            f"The time for signing in to {api.title} is over. Begin again; there are some minutes for it.",
        )
    if code in _CLIENT:
        return StorageSignInFailed(
            "invalid_client",
            f"{api.title} does not accept the client id or secret. Compare both with the app's registration "
            f"({detail}).",
        )
    if code in _CODE:
        return StorageSignInFailed(
            "wrong_code",
            f"{api.title} does not accept this code. It works once and for a few minutes: begin again and take the "
            "new one.",
        )
    if code in _BUSY:
        return api.throttled(None)
    if code == "invalid_scope":
        return StorageSignInFailed(
            "not_allowed",
            f"The app's registration with {api.title} does not have the permissions it needs ({detail}).",
        )
    return StorageSignInFailed("refused", f"{api.title} refused the sign-in: {detail}")


def error_code(data: Mapping[str, Any]) -> str:
    """The error code of an answer; Dropbox may write more behind a colon."""
    error = data.get("error")
    return error.partition(":")[0].strip() if isinstance(error, str) else ""


def described(data: Mapping[str, Any]) -> str:
    """What the provider says of the error, as the first line of it."""
    text = data.get("error_description")
    line = text.strip().splitlines()[0] if isinstance(text, str) and text.strip() else ""
    return shown(line)[:_LONGEST]


def rfc3339(seconds: float) -> str:
    """A time in seconds since 1970 as RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _seconds(value: Any) -> float:
    """How long a token lasts; one that does not say is renewed at its first use."""
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return min(max(float(value), 0.0), 366 * 86400.0)

"""Signing in to OneDrive: a device code, or a redirect where there is a public address.

Rules: RFC 8628 (device codes); Microsoft, “Microsoft identity platform and the OAuth 2.0 device
authorization grant flow” (addresses, `authorization_declined`, `bad_verification_code`) and “driveItem:
delta” (`Files.Read` is the least permission); Microsoft Graph, “Get Drive” (`id` and `driveType`, which
rclone wants as `drive_id` and `drive_type`). `common` signs in personal and work accounts alike.
"""

from dataclasses import replace
from typing import ClassVar, NoReturn

from services import clock
from services.errors import Forbidden, StorageThrottled, Unavailable
from services.storages.jsonapi import Answer, Deadline, JsonApi, require_https
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.provider import SignIn
from services.storages.oauth.tokens import described, error_code, raise_error, rclone_token
from services.storages.oauth.values import Client, Endpoints, Method, Pending, ProviderName, SignedIn, Waiting

_LOGIN = "https://login.microsoftonline.com/common/oauth2/v2.0"

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_S = 5
"""Between two polls, where the provider does not say (RFC 8628, 3.2), and what `slow_down` adds (3.5)."""

LONGEST_INTERVAL_S = 60
LONGEST_CODE_S = 3600

_NEEDS_SECRET = "AADSTS7000218"  # noqa: S105 # the number of an error: the app is not a public client


class Microsoft(SignIn):
    """OneDrive of personal, work and school accounts."""

    name: ClassVar[ProviderName] = "microsoft"
    title: ClassVar[str] = "Microsoft"
    rclone_type: ClassVar[str] = "onedrive"
    own_method: ClassVar[Method] = "device"
    endpoints: ClassVar[Endpoints] = Endpoints(
        authorize=f"{_LOGIN}/authorize",
        token=f"{_LOGIN}/token",
        device=f"{_LOGIN}/devicecode",
        api="https://graph.microsoft.com/v1.0",
    )

    def scope(self, writable: bool) -> str:
        """`offline_access` is what brings a refresh token."""
        return f"{'Files.ReadWrite' if writable else 'Files.Read'} offline_access"

    def _begun(self, client: Client, writable: bool, method: Method, redirect: str) -> Pending:
        if method != "device":
            return super()._begun(client, writable, method, redirect)
        with self._api() as api:
            form = {"client_id": client.id, "scope": self.scope(writable)}
            answer = api.ask("POST", self._at.device, form=form, deadline=Deadline(self._deadline_s))
            if not answer.ok:
                _raise(api, answer)
            api.checked(answer)
            texts = [answer.get(k) for k in ("device_code", "user_code", "verification_uri")]
            seconds = answer.get("expires_in")
            if not all(isinstance(t, str) and t for t in texts) or not isinstance(seconds, int):
                raise api.puzzled()
            device_code, user_code, address = map(str, texts)
            try:
                require_https(address)
            except ValueError:
                raise api.puzzled() from None
        now, interval = clock.now(), answer.get("interval")
        interval = interval if isinstance(interval, int) else INTERVAL_S
        interval = min(max(interval, 1), LONGEST_INTERVAL_S)
        lasts = min(max(seconds, 0), LONGEST_CODE_S)
        return Pending(
            self.name, method, writable, client.id, now + lasts * clock.SECOND,
            user_code=user_code, interval_s=interval, poll_at=now + interval * clock.SECOND,
            address=address, client_secret=client.secret, device_code=device_code,
        )  # fmt: skip

    def _asked(self, api: JsonApi, deadline: Deadline, pending: Pending) -> SignedIn | Waiting:
        if pending.method != "device":
            return super()._asked(api, deadline, pending)
        form = {
            "grant_type": DEVICE_GRANT,
            "client_id": pending.client_id,
            "device_code": pending.device_code,
            **({"client_secret": pending.client_secret} if pending.client_secret else {}),
        }
        try:
            answer = api.ask("POST", self._at.token, form=form, deadline=deadline)
            code = error_code(answer.data or {}) if answer.status < 500 and answer.status != 429 else ""
            if code == "authorization_pending":
                return self._later(pending, pending.interval_s)
            if code == "slow_down":
                return self._slower(pending, pending.interval_s + INTERVAL_S)
            if not answer.ok:
                _raise(api, answer)
            token = rclone_token(api, answer)
        except StorageThrottled as error:
            return self._later(pending, error.retry_after, str(error))
        except Unavailable as error:  # RFC 8628, 3.5: after a timeout, poll less often, ever less
            return self._slower(pending, min(pending.interval_s * 2, LONGEST_INTERVAL_S), str(error))
        return self._complete(api, deadline, pending, token, "")

    def _slower(self, pending: Pending, seconds: int, trouble: str = "") -> Waiting:
        return self._later(replace(pending, interval_s=seconds), seconds, trouble)

    def _describe(
        self, api: JsonApi, deadline: Deadline, bearer: str, pending: Pending, account: str
    ) -> tuple[str, dict[str, str]]:
        answer = api.ask(
            "GET",
            f"{self._at.api}/me/drive",
            params={"$select": "id,driveType"},
            bearer=bearer,
            deadline=deadline,
        )
        if answer.status in {400, 404}:
            raise _no_drive()
        try:
            drive = api.checked(answer)
        except Forbidden:
            raise _no_drive() from None
        drive_id, drive_type = drive.get("id"), drive.get("driveType")
        if not isinstance(drive_id, str) or not drive_id or not isinstance(drive_type, str) or not drive_type:
            raise api.puzzled()
        return drive_id, {"drive_id": drive_id, "drive_type": drive_type}


def _no_drive() -> StorageSignInFailed:
    return StorageSignInFailed(
        "not_allowed",
        "This Microsoft account has no OneDrive that can be opened. Sign in with another, or open OneDrive once in "
        "the browser first.",
    )


def _raise(api: JsonApi, answer: Answer) -> NoReturn:
    """As `raise_error`, and with what to do about a registration that is not for device codes."""
    data = answer.data or {}
    if _NEEDS_SECRET in described(data):
        raise StorageSignInFailed(
            "invalid_client",
            "The app's registration does not allow device codes. In Microsoft Entra, under Authentication, set "
            "“Allow public client flows” to Yes.",
        )
    raise_error(api, answer)

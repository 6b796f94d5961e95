"""A provider's sign-in that is strict: PKCE, redirect URI, client, one use of each code, device codes.

It speaks RFC 6749, RFC 7636 and RFC 8628 as Microsoft, Dropbox and Google document their own; what a
person does in the browser is done by `consent`, `decline` and `type_code`.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.http import Asked, FakeServer, Reply

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class _Code:
    """What was asked for on the consent page."""

    client_id: str
    challenge: str
    redirect_uri: str
    scope: str
    offline: bool


@dataclass
class _Device:
    client_id: str
    scope: str
    user_code: str
    state: str = "pending"
    polled: list[float] = field(default_factory=list)


class FakeSignIn(FakeServer):
    """Base of the providers' servers. `client_secret` None is a public client."""

    authorize_path = "/authorize"
    token_path = "/token"
    device_path = "/devicecode"
    issuer = ""

    def __init__(self, client_id: str = "client-1", client_secret: str | None = None) -> None:
        super().__init__()
        self.client_id, self.client_secret = client_id, client_secret
        self.device_flow = True
        self.gives_refresh = True
        self.interval_s = 5
        self.expires_in = 3600
        self.redirects = {"http://127.0.0.1:53682/"}
        self.tokens: dict[str, str] = {}
        """Access tokens given out, with their scope."""

        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, _Device] = {}
        self.now = time.time
        self.route("POST", self.token_path, self._token)
        self.route("POST", self.device_path, self._device_code)

    # what a person does

    def consent(self, address: str, *, scope: str | None = None) -> str:
        """Allow it on the consent page; gives the address of the redirect, or the code shown for copying."""
        asked = self._asked_for(address)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Code(
            asked["client_id"], asked["code_challenge"], asked.get("redirect_uri", ""),
            asked["scope"] if scope is None else scope, self.is_offline(asked),
        )  # fmt: skip
        return self._back(asked, {"code": code}) if "redirect_uri" in asked else code

    def decline(self, address: str) -> str:
        """Refuse it on the consent page."""
        return self._back(self._asked_for(address), {"error": "access_denied"})

    def type_code(self, user_code: str, *, allow: bool = True) -> None:
        """Enter the code of a device, and allow it or not."""
        device = next(d for d in self._devices.values() if d.user_code == user_code)
        device.state = "allowed" if allow else "declined"

    def is_offline(self, asked: dict[str, str]) -> bool:
        """Whether a refresh token is wanted."""
        return "offline_access" in asked["scope"].split()

    def _asked_for(self, address: str) -> dict[str, str]:
        at = urlsplit(address)
        assert f"{at.scheme}://{at.netloc}{at.path}" == self.address + self.authorize_path
        asked = dict(parse_qsl(at.query))
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client_id
        assert asked.get("redirect_uri") in {None, *self.redirects}
        return asked

    def _back(self, asked: dict[str, str], answer: dict[str, str]) -> str:
        issuer = {"iss": self.issuer} if self.issuer else {}
        return asked["redirect_uri"] + "?" + urlencode({"state": asked["state"], **answer, **issuer})

    # what the appliance asks

    def _device_code(self, asked: Asked) -> Reply:
        form = asked.form
        if form["client_id"] != self.client_id:
            return _error("unauthorized_client", "AADSTS700016: Application was not found.")
        if not self.device_flow:
            return _error(
                "invalid_client", "AADSTS7000218: The request body must contain: 'client_assertion'.", 401
            )
        code = secrets.token_urlsafe(16)
        device = _Device(form["client_id"], form["scope"], secrets.token_hex(4).upper())
        self._devices[code] = device
        return Reply(
            200,
            {
                "device_code": code,
                "user_code": device.user_code,
                "verification_uri": "https://microsoft.com/devicelogin",
                "expires_in": 900,
                "interval": self.interval_s,
                "message": "To sign in, use a web browser.",
            },
        )

    def _token(self, asked: Asked) -> Reply:
        form = asked.form
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            return _error("invalid_client", "Invalid client or secret.\r\nTrace ID: 1", 401)
        if form["grant_type"] == DEVICE_GRANT:
            return self._token_of_device(form)
        code = self._codes.pop(form["code"], None)
        if code is None or code.redirect_uri != form.get("redirect_uri", ""):
            return _error("invalid_grant", "code doesn't exist or has expired")
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            return _error("invalid_grant", "invalid code verifier")
        return self._given(code.scope, code.offline)

    def _token_of_device(self, form: dict[str, str]) -> Reply:
        device = self._devices.get(form["device_code"])
        if device is None:
            return _error("bad_verification_code", "not recognized")
        device.polled.append(self.now())
        if len(device.polled) > 1 and device.polled[-1] - device.polled[-2] < self.interval_s:
            return _error("slow_down", "too fast")
        if device.state == "pending":
            return _error("authorization_pending", "AADSTS70016: not yet authorized")
        del self._devices[form["device_code"]]
        if device.state == "declined":
            return _error("authorization_declined", "the user said no")
        return self._given(device.scope, "offline_access" in device.scope.split())

    def _given(self, scope: str, offline: bool) -> Reply:
        access = "access-" + secrets.token_urlsafe(8)
        self.tokens[access] = scope
        refresh = {"refresh_token": "refresh-" + access} if offline and self.gives_refresh else {}
        return Reply(
            200,
            {"access_token": access, "token_type": "bearer", "expires_in": self.expires_in, "scope": scope}
            | refresh
            | self.more_of_token(),
        )

    def more_of_token(self) -> dict[str, str]:
        """Members that only this provider has in its answer."""
        return {}


def _error(code: str, words: str, status: int = 400) -> Reply:
    return Reply(status, {"error": code, "error_description": words})

"""What a sign-in to a provider is made of: plain frozen data that can be kept between two requests.

Fields that are secret say so in their metadata and are in no `repr`; `Pending.to_json` keeps them
apart under the key `secret`, to be encrypted by whoever stores it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, Self

ProviderName = Literal["microsoft", "dropbox", "google"]
Method = Literal["device", "code", "paste", "redirect"]
"""How the person's consent comes back: a code typed at the provider, one copied from the provider, the
address of a dead page, or by itself."""

SECRET: Final[Mapping[str, Any]] = {"secret": True}


@dataclass(frozen=True, slots=True)
class Client:
    """The app that is registered with the provider, by the household itself. Public clients have no secret."""

    id: str
    secret: str = field(default="", repr=False, metadata=SECRET)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of a provider: where a person consents, where tokens and device codes are given, its API.

    `issuer` is the name it may put into its answers (RFC 9207).
    """

    authorize: str
    token: str
    api: str
    device: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that has begun. Times are microseconds since 1970 UTC.

    The person opens `address`; with method `device` they type `user_code` there. Not before `poll_at`
    may it be asked again, every `interval_s` seconds. It is of one person and one attempt: whoever
    keeps it MUST bind it to the signed-in user who began it, and throw it away when it is done.
    """

    provider: ProviderName
    method: Method
    writable: bool
    client_id: str
    expires_at: int
    user_code: str = ""
    redirect_uri: str = ""
    interval_s: int = 0
    poll_at: int = 0
    address: str = field(default="", repr=False, metadata=SECRET)  # it has the state in it
    client_secret: str = field(default="", repr=False, metadata=SECRET)
    state: str = field(default="", repr=False, metadata=SECRET)
    verifier: str = field(default="", repr=False, metadata=SECRET)
    device_code: str = field(default="", repr=False, metadata=SECRET)
    token: str = field(
        default="", repr=False, metadata=SECRET
    )  # given already, while the account is looked up

    @property
    def client(self) -> Client:
        """The app it was begun with."""
        return Client(self.client_id, self.client_secret)

    def to_json(self) -> dict[str, Any]:
        """The sign-in as JSON data, its secrets apart under `secret`."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if not f.metadata.get("secret")}
        hidden = {f.name: getattr(self, f.name) for f in fields(self) if f.metadata.get("secret")}
        return plain | {"secret": hidden}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`."""
        return cls(**{k: v for k, v in data.items() if k != "secret"}, **data["secret"])


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not done yet: keep `pending` in place of the one before and poll again after `pause_s` seconds.

    `trouble` says what hinders it meanwhile, in words, and is empty while the person is all that is missing.
    """

    pending: Pending
    pause_s: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that is done: what a remote of rclone needs.

    `token` is the JSON of its option of that name, `parameters` are the others. `account` is the same
    for the same account of the provider, whoever signs in and how often.
    """

    provider: ProviderName
    rclone_type: str
    account: str
    token: str = field(repr=False, metadata=SECRET)
    parameters: Mapping[str, str] = field(repr=False, metadata=SECRET)  # may have the client's secret

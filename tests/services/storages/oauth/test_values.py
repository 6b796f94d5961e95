"""A sign-in that is kept between two requests, and secrets that are not shown."""

import json

from services.storages.oauth.values import Client, Pending, SignedIn

PENDING = Pending(
    "google", "redirect", True, "an-id", 17, user_code="ABCD", redirect_uri="https://r", interval_s=5, poll_at=3,
    address="https://a?state=s1", client_secret="s2", state="s3", verifier="s4", device_code="s5", token="s6",
)  # fmt: skip


def test_it_survives_json() -> None:
    assert Pending.from_json(json.loads(json.dumps(PENDING.to_json()))) == PENDING


def test_secrets_are_apart() -> None:
    data = PENDING.to_json()
    hidden = data.pop("secret")
    assert set(hidden) == {"address", "client_secret", "state", "verifier", "device_code", "token"}
    assert not any(value in json.dumps(data) for value in hidden.values())


def test_secrets_are_in_no_repr() -> None:
    texts = [
        repr(PENDING),
        repr(Client("an-id", "s2")),
        repr(SignedIn("google", "drive", "1", "s6", {"client_secret": "s2"})),
    ]
    assert not any(f"s{n}" in text for text in texts for n in range(1, 7))


def test_the_client_of_a_sign_in() -> None:
    assert PENDING.client == Client("an-id", "s2")

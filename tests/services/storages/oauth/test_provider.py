"""What all sign-ins share: which ways are offered, where a browser is sent back to, and what is refused."""

from urllib.parse import parse_qs, urlsplit

import pytest

from services.errors import UsageError
from services.storages.oauth import Client, Dropbox, Google, Microsoft, SignIn, StorageSignInFailed
from services.storages.oauth.values import Method
from tests.services.storages.oauth.conftest import START, Clock

ALL: list[SignIn] = [Microsoft(), Google(), Dropbox()]
CLIENT = Client("an-id", "a-secret")
PUBLIC = "https://photos.example.org"


@pytest.mark.parametrize("sign_in", ALL, ids=lambda s: s.name)
def test_a_redirect_is_offered_where_it_can_work(sign_in: SignIn) -> None:
    assert sign_in.methods("") == sign_in.methods("http://hypomos.local:4976") == (sign_in.own_method,)
    assert sign_in.methods(PUBLIC) == (sign_in.own_method, "redirect")


@pytest.mark.parametrize("sign_in", ALL, ids=lambda s: s.name)
def test_the_redirect_is_made_of_the_setting_alone(sign_in: SignIn, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False, method="redirect", public_url=PUBLIC + "/")
    assert pending.redirect_uri == f"{PUBLIC}/storages/signed-in/{sign_in.name}"
    query = parse_qs(urlsplit(pending.address).query)
    assert query["redirect_uri"] == [pending.redirect_uri]
    assert query["state"] == [pending.state]
    assert query["code_challenge_method"] == ["S256"]
    assert pending.verifier not in pending.address
    assert pending.expires_at == int((START + 1800) * 1_000_000)


@pytest.mark.parametrize("sign_in", ALL, ids=lambda s: s.name)
@pytest.mark.parametrize(
    "public_url", ["", "http://photos.example.org", "https://192.168.1.5", "https://nas.local"]
)
def test_without_a_public_address_there_is_no_redirect(sign_in: SignIn, public_url: str) -> None:
    with pytest.raises(UsageError, match="public_url") as caught:
        sign_in.begin(CLIENT, writable=False, method="redirect", public_url=public_url)
    assert caught.value.field == "method"


@pytest.mark.parametrize(
    ("sign_in", "method"), [(Dropbox(), "device"), (Google(), "code"), (Microsoft(), "paste")]
)
def test_a_way_of_another_provider_is_refused(sign_in: SignIn, method: Method) -> None:
    with pytest.raises(UsageError):
        sign_in.begin(CLIENT, writable=False, method=method, public_url=PUBLIC)


@pytest.mark.parametrize("sign_in", ALL, ids=lambda s: s.name)
@pytest.mark.parametrize(
    ("client", "field"),
    [
        (Client(""), "client_id"),
        (Client("an id", "s"), "client_id"),
        (Client("ïd", "s"), "client_id"),
        (Client("id\n", "s"), "client_id"),
        (Client("i" * 600, "s"), "client_id"),
        (Client("id", "sec\tret"), "client_secret"),
    ],
)
def test_a_client_that_can_be_none(sign_in: SignIn, client: Client, field: str) -> None:
    with pytest.raises(UsageError) as caught:
        sign_in.begin(client, writable=False)
    assert caught.value.field == field


def test_a_sign_in_of_another_provider(ticks: Clock) -> None:
    """Mix-up: the callback of one provider never finishes the sign-in of another."""
    pending = Dropbox().begin(CLIENT, writable=False)
    with pytest.raises(StorageSignInFailed) as caught:
        Google().finish(pending, "x")
    assert caught.value.reason == "wrong_state"
    with pytest.raises(StorageSignInFailed):
        Google().poll(pending)


def test_each_attempt_has_its_own_secrets(ticks: Clock) -> None:
    one, other = (Google().begin(CLIENT, writable=False) for _ in range(2))
    assert one.state != other.state
    assert one.verifier != other.verifier


def test_the_time_is_over_before_a_code_is_sent(ticks: Clock) -> None:
    pending = Dropbox().begin(CLIENT, writable=False)
    ticks.move(1800)
    with pytest.raises(StorageSignInFailed) as caught:
        Dropbox().finish(pending, "code")
    assert caught.value.reason == "expired"


@pytest.mark.parametrize("sign_in", ALL, ids=lambda s: s.name)
def test_the_real_addresses_are_https(sign_in: SignIn) -> None:
    at = sign_in.endpoints
    assert all(url.startswith("https://") for url in (at.authorize, at.token, at.api))
    assert at.device == "" or at.device.startswith("https://")

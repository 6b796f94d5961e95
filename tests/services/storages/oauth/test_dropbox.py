"""Dropbox: the code that its page shows, with PKCE and without a secret."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from services.errors import StorageThrottled, Unavailable
from services.storages.oauth import Client, Dropbox, SignedIn, StorageSignInFailed, Waiting
from tests.servers.dropbox import ACCOUNT, FakeDropbox
from tests.servers.http import Reply
from tests.services.storages.oauth.conftest import Clock

CLIENT = Client("client-1")


@pytest.fixture
def sign_in(dropbox: FakeDropbox) -> Dropbox:
    return Dropbox(dropbox.endpoints)


def test_a_code_that_is_shown(dropbox: FakeDropbox, sign_in: Dropbox) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    query = parse_qs(urlsplit(pending.address).query)
    assert query["token_access_type"] == ["offline"]
    assert query["scope"] == ["account_info.read files.metadata.read files.content.read"]
    assert {"redirect_uri", "state"}.isdisjoint(query)
    found = sign_in.finish(pending, f"  {dropbox.consent(pending.address)}\n")
    assert isinstance(found, SignedIn)
    assert json.loads(found.token)["refresh_token"].startswith("refresh-")
    assert (found.rclone_type, found.account, found.parameters) == (
        "dropbox", ACCOUNT, {"client_id": "client-1"},
    )  # fmt: skip
    assert "client_secret" not in dropbox.asked[0].form
    assert "redirect_uri" not in dropbox.asked[0].form


def test_writing_asks_for_more(sign_in: Dropbox) -> None:
    query = parse_qs(urlsplit(sign_in.begin(CLIENT, writable=True).address).query)
    assert {"files.content.write", "files.metadata.write"} <= set(query["scope"][0].split())


def test_a_code_works_once(dropbox: FakeDropbox, sign_in: Dropbox) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    code = dropbox.consent(pending.address)
    sign_in.finish(pending, code)
    with pytest.raises(StorageSignInFailed, match="does not accept this code") as caught:
        sign_in.finish(pending, code)
    assert caught.value.reason == "wrong_code"


def test_a_code_of_another_attempt_is_worth_nothing(dropbox: FakeDropbox, sign_in: Dropbox) -> None:
    """PKCE: the code was given for another verifier."""
    one, other = (sign_in.begin(CLIENT, writable=False) for _ in range(2))
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.finish(one, dropbox.consent(other.address))
    assert caught.value.reason == "wrong_code"


@pytest.mark.parametrize("code", ["", "   ", "two words", "ü", "a\x00b", "x" * 5000])
def test_what_can_be_no_code_is_not_sent(dropbox: FakeDropbox, sign_in: Dropbox, code: str) -> None:
    with pytest.raises(StorageSignInFailed, match="not a code of Dropbox") as caught:
        sign_in.finish(sign_in.begin(CLIENT, writable=False), code)
    assert caught.value.reason == "wrong_code"
    assert dropbox.asked == []


def test_dropbox_in_trouble_may_be_tried_again(dropbox: FakeDropbox, sign_in: Dropbox) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    code = dropbox.consent(pending.address)
    dropbox.fault("/token", Reply(503, {}), Reply(429, {"error": "too_many_requests"}, {"Retry-After": "3"}))
    with pytest.raises(Unavailable):
        sign_in.finish(pending, code)
    with pytest.raises(StorageThrottled):
        sign_in.finish(pending, code)
    assert isinstance(sign_in.finish(pending, code), SignedIn)


def test_a_redirect(dropbox: FakeDropbox, sign_in: Dropbox) -> None:
    dropbox.redirects.add("https://photos.example.org/storages/signed-in/dropbox")
    pending = sign_in.begin(
        CLIENT, writable=False, method="redirect", public_url="https://photos.example.org/"
    )
    assert isinstance(sign_in.finish(pending, dropbox.consent(pending.address)), SignedIn)


def test_nothing_comes_by_itself(dropbox: FakeDropbox, sign_in: Dropbox, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    assert sign_in.poll(pending) == Waiting(pending, 5)
    assert dropbox.asked == []
    ticks.move(1800)
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.poll(pending)
    assert caught.value.reason == "expired"

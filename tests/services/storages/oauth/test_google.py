"""Google Drive: the address of the dead page, state and PKCE, and what the household's own app may lack."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from services.errors import UsageError
from services.storages.oauth import Client, Google, SignedIn, StorageSignInFailed, Waiting
from services.storages.oauth.google import DEAD_PAGE
from tests.servers.google import FakeGoogle, refusal
from tests.servers.http import Reply
from tests.services.storages.oauth.conftest import Clock

CLIENT = Client("client-1", "GOCSPX-1")


@pytest.fixture
def sign_in(google: FakeGoogle) -> Google:
    return Google(google.endpoints)


def test_a_pasted_address(google: FakeGoogle, sign_in: Google) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    query = {k: v[0] for k, v in parse_qs(urlsplit(pending.address).query).items()}
    assert query["redirect_uri"] == DEAD_PAGE
    assert query["scope"] == "https://www.googleapis.com/auth/drive.readonly"
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    found = sign_in.finish(pending, google.consent(pending.address))
    assert isinstance(found, SignedIn)
    assert json.loads(found.token)["expiry"] == "2026-01-01T01:00:00Z"
    assert (found.rclone_type, found.account) == ("drive", "0815")
    assert found.parameters == {
        "client_id": "client-1", "client_secret": "GOCSPX-1", "scope": "drive.readonly",
    }  # fmt: skip
    assert google.asked[0].form["redirect_uri"] == DEAD_PAGE


def test_writing(google: FakeGoogle, sign_in: Google) -> None:
    pending = sign_in.begin(CLIENT, writable=True)
    found = sign_in.finish(pending, google.consent(pending.address))
    assert isinstance(found, SignedIn)
    assert found.parameters["scope"] == "drive"
    bearer = json.loads(found.token)["access_token"]
    assert google.tokens[bearer] == "https://www.googleapis.com/auth/drive"


def test_as_browsers_copy_it(google: FakeGoogle, sign_in: Google) -> None:
    """Without the scheme, with blanks and line breaks around it, with a fragment."""
    pending = sign_in.begin(CLIENT, writable=False)
    address = google.consent(pending.address).removeprefix("http://")
    assert isinstance(sign_in.finish(pending, f" \n{address}#\r\n"), SignedIn)


@pytest.mark.parametrize("client", [Client("client-1"), Client("", "GOCSPX-1"), Client("")])
def test_an_own_client_is_mandatory(google: FakeGoogle, sign_in: Google, client: Client) -> None:
    with pytest.raises(UsageError, match="Google needs an app") as caught:
        sign_in.begin(client, writable=False)
    assert caught.value.field == ("client_secret" if client.id else "client_id")


def test_it_is_declined(google: FakeGoogle, sign_in: Google) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.finish(pending, google.decline(pending.address))
    assert caught.value.reason == "declined"
    assert google.asked == []


def test_a_state_of_another_attempt(google: FakeGoogle, sign_in: Google) -> None:
    one, other = (sign_in.begin(CLIENT, writable=False) for _ in range(2))
    for back in (google.consent(other.address), google.decline(other.address)):
        with pytest.raises(StorageSignInFailed, match="another sign-in") as caught:
            sign_in.finish(one, back)
        assert caught.value.reason == "wrong_state"
    assert google.asked == []


def test_an_answer_of_another_provider(google: FakeGoogle, sign_in: Google) -> None:
    """RFC 9207: who answered is named in it."""
    pending = sign_in.begin(CLIENT, writable=False)
    google.issuer = "https://evil.example"
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.finish(pending, google.consent(pending.address))
    assert caught.value.reason == "wrong_state"
    assert google.asked == []


def test_drive_was_not_ticked(google: FakeGoogle, sign_in: Google) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    back = google.consent(pending.address, scope="openid")
    with pytest.raises(StorageSignInFailed, match="not ticked") as caught:
        sign_in.finish(pending, back)
    assert caught.value.reason == "not_allowed"


def test_without_a_refresh_token_it_would_end_in_an_hour(google: FakeGoogle, sign_in: Google) -> None:
    google.gives_refresh = False
    pending = sign_in.begin(CLIENT, writable=False)
    with pytest.raises(StorageSignInFailed, match="without a refresh token") as caught:
        sign_in.finish(pending, google.consent(pending.address))
    assert caught.value.reason == "no_refresh_token"


def test_a_wrong_secret(google: FakeGoogle, sign_in: Google) -> None:
    pending = sign_in.begin(Client("client-1", "GOCSPX-2"), writable=False)
    with pytest.raises(StorageSignInFailed, match="client id or secret") as caught:
        sign_in.finish(pending, google.consent(pending.address))
    assert caught.value.reason == "invalid_client"


@pytest.mark.parametrize(
    "fault",
    [
        refusal(403, "accessNotConfigured"),
        Reply(403, {"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED"}]}}),
    ],
)
def test_the_api_is_not_switched_on(google: FakeGoogle, sign_in: Google, fault: Reply) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    google.fault("/drive/v3/about", fault)
    with pytest.raises(StorageSignInFailed, match="Google Drive API is not switched on") as caught:
        sign_in.finish(pending, google.consent(pending.address))
    assert caught.value.reason == "invalid_client"


@pytest.mark.parametrize(
    "fault", [refusal(403, "userRateLimitExceeded"), refusal(500, "backendError"), Reply(200, {"user": "x"})]
)
def test_the_token_is_kept_while_google_is_in_trouble(
    google: FakeGoogle, sign_in: Google, ticks: Clock, fault: Reply
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    google.fault("/drive/v3/about", fault)
    back = google.consent(pending.address)
    found = sign_in.finish(pending, back)
    assert isinstance(found, Waiting)
    assert found.trouble
    ticks.move(found.pause_s)
    assert isinstance(sign_in.finish(found.pending, back), SignedIn), "the code is not redeemed again"


def test_a_redirect(google: FakeGoogle, sign_in: Google) -> None:
    google.redirects.add("https://photos.example.org/storages/signed-in/google")
    pending = sign_in.begin(
        CLIENT, writable=False, method="redirect", public_url="https://photos.example.org"
    )
    found = sign_in.finish(pending, google.consent(pending.address).partition("?")[2])
    assert isinstance(found, SignedIn)

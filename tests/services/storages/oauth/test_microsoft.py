"""OneDrive: device codes as RFC 8628 wants them, the redirect, and the drive that belongs to it."""

import json

import pytest

from services.errors import StorageThrottled, Unauthorized, Unavailable
from services.storages.oauth import Client, Microsoft, SignedIn, StorageSignInFailed, Waiting
from services.storages.oauth.values import Pending
from tests.servers.http import FakeServer, Reply
from tests.servers.microsoft import DRIVE, FakeMicrosoft
from tests.services.storages.oauth.conftest import Clock

CLIENT = Client("client-1")


@pytest.fixture
def sign_in(microsoft: FakeMicrosoft) -> Microsoft:
    return Microsoft(microsoft.endpoints)


def waiting(found: SignedIn | Waiting) -> Waiting:
    assert isinstance(found, Waiting)
    return found


def done(found: SignedIn | Waiting) -> SignedIn:
    assert isinstance(found, SignedIn), found
    return found


def test_a_device_code(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    assert (pending.method, pending.address) == ("device", "https://microsoft.com/devicelogin")
    assert microsoft.asked[0].form == {"client_id": "client-1", "scope": "Files.Read offline_access"}
    ticks.move(5)
    not_yet = waiting(sign_in.poll(pending))
    assert (not_yet.pause_s, not_yet.trouble) == (5, "")
    microsoft.type_code(pending.user_code)
    ticks.move(5)
    found = done(sign_in.poll(not_yet.pending))
    token = json.loads(found.token)
    assert token.pop("access_token") in microsoft.tokens
    assert token.pop("refresh_token").startswith("refresh-")
    assert token == {"token_type": "Bearer", "expiry": "2026-01-01T01:00:10Z"}
    assert found.parameters == {"client_id": "client-1", "drive_id": DRIVE, "drive_type": "personal"}
    assert (found.rclone_type, found.account) == ("onedrive", DRIVE)


def test_writing_is_asked_for_only_when_wanted(microsoft: FakeMicrosoft, sign_in: Microsoft) -> None:
    sign_in.begin(CLIENT, writable=True)
    assert microsoft.asked[0].form["scope"] == "Files.ReadWrite offline_access"


def test_it_is_not_polled_before_its_time(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    ticks.move(4)
    assert waiting(sign_in.poll(pending)) == Waiting(pending, 1)
    assert microsoft.paths() == ["/devicecode"]


def test_slow_down_adds_five_seconds_for_good(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.interval_s = 8  # the provider changes its mind
    ticks.move(5)
    pending = waiting(sign_in.poll(pending)).pending
    ticks.move(5)
    slowed = waiting(sign_in.poll(pending))
    assert (slowed.pause_s, slowed.pending.interval_s) == (10, 10)
    ticks.move(10)
    assert waiting(sign_in.poll(slowed.pending)).pause_s == 10


def test_it_is_declined(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code, allow=False)
    ticks.move(5)
    with pytest.raises(StorageSignInFailed, match="declined at Microsoft") as caught:
        sign_in.poll(pending)
    assert caught.value.reason == "declined"


def test_the_time_is_over(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    ticks.move(900)
    with pytest.raises(StorageSignInFailed, match="is over") as caught:
        sign_in.poll(pending)
    assert caught.value.reason == "expired"
    assert microsoft.paths() == ["/devicecode"], "nothing is asked of a code that has expired"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("expired_token", "expired"),
        ("bad_verification_code", "wrong_code"),
        ("access_denied", "declined"),
        ("invalid_client", "invalid_client"),
        ("invalid_scope", "not_allowed"),
        ("interaction_required", "refused"),
    ],
)
def test_what_the_provider_says_ends_it(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock, error: str, reason: str
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.fault(
        "/token", Reply(400, {"error": error, "error_description": "AADSTS1: why\r\nTrace ID: 5"})
    )
    ticks.move(5)
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.poll(pending)
    assert caught.value.reason == reason
    assert "Trace" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Reply(500, {}), "status 500"),
        (Reply(503, raw=b"<html>"), "status 503"),
        (Reply(200, {"access_token": "x"}), "does not understand"),
        (Reply(400, raw=b""), "status 400"),
        (Reply(200, {}, cut=True), "cannot be reached"),
    ],
)
def test_a_provider_in_trouble_is_asked_less_and_less_often(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock, fault: Reply, words: str
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    pauses: list[float] = []
    for _ in range(5):
        microsoft.fault("/token", fault)
        ticks.move(pauses[-1] if pauses else 5)
        found = waiting(sign_in.poll(pending))
        assert words in found.trouble
        pending = found.pending
        pauses.append(found.pause_s)
    assert pauses == [10, 20, 40, 60, 60]
    microsoft.type_code(pending.user_code)
    ticks.move(60)
    done(sign_in.poll(pending))


def test_throttled_while_polling(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.fault("/token", Reply(429, {"error": "slow_down"}, {"Retry-After": "33"}))
    ticks.move(5)
    found = waiting(sign_in.poll(pending))
    assert (found.pause_s, found.pending.interval_s) == (33, 5)
    assert "33 seconds" in found.trouble


@pytest.mark.parametrize(
    "fault",
    [Reply(503, {}), Reply(429, {}, {"Retry-After": "5"}), Reply(200, {"id": 5}), Reply(200, cut=True)],
)
def test_the_token_is_kept_while_the_drive_cannot_be_looked_up(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock, fault: Reply
) -> None:
    """The device code is used up by then: losing the token would ask the person to sign in again."""
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code)
    microsoft.fault("/v1.0/me", fault, fault)
    for _ in range(2):
        ticks.move(5)
        found = waiting(sign_in.poll(pending))
        assert found.trouble
        pending = Pending.from_json(json.loads(json.dumps(found.pending.to_json())))
    ticks.move(5)
    assert done(sign_in.poll(pending)).account == DRIVE
    assert microsoft.paths().count("/token") == 1


def test_a_token_is_not_tried_for_ever(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code)
    microsoft.fault("/v1.0/me", Reply(503, {}))
    ticks.move(5)
    pending = waiting(sign_in.poll(pending)).pending
    ticks.move(601)
    with pytest.raises(StorageSignInFailed) as caught:
        sign_in.poll(pending)
    assert caught.value.reason == "expired"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_account_without_a_onedrive(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock, status: int
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code)
    microsoft.fault("/v1.0/me", Reply(status, {"error": {"code": "itemNotFound"}}))
    ticks.move(5)
    with pytest.raises(StorageSignInFailed, match="no OneDrive") as caught:
        sign_in.poll(pending)
    assert caught.value.reason == "not_allowed"


def test_a_token_that_is_refused_at_once(microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code)
    microsoft.fault("/v1.0/me", Reply(401, {}))
    ticks.move(5)
    with pytest.raises(Unauthorized):
        sign_in.poll(pending)


def test_a_client_without_public_flows_is_told_what_to_switch_on(
    microsoft: FakeMicrosoft, sign_in: Microsoft
) -> None:
    microsoft.device_flow = False
    with pytest.raises(StorageSignInFailed, match="Allow public client flows") as caught:
        sign_in.begin(CLIENT, writable=False)
    assert caught.value.reason == "invalid_client"


def test_an_unknown_client(sign_in: Microsoft) -> None:
    with pytest.raises(StorageSignInFailed, match="AADSTS700016: Application was not found") as caught:
        sign_in.begin(Client("other"), writable=False)
    assert caught.value.reason == "invalid_client"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"device_code": "d", "user_code": "u", "expires_in": 900},
        {"device_code": "d", "user_code": "u", "verification_uri": "https://m", "expires_in": "900"},
        {"device_code": "d", "user_code": 5, "verification_uri": "https://m", "expires_in": 900},
        {"device_code": "d", "user_code": "u", "verification_uri": "javascript:x()", "expires_in": 900},
        {"device_code": "d", "user_code": "u", "verification_uri": "http://m.example/", "expires_in": 900},
    ],
)
def test_a_malformed_device_answer(
    microsoft: FakeMicrosoft, sign_in: Microsoft, answer: dict[str, object]
) -> None:
    microsoft.fault("/devicecode", Reply(200, answer))
    with pytest.raises(Unavailable, match="does not understand"):
        sign_in.begin(CLIENT, writable=False)


def test_the_interval_is_five_seconds_unless_told(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock
) -> None:
    answer = {"device_code": "d", "user_code": "u", "verification_uri": "https://m", "expires_in": 10**9}
    microsoft.fault("/devicecode", Reply(200, answer))
    pending = sign_in.begin(CLIENT, writable=False)
    assert pending.interval_s == 5
    assert pending.expires_at <= (ticks() + 3600) * 1_000_000


def test_nobody_answers_at_the_beginning(microsoft: FakeMicrosoft, sign_in: Microsoft) -> None:
    microsoft.fault("/devicecode", Reply(429, {}, {"Retry-After": "9"}), Reply(502, {}))
    with pytest.raises(StorageThrottled):
        sign_in.begin(CLIENT, writable=False)
    with pytest.raises(Unavailable):
        sign_in.begin(CLIENT, writable=False)


def test_a_redirect(ticks: Clock) -> None:
    """A registration of the platform “Web” has a secret."""
    with FakeMicrosoft("client-1", "s3cret") as microsoft:
        microsoft.redirects.add("https://photos.example.org/storages/signed-in/microsoft")
        sign_in = Microsoft(microsoft.endpoints)
        pending = sign_in.begin(
            Client("client-1", "s3cret"),
            writable=False,
            method="redirect",
            public_url="https://photos.example.org",
        )
        back = microsoft.consent(pending.address)
        found = done(sign_in.finish(pending, back.partition("?")[2]))
        assert found.parameters["client_secret"] == "s3cret"
        assert found.account == DRIVE


def test_a_device_code_is_finished_by_polling(
    microsoft: FakeMicrosoft, sign_in: Microsoft, ticks: Clock
) -> None:
    pending = sign_in.begin(CLIENT, writable=False)
    microsoft.type_code(pending.user_code)
    ticks.move(5)
    done(sign_in.finish(pending, ""))


def test_nobody_is_there(ticks: Clock) -> None:
    with FakeServer() as gone:
        address = gone.address
    at = Microsoft.endpoints
    sign_in = Microsoft(type(at)(at.authorize, address + "/token", address, address + "/devicecode"))
    with pytest.raises(Unavailable, match="Microsoft cannot be reached"):
        sign_in.begin(CLIENT, writable=False)

"""What comes back from a consent page, well formed and not."""

from urllib.parse import urlencode

import pytest

from services.errors import StorageThrottled
from services.storages.jsonapi import JsonApi
from services.storages.oauth.answers import checked_code, code_of_answer
from services.storages.oauth.errors import StorageSignInFailed
from services.storages.oauth.values import Endpoints, Method, Pending

API = JsonApi("Cloud")
AT = Endpoints("https://a/", "https://t/", "https://api/", issuer="https://issuer")
DEAD = "http://127.0.0.1:53682/"


def pending(method: Method = "paste") -> Pending:
    return Pending("google", method, False, "id", 2**60, redirect_uri=DEAD, state="st4te")


@pytest.mark.parametrize(
    "given",
    [
        f"{DEAD}?state=st4te&code=4%2F0Ab",
        f"{DEAD}?code=4/0Ab&scope=x%20y&state=st4te#frag?code=evil",
        "?state=st4te&code=4%2F0Ab",
        "state=st4te&code=4%2F0Ab",
        "state=st4te&code=4%2F0Ab&iss=https%3A%2F%2Fissuer",
        f"  {DEAD}?state=st4te&code=4%2F0Ab  ",
    ],
)
def test_the_code_in_an_answer(given: str) -> None:
    assert code_of_answer(API, AT, pending(), given) == "4/0Ab"
    assert code_of_answer(API, AT, pending("redirect"), given) == "4/0Ab"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "wrong_code"),
        ("4/0Ab", "wrong_code"),
        (DEAD, "wrong_code"),
        ("?code=4", "wrong_state"),
        ("?state=&code=4", "wrong_state"),
        ("?state=other&code=4", "wrong_state"),
        ("?state=st4t&code=4", "wrong_state"),
        ("?state=st4te%C3%BC\ud800&code=4", "wrong_state"),
        ("?state=st4te&code=4&iss=https://other", "wrong_state"),
        ("?state=other&error=access_denied", "wrong_state"),
        ("?state=st4te&state=st4te&code=4", "wrong_code"),
        ("?state=st4te&code=4&code=5", "wrong_code"),
        ("?state=st4te", "wrong_code"),
        ("?state=st4te&code=", "wrong_code"),
        ("?state=st4te&code=a%20b", "wrong_code"),
        ("?state=st4te&error=access_denied", "declined"),
        ("?state=st4te&error=invalid_scope", "not_allowed"),
        ("?state=st4te&error=unauthorized_client", "invalid_client"),
        ("?state=st4te&error=whatever&error_description=a%0Ab", "refused"),
        ("?" + "x" * 100_000 + "&state=st4te&code=4", "wrong_code"),
    ],
)
def test_an_answer_that_is_none(given: str, reason: str) -> None:
    with pytest.raises(StorageSignInFailed) as caught:
        code_of_answer(API, AT, pending(), given)
    assert caught.value.reason == reason


def test_a_callback_without_anything_is_of_another_sign_in() -> None:
    with pytest.raises(StorageSignInFailed) as caught:
        code_of_answer(API, AT, pending("redirect"), "")
    assert caught.value.reason == "wrong_state"


def test_without_a_state_of_ours_nothing_is_right() -> None:
    ours = Pending("google", "paste", False, "id", 2**60, redirect_uri=DEAD)
    with pytest.raises(StorageSignInFailed):
        code_of_answer(API, AT, ours, "?state=&code=4")


def test_a_busy_provider_says_so_by_redirect() -> None:
    with pytest.raises(StorageThrottled):
        code_of_answer(API, AT, pending(), "?state=st4te&error=temporarily_unavailable")


def test_words_of_the_provider_are_shortened_and_made_harmless() -> None:
    said = urlencode({"state": "st4te", "error": "odd", "error_description": "\u202eabc" + "d" * 1000})
    with pytest.raises(StorageSignInFailed) as caught:
        code_of_answer(API, AT, pending(), said)
    assert "\\x202eabc" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_code_is_stripped() -> None:
    assert checked_code(API, "\t abc-DEF_123 \n") == "abc-DEF_123"

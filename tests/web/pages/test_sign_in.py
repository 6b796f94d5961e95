"""/login and /logout."""

import pytest

from services.models import Session
from tests.web.conftest import PASSWORD
from tests.web.pages.conftest import Browser


def test_the_right_password_leads_on(browser: Browser) -> None:
    answer = browser().post(
        "/login", data={"login": "anna", "password": PASSWORD, "next": "/storages?first=1"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/storages?first=1")
    assert "httponly" in answer.headers["set-cookie"].lower()


def test_a_wrong_one_keeps_the_name_and_says_no_more(browser: Browser) -> None:
    known = browser().post("/login", data={"login": "anna", "password": "wrong"})
    unknown = browser().post("/login", data={"login": "nobody", "password": "wrong"})
    assert known.status_code == unknown.status_code == 401
    assert 'value="anna"' in known.text
    assert "The name or the password is wrong." in known.text
    assert (
        known.text.replace("anna", "").split("nonce")[0]
        == unknown.text.replace("nobody", "").split("nonce")[0]
    )


def test_too_many_tries_have_to_wait(browser: Browser) -> None:
    anna = browser(**{"Accept-Language": "de"})
    answers = [anna.post("/login", data={"login": "anna", "password": f"wrong {n}"}) for n in range(8)]
    assert answers[-1].status_code == 429
    assert "Zu viele Versuche. Versuche es in " in answers[-1].text
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60


@pytest.mark.parametrize("foreign", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", ""])
def test_nobody_is_sent_to_another_site(browser: Browser, foreign: str) -> None:
    answer = browser().post("/login", data={"login": "anna", "password": PASSWORD, "next": foreign})
    assert answer.headers["location"] == "/"


def test_who_is_signed_in_goes_on(browser: Browser) -> None:
    assert browser("anna").get("/login").headers["location"] == "/"


def test_pages_ask_for_a_sign_in_and_come_back(browser: Browser) -> None:
    answer = browser().get("/devices")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/devices")


def test_signing_out_ends_the_session(browser: Browser) -> None:
    anna = browser("anna")
    assert Session.select().count() == 1
    assert anna.post("/logout").headers["location"] == "/login"
    assert Session.select().count() == 0
    assert anna.get("/").headers["location"].startswith("/login")

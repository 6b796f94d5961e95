"""/devices: the network drive's address, app passwords, sessions."""

import re
from dataclasses import replace

from services import accounts
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.app import make_web


def test_the_address_is_the_one_that_was_asked_for(browser: Browser) -> None:
    page = browser("anna").get("/devices").text
    assert "http://localhost/dav/" in page
    assert "<svg" in page[page.index('class="qr"') :]


def test_a_public_address_wins(web: Web, browser: Browser) -> None:
    settings = replace(web.context.settings, public_url="https://photos.example/")
    web.app._app = make_web(replace(web.context, settings=settings))
    assert "https://photos.example/dav/" in browser("anna").get("/devices").text


def test_an_app_password_is_shown_once_and_works(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    made = anna.post("/devices/passwords", data={"label": "Laptop"})
    assert made.status_code == 201
    secret = re.search(r"hyp_app_[\w-]+", made.text)
    assert secret is not None
    assert web.context.authenticator.authenticate_basic("anna", secret[0], "127.0.0.1").login == "anna"
    assert secret[0] not in anna.get("/devices").text
    (token,) = accounts.list_tokens(accounts.viewer_for("anna"))
    assert anna.post(f"/devices/passwords/{token.pid}/revoke").headers["location"] == "/devices"
    assert accounts.list_tokens(accounts.viewer_for("anna")) == []


def test_too_long_a_name_is_said(browser: Browser) -> None:
    answer = browser("anna").post("/devices/passwords", data={"label": "x" * 500})
    assert answer.status_code == 422
    assert "This is too long: at most" in answer.text


def test_another_browser_is_signed_out(browser: Browser) -> None:
    here, there = browser("anna"), browser("anna", **{"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    assert "Firefox, Linux" in here.get("/devices").text
    other = next(s for s in accounts.list_sessions(accounts.viewer_for("anna")) if "Firefox" in s.agent)
    assert here.post(f"/devices/sessions/{other.pid}/revoke").status_code == 303
    assert there.get("/").headers["location"].startswith("/login")
    assert here.get("/devices").status_code == 200

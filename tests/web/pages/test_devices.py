"""/devices: the network drive's address, app passwords, sessions."""

import re
from dataclasses import replace

import pytest

from services import accounts
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.app import make_web
from web.mounting import SYSTEMS
from web.pages import devices


def test_the_address_is_the_one_that_was_asked_for(browser: Browser) -> None:
    page = browser("anna").get("/devices").text
    assert "http://localhost/dav/" in page
    assert "<svg" in page[page.index('class="qr"') :]


def test_a_public_address_wins(web: Web, browser: Browser) -> None:
    settings = replace(web.context.settings, public_url="https://photos.example/")
    web.app._app = make_web(replace(web.context, settings=settings))
    assert "https://photos.example/dav/" in browser("anna").get("/devices").text


def test_https_is_the_address_where_there_is_any(web: Web, browser: Browser) -> None:
    web.app._app = make_web(replace(web.context, https_port=4978))
    page = browser("anna").get("/devices?system=kde").text
    assert "https://localhost:4978/dav/" in page
    assert "webdavs://anna@localhost:4978/dav/" in page
    assert "Without https" not in page, "a stranger's address is no home's"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_has_its_own_help(browser: Browser, system: str, language: str) -> None:
    anna = browser("anna", **{"Accept-Language": language})
    anna.post("/settings", data={"language": language})
    page = anna.get(f"/devices?system={system}").text
    (current,) = re.findall(r'<a href="/devices\?system=(\w+)#mounting" aria-current="page">', page)
    assert current == system
    part = page[page.index('id="mounting"') :]
    assert "localhost" in part
    assert 'data-copy="' in part


def test_the_system_of_the_browser_is_chosen(browser: Browser) -> None:
    phone = browser("anna", **{"User-Agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile"})
    assert 'system=android#mounting" aria-current' in phone.get("/devices").text
    assert 'system=android#mounting" aria-current' in phone.get("/devices?system=beos").text


def test_windows_is_told_that_it_needs_https(web: Web, browser: Browser) -> None:
    assert (
        "Windows sends a password to https addresses only"
        in browser("anna").get("/devices?system=windows").text
    )
    web.app._app = make_web(replace(web.context, https_port=4978))
    assert "Windows sends a password" not in browser("anna").get("/devices?system=windows").text


def test_a_fresh_password_stands_in_a_file_s_line_and_in_no_command(browser: Browser) -> None:
    anna = browser("anna")
    for system, times in (("windows", 1), ("rclone", 1), ("davfs2", 2), ("ios", 2)):
        made = anna.post(f"/devices/passwords?system={system}", data={"label": system}).text
        secret = re.search(r"hyp_app_[\w-]+", made)
        assert secret is not None
        assert made.count(secret[0]) == times, system


def test_what_is_good_on_this_machine_alone_says_so(
    web: Web, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        devices,
        "interface_addresses",
        lambda: ["127.0.0.1", "192.0.2.2", "192.168.1.20", "fe80::1", "8.8.8.8", "169.254.1.1"],
    )
    settings = replace(web.context.settings, tls_listen="0.0.0.0:4978")
    web.app._app = make_web(replace(web.context, settings=settings, https_port=4978))
    assert "https://192.168.1.20:4978/dav/; open this page there" in browser("anna").get("/devices").text
    settings = replace(settings, tls_listen="127.0.0.1:4978")
    web.app._app = make_web(replace(web.context, settings=settings, https_port=4978))
    assert "192.168.1.20" not in browser("anna").get("/devices").text


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

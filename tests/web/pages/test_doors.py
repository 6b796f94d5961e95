"""/s/{token}: what a door shows, what it takes, and everything that is no key."""

import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from config.logs import redact
from services import accounts, clock, collections
from services.accounts.minting import mint
from services.collections import Draft
from services.models import Share, User
from services.sharing import Link, LinkTerms, guests
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser

MARKUP = '<script>alert("x")</script>'


def link(web: Web, **terms: Any) -> Link:
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft(MARKUP))
    collections.add(anna, made.pid, [web.item.pid])
    return web.context.links.make(anna, made.pid, LinkTerms(**terms))


def test_a_door_shows_nothing_of_what_is_behind(web: Web, browser: Browser) -> None:
    made = link(web)
    page = browser().get(f"/s/{made.secret}")
    assert page.status_code == 200
    for word in ("script>alert", "&lt;script", "anna", "Anna", "IMG_1", "rendition", "og:image"):
        assert word not in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert Share.get().uses == 0


@pytest.mark.parametrize("agent", ["WhatsApp/2.23", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0"])
def test_programs_that_preview_links_use_nothing_up(web: Web, browser: Browser, agent: str) -> None:
    made = link(web, max_uses=1)
    robot = browser(**{"User-Agent": agent})
    for method in ("GET", "HEAD", "GET"):
        assert robot.request(method, f"/s/{made.secret}").status_code == 200
    assert browser().post(f"/s/{made.secret}").status_code == 303


def test_going_in(web: Web, browser: Browser) -> None:
    made = link(web)
    client = browser()
    answer = client.post(f"/s/{made.secret}")
    assert answer.status_code == 303
    assert (made.secret or "") not in answer.headers["location"]
    page = client.get(answer.headers["location"])
    assert "&lt;script&gt;alert" in page.text
    assert MARKUP not in page.text
    assert "Anna" in page.text or "anna" in page.text
    assert f"/items/{web.item.pid}" in page.text
    assert (made.secret or "x") not in page.text


def test_by_https_the_cookie_is_bound_to_it(web: Web) -> None:
    made = link(web)
    client = TestClient(web.app, base_url="https://localhost", follow_redirects=False)
    answer = client.post(f"/s/{made.secret}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.headers["set-cookie"].startswith("__Secure-hyp_guest=")
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert client.get(answer.headers["location"]).status_code == 200
    client.close()


def test_a_password(web: Web, browser: Browser) -> None:
    made = link(web, password="blue boat")
    client = browser()
    assert 'name="password"' in client.get(f"/s/{made.secret}").text
    wrong = client.post(f"/s/{made.secret}", data={"password": "green boat"})
    assert (wrong.status_code, "location" in wrong.headers) == (401, False)
    assert "The password is wrong." in wrong.text
    assert client.post(f"/s/{made.secret}?password=blue+boat").status_code == 401  # never in an address
    assert client.post(f"/s/{made.secret}", data={"password": "blue boat"}).status_code == 303


def test_many_tries_at_a_password_are_slowed_down(web: Web, browser: Browser) -> None:
    made = link(web, password="blue boat")
    client = browser()
    answers = [client.post(f"/s/{made.secret}", data={"password": f"boat {n}"}) for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert client.post(f"/s/{made.secret}", data={"password": "blue boat"}).status_code == 429


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_key(web: Web, browser: Browser, method: str) -> None:
    secret = link(web).secret or ""
    for token in (
        secret[:-1],
        secret + "x",
        secret.upper(),
        secret[8:],
        "x",
        "%00",
        mint("gst"),
        "a" * 5000,
    ):
        answer = browser().request(method, f"/s/{token}")
        assert answer.status_code == 404, token
        assert "set-cookie" not in answer.headers
    assert browser().request(method, "/s/").status_code == 404
    for query in (f"/s?token={secret}", f"/s/x?token={secret}", f"/?token={secret}", f"/guest/{secret}"):
        answer = browser().request(method, query)
        assert answer.status_code in {303, 404, 405}
        assert not answer.headers.get("location", "/login").startswith("/guest")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_guessing_is_slowed_down_and_the_right_key_is_not(web: Web, browser: Browser, method: str) -> None:
    made = link(web)
    client = browser()
    answers = [client.request(method, f"/s/{mint('shr')}").status_code for _ in range(12)]
    assert answers[:5] == [404] * 5
    assert answers[-1] == 429
    assert client.get(f"/s/{made.secret}").status_code == 200
    assert client.post(f"/s/{made.secret}").status_code == 303


@pytest.mark.first
@pytest.mark.long
def test_ten_thousand_guesses(web: Web, browser: Browser) -> None:
    made = link(web)
    client = browser()
    assert all(client.post(f"/s/{mint('shr')}").status_code in {404, 429} for _ in range(10_000))
    assert client.post(f"/s/{made.secret}").status_code == 303
    assert Share.get().uses == 1


@pytest.mark.parametrize("how", ["revoked", "paused", "expired", "used up", "disabled"])
def test_the_holder_of_a_key_that_was_right_is_told(
    web: Web, browser: Browser, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = clock.now() + clock.HOUR
    made = link(web, expires=end, max_uses=1)
    anna = accounts.viewer_for("anna")
    if how == "revoked":
        web.context.links.revoke(anna, made.share.pid)
    elif how == "paused":
        web.context.links.pause(anna, made.share.pid)
    elif how == "expired":
        monkeypatch.setattr(clock, "source", lambda: end / 1_000_000)
    elif how == "used up":
        assert browser().post(f"/s/{made.secret}").status_code == 303
    else:
        User.update(active=False).where(User.login == "anna").execute()
    for method in ("GET", "POST"):
        answer = browser().request(method, f"/s/{made.secret}")
        assert answer.status_code == 410
        assert "anna" in answer.text
        assert "script&gt;alert" not in answer.text
        assert "set-cookie" not in answer.headers
    assert browser().get(f"/s/{mint('shr')}").status_code == 404


def test_it_was_replayed(web: Web, browser: Browser) -> None:
    """A request that was recorded and sent again is one more use, and none when there was one."""
    made = link(web, max_uses=1)
    assert browser().post(f"/s/{made.secret}").status_code == 303
    again = browser().post(f"/s/{made.secret}")
    assert (again.status_code, "set-cookie" in again.headers) == (410, False)


def test_another_site_opens_no_door(web: Web) -> None:
    made = link(web)
    answer = web.client(**{"Sec-Fetch-Site": "cross-site"}).post(f"/s/{made.secret}")
    assert answer.status_code == 403
    assert Share.get().uses == 0


def test_no_log_holds_a_key(web: Web, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    made = link(web)
    caplog.set_level(logging.DEBUG)
    client = browser()
    client.get(f"/s/{made.secret}")
    client.post(f"/s/{made.secret}")
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore", "asyncio"))]
    assert all((made.secret or "x") not in redact(r.getMessage()) for r in ours)
    line = redact(f'127.0.0.1 - "GET /s/{made.secret} HTTP/1.1" 200')
    assert (made.secret or "x")[12:] not in line


@pytest.mark.parametrize("password", ["", "a lake at noon"])
def test_one_too_many_is_told_whom_to_ask(
    web: Web, browser: Browser, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    made = link(web, password=password or None)
    monkeypatch.setattr(guests, "MOST_GUESTS", 0)
    page = browser().post(f"/s/{made.secret}", data={"password": password})
    assert page.status_code == 409
    assert "Ask whoever invited you for a new address or code" in page.text
    assert Share.get().uses == 0

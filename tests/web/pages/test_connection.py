"""/devices/connection: how a request came, an app password tried, and which devices have connected."""

from dataclasses import replace

import pytest

from services import accounts
from services.accounts import viewer_for
from services.clock import MINUTE, now
from services.models import Credential
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.app import make_web

PAGE = "/devices/connection"


def test_without_https_the_page_may_ask_the_https_address_and_nothing_else(
    web: Web, browser: Browser
) -> None:
    page = browser("anna").get(PAGE)
    assert "This appliance has none." in page.text
    assert "connect-src 'self';" in page.headers["content-security-policy"]
    web.app._app = make_web(replace(web.context, https_port=4978))
    page = browser("anna").get(PAGE)
    assert 'data-reach="https://localhost:4978/certificate/reached"' in page.text
    assert "connect-src 'self' https://localhost:4978;" in page.headers["content-security-policy"]
    assert "script-src 'self' 'nonce-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("plain", "said"), [("never", "dav_plain_http = never"), ("loopback", "takes them from itself only")]
)
def test_it_says_why_a_password_may_not_come(web: Web, browser: Browser, plain: str, said: str) -> None:
    settings = replace(web.context.settings, dav_plain_http=plain)  # type: ignore[arg-type]
    web.app._app = make_web(replace(web.context, settings=settings))
    assert said in browser("anna").get(PAGE).text


def test_an_app_password_is_tried_without_being_used(web: Web, browser: Browser) -> None:
    anna = browser("anna")
    made = accounts.create_token(viewer_for("anna"), "app", label="Laptop")
    good = anna.post(PAGE, data={"secret": f" {made.secret} "})
    assert good.status_code == 200
    assert "opens the network drive of anna" in good.text
    assert made.secret not in good.text
    assert "No app password has been used yet." in good.text
    assert Credential.get(Credential.pid == made.info.pid).last_used_at is None
    for wrong in (made.secret[:-1] + ("1" if made.secret[-1] == "0" else "0"), "", "a lake in the morning"):
        refused = anna.post(PAGE, data={"secret": wrong})
        assert refused.status_code == 422
        assert "none of your app passwords" in refused.text
    bens = accounts.create_token(viewer_for("ben"), "app")
    assert anna.post(PAGE, data={"secret": bens.secret}).status_code == 422, (
        "it opens the drive, but not anna's"
    )
    api = accounts.create_token(viewer_for("anna"), "api")
    assert anna.post(PAGE, data={"secret": api.secret}).status_code == 422
    accounts.revoke_token(viewer_for("anna"), made.info.pid)
    assert anna.post(PAGE, data={"secret": made.secret}).status_code == 422


def test_who_has_connected_is_seen_at_once_and_by_oneself_alone(web: Web, browser: Browser) -> None:
    made = accounts.create_token(viewer_for("anna"), "app", label="Laptop")
    old = accounts.create_token(viewer_for("anna"), "app", label="Old phone")
    Credential.update(last_used_at=now() - 5 * MINUTE, last_ip="192.168.1.7").where(
        Credential.pid == old.info.pid
    ).execute()
    accounts.create_token(viewer_for("anna"), "app", label="Never used")
    web.context.authenticator.authenticate_basic("anna", made.secret, "192.168.1.6")
    part = browser("anna").get(f"{PAGE}/uses").text
    assert "<html" not in part
    assert part.index("Laptop") < part.index("Old phone")
    assert "192.168.1.6" in part
    assert "second" in part
    assert "5 minutes ago" in part
    assert "Never used" not in part
    assert "Laptop" not in browser("ben").get(f"{PAGE}/uses").text

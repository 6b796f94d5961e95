"""/certificate: the household's own certificate for whoever asks, and how to trust it."""

import plistlib
import re
import ssl
from dataclasses import replace

import pytest

from services.certificates import Household, fingerprint
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.app import make_web
from web.mounting import TRUSTING
from web.pages.certificate import apple_profile


@pytest.fixture
def household(web: Web) -> Household:
    """https with a certificate of the household's own."""
    kept = Household(web.context.settings.data)
    kept.keep(["nas", "nas.local"], "0f" * 32)
    settings = replace(web.context.settings, tls_listen="0.0.0.0:4978")
    web.app._app = make_web(replace(web.context, settings=settings, https_port=4978))
    return kept


def test_without_one_there_is_nothing_to_install(web: Web, browser: Browser) -> None:
    Household(web.context.settings.data).keep(["nas"], "0f" * 32)  # what was, before a certificate was given
    off = web.context.settings
    given = replace(off, tls_listen="0.0.0.0:4978", tls_cert="/x.pem", tls_key="/x.key")
    for settings, port, said in ((off, None, "has no https"), (given, 4978, "nothing to install")):
        web.app._app = make_web(replace(web.context, settings=settings, https_port=port))
        page = browser().get("/certificate")
        assert page.status_code == 200
        assert said in page.text
        for path in ("household.crt", "household.mobileconfig"):
            assert browser().get(f"/certificate/{path}").status_code == 404


def test_everybody_gets_the_authority_and_nobody_a_key(household: Household, browser: Browser) -> None:
    answer = browser().get("/certificate/household.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert 'filename="hypomos-household.crt"' in answer.headers["content-disposition"]
    assert ssl.PEM_cert_to_DER_cert(answer.text) == household.find_authority()
    profile = browser().get("/certificate/household.mobileconfig")
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    for body in (answer.content, profile.content):
        assert b"PRIVATE" not in body
    assert ssl.create_default_context(cadata=answer.text).get_ca_certs()


@pytest.mark.parametrize("system", TRUSTING)
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_system_has_its_steps(
    household: Household, browser: Browser, system: str, language: str
) -> None:
    page = browser(**{"Accept-Language": language}).get(f"/certificate?system={system}").text
    der = household.find_authority()
    assert der is not None
    assert fingerprint(der) in page
    assert len(re.findall(r'aria-current="page"', page)) == 1
    assert "<ol>" in page or "update-ca-certificates" in page
    assert ("Fingerabdruck" in page) == (language == "de")


def test_the_system_of_the_browser_comes_first(household: Household, browser: Browser) -> None:
    phone = browser(**{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604"})
    assert "Certificate Trust Settings" in phone.get("/certificate").text
    linux = browser(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    assert "update-ca-certificates" in linux.get("/certificate").text


def test_an_unencrypted_page_says_that_it_proves_nothing(
    household: Household, web: Web, browser: Browser
) -> None:
    assert "came unencrypted" in browser().get("/certificate").text
    secure = browser()
    secure.base_url = "https://localhost"
    assert "came unencrypted" not in secure.get("/certificate").text


def test_a_script_of_our_page_may_see_that_it_got_through_and_no_other(web: Web, browser: Browser) -> None:
    def allowed(origin: str) -> str | None:
        answer = browser().get("/certificate/reached", headers={"Origin": origin} if origin else {})
        assert (answer.status_code, answer.content) == (204, b"")
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["vary"] == "Origin"
        given = answer.headers.get("access-control-allow-origin")
        assert (answer.headers["cross-origin-resource-policy"] == "cross-origin") == (given is not None)
        return given

    assert allowed("http://localhost:4976") == "http://localhost:4976"
    for origin in (
        "https://elsewhere.example",
        "http://localhost.elsewhere.example",
        "null",
        "",
        "http://[",
        "x",
    ):
        assert allowed(origin) is None
    settings = replace(web.context.settings, public_url="https://localhost")
    web.app._app = make_web(replace(web.context, settings=settings))
    assert allowed("http://nas.local:4976") == "http://nas.local:4976"


def test_a_profile_replaces_itself() -> None:
    profile = plistlib.loads(apple_profile(b"a certificate", "Household"))
    assert profile == plistlib.loads(apple_profile(b"a certificate", "Household"))
    (root,) = profile["PayloadContent"]
    assert (root["PayloadType"], root["PayloadContent"]) == ("com.apple.security.root", b"a certificate")
    assert profile["PayloadUUID"] != root["PayloadUUID"]
    other = plistlib.loads(apple_profile(b"another", "Household"))
    assert other["PayloadUUID"] != profile["PayloadUUID"]

"""Signing in at a provider with a device code: the page goes on by itself, or says why not."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from services.storages.oauth import Microsoft
from tests.servers.microsoft import FakeMicrosoft
from tests.web.browser.conftest import Visitor
from tests.web.conftest import PASSWORD, Web, web
from tests.web.loopback import listening
from tests.web.pages.test_connecting import signing_in

__all__ = ["web"]

pytestmark = pytest.mark.browser


@pytest.fixture
def microsoft(web: Web) -> Iterator[FakeMicrosoft]:
    with FakeMicrosoft() as server:
        server.interval_s = 1
        signing_in(web, lambda name: Microsoft(server.endpoints))
        yield server


def test_the_page_goes_on_by_itself(web: Web, microsoft: FakeMicrosoft, visit: Any) -> None:
    with listening(web.app) as port:
        anna: Visitor = visit(f"http://127.0.0.1:{port}", "phone")
        anna.expected = {422}
        page = anna.page
        anna.sign_in("anna", PASSWORD)
        for allow in (False, True):
            page.goto(anna.address + "/storages/new/onedrive")
            page.fill("[name='o.client_id']", "client-1")
            page.click("text=Go on to the sign-in")
            code = page.inner_text("#code")
            page.focus("text=I have done it")
            page.wait_for_timeout(3500)  # asked once meanwhile: nothing changes, nothing loses the focus
            assert anna.run("document.activeElement.textContent").strip() == "I have done it"
            expect(page.locator("#code")).to_have_text(code)
            microsoft.type_code(code, allow=allow)
            if allow:
                page.wait_for_selector(".folders a:has-text('Photos')")
                page.click("text=Cancel")
                page.wait_for_url("**/storages")
            else:
                page.wait_for_selector("[role=alert]:has-text('Access was declined')")
                page.click("text=Begin again")
                page.wait_for_url("**/storages/new/onedrive")
        assert web.rclone.remotes == {}
        page.goto("about:blank")

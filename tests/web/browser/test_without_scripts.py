"""Everything that matters works with scripts switched off."""

from typing import Any

import pytest

from tests.serving import Household
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(visit: Any, household: Household) -> Visitor:
    visitor: Visitor = visit(household.address, java_script_enabled=False)
    visitor.sign_in("ben")
    return visitor


def test_the_timeline_is_a_list(plain: Visitor) -> None:
    page = plain.page
    page.click("noscript a")  # not by its text: Playwright does not read inside noscript
    page.wait_for_url("**/timeline")
    count = page.locator(".tiles .tile").count()
    assert count > 5
    page.click(".tiles .tile >> nth=0")
    page.wait_for_selector("#item")
    page.click(".step.older")
    page.wait_for_selector("#item")


def test_forms_are_forms(plain: Visitor) -> None:
    page = plain.page
    page.goto(plain.address + "/settings")
    page.fill("[name=display]", "Ben L.")
    page.click("button:has-text('Save')")
    page.wait_for_selector(".good:has-text('Saved.')")
    page.goto(plain.address + "/devices")
    page.fill("[name=label]", "Tablet")
    page.click("button:has-text('Make an app password')")
    assert page.inner_text(".secret code >> nth=0").startswith("hyp_app_")
    page.fill("[name=q]", "2026")
    page.press("[name=q]", "Enter")
    page.wait_for_url("**/search?q=2026")
    page.locator(".tiles .tile >> nth=0").click()
    page.click("#like button")
    page.wait_for_selector("#like button[aria-pressed=true]")
    page.click(".who button[title]:visible")
    page.wait_for_url("**/login")

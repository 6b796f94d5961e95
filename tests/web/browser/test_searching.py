"""Searching: chips, a mistake while typing, and the form with its live count; without scripts too."""

from typing import Any

import pytest

from tests.serving import Household
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_a_mistake_is_marked_while_typing_and_nothing_is_lost(anna: Visitor) -> None:
    anna.expected.add(400)
    anna.go("/search?q=2026")
    anna.page.fill("[name=q]", "2026 labl:x")
    anna.page.wait_for_selector(".typed mark")
    assert anna.page.inner_text(".typed mark") == "labl"
    assert anna.page.input_value("[name=q]") == "2026 labl:x"
    anna.page.fill("[name=q]", "2026 type:photo")
    anna.page.wait_for_selector(".chip >> text=type:photo")
    anna.page.click(".chip >> text=type:photo")
    anna.page.wait_for_url("**/search?q=2026")


def test_the_form_counts_while_it_is_filled_in(anna: Visitor) -> None:
    anna.go("/search/form")
    anna.page.select_option("[name='r0.field']", "type")
    anna.page.fill("[name='r0.value']", "video")
    anna.page.wait_for_selector("#query-preview code >> text=type:video")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_url("**/search?q=type%3Avideo")


def test_the_form_needs_no_script(visit: Any, household: Household) -> None:
    visitor: Visitor = visit(household.address, java_script_enabled=False)
    visitor.enter("ben")
    page = visitor.page
    page.goto(household.address + "/search/form")
    page.fill("[name='r0.value']", "2026")
    page.click("text=Add group")
    page.wait_for_selector("[name='g0.r0.value']")
    assert page.input_value("[name='r0.value']") == "2026"
    page.select_option("[name='g0.r0.field']", "type")
    page.fill("[name='g0.r0.value']", "photo|video")
    page.click("button.primary")
    page.wait_for_url("**/search?q=**")
    assert page.locator(".chip").count() == 2

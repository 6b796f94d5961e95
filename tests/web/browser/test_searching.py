"""Searching: chips, a mistake while typing, and the form with its live count; without scripts too."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.serving import Household
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_a_mistake_is_marked_while_typing_and_nothing_is_lost(anna: Visitor) -> None:
    anna.expected.add(400)
    anna.go("/search?q=2026")
    anna.page.fill("[name=q]", "2026 labl:x")
    anna.page.wait_for_selector(".typed mark")
    expect(anna.page.locator(".typed mark").first).to_have_text("labl")
    expect(anna.page.locator("[name=q]")).to_have_value("2026 labl:x")
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
    expect(page.locator("[name='r0.value']")).to_have_value("2026")
    page.select_option("[name='g0.r0.field']", "type")
    page.fill("[name='g0.r0.value']", "photo|video")
    page.click("button.primary")
    page.wait_for_url("**/search?q=**")
    expect(page.locator(".chip")).to_have_count(2)


def test_suggestions_by_keys_and_for_who_listens(anna: Visitor, axe: str) -> None:
    """The combobox pattern: the focus stays in the field, which says what is marked."""
    anna.go("/collections")
    page, field = anna.page, anna.page.locator(".search input")
    field.click()
    page.wait_for_selector(".search input[role=combobox]")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.type("😀 typ")
    page.wait_for_selector("[role=option] >> text=type:")
    assert field.get_attribute("aria-expanded") == "true"
    assert page.inner_text(".search [role=status]").endswith(("suggestion", "suggestions"))
    assert (field.get_attribute("aria-activedescendant"), page.locator("[aria-selected=true]").count()) == (
        None,
        0,
    )
    page.keyboard.press("ArrowDown")
    marked = field.get_attribute("aria-activedescendant")
    assert page.get_attribute(f"#{marked}", "data-text") == "type:"
    page.evaluate(axe)
    wrong = page.evaluate("axe.run(document.querySelector('.bar')).then(r => r.violations.map(v => v.id))")
    assert wrong == []
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=option] >> text=video")
    assert field.input_value() == "😀 type:"
    page.keyboard.type("vi")
    page.wait_for_selector("[role=listbox]:not(:has(:nth-child(2))) [role=option] >> text=video")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == "😀 type:video "
    assert (
        page.evaluate("document.activeElement.selectionStart")
        == len("😀 type:video ".encode("utf-16-le")) // 2
    )
    page.keyboard.type("yea")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Escape")
    assert (field.get_attribute("aria-expanded"), page.locator("[role=option]").count()) == ("false", 0)
    assert field.input_value() == "😀 type:video yea"


def test_a_suggestion_by_the_finger_and_enter_searches(anna: Visitor) -> None:
    anna.go("/")
    page = anna.page
    page.click(".search input")
    page.wait_for_selector(".search input[role=combobox]")
    page.keyboard.type("type:pho")
    page.click("[role=option] >> text=photo")
    expect(page.locator(".search input").first).to_have_value("type:photo ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=type%3Aphoto**")

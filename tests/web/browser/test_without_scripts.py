"""Everything that matters works with scripts switched off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

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


def test_a_panorama_scrolls_sideways(plain: Visitor) -> None:
    visitor = plain
    visitor.page.goto(f"{visitor.address}/search?q=pano")
    visitor.page.click(".tiles .tile")
    visitor.page.wait_for_selector("#sweep")
    before = visitor.page.locator("#photo .whole").bounding_box()
    visitor.page.focus("#photo")
    for _ in range(5):
        visitor.page.keyboard.press("ArrowRight")
    visitor.page.wait_for_timeout(500)
    after = visitor.page.locator("#photo .whole").bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] < before["x"] - 50


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


def test_files_are_changed_and_come_back(plain: Visitor, tmp_path: Path) -> None:
    page = plain.page
    page.goto(plain.address + "/storages")
    page.click(".storage h2 a >> nth=0")
    storage = page.url
    page.click("#writing button")
    page.wait_for_selector("#writing:has-text('Writing is allowed')")
    page.goto(storage + "/files")
    (tmp_path / "notes.txt").write_text("what we did\n" * 1000)
    for _ in range(2):  # the second one gets a number
        page.set_input_files("form.whole [type=file]", tmp_path / "notes.txt")
        page.click("button:has-text('Add')")
        page.wait_for_selector(".good:has-text('1 file was added.')")
    expect(page.locator(".entries li:has-text('notes')")).to_have_count(2)
    page.click("li:has-text('notes (2).txt') a.button")
    page.fill("[name=name]", "diary.txt")
    page.click("button:has-text('Rename')")
    page.wait_for_selector("li:has-text('diary.txt')")
    for name in ("diary.txt", "notes.txt"):
        page.click(f"li:has-text('{name}') a.button")
        page.click("button:has-text('Move to the trash')")
        page.wait_for_selector(f".good:has-text('{name}')")
        if name == "diary.txt":
            page.click("button:has-text('Undo')")
            page.wait_for_selector(".good:has-text('It is back where it was.')")
            page.goto(storage + "/files")
    page.goto(plain.address + "/trash")
    page.wait_for_selector("li:has-text('notes.txt')")
    page.click("li:has-text('notes.txt') summary")
    page.click("li:has-text('notes.txt') button:has-text('Delete for good')")
    page.wait_for_selector(".good:has-text('Deleted for good.')")
    page.goto(storage)
    page.click("#writing button")
    page.wait_for_selector("#writing:has-text('Hypomos changes nothing')")

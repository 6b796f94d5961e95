"""Picking pictures and making collections of them, in a browser: with scripts, with the keyboard, and without any."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.serving import Household
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import examine

pytestmark = pytest.mark.browser


def test_pictures_of_the_timeline_become_a_collection(anna: Visitor, axe: str, pictures: Path) -> None:
    page = anna.page
    anna.go("/")
    page.click("#picking")
    page.click(".timeline .tile:not([hidden]) >> nth=0")
    page.click(".timeline .tile:not([hidden]) >> nth=3", modifiers=["Shift"])
    chosen = page.locator(".tile.chosen").count()
    assert chosen >= 2
    assert page.inner_text(".picked").startswith(str(chosen))
    examine(anna, axe, pictures / "picking-desktop-light.png")
    page.click("summary:has-text('Collection')")
    page.fill("#act-name", "By the lake")
    page.click("button[value=make]")
    page.wait_for_url("**/collections/*")
    expect(page.locator(".tiles .tile")).to_have_count(chosen)
    anna.settle()
    page.locator(".picker input").nth(0).check(force=True)
    page.click("summary:has-text('More')")
    examine(anna, axe, pictures / "collection-desktop-light.png")
    first, second = (page.locator(".tiles .tile").nth(n).get_attribute("data-key") for n in (0, 1))
    page.click("button[value=later]")
    page.wait_for_function(f"() => document.querySelector('.tiles .tile')?.dataset.key === '{second}'")
    page.locator(".tiles li").nth(1).drag_to(
        page.locator(".tiles li").nth(0), target_position={"x": 5, "y": 50}
    )
    page.wait_for_function(f"() => document.querySelector('.tiles .tile')?.dataset.key === '{first}'")
    page.reload()
    assert page.locator(".tiles .tile").nth(0).get_attribute("data-key") == first
    page.click(".edit summary")
    page.click("button:has-text('Delete the collection')")
    page.wait_for_selector(".done:has-text('deleted')")
    page.click(".done button")
    page.wait_for_selector(".collection:has-text('By the lake')")


def test_picking_on_a_phone(visit: Any, household: Household, axe: str, pictures: Path) -> None:
    visitor: Visitor = visit(household.address, "phone", "light", locale="de-DE")
    visitor.enter()
    visitor.go("/")
    visitor.page.tap("#picking")
    visitor.page.locator(".timeline .tile:not([hidden])").nth(0).tap()
    visitor.page.wait_for_selector(".acts:visible")
    examine(visitor, axe, pictures / "picking-phone-light.png")
    visitor.page.tap("summary:has-text('Mehr')")
    examine(visitor, axe, pictures / "picking-more-phone-light.png")


def test_by_keyboard(anna: Visitor) -> None:
    page = anna.page
    anna.go("/timeline")
    page.focus(".tiles .tile >> nth=1")
    page.keyboard.press("x")
    page.wait_for_selector(".acts:visible")
    assert page.inner_text(".picked").startswith("1 ")
    page.keyboard.press("Escape")
    page.wait_for_selector(".acts", state="hidden")


@pytest.mark.parametrize(("device", "mode"), [("phone", "dark"), ("desktop", "dark")])
def test_without_scripts(
    visit: Any, household: Household, axe: str, pictures: Path, device: str, mode: Any
) -> None:
    visitor: Visitor = visit(household.address, device, mode, java_script_enabled=False)
    visitor.enter("ben")
    page = visitor.page
    page.goto(household.address + "/timeline")
    for n in (0, 1):
        page.locator(".picker input").nth(n).check(force=True)
    page.screenshot(path=pictures / f"picking-{device}-{mode}.png")
    page.click("summary:has-text('Collection')")
    page.fill("#act-name", f"Plain {device}")
    page.screenshot(path=pictures / f"picking-into-{device}-{mode}.png")
    page.click("button[value=make]")
    page.wait_for_url("**/collections/*")
    expect(page.locator(".tiles .tile")).to_have_count(2)
    page.screenshot(path=pictures / f"collection-{device}-{mode}.png")
    page.goto(household.address + "/collections/new?kind=dynamic")
    page.fill("[name=name]", f"Videos {device}")
    page.select_option("[name='r0.field']", "type")
    page.fill("[name='r0.value']", "video")
    page.click("button[value=show]")
    page.wait_for_selector("[role=status]")
    page.click("button.primary")
    page.wait_for_url("**/collections/*")
    expect(page.locator(".typed").first).to_have_text("type:video")
    page.goto(household.address + "/collections")
    page.screenshot(path=pictures / f"collections-full-{device}-{mode}.png")
    assert page.locator(".collection").count() >= 2


def test_keywords_of_files_are_trusted_and_the_query_is_changed(
    anna: Visitor, axe: str, pictures: Path
) -> None:
    page = anna.page
    anna.go("/collections/new?kind=dynamic")
    page.fill("[name=name]", "Flowers")
    page.fill("[name='r0.value']", "flowers")
    page.wait_for_selector("#query-preview [role=status]:has-text('0 items')")
    page.wait_for_selector("#query-preview :text('only in their files')")
    examine(anna, axe, pictures / "collection-keywords-desktop-light.png")
    page.click("#query-preview button:has-text('Trust keywords')")
    expect(page.locator("[name=trusted]")).to_be_checked()
    expect(page.locator("#query-preview [role=status]")).not_to_have_text("0 items")
    page.uncheck("[name=trusted]")
    page.wait_for_selector("#query-preview [role=status]:has-text('0 items')")
    page.click("button.primary")
    page.wait_for_selector(".notice:has-text('wait for your word')")
    examine(anna, axe, pictures / "collection-proposed-desktop-light.png")
    page.click(".notice button:has-text('Trust keywords')")
    page.wait_for_selector(".tiles .tile")
    assert not page.locator(".notice").count()
    page.click("a:has-text('Change the query')")
    page.wait_for_selector("#query-preview .tile")
    page.select_option("[name='r0.field']", "type")
    page.fill("[name='r0.value']", "video")
    page.click("button[value=add]")
    page.select_option("[name='r1.field']", "camera")
    page.fill("[name='r1.value']", "Nokia")
    page.wait_for_selector("#query-preview :text('Without camera:Nokia there')")
    examine(anna, axe, pictures / "collection-query-desktop-light.png")
    page.click("button[value=show]")
    page.wait_for_selector("#query-preview :text('Without camera:Nokia there')")
    page.click("summary:has-text('As text')")
    page.fill("#f-q", "type:video")
    page.click("button[value=text]")
    page.wait_for_selector("#query-preview .tile")
    expect(page.locator("#query-preview .typed")).to_have_text("type:video")
    page.click("button.primary")
    expect(page.locator(".typed").first).to_have_text("type:video")


def test_a_stored_query_is_changed_without_scripts(
    visit: Any, household: Household, axe: str, pictures: Path
) -> None:
    visitor: Visitor = visit(household.address, "phone", "dark", java_script_enabled=False)
    visitor.enter("ben")
    page = visitor.page
    page.goto(household.address + "/collections/new?kind=dynamic")
    page.fill("[name=name]", "Changed")
    page.select_option("[name='r0.field']", "type")
    page.fill("[name='r0.value']", "video")
    page.click("button.primary")
    page.click("a:has-text('Change the query')")
    page.fill("[name='r0.value']", "photo")
    page.click("button[value=group]")
    page.fill("[name='g0.r0.value']", "2020")
    page.select_option("[name='g0.r0.field']", "year")
    page.check("[name='g0.r0.no']")
    page.click("button[value=show]")
    expect(page.locator("#query-preview .typed")).to_have_text("type:photo -year:2020")
    page.screenshot(path=pictures / "collection-query-phone-dark.png")
    page.click("button.primary")
    expect(page.locator(".typed").first).to_have_text("type:photo -year:2020")

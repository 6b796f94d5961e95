"""Everything can be reached and done without a mouse, and one can look up how."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.serving import Household
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import ANY_BARRIER, LOOKS, PAGES

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const at = document.activeElement, look = getComputedStyle(at);
    const shown = [at, at.closest(".search") ?? at].map((e) => getComputedStyle(e));
    const marked = shown.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2);
    return { number: Number(at.dataset.number ?? -1), marked, is: at.outerHTML.slice(0, 120) };
}"""

REACHABLE = """() => {
    const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, audio, video, [tabindex='0']";
    const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0 && !e.disabled;
    const found = [...document.querySelectorAll(all)].filter(seen);
    found.forEach((e, number) => { e.dataset.number = number; });
    return found.map((e) => e.outerHTML.slice(0, 120));
}"""

MAIN = ("timeline", "photo", "video", "storages", "storage", "devices", "search")


@pytest.mark.parametrize("name", MAIN)
def test_every_control_is_reached_by_tab_and_can_be_seen_then(
    name: str, anna: Visitor, household: Household
) -> None:
    anna.go(PAGES[name](household))
    wanted = anna.run(REACHABLE)
    assert len(wanted) > 8
    reached = set()
    for _ in range(3 * len(wanted) + 40):  # a player's own buttons are stops too
        anna.page.keyboard.press("Tab")
        focus = anna.run(FOCUSED)
        if focus["number"] in reached and focus["number"] == 0:
            break
        if focus["number"] >= 0:
            reached.add(focus["number"])
            assert focus["marked"] or "<video" in focus["is"] or "<audio" in focus["is"], focus["is"]
    assert [wanted[n] for n in range(len(wanted)) if n not in reached] == []


@pytest.mark.parametrize(("name", "number"), [(name, n) for n, name in enumerate(MAIN)], ids=MAIN)
def test_axe_finds_nothing_at_all(
    name: str, number: int, household: Household, visit: Any, axe: str, full: bool
) -> None:
    """Both looks in the full run, else each of them in turn."""
    for device, mode in LOOKS[:2] if full else [LOOKS[number % 2]]:
        visitor: Visitor = visit(household.address, device, mode, locale="de-DE")
        visitor.enter()
        visitor.go(PAGES[name](household))
        visitor.run(axe)
        assert visitor.run(ANY_BARRIER) == [], device


# ── the list of keys ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["timeline", "photo", "storages"])
def test_a_question_mark_opens_the_list_of_keys(
    name: str, anna: Visitor, household: Household, axe: str
) -> None:
    address = anna.address + PAGES[name](household)
    anna.go(PAGES[name](household))
    anna.page.keyboard.press("Tab")
    before = anna.run("document.activeElement.outerHTML")
    anna.page.keyboard.press("?")
    anna.page.wait_for_selector("#keys[open]")
    expect(anna.page.locator("#keys")).to_contain_text("a month on")
    anna.run(axe)
    assert anna.run(ANY_BARRIER) == []
    for key in ("m", "y", "f", "ArrowRight"):  # the page below does nothing meanwhile
        anna.page.keyboard.press(key)
    for _ in range(3):
        anna.page.keyboard.press("Tab")
        assert anna.run(
            "document.activeElement === document.body || !!document.activeElement.closest('#keys')"
        )
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_selector("#keys", state="hidden")
    assert anna.page.url == address
    assert anna.run("document.activeElement.outerHTML") == before


def test_it_opens_by_its_button_and_closes_by_the_same_key(anna: Visitor) -> None:
    anna.go("/devices")
    anna.page.focus("[data-opens=keys]")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_selector("#keys[open]")
    assert anna.run("document.activeElement.textContent") == "Close"
    anna.page.keyboard.press("?")
    anna.page.wait_for_selector("#keys", state="hidden")
    anna.page.focus("[name=label]")
    anna.page.keyboard.type("really?")
    assert anna.page.is_hidden("#keys"), "in a field it is a letter"
    expect(anna.page.locator("[name=label]")).to_have_value("really?")


def test_single_keys_can_be_turned_off(anna: Visitor, household: Household) -> None:
    """WCAG 2.1.4: letters and signs do nothing then; arrows do, and fields take every letter."""
    anna.go("/settings")
    anna.page.uncheck("[name=letter_keys]")
    anna.page.click("[action='/settings'] button")
    anna.page.wait_for_url("**/settings?saved=1")
    try:
        anna.go(PAGES["photo"](household))
        here = anna.page.url
        liked = anna.page.get_attribute("#like button", "aria-pressed")
        for key in ("f", "?", "/"):
            anna.page.keyboard.press(key)
        anna.page.wait_for_timeout(300)
        assert anna.page.get_attribute("#like button", "aria-pressed") == liked
        assert anna.page.is_hidden("#keys")
        assert anna.run("document.activeElement === document.body")
        anna.page.focus(".search input")
        anna.page.keyboard.type("f/?")
        expect(anna.page.locator(".search input").first).to_have_value("f/?")
        anna.run("document.activeElement.blur()")
        anna.page.keyboard.press("ArrowRight")
        anna.page.wait_for_function("(here) => location.href !== here", arg=here)
    finally:
        anna.go("/settings")
        anna.page.check("[name=letter_keys]")
        anna.page.click("[action='/settings'] button")
        anna.page.wait_for_url("**/settings?saved=1")


def test_it_is_there_in_german(visit: Any, household: Household) -> None:
    visitor: Visitor = visit(household.address, locale="de-DE")
    visitor.enter()
    visitor.go("/")
    visitor.page.keyboard.press("?")
    expect(visitor.page.locator("#keys-title")).to_have_text("Tasten")
    expect(visitor.page.locator("#keys")).to_contain_text("zum nächsten Bild")

"""The item page in a browser: zoom, playing, editing, keys."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.serving import Household
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser


ZOOMED = (
    "Math.max(...[...document.querySelectorAll('.pswp__img')].map((i) => i.getBoundingClientRect().width))"
)
"""How wide the picture is: a sharper one takes the place of the first when it has come."""


def test_a_photo_is_zoomed_and_closed(anna: Visitor, household: Household) -> None:
    anna.go(f"/item/{household.item('.jpg')}")
    anna.page.click("#photo")
    anna.page.wait_for_selector(".pswp--open .pswp__img")
    assert anna.page.get_attribute(".pswp", "role") == "dialog"
    before = anna.run(f"() => {ZOOMED}")
    anna.page.click(".pswp__button--zoom")
    anna.page.wait_for_function(f"(before) => {ZOOMED} > before * 1.2", arg=before)
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_selector(".pswp", state="detached")


def test_the_small_picture_is_there_before_the_large_one_and_without_it(
    anna: Visitor, household: Household
) -> None:
    anna.expected = {503}
    anna.page.route("**/rendition/1600", lambda route: route.fulfill(status=503, body=b""))
    anna.go(f"/item/{household.item('.jpg')}")
    anna.page.wait_for_selector("#small", state="visible")
    assert anna.page.is_hidden("#photo .whole")
    assert anna.run("document.querySelector('#photo .early').naturalWidth") > 100
    assert anna.page.get_attribute("#photo .early", "alt")
    box, stage = anna.page.locator("#photo .early").bounding_box(), anna.page.locator(".stage").bounding_box()
    assert box == stage


SWEEP = "[sweep.scrollLeft, sweep.scrollWidth - sweep.clientWidth]"


@pytest.fixture
def before_panorama(visit: Any, household: Household) -> Visitor:
    """Ben, in front of his panorama."""
    ben: Visitor = visit(household.address)
    ben.enter("ben")
    ben.go("/search?q=pano")
    ben.page.click(".tile")
    ben.page.wait_for_selector("#sweep")
    ben.settle()
    return ben


def test_row_21_a_panorama_is_looked_at_sideways(before_panorama: Visitor) -> None:
    """As high as the stage; by keys, by the wheel, by dragging, which opens no zoom; a click does."""
    ben = before_panorama
    address = ben.page.url
    stage, picture = (ben.page.locator(s).bounding_box() for s in (".stage", "#photo .whole"))
    assert stage is not None
    assert picture is not None
    assert abs(picture["height"] - stage["height"]) < 20, "but for a scroll bar"
    assert abs(picture["width"] / picture["height"] - 3) < 0.05
    at, end = ben.run(SWEEP)
    assert end > 300
    assert abs(at - end / 2) < 2, "it begins in the middle"
    ben.page.focus("#photo")
    ben.page.keyboard.press("ArrowRight")
    assert ben.run(SWEEP)[0] > at
    ben.page.keyboard.press("Home")
    assert ben.run(SWEEP)[0] == 0
    ben.page.keyboard.press("End")
    assert abs(ben.run(SWEEP)[0] - end) < 2
    assert ben.page.url == address, "the arrows do not lead away from here"
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    ben.page.mouse.move(x, y)
    ben.page.mouse.wheel(0, -200)
    ben.page.wait_for_function(f"() => {SWEEP}[0] < {end - 150}")
    before = ben.run(SWEEP)[0]
    ben.page.mouse.down()
    ben.page.mouse.move(x + 100, y, steps=4)
    ben.page.mouse.up()
    assert abs(ben.run(SWEEP)[0] - (before - 100)) < 2
    ben.page.wait_for_timeout(200)
    expect(ben.page.locator(".pswp"), "a drag is no click").to_have_count(0)
    ben.page.mouse.click(x, y)
    ben.page.wait_for_selector(".pswp--open .pswp__img")
    ben.page.keyboard.press("Escape")
    ben.page.wait_for_selector(".pswp", state="detached")


def test_row_21_a_panorama_gets_sharp_and_has_no_barriers(before_panorama: Visitor, axe: str) -> None:
    ben = before_panorama
    ben.page.wait_for_function("() => document.querySelector('#photo .whole').src.endsWith('/original')")
    ben.run(axe)
    found = ben.run("() => axe.run(document).then((f) => f.violations.map((v) => v.id))")
    assert found == []


@pytest.mark.parametrize("kind", [".mp4", ".mp3"])
def test_video_and_sound_play_from_ranges(anna: Visitor, household: Household, kind: str) -> None:
    statuses: list[int] = []
    anna.page.on("response", lambda r: statuses.append(r.status) if "/original" in r.url else None)
    anna.go(f"/item/{household.item(kind)}")
    played = anna.run("""async () => {
        const player = document.querySelector("video, audio");
        player.muted = true;
        await player.play();
        player.currentTime = player.duration / 2;
        await new Promise((done) => player.addEventListener("seeked", done, { once: true }));
        await new Promise((done) => player.addEventListener("timeupdate", done, { once: true }));
        return [player.duration, player.currentTime, player.error];
    }""")
    assert played[2] is None
    assert 0 < played[0] / 2 - 0.5 <= played[1]
    assert 206 in statuses
    assert anna.page.is_hidden("#unplayable")


def test_what_the_browser_cannot_play_is_said(anna: Visitor, household: Household) -> None:
    """The bytes come out damaged here; whatever the reason, nobody looks at a dead player."""
    anna.page.route("**/original", lambda route: route.fulfill(status=200, body=b"nothing that plays"))
    anna.go(f"/item/{household.item('.mp4')}")
    anna.page.wait_for_selector("#unplayable", state="visible")


def test_editing_and_the_heart(anna: Visitor, household: Household) -> None:
    page, address = anna.page, f"/item/{household.item('.jpg')}"
    anna.go(address)
    page.click("summary:has-text('Edit')")
    page.fill("[name=title]", "By the lake")
    page.fill("[name=labels]", "lake, family")
    page.click("button:has-text('Save')")
    page.wait_for_function("() => document.querySelector('.panel h1').textContent === 'By the lake'")
    expect(page.locator(".chip >> nth=0").first).to_have_text("family")
    page.wait_for_load_state("networkidle")  # a key that is pressed before its script listens is lost
    anna.run("document.body.dataset.same = 'yes'")
    for wanted in ("true", "false"):
        page.keyboard.press("f")
        page.wait_for_selector(f"#like button[aria-pressed={wanted}]")
    assert anna.run("document.body.dataset.same") == "yes", "the heart changes without loading the page"


def test_keys_lead_to_the_neighbours_and_back(anna: Visitor) -> None:
    anna.go("/")
    anna.page.click(".tile >> nth=3")
    anna.page.wait_for_url("**/item/*")
    first = anna.page.url
    anna.page.wait_for_selector("#item")
    anna.page.keyboard.press("ArrowRight")
    anna.page.wait_for_function("(url) => location.href !== url", arg=first)
    anna.page.wait_for_selector("#item")
    anna.page.keyboard.press("ArrowLeft")
    anna.page.wait_for_url(first)


def test_a_swipe_leads_on(visit: Any, household: Household) -> None:
    ben: Visitor = visit(household.address, "phone")
    ben.enter()
    ben.go("/")
    ben.page.click(".tile >> nth=3")
    ben.page.wait_for_url("**/item/*")
    ben.settle()
    first, older = ben.page.url, ben.page.get_attribute("#item", "data-older")
    ben.run("""() => {
        const stage = document.querySelector(".stage"), at = { pointerType: "touch", bubbles: true, clientY: 300 };
        stage.dispatchEvent(new PointerEvent("pointerdown", { ...at, clientX: 300 }));
        stage.dispatchEvent(new PointerEvent("pointerup", { ...at, clientX: 120 }));
    }""")
    ben.page.wait_for_url(f"**/item/{older}")
    assert ben.page.url != first

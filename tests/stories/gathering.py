"""What people do at events, with the forms of the pages."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browsing import Visitor
from tests.stories.household import Home, eventually


def make_event(visitor: Visitor, home: Home, name: str, guests: str, *, storage: str = "") -> str:
    """Make an event for a week; answers the path of its pages."""
    page = visitor.page
    page.goto(f"{home.address}/events/new")
    page.fill("[name=name]", name)
    page.check(f"[name=guests][value={guests}]")
    page.check("[name=lasts][value=days]")
    page.fill("[name=days]", "7")
    if storage:
        page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true })")
        page.select_option("[name=storage]", storage)
    page.click("main form button.primary")
    page.wait_for_url(lambda url: "/events/new" not in url)
    return "/events/" + page.url.partition("/events/")[2].partition("/")[0].partition("?")[0]


def address_of(visitor: Visitor, home: Home, event: str) -> str:
    """The address that the event's code leads to."""
    visitor.page.goto(home.address + event + "/door")
    shown = visitor.page.inner_text(".copy code >> nth=0").strip()
    return home.address + "/e/" + shown.partition("/e/")[2]


def come_in(visitor: Visitor, address: str, name: str) -> None:
    """A guest comes in by the code."""
    visitor.page.goto(address)
    visitor.page.fill("[name=name]", name)
    visitor.page.click("form button:has-text('Come in')")
    visitor.page.wait_for_url("**/guest/*")


def take_part(visitor: Visitor, address: str) -> None:
    """Somebody who is signed in takes part by the code."""
    visitor.page.goto(address)
    visitor.page.click("button[name=as][value=person]")
    visitor.page.wait_for_url("**/events/*")


def drop(page: Page, files: list[Path]) -> None:
    """A guest drops files by the panel on their page, and waits until the page lists them by itself."""
    where = page.url
    page.set_input_files("#bring input[type=file]", [str(file) for file in files])
    there = f"{len(files)} of {len(files)} files are there."
    page.wait_for_function(f"() => document.querySelector('#bring .told').innerText.includes('{there}')")

    mine = page.locator("#mine .tile")
    eventually(lambda: mine.count() >= len(files), "what was dropped is listed as one's own")
    page.goto(where)
    assert mine.count() >= len(files)


def pictures(page: Page) -> int:
    """How many pictures a page of a guest shows."""
    return page.locator("#tiles .tile").count()


def approve_all(visitor: Visitor, home: Home, event: str) -> None:
    """An organiser approves whatever waits."""
    page = visitor.page
    page.goto(home.address + event + "/board")
    for box in page.locator("#inbox input[name^='pick ']").all():
        box.check(force=True)
    page.click("button[value=approve] >> nth=0")
    page.wait_for_selector(".good")

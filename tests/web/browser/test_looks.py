"""Every page on two sizes, by day and by night: nothing in the console, nothing from elsewhere, no barriers."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image, ImageStat

from appliance.demo.people import HOUSEHOLD
from tests.serving import Household
from tests.web.browser.conftest import Mode, Visitor

pytestmark = pytest.mark.browser

Address = Callable[[Household], str]


def first_name(household: Household) -> str:
    """A file or folder in the storage `phone`."""
    folder = next(s.folder for s in HOUSEHOLD.storages if s.name == "phone")
    return quote(min(p.name for p in (household.media / folder).iterdir()))


PAGES: dict[str, Address] = {
    "timeline": lambda h: "/",
    "photo": lambda h: f"/item/{h.item('.jpg')}",
    "video": lambda h: f"/item/{h.item('.mp4')}",
    "sound": lambda h: f"/item/{h.item('.mp3')}",
    "search": lambda h: "/search?q=2026",
    "nothing found": lambda h: "/search?q=zzz",
    "conditions": lambda h: "/search?q=2026%20-type%3Avideo%20sort%3Ataken",
    "nothing found by conditions": lambda h: "/search?q=type%3Aphoto%20type%3Avideo",
    "query as a form": lambda h: "/search/form?q=2026%20(type%3Aphoto%20OR%20-rating%3A3)",
    "what can be asked": lambda h: "/search/help",
    "plain timeline": lambda h: "/timeline",
    "collections": lambda h: "/collections",
    "new collection": lambda h: "/collections/new",
    "new collection by a query": lambda h: "/collections/new?kind=dynamic",
    "no events": lambda h: "/events",
    "new event": lambda h: "/events/new?for=box",
    "storages": lambda h: "/storages",
    "form of a provider": lambda h: "/storages/new/sftp",
    "generic form": lambda h: "/storages/new/swift",
    "guide": lambda h: "/storages/new/drive",
    "storage": lambda h: f"/storages/{h.storages['phone']}",
    "files": lambda h: f"/storages/{h.storages['phone']}/files",
    "one file": lambda h: f"/storages/{h.storages['phone']}/files/entry?path={first_name(h)}",
    "room": lambda h: f"/storages/{h.storages['phone']}/room",
    "trash": lambda h: "/trash",
    "problems": lambda h: "/problems",
    "devices": lambda h: "/devices",
    "people": lambda h: "/people",
    "settings": lambda h: "/settings",
    "about": lambda h: "/about",
    "not found": lambda h: "/item/AAAAAAAAAAAAAAAA",
}
ANONYMOUS = {"sign-in": "/login", "no invitation": "/invite/hyp_inv_nothing"}
LOOKS = [("desktop", "light"), ("phone", "dark"), ("desktop", "dark"), ("phone", "light")]
ANY_BARRIER = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ").slice(0, 300)}`))"""
SERIOUS = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ").slice(0, 300)}`))"""


def looks(full: bool, number: int = 0) -> list[tuple[str, str]]:
    """All four, or two that pair every size and every mode over the pages."""
    return LOOKS if full else LOOKS[number % 2 * 2 :][:2]


def words(device: str) -> str:
    """A phone's are German, which are longer and have less room."""
    return "de-DE" if device == "phone" else "en-GB"


def examine(visitor: Visitor, axe: str, picture: Path, barriers: str = SERIOUS) -> None:
    """Look at the page that is open: for `barriers`, overflow, and whether there is something to be seen."""
    visitor.run(axe)
    assert visitor.run(barriers) == []
    wide = visitor.run("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} px too wide"
    data = visitor.page.screenshot(path=picture)
    with Image.open(io.BytesIO(data)) as image:
        assert max(ImageStat.Stat(image.convert("L")).stddev) > 5, "the page is blank"


@pytest.mark.parametrize(("device", "mode"), LOOKS, ids=["-".join(look) for look in LOOKS])
def test_signed_in(
    device: str, mode: Mode, household: Household, visit: Any, axe: str, pictures: Path, full: bool
) -> None:
    """One visit to all pages that have this look."""
    visitor: Visitor = visit(household.address, device, mode)
    visitor.enter()
    for number, (name, address) in enumerate(PAGES.items()):
        if (device, mode) not in looks(full, number):
            continue
        visitor.expected = {404} if name == "not found" else set()
        try:
            visitor.go(address(household))
            examine(visitor, axe, pictures / f"{name.replace(' ', '-')}-{device}-{mode}.png")
        except Exception as error:
            error.add_note(f"the page: {name}")
            raise


@pytest.mark.parametrize("name", ANONYMOUS)
def test_before_anybody_signed_in(
    name: str, household: Household, visit: Any, axe: str, pictures: Path, full: bool
) -> None:
    for device, mode in looks(full, len(name)):
        visitor: Visitor = visit(household.address, device, mode, locale="de-DE")
        visitor.expected = {404}
        visitor.go(ANONYMOUS[name])
        assert visitor.run("document.documentElement.lang") == "de"
        examine(visitor, axe, pictures / f"{name.replace(' ', '-')}-{device}-{mode}.png")


def test_german_fits(household: Household, visit: Any, full: bool) -> None:
    """Longer words push nothing off a narrow screen."""
    visitor: Visitor = visit(household.address, "phone", locale="de-DE")
    visitor.enter()
    for name in PAGES if full else ("timeline", "photo", "storages", "devices", "people"):
        visitor.expected = {404} if name == "not found" else set()
        visitor.go(PAGES[name](household))
        assert visitor.run("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_the_policy_is_as_strict_as_said(anna: Visitor) -> None:
    """No script or style in the markup could run: the browser is told so on every page."""
    answer = anna.page.goto(anna.address + "/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe" not in policy
    blocked = anna.run("""() => new Promise((done) => {
        addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.head.append(script);
        setTimeout(() => done("nothing"), 2000);
    })""")
    assert blocked == "script-src-elem"
    anna.trouble.clear()  # the console told of just that

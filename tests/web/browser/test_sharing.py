"""Three people at once: Anna shares with Ben, who sees it where he looks, and no more once she ends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from services import accounts, collections, sharing
from services.accounts import OPERATOR
from services.collections import Draft
from services.models import Collection, Item
from services.sharing import Terms
from tests.processes import serving
from tests.serving import PASSWORD, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import ANY_BARRIER, examine, looks, words

pytestmark = pytest.mark.browser

PEOPLE = {"anna": "Anna Lind", "ben": "Ben", "cleo": "Cleo Maria", "dora": "Dora"}
NAMES = [f"IMG_{n:02}.jpg" for n in range(8)]


@dataclass(frozen=True)
class Place:
    """Where it answers, Anna's collections by name and her items by name."""

    address: str
    data: Path
    collections: dict[str, str]
    items: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    scratch = tmp_path_factory.mktemp("sharing")
    folder = scratch / "photos"
    folder.mkdir()
    for n, name in enumerate(NAMES):
        shade = Image.linear_gradient("L").rotate(45 * n).resize((480, 320))
        Image.merge("RGB", (shade, shade.rotate(180), Image.new("L", (480, 320), 30 * n))).save(folder / name)
    with opened(scratch / "data") as hypomos:
        for login, display in PEOPLE.items():
            accounts.add_person(
                OPERATOR,
                hypomos.passwords,
                login,
                password=PASSWORD,
                display=display,
                is_admin=login == "anna",
            )
        hypomos.connecting.add_local(OPERATOR, "Photos", str(folder), owner=accounts.find_user("anna"))
    with serving(scratch / "data") as at:
        wait_for(scratch / "data")
        with opened(scratch / "data"):
            items = dict(Item.select(Item.name, Item.pid).tuples())
            fill(items)
            named = dict(Collection.select(Collection.name, Collection.pid).tuples())
        yield Place(at.address, scratch / "data", named, items)


def wait_for(data: Path) -> None:
    """Until the worker has read every picture."""
    import time

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with opened(data):
            if Item.select().where(Item.colour.is_null(False)).count() == len(NAMES):
                return
        time.sleep(0.5)
    raise AssertionError("the pictures were not read")


def fill(items: dict[str, str]) -> None:
    """Collections of Anna's; some shared, and pictures that wait for her and for Dora."""
    anna, dora = accounts.viewer_for("anna"), accounts.viewer_for("dora")
    for name, members in (
        ("Lake", NAMES[:3]),
        ("Hills", NAMES[3:5]),
        ("Garden", NAMES[:6]),
        ("Trip", NAMES[5:]),
    ):
        made = collections.create(anna, Draft(name))
        collections.add(anna, made.pid, [items[member] for member in members])
        if name == "Garden":
            sharing.offer(
                anna, made.pid, {"user": "cleo"}, Terms(download=False, place=False, note="for your wall")
            )
        if name == "Trip":
            group = sharing.make_group(anna, "Friends").pid
            sharing.join_group(anna, group, "cleo")
            sharing.join_group(anna, group, "dora")
            sharing.offer(
                anna, made.pid, {"group": group}, Terms(reshare=True, expires=4_102_444_800_000_000)
            )
    party = collections.create(dora, Draft("Party"), {"arrivals": "owner"})
    sharing.offer(dora, party.pid, {"user": "anna"}, Terms(contribute=True))
    garden = Collection.get(Collection.name == "Garden")
    sharing.offer(anna, garden.pid, {"collection": party.pid}, Terms())


def somebody(visit: Any, place: Place, login: str, **options: Any) -> Visitor:
    visitor: Visitor = visit(place.address, **options)
    visitor.expected = {404, 422}
    visitor.enter(login)
    visitor.page.goto(place.address + "/")
    return visitor


def status(page: Page, path: str) -> int:
    """What the browser gets at an address of its own session."""
    return page.request.get(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path).status


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_revoked_is_gone_where_it_was_looked_at(place: Place, visit: Any, scripts: bool) -> None:
    anna = somebody(visit, place, "anna", java_script_enabled=scripts)
    ben = somebody(visit, place, "ben", java_script_enabled=scripts)
    cleo = somebody(visit, place, "cleo", java_script_enabled=scripts)
    lake, item = place.collections["Lake"], place.items[NAMES[int(scripts)]]
    media = [f"/api/v1/items/{item}/{what}" for what in ("rendition/320", "rendition/1600", "original")]

    page = anna.page
    page.goto(f"{place.address}/collections/{lake}/share")
    page.check("[name=to][value='user:ben']")
    page.fill("[name=note]", "from the lake")
    page.click("main form button.primary")
    page.wait_for_selector(".good:has-text('It is shared from now on.')")
    page.wait_for_selector("li:has-text('Lake'):has-text('for ben'):has-text('not opened yet')")

    ben.page.goto(place.address + ("/" if scripts else "/timeline"))
    tile = f"a.tile[href='/item/{item}']"
    ben.page.wait_for_selector(tile)
    assert ben.page.get_attribute(f"{tile} .whose", "data-by") == "AL"
    assert "from Anna Lind" in (ben.page.get_attribute(tile, "aria-label") or "")
    ben.page.click(tile)
    ben.page.wait_for_selector(".panel .whose:has-text('from Anna Lind')")
    assert [status(ben.page, path) for path in media] == [200, 200, 200]
    ben.page.goto(f"{place.address}/shares/received")
    ben.page.wait_for_selector("li:has-text('Lake'):has-text('from the lake')")
    assert status(cleo.page, f"/item/{item}") == 200  # by the garden, and without the original
    assert [status(cleo.page, path) for path in media] == [200, 200, 404]

    page.goto(f"{place.address}/shares/preview/ben")
    page.wait_for_selector(f"a.tile[href='/item/{item}#sharing']")
    page.goto(f"{place.address}/item/{item}")
    page.wait_for_selector("#sharing li:has-text('ben'):has-text('opened 1 time')")
    page.click("#sharing li:has-text('ben') button")
    page.wait_for_selector(".receipt:has-text('For: ben.')")

    assert [status(ben.page, path) for path in [*media, f"/item/{item}"]] == [404] * 4
    ben.page.goto(f"{place.address}/item/{item}")
    ben.page.wait_for_selector("text=Not found")
    ben.page.goto(place.address + ("/" if scripts else "/timeline"))
    ben.page.wait_for_selector("text=/No pictures yet|Welcome|storage/i")
    assert not ben.page.query_selector(tile)
    assert status(cleo.page, f"/item/{item}") == 200
    page.goto(f"{place.address}/shares?ended=1")
    page.wait_for_selector("li:has-text('Lake'):has-text('for ben'):has-text('ended just now')")


@pytest.mark.parametrize("scripts", [True, False])
def test_decisions_by_keys_and_by_forms(place: Place, visit: Any, scripts: bool) -> None:
    dora = somebody(visit, place, "dora", java_script_enabled=scripts)
    page = dora.page
    page.click(".rail a:has(.number)")
    page.wait_for_selector(".decision")
    number = len(page.query_selector_all(".decision"))
    if scripts:
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("a")
    else:
        page.click(".decision >> nth=0 >> button:has-text('Approve')")
    page.wait_for_selector(".good:has-text('1 picture approved.')")
    assert len(page.query_selector_all(".decision")) == number - 1
    if scripts:
        page.wait_for_load_state()  # the keys are heeded when the page's modules have run
        page.keyboard.press("u")
    else:
        page.click("#undo button")
    page.wait_for_selector(".good:has-text('Taken back.')")
    assert len(page.query_selector_all(".decision")) == number
    for box in page.query_selector_all(".decision input")[:2]:
        box.check()
    if scripts:
        page.keyboard.press("r")
    else:
        page.click("button:has-text('Reject those ticked')")
    page.wait_for_selector(".good:has-text('2 pictures rejected.')")
    page.click("#undo button")
    page.wait_for_selector(".good:has-text('Taken back.')")


@pytest.mark.parametrize("scripts", [True, False])
def test_who_is_asked_first_answers_by_keys_and_by_forms(
    place: Place, visit: Any, axe: str, pictures: Path, scripts: bool
) -> None:
    ben = somebody(visit, place, "ben", java_script_enabled=scripts)
    page, hills = ben.page, place.collections["Hills"]
    ask_first(page, place, wanted=True)
    with opened(place.data):
        sharing.offer(accounts.viewer_for("anna"), hills, {"user": "ben"}, Terms(note="for you"))
    page.goto(f"{place.address}/approvals")
    page.wait_for_selector(
        ".offer:has-text('“Hills” from Anna Lind'):has-text('2 pictures now'):has-text('for you')"
    )
    assert page.query_selector_all(".offer img") == []
    assert status(page, f"/item/{place.items[NAMES[3]]}") == 404
    if scripts:
        examine(ben, axe, pictures / "sharing-offer.png", ANY_BARRIER)
        page.wait_for_load_state()
        page.keyboard.press("a")
    else:
        page.click(".offer button:has-text('Accept')")
    page.wait_for_selector(".good:has-text('1 share accepted.')")
    assert status(page, f"/item/{place.items[NAMES[3]]}") == 200
    page.wait_for_load_state()
    page.click("#undo button")
    page.wait_for_selector(".good:has-text('Taken back.')")
    assert status(page, f"/item/{place.items[NAMES[3]]}") == 404
    if scripts:
        page.wait_for_load_state()
        page.keyboard.press("x")
        page.keyboard.press("r")
    else:
        page.click(".offer button:has-text('Decline')")
    page.wait_for_selector(".good:has-text('1 share declined.')")
    assert status(page, f"/collections/{hills}") == 404
    ask_first(page, place, wanted=False)


def ask_first(page: Page, place: Place, *, wanted: bool) -> None:
    """In the settings, by the form."""
    page.goto(f"{place.address}/settings")
    page.set_checked("[name=ask_first]", wanted)
    page.click("form[action='/settings'] button.primary")
    page.wait_for_selector(".good:has-text('Saved.')")


PAGES = {
    "ledger": "/shares",
    "ledger of one": "/shares?to=cleo",
    "history": "/shares?ended=1",
    "received": "/shares/received",
    "groups": "/groups",
    "preview": "/shares/preview/cleo",
}


@pytest.mark.first
def test_how_it_looks(place: Place, visit: Any, axe: str, pictures: Path, full: bool) -> None:
    for device, mode in looks(full):
        look_at_all(place, visit, axe, pictures, device, mode)


def look_at_all(place: Place, visit: Any, axe: str, pictures: Path, device: str, mode: str) -> None:
    """Every page of sharing, as three people see it."""
    locale = words(device)
    anna: Visitor = somebody(visit, place, "anna", device=device, mode=mode, locale=locale)
    pages = {
        **PAGES,
        "share form": f"/collections/{place.collections['Hills']}/share",
        "item with its viewers": f"/item/{place.items[NAMES[5]]}",
    }
    for name, path in pages.items():
        look(anna, axe, pictures, f"sharing-{name}-{device}-{mode}", path)
    anna.go("/storages")
    anna.page.click("main a:has-text('Photos')")
    anna.page.locator("#sharing").screenshot(path=pictures / f"sharing-storage-{device}-{mode}.png")
    cleo: Visitor = somebody(visit, place, "cleo", device=device, mode=mode, locale=locale)
    for name, path in {
        "timeline of cleo": "/",
        "nothing shared": "/shares",
        "received by cleo": "/shares/received",
        "item of anna": f"/item/{place.items[NAMES[0]]}",
        "all done": "/approvals",
    }.items():
        look(cleo, axe, pictures, f"sharing-{name}-{device}-{mode}", path)
    dora: Visitor = somebody(visit, place, "dora", device=device, mode=mode, locale=locale)
    look(dora, axe, pictures, f"sharing-inbox-{device}-{mode}", "/approvals")


def look(visitor: Visitor, axe: str, pictures: Path, name: str, path: str) -> None:
    visitor.go(path)
    examine(visitor, axe, pictures / f"{name.replace(' ', '-')}.png", ANY_BARRIER)
    visitor.page.screenshot(path=pictures / f"{name.replace(' ', '-')}-whole.png", full_page=True)


def test_the_form_says_what_is_wrong_and_keeps_what_was_chosen(place: Place, visit: Any) -> None:
    anna = somebody(visit, place, "anna", java_script_enabled=False)
    page = anna.page
    page.goto(f"{place.address}/collections/{place.collections['Garden']}/share")
    page.check("[name=to][value='user:cleo']")
    page.uncheck("[name=download]")
    page.click("main form button.primary")
    page.wait_for_selector(".problem:has-text('already')")
    expect(page.locator("[name=to][value='user:cleo']")).to_be_checked()
    expect(page.locator("[name=download]")).not_to_be_checked()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_collection_is_contributed_and_ended(visit: Any, place: Place, javascript: bool) -> None:
    anna = somebody(visit, place, "anna", java_script_enabled=javascript)
    page = anna.page
    anna.go(f"/collections/{place.collections['Party']}")
    page.get_by_role("link", name="Contribute").click()
    page.get_by_label("Which of your collections?").select_option(label="Trip")
    page.get_by_role("button", name="See what will be shown").click()
    expect(page.locator(".strip img")).to_have_count(3)
    page.get_by_label("Until").fill("2099-12-31")
    page.get_by_role("button", name="Contribute it").click()
    page.get_by_text("You contribute it from now on.").wait_for()
    listed = page.locator("li", has_text="Trip")
    # one of the three came with the garden before
    expect(listed).to_contain_text("2 wait for their decision")
    expect(listed).to_contain_text("until 31 December 2099")
    listed.get_by_role("button", name="End it").click()
    page.wait_for_url("**/shares?receipt=1")
    anna.go(f"/collections/{place.collections['Party']}/contribute")
    expect(page.locator("li", has_text="Trip")).to_have_count(0)
    expect(page.get_by_label("Which of your collections?").locator("option", has_text="Trip")).to_have_count(
        1
    )

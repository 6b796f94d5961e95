"""An event from its form to its end, as Anna organises it and Ben takes part, with scripts and without."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from services import accounts, collections, events
from services.collections import Draft
from services.models import Event, File, Item, Storage, User, database
from tests.serving import Household, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import LOOKS, examine, looks, words

pytestmark = pytest.mark.browser

NAME = "Hochzeit & <b>mehr</b>"


@dataclass
class Party:
    """An event of Anna's at which Ben takes part, and a collection of his."""

    pid: str
    lake: str
    mine: str

    @property
    def page(self) -> str:
        return f"/events/{self.pid}"


@pytest.fixture
def party(household: Household) -> Any:
    """Made anew for each test; nothing of it is left for other tests of this household."""
    with opened(household.data) as hypomos:
        anna, ben = accounts.viewer_for("anna"), accounts.viewer_for("ben")
        storage = Storage.get(Storage.pid == household.storages["phone"])
        Storage.update(writable=True).where(Storage.id == storage.id).execute()
        event = hypomos.events.make(anna, {"name": NAME, "storage": storage.pid})
        door = hypomos.events.doors.show(anna, event.pid)
        assert door is not None
        hypomos.events.doors.join(ben, door.token, ip="203.0.113.7")
        hypomos.events.doors.enter(door.token, "Lou", ip="203.0.113.7")
        photos = Item.select().where((Item.owner == ben.user_id) & (Item.type == "photo")).limit(4)
        lake = collections.create(ben, Draft(f"Lake {event.pid}"))
        collections.add(ben, lake.pid, [item.pid for item in photos])
        mine = household.item(".jpg")
        events.contribute_items(anna, event.pid, [mine])
        database.close()
    yield Party(event.pid, lake.pid, mine)
    with opened(household.data) as hypomos:
        if Event.get(Event.pid == event.pid).state == "open":
            hypomos.events.close(anna, event.pid)
        hypomos.events.archive(anna, event.pid)
        collections.delete(ben, lake.pid)
        Storage.update(writable=False).where(Storage.id == storage.id).execute()
        database.close()


def member(visit: Any, household: Household, login: str, *, scripts: bool = True) -> Visitor:
    visitor: Visitor = visit(household.address, "phone", java_script_enabled=scripts)
    visitor.enter(login)
    return visitor


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_ben_brings_pictures_and_anna_decides(
    visit: Any, household: Household, party: Party, scripts: bool
) -> None:
    ben = member(visit, household, "ben", scripts=scripts).page
    ben.goto(household.address + party.page)
    ben.click("a.primary:has-text('Contribute')")
    ben.click(f".entries li:has-text('Lake {party.pid}') a")
    expect(ben.locator("main")).to_contain_text("4 pictures and videos of yours")
    expect(ben.locator(".tiles.small .tile")).to_have_count(4)
    ben.click("button.primary")
    expect(ben.locator(".entries").first).to_contain_text("4 wait")
    anna = member(visit, household, "anna", scripts=scripts).page
    anna.goto(f"{household.address}{party.page}/board")
    expect(anna.locator(".decision")).to_have_count(4)
    if scripts:
        for key in ("x", "j", "x", "a"):
            anna.keyboard.press(key)
        anna.wait_for_selector(".good:has-text('2 pictures approved')")
        anna.wait_for_load_state()  # the keys are heeded when the page's modules have run
        anna.keyboard.press("u")
        anna.wait_for_selector(".good:has-text('Taken back')")
    for box in anna.locator(".decision input").all()[:3]:
        box.check()
    anna.click(".sticky button[value=approve]")
    anna.wait_for_selector(".good:has-text('3 pictures approved')")
    anna.click(".decision button.danger")
    anna.wait_for_selector(".good:has-text('1 picture rejected')")
    assert [chip.inner_text().split() for chip in anna.locator(".states .chip").all()] == [
        ["Waiting", "0"], ["Visible", "3"], ["Rejected", "1"],
    ]  # fmt: skip
    ben.goto(household.address + party.page)
    expect(ben.locator(".tiles .tile")).to_have_count(4)
    ben.locator(".tiles .tile").first.click()
    ben.wait_for_selector("#item")
    ben.goto(f"{household.address}{party.page}/contribute")
    ben.click(".entries .sure summary")
    ben.click(".entries .sure button")
    ben.wait_for_selector(".good:has-text('taken back')")
    anna.goto(household.address + party.page)
    expect(anna.locator(".tiles .tile")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_ben_drops_a_file(
    visit: Any, household: Household, party: Party, tmp_path: Path, scripts: bool
) -> None:
    """It goes into his own storage and is contributed from there; a program that is called a picture is not taken."""
    with opened(household.data):
        ben_row = User.get(User.login == "ben")
        storage = Storage.get((Storage.owner == ben_row.id) & Storage.removed_at.is_null())
        Storage.update(writable=True).where(Storage.id == storage.id).execute()
        User.update(default_storage_id=storage.id).where(User.id == ben_row.id).execute()
        database.close()
    name = f"new-{scripts}.jpg"
    Image.radial_gradient("L").rotate(20 + 50 * scripts).resize((900, 640)).convert("RGB").save(
        tmp_path / name
    )
    (tmp_path / "tool.jpg").write_bytes(b"#!/bin/sh\n")
    ben = member(visit, household, "ben", scripts=scripts).page
    address = f"{household.address}{party.page}/contribute"
    ben.goto(address)
    expect(ben.locator("#send")).to_contain_text(f"in your storage “{storage.name}”")
    ben.set_input_files("#f-upload", [tmp_path / name, tmp_path / "tool.jpg"])
    if scripts:
        ben.wait_for_selector(f"form.upload li[data-state=stored]:has-text('{name}')", timeout=60_000)
        ben.wait_for_selector("form.upload li[data-state=refused]:has-text('tool.jpg')", timeout=60_000)
        expect(ben.locator("#given")).to_contain_text("1 waits", timeout=30_000)
    else:
        ben.click("#send .send")
        ben.wait_for_selector(".good:has-text('Your files are here.')")
        for _ in range(60):
            if "1 waits" in ben.inner_text("#given"):
                break
            ben.wait_for_timeout(500)
            ben.goto(address)
        expect(ben.locator("#given")).to_contain_text("1 waits")
    with opened(household.data):
        item = Item.get((Item.owner == ben_row.id) & (Item.name == name))
        file = File.get(File.asset == item.cover_id)
        assert file.storage_id == storage.id
        assert file.folder.path.startswith("Events/Hochzeit")
        database.close()


def test_from_the_form_to_the_end(visit: Any, household: Household) -> None:
    anna = member(visit, household, "anna").page
    anna.goto(household.address + "/events")
    anna.click("a:has-text('New event')")
    anna.click("a:has-text('Photographer’s delivery')")
    anna.fill("[name=name]", "Photos for the Millers")
    anna.fill("[name=until_day]", "2090-07-05")
    expect(anna.locator("[name=lasts][value=until]")).to_be_checked()
    anna.fill("[name=until_time]", "18:30")
    anna.click("button.primary")
    anna.wait_for_selector(".qr svg")
    expect(anna.locator("main")).to_contain_text("5 July 2090, 18:30")
    pin = anna.inner_text("p.code code")
    with anna.expect_navigation():
        anna.click("a:has-text('A6')")
    expect(anna.locator(".sheet").first).to_contain_text(pin)
    anna.click("nav a >> nth=0")
    anna.check("[name=all]")
    anna.click("button:has-text('Make a new code')")
    anna.wait_for_selector(".good:has-text('dead')")
    assert anna.inner_text("p.code code") != pin
    anna.click(".tabs a:has-text('Settings')")
    anna.click("button:has-text('7 days')")
    anna.wait_for_selector("p:has-text('12 July 2090, 18:30')")
    anna.click("a:has-text('Close it now')")
    anna.click("button.danger")
    anna.wait_for_selector(".good:has-text('closed')")
    anna.click("button:has-text('archive')")
    anna.wait_for_selector("h1:has-text('Archive')")
    expect(anna.locator("main")).to_contain_text("Photos for the Millers")


def test_pictures_come_from_the_timeline(visit: Any, household: Household, party: Party) -> None:
    anna = member(visit, household, "anna").page
    anna.goto(household.address)
    anna.wait_for_selector("#timeline .tile img.shown")
    anna.click("#picking")
    for number in (0, 1):
        anna.locator("#timeline .tile:not([hidden])").nth(number).click()
    anna.click(".acts summary:has-text('Event')")
    anna.select_option("[name=event]", party.pid)
    anna.click("button[formaction='/events/contribute']")
    expect(anna.locator("h1")).to_contain_text("Contribute 2 pictures?")
    anna.click("button.primary")
    anna.wait_for_selector(".good:has-text('contributed')")
    anna.goto(household.address + party.page)
    seen = anna.locator(".tiles .tile").count()
    assert 2 <= seen <= 3  # the first one of the household may be among them
    anna.locator(".picker input").first.check()
    anna.click(".acts summary:has-text('More')")
    anna.click("button[formaction$='/take-out']")
    anna.wait_for_selector(".good:has-text('taken out')")
    expect(anna.locator(".tiles .tile")).to_have_count(seen - 1)


def test_looks(visit: Any, household: Household, party: Party, axe: str, pictures: Path, full: bool) -> None:
    """Each page of it on two sizes, by day and by night, on the phone in German."""
    with opened(household.data):
        ben = accounts.viewer_for("ben")
        events.contribute_collection(ben, party.pid, party.lake)
        database.close()
    parts = {
        "events": "/events", "event": party.page, "contribute": f"{party.page}/contribute",
        "board": f"{party.page}/board", "attending": f"{party.page}/people", "door": f"{party.page}/door",
        "event-settings": f"{party.page}/settings", "close": f"{party.page}/close",
    }  # fmt: skip
    for device, mode in looks(full):
        locale = words(device)
        visitor: Visitor = visit(household.address, device, mode, locale=locale)
        visitor.enter()
        for name, path in parts.items():
            visitor.go(path)
            examine(visitor, axe, pictures / f"organiser-{name}-{device}-{mode}.png")
        visitor.go(f"{party.page}/poster")
        examine(visitor, axe, pictures / f"poster-{device}-{mode}.png")
        assert visitor.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert visitor.run("document.scripts.length") == 0
    other: Visitor = visit(household.address, *LOOKS[1])
    other.enter("ben")
    for name, path in (("contribute", "/contribute"), ("confirm", f"/contribute?collection={party.lake}")):
        other.expected = {422}  # it is contributed already
        other.go(party.page + path)
        examine(other, axe, pictures / f"participant-{name}.png")
    visitor.go("/shares")
    assert NAME in visitor.page.inner_text("main")
    with opened(household.data) as hypomos:
        hypomos.events.close(accounts.viewer_for("anna"), party.pid)
        database.close()
    for device, mode in looks(full)[:2]:
        visitor = visit(household.address, device, mode)
        visitor.enter()
        for name, path in (("over", party.page), ("after", f"{party.page}/after")):
            visitor.go(path)
            examine(visitor, axe, pictures / f"{name}-{device}-{mode}.png")


def test_the_poster_is_one_sheet(visit: Any, household: Household, party: Party, tmp_path: Path) -> None:
    anna = member(visit, household, "anna").page
    for size, width in (("a4", 595), ("a6", 298)):
        anna.goto(f"{household.address}{party.page}/poster?size={size}")
        sheet = anna.pdf(path=tmp_path / f"{size}.pdf", prefer_css_page_size=True)
        assert sheet.count(b"/Type /Page\n") == 1
        box = sheet.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
        assert round(float(box[2])) == width

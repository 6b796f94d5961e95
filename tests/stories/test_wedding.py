"""Wedding: guests bring pictures by reference or from their phones, and the couple decides what is shown."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.models import File, Item
from tests.browsing import Visitor
from tests.serving import opened
from tests.stories.gathering import address_of, approve_all, come_in, drop, make_event, pictures, take_part
from tests.stories.household import Home, eventually, picture

pytestmark = pytest.mark.browser


def test_guests_bring_and_the_couple_decides(visit: Any, family: Home, tmp_path: Path) -> None:
    mara: Visitor = visit(family.address)
    mara.sign_in("mara")
    event = make_event(mara, family, "Wedding", "contribute", storage=family.storages["mara"])
    address = address_of(mara, family, event)

    lou: Visitor = visit(family.address, "phone")
    come_in(lou, address, "Lou")
    mia: Visitor = visit(family.address, "phone", "dark")
    come_in(mia, address, "Mia")
    jon: Visitor = visit(family.address)
    jon.sign_in("jon")
    take_part(jon, address)

    # Jon contributes by reference, Lou from the phone; nobody else sees either of it yet
    contribute_collection(jon, family, event)
    picture(tmp_path / "from-the-phone.jpg", 77)
    drop(lou.page, [tmp_path / "from-the-phone.jpg"])
    assert files(family, "jon") == 3  # nothing was copied
    mia.page.reload()
    assert pictures(mia.page) == 0
    with family.drive("jon") as drive:
        assert drive.names("/Events/Wedding/") == {"Inbox"}

    approve_all(mara, family, event)
    mia.page.reload()
    assert pictures(mia.page) == 2
    with family.drive("jon") as drive:
        there = {"Inbox", "jon-1.jpg", "from-the-phone.jpg"}  # once it is known what of them tells the place
        eventually(lambda: drive.names("/Events/Wedding/") == there, "both are on the drive")
        assert sha(drive.http.get("/Events/Wedding/from-the-phone.jpg").content) == sha(
            (tmp_path / "from-the-phone.jpg").read_bytes()
        )
    with opened(family.data):
        dropped = Item.get(Item.name == "from-the-phone.jpg")
        assert File.select().where(File.name == dropped.name).count() == 1

    # Jon takes his back: it is gone for everybody; then Lou takes back the other
    jon.page.goto(family.address + event + "/contribute")
    jon.page.click("details.sure summary")
    jon.page.click("details.sure button.danger")
    jon.page.wait_for_selector(".good")
    mia.page.reload()
    assert pictures(mia.page) == 1
    lou.page.reload()
    lou.page.locator("#mine input[type=checkbox]").first.check(force=True)
    lou.page.click("#mine button.danger")
    lou.page.wait_for_selector(".good")
    mia.page.reload()
    assert pictures(mia.page) == 0
    with family.drive("jon") as drive:
        assert drive.names("/Events/Wedding/") == {"Inbox"}
        assert drive.status("/Events/Wedding/from-the-phone.jpg") == 404
    eventually(lambda: is_in_the_trash(family), "the bytes are in the organiser's trash")
    lou.page.goto(address)  # the code goes on, and the visit too
    assert "/e/" in lou.page.url


def contribute_collection(visitor: Visitor, home: Home, event: str) -> None:
    """Make a collection of one picture, and contribute it to the event."""
    page = visitor.page
    with home.api("jon") as http:
        made = http.post("/api/v1/collections", json={"name": "For the two", "kind": "static"}).json()
        http.post(f"/api/v1/collections/{made['id']}/items", json={"ids": [home.items["jon-1.jpg"]]})
    page.goto(home.address + event + "/contribute")
    page.click("a.button:has-text('Look at it')")
    page.wait_for_selector(".tiles .tile")
    expect(page.locator(".tiles .tile")).to_have_count(1)
    page.click("button.primary:has-text('Contribute')")
    page.wait_for_selector(".good")


def files(home: Home, login: str) -> int:
    return len([path for path in home.folders[login].rglob("*.jpg") if path.is_file()])


def is_in_the_trash(home: Home) -> bool:
    with home.api("mara") as http:
        return any("from-the-phone.jpg" in str(entry) for entry in http.get("/api/v1/trash").json()["items"])


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

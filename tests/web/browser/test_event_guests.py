"""An event from its guest's side: the code on the poster, a name, the pictures, taking back, leaving. On a phone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from services import accounts, events
from services.accounts import OPERATOR
from services.events import landed
from services.models import Event, Guest, Item, Storage, Upload, database, transaction
from tests.serving import PASSWORD, Household, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import examine, looks, words

pytestmark = pytest.mark.browser
WAIT_S = 60.0
DROPS = 24


@dataclass
class Party:
    """An event of Anna's with some of her pictures; `brought` are pictures in its storage that nobody brought yet."""

    household: Household
    event: Event
    token: str
    short: str
    pin: str
    shown: int
    brought: list[str]

    @property
    def code(self) -> str:
        return f"{self.household.address}/e/{self.token}"

    def drop(self, base: str, decision: str = "") -> str:
        """Have the guest with this address bring the next picture; gives its id."""
        pid = self.brought.pop(0)
        with opened(self.household.data):
            guest = Guest.get(Guest.pid == base.rpartition("/")[2])
            with transaction():
                Item.update(contributed_by_id=guest.id).where(Item.pid == pid).execute()
                upload = Upload(guest=guest, event=self.event, created_at=0)
                landed(upload, Item.get(Item.pid == pid), False)
            if decision:
                anna = accounts.viewer_for("anna")
                approval = f"in.{self.event.collection.pid}.{pid}"
                events.decide(
                    anna, self.event.pid, [approval], "approve" if decision == "approve" else "reject"
                )
            database.close()
        return pid


@pytest.fixture(scope="module")
def party(household: Household, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """In a storage of its own, which is taken away again: what guests take back goes to the trash there."""
    folder = tmp_path_factory.mktemp("brought")
    for n in range(DROPS):
        Image.radial_gradient("L").rotate(n * 7).resize((900, 600 + n)).convert("RGB").save(
            folder / f"brought{n:02}.jpg"
        )
    with opened(household.data) as hypomos:
        anna = accounts.viewer_for("anna")
        owner = accounts.find_user("anna")
        hypomos.connecting.add_local(OPERATOR, "Party", str(folder), owner=owner, writable=True)
        storage, brought = scanned()
        event = hypomos.events.make(
            anna, {"name": "Lina & <b>Tom</b>", "storage": storage.pid, "names": True, "max_files": 50}
        )
        names = [n for n in sorted(household.items) if n.lower().endswith((".jpg", ".heic"))][:8]
        events.contribute_items(anna, event.pid, [household.items[n] for n in names])
        door = hypomos.events.doors.show(anna, event.pid)
        assert door is not None
        database.close()
    yield Party(household, event, door.token, door.short, door.pin or "", len(names), brought)
    with opened(household.data) as hypomos:
        anna = accounts.viewer_for("anna")
        hypomos.events.close(anna, event.pid)
        hypomos.connecting.remove(anna, storage.pid, items="forget")
        database.close()


def scanned() -> tuple[Storage, list[str]]:
    """The storage and the ids of the pictures in it, once all are read."""
    deadline = time.monotonic() + WAIT_S
    while Item.select().where(Item.name.startswith("brought")).count() < DROPS:
        assert time.monotonic() < deadline, "the scan takes too long"
        time.sleep(0.2)
    rows = Item.select(Item.pid).where(Item.name.startswith("brought")).order_by(Item.id).tuples()
    return Storage.get(Storage.name == "Party"), [pid for (pid,) in rows]


def come_in(guest: Visitor, party: Party, name: str = "Lou") -> str:
    """By the code; gives the address of the visit."""
    guest.page.goto(party.code)
    expect(guest.page.locator("img:not(.logo)")).to_have_count(0)
    assert "Lina" not in guest.page.content()
    assert "Anna" not in guest.page.content()
    guest.page.fill("[name=name]", name)
    guest.page.click("button.primary")
    guest.page.wait_for_selector("#tiles .tile")
    assert "hyp_" not in guest.page.url
    return guest.page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_guest_from_the_code_to_leaving(
    party: Party, visit: Any, household: Household, axe: str, scripts: bool
) -> None:
    guest: Visitor = visit(household.address, "phone", java_script_enabled=scripts)
    guest.expected = {404, 422}
    base = come_in(guest, party)
    page = guest.page
    expect(page.locator("h1")).to_have_text("Lina & <b>Tom</b>")
    assert page.locator("#tiles .tile").count() >= party.shown
    first, second, third = party.drop(base), party.drop(base, "approve"), party.drop(base, "reject")
    page.reload()
    expect(page.locator("#mine .badge.state")).to_have_text(["not shown", "visible", "waiting"])
    page.locator(f"#tiles a[href$='{second}']").click()
    page.wait_for_selector("#item")
    expect(page.locator("form.own").first).to_contain_text("You brought this: visible")
    page.click(".panel .tools a >> nth=0")
    for pid in (first, second):
        page.check(f"#mine [name='pick.{pid}']")
    page.click("#mine button.danger")
    page.wait_for_selector(".good[role=status]")
    expect(page.locator(".good").first).to_contain_text("2 pictures were taken back.")
    expect(page.locator("#mine .tile")).to_have_count(1)
    expect(page.locator(f"a[href$='{second}']")).to_have_count(0)
    page.click("#mine button.danger")  # nothing is ticked
    expect(page.locator(".alert").first).to_contain_text("Tick at least one picture first.")
    page.click("header .actions a[href$='/leave']")
    expect(page.locator(".alert").first).to_contain_text("1 picture")
    page.click("button.danger")
    page.wait_for_url("**/e?left=1")
    expect(page.locator(".good").first).to_contain_text("You have left.")
    page.goto(base)
    expect(page.locator(".tile")).to_have_count(0)
    with opened(household.data):
        back = Item.select().where(Item.pid.in_([first, second, third]) & Item.taken_back_at.is_null(False))
        assert back.count() == 3
        database.close()


def test_by_hand_with_the_pin_and_back_by_the_code(party: Party, visit: Any, household: Household) -> None:
    guest: Visitor = visit(household.address, "phone", "dark")
    guest.expected = {401, 404}
    page = guest.page
    page.goto(household.address + "/e")
    page.fill("[name=address]", "bbbbbb")
    page.click("button.primary")
    expect(page.locator(".problem").first).to_contain_text("There is no event at this address.")
    page.fill("[name=address]", f"{party.short[:3]} {party.short[3:]}".lower())
    page.click("button.primary")
    page.wait_for_selector("[name=pin]")
    page.fill("[name=pin]", f"{(int(party.pin) + 1) % 10**6:06}")
    page.fill("[name=name]", "Mia")
    page.click("button.primary")
    expect(page.locator(".problem").first).to_contain_text("The PIN is wrong.")
    expect(page.locator("[name=name]")).to_have_value("Mia")
    page.fill("[name=pin]", party.pin)
    page.click("button.primary")
    page.wait_for_selector("#tiles .tile")
    base = page.url
    page.goto(party.code)
    page.click("a.primary")
    page.wait_for_selector("#tiles .tile")
    assert page.url == base


def test_somebody_of_the_household_takes_part(party: Party, visit: Any, household: Household) -> None:
    guest: Visitor = visit(household.address, "phone")
    guest.expected = {404}
    base = come_in(guest, party, "Benny")
    page = guest.page
    page.click("section a[href$='/join']")
    page.click("a.primary")
    page.fill("[name=login]", "ben")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(f"{base}/join")
    page.click("button.primary")
    page.wait_for_url("**/events/*")
    with opened(household.data):
        assert [card.event.pid for card in events.cards(accounts.viewer_for("ben"))] == [party.event.pid]
        database.close()


def test_who_was_sent_away_sees_it_without_a_word_of_theirs(
    party: Party, visit: Any, household: Household
) -> None:
    guest: Visitor = visit(household.address, "phone")
    guest.expected = {410}
    base = come_in(guest, party, "Kai")
    with opened(household.data):
        events.dismiss(accounts.viewer_for("anna"), party.event.pid, base.rpartition("/")[2])
        database.close()
    guest.page.wait_for_selector("#ended", timeout=40_000)
    expect(guest.page.locator("#ended")).to_contain_text("Anna")
    expect(guest.page.locator(".tile")).to_have_count(0)


def test_looks(party: Party, visit: Any, household: Household, axe: str, pictures: Path, full: bool) -> None:
    """Each page of it on two sizes, by day and by night, on the phone in German."""
    for device, mode in looks(full):
        locale = words(device)
        guest: Visitor = visit(household.address, device, mode, locale=locale)
        guest.page.goto(household.address + "/e")
        examine(guest, axe, pictures / f"event-address-{device}-{mode}.png")
        guest.page.goto(f"{household.address}/e/{party.short}")
        examine(guest, axe, pictures / f"event-door-{device}-{mode}.png")
        person: Visitor = visit(household.address, device, mode, locale=locale)
        person.enter("ben")
        person.page.goto(party.code)
        examine(person, axe, pictures / f"event-door-signed-in-{device}-{mode}.png")
        base = come_in(guest, party, "Ludovika Marianne von Tann-Rathsamhausen")
        mine = party.drop(base, "approve")
        party.drop(base)
        party.drop(base, "reject")
        for name, path in (("event", ""), ("event-item", f"/items/{mine}"), ("event-leave", "/leave"),
                           ("event-join", "/join")):  # fmt: skip
            guest.page.goto(base + path)
            guest.settle()
            examine(guest, axe, pictures / f"guest-{name}-{device}-{mode}.png")
        guest.page.goto(f"{base}#bring")
        guest.settle()
        guest.page.screenshot(path=pictures / f"guest-event-mine-{device}-{mode}.png")

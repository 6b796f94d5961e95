"""Photographer: clients look and download until the event is over; then the link is dead, and she frees the space."""

import zipfile
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import expect

from services import clock
from services.models import Event, Grant, Share, transaction
from tests.browsing import Visitor
from tests.serving import opened
from tests.stories.gathering import address_of, come_in, make_event, pictures, take_part
from tests.stories.household import Home, eventually, picture

pytestmark = pytest.mark.browser

TAKEN = ("portrait-1.jpg", "portrait-2.jpg")


def test_clients_look_until_the_end_and_the_space_is_freed(visit: Any, family: Home) -> None:
    mara: Visitor = visit(family.address)
    mara.sign_in("mara")
    event = make_event(mara, family, "Portraits", "view")
    address = address_of(mara, family, event)
    with family.api("mara") as http:
        chosen = [family.items["mara-1.jpg"], *shooting(family, http)]  # one that she had before, too
        made = http.post(f"/api/v1{event}/contributions", json={"ids": chosen})
        assert made.status_code < 300, made.text

    client: Visitor = visit(family.address, "phone", accept_downloads=True)
    come_in(client, address, "Cleo")
    assert pictures(client.page) == 3
    expect(client.page.locator("#bring")).to_have_count(0)
    with client.page.expect_download() as download:
        client.page.click("button:has-text('Download all')")
    with zipfile.ZipFile(download.value.path()) as packed:
        assert sorted(packed.namelist()) == [f"Portraits/{name}" for name in ("mara-1.jpg", *TAKEN)]
        assert packed.read(f"Portraits/{TAKEN[0]}") == (family.folders["mara"] / TAKEN[0]).read_bytes()
    jon: Visitor = visit(family.address)
    jon.sign_in("jon")
    take_part(jon, address)
    with family.drive("jon") as drive:
        assert drive.names("/Events/Portraits/") == {"mara-1.jpg", *TAKEN}
        end_now(family)
        assert drive.status(f"/Events/Portraits/{TAKEN[0]}") == 404
        assert drive.names("/Events/Portraits/") == set()
    client.expected |= {410, 404}
    jon.expected |= {410}
    client.page.reload()
    assert "ended" in client.page.inner_text("main").lower()
    expect(client.page.locator("main")).to_contain_text("Mara")
    jon.page.goto(address)
    assert "ended" in jon.page.inner_text("main").lower()

    mara.page.goto(family.address + event + "/after")
    expect(mara.page.locator("table").first).to_contain_text("2")
    mara.page.check("[name=sure]")
    mara.page.click("form.act button.danger")
    taken = [family.folders["mara"] / name for name in TAKEN]
    eventually(lambda: not any(path.exists() for path in taken), "what was freed is in the trash")
    assert len(list(family.folders["mara"].glob("mara-*.jpg"))) == 3, "what she had before stays"
    with family.api("mara") as http:
        entries = http.get("/api/v1/trash").json()["items"]
        back = http.post(f"/api/v1/trash/{entries[0]['id']}/restore", json={})
        assert back.status_code < 300, back.text
        eventually(lambda: len(list(family.folders["mara"].glob("portrait-*.jpg"))) == 1, "it comes back")


def shooting(home: Home, http: httpx.Client) -> list[str]:
    """Two pictures are taken, and come to her disk; answers their ids once they are known."""
    for number, name in enumerate(TAKEN):
        picture(home.folders["mara"] / name, 90 + number)
    found: list[str] = []

    def are_there() -> bool:
        items = http.get("/api/v1/items", params={"q": "name:portrait"}).json()["items"]
        found[:] = [item["id"] for item in items]
        return len(found) == len(TAKEN)

    eventually(are_there, "what was taken is in the catalogue")
    return found


def end_now(home: Home) -> None:
    """Have the end of the event pass, as if its last day were over."""
    with opened(home.data), transaction():
        Event.update(expires_at=clock.now()).execute()
        Share.update(expires_at=clock.now()).execute()
        Grant.update(expires_at=clock.now()).execute()

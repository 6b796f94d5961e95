"""Photographer: clients look and download until the event is over; then the link is dead, and she frees the space."""

import zipfile
from typing import Any

import pytest
from playwright.sync_api import expect

from services import clock
from services.models import Event, Grant, Share, transaction
from tests.browsing import Visitor
from tests.serving import opened
from tests.stories.gathering import address_of, come_in, make_event, pictures, take_part
from tests.stories.household import Home, eventually

pytestmark = pytest.mark.browser


def test_clients_look_until_the_end_and_the_space_is_freed(visit: Any, family: Home) -> None:
    mara: Visitor = visit(family.address)
    mara.sign_in("mara")
    event = make_event(mara, family, "Portraits", "view")
    address = address_of(mara, family, event)
    with family.api("mara") as http:
        chosen = [family.items[f"mara-{n}.jpg"] for n in (1, 2)]
        made = http.post(f"/api/v1{event}/contributions", json={"ids": chosen})
        assert made.status_code < 300, made.text

    client: Visitor = visit(family.address, "phone", accept_downloads=True)
    come_in(client, address, "Cleo")
    assert pictures(client.page) == 2
    expect(client.page.locator("#bring")).to_have_count(0)
    with client.page.expect_download() as download:
        client.page.click("button:has-text('Download all')")
    with zipfile.ZipFile(download.value.path()) as packed:
        assert sorted(packed.namelist()) == ["Portraits/mara-1.jpg", "Portraits/mara-2.jpg"]
        assert packed.read("Portraits/mara-1.jpg") == (family.folders["mara"] / "mara-1.jpg").read_bytes()
    jon: Visitor = visit(family.address)
    jon.sign_in("jon")
    take_part(jon, address)
    with family.drive("jon") as drive:
        assert drive.names("/Events/Portraits/") == {"mara-1.jpg", "mara-2.jpg"}
        end_now(family)
        assert drive.status("/Events/Portraits/mara-1.jpg") == 404
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
    eventually(lambda: not (family.folders["mara"] / "mara-1.jpg").exists(), "what was freed is in the trash")
    eventually(lambda: not (family.folders["mara"] / "mara-2.jpg").exists(), "what was freed is in the trash")
    assert (family.folders["mara"] / "mara-3.jpg").exists()
    with family.api("mara") as http:
        entries = http.get("/api/v1/trash").json()["items"]
        back = http.post(f"/api/v1/trash/{entries[0]['id']}/restore", json={})
        assert back.status_code < 300, back.text
        eventually(lambda: len(list(family.folders["mara"].glob("mara-*.jpg"))) == 2, "it comes back")


def end_now(home: Home) -> None:
    """Have the end of the event pass, as if its last day were over."""
    with opened(home.data), transaction():
        Event.update(expires_at=clock.now()).execute()
        Share.update(expires_at=clock.now()).execute()
        Grant.update(expires_at=clock.now()).execute()

"""A storage elsewhere, from its card to the timeline: with a real WebDAV server, with and without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from services import accounts
from services.accounts import OPERATOR
from tests.processes import serving
from tests.servers import storages
from tests.servers.storages import Remote
from tests.serving import PASSWORD, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import examine

pytestmark = pytest.mark.browser

NUMBER = 6
WAIT_MS = 60_000


@dataclass(frozen=True)
class Place:
    """A household with nothing yet, and a server that holds pictures."""

    address: str
    remote: Remote


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    scratch = tmp_path_factory.mktemp("elsewhere")
    with storages.webdav(scratch) as remote:
        assert remote.folder is not None
        for owner in ("Anna", "Ben"):
            folder = remote.folder / owner / "Fotos"
            folder.mkdir(parents=True)
            for n in range(NUMBER):
                noise = Image.effect_noise((400 + n, 300), 20 + n + 9 * len(owner)).convert("RGB")
                noise.save(folder / f"IMG_{n:04}.jpg", quality=85)
        (remote.folder / "Empty").mkdir()
        with opened(scratch / "data") as hypomos:
            for login in ("anna", "ben"):
                accounts.add_person(
                    OPERATOR, hypomos.passwords, login, password=PASSWORD, is_admin=login == "anna"
                )
        with serving(scratch / "data", HYPOMOS_STORAGE_HOSTS_ALLOWED="127.0.0.0/8") as at:
            yield Place(at.address, remote)


def fill(visitor: Visitor, place: Place, password: str) -> None:
    """The form of the server, posted."""
    page = visitor.page
    page.fill("[name='o.url']", place.remote.options["url"])
    page.select_option("[name='o.vendor']", "rclone")
    page.fill("[name='o.user']", storages.USER)
    page.fill("[name='o.pass']", password)
    page.click("form .primary:has-text('go on')")


def test_from_the_card_to_the_timeline(place: Place, visit: Any, axe: str, pictures: Path) -> None:
    anna: Visitor = visit(place.address, "phone", "dark")
    anna.expected = {422}
    page = anna.page
    anna.enter()
    anna.go("/storages")
    examine(anna, axe, pictures / "cards-phone-dark.png")
    page.click(".providers a:has-text('Nextcloud')")
    page.wait_for_url("**/storages/new/webdav")
    examine(anna, axe, pictures / "provider-phone-dark.png")
    fill(anna, place, "not this")
    page.wait_for_selector(".alert:has-text('does not accept this sign-in')")
    expect(page.locator("[name='o.pass']")).to_have_value("")
    fill(anna, place, storages.PASSWORD)
    page.wait_for_url("**/storages/new/draft/*")
    examine(anna, axe, pictures / "folders-phone-dark.png")
    page.click(".folders a:has-text('Empty')")
    page.wait_for_selector(".none")
    page.click(".trail a >> nth=0")
    page.focus(".folders a:has-text('Anna')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".trail a:has-text('Anna')[aria-current]")
    page.click(".folders a:has-text('Fotos')")
    page.wait_for_selector(".trail a:has-text('Fotos')[aria-current]")
    page.fill("[name=name]", "My cloud")
    page.click("text=Connect this folder")
    page.wait_for_selector("h1:has-text('My cloud')")
    anna.run("document.body.dataset.same = 'yes'")
    page.wait_for_selector(f".figures:has-text('{NUMBER} items')", timeout=WAIT_MS)
    page.wait_for_selector("#storage:not(:has(.progress))", timeout=WAIT_MS)
    assert anna.run("document.body.dataset.same") == "yes", "progress comes without a reload"
    examine(anna, axe, pictures / "far-storage-phone-dark.png")
    page.click("text=To the photos")
    page.wait_for_selector(".tile img.shown", timeout=WAIT_MS)
    anna.go("/storages")
    page.click("h2 a:has-text('My cloud')")
    page.click("text=Change address or keys")
    page.wait_for_selector("h1:has-text('again')")
    expect(page.locator("[name='o.user']")).to_have_value(storages.USER)
    examine(anna, axe, pictures / "reconnect-phone-dark.png")
    page.click("text=Try and keep")
    page.wait_for_selector(".good:has-text('Connected again.')")
    found = page.request.get(f"{place.address}/api/v1/items?limit=1").json()["items"][0]
    original = page.request.get(f"{place.address}/api/v1/items/{found['id']}/original")
    assert (original.status, len(original.body())) == (200, found["size"])


def test_without_scripts(place: Place, visit: Any) -> None:
    ben: Visitor = visit(place.address, java_script_enabled=False)
    page = ben.page
    ben.sign_in("ben")
    page.goto(place.address + "/storages")
    page.click(".providers a:has-text('Nextcloud')")
    fill(ben, place, storages.PASSWORD)
    page.click(".folders a:has-text('Ben')")
    page.click("summary:has-text('Give a path instead')")
    page.fill("[name=path]", "Ben/Fotos")
    page.click("form:has([name=path]) button:has-text('Open')")
    page.wait_for_selector(".trail a:has-text('Fotos')[aria-current]")
    expect(page.locator("[name=name]")).to_have_value("Fotos")
    page.click("text=Connect this folder")
    page.wait_for_selector("h1:has-text('Fotos')")
    for _ in range(120):
        if f"{NUMBER} items" in page.inner_text(".figures") and not page.query_selector(".progress"):
            break
        page.wait_for_timeout(500)
        page.reload()
    page.goto(place.address + "/timeline")
    expect(page.locator(".tiles .tile")).to_have_count(NUMBER)
    page.goto(place.address + "/storages")
    page.click(".providers a:has-text('SFTP')")
    page.click("form a:has-text('Cancel')")
    page.wait_for_url("**/storages")

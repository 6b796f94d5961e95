"""A link, from making it to its end: Anna at her desk, a guest without an account on a phone."""

import http.client
import io
import socket
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from services import accounts, collections
from services.collections import Draft
from services.models import database
from tests.serving import Household, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import examine, looks, words

pytestmark = pytest.mark.browser


@dataclass
class Lake:
    """A collection of anna's with some pictures and a video, and the page of its links."""

    pid: str
    size: int

    @property
    def links(self) -> str:
        return f"/collections/{self.pid}/links"


@pytest.fixture(scope="module")
def lake(household: Household) -> Lake:
    with opened(household.data):
        anna = accounts.viewer_for("anna")
        names = sorted(household.items)
        wanted = [n for n in names if n.endswith((".jpg", ".heic"))][:12] + [
            n for n in names if n.endswith(".mp4")
        ][:1]
        made = collections.create(anna, Draft("Am See & <b>mehr</b>"))
        collections.add(anna, made.pid, [household.items[n] for n in wanted])
        database.close()
    return Lake(made.pid, len(wanted))


def make(anna: Visitor, lake: Lake, **more: str) -> str:
    """Make a link on its page; gives the address."""
    page = anna.page
    page.goto(anna.address + lake.links)
    form = page.locator(f"form[action='{lake.links}']")
    form.locator("[name=download]").check()
    for name, value in more.items():
        if not form.locator(f"[name={name}]").is_visible():
            form.locator("summary").click()
        form.locator(f"[name={name}]").fill(value)
    form.locator("button.primary").click()
    page.wait_for_selector(".link .qr svg")
    return page.locator(".link.active .copy code").first.inner_text()


def end(anna: Visitor, lake: Lake) -> None:
    """End the newest link."""
    anna.page.goto(anna.address + lake.links)
    anna.page.locator(".link.active").first.locator("button.danger").click()
    anna.page.wait_for_load_state()


def enter(guest: Visitor, address: str) -> None:
    guest.page.goto(address)
    expect(guest.page.locator("img:not(.logo)")).to_have_count(0)
    assert "anna" not in guest.page.content().lower()
    assert "Am See" not in guest.page.content()
    guest.page.click("button.primary")
    guest.page.wait_for_selector("#tiles .tile")
    assert "hyp_" not in guest.page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_guest_looks_and_downloads_until_anna_ends_it(
    anna: Visitor, lake: Lake, visit: Any, household: Household, scripts: bool
) -> None:
    address = make(anna, lake)
    guest: Visitor = visit(household.address, "phone", java_script_enabled=scripts, accept_downloads=True)
    guest.expected = {410}
    enter(guest, address)
    page = guest.page
    expect(page.locator("h1")).to_have_text("Am See & <b>mehr</b>")
    expect(page.locator("#tiles .tile")).to_have_count(lake.size)
    page.locator("#tiles .tile[aria-label^='Photo']").first.click()
    page.wait_for_selector("#photo img.whole")
    picture = "i => i.complete && i.naturalWidth > 0"
    if scripts:
        page.wait_for_function(f"() => ({picture})(document.querySelector('#photo .whole'))")
    page.locator(".step").first.click()
    page.wait_for_selector("#item")
    page.click(".panel .tools a >> nth=0")
    page.wait_for_selector("#tiles")
    with page.expect_download(timeout=60_000) as download:
        page.click("button:has-text('Download all')")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        files = [n for n in archive.namelist() if not n.endswith("_omitted.txt")]
        assert len(files) >= lake.size - 2
    end(anna, lake)
    if scripts:
        page.wait_for_selector("#ended", timeout=40_000)
    else:
        page.reload()
    expect(page.locator("h1")).to_contain_text("This has ended")
    expect(page.locator("#ended")).to_contain_text("Anna")
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("This has ended")


def test_a_download_that_runs_breaks_off(anna: Visitor, lake: Lake, household: Household) -> None:
    """Read slowly, so that most of it is still to come when the link ends."""
    address = make(anna, lake)
    parts = urlsplit(household.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("POST", urlsplit(address).path, headers={"Sec-Fetch-Site": "same-origin"})
    answer = connection.getresponse()
    answer.read()
    base, cookie = answer.headers["location"], answer.headers["set-cookie"].partition(";")[0]
    slow = socket.create_connection((parts.hostname, parts.port), timeout=30)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = f"POST {base}/zip HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n"
    slow.sendall(f"{head}Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\r\n".encode())
    got = slow.recv(4096)
    assert got.startswith(b"HTTP/1.1 200")
    end(anna, lake)
    while piece := slow.recv(1 << 20):
        got += piece
    slow.close()
    connection.close()
    whole = got.endswith(b"0\r\n\r\n")  # a small household fits into the kernel's buffers
    assert whole == zipfile.is_zipfile(io.BytesIO(got))
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("POST", f"{base}/zip", headers={"Sec-Fetch-Site": "same-origin", "Cookie": cookie})
    assert connection.getresponse().status == 410
    connection.close()


def test_a_password_is_asked_for(anna: Visitor, lake: Lake, visit: Any, household: Household) -> None:
    address = make(anna, lake, password="blue boat")
    guest: Visitor = visit(household.address, "phone", "dark")
    guest.expected = {401}
    guest.page.goto(address)
    guest.page.fill("[name=password]", "green boat")
    guest.page.click("button.primary")
    guest.page.wait_for_selector(".problem")
    guest.page.fill("[name=password]", "blue boat")
    guest.page.click("button.primary")
    guest.page.wait_for_selector("#tiles .tile")
    end(anna, lake)


def test_looks(
    anna: Visitor, lake: Lake, visit: Any, household: Household, axe: str, pictures: Path, full: bool
) -> None:
    """Each page of it on two sizes, by day and by night, on the phone in German."""
    address = make(anna, lake)
    for device, mode in looks(full):
        locale = words(device)
        guest: Visitor = visit(household.address, device, mode, locale=locale)
        guest.expected = {410}
        guest.page.goto(address)
        examine(guest, axe, pictures / f"door-{device}-{mode}.png")
        guest.page.click("button.primary")
        guest.page.wait_for_selector("#tiles .tile")
        guest.settle()
        examine(guest, axe, pictures / f"guest-{device}-{mode}.png")
        guest.page.locator("#tiles .tile").first.click()
        guest.page.wait_for_selector("#item")
        guest.settle()
        examine(guest, axe, pictures / f"guest-item-{device}-{mode}.png")
        owner: Visitor = visit(household.address, device, mode, locale=locale)
        owner.enter()
        owner.go(lake.links)
        examine(owner, axe, pictures / f"links-{device}-{mode}.png")
    end(anna, lake)
    for device, mode in looks(full)[:2]:
        guest = visit(household.address, device, mode)
        guest.expected = {410}
        guest.page.goto(address)
        examine(guest, axe, pictures / f"ended-{device}-{mode}.png")

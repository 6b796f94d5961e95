"""Mounting the drive, in a real browser: commands to copy, the connection test, the household's certificate."""

import base64
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services import accounts
from services.accounts import OPERATOR
from services.certificates import Household as Certificates
from services.models import database
from tests.browsing import Visitor
from tests.processes import Serving, serving
from tests.serving import PASSWORD, Household, opened
from tests.web.browser.test_looks import examine

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """anna's appliance with http and, by a certificate of the household's own, https."""
    data = tmp_path_factory.mktemp("mounting") / "data"
    with opened(data) as hypomos:
        accounts.add_person(OPERATOR, hypomos.passwords, "anna", password=PASSWORD, is_admin=True)
    with serving(data, "--no-worker", HYPOMOS_TLS_LISTEN="127.0.0.1:0") as at:
        yield at


def connect(address: str, login: str, secret: str) -> int:
    """What a device does that mounts the drive."""
    proof = base64.b64encode(f"{login}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Depth": "0"}
    request = urllib.request.Request(f"{address}/dav/", method="PROPFIND", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status)


def test_a_device_that_connects_appears_on_the_open_page(
    anna: Visitor, household: Household, axe: str, pictures: Path
) -> None:
    with opened(household.data):
        secret = accounts.create_token(accounts.viewer_for("anna"), "app", label="Test laptop").secret
        database.close()
    anna.expected.add(401)  # the page asks the drive, which asks for a password
    anna.go("/devices/connection")
    page = anna.page
    page.locator("[data-drive].is-good").wait_for()
    page.locator("[name=secret]").fill(secret)
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("opens the network drive of anna").wait_for()
    expect(page.locator("#uses", has_text="Test laptop"), "a try is no use").to_have_count(0)
    assert connect(anna.address, "anna", secret) == 207
    page.locator("#uses", has_text="Test laptop").wait_for()
    page.locator("#came", has_text="Test laptop has connected.").wait_for(state="attached")
    examine(anna, axe, pictures / "connection-test.png")


def test_commands_are_copied_and_without_scripts_they_are_there(visit: Any, household: Household) -> None:
    visitor: Visitor = visit(household.address, permissions=["clipboard-read", "clipboard-write"])
    visitor.enter()
    visitor.go("/devices?system=davfs2")
    page = visitor.page
    page.get_by_label("For which device?").fill("Shelf")
    page.get_by_role("button", name="Make an app password").click()
    line = page.locator("#mounting .copy", has_text="hyp_app_")
    line.get_by_role("button", name="Copy").click()
    line.get_by_role("button", name="Copied").wait_for()
    assert visitor.run("() => navigator.clipboard.readText()") == line.locator("code").inner_text()
    bare: Visitor = visit(household.address, java_script_enabled=False)
    bare.enter()
    bare.page.goto(household.address + "/devices?system=rclone")
    assert "rclone config create" in bare.page.locator("#mounting").inner_text()
    expect(bare.page.locator("#mounting button")).to_have_count(0)


@pytest.mark.parametrize("trusts", [True, False])
def test_the_test_says_whether_the_certificate_is_trusted(
    visit: Any, encrypted: Serving, trusts: bool
) -> None:
    https = str(encrypted.ready["https"])
    visitor: Visitor = visit(encrypted.address, ignore_https_errors=trusts)
    visitor.enter()
    visitor.expected.add(401)
    visitor.go("/devices/connection")
    fact = visitor.page.locator("[data-reach]")
    visitor.page.locator(f"[data-reach].is-{'good' if trusts else 'bad'}").wait_for()
    said = fact.inner_text()
    assert ("trusts the certificate" in said) == trusts
    assert ("How to trust it" in said) != trusts
    reached = f"a request elsewhere: {https}/certificate/reached"
    assert visitor.trouble.pop(visitor.trouble.index(reached)) == reached
    if not trusts:
        visitor.trouble[:] = [line for line in visitor.trouble if "ERR_CERT_AUTHORITY_INVALID" not in line]


@pytest.mark.parametrize("device", ["desktop", "phone"])
@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_certificate_has_no_barriers(
    visit: Any, encrypted: Serving, axe: str, pictures: Path, device: str, language: str
) -> None:
    mode = "dark" if language == "de-DE" else "light"
    visitor: Visitor = visit(encrypted.address, device, mode, locale=language)
    visitor.go("/certificate")
    examine(visitor, axe, pictures / f"certificate-{device}-{language}.png")
    with visitor.page.expect_download() as coming:
        visitor.page.locator("a[href='/certificate/household.crt']").click()
    assert coming.value.suggested_filename == "hypomos-household.crt"
    assert Path(coming.value.path()).read_bytes() == Certificates(encrypted.data).authority.read_bytes()

"""From nothing to pictures on the screen, as a person does it the first time."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.processes import serving
from tests.serving import PASSWORD
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser

NUMBER = 40


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for n in range(NUMBER):
        Image.effect_noise((600 + n, 400), 20 + n).convert("RGB").save(folder / f"IMG_{n:04}.jpg", quality=85)
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    (folder / "empty.jpg").touch()
    return folder


def code_of(data: Path) -> str:
    log = (data.parent / f"{data.name}.log").read_text(encoding="utf-8")
    found = re.search(r"^\s+([A-Z]{4}-[A-Z]{4}-[A-Z]{4})$", log, re.M)
    assert found is not None, log
    return found[1]


def test_a_new_household(tmp_path: Path, photos: Path, visit: Any, axe: str) -> None:
    with serving(tmp_path / "data") as at:
        eva: Visitor = visit(at.address, timezone_id="Pacific/Auckland")
        eva.expected = {422}
        page = eva.page
        eva.go("/")
        assert page.url == f"{at.address}/setup"
        expect(page.locator("[name=zone]")).to_have_value("Pacific/Auckland")
        page.select_option("[name=zone]", "Pacific/Chatham")
        for name, value in {"code": "BBBB-BBBB-BBBB", "login": "eva", "display": "Eva", "password": PASSWORD,
                            "again": PASSWORD}.items():  # fmt: skip
            page.fill(f"[name={name}]", value)
        page.click("button.primary")
        expect(page.locator("#h-code")).to_contain_text("wrong or has expired")
        expect(page.locator("[name=zone]")).to_have_value(
            "Pacific/Chatham"
        )  # theirs, not the browser's any more
        page.fill("[name=code]", code_of(tmp_path / "data"))
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/storages?first=1")

        page.fill("[name=path]", "/etc")
        page.click("text=Test first")
        page.wait_for_selector("#h-path.problem")
        assert page.url.endswith("/storages?first=1"), "the test changed the page, not the address"
        page.fill("[name=path]", str(photos))
        page.click("text=Test first")
        expect(page.locator("#add .good").first).to_contain_text(f"{NUMBER + 2} files")
        page.click("text=Connect and scan")
        page.wait_for_url("**/storages/*?first=1")
        seen = progress(eva)
        assert seen, "the page never told how far the scan is"
        expect(page.locator("#problems")).to_contain_text("empty.jpg")

        page.click("text=To the photos")
        page.wait_for_selector(".tile img.shown")
        eva.settle()
        assert eva.run("document.querySelectorAll('.tile:not([hidden])').length") > 10


def progress(eva: Visitor) -> set[str]:
    """What the page said while the scan ran; nobody loads it anew."""
    said: set[str] = set()
    eva.run("document.body.dataset.same = 'yes'")
    for _ in range(600):
        said |= {p.inner_text() for p in eva.page.query_selector_all(".progress p")}
        if eva.page.query_selector(".figures") and not eva.page.query_selector(".progress"):
            text = eva.page.inner_text(".figures")
            if f"{NUMBER} items" in text or f"{NUMBER + 1} items" in text:
                break
        eva.page.wait_for_timeout(50)
    else:
        pytest.fail(f"the scan did not end on the page: {eva.page.inner_text('#storage')}")
    assert eva.run("document.body.dataset.same") == "yes"
    return said

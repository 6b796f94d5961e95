"""The panel: files sent in pieces, the network away in between, a reload, what is refused, and all without scripts."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from services.models import Storage, database
from tests.serving import Household, opened
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser

PIECES = 8 * 1024 * 1024


@pytest.fixture
def files(household: Household) -> str:
    """The page of a storage of anna's that takes files."""
    with opened(household.data):
        storage = Storage.select().where(Storage.removed_at.is_null()).order_by(Storage.id).get()
        Storage.update(writable=True).where(Storage.id == storage.id).execute()
        database.close()
    return f"/storages/{storage.pid}/files"


def rows(anna: Visitor) -> Any:
    return anna.page.locator("form.upload li")


def wait_for(anna: Visitor, state: str, count: int = 1) -> None:
    anna.page.wait_for_function(
        "([state, count]) => document.querySelectorAll(`form.upload li[data-state='${state}']`).length === count",
        arg=[state, count], timeout=60_000,
    )  # fmt: skip


def test_files_are_sent_although_the_network_goes(anna: Visitor, files: str, tmp_path: Path) -> None:
    """The second piece of a large file finds no network: it goes on by itself, from where it was."""
    large, small = tmp_path / "film.bin", tmp_path / "note.txt"
    large.write_bytes(b"x" * (PIECES + 1000))
    small.write_bytes(b"a note")
    offsets: list[str] = []
    cut = [False]

    def pass_on(route: Route) -> None:
        request = route.request
        if request.method == "PATCH":
            offsets.append(request.headers["upload-offset"])
            if offsets[-1] == str(PIECES) and not cut[0]:
                cut[0] = True
                route.abort("connectionreset")
                return
        route.continue_()

    anna.page.route("**/api/v1/uploads/*", pass_on)
    anna.go(files)
    assert anna.page.locator("form.upload .send").is_hidden()
    anna.page.set_input_files("#f-upload", [large, small])
    wait_for(anna, "stored", 2)
    anna.trouble = [line for line in anna.trouble if "ERR_CONNECTION_RESET" not in line]
    assert cut == [True]
    assert offsets.count(str(PIECES)) == 2, "it went on where it was"
    assert offsets.count("0") == 2, "nothing was sent twice"
    expect(anna.page.locator("form.upload .told").first).to_contain_text("2 of 2 files are there.")
    anna.go(files)
    listed = anna.page.inner_text("#listing")
    assert "film.bin" in listed
    assert "note.txt" in listed


def test_it_goes_on_after_a_reload(anna: Visitor, files: str, tmp_path: Path) -> None:
    """The first piece came, then the page was left; the same file chosen again goes on after it."""
    large = tmp_path / "again.bin"
    large.write_bytes(b"y" * (PIECES + 1000))
    offsets: list[str] = []

    def hold_back(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            return  # it never gets there, nor is it answered
        route.continue_()

    anna.page.route("**/api/v1/uploads/*", hold_back)
    anna.go(files)
    with anna.page.expect_request(lambda r: r.method == "PATCH" and r.headers["upload-offset"] != "0"):
        anna.page.set_input_files("#f-upload", large)
    anna.go(files)
    anna.page.unroute("**/api/v1/uploads/*")  # now that what was held back has ended with its page
    anna.page.on(
        "request", lambda r: offsets.append(r.headers["upload-offset"]) if r.method == "PATCH" else None
    )
    wait_for(anna, "interrupted")
    expect(rows(anna).first).to_contain_text("again.bin")
    anna.page.set_input_files("#f-upload", large)
    wait_for(anna, "stored")
    assert offsets == [str(PIECES)]
    expect(rows(anna)).to_have_count(1)


def test_pausing_and_taking_out(anna: Visitor, files: str, tmp_path: Path) -> None:
    slow = tmp_path / "slow.bin"
    slow.write_bytes(b"z" * 1000)
    held: list[Route] = []
    anna.page.route(
        "**/api/v1/uploads/*", lambda r: held.append(r) if r.request.method == "PATCH" else r.continue_()
    )
    anna.go(files)
    anna.page.set_input_files("#f-upload", slow)
    wait_for(anna, "receiving")
    anna.page.wait_for_timeout(500)
    button = rows(anna).first.locator(".hold")
    assert button.get_attribute("aria-label") == "Pause: slow.bin"
    button.click()
    wait_for(anna, "paused")
    anna.page.unroute("**/api/v1/uploads/*")
    button.click()
    wait_for(anna, "stored")
    anna.page.route(
        "**/api/v1/uploads?*", lambda r: r.abort() if r.request.method == "POST" else r.continue_()
    )
    other = tmp_path / "other.bin"
    other.write_bytes(b"w" * 10)
    anna.page.set_input_files("#f-upload", other)
    anna.page.wait_for_timeout(300)
    rows(anna).last.locator(".away").click()
    anna.page.wait_for_function("() => document.querySelectorAll('form.upload li').length === 1")
    anna.trouble = [line for line in anna.trouble if "ERR_FAILED" not in line]


def test_what_has_no_room_says_so(anna: Visitor, files: str, tmp_path: Path) -> None:
    file = tmp_path / "big.bin"
    file.write_bytes(b"w" * 10)
    problem = json.dumps({"type": "about:blank", "title": "Too large", "status": 413, "detail": "too large"})
    anna.expected = {413}
    anna.page.route(
        "**/api/v1/uploads?*",
        lambda r: r.fulfill(status=413, content_type="application/problem+json", body=problem),
    )
    anna.go(files)
    anna.page.set_input_files("#f-upload", file)
    wait_for(anna, "refused")
    expect(rows(anna).first).to_contain_text("This file is too large.")
    expect(anna.page.locator("form.upload .told[role=status]").first).to_contain_text("big.bin")


def test_without_scripts_the_form_beside_it_does(
    visit: Any, household: Household, files: str, tmp_path: Path
) -> None:
    plain: Visitor = visit(household.address, java_script_enabled=False)
    plain.enter()
    plain.page.goto(household.address + files)
    assert plain.page.locator("form.upload").is_hidden()
    file = tmp_path / "plain.txt"
    file.write_bytes(b"plain")
    plain.page.set_input_files("#f-files", file)
    plain.page.click("form.whole button.primary")
    expect(plain.page.locator("#main")).to_contain_text("1 file was added.")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_panel_is_usable_for_everybody(
    visit: Any, household: Household, files: str, axe: str, tmp_path: Path, mode: str
) -> None:
    visitor: Visitor = visit(household.address, "phone", mode)
    visitor.enter()
    visitor.go(files)
    file = tmp_path / f"{mode}.txt"
    file.write_bytes(mode.encode())
    visitor.page.set_input_files("#f-upload", file)
    wait_for(visitor, "stored")
    visitor.run(axe)
    found = visitor.run("async () => (await axe.run('form.upload')).violations.map((v) => v.id)")
    assert found == []

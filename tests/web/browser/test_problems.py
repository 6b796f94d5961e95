"""Budgets, one folder, and everything that is wrong: looked at and mended, with and without scripts."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Error, expect

from services import accounts
from services.accounts import OPERATOR
from services.models import FileOperation, Folder, Job, Storage
from tests.browsing import SIZES, Visitor
from tests.factories import Make
from tests.processes import serving
from tests.serving import PASSWORD, opened
from tests.web.browser.test_looks import examine, looks, words

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
ELSEWHERE = "another"
"""The node of storages that nobody works at here: they stay as they are."""


@dataclass(frozen=True)
class Place:
    """Where it answers, anna's storages by name, and the folder of the one that is real."""

    address: str
    storages: dict[str, str]
    folder: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    scratch = tmp_path_factory.mktemp("problems")
    folder = scratch / "photos"
    (folder / "2026").mkdir(parents=True)
    Image.effect_noise((400, 300), 40).convert("RGB").save(folder / "2026" / "IMG_1.jpg")
    (folder / "2026" / "broken.jpg").write_bytes(b"")
    with opened(scratch / "data") as hypomos:
        for login in ("anna", "ben", "kim"):
            accounts.add_person(
                OPERATOR, hypomos.passwords, login, password=PASSWORD, is_admin=login == "anna"
            )
        hypomos.connecting.add_local(OPERATOR, "Photos", str(folder), owner=accounts.find_user("ben"))
        spoil(Make(scratch / "data"))
        storages = dict(Storage.select(Storage.name, Storage.pid).tuples())
    with serving(scratch / "data") as at:
        yield Place(at.address, storages, folder)


def spoil(make: Make) -> None:
    """Four storages of anna's in which everything is wrong that can be."""
    anna = accounts.find_user("anna")
    assert anna is not None

    def storage(name: str, **more: Any) -> Storage:
        return make.storage(anna, name, root=f"/nowhere/{name}", node=ELSEWHERE, **more)

    drive = {"kind": "rclone", "options": {"type": "drive", "remote": "h_1"}}
    server = {"kind": "rclone", "options": {"type": "webdav", "remote": "h_2"}}
    nas = storage("NAS", state="offline", state_reason="No disk is mounted on “/nowhere/NAS” now.")
    storage("Drive", state="sign-in", state_reason="Google wants a new sign-in.", **drive)
    cloud = storage("Cloud", writable=True, full_reason="No room left in the storage for “a.mp4”.", **server)
    away = storage(
        "Camera", state="paused",
        state_reason="900 of 1000 files were not found this time. If you removed them, confirm it on the storage's "
        "page; otherwise check that the disk is mounted. Nothing was changed.",
    )  # fmt: skip
    Job.create(
        pid="FAILED_SCAN_0123", kind="scan", payload={}, lane="work", max_attempts=3, state="failed", run_after=1,
        created_at=1, finished_at=nas.created_at, user=anna, storage=nas, dedupe_key=f"scan:{nas.id}",
        error="The worker died each time it did this; it will not be tried again by itself.",
    )  # fmt: skip
    FileOperation.create(
        kind="delete", owner=anna, storage=cloud, node=ELSEWHERE, holder="", path="Holidays/old.jpg", target="",
        shelf="s", detail={}, created_at=nas.created_at,
    )  # fmt: skip
    make.folder(nas, "Scans")
    Folder.update(problem="Permission denied").where(Folder.path == "Scans").execute()
    holidays = make.folder(cloud, "Holidays")
    for n in range(25):
        name = f"a rather long name of a picture from the holidays, number {n:02}.heic"
        make.file(
            cloud, name, holidays, problem="this is not a whole picture of its kind", read_state="failed"
        )
    make.file(
        away, "clip.mp4", problem="no frame of this video could be decoded in time", read_state="failed"
    )


def test_how_it_looks(place: Place, visit: Any, axe: str, pictures: Path, full: bool) -> None:
    for device, mode in looks(full):
        look(place, visit, axe, pictures, device, mode)


def look(place: Place, visit: Any, axe: str, pictures: Path, device: str, mode: str) -> None:
    anna: Visitor = visit(place.address, device, mode, locale=words(device))
    anna.enter()
    anna.go("/problems")
    examine(anna, axe, pictures / f"problems-{device}-{mode}.png")
    assert anna.run("document.documentElement.scrollWidth") <= SIZES[device][0]
    anna.page.screenshot(path=pictures / f"problems-whole-{device}-{mode}.png", full_page=True)
    anna.go(f"/storages/{place.storages['Cloud']}")
    anna.page.locator("#budget").scroll_into_view_if_needed()
    examine(anna, axe, pictures / f"budget-{device}-{mode}.png")
    anna.page.locator("#budget").screenshot(path=pictures / f"budget-card-{device}-{mode}.png")
    anna.page.locator("#folder").screenshot(path=pictures / f"folder-card-{device}-{mode}.png")


def test_nothing_is_wrong_looks_well(place: Place, visit: Any, axe: str, pictures: Path) -> None:
    for device, mode in (("phone", "dark"), ("desktop", "light")):
        kim: Visitor = visit(place.address, device, mode)
        kim.enter("kim")
        kim.go("/problems")
        examine(kim, axe, pictures / f"no-problems-{device}-{mode}.png")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_budget_and_a_folder(place: Place, visit: Any, scripts: bool) -> None:
    anna: Visitor = visit(place.address, java_script_enabled=scripts)
    anna.expected = {422}
    page = anna.page
    anna.enter()
    page.goto(f"{place.address}/storages/{place.storages['Cloud']}")
    page.fill("[name=bandwidth]", "schnell")
    page.check("[name=when][value=hours]")
    page.select_option("[name=first]", "1")
    page.select_option("[name=last]", "5")
    page.click("#budget button")
    page.wait_for_selector("#budget .problem:has-text('number of megabytes')")
    expect(page.locator("[name=bandwidth]")).to_have_value("schnell")
    page.fill("[name=bandwidth]", "2,5" if scripts else "")
    page.click("#budget button")
    page.wait_for_selector("#budget .good:has-text('Saved.')")
    assert page.input_value("[name=bandwidth]") == ("2.5" if scripts else "")
    assert (page.input_value("[name=first]"), page.input_value("[name=last]")) == ("1", "5")
    expect(page.locator("[name=when][value=hours]")).to_be_checked()
    page.fill("[name=folder]", "Holidays")
    page.click("#folder button")
    page.wait_for_selector(".good:has-text('“Holidays” is being scanned')")
    page.click("a.button:has-text('Files')")
    page.click("li a:has-text('Holidays')")
    page.click("button:has-text('Scan this folder now')")
    page.wait_for_selector(".good:has-text('This folder is being scanned')")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_way_from_the_badge_to_what_is_mended(place: Place, visit: Any, scripts: bool) -> None:
    """A real folder: a file that is broken, then its disk that is away, then both mended."""
    ben: Visitor = visit(place.address, java_script_enabled=scripts)
    page, broken = ben.page, place.folder / "2026" / "broken.jpg"
    ben.sign_in("ben")
    for _ in range(120):
        if page.query_selector(".rail .number"):
            break
        page.wait_for_timeout(500)
        page.reload()
    page.click(".rail a:has(.number)")
    page.wait_for_selector("li:has-text('broken.jpg'):has-text('the file is empty')")
    away = place.folder.with_name("away")
    shutil.move(place.folder, away)
    page.click("li:has-text('broken.jpg') button")
    page.wait_for_selector(".good:has-text('It is being tried again.')")
    wait(page, "li:has-text('The storage cannot be reached.')", scripts)
    Image.effect_noise((500, 300), 30).convert("RGB").save(away / "2026" / "broken.jpg")
    shutil.move(away, place.folder)
    with suppress(Error):  # it may have come back by itself just before
        page.click("li:has-text('cannot be reached') button:has-text('Try again')", timeout=5_000)
    wait(page, ".empty:has-text('Nothing is wrong')", scripts)
    page.reload()
    assert not page.query_selector(".rail .number")
    broken.write_bytes(b"")  # as it was, for whoever comes next
    page.goto(f"{place.address}/storages/{place.storages['Photos']}")
    page.click("button:has-text('Scan now')")
    page.goto(f"{place.address}/problems")
    wait(page, "li:has-text('broken.jpg')", scripts)


def wait(page: Any, selector: str, scripts: bool) -> None:
    """With scripts it comes by itself, without when the page is loaded again."""
    if scripts:
        page.wait_for_selector(selector, timeout=WAIT_MS)
        return
    for _ in range(120):
        if page.query_selector(selector):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{selector} did not come")

"""A television from its question to its end, by Anna in a browser that runs scripts, and in one that runs none."""

from typing import Any

import pytest
from playwright.sync_api import expect

from services import accounts, collections, screens
from services.collections import Draft
from services.models import Device, database
from tests.serving import Household, opened
from tests.web.browser.conftest import Visitor
from tests.web.browser.test_looks import examine, words

pytestmark = pytest.mark.browser

HINT = "SEC_HHP_[TV] Samsung Q7 Series (55)/1.0 DLNADOC/1.50 <script>document.title = 'owned'</script>"


def asks(household: Household, n: int) -> str:
    """Another television asks; answers its code."""
    with opened(household.data):
        code = screens.identify(f"192.168.1.{n}", f"a4:83:e7:11:22:{n:02x}", HINT).code
        database.close()
    return code


@pytest.fixture(scope="session")  # as the household is: a worker may come back to this module
def album(household: Household) -> str:
    """A collection of anna's to show."""
    with opened(household.data):
        anna = accounts.viewer_for("anna")
        made = collections.create(anna, Draft("Am See für alle"))
        collections.add(anna, made.pid, [household.item(".jpg")])
        database.close()
    return made.pid


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_from_its_question_to_its_end(household: Household, visit: Any, album: str, scripts: bool) -> None:
    code, name = asks(household, 50 + scripts), f"Stube {int(scripts)}"
    visitor: Visitor = visit(household.address, java_script_enabled=scripts)
    visitor.enter()
    page = visitor.page
    page.goto(f"{household.address}/screens")
    form = f".asks:has-text('{code}')"
    page.wait_for_selector(form)
    expect(page.locator(form).first).to_contain_text("<script>document.title")
    assert "owned" not in page.title()
    page.fill(f"{form} [name=name]", name)
    page.check(f"{form} [name='show.{album}']")
    page.click(f"{form} button.primary")
    page.wait_for_selector(".good:has-text('It is let in.')")
    page.wait_for_selector("#shown li:has-text('Am See für alle'):has-text('place kept back')")
    page.click("#shown a:has-text('See what')")
    page.wait_for_selector("a.tile")
    page.go_back()
    page.click("#shown li button.danger")
    page.wait_for_selector("#shown:has-text('Nothing yet.')")
    page.goto(f"{household.address}/collections/{album}/share")
    page.check(f"label:has-text('{name}') [name=to]")
    page.click("main form button.primary")
    page.wait_for_selector("#shown li:has-text('Am See für alle')")
    page.click("details.sure summary")
    page.click("details.sure button.danger")
    page.wait_for_selector(".good:has-text('The screen is gone')")
    page.wait_for_selector(form)
    page.click(f"{form} button.danger")
    page.wait_for_selector(".good:has-text('It is refused')")
    assert not page.query_selector(form)
    page.click("#undo button")
    page.wait_for_selector(form)
    with opened(household.data):
        Device.delete().where(Device.code == code).execute()
        database.close()


def test_looks(household: Household, visit: Any, album: str, axe: str, pictures: Any) -> None:
    """Nothing, a question, a screen: on a telephone in German, and at a desk."""
    for device, mode in (("phone", "dark"), ("desktop", "light")):
        visitor: Visitor = visit(household.address, device, mode, locale=words(device))
        visitor.enter()
        visitor.go("/screens")
        examine(visitor, axe, pictures / f"screens-none-{device}-{mode}.png")
        asks(household, 60)
        with opened(household.data):
            other = screens.identify("192.168.1.61", hint="Frame").pid
            made = screens.approve(accounts.viewer_for("anna"), other, name="Flur", show=[album])
            database.close()
        for name, path in (("asks", "/screens"), ("one", f"/screens/{made.pid}")):
            visitor.go(path)
            examine(visitor, axe, pictures / f"screens-{name}-{device}-{mode}.png")
        with opened(household.data):
            screens.remove(accounts.viewer_for("anna"), made.pid)
            Device.delete().execute()
            database.close()

"""Family of four: what is labelled `family` appears for all by a query, and nothing else ever does."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browsing import Visitor
from tests.stories.household import ROLES, Drive, Home, eventually, picture

pytestmark = pytest.mark.browser


def label(visitor: Visitor, home: Home, name: str, labels: str) -> None:
    """Set the labels of one's picture on its page."""
    page = visitor.page
    page.goto(f"{home.address}/item/{home.items[name]}")
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true })")
    page.fill("[name=labels]", labels)
    page.click("form:has([name=labels]) button.primary")
    page.wait_for_load_state()


def offer(visitor: Visitor, home: Home) -> None:
    """Make a collection of what is labelled family, and share it with the group."""
    page = visitor.page
    page.goto(f"{home.address}/collections/new?kind=dynamic")
    page.fill("#f-name", "Family")
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true })")
    page.fill("#f-q", "label:family")
    page.click("button[value=text]")
    page.wait_for_load_state()
    page.click("button.primary[value=create]")
    page.wait_for_url(lambda url: "/collections/new" not in url)
    page.goto(page.url.partition("?")[0].rstrip("/") + "/share")
    page.check("label:has-text('Family') input[name=to]")
    page.click("button.primary:has-text('Share')")
    page.wait_for_url(lambda url: not url.endswith("/share"))


def seen(page: Page, home: Home) -> set[str]:
    """The names of the pictures in somebody's plain list."""
    page.goto(f"{home.address}/timeline")
    names = {pid: name for name, pid in home.items.items()}
    keys = page.eval_on_selector_all(".tiles .tile", "all => all.map(t => t.dataset.key)")
    return {names[key] for key in keys}


def own(login: str) -> set[str]:
    return {f"{login}-{n}.jpg" for n in (1, 2, 3)}


def shared(drive: Drive) -> set[str]:
    """Whatever lies in the folders of others on somebody's network drive."""
    found: set[str] = set()
    for owner in drive.names("/Shared with me/"):
        for collection in drive.names(f"/Shared with me/{owner}/"):
            found |= drive.names(f"/Shared with me/{owner}/{collection}/")
    return found


def test_what_is_labelled_family_appears_for_all_and_nothing_else(visit: Any, family: Home) -> None:
    visitors: dict[str, Visitor] = {}
    for login, device in zip(ROLES, ("desktop", "phone", "phone", "desktop"), strict=True):
        visitors[login] = visit(family.address, device)
        visitors[login].sign_in(login)
        label(visitors[login], family, f"{login}-1.jpg", "family")
        label(visitors[login], family, f"{login}-2.jpg", "holiday")
        assert seen(visitors[login].page, family) == own(login)
    for visitor in visitors.values():
        offer(visitor, family)
    together = {f"{login}-1.jpg" for login in ROLES}
    for login, visitor in visitors.items():
        assert seen(visitor.page, family) == own(login) | together
    with family.drive("ida") as ida, family.drive("jon") as jon:
        assert shared(ida) == together - {"ida-1.jpg"}
        assert shared(jon) == together - {"jon-1.jpg"}
        path = "/Shared with me/mara/Family/mara-1.jpg"
        assert ida.http.get(path).content == (family.folders["mara"] / "mara-1.jpg").read_bytes()
        label(visitors["mara"], family, "mara-1.jpg", "")
        label(visitors["mara"], family, "mara-3.jpg", "family")
        now = together - {"mara-1.jpg"} | {"mara-3.jpg"}
        assert ida.status(path) == 404
        assert shared(ida) == now - {"ida-1.jpg"}
    for login in ("jon", "ida", "ole"):
        assert seen(visitors[login].page, family) == own(login) | now


def test_a_file_that_says_family_of_itself_shares_nothing(visit: Any, family: Home) -> None:
    mara: Visitor = visit(family.address)
    mara.sign_in("mara")
    label(mara, family, "mara-1.jpg", "family")
    offer(mara, family)
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>family</rdf:li>'
        b"</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    picture(family.folders["mara"] / "foreign.jpg", 99, xmp=xmp)
    with family.api("mara") as http:
        http.post(f"/api/v1/storages/{family.storages['mara']}/scan", json={})

        def labelled() -> set[str]:
            found = http.get("/api/v1/items", params={"q": "label:family"}).json()["items"]
            return {item["name"] for item in found}

        eventually(lambda: labelled() == {"foreign.jpg", "mara-1.jpg"}, "the keyword is read")
    with family.api("jon") as http:
        names = {item["name"] for item in http.get("/api/v1/items?limit=100").json()["items"]}
        assert names == own("jon") | {"mara-1.jpg"}
    with family.drive("jon") as drive:
        assert shared(drive) == {"mara-1.jpg"}

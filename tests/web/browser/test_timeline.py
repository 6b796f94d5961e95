"""The timeline: its arithmetic, its scrolling, and that the document stays small."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from services import accounts
from services.accounts import OPERATOR
from services.catalogue.timeline import recount
from services.models import Item, transaction
from services.models.database import is_sqlite
from tests.factories import Make
from tests.processes import Serving, serving
from tests.serving import PASSWORD, opened
from tests.web.browser.conftest import Visitor

pytestmark = pytest.mark.browser

JUSTIFY = """async ([width, target, seed]) => {
    const { justify } = await import("/static/js/justify.js");
    let state = seed;
    const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
    const ratios = Array.from({ length: 200 }, () => 0.4 + random() * 2.2), gap = 4;
    const { x, y, w, h, height } = justify(ratios, width, target, gap), rows = [];
    for (let i = 0; i < x.length; i++) {
        if (!i || y[i] !== y[i - 1]) rows.push({ left: x[i], right: 0, height: h[i], bottom: 0 });
        Object.assign(rows.at(-1), { right: x[i] + w[i], bottom: y[i] + h[i] });
    }
    return { rows, height };
}"""


@pytest.mark.parametrize(("width", "target"), [(1020, 216), (350, 118), (2300, 216)])
def test_rows_fill_the_width(anna: Visitor, width: int, target: int) -> None:
    anna.go("/about")
    for seed in (1, 2, 3):
        laid = anna.run(JUSTIFY, [width, target, seed])
        *full, last = laid["rows"]
        assert len(full) > 5
        for row in full:
            assert row["left"] == 0
            assert abs(row["right"] - width) <= 1
            assert row["height"] <= 1.4 * target
        assert last["right"] <= width + 1
        assert abs(laid["height"] - last["bottom"]) <= 0.5


ARRANGE = """async ([width, target, least, seed]) => {
    const { arrange } = await import("/static/js/justify.js");
    let state = seed;
    const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
    const months = Array.from({ length: 60 }, () => {
        const ratios = Array.from({ length: 1 + Math.floor(random() ** 3 * 20) }, () => 0.5 + random() * 1.4);
        return { n: ratios.length, a: ratios.reduce((sum, r) => sum + r, 0), ratios: random() < 0.8 ? ratios : null };
    });
    const { bands, total } = arrange(months, width, target, 4, 52, least);
    const right = (m) => (m.boxes ? m.left + Math.max(...m.boxes.x.map((x, i) => x + m.boxes.w[i])) : 0);
    const shown = (band) => band.months.map((m) => ({ left: m.left, right: right(m) }));
    return { total, bands: bands.map((band) => ({ top: band.top, height: band.height, months: shown(band) })) };
}"""


@pytest.mark.parametrize(("width", "target", "least"), [(1020, 216, 190), (350, 118, 150)])
def test_short_months_share_a_band(anna: Visitor, width: int, target: int, least: int) -> None:
    anna.go("/about")
    laid = anna.run(ARRANGE, [width, target, least, 7])
    assert any(len(band["months"]) > 1 for band in laid["bands"])
    assert sum(len(band["months"]) for band in laid["bands"]) == 60
    top = 0
    for band in laid["bands"]:
        assert abs(band["top"] - top) < 0.01
        top += band["height"]
        free = 0
        for month in band["months"]:
            assert month["left"] >= free - 0.5, "months lie over each other"
            assert month["right"] <= width + 1
            free = max(month["left"] + least, month["right"])
        assert free <= width + 1 or len(band["months"]) == 1
    assert abs(laid["total"] - top) < 0.01


def test_the_place_is_kept_when_one_comes_back(anna: Visitor) -> None:
    anna.go("/")
    anna.page.mouse.move(600, 400)
    anna.page.mouse.wheel(0, 900)
    anna.page.wait_for_timeout(500)
    tile = anna.page.locator(".tile:not([hidden])").nth(12)
    tile.scroll_into_view_if_needed()
    anna.page.wait_for_timeout(400)
    key, top = tile.get_attribute("data-key"), place(anna, tile.get_attribute("data-key"))
    tile.click()
    anna.page.wait_for_url("**/item/*")
    anna.page.go_back()
    anna.page.wait_for_selector(f'[data-key="{key}"]')
    anna.page.wait_for_timeout(600)
    assert abs(place(anna, key) - top) <= 2
    assert anna.run("document.activeElement.dataset.key") == key


def place(visitor: Visitor, key: str | None) -> float:
    box = visitor.page.locator(f'[data-key="{key}"]').bounding_box()
    assert box is not None
    return box["y"]


def test_arrow_keys_walk_the_pictures(anna: Visitor) -> None:
    anna.go("/")
    anna.page.locator(".tile[tabindex='0']").focus()
    seen = [anna.run("document.activeElement.dataset.key")]
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowDown"):
        anna.page.keyboard.press(key)
        anna.page.wait_for_timeout(120)
        seen.append(anna.run("document.activeElement.dataset.key"))
    assert len(set(seen)) >= 4
    assert all(a != b for a, b in itertools.pairwise(seen))
    expect(anna.page.locator(".tile[tabindex='0']")).to_have_count(1)
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_url(f"**/item/{seen[-1]}")


BACKGROUNDS = """() => [...document.querySelectorAll(".tile:not([hidden])")].filter((t) => !t.firstChild.hidden)
    .map((t) => t.style.backgroundImage.slice(0, 19))"""


def test_a_picture_that_is_not_there_yet_is_seen_blurred(anna: Visitor) -> None:
    """Each of them in its own colours, without a shift of anything, until it comes."""
    anna.page.route("**/rendition/320", lambda route: None)  # never answered, until it is unrouted
    anna.page.goto(anna.address + "/", wait_until="domcontentloaded")
    anna.page.wait_for_timeout(900)
    seen = anna.run(BACKGROUNDS)
    assert len(seen) > 5
    assert set(seen) == {'url("data:image/png'}
    expect(anna.page.locator(".tile img.shown")).to_have_count(0)
    blurs = anna.run("[...document.querySelectorAll('.tile')].map((t) => t.style.backgroundImage)")
    assert len(set(blurs)) > 3, "each has its own"
    anna.page.unroute("**/rendition/320")
    anna.page.wait_for_selector(".tile img.shown")
    anna.settle()
    assert anna.run(SHIFT) <= 0.01


def test_a_picture_that_cannot_be_had_has_its_name_instead(anna: Visitor) -> None:
    anna.expected = {404}
    anna.page.route("**/rendition/320", lambda route: route.fulfill(status=404, body=b""))
    anna.go("/")
    anna.page.wait_for_function(
        "() => document.querySelectorAll('.tile.blank .sound:not([hidden])').length > 5"
    )
    tile = anna.page.locator(".tile.photo.blank").first
    expect(tile).to_contain_text(".")
    assert tile.locator("img").is_hidden()


def test_m_leads_through_the_months_and_slash_to_the_search(anna: Visitor) -> None:
    anna.go("/")
    months = [month(anna)]
    for key in ("m", "m", "M"):
        anna.page.keyboard.press(key)
        anna.page.wait_for_timeout(300)
        months.append(month(anna))
    assert months[1] != months[0]
    assert months[3] == months[1]
    anna.page.keyboard.press("/")
    assert anna.run("document.activeElement.name") == "q"


def month(visitor: Visitor) -> str:
    return str(visitor.page.get_attribute("#scrubber", "aria-valuetext"))


def test_a_lost_connection_is_told_and_found_again(anna: Visitor) -> None:
    """The stream of news breaks off, then comes back."""
    anna.page.route("**/api/v1/stream", lambda route: route.abort())
    anna.go("/")
    anna.page.wait_for_selector("#offline-note", state="visible")
    anna.page.unroute("**/api/v1/stream")
    anna.page.wait_for_selector("#offline-note", state="hidden")
    assert all("stream" in line or "ERR_FAILED" in line for line in anna.trouble)
    anna.trouble.clear()


FAVOUR = """([key, favourite]) => fetch(`/api/v1/items/${key}`, {
    method: "PATCH", body: JSON.stringify({ favourite }),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf },
}).then((answer) => answer.status)"""


def test_what_changes_before_the_news_come_is_shown(anna: Visitor) -> None:
    """The page is there, the stream of news not yet: what happens between the two is not lost."""
    page, held = anna.page, list[Route]()
    page.route("**/api/v1/stream", lambda route: held.append(route))  # playwright marks the function
    anna.go("/")
    key = page.locator(".tile:not([hidden]):not(:has([href$='#heart']))").first.get_attribute("data-key")
    assert anna.run(FAVOUR, [key, True]) == 200
    expect(page.locator(f"[data-key='{key}'] [href$='#heart']")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(f"[data-key='{key}'] [href$='#heart']")).to_be_visible()
    assert anna.run(FAVOUR, [key, False]) == 200


def test_a_picture_that_did_not_come_is_asked_for_again(anna: Visitor) -> None:
    page, refused = anna.page, list[Route]()

    def refuse_once(route: Route) -> None:
        refused.append(route)
        if len(refused) == 1:
            route.fulfill(status=503)
        else:
            route.continue_()

    page.route("**/rendition/320", refuse_once)
    anna.go("/")
    page.wait_for_selector(".tile.blank:not([hidden]) img[hidden][src]", state="attached")
    key = refused[0].request.url.split("/")[-3]
    expect(page.locator(f"[data-key='{key}']:not(.blank) img.shown")).to_be_visible(timeout=15_000)
    assert all("503" in line for line in anna.trouble)
    anna.trouble.clear()


# ── a hundred thousand ───────────────────────────────────────────────────────────────────────────


def fill(data: Path, number: int) -> None:
    """A library of so many items over ten years, without any file behind them."""
    chance = random.Random(3)
    with opened(data) as hypomos:
        accounts.add_person(OPERATOR, hypomos.passwords, "anna", password=PASSWORD, is_admin=True)
        anna, make = accounts.find_user("anna"), Make(data)
        assert anna is not None
        assert is_sqlite()
        days = set()
        rows: list[dict[str, Any]] = []
        make.item(anna, "template.jpg")
        template = {k: v for k, v in Item.get().__data__.items() if k not in {"id", "pid"}}
        Item.delete().execute()
        for n in range(number):
            year, at_month, day = 2026 - n * 10 // number, chance.randint(1, 12), chance.randint(1, 28)
            date = year * 10_000 + at_month * 100 + day
            days.add((anna.id, date))
            ratio = chance.choice((0.75, 1.333, 1.5, 1.778))
            taken = int(datetime(year, at_month, day, tzinfo=UTC).timestamp()) * 1_000_000 + n
            rows.append(template | {
                "pid": f"{n:016}", "name": f"IMG_{n}.jpg", "day": date, "ratio": ratio, "sort_at": taken,
                "taken_local": taken, "colour": f"{chance.randrange(1 << 24):06x}",
            })  # fmt: skip
        with transaction():
            for start in range(0, number, 500):
                Item.insert_many(rows[start : start + 500]).execute()
            recount(days)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, full: bool) -> Iterator[Serving]:
    """Ten years of pictures; a hundred thousand of them in the full run."""
    data = tmp_path_factory.mktemp("library") / "data"
    fill(data, 100_000 if full else 6_000)
    with serving(data, HYPOMOS_LOG_LEVEL="error") as at:
        yield at


@pytest.fixture
def reader(visit: Any, library: Serving) -> Visitor:
    """Somebody before that library. There are no pictures behind its tiles, so each is answered by one dot."""
    visitor: Visitor = visit(library.address)
    dot = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'
    visitor.context.route(
        "**/rendition/320", lambda route: route.fulfill(body=dot, content_type="image/svg+xml")
    )
    visitor.enter()
    return visitor


SHIFT = """() => new Promise((done) => new PerformanceObserver((list, observer) => {
    done(list.getEntries().filter((e) => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0));
    observer.disconnect();
}).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 300))"""
"""How much of the page has jumped so far."""


@pytest.mark.first
def test_the_document_stays_small(reader: Visitor, full: bool) -> None:
    reader.go("/")
    most = 0
    for _ in range(40 if full else 12):
        reader.page.mouse.move(600, 400)
        reader.page.mouse.wheel(0, 2500)
        reader.page.wait_for_timeout(120)
        most = max(most, reader.run("document.getElementsByTagName('*').length"))
    assert 100 < most <= 1500
    assert reader.run(SHIFT) <= 0.01


def top_tile(visitor: Visitor) -> tuple[str, float]:
    """The first tile below the bar: its key and place."""
    key, top = visitor.run("""() => {
        const bar = document.querySelector(".bar").offsetHeight;
        const tiles = [...document.querySelectorAll(".tile:not([hidden])")];
        const places = tiles.map((t) => [t.dataset.key, t.getBoundingClientRect().top]);
        return places.filter(([, top]) => top >= bar).sort((a, b) => a[1] - b[1])[0];
    }""")
    return key, top


@pytest.mark.parametrize("cap", [0, 200_000], ids=["real height", "cut at 200,000 px"])
def test_what_is_seen_stays_when_a_month_above_arrives(reader: Visitor, cap: int) -> None:
    """Jump to a month in the middle: the one above it is only estimated until it has come."""
    cut(reader, cap)
    held: list[Any] = []
    reader.go("/")
    reader.page.route("**/timeline/b/*", lambda route: held.append(route))  # Playwright wants a function
    last = int(reader.page.get_attribute("#scrubber", "aria-valuemax") or 0)
    reader.page.focus("#scrubber")
    for _ in range(last // 24):
        reader.page.keyboard.press("PageDown")
    reader.page.wait_for_timeout(500)
    now = int(reader.page.get_attribute("#scrubber", "aria-valuenow") or 0)
    newer = reader.run(
        "(now) => JSON.parse(document.getElementById('timeline-index').textContent).m[now - 1]", now
    )
    above = next(route for route in held if route.request.url.endswith(f"/{newer}?blur=1"))
    for route in held:
        if route is not above:
            route.continue_()
    reader.page.wait_for_timeout(700)
    key, before = top_tile(reader)
    height = reader.run("document.getElementById('timeline').offsetHeight")
    above.continue_()
    reader.page.wait_for_timeout(700)
    assert abs(place(reader, key) - before) <= 1
    if not cap:
        assert reader.run("document.getElementById('timeline').offsetHeight") != height, (
            "nothing has changed above"
        )


def cut(visitor: Visitor, cap: int) -> None:
    """Pretend that the browser cuts elements off at this height."""
    if cap:
        visitor.context.add_init_script(
            f"document.addEventListener('readystatechange', () => {{ document.documentElement.dataset.cap = {cap}; }})"
        )


def test_every_month_can_be_reached_under_a_cap(reader: Visitor) -> None:
    cut(reader, 200_000)
    reader.go("/")
    assert reader.run("document.getElementById('timeline').offsetHeight") == 200_000
    reader.page.focus("#scrubber")
    reader.page.keyboard.press("End")
    reader.page.wait_for_timeout(900)
    last = int(reader.page.get_attribute("#scrubber", "aria-valuemax") or 0)
    assert int(reader.page.get_attribute("#scrubber", "aria-valuenow") or 0) >= last - 1
    key, before = top_tile(reader)
    reader.page.mouse.move(600, 400)
    reader.page.mouse.wheel(0, -300)  # one pixel is one pixel there
    reader.page.wait_for_timeout(60)
    assert abs(place(reader, key) - before - 300) <= 2
    reader.page.wait_for_timeout(500)
    assert abs(place(reader, key) - before - 300) <= 2, "it moved when the scrolling was over"
    reader.run("scrollTo(0, 0)")
    reader.page.wait_for_timeout(500)
    assert reader.page.get_attribute("#scrubber", "aria-valuenow") == "0"


DRAG = """([from, to]) => {
    for (let step = 1; step <= 40; step++) {
        const clientY = from + (to - from) * step / 40;
        document.getElementById("scrubber").dispatchEvent(new PointerEvent("pointermove", { clientY, bubbles: true }));
    }
}"""
"""Without a pause on the way, however busy the machine is: where the hand rests, months are asked for."""


def test_the_scrubber_leaps(reader: Visitor) -> None:
    reader.go("/")
    box = reader.page.locator("#scrubber").bounding_box()
    assert box is not None
    reader.page.mouse.move(box["x"] + 8, box["y"] + box["height"] * 0.2)
    reader.page.mouse.down()
    asked: list[str] = []
    reader.page.on("request", lambda r: asked.append(r.url) if "/timeline/b/" in r.url else None)
    reader.run(DRAG, [box["y"] + box["height"] * share for share in (0.2, 0.8)])
    reader.page.mouse.move(box["x"] + 8, box["y"] + box["height"] * 0.8)
    reader.page.mouse.up()
    reader.page.wait_for_function("() => /201[789]$/.test(document.getElementById('scrubber').ariaValueText)")
    reader.page.wait_for_function(
        "() => document.querySelectorAll('.tile:not([hidden]) img.shown').length > 5"
    )
    years = {int(url.rpartition("/")[2][:4]) for url in asked}
    assert years & {2017, 2018, 2019}
    assert not years & {2020, 2021, 2022, 2023}, "months that are only passed are not asked for"


def test_news_come_by_themselves(anna: Visitor) -> None:
    """A favourite that somebody sets elsewhere shows on the page that is open."""
    anna.go("/")
    pid = anna.run("[...document.querySelectorAll('.tile')].find((t) => t.lastChild.hidden).dataset.key")
    anna.run("document.body.dataset.same = 'yes'")
    change = """(pid) => fetch(`/api/v1/items/${pid}`, { method: "PATCH", body: '{"favourite": true}' })"""
    anna.run(change, pid)
    heart = "(pid) => document.querySelector(`[data-key='${pid}'] .badge:not([hidden]) [href$='#heart']`)"
    anna.page.wait_for_function(heart, arg=pid)
    assert anna.run("document.body.dataset.same") == "yes"

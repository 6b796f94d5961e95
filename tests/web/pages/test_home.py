"""/, /timeline and /search."""

import json
import re
from typing import Any

import pytest

from services.catalogue.timeline import recount
from services.models import Item, ItemLabel, Job, Label, Storage, transaction
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.pages import home


def fill(web: Web, make: Make, number: int, *, month: int = 202606) -> None:
    """More items of anna's in one month."""
    anna = web.people["anna"]
    with transaction():
        for n in range(number):
            make.item(anna, taken=1_780_000_000_000_000 + n, day=month * 100 + 1, colour="336699")
        recount([(anna.id, month * 100 + 1)])


def data_of(page: str, name: str) -> Any:
    found = re.search(rf'id="{name}">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def test_the_newest_months_are_in_the_page(browser: Browser, web: Web, make: Make) -> None:
    fill(web, make, 3)
    page = browser("anna").get("/").text
    index = data_of(page, "timeline-index")
    assert index == {"m": [202607, 202606], "n": [1, 3], "a": [1.0, 3.0]}
    assert [(bucket["m"], len(bucket["id"])) for bucket in data_of(page, "timeline-first")] == [
        (202607, 1),
        (202606, 3),
    ]


def test_a_large_month_is_loaded_later(browser: Browser, web: Web, make: Make) -> None:
    fill(web, make, home.MOST_ITEMS)
    page = browser("anna").get("/")
    assert [bucket["m"] for bucket in data_of(page.text, "timeline-first")] == [202607]
    assert len(page.content) < 30_000


def test_a_bucket_is_columns_and_small(browser: Browser, web: Web, make: Make) -> None:
    fill(web, make, 300)
    answer = browser("anna").get("/timeline/b/202606")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, no-cache"
    bucket = answer.json()
    assert {len(bucket[name]) for name in ("id", "r", "d", "t", "c")} == {300}
    bare = browser("anna", **{"Accept-Encoding": "identity"}).get("/timeline/b/202606")
    assert "content-encoding" not in bare.headers
    assert bare.json() == bucket


def test_thumbhashes_come_with_the_first_months_and_when_asked_for(browser: Browser, web: Web) -> None:
    """They more than double a month, so a browser that saves data does without."""
    Item.update(thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI").execute()
    anna = browser("anna")
    assert data_of(anna.get("/").text, "timeline-first")[0]["h"] == ["1QcSHQRnh493V4dIh4eXh1h4kJUI"]
    assert anna.get("/timeline/b/202607?blur=1").json()["h"] == ["1QcSHQRnh493V4dIh4eXh1h4kJUI"]
    assert "h" not in anna.get("/timeline/b/202607").json()
    Item.update(thumbhash=None).execute()
    assert anna.get("/timeline/b/202607?blur=1").json()["h"] == [""]


def test_what_is_special_stands_by_position(browser: Browser, web: Web) -> None:
    Item.update(type="video", duration_ms=5000, favourite=True, motion=True, stack="s").execute()
    Storage.update(state="offline").execute()
    bucket = browser("anna").get("/timeline/b/202607").json()
    assert (bucket["vid"], bucket["aud"], bucket["fav"], bucket["live"]) == ({"0": 5000}, {}, [0], [0])
    assert (bucket["off"], bucket["bad"], bucket["stack"]) == ([0], [], {"0": "s"})


def test_others_see_nothing_of_it(browser: Browser) -> None:
    assert browser("ben").get("/timeline/b/202607").json()["id"] == []
    assert "Connect your first storage" in browser("ben").get("/").text


def test_names_in_the_page_cannot_end_its_script(browser: Browser, web: Web) -> None:
    Item.update(name="</script><script>alert(1)</script>").execute()
    page = browser("anna").get("/").text
    assert "<script>alert(1)" not in page
    assert data_of(page, "timeline-first")[0]["t"] == ["</script><script>alert(1)</script>"]


def test_a_storage_without_pictures_yet(browser: Browser, web: Web) -> None:
    Storage.update(owner=web.people["ben"]).execute()
    page = browser("ben").get("/").text
    assert "No pictures yet" in page
    assert 'data-refresh="content"' in page


def test_a_scan_and_a_lost_storage_are_told(browser: Browser, web: Web) -> None:
    Job.update(
        state="running", lease_owner="w", lease_until=1 << 60, progress_done=4, progress_total=9
    ).execute()
    Storage.update(state="offline").execute()
    page = browser("anna").get("/").text
    assert "“Photos” is being scanned." in page
    assert "4 of 9 read" in page
    assert "The storage “Photos” cannot be reached." in page


def test_without_scripts_the_timeline_is_pages(browser: Browser, web: Web, make: Make) -> None:
    fill(web, make, home.PAGE)
    anna, seen = browser("anna"), 0
    address: str | None = "/timeline"
    while address:
        page = anna.get(address).text
        seen += page.count('<li><a class="tile')
        more = re.search(r'href="(/timeline\?cursor=[\w-]+)"', page)
        address = more[1] if more else None
    assert seen == home.PAGE + 1


@pytest.mark.parametrize(
    ("words", "count"),
    [("img_1", 1), ("2026-07", 1), ("july 2026", 1), ("juli", 1), ("lake", 1), ("lak", 1), ("sea", 0)],
)
def test_words_find_items(browser: Browser, web: Web, words: str, count: int) -> None:
    anna = browser("anna")
    label = Label.create(name="Lake", name_fold="lake")
    ItemLabel.create(item=web.item, label=label, source="hand", author=web.people["anna"], created_at=0)
    anna.post(f"/item/{web.item.pid}", data={"labels": "Lake"})  # refreshes what the search looks at
    page = anna.get("/search", params={"q": words}).text
    assert page.count('<li><a class="tile') == count
    assert ("Nothing matches" in page) is (count == 0)


def test_a_search_for_nothing_and_for_too_much(browser: Browser) -> None:
    assert browser("anna").get("/search?q=%20").status_code == 200
    answer = browser("anna").get("/search", params={"q": " ".join(f"w{n}" for n in range(65))})
    assert answer.status_code == 400
    assert "A query has at most 64 conditions." in answer.text
    assert browser("anna").get("/timeline?cursor=xx").status_code == 422


def test_what_is_hidden_is_gone_from_lists_and_found_again(browser: Browser, web: Web, make: Make) -> None:
    fill(web, make, 2)
    anna, pid = browser("anna"), web.item.pid
    assert 'id="hidden"' not in anna.get("/").text
    assert anna.post(f"/item/{pid}", data={"act": "hide"}).status_code == 303
    page = anna.get("/").text
    assert data_of(page, "timeline-index")["m"] == [202606]
    assert 'id="hidden"' in page
    assert anna.get("/timeline/b/202607").json()["id"] == []
    for address in ("/timeline", "/search?q=type:photo"):
        page = anna.get(address).text
        assert f"/item/{pid}" not in page
        assert "1 more is hidden for you." in page
        (way,) = re.findall(r'href="(/search\?q=is%3Ahidden[^"]*)"', page)
        assert "hidden for me" in anna.get(way).text
        assert f"/item/{pid}" in anna.get(way).text
    answer = anna.post(
        "/selection", data={f"pick.{pid}": "on", "do": "unhide", "back": "/search?q=is:hidden"}
    )
    assert answer.status_code == 303
    assert f"/item/{pid}" in anna.get("/timeline").text


def test_what_is_off_the_timeline_is_not_on_its_plain_pages(browser: Browser, web: Web, make: Make) -> None:
    shared = make.collection(web.people["anna"], items=[web.item])
    grant = make.grant(make.share(shared), user=web.people["ben"])
    ben = browser("ben")
    assert f"/item/{web.item.pid}" in ben.get("/timeline").text
    ben.post(f"/grants/{grant.pid}/timeline", data={})
    assert f"/item/{web.item.pid}" not in ben.get("/timeline").text
    assert f"/item/{web.item.pid}" in ben.get("/search").text

"""The pages about sharing without scripts: a share begins, is told of, changed and ended; what others see."""

import re
from typing import Any

import pytest

from services import accounts, collections, sharing
from services.collections import Draft
from services.models import Arrival, Collection, Grant, Item, Share, Storage
from services.sharing import LinkTerms, Terms
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def lake(web: Web, make: Make) -> str:
    """Anna's collection with her picture in it."""
    Item.update(colour="aabbcc").execute()
    return str(make.collection(web.people["anna"], "Lake", items=[web.item]).pid)


def give(lake: str, to: str = "ben", **terms: Any) -> Share:
    return sharing.offer(accounts.viewer_for("anna"), lake, {"user": to}, Terms(**terms))


def test_a_collection_is_shared_by_a_plain_form(web: Web, browser: Browser, lake: str) -> None:
    anna, ben = browser("anna"), browser("ben")
    page = anna.get(f"/collections/{lake}/share").text
    for text in ("It shows 1 picture now", 'value="user:ben"', f"/items/{web.item.pid}/rendition/320"):
        assert text in page
    form = {"to": "user:ben", "download": "on", "hide_place": "on", "until": "2099-12-31", "note": "for you"}
    answer = anna.post(f"/collections/{lake}/share", data=form)
    share = Share.get()
    assert answer.headers["location"] == f"/shares?made={share.pid}"
    assert (share.may_download, share.may_reshare, share.shows_place, share.note) == (
        True,
        False,
        False,
        "for you",
    )
    page = anna.get(answer.headers["location"]).text
    for text in (
        "It is shared from now on",
        "Lake",
        "for ben",
        "until 31 December 2099",
        "not opened yet",
        "for you",
    ):
        assert text in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 200
    assert ben.get(f"/collections/{lake}/share").status_code == 404
    assert ben.post(f"/collections/{lake}/share", data=form).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose somebody"),
        ({"to": "moon:x"}, "Choose somebody"),
        ({"to": "user:nobody"}, "nobody called"),
        ({"to": "user:ben", "until": "soon"}, "An end is written like"),
        ({"to": "user:ben", "until": "1999-01-01"}, "lies ahead"),
        ({"to": "user:ben", "note": "x" * 1001}, "too long"),
    ],
)
def test_what_is_wrong_stays_in_the_form(
    browser: Browser, lake: str, form: dict[str, str], said: str
) -> None:
    answer = browser("anna").post(f"/collections/{lake}/share", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert Share.select().count() == 0
    if form.get("to") == "user:ben":
        assert 'value="user:ben" checked' in answer.text


def test_nothing_leaves_the_house(browser: Browser) -> None:
    page = browser("anna").get("/shares").text
    assert "Nothing leaves this house" in page
    assert "Nobody shares anything with you" in browser("anna").get("/shares/received").text
    assert "Nothing has ended" in browser("anna").get("/shares?ended=1").text


def test_revoking_gives_a_receipt(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    anna, ben = browser("anna"), browser("ben")
    answer = anna.post("/shares/revoke", data={"grant": Grant.get().pid, "to": "ben"})
    assert answer.headers["location"] == "/shares?receipt=1&to=ben"
    page = anna.get(answer.headers["location"]).text
    for text in ("Access ended at", "For: ben", "cannot be recalled", "Nothing is shared with ben"):
        assert text in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    history = anna.get("/shares?ended=1").text
    assert "ended just now" in history
    assert "Revoke" not in history
    assert "Access ended at" not in ben.get("/shares?receipt=1").text
    assert anna.post("/shares/revoke", data={"grant": "x"}).status_code == 404
    assert anna.post("/shares/revoke").status_code == 422


def test_everything_to_one_person(web: Web, browser: Browser, lake: str, make: Make) -> None:
    give(lake)
    give(str(make.collection(web.people["anna"], "Hills", items=[web.item]).pid))
    anna = browser("anna")
    page = anna.get("/shares?to=ben").text
    assert "End everything for ben" in page
    assert "/shares/preview/ben" in page
    assert anna.post("/shares/revoke", data={"user": "ben"}).headers["location"] == "/shares?receipt=1"
    assert Grant.select().where(Grant.ended_at.is_null()).count() == 0


def test_terms_are_changed_on_their_page(web: Web, browser: Browser, lake: str) -> None:
    share, anna = give(lake), browser("anna")
    page = anna.get(f"/shares/{share.pid}").text
    assert 'name="download" checked' in page
    assert anna.post(f"/shares/{share.pid}", data={"until": "x"}).status_code == 422
    answer = anna.post(f"/shares/{share.pid}", data={"reshare": "on", "until": "2099-01-01"})
    assert answer.headers["location"] == "/shares?saved=1"
    share = Share.get()
    assert (share.may_download, share.may_reshare, share.shows_place) == (False, True, True)
    before = share.expires_at
    anna.post(f"/shares/{share.pid}", data={"until": "2099-01-01"})
    assert Share.get().expires_at == before
    assert anna.post(f"/shares/{share.pid}/end").headers["location"] == "/shares?receipt=1"
    assert "It has ended" in anna.get(f"/shares/{share.pid}").text
    assert anna.post(f"/shares/{share.pid}", data={}).status_code == 404


def test_a_preview_shows_what_they_see_of_ones_own(web: Web, browser: Browser, lake: str, make: Make) -> None:
    give(lake)
    hers = make.item(web.people["ben"], "HIS.jpg", taken=1)
    page = browser("anna").get("/shares/preview/ben").text
    assert f"/item/{web.item.pid}" in page
    assert hers.pid not in page
    assert "Nothing of yours" in browser("anna").get("/shares/preview/kim").text
    for login in ("anna", "nobody"):
        assert browser("anna").get(f"/shares/preview/{login}").status_code == 404


def pass_on(web: Web, make: Make, **terms: Any) -> Grant:
    """Ben passes Anna's picture on to Kim, in a collection of his that is called Secret."""
    his = make.collection(web.people["ben"], "Secret", items=[web.item])
    share = sharing.offer(accounts.viewer_for("ben"), his.pid, {"user": "kim"}, Terms(**terms))
    return Grant.get(Grant.share == share)


def test_who_has_it_by_others_stands_in_the_ledger(web: Web, browser: Browser, lake: str, make: Make) -> None:
    give(lake, reshare=True)
    grant = pass_on(web, make, expires=4_070_908_800_000_000)
    anna, kim = browser("anna"), browser("kim")
    assert kim.get(f"/item/{web.item.pid}").status_code == 200
    page = anna.get("/shares").text
    for text in (
        "passed on by ben to kim",
        "1 picture of yours",
        "until 31 December 2098",
        "not opened yet",
        grant.pid,
    ):
        assert text in page
    assert "Secret" not in page
    page = anna.get("/shares?to=kim").text
    for text in ("What reaches kim by others", "passed on by ben to kim", "by “Lake”"):
        assert text in page
    assert "Nothing is shared with kim" not in page
    answer = anna.post("/shares/revoke", data={"grant": grant.pid, "to": "kim"})
    page = anna.get(answer.headers["location"]).text
    for text in ("Access ended at", "For: kim", "Nothing is shared with kim"):
        assert text in page
    assert kim.get(f"/item/{web.item.pid}").status_code == 404
    assert browser("ben").get(f"/item/{web.item.pid}").status_code == 200
    assert "passed on" not in anna.get("/shares").text
    for client in (anna, kim):
        assert client.post("/shares/revoke", data={"grant": grant.pid}).status_code == 404


def test_a_link_of_somebody_elses_is_named_by_whose_it_is(
    web: Web, browser: Browser, lake: str, make: Make
) -> None:
    give(lake, reshare=True)
    his = make.collection(web.people["ben"], "Secret", items=[web.item])
    web.context.links.make(accounts.viewer_for("ben"), his.pid, LinkTerms())
    page = browser("anna").get("/shares").text
    assert "passed on by ben to whoever has a link of theirs" in page
    assert "Secret" not in page


def test_an_item_of_somebody_else(web: Web, browser: Browser, lake: str) -> None:
    give(lake, download=False, place=False)
    ben = browser("ben")
    page = ben.get(f"/item/{web.item.pid}").text
    main = page[page.index("<main") :]
    for text in (
        "from anna",
        "Favourite",
        "keeps back where",
        "shared with you by anna",
        "its owner does not see them",
    ):
        assert text in main
    for control in (
        "/original",
        "/trash",
        "/apart",
        "Where it lies",
        "Withdraw",
        "Revoke",
        'name="title"',
        "Vault",
    ):
        assert control not in main
    assert ben.post(f"/item/{web.item.pid}", data={"act": "like"}).status_code == 303
    assert ben.post(f"/item/{web.item.pid}", data={"rating": "4", "labels": "mine"}).status_code == 303
    page = ben.get(f"/item/{web.item.pid}").text
    assert 'aria-pressed="true"' in page
    assert "4 of 5" in page
    assert "4 of 5" not in browser("anna").get(f"/item/{web.item.pid}").text


def test_an_owner_sees_who_sees_it_and_takes_it_back(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    anna, ben = browser("anna"), browser("ben")
    page = anna.get(f"/item/{web.item.pid}").text
    for text in ("<b>ben</b>", "by “Lake”", "Withdraw it from everybody"):
        assert text in page
    answer = anna.post(f"/item/{web.item.pid}/withdraw")
    assert answer.headers["location"] == f"/item/{web.item.pid}?receipt=1#sharing"
    page = anna.get(f"/item/{web.item.pid}?receipt=1").text
    for text in ("Access ended at", "1 picture is withdrawn", "Share it again"):
        assert text in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    anna.post(f"/item/{web.item.pid}/unwithdraw")
    assert ben.get(f"/item/{web.item.pid}").status_code == 200
    back = anna.post("/shares/revoke", data={"grant": Grant.get().pid, "item": web.item.pid})
    assert back.headers["location"] == f"/item/{web.item.pid}?receipt=1#sharing"
    assert "Only you" in anna.get(f"/item/{web.item.pid}").text


def test_how_often_it_was_looked_at_is_told(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    anna, ben = browser("anna"), browser("ben")
    assert ben.get(f"/api/v1/items/{web.item.pid}/original").status_code == 200
    for path in ("/shares", f"/item/{web.item.pid}"):
        assert "opened 1 time, last just now" in anna.get(path).text


def test_a_storage_that_shares_nothing(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    anna, ben, pid = browser("anna"), browser("ben"), web.storage.pid
    assert "Share nothing of this storage any more" in anna.get(f"/storages/{pid}").text
    answer = anna.post(f"/storages/{pid}/withhold")
    page = anna.get(answer.headers["location"]).text
    assert "Access ended at" in page
    assert "Let it be shared again" in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    anna.post(f"/storages/{pid}/release")
    assert ben.get(f"/item/{web.item.pid}").status_code == 200
    assert Storage.get().withheld_at is None


def test_items_of_others_bear_their_owners_name(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    assert browser("ben").get("/timeline/b/202607").json()["by"] == {"0": "anna"}
    assert browser("anna").get("/timeline/b/202607").json()["by"] == {}
    assert "from anna" in browser("ben").get("/timeline").text


def test_a_collections_page_leads_to_sharing_it_and_out_of_it(web: Web, browser: Browser, lake: str) -> None:
    give(lake)
    page = browser("anna").get(f"/collections/{lake}").text
    assert f'href="/collections/{lake}/share"' in page
    assert "/leave" not in page
    page = browser("ben").get(f"/collections/{lake}").text
    assert f'action="/grants/{Grant.get().pid}/leave"' in page
    assert "/share" not in page.partition("<main")[2].partition("</main")[0]


def test_who_lets_others_contribute_may_be_asked_about_each_picture(
    web: Web, browser: Browser, lake: str, make: Make
) -> None:
    anna = browser("anna")
    page = anna.get(f"/collections/{lake}/share").text
    assert 'name="asks">' in page
    form = {"to": "user:ben", "asks": "on"}
    anna.post(f"/collections/{lake}/share", data=form)
    assert Collection.get().arrivals == "none", "nobody may bring anything"
    share = Share.get()
    anna.post(f"/shares/{share.pid}", data={"contribute": "on", "asks": "on", "until": "soon"})
    anna.post(f"/shares/{share.pid}", data={"contribute": "on", "asks": "on"})
    assert Collection.get().arrivals == "owner"
    theirs = make.collection(web.people["ben"], "Mine", items=[make.item(web.people["ben"])])
    sharing.offer(accounts.viewer_for("ben"), theirs.pid, {"collection": lake}, Terms())
    assert Arrival.get().state == "pending"
    assert "1 item" in anna.get(f"/collections/{lake}").text
    for at in (f"/shares/{share.pid}", f"/collections/{lake}/share"):
        assert 'name="asks" checked' in anna.get(at).text
    assert anna.post(f"/shares/{share.pid}", data={"contribute": "on", "until": "soon"}).status_code == 422
    assert Collection.get_by_id(share.collection_id).arrivals == "owner", "something was wrong with the form"
    anna.post(f"/collections/{lake}/share", data={"to": "user:kim", "contribute": "on"})
    assert Collection.get_by_id(share.collection_id).arrivals == "none"


def test_what_is_labelled_private_is_warned_of(web: Web, browser: Browser, lake: str) -> None:
    anna, said = browser("anna"), "1 of them bears your label “private”."
    assert said not in anna.get(f"/collections/{lake}/share").text
    anna.post(f"/item/{web.item.pid}", data={"labels": "private"})
    assert said in anna.get(f"/collections/{lake}/share").text
    assert said not in anna.get("/shares/preview/ben").text
    give(lake)
    assert said in anna.get("/shares/preview/ben").text


def test_a_query_that_moves_by_itself_is_warned_of_wherever_it_is_shared(
    web: Web, make: Make, browser: Browser
) -> None:
    Item.update(colour="aabbcc").execute()
    many = [make.item(web.people["anna"], f"{n}.jpg", taken=n, colour="aabbcc") for n in range(30)]
    anna = accounts.viewer_for("anna")
    lately = collections.create(anna, Draft("Lately", query="added:<7d sort:taken"))
    asking = collections.create(anna, Draft("Asking", query="added:<7d"), {"approval": "owner"})
    plain = collections.create(anna, Draft("Plain", query="type:photo"))
    into = make.collection(web.people["ben"], "Wedding")
    make.grant(make.share(into, may_contribute=True), user=web.people["anna"])
    party = web.context.events.make(anna, {"name": "Party"})
    told, client = "“added” changes by itself", browser("anna")
    for path in (
        "/collections/{}/share", "/collections/{}/links", f"/collections/{into.pid}/contribute?from={{}}",
        f"/events/{party.pid}/contribute?collection={{}}",
    ):  # fmt: skip
        page = client.get(path.format(lately.pid)).text
        assert told in page, path
        assert f'href="/collections/{lately.pid}/query"' in page
        for quiet in (asking, plain):
            assert told not in client.get(path.format(quiet.pid)).text, path
    for path in ("/collections/{}/share", "/collections/{}/links"):
        page = client.get(path.format(lately.pid)).text
        shown = re.findall("/items/([^/]+)/rendition/320", page)
        assert shown == [web.item.pid, *(item.pid for item in reversed(many[7:]))], (
            "the newest 24, however its query sorts"
        )

"""/collections without scripts: made by hand and by a query, changed, ordered, thrown away and back."""

import re
from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from services import catalogue, collections, sharing
from services.accounts import viewer_for
from services.collections import Draft
from services.matching import costs
from services.models import Asset, Collection, CollectionItem, Item, User, database
from tests.factories import Make
from tests.statements import noted
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def anna(browser: Browser) -> TestClient:
    return browser("anna")


def follow(client: TestClient, path: str, form: Mapping[str, str]) -> str:
    """Send a form and go where it leads."""
    answer = client.post(path, data=form)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def test_a_collection_is_made_from_what_was_picked(web: Web, anna: TestClient) -> None:
    assert "No collection yet" in anna.get("/collections").text
    listing = anna.get("/timeline").text
    assert f'name="pick.{web.item.pid}"' in listing
    page = follow(anna, "/selection", {f"pick.{web.item.pid}": "on", "do": "make", "name": "Lake"})
    assert "<h1" in page
    assert "Lake" in page
    assert f"/item/{web.item.pid}" in page
    assert "Lake" in anna.get("/collections").text
    why = anna.get(f"/item/{web.item.pid}").text
    assert "put in by anna" in why


def test_the_names_of_any_number_of_owners_are_one_question(
    anna: TestClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = User.get(User.login == "anna")

    def shared_by(*logins: str) -> None:
        for login in logins:
            owner = make.user(login, display=f"Their {login}")
            items = [make.item(owner)]
            make.grant(make.share(make.collection(owner, f"Of {login}", items=items)), user=reader)

    asked = noted(monkeypatch)

    def questions(number: int) -> int:
        del asked[:]
        page = anna.get("/collections").text
        assert page.count("Their ") == number
        return sum('"display"' in sql for sql in asked)

    shared_by("o1", "o2")
    few = questions(2)
    assert few > 0
    shared_by("o3", "o4", "o5", "o6", "o7")
    assert questions(7) == few


def test_by_a_query_with_rows_and_as_text(web: Web, anna: TestClient) -> None:
    catalogue.edit(viewer_for("anna"), web.item.pid, {"labels": ["family"], "rating": 5})
    at = "/collections/new?kind=dynamic"
    assert 'name="r0.field"' in anna.get(at).text
    row = {"match": "all", "r0.field": "label", "r0.op": ":", "r0.value": "family"}
    more = anna.post(at, data={**row, "do": "add", "name": "Family"}).text
    assert 'name="r1.field"' in more
    assert 'value="Family"' in more
    shown = anna.post(at, data={**row, "do": "show"}).text
    assert "label:family" in shown
    assert "1 item" in shown
    wrong = anna.post(at, data={"do": "text", "q": "labl:x"})
    assert wrong.status_code == 422
    assert anna.post(at, data={"do": "create", "name": "All"}).status_code == 422  # an empty query
    page = follow(anna, at, {**row, "do": "create", "name": "Family"})
    assert f"/item/{web.item.pid}" in page
    item = anna.get(f"/item/{web.item.pid}").text
    assert "<code>label:family</code>" in item
    made = Collection.get()
    follow(
        anna,
        f"/collections/{made.pid}/rule",
        {"item": web.item.pid, "rule": "never", "back": f"/item/{web.item.pid}"},
    )
    page = anna.get(f"/collections/{made.pid}").text
    assert "Never in here" in page
    follow(
        anna,
        f"/collections/{made.pid}/rule",
        {"item": web.item.pid, "rule": "", "back": "//elsewhere.example/"},
    )
    assert CollectionItem.get().shown


def test_what_it_would_hold_is_shown_while_the_form_is_filled_in(web: Web, anna: TestClient) -> None:
    catalogue.edit(viewer_for("anna"), web.item.pid, {"rating": 5})
    page = anna.get("/collections/new?kind=dynamic").text
    assert 'hx-get="/search/preview?for=collection"' in page
    assert 'name="require_labelled" checked' in page
    asked = {"for": "collection", "match": "all", "r0.field": "rating", "r0.op": ":", "r0.value": "5"}

    def preview(**more: str) -> str:
        return anna.get("/search/preview", params=asked | more, headers={"HX-Request": "true"}).text

    page = preview()
    assert "1 item" in page
    assert f"/item/{web.item.pid}" in page
    assert "<html" not in page
    Asset.update(sha256=None).execute()
    assert "0 items" in preview(require_labelled="on"), "held back until its file is read"
    page = preview(**{"r1.field": "type", "r1.op": ":", "r1.value": "video"})
    assert "Without type:video there are 1." in page
    assert "needs a condition" in preview(**{"r0.value": ""})


def test_all_that_can_be_set_is_offered_when_it_is_made(web: Web, anna: TestClient) -> None:
    at = "/collections/new?kind=dynamic"
    row = {"match": "all", "r0.field": "rating", "r0.op": ":", "r0.value": "5", "name": "Best"}
    on = {"approval": "on", "trusted": "on", "arrivals": "on", "starts": "2026-07-01", "ends": "2026-07-18"}
    page = anna.post(at, data=row | on | {"do": "add"}).text
    for text in ('name="approval" checked', 'name="require_labelled">', 'value="2026-07-01"', "0 items"):
        assert text in page
    wrong = anna.post(at, data=row | on | {"do": "create", "ends": "2026-06-01"})
    assert (wrong.status_code, "ends before it begins" in wrong.text) == (422, True)
    follow(anna, at, row | on | {"do": "create"})
    made = Collection.get()
    assert (made.approval, made.arrivals, made.require_labelled, made.trusted) == (
        "owner",
        "owner",
        False,
        ["file"],
    )
    assert (made.starts_on, made.ends_on) == (20260701, 20260718)
    follow(anna, "/collections/new", {"name": "Lake", "arrivals": "on"})
    assert Collection.get(Collection.name == "Lake").arrivals == "owner"


def test_it_is_changed_and_thrown_away_and_comes_back(web: Web, anna: TestClient) -> None:
    made = collections.create(viewer_for("anna"), Draft("Best", query="rating:none"))
    at = f"/collections/{made.pid}"
    form = {"name": "Best of", "description": "D", "starts": "2026-07-01", "ends": "", "query": "rating:none"}
    page = follow(anna, at, {**form, "require_labelled": "on"})
    assert "Best of" in page
    assert 'name="arrivals">' in page
    page = follow(anna, at, {**form, "arrivals": "on"})
    assert 'name="arrivals" checked' in page
    assert Collection.get_by_id(made.id).arrivals == "owner"
    bad = anna.post(at, data={**form, "query": "ratng:5"})
    assert bad.status_code == 422
    assert 'role="alert"' in bad.text
    page = follow(anna, f"{at}/delete", {})
    assert "The collection was deleted" in page
    undo = re.search(r'action="(/undo/[^"]+)"', page)
    assert undo
    assert "Best of" in follow(anna, undo[1], {"back": "/collections"})
    assert anna.get(at).status_code == 200


def test_members_change_places(web: Web, make: Make, anna: TestClient) -> None:
    other = make.item(web.people["anna"], taken=5)
    made = collections.create(viewer_for("anna"), Draft("Lake"))
    collections.add(viewer_for("anna"), made.pid, [web.item.pid, other.pid])

    def order() -> list[str]:
        rows = CollectionItem.select(Item.pid).join(Item).order_by(CollectionItem.position)
        return [pid for (pid,) in rows.tuples()]

    for do, wanted in (("earlier", other), ("later", web.item), ("first", other)):
        follow(
            anna,
            "/selection",
            {f"pick.{other.pid}": "on", "here": made.pid, "do": do, "back": "/collections"},
        )
        assert order()[0] == wanted.pid
    follow(anna, "/selection", {f"pick.{other.pid}": "on", "here": made.pid, "do": "cover"})
    assert Collection.get().cover_id == other.id


def test_what_others_share(web: Web, make: Make, browser: Browser) -> None:
    collection = make.collection(web.people["anna"], "Lake", items=[web.item])
    make.grant(make.share(collection), user=web.people["ben"])
    ben = browser("ben")
    assert "Shared with me" in ben.get("/collections").text
    page = ben.get(f"/collections/{collection.pid}").text
    assert "shared by anna" in page
    assert "Delete the collection" not in page
    assert "shared with you by anna" in ben.get(f"/item/{web.item.pid}").text
    assert ben.post(f"/collections/{collection.pid}/delete").status_code == 404


def test_a_query_that_costs_too_much_is_told_in_the_form(
    anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "is_expensive", lambda query, items: True)
    row = {"match": "all", "r0.field": "rating", "r0.op": ":", "r0.value": "5", "name": "Best"}
    for do in ("create", "show"):
        answer = anna.post("/collections/new?kind=dynamic", data=row | {"do": do})
        assert answer.status_code == 422
        assert "cannot be kept in a collection" in answer.text
        assert 'value="Best"' in answer.text


def test_a_preview_that_takes_too_long_is_told_in_the_form(
    anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(seconds: float) -> None:
        raise database.TookTooLong("too long")

    monkeypatch.setattr(database, "within", late)
    row = {"match": "all", "r0.field": "rating", "r0.op": ":", "r0.value": "5", "name": "Best"}
    answer = anna.post("/collections/new?kind=dynamic", data=row | {"do": "show"})
    assert answer.status_code == 422
    assert "takes too long here" in answer.text
    assert 'value="Best"' in answer.text


def test_what_others_contributed_is_taken_out_and_put_back(web: Web, make: Make, anna: TestClient) -> None:
    into = make.collection(web.people["anna"], "Wedding")
    make.grant(make.share(into, may_contribute=True), user=web.people["ben"])
    item = make.item(web.people["ben"], "theirs.jpg", taken=9)
    mine = make.collection(web.people["ben"], "Mine", items=[item])
    sharing.offer(viewer_for("ben"), mine.pid, {"collection": into.pid}, sharing.Terms())
    at = f"/collections/{into.pid}"
    assert f'name="pick.{item.pid}"' in anna.get(at).text
    form = {f"pick.{item.pid}": "on", "do": "remove", "here": into.pid, "back": at}
    page = follow(anna, "/selection", form)
    assert "taken out" in page
    assert f'name="pick.{item.pid}"' not in page
    undo = re.search(r'action="(/undo/[^"]+)"', page)
    assert undo
    assert f'name="pick.{item.pid}"' in follow(anna, undo[1], {"back": at})


def test_the_page_made_while_it_fills_follows_until_it_is_full(anna: TestClient) -> None:
    made = collections.create(viewer_for("anna"), Draft("All", query="type:photo"))
    page = f"/collections/{made.pid}"
    Collection.update(checked_at=None).execute()
    assert re.search(r'id="filling" data-refresh="content jobs', anna.get(page).text)
    Collection.update(checked_at=1).execute()
    assert (
        'id="filling"' not in anna.get(page).text
    )  # a part that is not there any more has the page made anew

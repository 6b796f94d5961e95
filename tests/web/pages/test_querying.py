"""The query of a collection as a form and as text, without scripts; and trust in keywords of files, with one click."""

import re

import pytest
from starlette.testclient import TestClient

from services import catalogue, collections, sharing
from services.accounts import viewer_for
from services.collections import Draft, querying
from services.models import Collection, ItemLabel, Label
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser

ROW = {"match": "all", "r0.field": "rating", "r0.op": ">=", "r0.value": "4"}
KEPT = {"was": "rating:>=4", "q": "rating:>=4", "require_labelled": "on"}


@pytest.fixture
def anna(browser: Browser) -> TestClient:
    return browser("anna")


@pytest.fixture
def best(web: Web) -> Collection:
    """What anna finds good: her one picture is."""
    catalogue.edit(viewer_for("anna"), web.item.pid, {"rating": 5})
    return collections.create(viewer_for("anna"), Draft("Best", query="rating:>=4"))


def text_of(collection: Collection) -> str:
    return querying.text_of(viewer_for("anna"), Collection.get_by_id(collection.id))


def keyword(web: Web, name: str = "family") -> None:
    """A keyword that another program wrote into anna's picture."""
    label = Label.create(name=name, name_fold=name)
    ItemLabel.create(item=web.item, label=label, source="file", created_at=0)


def test_the_stored_query_fills_the_form_and_the_text(web: Web, anna: TestClient, best: Collection) -> None:
    at = f"/collections/{best.pid}/query"
    assert f'href="{at}"' in anna.get(f"/collections/{best.pid}").text
    page = anna.get(at).text
    assert 'name="r0.value" value="4"' in page
    assert '<option value="rating" selected' in page
    assert 'name="q" value="rating:&gt;=4"' in page
    assert 'name="require_labelled" checked' in page
    assert "1 item" in page
    assert f"/item/{web.item.pid}" in page


def test_the_form_is_changed_by_its_buttons_and_kept(anna: TestClient, best: Collection) -> None:
    at = f"/collections/{best.pid}/query"
    more = anna.post(at, data={**KEPT, **ROW, "do": "add"}).text
    assert 'name="r1.field"' in more
    assert text_of(best) == "rating:>=4"
    wider = {**ROW, "r1.field": "type", "r1.op": ":", "r1.value": "video"}
    shown = anna.post(at, data={**KEPT, **wider, "do": "show"}).text
    assert "0 items" in shown
    assert "Without type:video there are 1." in shown
    assert 'name="was" value="rating:&gt;=4 type:video"' in shown
    answer = anna.post(at, data={**KEPT, **wider, "do": "save", "approval": "on"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/collections/{best.pid}")
    assert text_of(best) == "rating:>=4 type:video"
    assert Collection.get_by_id(best.id).approval == "owner"


def test_the_text_is_changed_and_kept(anna: TestClient, best: Collection) -> None:
    at = f"/collections/{best.pid}/query"
    typed = {**KEPT, **ROW, "q": "rating:5 OR (type:video year:2020)"}
    page = anna.post(at, data={**typed, "do": "text"}).text
    assert 'name="g0.r1.value" value="2020"' in page
    added = anna.post(at, data={**typed, "do": "add"}).text
    assert 'name="r1.field"' in added
    assert "rating:5 OR (type:video year:2020)" in added
    assert anna.post(at, data={**typed, "do": "save"}).status_code == 303
    assert text_of(best) == "rating:5 OR type:video year:2020"


def test_what_is_wrong_is_said_and_nothing_is_kept(anna: TestClient, best: Collection) -> None:
    at = f"/collections/{best.pid}/query"
    for sent in (
        {**KEPT, **ROW, "q": "ratng:5"},
        {**KEPT, **ROW, "r0.value": "many"},
        {**KEPT, **ROW, "r0.value": ""},
        {**KEPT, **ROW, "q": ""},
    ):
        answer = anna.post(at, data={**sent, "do": "save"})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert anna.post(at, data={**KEPT, **ROW, "q": "ratng:5", "do": "show"}).status_code == 422
    both = anna.post(at, data={**KEPT, **ROW, "r0.value": "3", "q": "rating:5", "do": "save"})
    assert both.status_code == 422
    assert "say different things" in both.text
    assert text_of(best) == "rating:>=4"


def test_a_query_too_deep_for_a_form_stays_text(anna: TestClient) -> None:
    deep = "rating:5 OR type:video (year:2020 OR year:2022)"
    made = collections.create(viewer_for("anna"), Draft("Deep", query=deep))
    at = f"/collections/{made.pid}/query"
    page = anna.get(at).text
    was = re.search('name="was" value="([^"]+)"', page)
    assert was
    row = {"match": "all", "r0.field": "words", "r0.op": ":", "r0.value": text_of(made)}
    sent = {"was": was[1], "q": was[1], **row, "do": "save"}
    assert anna.post(at, data=sent).status_code == 303
    assert text_of(made) == deep


def test_only_the_owner_of_a_dynamic_one_changes_its_query(
    web: Web, make: Make, browser: Browser, best: Collection
) -> None:
    make.grant(make.share(best), user=web.people["ben"])
    by_hand = collections.create(viewer_for("anna"), Draft("Lake"))
    for who, collection in (("ben", best), ("anna", by_hand)):
        client = browser(who)
        assert client.get(f"/collections/{collection.pid}/query").status_code == 404
        assert client.post(f"/collections/{collection.pid}/query", data={"do": "save"}).status_code == 404
        assert client.post(f"/collections/{collection.pid}/trust").status_code == 404


def test_keywords_of_files_are_hinted_at_and_trusted_with_one_click(web: Web, anna: TestClient) -> None:
    keyword(web)
    at, row = (
        "/collections/new?kind=dynamic",
        {**ROW, "r0.field": "label", "r0.op": ":", "r0.value": "family"},
    )
    page = anna.post(at, data={**row, "do": "show", "require_labelled": "on"}).text
    assert "0 items" in page
    assert "1 picture bears such a label only in its file" in page
    trusting = anna.post(at, data={**row, "do": "trust", "require_labelled": "on"}).text
    assert 'name="trusted" checked' in trusting
    assert "1 item" in trusting
    assert "only in its file" not in trusting
    live = {**row, "for": "collection"}
    assert 'form="by-query"' in anna.get("/search/preview", params=live).text
    assert 'form="by-query"' not in anna.get("/search/preview", params={**live, "trusted": "on"}).text
    answer = anna.post(at, data={**row, "do": "create", "name": "Family"})
    here = answer.headers["location"]
    page = anna.get(here).text
    assert "1 picture bears such a label only in its file" in page
    assert f'action="{here}/trust"' in page
    assert f"/item/{web.item.pid}" not in page
    assert anna.post(f"{here}/trust").headers["location"] == here
    page = anna.get(here).text
    assert f"/item/{web.item.pid}" in page
    assert "only in its file" not in page
    assert Collection.get().trusted == ["file"]


def test_what_was_rejected_can_still_be_approved(web: Web, anna: TestClient) -> None:
    keyword(web)
    made = collections.create(viewer_for("anna"), Draft("Family", query="label:family"))
    sharing.decide(viewer_for("anna"), [f"out.{made.pid}.{web.item.pid}"], "reject")
    page = anna.get(f"/collections/{made.pid}").text
    assert "Rejected" in page
    button = re.search(r'value="(approve [^"]+)"', page)
    assert button
    anna.post("/approvals", data={"decision": button[1]})
    page = anna.get(f"/collections/{made.pid}").text
    assert "Rejected" not in page
    assert f"/item/{web.item.pid}" in page

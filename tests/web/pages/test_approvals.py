"""/approvals: ticked or one by one, both sides in one inbox, taken back, and nothing left to do."""

import pytest

from services import accounts, collections, sharing
from services.collections import Draft
from services.models import Arrival, Item, ItemLabel, Label
from services.sharing import Terms
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def waits(web: Web, make: Make) -> list[str]:
    """Anna's picture and another wait to go out of a collection of hers."""
    make.item(web.people["anna"], "IMG_2.jpg")
    draft = Draft("Asks", query="type:photo")
    asks = collections.create(accounts.viewer_for("anna"), draft, {"approval": "owner"})
    sharing.offer(accounts.viewer_for("anna"), asks.pid, {"user": "ben"}, Terms())
    return [w.pid for w in sharing.waiting(accounts.viewer_for("anna"))]


def test_one_button_decides_on_one(web: Web, browser: Browser, waits: list[str]) -> None:
    anna, ben = browser("anna"), browser("ben")
    page = anna.get("/approvals").text
    assert page.count('class="card decision"') == 2
    assert "out to those who see “Asks”" in page
    assert 'class="number">2' in anna.get("/").text
    answer = anna.post("/approvals", data={"decision": f"approve {waits[0]}"})
    page = anna.get(answer.headers["location"]).text
    assert "1 picture approved" in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 200
    undo = answer.headers["location"].partition("undo=")[2]
    assert anna.post(f"/approvals/undo/{undo}").headers["location"] == "/approvals?did=undone"
    assert "Taken back" in anna.get("/approvals?did=undone").text
    assert ben.get(f"/item/{web.item.pid}").status_code == 404


def test_a_keyword_in_a_file_is_named(web: Web, make: Make, browser: Browser) -> None:
    label = Label.create(name="family", name_fold="family")
    ItemLabel.create(item=web.item, label=label, source="file", created_at=0)
    family = collections.create(accounts.viewer_for("anna"), Draft("Family", query="label:family"))
    collections.create(accounts.viewer_for("anna"), Draft("Any", query="has:label"))
    anna = browser("anna")
    page = " ".join(anna.get("/approvals").text.split())
    assert "for the keyword in its file: <code>family</code>" in page
    assert "for keywords in its file" in page
    anna.post("/approvals", data={"decision": f"approve out.{family.pid}.{web.item.pid}"})
    assert "<code>label:family</code>" in anna.get(f"/item/{web.item.pid}").text


def test_what_is_ticked_is_decided_on(browser: Browser, waits: list[str]) -> None:
    anna = browser("anna")
    assert anna.post("/approvals", data={"decision": "approve"}).status_code == 422
    assert anna.post("/approvals", data={"decision": f"approve {waits[0]} x"}).status_code == 404
    assert browser("ben").post("/approvals", data={"decision": f"approve {waits[0]}"}).status_code == 404
    form = {"decision": "reject"} | {f"pick {pid}": "on" for pid in waits}
    answer = anna.post("/approvals", data=form)
    page = anna.get(answer.headers["location"]).text
    for text in ("2 pictures rejected", "All done", "Undo"):
        assert text in page
    assert "All done" in browser("ben").get("/approvals").text


def test_what_comes_in_waits_for_who_lets_it_in(web: Web, browser: Browser, make: Make) -> None:
    ben, anna = accounts.viewer_for("ben"), accounts.viewer_for("anna")
    Item.update(colour="aabbcc").execute()
    party = collections.create(ben, Draft("Party"), {"arrivals": "owner"})
    sharing.offer(ben, party.pid, {"user": "anna"}, Terms(contribute=True))
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    sharing.offer(anna, lake.pid, {"collection": party.pid}, Terms())
    page = browser("ben").get("/approvals").text
    assert "from anna into “Party”" in page
    assert browser("ben").get(f"/api/v1/items/{web.item.pid}/rendition/320").status_code == 200
    (pid,) = [w.pid for w in sharing.waiting(ben)]
    assert browser("ben").post("/approvals", data={"decision": f"reject {pid}"}).status_code == 303
    assert Arrival.get().state == "rejected"


def test_a_link_does_not_choose_where_the_form_goes(browser: Browser) -> None:
    page = browser("anna").get("/approvals?did=approve&n=1&undo=../../item/x/trash").text
    assert "/trash" not in page.partition("<main")[2].partition("</main")[0]
    assert 'action="/approvals/undo' not in page

"""/approvals: ticked or one by one, both sides in one inbox, taken back, and nothing left to do."""

import pytest

from services import accounts, collections, sharing
from services.collections import Draft
from services.models import Arrival, Grant, Item, ItemLabel, Label, Share, User
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


@pytest.fixture
def offered(web: Web, make: Make, browser: Browser) -> str:
    """Ben wants to be asked, as he said in his settings, and Anna offers him a collection; the id of the decision."""
    mine = {"display": "Ben", "language": "en", "letter_keys": "on"}
    assert browser("ben").post("/settings", data=mine | {"ask_first": "on"}).status_code == 303
    Item.update(colour="aabbcc").execute()
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    form = {"to": "user:ben", "download": "on", "note": "from the lake"}
    answer = browser("anna").post(f"/collections/{lake.pid}/share", data=form)
    page = browser("anna").get(answer.headers["location"]).text
    for text in ("is asked first, and sees nothing until then", "waits for their answer"):
        assert text in page
    return f"offer.{Grant.get().pid}"


def test_what_is_offered_tells_its_terms_and_no_picture(web: Web, browser: Browser, offered: str) -> None:
    ben = browser("ben")
    assert 'class="number">1' in ben.get("/").text
    page = ben.get("/approvals").text
    for text in (
        "“Lake” from",
        "from the lake",
        "1 picture now",
        "download",
        "until it is ended",
        "Accept",
        "Decline",
    ):
        assert text in page
    for secret in (web.item.pid, web.item.name, "/rendition/"):
        assert secret not in page
    assert "1 share waits for your answer" in ben.get("/shares/received").text
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    assert "All done" in browser("anna").get("/approvals").text


def test_it_is_accepted_and_taken_back(web: Web, browser: Browser, offered: str) -> None:
    ben = browser("ben")
    assert browser("anna").post("/approvals", data={"decision": f"approve {offered}"}).status_code == 404
    answer = ben.post("/approvals", data={"decision": f"approve {offered}"})
    page = ben.get(answer.headers["location"]).text
    assert "1 share accepted" in page
    assert "picture approved" not in page
    assert ben.get(f"/item/{web.item.pid}").status_code == 200
    assert "Lake" in ben.get("/shares/received").text
    undo = answer.headers["location"].partition("undo=")[2]
    assert ben.post(f"/approvals/undo/{undo}").status_code == 303
    assert ben.get(f"/item/{web.item.pid}").status_code == 404
    assert "“Lake” from" in ben.get("/approvals").text


def test_it_is_declined_and_its_owner_is_told(web: Web, browser: Browser, offered: str) -> None:
    ben, anna, share = browser("ben"), browser("anna"), Share.get().pid
    assert "has not answered yet" in anna.get(f"/shares/{share}").text
    answer = ben.post("/approvals", data={"decision": "reject", f"pick {offered}": "on"})
    page = ben.get(answer.headers["location"]).text
    for text in ("1 share declined", "All done", "Undo"):
        assert text in page
    assert "they declined it" in anna.get("/shares?ended=1").text
    assert "declined it." in anna.get(f"/shares/{share}").text
    assert "waits for their answer" not in anna.get("/shares").text


def test_in_german(web: Web, browser: Browser, offered: str) -> None:
    User.update(language="de").execute()
    page = browser("ben").get("/approvals").text
    for text in ("„Lake“ von", "jetzt 1 Bild", "Annehmen", "Ablehnen", "Du siehst nichts davon"):
        assert text in page
    assert "Frag mich, bevor" in browser("ben").get("/settings").text

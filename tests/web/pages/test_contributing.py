"""Contributing a collection to somebody else's, without scripts: chosen, looked at, offered, listed, ended."""

from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from services.models import Arrival, Collection, Grant, Item, Share
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@dataclass
class Wedding:
    """Ben's collection that Anna may contribute to, and hers with one picture of hers and one of Kim's."""

    into: Collection
    grant: Grant
    mine: Collection
    item: Item

    @property
    def page(self) -> str:
        return f"/collections/{self.into.pid}/contribute"


@pytest.fixture
def wedding(web: Web, make: Make) -> Wedding:
    Item.update(colour="aabbcc").execute()
    into = make.collection(web.people["ben"], "Wedding", arrivals="owner")
    grant = make.grant(make.share(into, may_contribute=True), user=web.people["anna"])
    return Wedding(into, grant, make.collection(web.people["anna"], "Lake", items=[web.item]), web.item)


@pytest.fixture
def anna(browser: Browser) -> TestClient:
    return browser("anna")


def test_one_is_chosen_looked_at_offered_and_ended(
    web: Web, anna: TestClient, browser: Browser, wedding: Wedding
) -> None:
    assert f'href="{wedding.page}"' in anna.get(f"/collections/{wedding.into.pid}").text
    page = anna.get(wedding.page).text
    assert f'<option value="{wedding.mine.pid}"' in page
    assert "Contribute it" not in page, "what it shows is looked at first"
    page = anna.get(f"{wedding.page}?from={wedding.mine.pid}").text
    for text in (
        "It holds 1 picture now",
        f"/items/{wedding.item.pid}/rendition/320",
        "decides about each picture",
    ):
        assert text in page
    form = {
        "from": wedding.mine.pid,
        "download": "on",
        "hide_place": "on",
        "until": "2099-12-31",
        "note": "for you",
    }
    answer = anna.post(wedding.page, data=form)
    assert answer.headers["location"] == f"{wedding.page}?done=1"
    share = Share.get(Share.kind == "collection")
    assert (share.may_download, share.shows_place, share.may_contribute, share.may_reshare, share.note) == (
        True, False, False, False, "for you",
    )  # fmt: skip
    assert Arrival.get().state == "pending"
    page = anna.get(answer.headers["location"]).text
    for text in ("You contribute it from now on", "1 waits for its decision", "until 31 December 2099"):
        assert text in page
    assert f'<option value="{wedding.mine.pid}"' not in page, "it is contributed already"
    assert f"/items/{wedding.item.pid}/" in browser("ben").get("/approvals").text
    assert f'action="/shares/{share.pid}/end"' in page
    assert anna.post(f"/shares/{share.pid}/end").status_code == 303
    assert f'<option value="{wedding.mine.pid}"' in anna.get(wedding.page).text
    assert f"/items/{wedding.item.pid}/" not in browser("ben").get("/approvals").text


def test_what_is_not_asked_for_is_not_offered(web: Web, anna: TestClient, wedding: Wedding) -> None:
    Share.update(may_contribute=False).execute()
    assert wedding.page not in anna.get(f"/collections/{wedding.into.pid}").text
    assert anna.get(wedding.page).status_code == 404
    assert anna.post(wedding.page, data={"from": wedding.mine.pid}).status_code == 404
    own = f"/collections/{wedding.mine.pid}/contribute"
    assert anna.get(own).status_code == anna.post(own, data={"from": wedding.mine.pid}).status_code == 404
    assert not Arrival.select().exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [({}, "Choose one of your collections."), ({"until": "2001-01-01"}, "The end of a share lies ahead"),
     ({"until": "soon"}, "")],
)  # fmt: skip
def test_a_form_that_is_wrong_is_shown_again(
    anna: TestClient, wedding: Wedding, form: dict[str, str], said: str
) -> None:
    given = {"from": wedding.mine.pid, "note": "kept"} | form if form else {}
    answer = anna.post(wedding.page, data=given)
    assert answer.status_code == 422
    assert said in answer.text
    assert ('value="kept"' in answer.text) is bool(form)
    assert not Arrival.select().exists()


def test_nothing_of_others_is_looked_into(web: Web, make: Make, anna: TestClient, wedding: Wedding) -> None:
    secret = make.item(web.people["kim"], "secret.jpg", colour="112233")
    theirs = make.collection(web.people["kim"], "Diary", items=[secret])
    answer = anna.get(f"{wedding.page}?from={theirs.pid}")
    assert answer.status_code == 200
    assert "Diary" not in answer.text
    assert anna.post(wedding.page, data={"from": theirs.pid}).status_code == 404
    assert not Share.select().where(Share.kind == "collection").exists()


def test_what_is_private_and_what_is_of_others_is_said(
    web: Web, make: Make, anna: TestClient, wedding: Wedding
) -> None:
    item = make.item(web.people["kim"], "kims.jpg", colour="112233")
    make.grant(
        make.share(make.collection(web.people["kim"], items=[item]), may_reshare=True),
        user=web.people["anna"],
    )
    make.member(wedding.mine, item)
    anna.post(f"/item/{wedding.item.pid}", data={"labels": "private"})
    page = anna.get(f"{wedding.page}?from={wedding.mine.pid}").text
    assert "Those are not contributed." in page
    assert f"/items/{item.pid}/" not in page
    assert "bears your label “private”" in page

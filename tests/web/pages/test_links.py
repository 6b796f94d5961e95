"""/links: making, showing, changing and ending them with plain forms."""

import pytest

from services import accounts, collections
from services.collections import Draft
from services.models import Share
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def path(web: Web) -> str:
    anna = accounts.viewer_for("anna")
    return f"/collections/{collections.create(anna, Draft('Lake & <sea>')).pid}/links"


def test_a_link_is_made_and_shown_with_its_code(web: Web, browser: Browser, path: str) -> None:
    client = browser("anna")
    assert "There is no link yet." in client.get(path).text
    answer = client.post(path, data={"days": "7", "download": "1"})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "http://localhost/s/hyp_shr_" in page
    assert "<svg" in page
    assert "downloads allowed" in page
    assert "places kept back" in page
    assert "Lake &amp; &lt;sea&gt;" in page
    assert "/s/hyp_shr_" in client.get("/links").text
    share = Share.get()
    assert (share.may_download, share.shows_place, share.password) == (True, False, None)
    assert round((share.expires_at - share.created_at) / 86_400_000_000) == 7


def test_all_links_and_where_to_make_one(web: Web, browser: Browser, path: str) -> None:
    client = browser("anna")
    assert path in client.get("/links").text
    assert "You have no collections yet" in browser("ben").get("/links").text


@pytest.mark.parametrize(
    ("given", "text"),
    [({"password": "short"}, "6 to 200"), ({"max_uses": "many"}, "whole number"), ({"max_uses": "0"}, "1 to")],
)  # fmt: skip
def test_what_cannot_be_says_where(
    web: Web, browser: Browser, path: str, given: dict[str, str], text: str
) -> None:
    answer = browser("anna").post(path, data=given)
    assert answer.status_code == 422
    assert text in answer.text
    assert Share.select().count() == 0


def test_change_pause_new_address_and_end(web: Web, browser: Browser, path: str) -> None:
    client = browser("anna")
    client.post(path, data={"password": "blue boat"})
    first = Share.get()
    assert "with a password" in client.get(path).text
    assert (
        client.post(f"/links/{first.pid}", data={"days": "", "open": "1", "max_uses": "5"}).status_code == 303
    )
    changed = Share.get()
    assert (changed.password, changed.expires_at, changed.max_uses) == (None, None, 5)
    assert client.post(f"/links/{first.pid}", data={"max_uses": "5", "days": "keep"}).status_code == 303
    assert Share.get().expires_at is None
    wrong = client.post(f"/links/{first.pid}", data={"password": "x"})
    assert (wrong.status_code, "6 to 200" in wrong.text) == (422, True)
    assert "Access ended at" not in client.get(path).text
    paused = client.post(f"/links/{first.pid}/pause")
    assert paused.status_code == 303
    page = client.get(paused.headers["location"]).text
    assert "Access ended at" in page
    assert "on televisions" in page
    assert "paused" in page
    assert "hyp_shr_" not in page
    assert client.post(f"/links/{first.pid}/renew").status_code == 303
    second = Share.select().order_by(Share.id.desc()).first()
    assert second.pid != first.pid
    assert "hyp_shr_" in client.get(path).text
    ended = client.post(f"/links/{second.pid}/revoke")
    assert ended.status_code == 303
    page = client.get(ended.headers["location"]).text
    assert "There is no link yet." in page
    assert "Access ended at" in page


def test_a_preview_shows_what_a_link_shows_of_ones_own(web: Web, browser: Browser, path: str) -> None:
    client = browser("anna")
    collections.add(accounts.viewer_for("anna"), path.split("/")[2], [web.item.pid])
    client.post(path)
    share = Share.get()
    address = f"/links/{share.pid}/preview"
    assert f'href="{address}"' in client.get(path).text
    assert f'href="{address}"' in client.get("/shares").text
    page = client.get(address).text
    assert "What somebody with the link to" in page
    assert f"/item/{web.item.pid}" in page
    assert f'href="{path}#link-{share.pid}"' in page
    assert "bears your label" not in page
    client.post(f"/item/{web.item.pid}", data={"labels": "private"})
    assert "bears your label" in client.get(address).text
    client.post(f"/links/{share.pid}/pause")
    assert "Nothing of yours" in client.get(address).text
    client.post(f"/links/{share.pid}/revoke")
    assert client.get(address).status_code == browser("ben").get(address).status_code == 404


def test_children_are_told_who_may(web: Web, browser: Browser) -> None:
    made = collections.create(accounts.viewer_for("kim"), Draft("Mine"))
    client = browser("kim")
    page = client.get(f"/collections/{made.pid}/links").text
    assert "Links are made by adults." in page
    assert '<button class="primary">' not in page
    assert client.post(f"/collections/{made.pid}/links", data={}).status_code == 403


def test_the_page_of_a_collection_leads_there(web: Web, browser: Browser, path: str) -> None:
    client, pid = browser("anna"), path.split("/")[2]
    page = client.get(f"/collections/{pid}").text
    assert f'href="{path}"' in page
    assert 'action="/downloads"' not in page  # there is nothing in it
    collections.add(accounts.viewer_for("anna"), pid, [web.item.pid])
    assert 'action="/downloads"' in client.get(f"/collections/{pid}").text

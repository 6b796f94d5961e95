"""/search: results, chips, errors at their place; the form without a script; the help."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from services.filters import fields
from services.models import Item
from tests.web.conftest import Web


@pytest.fixture
def anna(web: Web) -> Any:
    return web.client("anna")


def hrefs(page: str) -> list[str]:
    return [html.unescape(h) for h in re.findall(r'href="(/search[^"]*)"', page)]


def queries(page: str) -> list[str]:
    return [parse_qs(urlparse(h).query, keep_blank_values=True).get("q", [""])[0] for h in hrefs(page)]


def test_each_chip_takes_its_condition_out(web: Web, anna: Any) -> None:
    page = anna.get("/search", params={"q": "type:photo -type:video sort:taken"}).text
    assert {"-type:video sort:taken", "type:photo sort:taken", "type:photo -type:video"} <= set(queries(page))
    assert f"/item/{web.item.pid}" in page


def test_what_is_wrong_is_marked_and_what_was_typed_is_kept(anna: Any) -> None:
    answer = anna.get("/search", params={"q": "a labl:<b>"})
    assert answer.status_code == 400
    assert "There is no field “labl”." in answer.text
    assert "a <mark>labl</mark>:&lt;b&gt;" in answer.text
    assert 'value="a labl:&lt;b&gt;"' in answer.text
    assert "a label:<b>" in queries(answer.text), "the suggestion in its place"


def test_an_error_is_a_fragment_for_a_script(anna: Any) -> None:
    answer = anna.get("/search", params={"q": '"'}, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert "<html" not in answer.text


def test_nothing_found_says_what_to_loosen(anna: Any) -> None:
    page = anna.get("/search", params={"q": "type:photo type:video"}).text
    assert "Nothing matches" in page
    assert "Loosen type:video" in page
    assert "type:photo" in queries(page)


def test_the_next_page_keeps_the_query(web: Web, anna: Any) -> None:
    for n in range(61):
        Item.create(
            pid=f"more{n}", owner=web.people["anna"], type="photo", name="x.jpg", mime="image/jpeg", size=1, sort_at=n,
            day=0, extra={}, created_at=0, changed_at=0,
        )  # fmt: skip
    page = anna.get("/search", params={"q": "type:photo sort:taken"}).text
    (more,) = [h for h in hrefs(page) if "cursor=" in h]
    assert parse_qs(urlparse(more).query)["q"] == ["type:photo sort:taken"]
    assert anna.get(more).text.count('class="tile ') == 2


def test_a_form_is_filled_from_the_text(anna: Any) -> None:
    page = anna.get("/search/form", params={"q": "type:photo (a OR -b) limit:3"}).text
    assert '<option value="type" selected' in page
    assert 'name="g0.r1.no" checked' in page
    assert 'value="limit:3"' in page
    assert '<datalist id="values-type">' in page


def test_the_forms_buttons_need_no_script(anna: Any) -> None:
    fields_sent = {"match": "all", "r0.field": "type", "r0.op": ":", "r0.value": "photo"}
    page = anna.get("/search/form", params={**fields_sent, "do": "add"}).text
    assert 'name="r1.field"' in page
    assert "1 item" in page
    assert 'name="g0.r0.field"' in anna.get("/search/form", params={**fields_sent, "do": "group"}).text
    assert 'value="photo"' not in anna.get("/search/form", params={**fields_sent, "do": "remove-0"}).text
    answer = anna.get("/search/form", params={**fields_sent, "do": "search"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=type%3Aphoto")


def test_a_wrong_row_is_marked(anna: Any) -> None:
    page = anna.get("/search/form", params={"r0.field": "label", "r0.op": ":", "r0.value": "nobody"}).text
    assert 'id="r0-problem"' in page
    assert "There is no label “nobody” that you know of." in page


def test_a_query_the_form_cannot_show_stays_text(anna: Any) -> None:
    for q in ("2of(a b c)", "a (b OR (c d))"):
        assert f'name="r0.value" value="{q}"' in anna.get("/search/form", params={"q": q}).text
    answer = anna.get("/search/form", params={"q": "a)"})
    assert (answer.status_code, "There is no bracket to close here." in answer.text) == (400, True)


def test_the_preview_counts_while_the_form_is_filled_in(web: Web, anna: Any) -> None:
    answer = anna.get(
        "/search/preview", params={"r0.field": "type", "r0.value": "photo"}, headers={"HX-Request": "true"}
    )
    assert "1 item" in answer.text
    assert f"/item/{web.item.pid}" in answer.text
    assert "<html" not in answer.text
    assert "finds nothing yet" in anna.get("/search/preview", params={"q": "person:Anna"}).text
    assert "There is no field" in anna.get("/search/preview", params={"q": "foo:x"}).text


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_help_has_every_field(web: Web, anna: Any, language: str) -> None:
    page = anna.get("/search/help", headers={"Accept-Language": language}).text
    assert all(f"<code>{f.name}</code>" in page for f in fields.FIELDS)
    assert ("Wann" in page) == (language == "de")


@pytest.mark.parametrize(
    "q", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "label:<script>", "' onload='"]
)
def test_nothing_typed_becomes_markup(anna: Any, q: str) -> None:
    for path in ("/search", "/search/form", "/search/preview"):
        page = anna.get(path, params={"q": q}).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "' onload='" not in page


def test_suggestions_are_a_fragment_in_the_persons_language(web: Web, anna: Any) -> None:
    answer = anna.get(
        "/search/complete", params={"q": "ä <b> orient", "at": 12}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, "<html" in answer.text) == (200, False)
    assert 'data-position="6" data-length="6"' in answer.text
    assert 'role="option" aria-selected="false" data-text="orientation:" data-kind="field"' in answer.text
    assert "suggestion" in answer.text.partition("data-said=")[2]
    german = anna.get("/search/complete", params={"q": "orient"}, headers={"Accept-Language": "de"}).text
    assert "Vorschl" in german
    assert "The shape" not in german
    none = anna.get("/search/complete", params={"q": '"in quotes'}).text
    assert 'data-said=""' in none
    assert "role" not in none.partition("data-said")[2]
    anna.patch(
        f"/api/v1/items/{web.item.pid}", json={"labels": ['<i>"&']}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    odd = anna.get("/search/complete", params={"q": "label:"}).text
    assert "&lt;i&gt;" in odd
    assert "<i>" not in odd

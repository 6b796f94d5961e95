"""/guest/{guest}: pages, pictures and originals of a visit."""

from typing import Any

import pytest
from peewee import OperationalError
from starlette.testclient import TestClient

from services import accounts, collections, masks
from services.collections import Draft
from services.jobs import Jobs
from services.media.masking import Mask
from services.models import Asset, Guest, Item, Job
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import PICTURE, Web
from tests.web.pages.conftest import Browser
from web import media
from web.pages.guests import PAGE


def enter(web: Web, browser: Browser, items: list[str] | None = None, **terms: Any) -> tuple[TestClient, str]:
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft("Lake"))
    collections.add(anna, made.pid, items or [web.item.pid])
    link = web.context.links.make(anna, made.pid, LinkTerms(**terms))
    client = browser()
    return client, client.post(f"/s/{link.secret}").headers["location"]


def test_looking_without_downloading(web: Web, browser: Browser) -> None:
    client, base = enter(web, browser)
    page = client.get(f"{base}/items/{web.item.pid}").text
    assert "download=1" not in page
    assert client.get(f"{base}/items/{web.item.pid}/original").status_code == 404
    assert client.get(f"{base}/items/{web.item.pid}/rendition/320").content == b"RIFF grid"


def test_downloading(web: Web, browser: Browser) -> None:
    client, base = enter(web, browser, download=True, place=True)
    assert "download=1" in client.get(f"{base}/items/{web.item.pid}").text
    whole = client.get(f"{base}/items/{web.item.pid}/original?download=1")
    assert whole.content == PICTURE
    assert whole.headers["content-disposition"].startswith("attachment")
    part = client.get(f"{base}/items/{web.item.pid}/original", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, PICTURE[2:6])


def test_a_video_plays_where_one_may_only_look(web: Web, browser: Browser) -> None:
    Item.update(type="video", mime="video/mp4", duration_ms=3000).execute()
    client, base = enter(web, browser, place=True)
    assert "<video" in client.get(f"{base}/items/{web.item.pid}").text
    assert client.get(f"{base}/items/{web.item.pid}/original").status_code == 200


def test_pages_of_many(web: Web, browser: Browser, make: Make) -> None:
    items = [make.item(web.people["anna"], f"IMG_{n:03}.jpg", taken=n) for n in range(PAGE + 5)]
    client, base = enter(web, browser, [i.pid for i in items])
    first = client.get(base).text
    assert f"{PAGE + 5} pictures and videos" in first
    assert first.count('class="tile ') == PAGE
    cursor = first.partition("?cursor=")[2].partition('"')[0]
    second = client.get(f"{base}?cursor={cursor}").text
    assert second.count('class="tile ') == 5
    assert items[0].pid in second
    assert client.get(f"{base}?cursor=nonsense").status_code == 422


def test_neighbours_are_those_of_the_visit(web: Web, browser: Browser, make: Make) -> None:
    one, out, two = (make.item(web.people["anna"], taken=n) for n in (1, 2, 3))
    client, base = enter(web, browser, [one.pid, two.pid])
    page = client.get(f"{base}/items/{one.pid}").text
    assert f'data-newer="{two.pid}"' in page
    assert out.pid not in page
    assert client.get(f"{base}/items/{out.pid}").status_code == 404


def test_names_are_text(web: Web, browser: Browser) -> None:
    Item.update(name='<img src=x onerror="x">.jpg', description="<b>bold</b>").execute()
    client, base = enter(web, browser)
    for page in (client.get(base).text, client.get(f"{base}/items/{web.item.pid}").text):
        assert "<img src=x" not in page
        assert "<b>bold" not in page
        assert "&lt;img src=x" in page


def test_how_long_it_goes_on(web: Web, browser: Browser) -> None:
    client, base = enter(web, browser)
    assert client.get(f"{base}/state").json()["ends"].endswith("Z")
    client, base = enter_again(web, browser)
    assert client.get(f"{base}/state").json() == {"ends": None}
    assert "ends it" in client.get(base).text


def enter_again(web: Web, browser: Browser) -> tuple[TestClient, str]:
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft("Second"))
    link = web.context.links.make(anna, made.pid, LinkTerms(expires=None))
    client = browser()
    base = client.post(f"/s/{link.secret}").headers["location"]
    assert "No pictures yet" in client.get(base).text
    return client, base


def test_leaving(web: Web, browser: Browser) -> None:
    client, base = enter(web, browser)
    answer = client.post(f"{base}/leave")
    assert answer.status_code == 303
    assert Guest.get().ended_at is not None
    assert client.get(base).status_code == 404  # the browser has forgotten who it was


def test_two_visits_in_one_browser(web: Web, browser: Browser) -> None:
    client, base = enter(web, browser)
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft("Second"))
    link = web.context.links.make(anna, made.pid, LinkTerms())
    second = client.post(f"/s/{link.secret}").headers["location"]
    assert (client.get(base).status_code, client.get(second).status_code) == (200, 200)
    assert client.get(f"{second}/items/{web.item.pid}").status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
def test_in_the_language_of_the_browser(web: Web, browser: Browser, language: str) -> None:
    client, base = enter(web, browser)
    page = client.get(base, headers={"Accept-Language": language}).text
    assert f'lang="{language}"' in page
    assert ("geteilt von" in page) == (language == "de")


class TestKeptBack:
    """Originals for guests who may not know where they were taken."""

    def test_it_is_waited_for_and_then_given_masked(
        self, web: Web, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, base = enter(web, browser, download=True)
        client.get(base)
        (job,) = Job.select().where(Job.kind == "mask")
        monkeypatch.setattr(media, "RENDITION_WAIT_S", 0.1)
        original = f"{base}/items/{web.item.pid}/original"
        assert client.get(original).status_code == 503
        asset = Asset.get_by_id(web.item.cover_id)
        masks.record(asset, [Mask(2, 4)])
        answer = client.get(original)
        assert answer.content == PICTURE[:2] + b"\0" * 4 + PICTURE[6:]
        part = client.get(original, headers={"Range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, PICTURE[1:2] + b"\0\0")
        assert client.get(original, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        mine = web.client("anna").get(f"/api/v1/items/{web.item.pid}/original")
        assert mine.content == PICTURE
        assert mine.headers["etag"] != answer.headers["etag"]
        assert job.dedupe_key

    def test_a_page_goes_on_without_and_an_original_is_asked_for_again(
        self, web: Web, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A catalogue that is busy takes no job: nobody who looks is told so."""
        client, base = enter(web, browser, download=True)
        plain, tries = Jobs.enqueue, []

        def busy(self: Jobs, kind: str, **more: Any) -> Job:
            tries.append(kind)
            if len(tries) < 3:
                raise OperationalError("database is locked")
            masks.record(Asset.get_by_id(web.item.cover_id), [Mask(2, 4)])
            return plain(self, kind, **more)

        monkeypatch.setattr(Jobs, "enqueue", busy)
        assert web.item.pid in client.get(base).text
        answer = client.get(f"{base}/items/{web.item.pid}/original")
        assert (answer.status_code, tries) == (200, ["mask"] * 3)
        assert answer.content == PICTURE[:2] + b"\0" * 4 + PICTURE[6:]

    def test_what_cannot_be_masked_is_offered_as_a_picture_without(self, web: Web, browser: Browser) -> None:
        masks.record(Asset.get_by_id(web.item.cover_id), None)
        client, base = enter(web, browser, download=True)
        page = client.get(f"{base}/items/{web.item.pid}").text
        assert '/rendition/1600" download=' in page
        assert "download=1" not in page
        assert client.get(f"{base}/items/{web.item.pid}/original").status_code == 404

    def test_when_looking_for_it_fails_it_is_not_there(self, web: Web, browser: Browser) -> None:
        client, base = enter(web, browser, download=True)
        client.get(base)
        job = Job.get(Job.kind == "mask")
        Job.update(state="failed", finished_at=1, error="x").where(Job.id == job.id).execute()

        def fail_at_once(*_: object) -> list[Job]:
            return [job]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(masks.Masks, "prepare", fail_at_once)
            assert client.get(f"{base}/items/{web.item.pid}/original").status_code == 404

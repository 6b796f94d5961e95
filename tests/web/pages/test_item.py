"""/item/{id}: one photo, video or sound."""

import re

import pytest

from services.models import Asset, Item, Storage
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def address(web: Web) -> str:
    Item.update(colour="336699", width=4000, height=3000, make="FUJIFILM", model="X-T5", taken_offset=120,
                taken_source="EXIF DateTimeOriginal", lat=48.1, lon=11.6).execute()  # fmt: skip
    return f"/item/{web.item.pid}"


def test_everything_that_is_known(browser: Browser, address: str) -> None:
    page = browser("anna").get(address).text
    for text in ("IMG_1.jpg", "X-T5", "4000 × 3000", "48.10000, 11.60000", "UTC+02:00", "Photos", "Only you"):
        assert text in page
    assert "/rendition/1600" in page
    assert "/original?download=1" in page


def test_row_4_the_local_time_there_is_shown_and_whether_it_is_a_guess(
    browser: Browser, address: str
) -> None:
    Item.update(taken_local=1_782_000_000_000_000).execute()
    assert "local time there, UTC+02:00 ·" in browser("anna").get(address).text
    Item.update(offset_source="guessed").execute()
    assert "local time there, UTC+02:00 (guessed)" in browser("anna").get(address).text
    german = browser("anna", **{"Accept-Language": "de"}).get(address).text
    assert "Ortszeit, UTC+02:00 (geschätzt)" in german
    Item.update(offset_source="position").execute()
    assert "local time there, UTC+02:00 (by the place)" in browser("anna").get(address).text
    Item.update(taken_offset=None).execute()
    assert "time zone unknown" in browser("anna").get(address).text


def test_row_8_a_date_that_cannot_be_is_shown_as_such(browser: Browser, address: str) -> None:
    Item.update(suspect_date=True, taken_local=-10_000_000_000_000_000).execute()
    assert "This date looks wrong." in browser("anna").get(address).text


def test_row_10_a_file_without_a_location_says_so(browser: Browser, address: str) -> None:
    assert "No location in the file" not in browser("anna").get(address).text
    Item.update(lat=None, lon=None).execute()
    assert "No location in the file" in browser("anna").get(address).text
    Item.update(type="audio").execute()
    assert "No location in the file" not in browser("anna").get(address).text


def test_row_11_people_are_named_for_the_owner(browser: Browser, web: Web, address: str) -> None:
    assert "found by you alone" not in browser("anna").get(address).text
    Asset.update(meta={"people": ["Zoë <Müller>"]}).where(Asset.id == Item.get().cover_id).execute()
    page = browser("anna").get(address).text
    assert "Zoë &lt;Müller&gt;" in page
    assert "found by you alone" in page


def test_row_13_a_motion_photo_offers_its_video(browser: Browser, web: Web, address: str) -> None:
    assert "/assets/motion" not in browser("anna").get(address).text
    Asset.update(meta={"motion": [2, 4]}).where(Asset.id == Item.get().cover_id).execute()
    assert f"/api/v1/items/{web.item.pid}/assets/motion" in browser("anna").get(address).text


def test_row_19_an_animation_plays_as_it_is(browser: Browser, address: str) -> None:
    Item.update(animated=True, mime="image/gif").execute()
    page = browser("anna").get(address).text
    assert re.search(r'class="whole" src="[^"]*/original"', page)
    assert "Animation" in page


def test_row_21_a_panorama_is_named(browser: Browser, address: str) -> None:
    assert 'class="sweep"' not in browser("anna").get(address).text
    Item.update(panorama=True).execute()
    page = browser("anna").get(address).text
    assert "Panorama" in page
    assert 'class="sweep"' in page
    assert 'data-full="/api/v1/items/' in page
    Item.update(mime="image/heic").execute()  # which browsers do not show
    assert "data-full" not in browser("anna").get(address).text


def test_nobody_elses(browser: Browser, address: str) -> None:
    assert browser("ben").get(address).status_code == 404
    assert browser("admin").post(address, data={"title": "mine"}).status_code == 404
    assert Item.get().title is None


def test_editing_without_scripts(browser: Browser, address: str) -> None:
    anna = browser("anna")
    form = {"title": "By the lake", "description": "two\nlines", "labels": "Lake, family,, ", "rating": "4"}
    assert anna.post(address, data=form).headers["location"] == address
    page = anna.get(address).text
    for text in ("By the lake", "two\nlines", "/search?q=Lake", "4 of 5", 'value="family, Lake"'):
        assert text in page
    assert anna.post(address, data={"title": "", "rating": "9", "labels": ""}).status_code == 303
    assert (Item.get().rating, Item.get().title) == (None, None)


def test_the_heart_has_a_form_of_its_own(browser: Browser, address: str) -> None:
    anna = browser("anna")
    anna.post(address, data={"title": "Kept"})
    anna.post(address, data={"act": "like"})
    assert (Item.get().favourite, Item.get().title) == (True, "Kept")
    part = anna.post(address, data={"act": "unlike"}, headers={"HX-Request": "true"}, follow_redirects=True)
    assert 'aria-pressed="false"' in part.text
    assert not Item.get().favourite


def test_what_cannot_be_set_keeps_the_form_open(browser: Browser, address: str) -> None:
    answer = browser("anna").post(address, data={"labels": "x" * 200})
    assert answer.status_code == 422
    assert '<details class="edit" open>' in answer.text
    assert "cannot be set to this value" in answer.text


def test_row_15_a_raw_and_its_picture_are_taken_apart_and_put_together(
    browser: Browser, web: Web, make: Make
) -> None:
    anna, address = browser("anna"), f"/item/{web.item.pid}"
    assert "Take RAW and picture apart" not in anna.get(address).text
    refused = anna.post(f"{address}/apart")
    assert refused.status_code == 422
    assert "There is no RAW here beside a picture." in refused.text
    web.add_raw(make)
    assert "Take RAW and picture apart" in anna.get(address).text
    raw = anna.post(f"{address}/apart").headers["location"]
    assert raw != address
    assert "IMG_1.nef" in anna.get(raw).text
    assert "Put them together again" in anna.get(raw).text
    assert "Take RAW and picture apart" not in anna.get(address).text
    assert anna.post(f"{raw}/together").headers["location"] == address
    assert "Take RAW and picture apart" in anna.get(address).text
    assert anna.post(f"{address}/together").status_code == 422


def test_an_old_browser_shows_the_forms_token(web: Web, address: str) -> None:
    """One that says neither Sec-Fetch-Site nor Origin."""
    anna = web.client("anna")
    assert anna.post(address, data={"title": "x"}).status_code == 403
    page = anna.get(address).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    assert anna.post(address, data={"title": "x", "csrf": token}).status_code == 303


def test_a_video_and_a_sound_are_played(browser: Browser, address: str) -> None:
    Item.update(type="video", mime="video/mp4", duration_ms=65_000).execute()
    page = browser("anna").get(address).text
    assert "<video controls" in page
    assert "1:05" in page
    Item.update(type="audio", mime="audio/mpeg").execute()
    assert "<audio controls" in browser("anna").get(address).text


def test_what_has_no_picture_says_so(browser: Browser, address: str) -> None:
    Item.update(colour=None, damaged="this is not a whole picture of its kind").execute()
    page = browser("anna", **{"Accept-Language": "de"}).get(address).text
    assert "rendition" not in page
    assert "das ist kein vollständiges Bild seiner Art" in page


def test_an_unreachable_storage_is_said(browser: Browser, address: str) -> None:
    Storage.update(state="offline").execute()
    assert "The storage with the original cannot be reached just now." in browser("anna").get(address).text


def test_other_files_of_it_are_offered(browser: Browser, web: Web, address: str) -> None:
    for role, mime in (("raw", "image/x-fuji-raf"), ("live", "video/quicktime")):
        Asset.create(item=web.item, role=role, mime=mime, size=9, sha256=role.encode(), meta={}, created_at=0)
    page = browser("anna").get(address).text
    assert "/assets/raw?download=1" in page
    assert "/assets/live" in page

"""/settings: name, language, time zone, password."""

import dataclasses

import pytest

from services.media.dates import HEADER_SOURCE
from services.media.types import Metadata, Taken
from services.models import Asset, Item, User
from tests.web.conftest import PASSWORD, Web
from tests.web.pages.conftest import Browser

NEW = "three geese cross the road"


def test_what_is_saved_is_shown(browser: Browser) -> None:
    anna = browser("anna")
    answer = anna.post("/settings", data={"display": "Anna L.", "language": "en", "zone": "Europe/Berlin"})
    assert answer.headers["location"] == "/settings?saved=1"
    page = anna.get("/settings?saved=1").text
    assert "Saved." in page
    assert 'value="Europe/Berlin"' in page
    assert User.get(User.login == "anna").display == "Anna L."


def test_single_keys_are_turned_off_and_on_again(browser: Browser) -> None:
    """WCAG 2.1.4."""
    anna, mine = browser("anna"), {"display": "Anna", "language": "en"}
    assert 'data-letter-keys="off"' not in anna.get("/").text
    assert "can be turned off in the settings" in anna.get("/").text
    anna.post("/settings", data=mine)
    page = anna.get("/").text
    assert 'data-letter-keys="off"' in page
    assert "are turned off in the settings" in page
    assert 'data-letter-keys="off"' not in browser("ben").get("/").text
    anna.post("/settings", data=mine | {"letter_keys": "on"})
    assert 'data-letter-keys="off"' not in anna.get("/").text


def test_row_7_a_cameras_videos_say_local_time(browser: Browser, web: Web) -> None:
    """Said on the page of one of them, seen in the settings, taken back there."""
    when = "2026-07-01T00:00:00Z"
    taken = Taken(local=when.removesuffix("Z"), offset=0, utc=when, source=HEADER_SOURCE)
    meta = dataclasses.asdict(Metadata("video", "video/mp4", taken=taken, model="X <1>"))
    Asset.update(meta=meta | {"thumbhash": None, "colour": None}).execute()
    Item.update(type="video", model="X <1>", taken_source=HEADER_SOURCE, offset_source="guessed").execute()
    anna, address = browser("anna"), f"/item/{web.item.pid}"
    assert "This camera’s videos say local time" in anna.get(address).text
    assert "X &lt;1&gt;" not in anna.get("/settings").text
    said = {"make": "", "model": "X <1>", "videos": "local", "item": web.item.pid}
    assert anna.post("/settings/cameras", data=said).headers["location"] == address
    page = anna.get(address).text
    assert "from: the video&#39;s header, as local time" in page
    assert "You said that this camera’s videos say local time." in page
    assert "X &lt;1&gt;" in anna.get("/settings").text
    back = {"make": "", "model": "X <1>", "videos": "utc"}
    assert anna.post("/settings/cameras", data=back).headers["location"] == "/settings?saved=1"
    assert Item.get().taken_source == HEADER_SOURCE
    refused = anna.post("/settings/cameras", data={"make": "Sony", "model": "", "videos": "local"})
    assert refused.status_code == 422
    assert "You have no video of this camera" in refused.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"zone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone such as Europe/Berlin."),
     ({"display": "  "}, "The name others see has 1 to 80 characters.")],
)  # fmt: skip
def test_what_cannot_be_used_is_said(browser: Browser, changes: dict[str, str], says: str) -> None:
    answer = browser("anna").post("/settings", data={"display": "Anna", "language": ""} | changes)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_new_password_ends_the_other_sessions(browser: Browser) -> None:
    here, there = browser("anna"), browser("anna")
    answer = here.post("/settings/password", data={"present": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 303
    assert here.get("/settings").status_code == 200
    assert there.get("/settings").status_code == 303


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"present": "wrong"}, "This is not your present password."), ({"again": "else"}, "The two passwords differ."),
     ({"new": "1234567890", "again": "1234567890"}, "This password is easy to guess")],
)  # fmt: skip
def test_a_password_is_not_changed_lightly(browser: Browser, changes: dict[str, str], says: str) -> None:
    given = {"present": PASSWORD, "new": NEW, "again": NEW} | changes
    answer = browser("anna").post("/settings/password", data=given)
    assert answer.status_code == 422
    assert says in answer.text


def test_guessing_the_present_password_has_to_wait(browser: Browser) -> None:
    anna = browser("anna")
    given = {"present": "wrong", "new": NEW, "again": NEW}
    answers = [anna.post("/settings/password", data=given) for _ in range(8)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Too many tries." in answers[-1].text


def test_who_wants_to_be_asked_first_says_so(browser: Browser) -> None:
    anna, mine = browser("anna"), {"display": "Anna", "language": "en"}
    assert 'name="ask_first">' in anna.get("/settings").text
    anna.post("/settings", data=mine | {"ask_first": "on"})
    assert 'name="ask_first" checked' in anna.get("/settings").text
    assert not User.get(User.login == "ben").ask_first
    anna.post("/settings", data=mine)
    assert 'name="ask_first">' in anna.get("/settings").text

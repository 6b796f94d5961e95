"""What is done with picked items by a plain form, and the note that offers the way back."""

import re

import pytest

from services.models import Item, ItemLabel, Overlay, Storage
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from web.pages.selection import local


def test_a_label_is_set_and_taken_back(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    form = {f"pick.{web.item.pid}": "on", "do": "label", "labels": "family, lake", "back": "/search?q=img"}
    answer = anna.post("/selection", data=form)
    assert answer.headers["location"].startswith("/search?q=img&deed=label&n=1&undo=")
    page = anna.get(answer.headers["location"]).text
    assert "The labels of 1 item were changed." in page
    assert ItemLabel.select().count() == 2
    undo = re.search(r'action="(/undo/[^"]+)"', page)
    assert undo
    assert "deed=undone" in anna.post(undo[1], data={"back": "/search"}).headers["location"]
    assert ItemLabel.select().count() == 0


@pytest.mark.parametrize(
    ("do", "holds"), [("favourite", True), ("hide", True), ("unhide", False), ("unfavourite", False)]
)
def test_marks(browser: Browser, web: Web, do: str, holds: bool) -> None:
    answer = browser("anna").post("/selection", data={f"pick.{web.item.pid}": "on", "do": do})
    assert answer.status_code == 303
    marked = Item.get().favourite or Overlay.select().where(Overlay.hidden).exists()
    assert marked == holds


def test_the_trash(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    form = {f"pick.{web.item.pid}": "on", "do": "trash"}
    assert anna.post("/selection", data=form).status_code == 403
    Storage.update(writable=True).execute()
    page = anna.get(anna.post("/selection", data=form).headers["location"]).text
    assert "moved to the trash" in page


def test_nothing_picked_and_no_such_act(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    assert "deed=nothing" in anna.post("/selection", data={"do": "trash"}).headers["location"]
    assert anna.post("/selection", data={f"pick.{web.item.pid}": "on", "do": "burn"}).status_code == 422


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "", "x", "/a\nb"],
)
def test_nobody_is_led_elsewhere(address: str) -> None:
    assert local(address) == "/"
    assert local("/search?q=a") == "/search?q=a"

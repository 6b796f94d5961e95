"""What the sample household shares and celebrates, once it is read."""

from pathlib import Path

import pytest

from appliance.demo.gathering import gather
from services import access, collections, events, sharing
from services.accounts import Passwords
from services.events import Doors, Events
from services.models import Event, Item, ItemLabel, Label, User
from services.names import fold
from tests.factories import Make


@pytest.fixture
def made(make: Make, data: Path) -> tuple[Events, dict[str, User]]:
    """Two people, each with a picture of the wedding, one that says family, and one that says nothing."""
    people = {login: make.user(login) for login in ("anna", "ben")}
    for user in people.values():
        for number, word in enumerate(("wedding", "family", "")):
            item = make.item(user, f"{user.login}-{word or 'other'}.jpg", taken=number)
            if word:
                label, _ = Label.get_or_create(name_fold=fold(word), defaults={"name": word})
                ItemLabel.create(item=item, label=label, source="file", author=None, created_at=1)
    return Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64))), people


def test_it_is_made_once_and_shows_what_it_says(made: tuple[Events, dict[str, User]], make: Make) -> None:
    doing, people = made
    token = gather(doing, "anna", "ben")
    assert token is not None
    assert gather(doing, "anna", "ben") == token
    assert Event.select().count() == 1
    visit_of = doing.doors.enter(token, "Lou", ip="203.0.113.7")
    visit = sharing.visit(visit_of.pid, visit_of.secret)
    seen = {item.name for item in access.visible_items(visit.viewer)}
    assert seen == {"anna-wedding.jpg"}, "what Ben brought waits for Anna"
    ben = make.viewer(people["ben"])
    names = {item.name for item in access.visible_items(ben).where(Item.owner == people["anna"])}
    assert names == {"anna-wedding.jpg", "anna-family.jpg"}
    assert [card.event.name for card in events.cards(ben)] == ["Jana & Tom"]
    assert {card.collection.name for card in collections.cards(ben)} == {"Family"}


def test_where_there_is_nothing_to_show_nothing_is_made(make: Make, data: Path) -> None:
    for login in ("anna", "ben"):
        make.user(login)
    assert gather(Events(Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64))), "anna", "ben") is None
    assert not Event.select().exists()

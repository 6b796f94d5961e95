"""What a screen is shown: by kind, day, title and collection, and never more than was shared with it."""

import pytest

from services import showing
from services.identifiers import new_pid
from services.masks import RECIPE
from services.models import Asset, Grant, Item, Screen, Share, User, counters, transaction
from services.models.items import UNDATED
from services.showing import (
    Either,
    Every,
    Favourite,
    IsItem,
    Narrowing,
    OfKinds,
    OnDays,
    Taken,
    Titled,
    Within,
)  # fmt: skip
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

DAY = 24 * 3600 * 1_000_000
JULY = 1_782_864_000_000_000
"""2026-07-01."""


class Home:
    """Anna shares a collection with the living-room screen; one item of hers is in none."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user("anna")
        self.screen = Screen.create(pid=new_pid(), name="Living room", created_at=1)
        self.viewer = Viewer(0, "", "Living room", kind="screen", screen_id=self.screen.id)
        self.items: dict[str, Item] = {}
        self.add("lake.jpg", JULY, title="The Lake")
        self.add("100%_b.jpg", JULY + DAY, favourite=True)
        self.add("film.mp4", JULY + 40 * DAY, type="video", mime="video/mp4", duration_ms=5000)
        self.add("old.jpg", None)
        self.add("secret.jpg", JULY)
        shared = [self.items[n] for n in ("old.jpg", "film.mp4", "100%_b.jpg", "lake.jpg")]
        self.collection = make.collection(self.anna, "Lakes", items=shared)
        self.grant: Grant = make.grant(make.share(self.collection, "screen"), screen=self.screen)

    def add(self, name: str, taken: int | None, **more: object) -> None:
        day = 0 if taken is None else 20260701 + (0 if taken == JULY else 1 if taken == JULY + DAY else 109)
        at = UNDATED if taken is None else taken
        item = self.make.item(self.anna, name, taken=taken, day=day, sort_at=at, **more)
        asset = self.make.asset(item)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        self.items[name] = Item.get_by_id(item.id)

    def names(self, narrowing: Narrowing, order: showing.Order = "taken") -> list[str]:
        found = showing.ids(self.viewer, narrowing, order)
        by_id = {item.id: name for name, item in self.items.items()}
        return [by_id[each] for each in found]


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


ALL = ["old.jpg", "lake.jpg", "100%_b.jpg", "film.mp4"]


@pytest.mark.parametrize(
    ("narrowing", "names"),
    [
        (Every(), ALL),
        (Either(), []),
        (OfKinds(frozenset({"video"})), ["film.mp4"]),
        (OfKinds(frozenset()), []),
        (OnDays(20260700, 20260799), ["lake.jpg", "100%_b.jpg"]),
        (OnDays(0, 0), ["old.jpg"]),
        (Favourite(), ["100%_b.jpg"]),
        (Taken("<=", JULY), ["lake.jpg"]),
        (Taken(">", JULY), ["100%_b.jpg", "film.mp4"]),
        (Taken("<>", JULY), ["100%_b.jpg", "film.mp4"]),
        (Taken(">", UNDATED), ["lake.jpg", "100%_b.jpg", "film.mp4"]),
        (Titled("holds", "LAKE"), ["lake.jpg"]),
        (Titled("is", "the lake"), ["lake.jpg"]),
        (Titled("is", "FILM"), ["film.mp4"]),
        (Titled("is", "lake"), []),  # it has another title
        (Titled("holds", "%_"), ["100%_b.jpg"]),
        (Titled("begins", "the"), ["lake.jpg"]),
        (Titled("holds", "l", negated=True), ["100%_b.jpg"]),
        (Every((OfKinds(frozenset({"photo"})), OnDays(20260700, 20260799))), ["lake.jpg", "100%_b.jpg"]),
        (Either((OfKinds(frozenset({"video"})), OnDays(0, 0))), ["old.jpg", "film.mp4"]),
    ],
)
def test_what_is_meant(home: Home, narrowing: Narrowing, names: list[str]) -> None:
    assert home.names(narrowing) == names
    within = Within(home.collection.id)
    assert home.names(Every((within, narrowing))) == names, "from the collection on"
    assert home.names(Either((Every((narrowing, within)),))) == names, "inside of a condition"


def test_orders(home: Home) -> None:
    assert home.names(Every(), "-taken") == ALL[::-1]
    assert home.names(Every(), "name") == ["100%_b.jpg", "film.mp4", "lake.jpg", "old.jpg"]
    assert home.names(Every(), "-type")[0] == "film.mp4"
    by_hand = ["old.jpg", "film.mp4", "100%_b.jpg", "lake.jpg"]
    assert home.names(Within(home.collection.id), "hand") == by_hand
    assert home.names(Every(), "hand") == ALL, "what is in no one collection has no order by hand"
    assert list(showing.ids(home.viewer, Every(), "-taken", 2)) == [
        home.items["film.mp4"].id, home.items["100%_b.jpg"].id
    ]  # fmt: skip


def test_counts_and_shelves(home: Home) -> None:
    counts = showing.counts(home.viewer)
    july = {(c.kind, c.favourite, c.n) for c in counts if c.month == 202607}
    assert july == {("photo", False, 1), ("photo", True, 1)}
    assert [c.month for c in counts] == [202608, 202607, 202607, 0]
    assert sum(c.n for c in counts) == 4
    (shelf,) = showing.shelves(home.viewer)
    assert (shelf.name, shelf.size, shelf.by_hand) == ("Lakes", 4, True)


def test_rows_say_what_a_screen_lists(home: Home) -> None:
    ids = showing.ids(home.viewer, Every())
    rows = showing.rows(home.viewer, ids)
    film, lake, old = (rows[home.items[n].id] for n in ("film.mp4", "lake.jpg", "old.jpg"))
    assert (film.kind, film.readable, film.duration_ms, film.title) == ("video", True, 5000, "film")
    assert (lake.title, lake.readable, lake.taken, lake.month) == ("The Lake", False, JULY, 202607)
    assert (old.taken, old.month) == (None, 0)


def test_a_film_of_which_nobody_can_hide_the_place(home: Home) -> None:
    film = home.items["film.mp4"]
    Share.update(shows_place=False).execute()
    for meta, masks, readable in (({}, None, True), ({"unmaskable": RECIPE}, None, False), ({}, [], True)):
        Asset.update(meta=meta, masks=masks).where(Asset.id == film.cover_id).execute()
        assert showing.rows(home.viewer, [film.id])[film.id].readable is readable
    Asset.update(meta={"unmaskable": RECIPE}, masks=None).where(Asset.id == film.cover_id).execute()
    Share.update(shows_place=True).execute()
    assert showing.rows(home.viewer, [film.id])[film.id].readable


def test_nothing_of_others(home: Home) -> None:
    secret = home.items["secret.jpg"]
    assert showing.rows(home.viewer, [secret.id]) == {}
    assert showing.find(home.viewer, secret.pid) is None
    assert home.names(IsItem(secret.pid)) == []
    assert home.names(Titled("holds", "secret")) == []
    other = Viewer(0, "", "Kitchen", kind="screen", screen_id=home.screen.id + 1)
    assert showing.shelves(other) == []
    assert showing.counts(other) == []
    assert list(showing.ids(other, Within(home.collection.id))) == []


def test_what_ends_is_gone(home: Home) -> None:
    lake = home.items["lake.jpg"]
    assert showing.find(home.viewer, lake.pid) is not None
    with transaction():
        Grant.update(state="revoked", ended_at=2).where(Grant.id == home.grant.id).execute()
        counters.bump_policy()
    assert showing.find(home.viewer, lake.pid) is None
    assert showing.shelves(home.viewer) == []
    assert list(showing.ids(home.viewer, Every())) == []

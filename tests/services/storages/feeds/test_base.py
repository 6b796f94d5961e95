"""One contract for the feeds that name files by id: whatever an owner does, the pages tell of it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from services.storages.feeds import Feed, follow
from tests.servers.google import ROOT as GOOGLE_ROOT
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import DRIVE, FakeMicrosoft
from tests.servers.microsoft import ROOT as MICROSOFT_ROOT
from tests.services.storages.feeds.conftest import Tokens, google_feed, onedrive_feed


@dataclass
class Cloud:
    """A provider's server with its feed, and how an owner sees it."""

    server: Any
    feed: Feed
    root: str
    is_gone: Callable[[Any], bool]
    delete: Callable[[str], None]
    tells_of_children: bool
    """Whether a deleted folder names what was in it."""

    @property
    def all(self) -> dict[str, Any]:
        return dict(self.server.items if isinstance(self.server, FakeMicrosoft) else self.server.files)

    def there(self, *, folders: bool = False) -> list[str]:
        return [id for id, f in self.all.items() if not self.is_gone(f) and (f.folder or not folders)]


@contextmanager
def cloud(name: str) -> Iterator[Cloud]:
    if name == "onedrive":
        with FakeMicrosoft() as one:
            feed: Feed = onedrive_feed(one, Tokens())
            yield Cloud(one, feed, MICROSOFT_ROOT, lambda i: i.deleted, one.delete, tells_of_children=True)
    else:
        with FakeGoogle() as other:
            feed = google_feed(other, Tokens())
            yield Cloud(other, feed, GOOGLE_ROOT, lambda f: f.trashed, other.trash, tells_of_children=False)


@pytest.fixture(params=["onedrive", "google"])
def at(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    with cloud(request.param) as made:
        yield made


@pytest.mark.parametrize("name", ["onedrive", "google"])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_an_owner_does(name: str, seed: int) -> None:
    """A random walk; readers stop after any page and go on from the cursor they stored."""
    chance = random.Random(seed)
    with cloud(name) as at:
        at.server.page_size = 3
        cursor, mirror, touched = at.feed.start(), dict[str, str | None](), set[str]()
        for number in range(60):
            act = chance.choice(["add", "add", "add", "move", "delete", "read", "read and crash"])
            if act == "add":
                parent = chance.choice([at.root, *at.there(folders=True)])
                at.server.put(f"i{number}", chance.choice("aäbü"), parent, folder=chance.random() < 0.4)
                touched.add(f"i{number}")
            elif act == "move" and (files := sorted(set(at.there()) - set(at.there(folders=True)))):
                moved = chance.choice(files)
                at.server.put(moved, "moved", chance.choice([at.root, *at.there(folders=True)]))
                touched.add(moved)
            elif act == "delete" and (there := at.there()):
                chosen = chance.choice(there)
                at.delete(chosen)
                gone = set(there) - set(at.there())
                touched = touched | gone if at.tells_of_children else (touched - gone) | {chosen}
            elif act.startswith("read"):
                for page in follow(at.feed, cursor, within_s=20):
                    assert not page.reset
                    for change in page.changes:
                        assert change.id is not None
                        mirror[change.id.rpartition("#")[2]] = (
                            change.path if change.kind == "changed" else None
                        )
                    if act == "read and crash":
                        break  # before the cursor was stored
                    cursor = page.cursor
                else:
                    _check(at, mirror, touched)
                    touched.clear()
        for page in follow(at.feed, cursor, within_s=20):
            for change in page.changes:
                mirror[str(change.id).rpartition("#")[2]] = change.path if change.kind == "changed" else None
        _check(at, mirror, touched)


def _check(at: Cloud, mirror: dict[str, str | None], touched: set[str]) -> None:
    """What was touched is told to be where it is now, and what is gone to be gone."""
    there = set(at.there())
    for id in touched:
        assert id in mirror, "a change was lost"
        assert mirror[id] == (at.server.path(id) if id in there else None)


def test_a_feed_may_be_used_again_after_closing(at: Cloud) -> None:
    cursor = at.feed.start()
    at.feed.close()
    at.server.put("a", "a.jpg")
    assert [c.path for c in at.feed.changes(cursor).changes] == ["a.jpg"]


def test_ids_are_those_of_rclone(at: Cloud) -> None:
    """rclone's `GetID` of OneDrive is drive and item."""
    cursor = at.feed.start()
    at.server.put("a", "a.jpg")
    expected = f"{DRIVE}#a" if isinstance(at.server, FakeMicrosoft) else "a"
    assert [c.id for c in at.feed.changes(cursor).changes] == [expected]

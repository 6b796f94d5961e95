"""Pictures that another program gives each other's names: each stays what it is, and a guest sees what was offered."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from services import access, broker, sharing
from services.broker import Broker
from services.errors import Unavailable
from services.models import File, Item
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import in_memory, shared

pytestmark = pytest.mark.db

SHOWN, WITHDRAWN = photo(n=1), photo(n=2_000_000)


class Street:
    """Two pictures in a storage; Ben was offered both, and the second was withdrawn."""

    def __init__(self, make: Make, data: Path, *, distant: bool, tells: str) -> None:
        self.desk = in_memory(make, data, distant=distant, tells=tells)
        self.memory = self.desk.memory(self.desk.one)
        self.desk.put("a.jpg", SHOWN)
        self.desk.put("b.jpg", WITHDRAWN)
        self.look()
        items = self.desk.items()
        self.shown, self.withdrawn = items["a.jpg"], items["b.jpg"]
        self.ben = shared(self.desk)
        sharing.withdraw(self.desk.viewer, [self.withdrawn])
        self.broker = Broker(self.desk.adapter, lambda file: None)

    def look(self) -> None:
        self.desk.scan()
        self.desk.work()

    def seen(self) -> set[bytes]:
        """What Ben is given of all that he may see."""
        found: set[bytes] = set()
        for item in access.visible_items(self.ben):
            with suppress(Unavailable):  # nobody has looked yet what lies there now
                stream = self.broker.open(self.ben, broker.original_of(self.ben, item))
                found.add(b"".join(stream.blocks()))
                stream.close()
        return found

    def item_at(self, name: str) -> str:
        return str(File.get(File.raw_name == name).asset.item.pid)


@pytest.fixture(
    params=["near", "near with ids", "far", "far with ids", "far with hashes", "far with ids and hashes"]
)
def street(request: pytest.FixtureRequest, make: Make, data: Path) -> Iterator[Street]:
    kind = request.param
    street = Street(make, data, distant="far" in kind, tells=kind)
    yield street
    street.broker.close()


def test_what_is_put_over_a_shown_one_is_not_shown(street: Street) -> None:
    assert street.seen() == {SHOWN}
    street.memory.take("a.jpg")
    street.memory.move("b.jpg", "a.jpg")
    street.desk.scan()
    assert street.seen() == set(), "far away nobody has read it yet"
    street.look()
    assert street.seen() == set()
    assert street.item_at("a.jpg") == street.withdrawn
    street.desk.put("c.jpg", SHOWN)
    street.look()
    assert street.seen() == {SHOWN}, "it is back, under another name"
    assert street.item_at("c.jpg") == street.shown


def test_two_that_change_names_stay_what_they_are(street: Street) -> None:
    street.memory.move("a.jpg", "x.jpg")
    street.memory.move("b.jpg", "a.jpg")
    street.memory.move("x.jpg", "b.jpg")
    street.look()
    assert street.seen() == {SHOWN}
    assert (street.item_at("b.jpg"), street.item_at("a.jpg")) == (street.shown, street.withdrawn)
    assert Item.select().count() == 2

"""Two items that are one: what is united, what never is, and that both ids go on answering."""

from dataclasses import dataclass

import pytest

from services import access, catalogue
from services.catalogue.labelling import label_ids
from services.catalogue.merging import merge
from services.errors import NotFound
from services.identifiers import new_pid
from services.models import (
    Asset,
    Event,
    File,
    Fingerprint,
    Guest,
    Item,
    ItemAlias,
    ItemLabel,
    Overlay,
    User,
    counters,
    transaction,
)
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@dataclass
class Home:
    make: Make
    anna: User
    viewer: Viewer
    keep: Item
    gone: Item

    def merge(self) -> Item:
        with transaction():
            merge(Item.get_by_id(self.keep.id), Item.get_by_id(self.gone.id))
        return Item.get_by_id(self.keep.id)

    def label(self, item: Item, name: str, source: str, author: int | None = None) -> None:
        (number,) = label_ids([name]).values()
        ItemLabel.insert(item=item, label=number, source=source, author=author, created_at=0).execute()


@pytest.fixture
def home(make: Make) -> Home:
    anna = make.user()
    return Home(make, anna, make.viewer(anna), make.item(anna), make.item(anna))


def test_both_ids_answer_and_so_do_earlier_aliases(home: Home) -> None:
    ItemAlias.insert(pid="older", item=home.gone.id).execute()
    kept = home.merge()
    for pid in (home.keep.pid, home.gone.pid, "older"):
        assert access.get_item(home.viewer, pid).id == kept.id
    catalogue.edit(home.viewer, home.gone.pid, {"title": "by the old address"})
    assert Item.get().title == "by the old address"
    assert ItemAlias.select().where(ItemAlias.item == kept.id).count() == 2


def test_an_alias_opens_nothing_to_others(home: Home) -> None:
    home.merge()
    with pytest.raises(NotFound):
        access.get_item(home.make.viewer(home.make.user("ben")), home.gone.pid)


def test_what_others_think_of_it_stays_theirs(home: Home) -> None:
    ben, cleo, dora = (home.make.user(name) for name in ("ben", "cleo", "dora"))
    for user, item, values in (
        (ben, home.gone, {"rating": 5, "favourite": True}),
        (cleo, home.gone, {"rating": 1, "favourite": True}),
        (cleo, home.keep, {"rating": 4, "hidden": True}),
        (dora, home.gone, {"hidden": True}),
    ):
        Overlay.insert(user=user, item=item, **values).execute()
    home.merge()
    found = {row.user.login: (row.rating, row.favourite, row.hidden) for row in Overlay.select()}
    assert found == {"ben": (5, True, False), "cleo": (4, True, True)}


def test_labels_are_united_each_once(home: Home) -> None:
    ben = home.make.user("ben")
    home.label(home.keep, "sea", "hand", home.anna.id)
    home.label(home.gone, "Sea", "hand", home.anna.id)
    home.label(home.gone, "sea", "hand", ben.id)
    home.label(home.gone, "lake", "file")
    home.label(home.keep, "lake", "file")
    home.merge()
    found = sorted(
        (x.label.name, x.source, x.author_id) for x in ItemLabel.select().where(ItemLabel.source == "hand")
    )
    assert found == sorted([("sea", "hand", home.anna.id), ("sea", "hand", ben.id)])
    assert ItemLabel.select().where(ItemLabel.source == "file").count() == 1


def test_what_was_set_by_hand_survives_on_whichever_side(home: Home) -> None:
    catalogue.edit(home.viewer, home.keep.pid, {"title": "ours"})
    catalogue.edit(home.viewer, home.gone.pid, {"title": "theirs", "rating": 4, "description": "long ago"})
    catalogue.edit(home.viewer, home.gone.pid, {"favourite": True})
    kept = home.merge()
    assert (kept.title, kept.rating, kept.description, kept.favourite) == ("ours", 4, "long ago", True)
    assert kept.extra["by_hand"] == ["description", "rating", "title"]


def test_a_right_is_never_widened(home: Home) -> None:
    """What was withdrawn of either stays withdrawn."""
    Item.update(withdrawn_at=5).where(Item.id == home.gone.id).execute()
    assert home.merge().withdrawn_at == 5


def test_caches_of_rights_die(home: Home) -> None:
    before = counters.read(counters.POLICY_EPOCH)
    home.merge()
    assert counters.read(counters.POLICY_EPOCH) == before + 1


def test_files_follow_and_equal_bytes_are_one_asset(home: Home) -> None:
    storage = home.make.storage(home.anna)
    same, twin = home.make.asset(home.keep, b"same"), home.make.asset(home.gone, b"same")
    other = home.make.asset(home.gone, b"other")
    Fingerprint.insert(asset=twin.id, kind="phash64", value=b"x").execute()
    for n, asset in enumerate((same, twin, other)):
        home.make.file(storage, f"{n}.jpg", asset=asset)
    home.merge()
    assert {a.id for a in Asset.select()} == {same.id, other.id}
    assert [f.asset_id for f in File.select().order_by(File.id)] == [same.id, same.id, other.id]
    assert Fingerprint.select().count() == 0


def test_items_of_two_people_are_never_merged(home: Home) -> None:
    theirs = home.make.item(home.make.user("ben"))
    for gone in (theirs, home.keep):
        with pytest.raises(AssertionError):
            merge(home.keep, gone)
    assert Item.select().count() == 3


class TestWhatAGuestBrought:
    """A guest dropped a picture: what becomes one with it is the guest's."""

    def guest(self, home: Home) -> int:
        event = Event.create(
            pid=new_pid(), owner=home.anna, collection=home.make.collection(home.anna, purpose="event"), name="W",
            guests="contribute", may_download=True, created_at=0,
        )  # fmt: skip
        made = Guest.create(
            pid=new_pid(), event=event, name="Lou", secret=new_pid(), created_at=0, seen_at=0, expires_at=1
        )
        return int(made.id)

    def dropped(self, home: Home, item: Item, *, by: int | None = None, taken_back: bool = False) -> None:
        at = 7 if taken_back else None
        values = {"contributed_by_id": by or self.guest(home), "withdrawn_at": at, "taken_back_at": at}
        Item.update(**values).where(Item.id == item.id).execute()

    def test_it_stays_the_guests(self, home: Home) -> None:
        """As a file that was listed at its new place, before it was known to be moved."""
        guest = self.guest(home)
        self.dropped(home, home.keep, by=guest)
        kept = home.merge()
        assert (kept.contributed_by_id, kept.withdrawn_at, kept.taken_back_at) == (guest, None, None)

    def test_what_was_hers_before_never_becomes_the_guests(self, home: Home) -> None:
        self.dropped(home, home.gone)
        with pytest.raises(AssertionError):
            home.merge()
        assert Item.select().count() == 2

    @pytest.mark.parametrize("older", ["keep", "gone"])
    def test_what_was_taken_back_stays_so(self, home: Home, older: str) -> None:
        guest = self.guest(home)
        for item in (home.keep, home.gone):
            self.dropped(home, item, by=guest, taken_back=item is getattr(home, older))
        kept = home.merge()
        assert (kept.contributed_by_id, kept.withdrawn_at, kept.taken_back_at) == (guest, 7, 7)

    def test_items_of_two_guests_are_never_merged(self, home: Home) -> None:
        for item in (home.keep, home.gone):
            self.dropped(home, item)
        with pytest.raises(AssertionError):
            home.merge()
        assert Item.select().count() == 2

"""An item described: its labels, its state, and its places, which are its owner's alone."""

from typing import Any

import pytest

from services import catalogue
from services.catalogue.labelling import label_ids
from services.models import File, Item, ItemLabel, Storage, User, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def with_file(make: Make, owner: User, storage: Storage, name: str = "a.jpg", **more: Any) -> Item:
    item = make.item(owner, name)
    asset = make.asset(item)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    make.file(storage, name, asset=asset, sha256=asset.sha256, read_state="done", **more)
    return Item.get_by_id(item.id)


def label(item: Item, name: str, source: str, author: int | None = None) -> None:
    with transaction():
        (number,) = label_ids([name]).values()
        ItemLabel.insert(item=item, label=number, source=source, author=author, created_at=0).execute()


@pytest.mark.parametrize(
    ("item", "file", "storage", "state"),
    [
        ({}, {}, {}, "online"),
        ({}, {}, {"state": "slow"}, "online"),
        ({}, {}, {"state": "paused"}, "online"),
        ({}, {}, {"state": "offline"}, "offline"),
        ({}, {}, {"removed_at": 1}, "offline"),
        ({}, {"presence": "suspect"}, {}, "offline"),
        ({"suspect": True}, {}, {}, "offline"),
        ({"damaged": "cut"}, {}, {}, "damaged"),
        ({"damaged": "cut"}, {}, {"state": "offline"}, "offline"),
        ({"missing": True, "damaged": "cut"}, {"presence": "missing", "absent_since": 1}, {}, "missing"),
        ({"withdrawn_at": 1, "missing": True}, {}, {}, "withdrawn"),
        ({"trashed_at": 1, "withdrawn_at": 1}, {}, {}, "trashed"),
    ],
)
def test_the_state_is_the_gravest_fact(
    make: Make, item: dict[str, Any], file: dict[str, Any], storage: dict[str, Any], state: str
) -> None:
    anna = make.user()
    made = with_file(make, anna, make.storage(anna, **storage), **file)
    if item:
        Item.update(**item).execute()
    assert catalogue.describe(make.viewer(anna), [Item.get_by_id(made.id)])[0].state == state


def test_one_place_that_is_there_is_enough(make: Make) -> None:
    anna = make.user()
    item = with_file(make, anna, make.storage(anna, "away", state="offline"))
    other = make.storage(anna, "here")
    make.file(other, "copy.jpg", asset=item.cover_id)
    assert catalogue.describe(make.viewer(anna), [item])[0].state == "online"


def test_a_page_keeps_its_order_and_labels_their_items(make: Make) -> None:
    anna = make.user()
    one, two = make.item(anna), make.item(anna)
    label(one, "sea", "file")
    label(one, "Family", "hand", anna.id)
    label(one, "sea", "hand", anna.id)
    label(two, "hill", "file")
    found = catalogue.describe(make.viewer(anna), [two, one])
    assert [d.item.id for d in found] == [two.id, one.id]
    assert [d.labels for d in found] == [("hill",), ("Family", "sea")]
    assert catalogue.describe(make.viewer(anna), []) == []


def test_only_the_owner_learns_where_it_lies(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    storage = make.storage(anna)
    item = with_file(make, anna, storage, "a.jpg", folder=make.folder(storage, "2026"))
    (mine,) = catalogue.locations(make.viewer(anna), item)
    assert (mine.storage, mine.path, mine.role, mine.presence) == (
        "Photos",
        "2026/a.jpg",
        "original",
        "present",
    )
    assert catalogue.locations(make.viewer(ben), item) == []
    assert catalogue.describe(make.viewer(ben), [item]) == []
    Storage.update(removed_at=1).execute()
    assert catalogue.locations(make.viewer(anna), item) == []


def test_the_cover_comes_first_among_the_assets(make: Make) -> None:
    anna = make.user()
    item = with_file(make, anna, make.storage(anna))
    edit = make.asset(item, b"edited", role="edit")
    Item.update(cover_id=edit.id).execute()
    assert [a.role for a in catalogue.assets(make.viewer(anna), Item.get())] == ["edit", "original"]
    assert catalogue.describe(make.viewer(anna), [Item.get()])[0].sha256 == bytes(edit.sha256).hex()
    assert File.select().count() == 1


def test_hand_labels_are_those_this_viewer_set(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna)
    label(item, "mine", "hand", anna.id)
    label(item, "theirs", "hand", ben.id)
    label(item, "from the file", "file")
    assert catalogue.hand_labels(make.viewer(anna), item) == ["mine"]


def test_names_at_faces_are_told_to_the_owner_alone(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna)
    make.asset(item, b"jpeg", meta={"people": ["Zoë", "Ben"]})
    make.asset(item, b"raw", role="raw", meta={"people": ["Ben", "Ada"]})
    make.asset(item, b"xmp", role="sidecar")
    assert catalogue.people(make.viewer(anna), item) == ["Zoë", "Ben", "Ada"]
    assert catalogue.people(make.viewer(ben), item) == []

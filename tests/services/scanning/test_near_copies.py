"""What lies near and in a cloud as well is not downloaded, whichever was connected first; counted at the cloud."""

from pathlib import Path
from typing import Any

import pytest

from services.models import Asset, ContentHash, File, Item, Storage
from services.storages import memory
from services.storages.memory import MemoryStorage
from tests.factories import Make
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


class Both(Household):
    """A person with a storage near and, from `connect` on, one far away."""

    def __init__(self, make: Make, data: Path) -> None:
        super().__init__(make, data)
        self.near_row, self.near = self.storage, self.memory
        self.cloud = MemoryStorage(distant=True)
        self.use(lambda row: self.near if row.id == self.near_row.id else self.cloud)

    def connect(self, type: str = "onedrive", **more: Any) -> None:
        options = {"type": type, "remote": "h_1"}
        self.cloud_row = self.make.storage(self.anna, "Cloud", kind="rclone", options=options, **more)

    def scan_near(self) -> None:
        self.storage = self.near_row
        self.scan()

    def scan_cloud(self) -> dict[str, Any]:
        self.storage = self.cloud_row
        return self.scan()

    def read_cloud(self) -> None:
        self.storage = self.cloud_row
        self.read_all()


@pytest.fixture
def both(make: Make, data: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setattr(memory, "_HASHES", {"md5": memory._HASHES["md5"]})  # by SHA-256 all would be known
    made = Both(make, data)
    made.near.put("a.jpg", photo(n=1))
    return made


def kinds() -> set[str]:
    return {h.kind for h in ContentHash.select()}


def is_one_item_in_two_places() -> bool:
    assets = {f.asset_id for f in File.select()}
    return Item.select().count() == 1 and len(assets) == 1 and File.select().count() == 2


def test_what_is_read_near_is_known_in_the_cloud_at_first_sight(both: Both) -> None:
    both.connect()
    both.scan_near()
    assert both.pool.read_names == ["a.jpg"], "on the same read"
    assert both.pool.hashed == []
    both.cloud.put("copy.jpg", photo(n=1))
    assert both.scan_cloud()["recognised"] == 1
    assert both.cloud.asked == 0
    assert is_one_item_in_two_places()


def test_what_was_read_before_is_hashed_once_more_and_not_downloaded(both: Both) -> None:
    both.near.put("other.jpg", photo(n=2))  # as long
    both.near.put("longer.jpg", photo(n=333))
    both.scan_near()
    assert kinds() == set(), "nobody needed them"
    both.connect()
    both.cloud.put("copy.jpg", photo(n=1))
    assert both.scan_cloud()["recognised"] == 0
    both.read_cloud()
    assert (both.cloud.asked, both.pool.glanced) == (0, [])
    assert both.pool.hashed == ["a.jpg", "other.jpg"], "only what may be it"
    assert both.file("copy.jpg").asset_id == both.file("a.jpg").asset_id
    assert Item.select().count() == 3
    both.cloud.put("again.jpg", photo(n=2))
    assert both.scan_cloud()["recognised"] == 1
    assert both.cloud.asked == 0


def test_no_hashes_are_made_where_no_listing_tells_any(both: Both) -> None:
    both.connect("sftp")
    both.make.storage(both.make.user("ben"), "His", kind="rclone", options={"type": "drive", "remote": "h_2"})
    both.make.storage(
        both.anna, "Gone", kind="rclone", options={"type": "drive", "remote": "h_3"}, removed_at=1
    )
    both.scan_near()
    assert kinds() == set()


@pytest.mark.parametrize("what", ["changed", "away", "another's"])
def test_in_doubt_it_is_downloaded(both: Both, what: str) -> None:
    both.scan_near()
    if what == "changed":
        both.near.put("a.jpg", photo(n=2))
    elif what == "away":
        both.near.take("a.jpg")
    else:
        ben = both.make.user("ben")
        Storage.update(owner=ben).where(Storage.id == both.near_row.id).execute()
        Item.update(owner=ben).execute()
    both.connect()
    both.cloud.put("copy.jpg", photo(n=1))
    both.scan_cloud()
    both.read_cloud()
    assert both.cloud.asked >= len(photo(n=1))
    assert File.get(File.name == "copy.jpg").read_state == "done"
    assert Asset.select().where(Asset.sha256.is_null()).count() == 0

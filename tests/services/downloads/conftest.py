"""Anna with real files in a folder, and a collection of them that Ben may download."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.adapters import Adapters
from services.broker import Broker
from services.models import Collection, File, Item, Share, Storage
from services.viewers import Viewer
from tests.factories import Make


@dataclass
class Chest:
    """The folder, its items, and who may download them."""

    make: Make
    folder: Path
    storage: Storage
    collection: Collection
    share: Share
    anna: Viewer
    ben: Viewer
    broker: Broker
    add: Callable[..., Item]


@pytest.fixture
def chest(make: Make, tmp_path: Path) -> Iterator[Chest]:
    anna, ben = make.user("anna"), make.user("ben")
    folder = tmp_path / "photos"
    folder.mkdir()
    storage = make.storage(anna, root=folder, node="here")
    collection = make.collection(anna, "Lake")
    share = make.share(collection)
    make.grant(share, user=ben)

    def add(name: str, content: bytes = b"bytes", *, on_disk: str | None = None, **more: Any) -> Item:
        if on_disk is None:
            (folder / name).write_bytes(content)
        item = make.item(anna, name, size=len(content), **({"taken": 1_782_864_000_000_000} | more))
        asset = make.asset(item, content)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        make.file(storage, on_disk or name, size=len(content), asset=asset, mtime_ns=0)
        make.member(collection, item)
        return item

    broker = Broker(Adapters(), lambda file: None)
    yield Chest(make, folder, storage, collection, share, make.viewer(anna), make.viewer(ben), broker, add)
    broker.close()


__all__ = ["Chest", "File", "chest"]

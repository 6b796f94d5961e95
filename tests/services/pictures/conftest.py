"""A household whose pictures televisions look at, with a decoder and a store that only pretend."""

from pathlib import Path
from typing import Any, cast

import pytest

from services.catalogue.placing import content_key
from services.jobs import Jobs
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.television import PROFILES
from services.models import Asset, Item, Job, Storage
from services.pictures import Making, Pictures
from services.storages.memory import MemoryStorage
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed

ORIGINAL = b"the original"


class Home:
    """Anna's storage with one picture in it, and what serves and makes pictures for televisions."""

    def __init__(self, make: Make, data: Path) -> None:
        self.make, self.data = make, data
        self.anna = make.user("anna")
        self.viewer = make.viewer(self.anna)
        self.disk = MemoryStorage()
        self.storage = make.storage(self.anna, kind="memory")
        self.jobs, self.pool, self.store = Jobs(lambda lane, job: None, "here"), FakePool(), FakeStore()
        self.pictures = Pictures(cast(RenditionStore, self.store), self.jobs)
        self.reads: list[int] = []
        self.making = Making(
            self.adapter, cast(DecoderPool, self.pool), cast(RenditionStore, self.store), self._read_now
        )
        self.item = self.picture("a.jpg")

    def adapter(self, row: Storage) -> MemoryStorage:
        return self.disk

    def picture(self, name: str, data: bytes = ORIGINAL, size: tuple[int, int] | None = (4000, 3000)) -> Item:
        """An item with its file; `size` is what the catalogue knows of it."""
        data = data + b" of " + name.encode() if data is ORIGINAL else data
        width, height = size or (None, None)
        item = self.make.item(self.anna, name, width=width, height=height)
        asset = self.make.asset(item, data, meta={"width": width, "height": height})
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
        self.disk.put(name, data, mtime_ns=0)
        self.make.file(
            self.storage, name, size=len(data), asset=asset, sha256=asset.sha256, read_state="done"
        )
        return Item.get_by_id(item.id)

    def asset(self, item: Item | None = None) -> Asset:
        return Asset.get_by_id((item or self.item).cover_id)

    def keep(self, key: int | str, data: bytes, item: Item | None = None) -> None:
        """Let the store have a rendition, or the picture of a profile."""
        profile = PROFILES.get(str(key))
        self.store.put(content_key(self.asset(item)), profile.key if profile else key, data)

    def kept(self, profile: str, item: Item | None = None) -> bytes | None:
        return self.store.get(content_key(self.asset(item)), PROFILES[profile].key)

    def work(self) -> list[Any]:
        """Do all jobs that wait, as a worker does; gives their results."""
        done = []
        while (job := Job.select().where(Job.state == "queued").order_by(Job.id).first()) is not None:
            run = claimed(self.jobs, job)
            try:
                result = getattr(self.making, job.kind)(run)
            except Exception as error:
                self.jobs.fail(run.job, str(error), again=False)
                result = error
            else:
                self.jobs.finish(run.job, result)
            done.append(result)
        return done

    def _read_now(self, run: Any, file: Any, size: int, pool: Any) -> None:
        self.reads.append(file.id)
        self.when_read(file, size)

    def when_read(self, file: Any, size: int) -> None:
        raise AssertionError("nothing has to be read here")


@pytest.fixture
def home(make: Make, data: Path) -> Home:
    return Home(make, data)

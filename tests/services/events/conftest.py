from collections.abc import Iterator
from pathlib import Path

import pytest

from services.accounts import Passwords
from services.events import Doors, Events
from services.filing import Filing, Journal
from services.filing.hands import Hands
from services.jobs import Jobs
from services.media.rendition_store import RenditionStore
from services.storages.memory import MemoryStorage
from tests.factories import Make
from tests.services.events.household import Party


@pytest.fixture
def party(make: Make, data: Path) -> Iterator[Party]:
    anna, ben, kim = make.user("anna"), make.user("ben"), make.user("kim", role="child")
    disk = MemoryStorage(writable=True)
    storage = make.storage(anna, "Disk", kind="memory", writable=True)
    jobs = Jobs(lambda lane, job: None, "here")
    journal = Journal(data, "here")
    filing = Filing(Hands(lambda row: disk, jobs, journal, RenditionStore(data / "r", view_bytes=1 << 20)))
    items = {u.login: [make.item(u, taken=n) for n in (1, 2)] for u in (anna, ben, kim)}
    doors = Doors(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    yield Party(
        make, Events(doors), jobs, make.viewer(anna), make.viewer(ben), make.viewer(kim), storage, disk, filing,
        items,
    )  # fmt: skip
    journal.close()

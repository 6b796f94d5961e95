"""A storage that changes, fails, goes away and comes back at random: what the catalogue must say of it.

The machine knows what really lies in the storage, and which folders it let a scan list completely. At
any time: nothing is forgotten without proof, no item and no label is lost, counts are right. And when
the faults are over, the catalogue converges: it shows exactly what is there.
"""

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services import access, catalogue, clock
from services.errors import (
    Forbidden,
    NotFound,
    PutOff,
    StorageError,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.models import Asset, DayCount, File, Item, ItemLabel, Job, Label, Storage
from services.scanning import lane
from services.storages import paths
from services.storages.memory import MemoryStorage
from services.storages.values import Listing
from tests.examples import examples
from tests.factories import Make
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db

FOLDERS = ["", "a", "a/c"]
PLACES = [paths.join(folder, f"{n}.jpg") for folder in FOLDERS for n in range(3)]
CONTENTS = [
    photo(n=1, taken="2026-07-01T10:00:00"), photo(n=2, taken="2026-07-02T10:00:00"), photo(n=33),
    photo(n=4, scan="pixels"), photo(n=5, scan="pixels", taken="2026-07-01T10:00:00"),
]  # fmt: skip
FAULTS: dict[str, StorageError] = {
    "unavailable": Unavailable("timed out"),
    "throttled": StorageThrottled("slowly", retry_after=0.01),
    "throttled long": StorageThrottled("slowly", retry_after=9_999),
    "refused": Forbidden("not you"),
    "signed out": Unauthorized("the token has expired"),
}
places = st.sampled_from(PLACES)
contents = st.sampled_from(CONTENTS)


class Killed(BaseException):
    """The process is gone."""


class Watched(MemoryStorage):
    """Notes which folders it listed completely, and can be the last thing a process ever asked."""

    def __init__(self, *, distant: bool) -> None:
        super().__init__(distant=distant)
        self.listed: set[str] = set()
        self.dies_in: int | None = None

    def list(self, path: str) -> Listing:
        self._live()
        listing = super().list(path)
        if listing.complete:
            self.listed.add(path)
        return listing

    def open_read(self, path: str, **more: Any) -> Any:
        self._live()
        return super().open_read(path, **more)

    def _live(self) -> None:
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                raise Killed


class World(RuleBasedStateMachine):
    """The real scanner beside what is really there. Subclasses say how far away."""

    make: ClassVar[Make]
    data: ClassVar[Path]
    moment: ClassVar[list[float]]
    numbers: ClassVar[Iterator[int]] = itertools.count()
    distant = True
    ids = True

    def __init__(self) -> None:
        super().__init__()
        self.home = Household(self.make, self.data, distant=self.distant, login=f"anna{next(self.numbers)}")
        self.memory = Watched(distant=self.distant)
        self.memory.faults.no_ids = not self.ids
        self.memory.writable = True
        self.home.memory = self.memory
        self.there: dict[str, bytes] = {}
        self.lacking: dict[str, list[float]] = {}
        self.pids: set[str] = set()
        self.labels: set[str] = set()
        self.ticks = itertools.count(1)
        self.write("keep.jpg", photo(n=1000))

    @initialize(chosen=st.lists(st.tuples(places, contents), min_size=5, max_size=12))
    def begin(self, chosen: list[tuple[str, bytes]]) -> None:
        for place, content in chosen:
            self.write(place, content)
        self.settle()
        self.label(0)

    # --- what people and storages do

    @rule(place=places, content=contents)
    def write(self, place: str, content: bytes) -> None:
        self.memory.put(place, content, mtime_ns=next(self.ticks) * 1_000_000_000)
        self.there[place] = content

    @rule(place=places)
    def delete(self, place: str) -> None:
        self.memory.take(place)
        self.there.pop(place, None)

    @rule(src=places, dst=places)
    def rename(self, src: str, dst: str) -> None:
        if src in self.there and dst not in self.there:
            self.make_folder(paths.parent(dst))
            self._behind_its_back(lambda: self.memory.move(src, dst))
            self.there[dst] = self.there.pop(src)

    @rule(src=st.sampled_from(["a", "a/c"]), dst=st.sampled_from(["d", "e/f"]))
    def move_folder(self, src: str, dst: str) -> None:
        inside = [p for p in self.there if paths.is_within(p, src)]
        if inside and dst not in self.memory._nodes:
            self.make_folder(paths.parent(dst))
            self._behind_its_back(lambda: self.memory.move(src, dst))
            for path in inside:
                self.there[dst + path[len(src) :]] = self.there.pop(path)

    @rule(labelled=st.integers(0, 20))
    def label(self, labelled: int) -> None:
        items = list(access.visible_items(self.home.viewer).order_by(Item.id))
        if items:
            item = items[labelled % len(items)]
            name = f"l{len(self.labels)}"
            before = catalogue.hand_labels(self.home.viewer, item)
            catalogue.edit(self.home.viewer, item.pid, {"labels": [*before, name]})
            self.labels.add(name)

    @rule(
        fault=st.sampled_from(["empty_root", "canary_lost", "offline", "needs_reconnect"]), days=st.booleans()
    )
    def goes_away(self, fault: str, days: bool) -> None:
        setattr(self.memory.faults, fault, True)
        if days:
            self.scan_on_two_days()

    @rule()
    def comes_back(self) -> None:
        faults = self.memory.faults
        faults.empty_root = faults.canary_lost = faults.offline = faults.needs_reconnect = False
        faults.partial = set()

    @rule(folder=st.sampled_from(FOLDERS), days=st.booleans())
    def lists_in_part(self, folder: str, days: bool) -> None:
        self.memory.faults.partial.add(folder)
        if days:
            self.scan_on_two_days()

    @rule(hours=st.sampled_from([1, 25]))
    def time_passes(self, hours: int) -> None:
        self.moment[0] += hours * 3600

    # --- what Hypomos does

    @rule()
    def scan(self) -> None:
        self._look(lambda: self.home.scan())

    @rule(call=st.integers(1, 12), fault=st.sampled_from(sorted(FAULTS)))
    def scan_with_trouble(self, call: int, fault: str) -> None:
        self.memory.faults.fail_on = {call: FAULTS[fault]}
        self.scan()
        if self.distant:
            self.read()
        self.memory.faults.fail_on = {}

    @rule(calls=st.integers(0, 12))
    def scan_and_be_killed(self, calls: int) -> None:
        self.memory.dies_in = calls
        self.scan()
        if self.distant:
            self.read()
        self.memory.dies_in = None

    @rule()
    def scan_on_two_days(self) -> None:
        """What is needed to forget a file, and what must not suffice when something is wrong."""
        self.scan()
        self.time_passes(25)
        self.scan()

    @rule(folder=st.sampled_from(FOLDERS))
    def scan_folder(self, folder: str) -> None:
        self._look(lambda: self.home.scan(folders=[folder]))

    @precondition(lambda self: self.distant)
    @rule()
    def read(self) -> None:
        self._look(lambda: self.home.read())

    @rule()
    def settle(self) -> None:
        """All faults are over: the catalogue shows exactly what is there, and every item of it."""
        self.comes_back()
        self.memory._expected = None  # its owner says that it is the right storage
        Storage.update(canaries=None, retry_at=None).where(Storage.id == self.home.storage.id).execute()
        self._look(lambda: self.home.scan(confirmed=True))
        if self.distant:
            self._look(lambda: self.home.read())
        self._look(lambda: self.home.scan())
        if self.distant:
            self.home.read_all()
        rows = {self._path(f): f for f in self._files().where(File.presence == "present")}
        assert set(rows) == set(self.there)
        visible = {i.id: i for i in access.visible_items(self.home.viewer)}
        for path, content in self.there.items():
            file = rows[path]
            assert (file.read_state, bytes(file.sha256)) == ("done", hashlib.sha256(content).digest()), path
            assert bytes(file.asset.sha256) == bytes(file.sha256), path
            assert file.asset.item_id in visible, path
        shown = {f.asset.item_id for f in rows.values()}
        covers = {visible[f.asset.item_id].id for f in rows.values() if _is_cover(f, visible)}
        online = {
            d.item.id
            for d in catalogue.describe(self.home.viewer, list(visible.values()))
            if d.state == "online" and not d.unread
        }
        assert covers <= online <= shown  # a cover that was just lost is not proved gone yet: offline

    def _look(self, what: Any) -> None:
        self.memory.listed = set()
        try:
            what()
        except PutOff:
            assert Storage.get_by_id(self.home.storage.id).retry_at > clock.now()
        except Killed:
            Job.update(state="failed", lease_owner=None, lease_until=None, finished_at=1).where(
                Job.state == "running"
            ).execute()
            self.memory.dies_in = None
        self._note_proofs()
        self.pids |= {i.pid for i in Item.select().where(Item.owner == self.home.anna)}

    def _note_proofs(self) -> None:
        """Which files a complete listing lacked just now, by what really lies there."""
        for file in self._files():
            path = self._path(file)
            if path in self.there:
                if file.presence != "missing":  # else nobody has seen yet that there is one again
                    self.lacking.pop(path, None)
                continue
            above = paths.parent(path)
            while above and above not in self.memory._nodes:
                above = paths.parent(above)
            if above in self.memory.listed:
                self.lacking.setdefault(path, []).append(self.moment[0])

    # --- what must hold at any time

    @invariant()
    def nothing_is_forgotten_without_proof(self) -> None:
        for file in self._files().where(File.presence == "missing"):
            proofs = self.lacking.get(self._path(file), [])
            assert proofs, f"{self._path(file)} is missing, and no listing lacked it"
            assert max(proofs) - min(proofs) >= 86_400, self._path(file)

    @invariant()
    def no_item_and_no_label_is_lost(self) -> None:
        for pid in self.pids:
            try:
                access.get_item(self.home.viewer, pid)
            except NotFound:
                raise AssertionError(f"the item {pid} is lost") from None
        rows = ItemLabel.select(Label.name).join(Label).switch(ItemLabel).join(Item)
        assert self.labels <= {n for (n,) in rows.where(Item.owner == self.home.anna).tuples()}

    @invariant()
    def counts_are_right(self) -> None:
        items = list(Item.select().where(Item.owner == self.home.anna))
        counted: dict[int, int] = {}
        for item in items:
            counted[item.day] = counted.get(item.day, 0) + 1
        stored = DayCount.select(DayCount.day, DayCount.n).where(DayCount.owner == self.home.anna)
        assert dict(stored.tuples()) == counted
        for item in items:
            assert Asset.get_by_id(item.cover_id).item_id == item.id

    def _files(self) -> Any:
        return File.select().where(File.storage == self.home.storage)

    def _path(self, file: File) -> str:
        return paths.join(file.folder.path, file.raw_name)

    def make_folder(self, path: str) -> None:
        if path and path not in self.memory._nodes:
            self.memory.put(path, None)

    def _behind_its_back(self, change: Any) -> None:
        """The owner's own program reaches the storage, whatever keeps us from it."""
        with self._healthy():
            change()

    @contextmanager
    def _healthy(self) -> Iterator[None]:
        faults, expected = self.memory.faults, self.memory._expected
        self.memory.faults, self.memory._expected = type(faults)(no_ids=faults.no_ids), None
        try:
            yield
        finally:
            self.memory.faults, self.memory._expected = faults, expected


def _is_cover(file: File, visible: dict[int, Item]) -> bool:
    return bool(visible[file.asset.item_id].cover_id == file.asset_id)


class Near(World):
    distant = False


class WithoutIds(World):
    ids = False


@pytest.mark.first
@pytest.mark.parametrize("world", [World, WithoutIds, Near], ids=["distant", "distant without ids", "near"])
def test_the_catalogue_tells_the_truth(
    catalogue: Path, make: Make, full: bool, world: type[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1_780_000_000.0]
    monkeypatch.setattr(clock, "source", lambda: moment[0])
    monkeypatch.setattr(lane, "PAUSE_S", 0.0)

    class Here(world):  # type: ignore[valid-type, misc]  # the machine of this test's catalogue
        pass

    Here.make, Here.data, Here.moment = make, catalogue, moment
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples(40 if full else 10), stateful_step_count=50 if full else 20, deadline=None,
            database=None, phases=[Phase.generate],  # shrinking would take longer than all other tests
        ),
    )  # fmt: skip

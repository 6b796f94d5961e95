"""Whatever happens, in whatever order: the stored day counts are what a count from scratch gives.

And what the viewer sees agrees in every way of looking: days, months, pages, and the virtual tree's months.
"""

from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import fn

from config import load
from services import access, catalogue, clock
from services.catalogue import tree_rows
from services.connecting import Connecting
from services.jobs import Jobs
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Asset, DayCount, File, Folder, Item, Job, Label, Storage, User
from services.scanning import Scanner
from services.storages.memory import MemoryStorage
from services.viewers import Viewer
from tests.examples import examples
from tests.factories import Make
from tests.fakes import FakePool, FakeStore, claimed, photo

pytestmark = pytest.mark.db

NAMES = (
    "IMG_1.JPG",
    "IMG_1.HEIC",
    "IMG_1.MOV",
    "IMG_E1234.JPG",
    "IMG_1234.JPG",
    "a.jpg",
    "a.jpg.xmp",
    "b/a.jpg",
)
DATES = (None, "2026-07-01T10:00:00", "2026-07-31T23:59:59", "1969-12-31T10:00:00")
SHAPES = ((400, 300), (300, 400))

names = st.sampled_from(NAMES)
operation = st.one_of(
    st.tuples(st.just("put"), names, st.sampled_from(DATES), st.integers(0, 3), st.sampled_from(["", "X", "pixels"])),
    st.tuples(st.just("take"), names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("text"), names),
    st.tuples(st.just("scan")),
    st.tuples(st.just("later")),
    st.tuples(st.just("edit"), st.integers(0, 5), st.sampled_from(["title", "labels", "rating"])),
    st.tuples(st.just("remove")),
    st.tuples(st.just("connect")),
)  # fmt: skip


class Home:
    """Two people; anna's storage lives through the operations, ben's stays as it is."""

    def __init__(self, data: Path) -> None:
        self.make, self.data = Make(data), data
        self.anna, self.ben = self.make.user("anna"), self.make.user("ben")
        self.viewer = self.make.viewer(self.anna)
        self.memory = MemoryStorage(writable=True)
        self.storage = self.make.storage(self.anna, kind="memory")
        self.jobs = Jobs(lambda lane, job: None, "here")
        self.moment = 1_790_000_000.0
        self.stamp = 0
        self.scanner = Scanner(
            adapter=lambda row: self.memory, pool=cast(DecoderPool, FakePool()),
            store=cast(RenditionStore, FakeStore()), jobs=self.jobs, data=data, readers=1,
        )  # fmt: skip
        self.memory.put("known.txt", b"by this the root is known")
        self.memory.put("known too.txt", b"by this as well")
        self.do_scan()

    def do(self, what: str, *given: object) -> None:
        getattr(self, f"do_{what}")(*given)

    def do_put(self, name: str, taken: str | None, n: int, mark: str) -> None:
        self.stamp += 1
        width, height = SHAPES[n % 2]
        more: dict[str, object] = {}
        if name.endswith(".MOV"):
            more = {"kind": "video", "mime": "video/quicktime", "duration_s": 2.0}
        if name.endswith(".xmp"):
            self.memory.put(name, b'["word"]' if n else b'["other"]', mtime_ns=self.stamp)
            return
        if mark:
            more |= {"live_id": mark} if mark == "X" else {"scan": mark}
        self.memory.put(name, photo(n=n, taken=taken, title=f"{width}x{height}", **more), mtime_ns=self.stamp)

    def do_take(self, name: str) -> None:
        self.memory.take(name)

    def do_copy(self, source: str, target: str) -> None:
        node = self.memory._nodes.get(source)
        if node is not None and node.data is not None and not target.endswith(".xmp"):
            self.stamp += 1
            self.memory.put(target, node.data, mtime_ns=self.stamp)

    def do_text(self, name: str) -> None:
        self.stamp += 1
        self.memory.put(name, f"no picture {self.stamp}".encode(), mtime_ns=self.stamp)

    def do_scan(self) -> None:
        job = self.jobs.enqueue("scan", storage_id=self.storage.id, user_id=self.anna.id)
        run = claimed(self.jobs, job)
        self.jobs.finish(run.job, self.scanner.scan(run))

    def do_later(self) -> None:
        self.moment += 90_000

    def do_edit(self, which: int, field: str) -> None:
        items = list(access.visible_items(self.viewer).order_by(Item.id))
        if items:
            value = {"title": "by hand", "labels": ["family", "word"], "rating": 3}[field]
            catalogue.edit(self.viewer, items[which % len(items)].pid, {field: value})

    def do_remove(self) -> None:
        if Storage.get_by_id(self.storage.id).removed_at is None:
            connecting = Connecting(
                load(self.data, {"HYPOMOS_NODE": "here"}), self.jobs, lambda row: self.memory
            )
            connecting.remove(self.viewer, self.storage.pid)

    def do_connect(self) -> None:
        if Storage.get_by_id(self.storage.id).removed_at is not None:
            self.storage = self.make.storage(self.anna, kind="memory")


def forget() -> None:
    """Back to an empty catalogue, for the next example."""
    for table in (Job, DayCount, File, Folder, Storage, Item, Label, User):
        table.delete().execute()


def everything_agrees(viewer: Viewer) -> None:
    counted = (
        Item.select(Item.owner_id, Item.day, fn.COUNT(Item.id), fn.SUM(Item.ratio))
        .where(Item.trashed_at.is_null()).group_by(Item.owner_id, Item.day).tuples()
    )  # fmt: skip
    stored = DayCount.select(DayCount.owner_id, DayCount.day, DayCount.n, DayCount.ratio).tuples()
    assert sorted((o, d, n, round(r, 6)) for o, d, n, r in stored) == sorted(
        (o, d, n, round(r, 6)) for o, d, n, r in counted
    )
    days = catalogue.days(viewer)
    visible = {i.id for i in access.visible_items(viewer)}
    assert visible == {i.id for i in access.visible_items(viewer, plan="time")}
    assert visible == {i.id for i in access.visible_items(viewer, plan="rights")}
    paged: list[int] = []
    page = catalogue.page(viewer, limit=2, count=True)
    assert page.total == sum(d.n for d in days) == len(visible)
    while True:
        paged += [i.id for i in page.items]
        if page.next is None:
            break
        page = catalogue.page(viewer, limit=2, cursor=page.next)
    assert sorted(paged) == sorted(visible)
    months = {d.day // 100 for d in days}
    assert set(tree_rows.library_months(viewer)) == months
    assert sorted(i.id for m in months for i in catalogue.bucket(viewer, m).items) == sorted(visible)


def items_hold_together(viewer: Viewer) -> None:
    """What must be true of every item at any time."""
    for item in Item.select():
        cover = Asset.get_or_none(Asset.id == item.cover_id)
        assert cover is not None, "an item always has a cover"
        assert cover.item_id == item.id
    described = catalogue.describe(viewer, list(access.visible_items(viewer)))
    for each in described:
        there = File.select().join(Asset).where(
            (Asset.item == each.item.id) & (File.presence == "present") & (Asset.role != "sidecar")
        )  # fmt: skip
        away = Storage.select().where(Storage.removed_at.is_null()).count() == 0
        if away:
            kept = File.select().join(Asset).where(
                (Asset.id == each.item.cover_id) & (File.presence == "suspect")
            )  # fmt: skip
            assert each.state == ("offline" if kept.exists() else "missing")
        elif each.state == "missing":
            assert not there.exists(), "what is there is shown"


@settings(
    max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(operation, min_size=4, max_size=16))
def test_counts_pages_and_months_agree(catalogue: Path, operations: list[tuple[object, ...]]) -> None:
    forget()
    with pytest.MonkeyPatch.context() as patch:
        home = Home(catalogue)
        patch.setattr(clock, "source", lambda: home.moment)
        for what, *given_ in operations:
            home.do(str(what), *given_)
            everything_agrees(home.viewer)
        home.do_scan()
        everything_agrees(home.viewer)
        items_hold_together(home.viewer)
        assert access.visible_items(home.make.viewer(home.ben)).count() == 0
        assert User.select().count() == 2

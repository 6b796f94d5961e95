"""What readings make of the catalogue: known again or new, and what becomes of items whose files go."""

import hashlib
from typing import Any

import pytest

from services import access, broker, catalogue
from services.catalogue.recording import Read, record, refresh_presence
from services.catalogue.timeline import recount
from services.media.types import Fingerprints, Metadata, Reading, Taken
from services.models import (
    Asset,
    DayCount,
    File,
    Fingerprint,
    Item,
    Storage,
    Trash,
    TrashFile,
    User,
    counters,
    transaction,
)  # fmt: skip
from services.models.items import UNDATED
from tests.factories import Make

pytestmark = pytest.mark.db


def reading(content: str, *, scan: str | None = None, kind: Any = "photo", **meta: Any) -> Reading:
    """What reading a file with this content gives."""
    taken = Taken(local=meta.pop("taken", None), source="test")
    prints = Fingerprints("0f" * 8, "0f" * 32, "", "808080")
    return Reading(
        sha256=hashlib.sha256(content.encode()).hexdigest(), size=len(content),
        scan_hash=scan and hashlib.sha256(scan.encode()).hexdigest(),
        metadata=Metadata(kind, "text/plain" if kind == "other" else "image/jpeg", taken=taken, **meta),
        fingerprints=prints if kind == "photo" else None, rendition=None,
    )  # fmt: skip


class Home:
    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user()
        self.viewer = make.viewer(self.anna)
        self.storage: Storage = make.storage(self.anna)

    def file(self, name: str) -> File:
        return File.get_or_none(File.name == name) or self.make.file(self.storage, name)

    def read(self, **contents: Reading) -> None:
        """Record readings of files, by their names without `.jpg`."""
        files = {name: self.file(f"{name}.jpg") for name in contents}
        with transaction():
            record(self.anna.id, [Read(File.get_by_id(files[n].id), r) for n, r in contents.items()])

    def items(self) -> dict[str, int]:
        """The item of each file, by its name without `.jpg`."""
        return {f.name.removesuffix(".jpg"): f.asset.item_id for f in File.select()}

    def presence(self, name: str, presence: str) -> None:
        since = 1 if presence == "missing" else None
        File.update(presence=presence, absent_since=since).where(File.name == f"{name}.jpg").execute()
        item = File.get(File.name == f"{name}.jpg").asset.item_id
        with transaction():
            recount(refresh_presence([item]))

    @property
    def state(self) -> str:
        return catalogue.describe(self.viewer, [Item.get()])[0].state

    def opened(self) -> str:
        """The name of the file that the item's original is read from."""
        return broker.original_of(self.viewer, Item.get()).name


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


def test_a_new_file_is_an_item_with_everything_its_reading_says(home: Home) -> None:
    home.read(
        a=reading("x", taken="2026-07-01T10:00:00.5", width=400, height=300, make="Nikon", keywords=("sea",))
    )
    item = Item.get()
    assert (item.name, item.day, item.ratio, item.make) == ("a.jpg", 20260701, 400 / 300, "Nikon")
    assert item.sort_at == item.taken_local == 1_782_900_000_500_000
    assert catalogue.describe(home.viewer, [item])[0].labels == ("sea",)
    assert {f.kind for f in Fingerprint.select()} == {"phash64", "phash256"}
    assert File.get().read_state == "done"


def test_without_a_date_an_item_is_after_everything_else(home: Home) -> None:
    home.read(a=reading("x"))
    assert (Item.get().sort_at, Item.get().day) == (UNDATED, 0)


def test_the_same_reading_again_changes_nothing_but_the_time_of_it(home: Home) -> None:
    home.read(a=reading("x", keywords=("sea",)))
    before = Item.get()
    home.read(a=reading("x", keywords=("sea",)))
    assert (Item.select().count(), Asset.select().count(), Item.get().version) == (1, 1, before.version)


def test_two_copies_edited_alike_stay_one_item_that_opens(home: Home) -> None:
    """The first is an edit beside the other's old version; with the second the old version is nowhere."""
    home.read(a=reading("old"), b=reading("old"))
    home.read(a=reading("new", title="new"))
    assert sorted(a.role for a in Asset.select()) == ["edit", "original"]
    home.read(b=reading("new", title="new"))
    assert (Item.select().count(), [a.role for a in Asset.select()]) == (1, ["original"])
    assert (home.state, home.opened(), Item.get().title) == ("online", "a.jpg", "new")


def test_a_picture_put_over_another_stays_what_it_is(home: Home) -> None:
    """Known bytes are no edit: who was shown the one under that name does not see the other, perhaps withdrawn."""
    home.read(a=reading("shown"), b=reading("withdrawn"))
    shown, withdrawn = Item.select().order_by(Item.id)
    home.read(a=reading("withdrawn"))
    assert home.items() == {"a": withdrawn.id, "b": withdrawn.id}
    assert {i.id: (i.missing, i.version) for i in Item.select()} == {
        shown.id: (True, shown.version),
        withdrawn.id: (False, withdrawn.version),
    }
    home.read(b=reading("shown"))
    assert home.items() == {"a": withdrawn.id, "b": shown.id}, "two that changed names"
    assert not Item.select().where(Item.missing).exists()
    assert Asset.select().count() == 2


def test_so_it_does_when_its_metadata_was_written_anew_as_well(home: Home) -> None:
    home.read(a=reading("shown", scan="shown"), b=reading("withdrawn", scan="withdrawn"))
    shown, withdrawn = Item.select().order_by(Item.id)
    home.presence("b", "suspect")
    home.read(a=reading("withdrawn, named", scan="withdrawn"))
    assert home.items() == {"a": withdrawn.id, "b": withdrawn.id}
    assert Item.get_by_id(shown.id).missing
    home.read(a=reading("withdrawn, named anew", scan="withdrawn"))
    assert home.items()["a"] == withdrawn.id
    home.read(a=reading("of nobody", scan="new"))
    assert home.items()["a"] == withdrawn.id, "an edit"


def test_when_the_cover_is_gone_for_good_another_picture_of_the_item_is_shown(home: Home) -> None:
    home.read(a=reading("shot", taken="2026-07-01T10:00:00"))
    home.read(edit=reading("edited", scan="s", taken="2026-07-02T10:00:00"))
    original, edited = Asset.select().order_by(Asset.id)
    Asset.update(item=original.item_id, role="edit").where(Asset.id == edited.id).execute()
    Item.delete().where(Item.id != original.item_id).execute()
    Item.update(cover_id=edited.id, name="edit.jpg", day=20260702).execute()
    home.presence("edit", "suspect")
    assert home.state == "offline"  # it may come back within the day
    home.presence("edit", "missing")
    assert (home.state, home.opened(), Item.get().name, Item.get().day) == (
        "online",
        "a.jpg",
        "a.jpg",
        20260701,
    )
    assert {d.day: d.n for d in DayCount.select()} == {20260701: 1}
    home.presence("a", "missing")
    assert home.state == "missing"


def test_a_sidecar_alone_is_no_picture(home: Home) -> None:
    home.read(a=reading("shot"))
    sidecar = home.make.asset(Item.get(), b"<xmp/>", role="sidecar")
    home.make.file(home.storage, "a.xmp", asset=sidecar)
    home.presence("a", "missing")
    assert home.state == "missing"


def test_missing_is_told_to_who_caches_rights(home: Home) -> None:
    home.read(a=reading("x"))
    before = counters.read(counters.POLICY_EPOCH)
    home.presence("a", "suspect")
    assert counters.read(counters.POLICY_EPOCH) == before
    home.presence("a", "missing")
    assert counters.read(counters.POLICY_EPOCH) == before + 1
    home.presence("a", "present")
    assert home.state == "online"


def test_a_picture_overwritten_by_a_text_is_missing_and_stays_known(home: Home) -> None:
    home.read(a=reading("x"))
    home.read(a=reading("just words", kind="other"))
    assert home.state == "missing"
    home.read(a=reading("x"))
    assert (Item.select().count(), home.state) == (1, "online")


def test_a_new_date_moves_the_item_to_its_new_day(home: Home) -> None:
    home.read(a=reading("x", taken="2026-07-01T10:00:00"), b=reading("y", taken="2026-07-01T11:00:00"))
    home.read(a=reading("x2", taken="2026-08-05T10:00:00"))
    assert {d.day: d.n for d in DayCount.select()} == {20260701: 1, 20260805: 1}


def test_a_hash_of_somebody_else_is_never_met(home: Home) -> None:
    home.read(a=reading("x", scan="s"))
    ben = home.make.user("ben")
    file = home.make.file(home.make.storage(ben), "b.jpg")
    with transaction():
        record(ben.id, [Read(file, reading("x", scan="s"))])
    assert Item.select().count() == 2
    assert access.visible_items(home.make.viewer(ben)).get().name == "b.jpg"


def test_a_picture_with_new_metadata_is_known_by_its_pixels(home: Home) -> None:
    home.read(a=reading("old", scan="pixels"))
    home.read(b=reading("new", scan="pixels"))  # a copy, while the old one is still there
    assert (Item.select().count(), sorted(a.role for a in Asset.select())) == (1, ["edit", "original"])


def test_readings_of_one_batch_know_each_other(home: Home) -> None:
    home.read(a=reading("x"), b=reading("x"), c=reading("y", scan="s"), d=reading("z", scan="s"))
    assert Item.select().count() == 2
    assert File.select().where(File.asset.is_null()).count() == 0


def trash_file(make: Make, storage: Storage, asset: Asset, kind: str = "deleted") -> Trash:
    thrown = Trash.create(
        pid=f"t{asset.id}{kind}", batch="b", owner=storage.owner_id, storage=storage, kind=kind, path="a.jpg",
        place="t/a.jpg", name="a.jpg", is_dir=False, size=1, files=1, trashed_at=7,
    )  # fmt: skip
    TrashFile.create(
        trash=thrown, path="a.jpg", file_pid="f", size=1, asset=asset, hashes={}, read_state="done"
    )
    return thrown


def test_an_item_is_in_the_trash_when_its_files_are_there_and_nowhere_else(make: Make) -> None:
    anna = make.user()
    storage, item = make.storage(anna), make.item(anna)
    asset, sidecar = make.asset(item), make.asset(item, b"xmp", role="sidecar")
    Item.update(cover_id=asset.id).execute()
    make.file(storage, "a.jpg.xmp", asset=sidecar)
    version = trash_file(make, storage, asset, "version")
    with transaction():
        refresh_presence([item.id])
    assert (Item.get().trashed_at, Item.get().missing) == (None, True)  # bytes that were replaced are no item
    version.delete_instance()
    trash_file(make, storage, asset)
    epoch = counters.read(counters.POLICY_EPOCH)
    with transaction():
        refresh_presence([item.id])
    assert Item.get().trashed_at == 7  # a sidecar that stayed is nothing to look at
    assert counters.read(counters.POLICY_EPOCH) > epoch
    copy = make.file(storage, "copy.jpg", asset=asset)
    with transaction():
        refresh_presence([item.id])
    assert (Item.get().trashed_at, Item.get().missing) == (None, False)
    File.update(presence="missing", absent_since=1).where(File.id == copy.id).execute()
    with transaction():
        refresh_presence([item.id])
    assert Item.get().trashed_at == 7


def test_what_lies_in_the_trash_keeps_its_asset(make: Make) -> None:
    anna = make.user()
    storage, item = make.storage(anna), make.item(anna)
    cover, raw = make.asset(item), make.asset(item, b"raw", role="raw")
    Item.update(cover_id=cover.id).execute()
    make.file(storage, "a.jpg", asset=cover)
    trash_file(make, storage, raw)
    make.asset(item, b"held by nothing", role="edit")
    with transaction():
        refresh_presence([item.id])
    assert [a.role for a in Asset.select().order_by(Asset.id)] == ["original", "raw"]

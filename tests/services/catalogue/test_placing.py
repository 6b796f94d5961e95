"""Items before their files are read, and what becomes of them."""

import hashlib
from typing import Any

import pytest

from services import catalogue
from services.catalogue import placing, recording
from services.catalogue.knowing import Dropped
from services.catalogue.placing import Listed, adopt, content_key, place, recognise, record_glances
from services.catalogue.recording import Read, record
from services.media.types import Glance, Metadata, Reading, Taken
from services.models import Asset, ContentHash, DayCount, File, Item, ItemAlias, ItemLabel, Storage, User
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

TAKEN = "2026-07-01T10:00:00"
MTIME = 1_700_000_000_000_000_000


class Home:
    """Anna's storage far away."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna: User = make.user(zone="Europe/Vienna")
        self.viewer: Viewer = make.viewer(self.anna)
        self.storage: Storage = make.storage(self.anna)

    def listed(self, name: str, *, size: int = 10, mtime_ns: int | None = MTIME, folder: str = "") -> File:
        """A file that was just listed, with its placeholder."""
        file = self.make.file(self.storage, name, size=size, mtime_ns=mtime_ns, glance="pending")
        place(self.anna.id, [Listed(file.id, file.name, folder, size, mtime_ns)])
        return File.get_by_id(file.id)

    def read(
        self, file: File, content: bytes, *, scan: str | None = None, kind: Any = "photo"
    ) -> Item | None:
        """The file's bytes are read; returns its item."""
        reading = Reading(
            hashlib.sha256(content).hexdigest(), len(content),
            scan and hashlib.sha256(scan.encode()).hexdigest(),
            Metadata(kind, "image/jpeg", taken=Taken(local=TAKEN, source="EXIF")), None, None,
            hashes={"md5": hashlib.md5(content, usedforsecurity=False).hexdigest()},
        )  # fmt: skip
        record(self.anna.id, [Read(File.get_by_id(file.id), reading)])
        asset = File.get_by_id(file.id).asset
        return None if asset is None else Item.get_by_id(asset.item_id)


@pytest.fixture
def home(make: Make) -> Home:
    return Home(make)


@pytest.mark.parametrize(
    ("name", "folder", "mtime", "source", "day"),
    [
        ("IMG_20240701_143339.jpg", "", MTIME, "file name", 20240701),
        ("a.heic", "2024-07-02 Wedding", MTIME, "folder name", 20240702),
        ("a.mov", "", MTIME, "mtime", 20231114),
        ("a.mp3", "", None, "unknown", 0),
    ],
)
def test_a_listed_file_is_an_item_at_its_place_in_time(
    home: Home, name: str, folder: str, mtime: int | None, source: str, day: int
) -> None:
    file = home.listed(name, folder=folder, mtime_ns=mtime)
    item = Item.get()
    assert (item.name, item.taken_source, item.day, item.size) == (name, source, day, 10)
    assert (file.asset.sha256, file.mime, item.cover_id) == (None, item.mime, file.asset_id)
    described = catalogue.describe(home.viewer, [item])[0]
    assert (described.state, described.sha256) == ("online", "")
    assert {(d.day, d.n) for d in DayCount.select()} == {(day, 1)}
    assert "mp3" in item.tokens or name.split(".")[0].split("_")[0].casefold() in item.tokens


def test_what_promises_no_media_is_no_item(home: Home) -> None:
    assert home.listed("notes.txt").asset is None
    assert Item.select().count() == 0


def test_a_glance_fills_the_placeholder(home: Home) -> None:
    file = home.listed("a.jpg")
    pid = Item.get().pid
    metadata = Metadata("photo", "image/jpeg", width=40, height=30, taken=Taken(local=TAKEN, source="EXIF"))
    record_glances(home.anna.id, [(file, Glance(metadata))])
    item = Item.get()
    assert (item.pid, item.day, item.width, item.taken_source) == (pid, 20260701, 40, "EXIF")
    assert {d.day: d.n for d in DayCount.select()} == {20260701: 1}
    after = File.get_by_id(file.id)
    assert (after.glance, after.read_state, after.asset.sha256) == ("done", "pending", None)


def test_a_glance_at_what_is_no_media_takes_the_placeholder_away(home: Home) -> None:
    file = home.listed("a.jpg")
    record_glances(home.anna.id, [(file, Glance(Metadata("other", "text/plain", problems=("it is text",))))])
    after = File.get_by_id(file.id)
    assert (after.asset, after.read_state, after.problem) == (None, "done", "it is text")
    assert (Item.select().count(), Asset.select().count(), DayCount.select().count()) == (0, 0, 0)


def test_a_glance_after_reading_changes_nothing(home: Home) -> None:
    file = home.listed("a.jpg")
    home.read(file, b"bytes")
    late = Metadata("photo", "image/png", taken=Taken(local="1999-01-01T00:00:00", source="EXIF"))
    record_glances(home.anna.id, [(File.get_by_id(file.id), Glance(late))])
    assert (Item.get().day, Item.get().mime) == (20260701, "image/jpeg")


def test_reading_fills_the_placeholder(home: Home) -> None:
    file = home.listed("a.jpg")
    pid = Item.get().pid
    item = home.read(file, b"bytes")
    assert item is not None
    assert (item.pid, item.day) == (pid, 20260701)
    asset = Asset.get()
    assert bytes(asset.sha256) == hashlib.sha256(b"bytes").digest()
    assert {h.kind for h in ContentHash.select()} == {"md5"}


def test_reading_what_is_no_media_takes_the_placeholder_away(home: Home) -> None:
    assert home.read(home.listed("a.jpg"), b"words", kind="other") is None
    assert (Item.select().count(), Asset.select().count()) == (0, 0)


def test_late_bytes_make_two_items_one_and_the_older_stays(home: Home) -> None:
    first, second = home.listed("a.jpg"), home.listed("b.jpg")
    older, newer = (f.asset.item for f in (first, second))
    for number, item in enumerate((older, newer)):
        catalogue.edit(home.viewer, item.pid, {"labels": [f"label{number}"]})
    home.read(second, b"same")
    kept = home.read(first, b"same")
    assert kept is not None
    assert kept.id == older.id
    assert ItemAlias.get().pid == newer.pid
    assert ItemLabel.select().where(ItemLabel.item == older).count() == 2
    assert {f.asset_id for f in File.select()} == {kept.cover_id}
    assert Asset.select().where(Asset.item == older).count() == 1


def test_a_scan_hash_that_comes_late_makes_two_items_one(home: Home) -> None:
    first, second = home.listed("a.jpg"), home.listed("b.jpg")
    home.read(first, b"one", scan="pixels")
    item = home.read(second, b"two", scan="pixels")
    assert item is not None
    assert item.id == first.asset.item_id
    assert sorted(a.role for a in Asset.select()) == ["edit", "original"]
    assert Asset.get_by_id(item.cover_id).role == "original"


def test_the_older_placeholder_stays_the_original_when_its_scan_hash_comes_last(home: Home) -> None:
    first, second = home.listed("a.jpg"), home.listed("b.jpg")
    home.read(second, b"two", scan="pixels")
    item = home.read(first, b"one", scan="pixels")
    assert item is not None
    assert (item.id, item.cover_id) == (first.asset.item_id, first.asset_id)
    assert {a.id: a.role for a in Asset.select()} == {first.asset_id: "original", second.asset_id: "edit"}


def test_a_renamed_file_with_new_metadata_takes_its_old_item_over(home: Home) -> None:
    first = home.listed("a.jpg")
    before = home.read(first, b"one", scan="pixels")
    File.update(presence="suspect").where(File.id == first.id).execute()
    after = home.read(home.listed("b.jpg"), b"two", scan="pixels")
    assert before is not None
    assert after is not None
    assert (after.id, Item.select().count(), Asset.select().count()) == (before.id, 1, 1)
    assert not after.suspect


def test_a_changed_file_that_was_never_read(home: Home) -> None:
    file = home.listed("a.jpg")
    key = content_key(file.asset)
    again = Listed(file.id, "a.jpg", "", 99, 1_600_000_000_000_000_000)
    placing.place_again(again, file.asset)
    assert (Item.get().size, Item.get().day) == (99, 20200913)
    assert content_key(Asset.get()) != key
    assert list(DayCount.select(DayCount.day, DayCount.n).tuples()) == [(20200913, 1)]
    assert "202009" in Item.get().tokens


def test_renditions_are_kept_by_content_once_it_is_known(home: Home) -> None:
    file, other = home.listed("a.jpg"), home.listed("b.jpg")
    assert content_key(file.asset) != content_key(other.asset)
    assert len(content_key(file.asset)) == 64
    home.read(file, b"bytes")
    assert content_key(File.get_by_id(file.id).asset) == hashlib.sha256(b"bytes").hexdigest()


MD5 = hashlib.md5(b"bytes", usedforsecurity=False).hexdigest()


def test_a_providers_hash_recognises_known_bytes(home: Home) -> None:
    item = home.read(home.listed("a.jpg"), b"bytes")
    sha = hashlib.sha256(b"bytes").hexdigest()
    asked: list[tuple[int, dict[str, str]]] = [
        (5, {"md5": MD5.upper()}), (6, {"md5": MD5}), (5, {"sha1": MD5}), (5, {"sha256": sha}),
        (5, {}), (0, {"md5": MD5}),
    ]  # fmt: skip
    listed = [
        (home.make.file(home.storage, f"{n}.jpg", size=size), told) for n, (size, told) in enumerate(asked)
    ]
    found = recognise(home.anna.id, listed)
    assert item is not None
    assert [a and a.item_id for a in found] == [item.id, None, None, item.id, None, None]
    assert recognise(home.make.user("ben").id, listed) == [None] * 6, "nobody learns what others have"
    assert recognise(home.anna.id, listed[4:5]) == [None]


@pytest.mark.parametrize("same", [True, False])
def test_what_only_is_as_large_as_an_awaited_upload_is_its_owners_once_it_is_read(
    home: Home, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    listed = home.listed("a.jpg")
    Item.update(contributed_by_id=1).execute()
    sha256 = hashlib.sha256(b"bytes" if same else b"other").digest()
    monkeypatch.setattr(recording, "dropped_by", lambda files: dict.fromkeys(files, Dropped(1, sha256)))
    home.read(listed, b"bytes")
    assert Item.get().contributed_by_id == (1 if same else None)


def test_a_recognised_file_is_a_location_without_being_read(home: Home) -> None:
    item = home.read(home.listed("a.jpg"), b"bytes")
    File.update(presence="missing", absent_since=1).execute()
    Item.update(missing=True).execute()
    new = home.make.file(home.storage, "b.jpg", size=5)
    (asset,) = recognise(home.anna.id, [(new, {"md5": MD5})])
    assert asset is not None
    assert item is not None
    listed = home.listed("c.jpg", size=5)
    assert adopt(home.anna.id, [(new, asset), (listed, asset)]) == {new.id, listed.id}
    assert [f.asset.item_id for f in File.select().order_by(File.id)] == [item.id] * 3
    assert {f.read_state for f in File.select()} == {"done"}
    assert (Item.select().count(), Item.get().missing) == (1, False)
    assert ItemAlias.select().count() == 1


def test_a_file_that_held_other_bytes_is_read(home: Home) -> None:
    home.read(home.listed("a.jpg"), b"bytes")
    other = home.listed("b.jpg")
    home.read(other, b"others")
    (asset,) = recognise(home.anna.id, [(home.make.file(home.storage, "c.jpg", size=5), {"md5": MD5})])
    assert asset is not None
    assert adopt(home.anna.id, [(File.get_by_id(other.id), asset)]) == set()


def test_new_bytes_forget_the_hashes_of_the_old(home: Home) -> None:
    file = home.listed("a.jpg")
    home.read(file, b"bytes")
    reading = Reading(
        hashlib.sha256(b"new").hexdigest(), 3, None, Metadata("photo", "image/jpeg"), None, None
    )
    record(home.anna.id, [Read(File.get_by_id(file.id), reading)])
    assert ContentHash.select().count() == 0

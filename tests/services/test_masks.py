"""Originals for who may not know their place: masked, never given before it is known how, and never otherwise."""

import asyncio
import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from services import access, broker, masks
from services.adapters import Adapters
from services.broker import LOCAL_CHUNK, Broker, Revoked, Stream
from services.errors import Changed, NotFound, StorageError
from services.jobs import Jobs
from services.media.masking import Mask, apply, find_masks, to_json
from services.models import Asset, File, Item, Job, Share, counters, database, transaction
from services.storages.memory import MemoryStorage
from services.viewers import Viewer
from tests.factories import Make
from tests.services.media.masking.test_finding import SERIALS, jpeg

pytestmark = pytest.mark.db


@dataclass
class Home:
    """Anna's picture, which Ben may download without knowing where it was taken."""

    make: Make
    folder: Path
    data: bytes
    item: Item
    asset: Asset
    file: File
    share: Share
    anna: Viewer
    ben: Viewer
    broker: Broker

    def read(self, viewer: Viewer, start: int = 0, end: int | None = None) -> bytes:
        with closing(self.open(viewer, start, end)) as stream:
            return asyncio.run(collect(stream))

    def open(self, viewer: Viewer, start: int = 0, end: int | None = None) -> Stream:
        return self.broker.open(viewer, broker.original_of(viewer, self.item), start, end)

    def know(self) -> list[Mask]:
        found = find_masks(io.BytesIO(self.data), "a.jpg")
        masks.record(Asset.get_by_id(self.asset.id), found)
        return found or []


async def collect(stream: Stream) -> bytes:
    return b"".join([chunk async for chunk in stream])


@pytest.fixture
def home(make: Make, tmp_path: Path) -> Iterator[Home]:
    anna, ben = make.user("anna"), make.user("ben")
    folder = tmp_path / "photos"
    folder.mkdir()
    data = jpeg() + b"\0" * (3 * LOCAL_CHUNK)
    (folder / "a.jpg").write_bytes(data)
    storage = make.storage(anna, root=folder, node="here")
    item = make.item(anna, "a.jpg", size=len(data))
    asset = make.asset(item, data)
    Item.update(cover_id=asset.id).execute()
    mtime = (folder / "a.jpg").stat().st_mtime_ns
    file = make.file(
        storage, "a.jpg", size=len(data), asset=asset, sha256=asset.sha256, read_state="done", mtime_ns=mtime
    )
    share = make.share(make.collection(anna, items=[item]), shows_place=False)
    make.grant(share, user=ben)
    broker = Broker(Adapters(), lambda file: None)
    yield Home(
        make, folder, data, Item.get(), asset, file, share, make.viewer(anna), make.viewer(ben), broker
    )  # fmt: skip
    broker.close()


def test_before_it_is_known_nothing_is_given(home: Home) -> None:
    assert masks.state(home.ben, home.item) == "asked"
    with pytest.raises(NotFound):
        broker.original_of(home.ben, home.item)
    with pytest.raises(NotFound):
        home.broker.open(home.ben, broker.describe_file(home.file))
    assert home.read(home.anna) == home.data


def test_then_it_is_given_without_them(home: Home) -> None:
    found = home.know()
    given = home.read(home.ben)
    assert given == apply(found, 0, home.data)
    assert given != home.data
    assert all(word not in given for word in SERIALS)
    assert home.read(home.anna) == home.data
    assert masks.state(home.ben, home.item) == "known"


def test_what_comes_from_afar_is_given_without_them_too(home: Home) -> None:
    found = home.know()
    memory = MemoryStorage(distant=True)
    memory.put("a.jpg", home.data, mtime_ns=home.file.mtime_ns or 0)
    far = Broker(lambda row: memory, lambda file: None)
    for viewer, expected in ((home.ben, apply(found, 0, home.data)), (home.anna, home.data)):
        stream = far.open(viewer, broker.original_of(viewer, home.item))
        assert asyncio.run(collect(stream)) == expected
    far.close()


def test_ranges_across_the_edges_of_masks_are_right(home: Home) -> None:
    found = home.know()
    whole = apply(found, 0, home.data)
    for mask in found:
        for start, end in (
            (mask.offset - 1, mask.offset), (mask.offset, mask.offset + 1),
            (mask.offset - 2, mask.offset + mask.length + 2),
            (mask.offset + mask.length - 1, mask.offset + mask.length),
        ):  # fmt: skip
            assert home.read(home.ben, start, end) == whole[start : end + 1]


def test_it_is_another_content(home: Home) -> None:
    home.know()
    mine, theirs = broker.original_of(home.anna, home.item), broker.original_of(home.ben, home.item)
    assert (mine.size, mine.name) == (theirs.size, theirs.name)
    assert mine.etag != theirs.etag


def test_who_is_shown_the_place_gets_it_whole(home: Home) -> None:
    home.know()
    Share.update(shows_place=True).execute()
    assert home.read(home.ben) == home.data
    assert masks.state(home.ben, home.item) == "known"


def test_a_place_kept_back_meanwhile_cuts_the_stream(home: Home) -> None:
    home.know()
    Share.update(shows_place=True).execute()
    stream = home.open(home.ben)

    async def run() -> int:
        sent = 0
        async for chunk in stream:
            sent += len(chunk)
            with transaction():
                Share.update(shows_place=False).execute()
                counters.bump_policy()
        return sent

    with closing(stream), pytest.raises(Revoked):
        asyncio.run(run())


def test_other_bytes_under_the_same_name_are_not_given(home: Home) -> None:
    """Masks are those of the bytes that were read; a file that was changed since may tell elsewhere."""
    home.know()
    (home.folder / "a.jpg").write_bytes(home.data[::-1])
    with pytest.raises(Changed):
        home.open(home.ben)
    File.update(sha256=b"other").execute()
    with pytest.raises(NotFound):
        home.open(home.ben)


def test_nonsense_in_the_catalogue_gives_nothing(home: Home) -> None:
    Asset.update(masks=[["x"]]).execute()
    with pytest.raises((NotFound, StorageError)):
        home.open(home.ben)


def test_what_cannot_be_masked_is_never_given(home: Home) -> None:
    masks.record(Asset.get_by_id(home.asset.id), None)
    assert masks.state(home.ben, home.item) == "never"
    assert masks.state(home.anna, home.item) == "known"
    with pytest.raises(NotFound):
        home.open(home.ben)
    assert masks.Masks(Jobs(lambda lane, job: None, "here")).prepare(home.ben, [home.item]) == []


def test_who_may_only_look_needs_none(home: Home) -> None:
    Share.update(may_download=False).execute()
    assert masks.state(home.ben, home.item) == "never"
    assert masks.Masks(Jobs(lambda lane, job: None, "here")).prepare(home.ben, [home.item]) == []


def test_they_are_asked_for_once(home: Home) -> None:
    made = masks.Masks(Jobs(lambda lane, job: None, "here"))
    assert len(made.prepare(home.ben, [home.item])) == 1
    assert len(made.prepare(home.ben, [home.item])) == 1
    assert Job.select().count() == 1
    assert made.prepare(home.anna, [home.item]) == []
    home.know()
    assert made.prepare(home.ben, [home.item]) == []


def test_others_write_while_they_are_asked_for(home: Home) -> None:
    """SQLite lets nobody write who still reads what was there before others wrote."""
    owner, collection = home.item.owner, home.share.collection
    more = [home.make.item(owner) for _ in range(3)]
    for position, item in enumerate(more, 1):
        home.make.asset(item)
        home.make.member(collection, item, position=position)

    def write() -> None:
        counters.bump_content()
        database.close()

    def wake(lane: str, job: int) -> None:
        another = threading.Thread(target=write)
        another.start()
        another.join()

    made = masks.Masks(Jobs(wake, "here"))
    assert len(made.prepare(home.ben, [home.item, *more])) == 4


def test_a_busy_catalogue_is_said_to_be_one(home: Home, catalogue: Path) -> None:
    if not database.is_sqlite():
        pytest.skip("there nobody waits for others who write")
    made = masks.Masks(Jobs(lambda lane, job: None, "here"))
    database.proxy.execute_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(catalogue / database.FILE_NAME, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(masks.NotAsked, match="locked"):
            made.prepare(home.ben, [home.item])
    assert len(made.prepare(home.ben, [home.item])) == 1


def test_other_bytes_forget_them(home: Home) -> None:
    from services.catalogue.recording import _set_sha

    home.know()
    _set_sha(Asset.get_by_id(home.asset.id), b"new")
    assert Asset.select().where(Asset.masks.is_null()).count() == 1
    assert not access.may_read(home.ben, home.file.id)


def test_what_was_found_of_other_bytes_is_not_kept(home: Home) -> None:
    old = Asset.get_by_id(home.asset.id)
    Asset.update(sha256=b"new").execute()
    masks.record(old, [Mask(0, 1)])
    assert Asset.select().where(Asset.masks.is_null()).count() == 1
    assert to_json([Mask(0, 1)]) == [[0, 1, "00"]]

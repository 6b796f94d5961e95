"""Which files a download holds, for whom."""

import pytest

from services import downloads
from services.downloads import planning
from services.errors import NotFound, UsageError
from services.masks import RECIPE
from services.models import Asset, File, Item, Share, Storage
from tests.services.downloads.conftest import Chest

pytestmark = pytest.mark.db


def names(plan: downloads.Plan) -> list[str]:
    return [entry.name for entry in plan.entries]


def test_a_collection_in_the_order_of_time(chest: Chest) -> None:
    for n, name in ((3, "c.jpg"), (1, "a.jpg"), (2, "b.jpg")):
        chest.add(name, taken=n)
    assert names(downloads.plan_collection(chest.ben, chest.collection.pid)) == [
        "Lake/a.jpg", "Lake/b.jpg", "Lake/c.jpg",
    ]  # fmt: skip


def test_batches_are_whole(chest: Chest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "BATCH", 3)
    for n in range(10):
        chest.add(f"{n}.jpg", taken=n // 2)
    plan = downloads.plan_collection(chest.ben, chest.collection.pid)
    assert names(plan) == [f"Lake/{n}.jpg" for n in range(10)]
    assert plan.size == 50


def test_every_file_of_an_item_but_its_sidecar(chest: Chest) -> None:
    item = chest.add("a.jpg")
    for name, role in (("a.mov", "live"), ("a.xmp", "sidecar")):
        (chest.folder / name).write_bytes(b"more!")
        chest.make.file(chest.storage, name, size=5, asset=chest.make.asset(item, name.encode(), role=role))
    chest.make.file(
        chest.storage, "copy.jpg", size=5, asset=Asset.get_by_id(Item.get_by_id(item.id).cover_id)
    )
    for viewer in (chest.anna, chest.ben):
        assert names(downloads.plan_items(viewer, [item.pid], "x")) == ["x/a.jpg", "x/a.mov"]


@pytest.mark.parametrize("place", [True, False])
def test_subtitles_come_along_unless_they_tell_a_place_that_is_kept_back(chest: Chest, place: bool) -> None:
    """Nor is it said that one is left out: that would tell that there is one."""
    item = chest.add("a.mp4")
    Asset.update(masks=[]).execute()
    Share.update(shows_place=place).execute()
    for name, given in (("a.srt", {"masks": []}), ("a.de.srt", {"meta": {"unmaskable": RECIPE}})):
        asset = chest.make.asset(item, name.encode(), role="subtitle", **given)
        chest.make.file(chest.storage, name, size=5, asset=asset)
    plan = downloads.plan_items(chest.ben, [item.pid], "x")
    assert names(plan) == ["x/a.mp4", "x/a.srt", *["x/a.de.srt"] * place]
    assert (plan.away, plan.waiting) == ([], [])


def test_a_subtitle_that_is_left_out_takes_no_name(chest: Chest) -> None:
    """Another one's number would tell that it is there."""
    log, film = chest.add("a.mp4"), chest.add("b.mp4")
    Asset.update(masks=[]).execute()
    Share.update(shows_place=False).execute()
    for item, words, given in (
        (log, b"log", {"meta": {"unmaskable": RECIPE}}),
        (film, b"words", {"masks": []}),
    ):
        asset = chest.make.asset(item, words, role="subtitle", **given)
        chest.make.file(chest.storage, "a.srt" if item is log else "A.srt", size=5, asset=asset)
    plan = downloads.plan_items(chest.ben, [log.pid, film.pid], "x")
    assert sorted(names(plan)) == ["x/A.srt", "x/a.mp4", "x/b.mp4"]


def test_only_what_may_be_downloaded(chest: Chest) -> None:
    item = chest.add("a.jpg")
    Share.update(may_download=False).execute()
    with pytest.raises(NotFound):
        downloads.plan_collection(chest.ben, chest.collection.pid)
    Share.update(may_download=True, shows_place=False).execute()
    plan = downloads.plan_items(chest.ben, [item.pid], "x")  # nobody knows how its place would be kept back
    assert (plan.entries, plan.away, len(plan.waiting)) == ([], ["a.jpg"], 1)
    Asset.update(meta={"unmaskable": RECIPE}).execute()
    assert downloads.plan_items(chest.ben, [item.pid], "x").waiting == []
    Asset.update(masks=[]).execute()
    assert names(downloads.plan_items(chest.ben, [item.pid], "x")) == ["x/a.jpg"]


def test_what_is_not_theirs(chest: Chest) -> None:
    item = chest.add("a.jpg")
    cleo = chest.make.viewer(chest.make.user("cleo"))
    with pytest.raises(NotFound):
        downloads.plan_items(cleo, [item.pid], "x")
    with pytest.raises(NotFound):
        downloads.plan_collection(cleo, chest.collection.pid)


def test_what_is_away_is_named(chest: Chest) -> None:
    chest.add("a.jpg")
    gone = chest.add("b.jpg")
    File.update(presence="missing", absent_since=1).where(File.name == "b.jpg").execute()
    plan = downloads.plan_items(chest.anna, [gone.pid], "x")
    assert (names(plan), plan.away) == ([], ["b.jpg"])
    Storage.update(state="offline").execute()
    assert downloads.plan_collection(chest.ben, chest.collection.pid).away == ["a.jpg", "b.jpg"]


def test_too_many(chest: Chest, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = [chest.add(f"{n}.jpg").pid for n in range(3)]
    monkeypatch.setattr(planning, "MOST", 2)
    for wanted in (pids, []):
        with pytest.raises(UsageError):
            downloads.plan_items(chest.anna, wanted, "x")
    with pytest.raises(UsageError):
        downloads.plan_collection(chest.anna, chest.collection.pid)


@pytest.mark.parametrize(
    ("taken", "date"),
    [(1_782_864_001_000_000, (2026, 7, 1, 0, 0, 1)), (-5, (1980, 1, 1, 0, 0, 0)), (10**18, (1980, 1, 1, 0, 0, 0)),
     (None, (1980, 1, 1, 0, 0, 0))],
)  # fmt: skip
def test_dates_that_a_zip_can_say(chest: Chest, taken: int | None, date: tuple[int, ...]) -> None:
    item = chest.add("a.jpg", taken=taken)
    assert downloads.plan_items(chest.anna, [item.pid], "x").entries[0].date == date

"""`Library/`: months, names that stay, and months too large for one folder."""

import pytest

from services.errors import NotFound
from services.models import Asset, File, Item, counters, transaction
from tests.factories import Make
from tests.virtualfs.household import Home

pytestmark = pytest.mark.db


def test_items_lie_under_year_and_month(home: Home) -> None:
    home.item("x/IMG_1.jpg", "2026-07-14 12:00")
    home.item("x/IMG_2.jpg", "2025-12-31 23:59")
    home.item("x/scan.jpg", None)
    home.file("x/notes.txt")
    assert home.names("Library") == ["2025", "2026", "Undated"]
    assert home.names("Library/2026") == ["2026-07"]
    assert home.names("Library/2026/2026-07") == ["IMG_1.jpg"]
    assert home.names("Library/2025/2025-12") == ["IMG_2.jpg"]
    assert home.names("Library/Undated") == ["scan.jpg"]
    assert home.find("Library/2026/2026-07/img_1.JPG").name == "IMG_1.jpg"
    assert home.find("Library/2026/2026-07/IMG_1.jpg").created == 1_784_030_400


def test_every_asset_is_a_file_but_sidecars(home: Home) -> None:
    file = home.item("IMG_1.heic")
    item = Asset.get_by_id(file.asset_id).item
    for role, name in (("raw", "IMG_1.dng"), ("live", "IMG_1.mov"), ("sidecar", "IMG_1.xmp")):
        home.file(name, name.encode(), asset=home.asset(item, name.encode(), role))
    assert home.names("Library/2026/2026-07") == ["IMG_1.dng", "IMG_1.heic", "IMG_1.mov"]


def test_the_same_bytes_at_two_places_are_one_entry(home: Home) -> None:
    first = home.item("a/one.jpg", data=b"same")
    second = home.file("b/two.jpg", b"same", asset=first.asset_id)
    assert home.names("Library/2026/2026-07") == ["one.jpg"]
    set_presence(first, "missing")
    assert home.names("Library/2026/2026-07") == ["two.jpg"]
    set_presence(second, "missing")
    assert home.names("Library/2026/2026-07") == []


def set_presence(file: File, presence: str) -> None:
    with transaction():
        File.update(presence=presence, absent_since=None if presence == "present" else 1).where(
            File.id == file.id
        ).execute()
        counters.bump_content()


def test_names_do_not_change_when_others_come_and_go(home: Home) -> None:
    month = "Library/2026/2026-07"
    first = home.item("canon/IMG_1.jpg", data=b"canon")
    assert home.names(month) == ["IMG_1.jpg"]
    second = home.item("nikon/IMG_1.jpg", data=b"nikon!")
    third = home.item("pixel/img_1.JPG", data=b"pixel!!")
    named = [f"IMG_1 ({second.asset_id}).jpg", f"img_1 ({third.asset_id}).JPG"]
    assert home.names(month) == sorted(["IMG_1.jpg", *named])
    set_presence(first, "missing")
    assert home.names(month) == sorted(named), "missing: its name stays taken"
    with transaction():
        Item.update(trashed_at=1).where(Item.id == first.asset.item_id).execute()
        counters.bump_policy()
    assert home.names(month) == sorted(named), "in the trash"
    with transaction():
        Item.delete().where(Item.id == first.asset.item_id).execute()
        counters.bump_policy()
    assert home.names(month) == sorted(named), "gone for good"
    assert home.find(f"{month}/IMG_1 ({second.asset_id}).jpg").size == 6
    assert home.find(f"{month}/img_1.JPG").size == 7, "written exactly so"


def test_the_holder_of_a_name_gets_it_back(home: Home) -> None:
    first = home.item("canon/IMG_1.jpg", data=b"canon")
    home.item("nikon/IMG_1.jpg", data=b"nikon!")
    home.names("Library/2026/2026-07")
    set_presence(first, "missing")
    set_presence(first, "present")
    assert home.find("Library/2026/2026-07/IMG_1.jpg").size == 5


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are full with four entries."""
    monkeypatch.setattr("virtualfs.entries.MAX_ENTRIES", 4)


def test_a_large_month_is_split_and_stays_so(home: Home, small: None) -> None:
    month = "Library/2026/2026-07"
    files = [home.item(f"IMG_{n}.jpg") for n in range(4)]
    assert home.names(month) == [f"IMG_{n}.jpg" for n in range(4)]
    files += [home.item(f"IMG_{n}.jpg") for n in range(4, 10)]
    assert home.names(month) == ["(1)", "(2)", "(3)"]
    assert home.names(f"{month}/(1)") == [f"IMG_{n}.jpg" for n in range(4)]
    assert home.names(f"{month}/(3)") == ["IMG_8.jpg", "IMG_9.jpg"]
    assert home.find(f"{month}/IMG_9.jpg") == home.find(f"{month}/(3)/IMG_9.jpg")
    assert home.find(f"{month}/(1)/IMG_9.jpg").name == "IMG_9.jpg", (
        "from before it was moved to another block"
    )
    for file in files[2:]:
        Item.delete().where(Item.id == file.asset.item_id).execute()
    with transaction():
        counters.bump_policy()
    assert home.names(month) == ["(1)"], "once split, always split"
    assert home.names(f"{month}/(1)") == ["IMG_0.jpg", "IMG_1.jpg"]
    for path in ("(0)", "(2)", "(01)", "(x)", "(1)/(1)", "(1)/nope.jpg", "IMG_0.jpg/x"):
        with pytest.raises(NotFound):
            home.resolve(f"{month}/{path}")


def test_the_undated_are_split_too(home: Home, small: None) -> None:
    for number in range(5):
        home.item(f"scan{number}.jpg", None)
    assert home.names("Library/Undated") == ["(1)", "(2)"]
    assert home.names("Library/Undated/(2)") == ["scan4.jpg"]
    assert home.find("Library/Undated/scan4.jpg").name == "scan4.jpg"


def test_months_are_kept_until_something_moves(home: Home) -> None:
    home.item("a.jpg")
    before = home.resolve("Library/2026/2026-07")
    assert home.names("Library/2026/2026-07") == ["a.jpg"]
    File.update(name="quiet.jpg").execute()
    assert home.names("Library/2026/2026-07") == ["a.jpg"], "nobody said that something changed"
    with transaction():
        counters.bump_policy()
    assert home.names("Library/2026/2026-07") == ["quiet.jpg"]
    assert home.resolve("Library/2026/2026-07").etag != before.etag


def test_few_months_stay_in_memory(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.months.KEPT_ENTRIES", 3)
    for month in range(1, 10):
        home.item(f"{month}-a.jpg", f"2026-0{month}-01 00:00")
        home.item(f"{month}-b.jpg", f"2026-0{month}-02 00:00")
    for month in range(1, 10):
        assert len(home.names(f"Library/2026/2026-0{month}")) == 2
    library = home.tree._branches["Library"]
    assert len(library.months.kept) == 1  # type: ignore[attr-defined]


def test_paths_that_lead_nowhere(home: Home) -> None:
    home.item("a.jpg")
    for path in (
        "Library/1999", "Library/2026/2026-08", "Library/2026/2025-07", "Library/2026/202607", "Library/Undated",
        "Library/2026/2026-07/b.jpg", "Library/2026/2026-07/a.jpg/x", "Library/२०२६", "Library/2026/2026_07",
        "Library/2026/2026-07/a (1).jpg/x",
    ):  # fmt: skip
        with pytest.raises(NotFound):
            home.resolve(path)


def test_nothing_of_somebody_else(home: Home, make: Make) -> None:
    home.item("a.jpg")
    ben = make.viewer(make.user("ben"))
    assert list(home.tree.children(ben, home.resolve("Library"))) == []  # type: ignore[arg-type]
    assert list(home.tree.children(ben, home.resolve("Library/2026/2026-07"))) == []  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        home.tree.resolve(ben, ["Library", "2026"])
